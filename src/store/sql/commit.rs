//! The only commit point of pledges.

use super::pledges::pledges_of;
use super::{Connection, Database, campaigns};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::pledge::Pledge;
use crate::keyring::RoleKey;
use crate::store::StoreError;
use crate::store::pledges::{Batch, Entry, Log, Outcome};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::merkle::{Frontier, leaf_hash};
use crate::tlog::note;
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::LazyLock;

/// Rows of one INSERT: few sizes, so that the statements stay prepared.
const ROWS: [usize; 3] = [64, 8, 1];
const PLEDGE_COLUMNS: usize = 11;
const LEAF_COLUMNS: usize = 4;

static INSERT_PLEDGES: LazyLock<[String; 3]> = LazyLock::new(|| {
    ROWS.map(|rows| {
        values(
            "INSERT INTO pledge (campaign_id, participant_id, pledge_id, log_index, signed_count, signed_at, text_hash, \
             method, credential, pledge_salt, strokes) VALUES ",
            rows,
            PLEDGE_COLUMNS,
        )
    })
});

static INSERT_LEAVES: LazyLock<[String; 3]> = LazyLock::new(|| {
    ROWS.map(|rows| values("INSERT INTO leaf (campaign_id, log, leaf_index, bytes) VALUES ", rows, LEAF_COLUMNS))
});

pub(super) async fn commit_batch(
    store: &Database,
    batch: &Batch,
    log_key: &RoleKey,
) -> Result<Vec<Outcome>, StoreError> {
    let mut tx = store.begin_write().await?;
    let campaign = campaigns::locked(&mut tx, batch.campaign).await?.ok_or(StoreError::Conflict)?;
    let participants: Vec<ParticipantId> = batch.entries.iter().map(|entry| entry.participant).collect();
    let mut signed: HashMap<ParticipantId, Pledge> =
        pledges_of(&mut tx, batch.campaign, &participants).await?.into_iter().map(|p| (p.participant, p)).collect();
    let mut frontier = read_frontier(&mut tx, batch.campaign).await?;

    let before = frontier.size();
    let mut outcomes = Vec::with_capacity(batch.entries.len());
    let mut taken: Vec<&Entry> = Vec::with_capacity(batch.entries.len());
    for entry in &batch.entries {
        outcomes.push(if let Some(pledge) = signed.remove(&entry.participant) {
            Outcome::Already(Box::new(pledge))
        } else if campaign.takes(entry.signed_at) {
            let log_index = frontier.size();
            frontier.append(leaf_hash(&entry.leaf));
            taken.push(entry);
            Outcome::Committed { log_index, signed_count: 0 }
        } else {
            Outcome::NotTaken(campaign.state)
        });
    }
    if taken.is_empty() {
        return Ok(outcomes);
    }
    let size = frontier.size();
    for outcome in &mut outcomes {
        if let Outcome::Committed { signed_count, .. } = outcome {
            *signed_count = size;
        }
    }
    insert_pledges(&mut tx, batch, &taken, before, size).await?;
    insert_leaves(&mut tx, batch.campaign, &taken, before).await?;
    count_groups(&mut tx, batch.campaign, &taken).await?;
    let checkpoint = Checkpoint::of(&batch.origin, &frontier).body();
    let signed = note::sign(&checkpoint, &batch.origin, log_key.public().as_bytes(), |body| log_key.sign(body));
    write_head(&mut tx, batch, &frontier, &signed).await?;
    // From here the batch is durable, or nothing of it is: a crash loses the replies, never a pledge.
    tx.commit().await.map_err(StoreError::UnknownOutcome)?;
    Ok(outcomes)
}

async fn read_frontier(tx: &mut Connection, campaign: CampaignId) -> Result<Frontier, StoreError> {
    let row = sqlx::query("SELECT frontier FROM log_head WHERE campaign_id = $1 AND log = $2")
        .bind(campaign.as_bytes())
        .bind(Log::Pledges.number())
        .fetch_optional(tx)
        .await?;
    let Some(row) = row else { return Ok(Frontier::new()) };
    Frontier::from_bytes(row.try_get("frontier")?).map_err(|_| StoreError::Corrupt("frontier"))
}

