//! Locks a roster: slots, salts and leaves in chunks under a claim, then one short commit.

use super::roster_checks::{require_draft, require_rosters};
use super::roster_rows::{insert_log_leaves, update_slots};
use super::write_result::{commit, require_one_row};
use super::{Database, Transaction, audit, campaigns, editions, log_heads, proposals, reporting_groups};
use crate::domain::audit::AuditEntry;
use crate::domain::campaign::CampaignState;
use crate::domain::ids::CampaignId;
use crate::domain::participant::RosterEntry;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::pledges::LogKind;
use crate::store::rosters::{CHUNK_ROWS_MAX, Lock, RosterId, RosterVersion, Slot};

pub(super) async fn begin(
    db: &Database,
    campaign: CampaignId,
    token: [u8; 16],
    at: UnixMillis,
) -> Result<(), StoreError> {
    db.retried(|| claim(db, campaign, token, at)).await?;
    while db.retried(|| clear_chunk(db, campaign, token)).await? > 0 {}
    Ok(())
}

async fn claim(db: &Database, campaign: CampaignId, token: [u8; 16], at: UnixMillis) -> Result<(), StoreError> {
    let mut tx = db.begin_write().await?;
    require_draft(&mut tx, campaign).await?;
    sqlx::query(
        "INSERT INTO roster_lock (campaign_id, token, started_at) VALUES ($1, $2, $3) \
         ON CONFLICT (campaign_id) DO UPDATE SET token = excluded.token, started_at = excluded.started_at",
    )
    .bind(campaign.as_bytes())
    .bind(token.as_slice())
    .bind(at.0)
    .execute(&mut *tx)
    .await?;
    commit(tx).await
}

/// Deletes a chunk of leaves that an earlier lock or attempt left, from the end; returns how many.
async fn clear_chunk(db: &Database, campaign: CampaignId, token: [u8; 16]) -> Result<u64, StoreError> {
    let mut tx = db.begin_write().await?;
    require_claim(&mut tx, campaign, token).await?;
    let done = sqlx::query(
        "DELETE FROM leaf WHERE campaign_id = $1 AND log = $2 AND leaf_index > \
         (SELECT MAX(leaf_index) FROM leaf WHERE campaign_id = $1 AND log = $2) - $3",
    )
    .bind(campaign.as_bytes())
    .bind(LogKind::Roster.number())
    .bind(i64::try_from(CHUNK_ROWS_MAX).map_err(|_| StoreError::Corrupt("chunk"))?)
    .execute(&mut *tx)
    .await?;
    commit(tx).await?;
    Ok(done.rows_affected())
}

pub(super) async fn chunk(
    db: &Database,
    campaign: CampaignId,
    token: [u8; 16],
    slots: &[Slot],
    rosters: &[(String, RosterVersion)],
    first_leaf: u64,
    leaves: &[Vec<u8>],
) -> Result<(), StoreError> {
    let roster_of = |institution: &str| {
        let found = rosters.iter().find(|(code, _)| code == institution);
        found.and_then(|(_, version)| version.roster).ok_or(StoreError::Conflict)
    };
    let placed: Vec<(RosterId, &Slot)> =
        slots.iter().map(|slot| Ok((roster_of(&slot.institution)?, slot))).collect::<Result<_, StoreError>>()?;
    let mut tx = db.begin_write().await?;
    require_claim(&mut tx, campaign, token).await?;
    if update_slots(&mut tx, campaign, &placed).await? != slots.len() as u64 {
        return Err(StoreError::Conflict);
    }
    insert_log_leaves(&mut tx, campaign, LogKind::Roster, first_leaf, leaves).await?;
    commit(tx).await
}

