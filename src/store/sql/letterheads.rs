//! Letterheads and emblems.

use super::roster_checks::require_draft;
use super::write_result::commit;
use super::{Database, Row, audit};
use crate::domain::audit::AuditEntry;
use crate::domain::ids::CampaignId;
use crate::domain::letterhead::Letterhead;
use crate::store::StoreError;
use crate::store::letterheads::{EmblemPicture, LetterheadStore};
use async_trait::async_trait;
use data_encoding::HEXLOWER;
use sqlx::Row as _;

#[async_trait]
impl LetterheadStore for Database {
    async fn letterheads(&self, campaign: CampaignId) -> Result<Vec<Letterhead>, StoreError> {
        let rows = sqlx::query(
            "SELECT institution, lines, emblem FROM letterhead WHERE campaign_id = $1 ORDER BY institution",
        )
        .bind(campaign.as_bytes())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(letterhead).collect()
    }

    async fn emblem(&self, campaign: CampaignId, sha256: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let sha256 = HEXLOWER.decode(sha256.as_bytes()).map_err(|_| StoreError::Corrupt("emblem"))?;
        let png = sqlx::query_scalar("SELECT png FROM emblem WHERE campaign_id = $1 AND sha256 = $2")
            .bind(campaign.as_bytes())
            .bind(sha256)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(png)
    }

    async fn save_letterhead(
        &self,
        campaign: CampaignId,
        letterhead: &Letterhead,
        emblem: Option<&EmblemPicture>,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            require_draft(&mut tx, campaign).await?;
            sqlx::query("DELETE FROM letterhead WHERE campaign_id = $1 AND institution = $2")
                .bind(campaign.as_bytes())
                .bind(&letterhead.institution)
                .execute(&mut *tx)
                .await?;
            if let Some(emblem) = emblem {
                sqlx::query(
                    "INSERT INTO emblem (campaign_id, sha256, png) VALUES ($1, $2, $3) \
                     ON CONFLICT (campaign_id, sha256) DO NOTHING",
                )
                .bind(campaign.as_bytes())
                .bind(&emblem.sha256[..])
                .bind(&emblem.png)
                .execute(&mut *tx)
                .await?;
            }
            if !letterhead.lines.is_empty() {
                let named = letterhead.emblem.as_ref().map(|sha256| HEXLOWER.decode(sha256.as_bytes()));
                let named = named.transpose().map_err(|_| StoreError::Corrupt("emblem"))?;
                sqlx::query("INSERT INTO letterhead (campaign_id, institution, lines, emblem) VALUES ($1, $2, $3, $4)")
                    .bind(campaign.as_bytes())
                    .bind(&letterhead.institution)
                    .bind(letterhead.lines.join("\n"))
                    .bind(named)
                    .execute(&mut *tx)
                    .await?;
            }
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }
}

fn letterhead(row: &Row) -> Result<Letterhead, StoreError> {
    let lines: String = row.try_get("lines")?;
    let emblem: Option<Vec<u8>> = row.try_get("emblem")?;
    Ok(Letterhead {
        institution: row.try_get("institution")?,
        lines: lines.split('\n').map(String::from).collect(),
        emblem: emblem.map(|sha256| HEXLOWER.encode(&sha256)),
    })
}
