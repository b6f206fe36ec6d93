//! Editions, and many signers at once, for certificates.

use super::pledges::signer;
use super::{Database, editions, lookups};
use crate::domain::edition::Edition;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::store::StoreError;
use crate::store::certificates::CertificateStore;
use crate::store::pledges::Signer;
use async_trait::async_trait;
use std::collections::HashMap;

#[async_trait]
impl CertificateStore for Database {
    async fn edition(&self, campaign: CampaignId, number: u32) -> Result<Option<Edition>, StoreError> {
        editions::find(&mut *self.reader().await?, campaign, number).await
    }

    async fn signers(&self, campaign: CampaignId, participants: &[ParticipantId]) -> Result<Vec<Signer>, StoreError> {
        let rows = lookups::signers(&mut *self.reader().await?, campaign, participants).await?;
        let read = rows.iter().map(|row| signer(campaign, row));
        let read = read.map(|one| one.map(|one| (one.participant.id, one)));
        let mut found: HashMap<ParticipantId, Signer> = read.collect::<Result<_, StoreError>>()?;
        Ok(participants.iter().filter_map(|id| found.remove(id)).collect())
    }
}
