//! Adapters: they implement the traits through which one service uses another.

use crate::certificate::pades::Seal;
use crate::domain::audit::AuditEntry;
use crate::domain::campaign::{CLOSING_DRAIN_SECS_MAX, Campaign};
use crate::domain::ids::CampaignId;
use crate::domain::reporting_group::{CombinedNames, GroupList};
use crate::domain::time::UnixMillis;
use crate::i18n::Localizer;
use crate::service::accounts::Accounts;
use crate::service::campaigns::CampaignPorts;
use crate::service::help_desk::HelpDeskPorts;
use crate::service::keys::{SealKeyError, SealKeys};
use crate::service::live::Live;
use crate::service::minutes::{NoSeal, SealSource};
use crate::service::roster_lock::{LockError, RosterLocker};
use crate::service::sign_in::SignIn;
use crate::service::signing::Signing;
use crate::service::wrong_attempts;
use crate::store::pledges::KnownSizes;
use crate::store::wrong_attempts::{BucketCount, ThrottleKind};
use crate::store::{SharedStore, StoreError};
use async_trait::async_trait;
use std::sync::Arc;

/// What a campaign's life cycle needs from other services.
pub(super) struct CampaignAdapter {
    pub store: SharedStore,
    pub signing: Arc<Signing>,
    pub live: Arc<Live>,
    pub locker: RosterLocker,
    pub seal_keys: SealKeys,
    /// Whether other nodes may use the same database.
    pub may_have_other_nodes: bool,
}

#[async_trait]
impl SealSource for SealKeys {
    async fn seal(&self, actor: &str) -> Result<(String, Seal), NoSeal> {
        Self::seal(self, actor).await.map_err(|error| match error {
            SealKeyError::Store(error) => NoSeal::Store(error),
            error => NoSeal::Key(error.to_string()),
        })
    }
}

/// How long the closing waits for other nodes. Another node learns within a second that a campaign is closing. The
/// pledges that it admitted before are in its queue, in the batch that it prepares and in the batch that it commits,
/// and a database that hangs for a moment delays all three. So it gets as long as this node's own queue. The closing
/// waits for a batch that is being committed in any case, because that batch holds the campaign's lock. A pledge that
/// comes later than all of this isn't counted: the commit refuses it, and the signer reads that the event is closed.
const OTHERS_SETTLE_SECS: i64 = CLOSING_DRAIN_SECS_MAX;

#[async_trait]
impl CampaignPorts for CampaignAdapter {
    async fn people(&self, id: CampaignId) -> Result<u64, StoreError> {
        Ok(self.store.people_counts(id).await?.iter().map(|(_, people)| people).sum())
    }

    async fn lock_roster(&self, campaign: &Campaign, audit: &AuditEntry) -> Result<(), StoreError> {
        let seal_key = self.seal_keys.in_use(&audit.actor).await.map_err(|error| match error {
            SealKeyError::Store(error) => error,
            error => {
                tracing::error!(%error, "no key that seals certificates can be made");
                StoreError::Corrupt("seal_key")
            }
        })?;
        match self.locker.lock(campaign, &combined_names(), &seal_key, audit).await {
            Ok(_) => Ok(()),
            Err(LockError::NoPeople | LockError::TooManyGroups(_) | LockError::Changed) => Err(StoreError::Conflict),
            Err(LockError::Store(error)) => Err(error),
        }
    }

    async fn groups(&self, campaign: &Campaign) -> Result<Option<GroupList>, StoreError> {
        match self.locker.preview(campaign, &combined_names()).await {
            Ok(list) => Ok(Some(list)),
            Err(LockError::TooManyGroups(_)) => Ok(None),
            Err(LockError::NoPeople | LockError::Changed) => Err(StoreError::Conflict),
            Err(LockError::Store(error)) => Err(error),
        }
    }

    async fn unlock_roster(&self, campaign: &Campaign, audit: &AuditEntry) -> Result<(), StoreError> {
        self.store.unlock_roster(campaign.id, audit).await
    }

    async fn drain(&self, _: CampaignId) {
        self.signing.drain().await;
    }

    fn others_settle_secs(&self) -> i64 {
        if self.may_have_other_nodes { OTHERS_SETTLE_SECS } else { 0 }
    }

    fn may_step(&self) -> bool {
        !self.live.rollback_detected()
    }

    async fn refresh(&self, id: CampaignId) {
        if let Err(error) = self.signing.refresh(id).await {
            tracing::warn!(%error, "a changed campaign couldn't be read again; it is tried again within a second");
        }
        if let Err(error) = self.live.reread().await {
            tracing::warn!(%error, "the numbers couldn't be read again; it is tried again within a second");
        }
    }
}

/// The names of combined groups in the list of groups. It is published and can't be changed later, so it is in the
/// default language, Indonesian.
fn combined_names() -> CombinedNames {
    let w = Localizer::default();
    CombinedNames {
        institutions: w.t("common-group-institutions"),
        all_institutions: w.t("common-group-all-institutions"),
        agencies: w.t("common-group-other-agencies"),
    }
}

/// What a change by the help desk makes stale.
pub(super) struct HelpDeskAdapter {
    pub live: Arc<Live>,
}

#[async_trait]
impl HelpDeskPorts for HelpDeskAdapter {
    async fn numbers_changed(&self) -> Result<(), StoreError> {
        self.live.reread().await
    }

    fn known_sizes(&self, campaign: CampaignId) -> Result<KnownSizes, StoreError> {
        let known = self.live.known_sizes(campaign);
        if self.live.rollback_detected() {
            return Err(StoreError::RollbackDetected { size: 0, known: known.pledges });
        }
        Ok(known)
    }

    fn locked_people(&self, campaign: CampaignId) -> u64 {
        self.live.locked_people(campaign)
    }

    fn is_crowded(&self, campaign: CampaignId) -> bool {
        self.live.is_crowded(campaign)
    }

    fn halt_signing(&self, fault: &StoreError) {
        self.live.halt_signing(fault);
    }
}

/// The throttles that also count wrong attempts at other nodes.
pub(super) struct Throttles {
    pub sign_in: Arc<SignIn>,
    pub accounts: Arc<Accounts>,
}

impl wrong_attempts::SharedThrottles for Throttles {
    fn merge_remote(&self, count: &BucketCount, now: UnixMillis) {
        match count.throttle {
            ThrottleKind::AccessCode => self.sign_in.merge_remote(count.bucket, count.wrong, now),
            _ => self.accounts.merge_remote(count, now),
        }
    }
}