pub(super) async fn finish(
    db: &Database,
    campaign: CampaignId,
    lock: &Lock,
    audit: &AuditEntry,
) -> Result<(), StoreError> {
    let mut tx = db.begin_write().await?;
    require_claim(&mut tx, campaign, lock.token).await?;
    require_rosters(&mut tx, campaign, &lock.rosters).await?;
    reporting_groups::forget(&mut tx, campaign).await?;
    reporting_groups::put(&mut tx, campaign, &lock.groups, &lock.rosters).await?;
    log_heads::put_bytes(&mut tx, campaign, LogKind::Roster, &lock.head).await?;
    put_digest(&mut tx, campaign, lock).await?;
    editions::forget(&mut tx, campaign).await?;
    editions::put(&mut tx, campaign, &lock.edition).await?;
    sqlx::query("DELETE FROM roster_lock WHERE campaign_id = $1").bind(campaign.as_bytes()).execute(&mut *tx).await?;
    let done = sqlx::query(
        "UPDATE campaign SET state = 'locked', roster_epoch = $2 WHERE campaign_id = $1 AND state = 'draft'",
    )
    .bind(campaign.as_bytes())
    .bind(RosterEntry::roster_epoch(&lock.head.root).as_slice())
    .execute(&mut *tx)
    .await?;
    require_one_row(done.rows_affected())?;
    audit::put(&mut tx, audit).await?;
    // From here the roster can't change, and slots, salts and leaves are in force.
    commit(tx).await
}

pub(super) async fn unlock(db: &Database, campaign: CampaignId, audit: &AuditEntry) -> Result<(), StoreError> {
    let mut tx = db.begin_write().await?;
    let found = campaigns::locked(&mut tx, campaign).await?;
    if found.is_none_or(|found| found.state != CampaignState::Locked)
        || campaigns::has_pledges(&mut tx, campaign).await?
        || has_notices(&mut tx, campaign).await?
    {
        return Err(StoreError::Conflict);
    }
    sqlx::query("UPDATE campaign SET state = 'draft', roster_epoch = NULL WHERE campaign_id = $1")
        .bind(campaign.as_bytes())
        .execute(&mut *tx)
        .await?;
    reporting_groups::forget(&mut tx, campaign).await?;
    sqlx::query("DELETE FROM log_head WHERE campaign_id = $1 AND log = $2")
        .bind(campaign.as_bytes())
        .bind(LogKind::Roster.number())
        .execute(&mut *tx)
        .await?;
    sqlx::query("DELETE FROM roster_digest WHERE campaign_id = $1").bind(campaign.as_bytes()).execute(&mut *tx).await?;
    editions::forget(&mut tx, campaign).await?;
    proposals::expire_all(&mut tx, campaign).await?;
    audit::put(&mut tx, audit).await?;
    commit(tx).await
}

/// Notices name slots, which another locking would give to others.
async fn has_notices(tx: &mut Transaction<'_>, campaign: CampaignId) -> Result<bool, StoreError> {
    let noticed = sqlx::query("SELECT 1 FROM notice WHERE campaign_id = $1 LIMIT 1").bind(campaign.as_bytes());
    Ok(noticed.fetch_optional(&mut **tx).await?.is_some())
}

/// Locks the campaign's row and requires that this attempt still holds the claim. A new claim takes the same lock, so a
/// chunk of an older attempt is either complete before the claim or refused after it.
pub(super) async fn require_claim(
    tx: &mut Transaction<'_>,
    campaign: CampaignId,
    token: [u8; 16],
) -> Result<(), StoreError> {
    campaigns::locked(tx, campaign).await?.ok_or(StoreError::Conflict)?;
    let found = sqlx::query("SELECT 1 FROM roster_lock WHERE campaign_id = $1 AND token = $2")
        .bind(campaign.as_bytes())
        .bind(token.as_slice())
        .fetch_optional(&mut **tx)
        .await?;
    found.map(|_| ()).ok_or(StoreError::Conflict)
}

async fn put_digest(tx: &mut Transaction<'_>, campaign: CampaignId, lock: &Lock) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO roster_digest (campaign_id, root, digest) VALUES ($1, $2, $3) \
         ON CONFLICT (campaign_id) DO UPDATE SET root = excluded.root, digest = excluded.digest",
    )
    .bind(campaign.as_bytes())
    .bind(lock.head.root.as_slice())
    .bind(lock.digest.as_slice())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
