//! Minutes, and the copies of them that were signed elsewhere.

use super::columns::{bytes_column, u32_column, u64_column};
use super::write_result::{commit, require_one_row};
use super::{Database, Row, audit};
use crate::domain::audit::AuditEntry;
use crate::domain::ids::CampaignId;
use crate::domain::minutes::{MinutesEdition, SignedCopy};
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::minutes::{LocationProgress, MinutesStore};
use async_trait::async_trait;
use sqlx::Row as _;

#[async_trait]
impl MinutesStore for Database {
    async fn minutes(&self, campaign: CampaignId) -> Result<Vec<MinutesEdition>, StoreError> {
        let rows = sqlx::query(
            "SELECT m.edition, m.letter_number, m.reason, m.sha256, CAST(LENGTH(m.file) AS BIGINT) AS bytes, m.seal_key, m.made_at, \
             m.made_by, c.number AS copy_number, c.sha256 AS copy_sha256, CAST(LENGTH(c.file) AS BIGINT) AS copy_bytes, \
             c.is_extension, c.sent_at, c.sent_by FROM minutes m LEFT JOIN minutes_copy c ON c.campaign_id = m.campaign_id \
             AND c.edition = m.edition AND c.number = (SELECT MAX(n.number) FROM minutes_copy n \
             WHERE n.campaign_id = m.campaign_id AND n.edition = m.edition) \
             WHERE m.campaign_id = $1 ORDER BY m.edition",
        )
        .bind(campaign.as_bytes())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(edition).collect()
    }

    async fn minutes_file(&self, campaign: CampaignId, edition: u32) -> Result<Option<Vec<u8>>, StoreError> {
        let file = sqlx::query_scalar("SELECT file FROM minutes WHERE campaign_id = $1 AND edition = $2")
            .bind(campaign.as_bytes())
            .bind(i64::from(edition))
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(file)
    }

    async fn signed_copy_file(&self, campaign: CampaignId, edition: u32) -> Result<Option<Vec<u8>>, StoreError> {
        let file = sqlx::query_scalar(
            "SELECT file FROM minutes_copy WHERE campaign_id = $1 AND edition = $2 ORDER BY number DESC LIMIT 1",
        )
        .bind(campaign.as_bytes())
        .bind(i64::from(edition))
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        Ok(file)
    }

    async fn add_minutes(
        &self,
        campaign: CampaignId,
        minutes: &MinutesEdition,
        file: &[u8],
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let done = sqlx::query(
                "INSERT INTO minutes (campaign_id, edition, letter_number, reason, sha256, file, seal_key, made_at, \
                 made_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (campaign_id, edition) DO NOTHING",
            )
            .bind(campaign.as_bytes())
            .bind(i64::from(minutes.number))
            .bind(&minutes.letter_number)
            .bind(&minutes.reason)
            .bind(&minutes.sha256[..])
            .bind(file)
            .bind(&minutes.seal_key)
            .bind(minutes.made_at.0)
            .bind(&minutes.made_by)
            .execute(&mut *tx)
            .await?;
            require_one_row(done.rows_affected())?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn add_signed_copy(
        &self,
        campaign: CampaignId,
        edition: u32,
        copy: &SignedCopy,
        file: &[u8],
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let done = sqlx::query(
                "INSERT INTO minutes_copy (campaign_id, edition, number, sha256, file, is_extension, sent_at, \
                 sent_by) SELECT campaign_id, edition, $3, $4, $5, $6, $7, $8 FROM minutes \
                 WHERE campaign_id = $1 AND edition = $2 ON CONFLICT (campaign_id, edition, number) DO NOTHING",
            )
            .bind(campaign.as_bytes())
            .bind(i64::from(edition))
            .bind(i64::from(copy.number))
            .bind(&copy.sha256[..])
            .bind(file)
            .bind(i64::from(copy.is_extension))
            .bind(copy.sent_at.0)
            .bind(&copy.sent_by)
            .execute(&mut *tx)
            .await?;
            require_one_row(done.rows_affected())?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn signing_span(&self, campaign: CampaignId) -> Result<Option<(UnixMillis, UnixMillis)>, StoreError> {
        let row =
            sqlx::query("SELECT MIN(signed_at) AS first, MAX(signed_at) AS last FROM pledge WHERE campaign_id = $1")
                .bind(campaign.as_bytes())
                .fetch_one(&mut *self.reader().await?)
                .await?;
        let (first, last): (Option<i64>, Option<i64>) = (row.try_get("first")?, row.try_get("last")?);
        Ok(first.zip(last).map(|(first, last)| (UnixMillis(first), UnixMillis(last))))
    }

    async fn location_progress(&self, campaign: CampaignId) -> Result<Vec<LocationProgress>, StoreError> {
        let rows = sqlx::query(
            "SELECT p.location, COUNT(*) AS people, \
             COUNT(CASE WHEN r.pledge_id IS NULL THEN s.pledge_id END) AS signed \
             FROM institution i \
             JOIN participant p ON p.campaign_id = i.campaign_id AND p.roster_id = i.roster_id \
             AND p.institution = i.code \
             LEFT JOIN code_version v ON v.campaign_id = p.campaign_id AND v.participant_id = p.participant_id \
             LEFT JOIN pledge s ON s.campaign_id = p.campaign_id AND s.participant_id = p.participant_id \
             LEFT JOIN revocation r ON r.campaign_id = s.campaign_id AND r.pledge_id = s.pledge_id \
             WHERE i.campaign_id = $1 AND COALESCE(v.standing, 0) = 0 GROUP BY p.location ORDER BY p.location",
        )
        .bind(campaign.as_bytes())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let progress = |row: &Row| {
            Ok(LocationProgress {
                location: row.try_get("location")?,
                people: u64_column(row, "people")?,
                signed: u64_column(row, "signed")?,
            })
        };
        rows.iter().map(progress).collect()
    }
}

fn edition(row: &Row) -> Result<MinutesEdition, StoreError> {
    let copy = match row.try_get::<Option<i64>, _>("copy_number")? {
        Some(_) => Some(SignedCopy {
            number: u32_column(row, "copy_number")?,
            sha256: bytes_column(row, "copy_sha256")?,
            bytes: u64_column(row, "copy_bytes")?,
            is_extension: row.try_get::<i64, _>("is_extension")? == 1,
            sent_at: UnixMillis(row.try_get("sent_at")?),
            sent_by: row.try_get("sent_by")?,
        }),
        None => None,
    };
    Ok(MinutesEdition {
        number: u32_column(row, "edition")?,
        letter_number: row.try_get("letter_number")?,
        reason: row.try_get("reason")?,
        sha256: bytes_column(row, "sha256")?,
        bytes: u64_column(row, "bytes")?,
        seal_key: row.try_get("seal_key")?,
        made_at: UnixMillis(row.try_get("made_at")?),
        made_by: row.try_get("made_by")?,
        copy,
    })
}
