//! Locking a roster: slots, salts and leaves in chunks under a claim, then one short commit.

use super::batch::Batch;
use super::rosters::{require_draft, require_rosters};
use super::{Database, Transaction, one};
use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::rosters::{CHUNK_ROWS_MAX, Lock, RosterHead, RosterId, Slot};
use std::sync::LazyLock;

/// The roster log.
const ROSTER_LOG: i64 = 2;

static INSERT_LEAVES: LazyLock<Batch> =
    LazyLock::new(|| Batch::new("INSERT INTO leaf (campaign_id, log, leaf_index, bytes) VALUES", 2, 2, ""));
static UPDATE_SLOTS: LazyLock<Batch> = LazyLock::new(|| {
    let head = "WITH v (campaign_id, participant_id, roster_id, slot, group_index, salt) AS (VALUES";
    let tail = ") UPDATE participant SET slot = v.slot, group_index = v.group_index, roster_salt = v.salt FROM v \
                WHERE participant.campaign_id = v.campaign_id AND participant.participant_id = v.participant_id \
                AND participant.roster_id = v.roster_id";
    Batch::new(head, 1, 5, tail)
});

pub(super) async fn begin(
    db: &Database,
    campaign: CampaignId,
    token: [u8; 16],
    at: UnixMillis,
) -> Result<(), StoreError> {
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
    tx.commit().await?;
    // Leaves of an earlier lock or attempt.
    let from_end = i64::try_from(CHUNK_ROWS_MAX).map_err(|_| StoreError::Corrupt("chunk"))?;
    loop {
        let mut tx = db.begin_write().await?;
        require_claim(&mut tx, campaign, token).await?;
        let done = sqlx::query(
            "DELETE FROM leaf WHERE campaign_id = $1 AND log = $2 AND leaf_index > \
             (SELECT MAX(leaf_index) FROM leaf WHERE campaign_id = $1 AND log = $2) - $3",
        )
        .bind(campaign.as_bytes())
        .bind(ROSTER_LOG)
        .bind(from_end)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        if done.rows_affected() == 0 {
            return Ok(());
        }
    }
}

pub(super) async fn chunk(
    db: &Database,
    campaign: CampaignId,
    token: [u8; 16],
    slots: &[Slot],
    rosters: &[(String, Option<RosterId>)],
    first_leaf: u64,
    leaves: &[Vec<u8>],
) -> Result<(), StoreError> {
    let mut tx = db.begin_write().await?;
    require_claim(&mut tx, campaign, token).await?;
    let roster_of = |institution: &str| {
        let found = rosters.iter().find(|(code, _)| code == institution);
        found.and_then(|(_, roster)| *roster).ok_or(StoreError::Conflict)
    };
    let mut changed = 0;
    for (text, piece) in UPDATE_SLOTS.pieces(slots) {
        let mut query = sqlx::query(text).bind(campaign.as_bytes());
        for slot in piece {
            query = query
                .bind(slot.participant.as_bytes())
                .bind(roster_of(&slot.institution)?.to_vec())
                .bind(i64::from(slot.slot))
                .bind(i64::from(slot.group))
                .bind(slot.salt.as_slice());
        }
        changed += query.execute(&mut *tx).await?.rows_affected();
    }
    if changed != slots.len() as u64 {
        return Err(StoreError::Conflict);
    }
    let first = i64::try_from(first_leaf).map_err(|_| StoreError::Corrupt("leaf_index"))?;
    let numbered: Vec<(i64, &Vec<u8>)> = (first..).zip(leaves).collect();
    for (text, piece) in INSERT_LEAVES.pieces(&numbered) {
        let mut query = sqlx::query(text).bind(campaign.as_bytes()).bind(ROSTER_LOG);
        for (index, bytes) in piece {
            query = query.bind(*index).bind(bytes.as_slice());
        }
        query.execute(&mut *tx).await?;
    }
    Ok(tx.commit().await?)
}

