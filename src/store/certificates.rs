//! All people who signed, page by page, for certificates in bulk.

use super::StoreError;
use super::pledges::Signer;
use crate::domain::ids::{CampaignId, ParticipantId};
use async_trait::async_trait;

/// People with a pledge, in pages.
#[async_trait]
pub trait CertificateStore: Send + Sync {
    /// Participants with a pledge whose id comes after the given one, in the order of their ids, at most `limit`.
    async fn signers_after(
        &self,
        campaign: CampaignId,
        after: Option<ParticipantId>,
        limit: u32,
    ) -> Result<Vec<Signer>, StoreError>;
}
