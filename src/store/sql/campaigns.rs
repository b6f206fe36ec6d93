//! Campaigns, their institutions and their groups.

use super::columns::{bytes_column, time_column, u32_column};
use super::write_result::{commit, require_one_row};
use super::{Connection, Database, Row, audit, registry, reporting_groups};
use crate::domain::audit::AuditEntry;
use crate::domain::campaign::{Campaign, CampaignKind, CampaignSettings, CampaignState, ObservedState};
use crate::domain::ids::{CampaignId, CampaignTag};
use crate::domain::institution::Institution;
use crate::domain::reporting_group::GroupList;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::campaigns::{CampaignStore, GroupCount};
use async_trait::async_trait;
use sqlx::Row as _;

#[async_trait]
impl CampaignStore for Database {
    async fn create_campaign(&self, campaign: &Campaign, audit: &AuditEntry) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let (low, high) = tag_range(campaign.id.tag());
            let taken = sqlx::query("SELECT 1 FROM campaign WHERE campaign_id BETWEEN $1 AND $2")
                .bind(low.as_slice())
                .bind(high.as_slice())
                .fetch_optional(&mut *tx)
                .await?;
            if taken.is_some() {
                return Err(StoreError::Conflict);
            }
            sqlx::query("INSERT INTO slug (slug, target) VALUES ($1, $2)")
                .bind(&campaign.slug)
                .bind(campaign.id.as_bytes())
                .execute(&mut *tx)
                .await?;
            sqlx::query(
                "INSERT INTO campaign (campaign_id, slug, kind, settings, state, opens_at, closes_at, text_hash, \
                 sealed_secret, created_at, log_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            )
            .bind(campaign.id.as_bytes())
            .bind(&campaign.slug)
            .bind(campaign.kind.as_str())
            .bind(json(&campaign.settings)?)
            .bind(campaign.state.as_str())
            .bind(campaign.opens_at.map(|at| at.0))
            .bind(campaign.closes_at.map(|at| at.0))
            .bind(campaign.text_hash.as_ref().map(|hash| hash.as_slice()))
            .bind(&campaign.sealed_secret)
            .bind(campaign.created_at.0)
            .bind(&campaign.log_key)
            .execute(&mut *tx)
            .await?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn campaign(&self, id: CampaignId) -> Result<Option<Campaign>, StoreError> {
        let row = sqlx::query("SELECT * FROM campaign WHERE campaign_id = $1")
            .bind(id.as_bytes())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.as_ref().map(campaign).transpose()
    }

    async fn campaign_by_slug(&self, slug: &str) -> Result<Option<Campaign>, StoreError> {
        let row = sqlx::query("SELECT campaign.* FROM slug JOIN campaign ON campaign_id = target WHERE slug.slug = $1")
            .bind(slug)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.as_ref().map(campaign).transpose()
    }

    async fn campaign_by_tag(&self, tag: CampaignTag) -> Result<Option<Campaign>, StoreError> {
        let (low, high) = tag_range(tag);
        let row = sqlx::query("SELECT * FROM campaign WHERE campaign_id BETWEEN $1 AND $2")
            .bind(low.as_slice())
            .bind(high.as_slice())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.as_ref().map(campaign).transpose()
    }

    async fn campaigns(&self) -> Result<Vec<Campaign>, StoreError> {
        let rows = sqlx::query("SELECT * FROM campaign ORDER BY created_at, slug")
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(campaign).collect()
    }

    async fn save_settings(
        &self,
        id: CampaignId,
        settings: &CampaignSettings,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let done = sqlx::query("UPDATE campaign SET settings = $2 WHERE campaign_id = $1 AND state = 'draft'")
                .bind(id.as_bytes())
                .bind(json(settings)?)
                .execute(&mut *tx)
                .await?;
            require_one_row(done.rows_affected())?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn save_times(
        &self,
        id: CampaignId,
        expected: ObservedState,
        opens_at: Option<UnixMillis>,
        closes_at: Option<UnixMillis>,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.change_state(id, expected, expected.state, opens_at, closes_at, audit).await
    }

    async fn change_state(
        &self,
        id: CampaignId,
        expected: ObservedState,
        next: CampaignState,
        opens_at: Option<UnixMillis>,
        closes_at: Option<UnixMillis>,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let found = locked(&mut tx, id).await?.ok_or(StoreError::Conflict)?;
            if found.observed_state() != expected {
                return Err(StoreError::Conflict);
            }
            if (expected.state, next) == (CampaignState::Locked, CampaignState::Draft)
                && has_pledges(&mut tx, id).await?
            {
                return Err(StoreError::Conflict);
            }
            let done = sqlx::query(
                "UPDATE campaign SET state = $3, opens_at = $4, closes_at = $5 \
                 WHERE campaign_id = $1 AND state = $2",
            )
            .bind(id.as_bytes())
            .bind(expected.state.as_str())
            .bind(next.as_str())
            .bind(opens_at.map(|at| at.0))
            .bind(closes_at.map(|at| at.0))
            .execute(&mut *tx)
            .await?;
            require_one_row(done.rows_affected())?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn institutions(&self, id: CampaignId) -> Result<Vec<Institution>, StoreError> {
        let rows = sqlx::query(
            "SELECT code, name, position, help_contact FROM institution WHERE campaign_id = $1 \
             ORDER BY position, code",
        )
        .bind(id.as_bytes())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Institution {
                    code: row.try_get("code")?,
                    name: row.try_get("name")?,
                    position: u32_column(row, "position")?,
                    help_contact: row.try_get("help_contact")?,
                })
            })
            .collect()
    }