pub(super) async fn finish(db: &Database, campaign: CampaignId, lock: &Lock) -> Result<(), StoreError> {
    let mut tx = db.begin_write().await?;
    require_claim(&mut tx, campaign, lock.token).await?;
    require_rosters(&mut tx, campaign, &lock.rosters).await?;
    forget_groups(&mut tx, campaign).await?;
    for group in &lock.groups {
        sqlx::query(
            "INSERT INTO reporting_group (campaign_id, group_index, code, name, eligible, signed, excused, revoked) \
             VALUES ($1, $2, $3, $4, $5, 0, 0, 0)",
        )
        .bind(campaign.as_bytes())
        .bind(i64::from(group.index))
        .bind(&group.code)
        .bind(&group.name)
        .bind(i64::try_from(group.eligible).map_err(|_| StoreError::Corrupt("eligible"))?)
        .execute(&mut *tx)
        .await?;
        for code in &group.institutions {
            sqlx::query("UPDATE institution SET group_index = $3 WHERE campaign_id = $1 AND code = $2")
                .bind(campaign.as_bytes())
                .bind(code)
                .bind(i64::from(group.index))
                .execute(&mut *tx)
                .await?;
        }
    }
    put_head(&mut tx, campaign, &lock.head).await?;
    sqlx::query("DELETE FROM roster_lock WHERE campaign_id = $1").bind(campaign.as_bytes()).execute(&mut *tx).await?;
    let done = sqlx::query("UPDATE campaign SET state = 'locked' WHERE campaign_id = $1 AND state = 'draft'")
        .bind(campaign.as_bytes())
        .execute(&mut *tx)
        .await?;
    one(done.rows_affected())?;
    // From here the roster can't change, and slots, salts and leaves are in force.
    tx.commit().await.map_err(StoreError::UnknownOutcome)
}

pub(super) async fn unlock(db: &Database, campaign: CampaignId) -> Result<(), StoreError> {
    let mut tx = db.begin_write().await?;
    let signed = sqlx::query("SELECT 1 FROM pledge WHERE campaign_id = $1 LIMIT 1")
        .bind(campaign.as_bytes())
        .fetch_optional(&mut *tx)
        .await?;
    if signed.is_some() {
        return Err(StoreError::Conflict);
    }
    let done = sqlx::query("UPDATE campaign SET state = 'draft' WHERE campaign_id = $1 AND state = 'locked'")
        .bind(campaign.as_bytes())
        .execute(&mut *tx)
        .await?;
    one(done.rows_affected())?;
    forget_groups(&mut tx, campaign).await?;
    sqlx::query("DELETE FROM log_head WHERE campaign_id = $1").bind(campaign.as_bytes()).execute(&mut *tx).await?;
    tx.commit().await.map_err(StoreError::UnknownOutcome)
}

async fn require_claim(tx: &mut Transaction<'_>, campaign: CampaignId, token: [u8; 16]) -> Result<(), StoreError> {
    let found = sqlx::query("SELECT 1 FROM roster_lock WHERE campaign_id = $1 AND token = $2")
        .bind(campaign.as_bytes())
        .bind(token.as_slice())
        .fetch_optional(&mut **tx)
        .await?;
    found.map(|_| ()).ok_or(StoreError::Conflict)
}

async fn forget_groups(tx: &mut Transaction<'_>, campaign: CampaignId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM reporting_group WHERE campaign_id = $1")
        .bind(campaign.as_bytes())
        .execute(&mut **tx)
        .await?;
    sqlx::query("UPDATE institution SET group_index = NULL WHERE campaign_id = $1")
        .bind(campaign.as_bytes())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn put_head(tx: &mut Transaction<'_>, campaign: CampaignId, head: &RosterHead) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO log_head (campaign_id, log, size, frontier, root, checkpoint, at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (campaign_id, log) DO UPDATE SET size = excluded.size, frontier = excluded.frontier, \
         root = excluded.root, checkpoint = excluded.checkpoint, at = excluded.at",
    )
    .bind(campaign.as_bytes())
    .bind(ROSTER_LOG)
    .bind(i64::try_from(head.size).map_err(|_| StoreError::Corrupt("size"))?)
    .bind(&head.frontier)
    .bind(head.root.as_slice())
    .bind(&head.checkpoint)
    .bind(head.at.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
