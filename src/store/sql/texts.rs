//! A campaign's text: its versions, and the canonical bytes that are kept for ever.

use super::campaigns::json;
use super::columns::{bytes_column, u32_column};
use super::write_result::{commit, require_one_row};
use super::{Database, audit};
use crate::domain::ids::CampaignId;
use crate::domain::text::PledgeText;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::texts::{TextStore, TextVersion, VersionLine};
use async_trait::async_trait;
use sqlx::Row as _;

#[async_trait]
impl TextStore for Database {
    async fn save_text(
        &self,
        id: CampaignId,
        body: &PledgeText,
        filled: &PledgeText,
        audit: &VersionLine<'_>,
    ) -> Result<TextVersion, StoreError> {
        self.retried(|| async {
            let text_hash = filled.hash();
            let mut tx = self.begin_write().await?;
            let done = sqlx::query("UPDATE campaign SET text_hash = $2 WHERE campaign_id = $1 AND state = 'draft'")
                .bind(id.as_bytes())
                .bind(text_hash.as_slice())
                .execute(&mut *tx)
                .await?;
            require_one_row(done.rows_affected())?;
            let newest =
                sqlx::query("SELECT COALESCE(MAX(version), 0) AS newest FROM text_version WHERE campaign_id = $1")
                    .bind(id.as_bytes())
                    .fetch_one(&mut *tx)
                    .await?;
            let version = u32_column(&newest, "newest")? + 1;
            let line = audit(version);
            sqlx::query(
                "INSERT INTO canonical_text (text_hash, canonical, created_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (text_hash) DO NOTHING",
            )
            .bind(text_hash.as_slice())
            .bind(filled.canonical())
            .bind(line.at.0)
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "INSERT INTO text_version (campaign_id, version, text_hash, body, created_at, created_by) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(id.as_bytes())
            .bind(i64::from(version))
            .bind(text_hash.as_slice())
            .bind(json(body)?)
            .bind(line.at.0)
            .bind(&line.actor)
            .execute(&mut *tx)
            .await?;
            audit::put(&mut tx, &line).await?;
            commit(tx).await?;
            Ok(TextVersion { version, text_hash, body: body.clone(), created_at: line.at, created_by: line.actor })
        })
        .await
    }

    async fn text_versions(&self, id: CampaignId) -> Result<Vec<TextVersion>, StoreError> {
        let rows = sqlx::query(
            "SELECT version, text_hash, body, created_at, created_by FROM text_version \
             WHERE campaign_id = $1 ORDER BY version DESC",
        )
        .bind(id.as_bytes())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(TextVersion {
                    version: u32_column(row, "version")?,
                    text_hash: bytes_column(row, "text_hash")?,
                    body: serde_json::from_str(row.try_get("body")?).map_err(|_| StoreError::Corrupt("body"))?,
                    created_at: UnixMillis(row.try_get("created_at")?),
                    created_by: row.try_get("created_by")?,
                })
            })
            .collect()
    }

    async fn canonical_text(&self, text_hash: &[u8; 32]) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT canonical FROM canonical_text WHERE text_hash = $1")
            .bind(text_hash.as_slice())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(row.map(|row| row.try_get("canonical")).transpose()?)
    }

    async fn canonical_text_by_prefix(&self, prefix: &[u8; 16]) -> Result<Option<([u8; 32], String)>, StoreError> {
        let low = [prefix.as_slice(), &[0; 16]].concat();
        let high = [prefix.as_slice(), &[255; 16]].concat();
        let row = sqlx::query("SELECT text_hash, canonical FROM canonical_text WHERE text_hash BETWEEN $1 AND $2")
            .bind(low)
            .bind(high)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| Ok((bytes_column(&row, "text_hash")?, row.try_get("canonical")?))).transpose()
    }
}