    async fn save_institutions(
        &self,
        id: CampaignId,
        institutions: &[Institution],
        same: &[String],
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            if locked(&mut tx, id).await?.is_none_or(|campaign| campaign.state != CampaignState::Draft) {
                return Err(StoreError::Conflict);
            }
            for institution in institutions {
                sqlx::query(
                    "INSERT INTO institution (campaign_id, code, name, position, help_contact) \
                     VALUES ($1, $2, $3, $4, $5) \
                     ON CONFLICT (campaign_id, code) DO UPDATE SET name = excluded.name, position = excluded.position, \
                     help_contact = excluded.help_contact",
                )
                .bind(id.as_bytes())
                .bind(&institution.code)
                .bind(&institution.name)
                .bind(i64::from(institution.position))
                .bind(&institution.help_contact)
                .execute(&mut *tx)
                .await?;
            }
            registry::register_institutions(&mut tx, id, same).await?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn save_help_contact(
        &self,
        id: CampaignId,
        institution: &str,
        contact: &str,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let done = sqlx::query("UPDATE institution SET help_contact = $3 WHERE campaign_id = $1 AND code = $2")
                .bind(id.as_bytes())
                .bind(institution)
                .bind(contact)
                .execute(&mut *tx)
                .await?;
            require_one_row(done.rows_affected())?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn group_counts(&self, id: CampaignId) -> Result<Vec<GroupCount>, StoreError> {
        reporting_groups::counts(self, id).await
    }

    async fn published_groups(&self, id: CampaignId) -> Result<Option<GroupList>, StoreError> {
        reporting_groups::published(self, id).await
    }
}

/// The campaign's row, read inside a write under the lock that orders batches and state changes.
pub(super) async fn locked(tx: &mut Connection, id: CampaignId) -> Result<Option<Campaign>, StoreError> {
    let row = sqlx::query(super::CAMPAIGN_LOCKED).bind(id.as_bytes()).fetch_optional(tx).await?;
    row.as_ref().map(campaign).transpose()
}

/// Whether there is a pledge. Call it under the campaign's lock: without it, a batch might be committing.
pub(super) async fn has_pledges(tx: &mut Connection, id: CampaignId) -> Result<bool, StoreError> {
    let signed = sqlx::query("SELECT 1 FROM pledge WHERE campaign_id = $1 LIMIT 1").bind(id.as_bytes());
    Ok(signed.fetch_optional(tx).await?.is_some())
}

fn campaign(row: &Row) -> Result<Campaign, StoreError> {
    let text_hash: Option<&[u8]> = row.try_get("text_hash")?;
    Ok(Campaign {
        id: CampaignId(bytes_column(row, "campaign_id")?),
        slug: row.try_get("slug")?,
        kind: CampaignKind::parse(row.try_get("kind")?).ok_or(StoreError::Corrupt("kind"))?,
        settings: serde_json::from_str(row.try_get("settings")?).map_err(|_| StoreError::Corrupt("settings"))?,
        state: CampaignState::parse(row.try_get("state")?).ok_or(StoreError::Corrupt("state"))?,
        opens_at: time_column(row, "opens_at")?,
        closes_at: time_column(row, "closes_at")?,
        text_hash: text_hash.map(TryInto::try_into).transpose().map_err(|_| StoreError::Corrupt("text_hash"))?,
        sealed_secret: row.try_get("sealed_secret")?,
        log_key: row.try_get::<Option<String>, _>("log_key")?.unwrap_or_default(),
        created_at: UnixMillis(row.try_get("created_at")?),
    })
}

/// A value as JSON, as the column holds it.
pub(super) fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Corrupt("json"))
}

fn tag_range(tag: CampaignTag) -> ([u8; 16], [u8; 16]) {
    let (mut low, mut high) = ([0; 16], [255; 16]);
    low[..4].copy_from_slice(&tag);
    high[..4].copy_from_slice(&tag);
    (low, high)
}