async fn insert_pledges(
    tx: &mut Connection,
    batch: &Batch,
    taken: &[&Entry],
    before: u64,
    size: u64,
) -> Result<(), StoreError> {
    let mut index = i64::try_from(before).map_err(|_| StoreError::Corrupt("size"))?;
    let size = i64::try_from(size).map_err(|_| StoreError::Corrupt("size"))?;
    for (piece, statement) in pieces(taken, &INSERT_PLEDGES) {
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for entry in piece {
            query = query
                .bind(batch.campaign.as_bytes())
                .bind(entry.participant.as_bytes())
                .bind(entry.pledge.as_bytes())
                .bind(index)
                .bind(size)
                .bind(entry.signed_at.0)
                .bind(batch.text_hash.as_slice())
                .bind(i64::from(entry.method.code()))
                .bind(entry.credential.as_slice())
                .bind(entry.salt.as_slice())
                .bind(entry.strokes.as_deref());
            index += 1;
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

async fn insert_leaves(
    tx: &mut Connection,
    campaign: CampaignId,
    taken: &[&Entry],
    before: u64,
) -> Result<(), StoreError> {
    let mut index = i64::try_from(before).map_err(|_| StoreError::Corrupt("size"))?;
    for (piece, statement) in pieces(taken, &INSERT_LEAVES) {
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for entry in piece {
            query = query.bind(campaign.as_bytes()).bind(Log::Pledges.number()).bind(index).bind(entry.leaf.as_slice());
            index += 1;
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

async fn count_groups(tx: &mut Connection, campaign: CampaignId, taken: &[&Entry]) -> Result<(), StoreError> {
    let mut signed: BTreeMap<u32, i64> = BTreeMap::new();
    for entry in taken {
        *signed.entry(entry.group).or_default() += 1;
    }
    for (group, more) in signed {
        let done =
            sqlx::query("UPDATE reporting_group SET signed = signed + $3 WHERE campaign_id = $1 AND group_index = $2")
                .bind(campaign.as_bytes())
                .bind(i64::from(group))
                .bind(more)
                .execute(&mut *tx)
                .await?;
        super::one(done.rows_affected())?;
    }
    Ok(())
}

async fn write_head(
    tx: &mut Connection,
    batch: &Batch,
    frontier: &Frontier,
    checkpoint: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO log_head (campaign_id, log, size, frontier, root, checkpoint, at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (campaign_id, log) DO UPDATE SET size = excluded.size, frontier = excluded.frontier, \
         root = excluded.root, checkpoint = excluded.checkpoint, at = excluded.at",
    )
    .bind(batch.campaign.as_bytes())
    .bind(Log::Pledges.number())
    .bind(i64::try_from(frontier.size()).map_err(|_| StoreError::Corrupt("size"))?)
    .bind(frontier.to_bytes())
    .bind(frontier.root().as_slice())
    .bind(checkpoint)
    .bind(batch.at.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// Cuts the entries into pieces of the prepared sizes, each with its statement.
fn pieces<'a, 'b>(
    mut entries: &'a [&'b Entry],
    statements: &'static [String; 3],
) -> impl Iterator<Item = (&'a [&'b Entry], &'static str)> {
    std::iter::from_fn(move || {
        let fitting = ROWS.iter().position(|&rows| rows <= entries.len())?;
        let (piece, rest) = entries.split_at(ROWS[fitting]);
        entries = rest;
        Some((piece, statements[fitting].as_str()))
    })
}

/// An INSERT with so many rows of numbered placeholders.
fn values(head: &str, rows: usize, columns: usize) -> String {
    let mut statement = head.to_string();
    for row in 0..rows {
        let comma = if row == 0 { "" } else { ", " };
        write!(statement, "{comma}({})", super::pledges::list(row * columns + 1, columns))
            .expect("writing to a string can't fail");
    }
    statement
}
