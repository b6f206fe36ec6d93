//! Editions of certificates, and many people at once, for certificates in bulk.

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

    /// These people, in the order in which they are asked for; who isn't there is left out.
    async fn signers(&self, campaign: CampaignId, participants: &[ParticipantId]) -> Result<Vec<Signer>, StoreError>;
}
