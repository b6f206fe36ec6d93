//! Editions, and signers in pages, for certificates.

use super::pledges::{signer, signers_where};
use super::{Database, editions};
use crate::domain::edition::Edition;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::store::StoreError;
use crate::store::certificates::CertificateStore;
use crate::store::pledges::Signer;
use async_trait::async_trait;
use sqlx::AssertSqlSafe;
use std::sync::LazyLock;

/// Reads along the key of `participant`, so that nothing has to be sorted.
pub(super) static SIGNERS_AFTER: LazyLock<String> = LazyLock::new(|| {
    signers_where(
        "p.campaign_id = $1 AND p.participant_id > $2 AND s.participant_id IS NOT NULL ORDER BY p.participant_id LIMIT $3",
    )
});

#[async_trait]
impl CertificateStore for Database {
    async fn edition(&self, campaign: CampaignId, number: u32) -> Result<Option<Edition>, StoreError> {
        editions::find(&mut *self.reader().await?, campaign, number).await
    }

    async fn signers_after(
        &self,
        campaign: CampaignId,
        after: Option<ParticipantId>,
        limit: u32,
    ) -> Result<Vec<Signer>, StoreError> {
        // An empty blob sorts before every id.
        let after = after.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
        let rows = sqlx::query(AssertSqlSafe(SIGNERS_AFTER.as_str()))
            .bind(campaign.as_bytes())
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(|row| signer(campaign, row)).collect()
    }
}
