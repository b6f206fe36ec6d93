//! Editions of certificates, and all people who signed, page by page, for certificates in bulk.

use super::StoreError;
use super::pledges::Signer;
use crate::domain::edition::Edition;
use crate::domain::ids::{CampaignId, ParticipantId};
use async_trait::async_trait;

/// What certificates are made of, besides single pledges.
#[async_trait]
pub trait CertificateStore: Send + Sync {
    /// An edition of a campaign's certificates. `None` where there is none; the first edition of a campaign that was
    /// locked before editions were recorded has no row either.
    async fn edition(&self, campaign: CampaignId, number: u32) -> Result<Option<Edition>, StoreError>;

    /// Participants with a pledge whose id comes after the given one, in the order of their ids, at most `limit`.
    async fn signers_after(
        &self,
        campaign: CampaignId,
        after: Option<ParticipantId>,
        limit: u32,
    ) -> Result<Vec<Signer>, StoreError>;
}
