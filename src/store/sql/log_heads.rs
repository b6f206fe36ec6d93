//! Heads of logs inside a write: the frontier to append to, and the new head.

use super::Connection;
use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::pledges::LogKind;
use crate::store::rosters::RosterHead;
use crate::tlog::merkle::Frontier;
use sqlx::Row as _;

/// The frontier of a log; an empty one before its first head. Call it under the campaign's lock.
pub(super) async fn frontier(tx: &mut Connection, campaign: CampaignId, log: LogKind) -> Result<Frontier, StoreError> {
    let row = sqlx::query("SELECT frontier FROM log_head WHERE campaign_id = $1 AND log = $2")
        .bind(campaign.as_bytes())
        .bind(log.number())
        .fetch_optional(tx)
        .await?;
    match row {
        Some(row) => from_bytes(row.try_get("frontier")?),
        None => Ok(Frontier::new()),
    }
}

/// A stored frontier.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<Frontier, StoreError> {
    Frontier::from_bytes(bytes).map_err(|_| StoreError::Corrupt("frontier"))
}

/// Writes the head of a log.
pub(super) async fn put(
    tx: &mut Connection,
    campaign: CampaignId,
    log: LogKind,
    frontier: &Frontier,
    checkpoint: String,
    at: UnixMillis,
) -> Result<(), StoreError> {
    let (size, root) = (frontier.size(), frontier.root());
    let head = RosterHead { size, frontier: frontier.to_bytes(), root, checkpoint, at };
    put_bytes(tx, campaign, log, &head).await
}

/// As [`put`], of a head whose frontier is written already.
pub(super) async fn put_bytes(
    tx: &mut Connection,
    campaign: CampaignId,
    log: LogKind,
    head: &RosterHead,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO log_head (campaign_id, log, size, frontier, root, checkpoint, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (campaign_id, log) DO UPDATE SET size = excluded.size, frontier = excluded.frontier, \
         root = excluded.root, checkpoint = excluded.checkpoint, at = excluded.at",
    )
    .bind(campaign.as_bytes())
    .bind(log.number())
    .bind(i64::try_from(head.size).map_err(|_| StoreError::Corrupt("size"))?)
    .bind(&head.frontier)
    .bind(head.root.as_slice())
    .bind(&head.checkpoint)
    .bind(head.at.0)
    .execute(tx)
    .await?;
    Ok(())
}
