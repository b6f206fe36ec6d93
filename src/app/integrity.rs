//! Checks an installation: recounts every campaign from its rows, compares it with the published marks, and checks the
//! audit trails.

use super::Resources;
use crate::domain::campaign::Campaign;
use crate::domain::ids::CampaignId;
use crate::service::StoreError;
use crate::service::audit_trail::{CheckedTrail, NotedHash, TrailCheck, TrailFault, TrailFaultKind, check};
use crate::service::live::{HighWater, HighWaterFault};
use crate::service::recount::{Difference, Recount, RecountFault, Recounted};
use crate::store::SharedStore;
use crate::store::installation::{KEYRING, PUBLIC_URL};
use crate::store::pledges::LogKind;

/// Checks one installation.
pub struct Integrity {
    store: SharedStore,
    recount: Recount,
    marks: HighWater,
}

/// Why an installation can't be checked.
#[derive(Debug, thiserror::Error)]
pub enum IntegrityError {
    /// The database belongs to another keyring.
    #[error("the database belongs to another keyring")]
    OtherKeyring,
    /// The mark of what was published can't be read.
    #[error(transparent)]
    HighWater(#[from] HighWaterFault),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The result for one campaign.
pub enum CampaignIntegrity {
    /// Everything agrees.
    Sound(Recounted),
    /// The first difference.
    Differs(Difference),
    /// The log is shorter than what was published, or has another history.
    BehindMark,
}

/// The result for one audit trail: what it holds, or the kind and place of the first difference.
pub type TrailIntegrity = Result<CheckedTrail, (TrailFaultKind, Option<u64>)>;

impl Integrity {
    /// Checks the installation of these resources. The address stored in the database is used, not the one in the
    /// settings.
    ///
    /// # Errors
    /// See [`IntegrityError`].
    pub async fn new(resources: Resources) -> Result<Self, IntegrityError> {
        let Resources { config, keyring, store, .. } = resources;
        if store.pinned(KEYRING).await?.is_some_and(|fingerprint| fingerprint != keyring.fingerprint()) {
            return Err(IntegrityError::OtherKeyring);
        }
        let public_url = store.pinned(PUBLIC_URL).await?.unwrap_or_else(|| config.public_url.clone());
        let host = public_url.split_once("://").map_or(public_url.as_str(), |(_, host)| host).to_owned();
        let marks = HighWater::load(&config.data)?;
        Ok(Self { recount: Recount { store: store.clone(), keyring, host }, store, marks })
    }

    /// All campaigns.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn campaigns(&self) -> Result<Vec<Campaign>, StoreError> {
        self.store.campaigns().await
    }

    /// The steps that [`Self::campaign`] will report.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn steps(&self, campaign: &Campaign) -> Result<u64, StoreError> {
        self.recount.steps(campaign).await
    }

    /// Recounts one campaign. `progress` gets the number of steps done since the last call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn campaign(
        &self,
        campaign: &Campaign,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<CampaignIntegrity, StoreError> {
        match self.recount.campaign(campaign, progress).await {
            Ok(recounted) if recounted.heads.iter().any(|head| self.marks.check(head).is_err()) => {
                Ok(CampaignIntegrity::BehindMark)
            }
            Ok(recounted) => {
                let origin = LogKind::Pledges.origin(&self.recount.host, &campaign.slug);
                let is_gone = self.marks.size(&origin) > 0 && recounted.heads.iter().all(|head| head.origin != origin);
                Ok(if is_gone { CampaignIntegrity::BehindMark } else { CampaignIntegrity::Sound(recounted) })
            }
            Err(RecountFault::Differs(difference)) => Ok(CampaignIntegrity::Differs(difference)),
            Err(RecountFault::Store(error)) => Err(error),
        }
    }

    /// Checks all audit trails, or one campaign's, and looks for `noted`, a hash that was written down.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trails(
        &self,
        only: Option<CampaignId>,
        noted: Option<NotedHash>,
    ) -> Result<Vec<(Option<CampaignId>, TrailIntegrity)>, StoreError> {
        let of = TrailCheck::of(&self.store, only, noted).await?;
        let mut trails = vec![];
        for trail in &of.trails {
            let checked = match check(&self.store, &of, *trail).await {
                Ok(checked) => Ok(checked),
                Err(TrailFault::Differs { kind, place }) => Err((kind, place)),
                Err(TrailFault::Store(error)) => return Err(error),
            };
            trails.push((*trail, checked));
        }
        Ok(trails)
    }
}
