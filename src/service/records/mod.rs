//! What the records say of a pledge: checks submissions against keys and database, and looks certificate numbers up.
//!
//! Deliberately absent: the verdict itself (`verification`), search by name, identifiers in any answer.

mod examinations;
mod serial_throttle;
mod trust;

pub use examinations::ExamineError;

use crate::clock::{Clock, Entropy};
use crate::credential::cwt::Claims;
use crate::domain::campaign::Campaign;
use crate::domain::edition::FIRST_EDITION;
use crate::domain::ids::{CampaignId, CampaignTag, PledgeId, Serial};
use crate::domain::participant::initials;
use crate::domain::text::PledgeText;
use crate::domain::time::{UnixMillis, Zone};
use crate::fair_permits::Requester;
use crate::keyring::Keyring;
use crate::store::{SharedStore, StoreError};
use crate::telemetry::metrics;
use crate::verification::{Examined, Input, PledgeStanding, Verdict, VerificationReport};
use examinations::Examinations;
use serial_throttle::SerialThrottle;
use std::net::IpAddr;
use std::sync::Arc;
use trust::TrustCache;

/// The id of an open campaign by its tag, where it is known without the database.
pub type CampaignByTag = Box<dyn Fn(CampaignTag) -> Option<CampaignId> + Send + Sync>;

/// Checks against the published keys and the database.
pub struct Records {
    store: SharedStore,
    clock: Arc<dyn Clock>,
    known: CampaignByTag,
    examinations: Examinations,
    serial_throttle: SerialThrottle,
}

