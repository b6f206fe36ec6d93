//! The audit trail.

use super::{Connection, Database, Row, blob, commit};
use crate::domain::audit::{Entry, EntryId, Event};
use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::audit::AuditStore;
use async_trait::async_trait;
use serde_json::{Value, json};
use sqlx::Row as _;

/// Stands in the key where an entry concerns the installation.
const INSTALLATION: [u8; 16] = [0; 16];

#[async_trait]
impl AuditStore for Database {
    async fn record(&self, entry: &Entry) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            put(&mut tx, entry).await?;
            commit(tx).await
        })
        .await
    }

    async fn audit_page(
        &self,
        campaign: Option<CampaignId>,
        before: Option<EntryId>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let rows = sqlx::query(
            "SELECT campaign_id, audit_id, at, actor, event, detail FROM audit \
             WHERE campaign_id = $1 AND audit_id < $2 ORDER BY audit_id DESC LIMIT $3",
        )
        .bind(campaign.map_or(INSTALLATION, |id| id.0).as_slice())
        .bind(before.map_or([255; 16], |id| id.0).as_slice())
        .bind(i64::from(limit))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(entry).collect()
    }
}

/// Writes a line within somebody's transaction, after everything that its trail holds: whatever the clocks said, a trail
/// has one order, in which it was written.
pub(super) async fn put(tx: &mut Connection, entry: &Entry) -> Result<(), StoreError> {
    let trail = entry.campaign.map_or(INSTALLATION, |id| id.0);
    let newest = sqlx::query("SELECT audit_id FROM audit WHERE campaign_id = $1 ORDER BY audit_id DESC LIMIT 1")
        .bind(trail.as_slice())
        .fetch_optional(&mut *tx)
        .await?;
    let newest = newest.map(|row| blob(&row, "audit_id")).transpose()?.map(EntryId);
    let id = newest.filter(|newest| entry.id < *newest).map_or(entry.id, |newest| entry.id.after(newest));
    let stored = serde_json::to_value(&entry.event).map_err(|_| StoreError::Corrupt("event"))?;
    sqlx::query(
        "INSERT INTO audit (campaign_id, audit_id, at, actor, institution, event, detail) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(trail.as_slice())
    .bind(id.0.as_slice())
    .bind(entry.at.0)
    .bind(&entry.actor)
    .bind(entry.event.institution())
    .bind(stored["event"].as_str())
    .bind(stored["detail"].to_string())
    .execute(tx)
    .await?;
    Ok(())
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    let campaign: [u8; 16] = blob(row, "campaign_id")?;
    let detail: Value = serde_json::from_str(row.try_get("detail")?).map_err(|_| StoreError::Corrupt("detail"))?;
    let stored = json!({ "event": row.try_get::<&str, _>("event")?, "detail": detail });
    let event: Event = serde_json::from_value(stored).map_err(|_| StoreError::Corrupt("event"))?;
    Ok(Entry {
        id: EntryId(blob(row, "audit_id")?),
        campaign: (campaign != INSTALLATION).then_some(CampaignId(campaign)),
        at: UnixMillis(row.try_get("at")?),
        actor: row.try_get("actor")?,
        event,
    })
}