/// Why the records give no answer.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The submission can't be examined.
    #[error(transparent)]
    Examine(#[from] ExamineError),
    /// Too many numbers are looked up, by this client or by all.
    #[error("too many certificate numbers are looked up")]
    Throttled,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the records add to a genuine credential.
pub struct RecordedContext {
    /// The campaign the pledge belongs to.
    pub campaign: Campaign,
    /// The institution's name.
    pub institution: String,
    /// The text that was signed, if it can be read.
    pub text: Option<PledgeText>,
    /// Whether the certificate can be seen as images that are marked as a copy.
    pub has_inspection_copy: bool,
}

/// The answer for a certificate number.
pub struct SerialMatch {
    /// [`Verdict::NotInLog`] when no campaign has exactly one pledge of this number.
    pub verdict: Verdict,
    /// What may be shown of the pledge; `None` when the recorded credential isn't genuine.
    pub pledge: Option<SerialPledge>,
}

/// What a certificate number shows: not enough to learn who signed.
pub struct SerialPledge {
    /// The number.
    pub serial: Serial,
    /// The signer's initials.
    pub initials: String,
    /// The institution's name.
    pub institution: String,
    /// When the pledge was signed.
    pub signed_at: UnixMillis,
    /// The campaign's time zone.
    pub zone: Zone,
}

/// What the records say of a genuine credential's pledge.
struct RecordedStanding {
    standing: PledgeStanding,
    /// The campaign that holds a pledge of this id.
    campaign: Option<CampaignId>,
}

impl Records {
    /// Trusts the keys of `keyring`, published under `public_url`. `known` spares the database a query.
    pub fn new(
        store: SharedStore,
        clock: Arc<dyn Clock>,
        entropy: &Entropy,
        keyring: Arc<Keyring>,
        public_url: &str,
        known: CampaignByTag,
    ) -> Self {
        let trust = TrustCache::new(keyring, public_url);
        let examinations = Examinations::new(trust, entropy.bytes());
        Self { store, clock, known, examinations, serial_throttle: SerialThrottle::new(entropy.bytes()) }
    }

    /// The verdict alone: signature and standing. When the database can't be read, the verdict rests on the signature
    /// and says that revocation wasn't checked.
    ///
    /// # Errors
    /// When the submission can't be examined.
    pub async fn verdict(&self, requester: Requester<'_>, input: Input) -> Result<VerificationReport, RecordsError> {
        let examined = self.examinations.examine(requester, input).await?;
        let recorded = self.recorded_or_log(&examined).await;
        Ok(reported(examined, recorded.as_ref()))
    }

    /// As [`Self::verdict`], with what a reader is shown beside it.
    ///
    /// # Errors
    /// As [`Self::verdict`], and when the database fails.
    pub async fn check(
        &self,
        requester: Requester<'_>,
        input: Input,
    ) -> Result<(VerificationReport, Option<RecordedContext>), RecordsError> {
        let examined = self.examinations.examine(requester, input).await?;
        let recorded = self.recorded_or_log(&examined).await;
        let of = recorded.as_ref().and_then(|recorded| recorded.campaign).zip(examined.claims());
        let context = match of {
            Some((campaign, claims)) => self.context(campaign, claims).await?,
            None => None,
        };
        Ok((reported(examined, recorded.as_ref()), context))
    }

    /// Looks a certificate number up in every campaign. The recorded credential counts only as far as it is genuine.
    ///
    /// # Errors
    /// When too many numbers are looked up, or the database fails.
    pub async fn look_up(&self, client: IpAddr, serial: Serial) -> Result<SerialMatch, RecordsError> {
        if !self.serial_throttle.admits(client, UnixMillis(self.clock.now_ms())) {
            return Err(RecordsError::Throttled);
        }
        let mut found = SerialMatch { verdict: Verdict::NotInLog, pledge: None };
        for campaign in self.store.campaigns().await? {
            let (low, high) = serial.range(campaign.id.tag());
            // Two pledges with one number can't be told apart by it; the QR code tells.
            let pledges = self.store.pledges_between(campaign.id, low, high).await?;
            let [pledge] = pledges.as_slice() else { continue };
            let input = Input::Cose(pledge.credential.clone());
            let examined = self.examinations.examine(Requester::Address(client), input).await?;
            if let Some(claims) = examined.claims() {
                found.pledge = Some(SerialPledge {
                    serial: Serial::of(pledge.id),
                    initials: initials(&claims.shown_name),
                    institution: self.institution_name(&campaign, &claims.institution).await?,
                    signed_at: pledge.signed_at,
                    zone: campaign.settings.zone,
                });
            }
            let revoked = self.store.revocation(campaign.id, pledge.id).await?.is_some();
            found.verdict = examined.with_standing(standing(revoked)).verdict;
        }
        Ok(found)
    }

    /// The canonical text with this SHA-256.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn canonical_text(&self, hash: &[u8; 32]) -> Result<Option<String>, StoreError> {
        self.store.canonical_text(hash).await
    }

    /// `None` when there is nothing to look up, or the database can't be read.
    async fn recorded_or_log(&self, examined: &Examined) -> Option<RecordedStanding> {
        let pledge = examined.claims()?.pledge;
        match self.recorded(examined, pledge).await {
            Ok(recorded) => Some(recorded),
            Err(error) => {
                tracing::error!(%error, "a status couldn't be read");
                None
            }
        }
    }

    async fn recorded(&self, examined: &Examined, id: PledgeId) -> Result<RecordedStanding, StoreError> {
        let tag = id.campaign_tag();
        let campaign = match (self.known)(tag) {
            Some(campaign) => Some(campaign),
            None => self.store.campaign_by_tag(tag).await?.map(|campaign| campaign.id),
        };
        let unknown = RecordedStanding { standing: PledgeStanding::Unknown, campaign: None };
        let Some(campaign) = campaign else { return Ok(unknown) };
        let Some(recorded) = self.store.recorded(campaign, id).await? else { return Ok(unknown) };
        let is_recorded = examined.matches_bytes(&recorded.credential);
        let standing = if is_recorded { standing(recorded.revoked) } else { PledgeStanding::Unknown };
        Ok(RecordedStanding { standing, campaign: Some(campaign) })
    }

    async fn context(&self, campaign: CampaignId, claims: &Claims) -> Result<Option<RecordedContext>, StoreError> {
        let Some(campaign) = self.store.campaign(campaign).await? else { return Ok(None) };
        let institution = self.institution_name(&campaign, &claims.institution).await?;
        let text = self.store.canonical_text_by_prefix(&claims.text_hash).await?;
        let text = text.and_then(|(_, canonical)| serde_json::from_str(&canonical).ok());
        let has_inspection_copy = self.store.edition(campaign.id, FIRST_EDITION).await?.is_some();
        Ok(Some(RecordedContext { campaign, institution, text, has_inspection_copy }))
    }

    async fn institution_name(&self, campaign: &Campaign, code: &str) -> Result<String, StoreError> {
        let institutions = self.store.institutions(campaign.id).await?;
        let named = institutions.into_iter().find(|institution| institution.code == code);
        Ok(named.map_or_else(|| code.to_string(), |institution| institution.name))
    }
}

fn reported(examined: Examined, recorded: Option<&RecordedStanding>) -> VerificationReport {
    let report = match recorded {
        Some(recorded) => examined.with_standing(recorded.standing),
        None => examined.offline(),
    };
    metrics::verified(report.verdict.as_str());
    report
}

fn standing(revoked: bool) -> PledgeStanding {
    if revoked { PledgeStanding::Revoked } else { PledgeStanding::Active }
}
