//! The only commit point of pledges: one transaction writes a batch's pledges, leaves, numbers and checkpoint.

use super::columns::{bytes_column, u32_column, u64_column};
use super::group_numbers::add_signed;
use super::ledger_rows::{insert_leaves, insert_pledges};
use super::pledge_rows::pledges_of;
use super::write_result::commit;
use super::{Connection, Database, campaigns, log_heads, lookups};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::pledge::Pledge;
use crate::store::StoreError;
use crate::store::pledges::{BatchEntry, CommitOutcome, FIRST_CODE_VERSION, LogKind, PledgeBatch, SignCheckpoint};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::merkle::{Frontier, leaf_hash};
use sqlx::Row as _;
use std::collections::{BTreeMap, HashMap};

pub(super) async fn commit_batch(
    store: &Database,
    batch: &PledgeBatch,
    sign: &SignCheckpoint<'_>,
) -> Result<Vec<CommitOutcome>, StoreError> {
    // The ledger has left out people who signed before, so looking everyone up again would almost always find nobody.
    // The commit looks them up only after the primary key shows that someone signed meanwhile.
    match attempt(store, batch, sign, false).await? {
        Some(outcomes) => Ok(outcomes),
        None => attempt(store, batch, sign, true).await?.ok_or(StoreError::Conflict),
    }
}

/// One transaction. `None`, and nothing is written, if someone in the batch has a pledge already and `look_up_signed`
/// is false.
async fn attempt(
    store: &Database,
    batch: &PledgeBatch,
    sign: &SignCheckpoint<'_>,
    look_up_signed: bool,
) -> Result<Option<Vec<CommitOutcome>>, StoreError> {
    let mut tx = store.begin_commit().await?;
    let campaign = campaigns::locked(&mut tx, batch.campaign).await?.ok_or(StoreError::Conflict)?;
    let mut earlier_pledges = if look_up_signed { earlier_pledges(&mut tx, batch).await? } else { HashMap::new() };
    let (mut frontier, any_changed) = read_logs(&mut tx, batch).await?;
    let versions = if any_changed { versions(&mut tx, batch).await? } else { HashMap::new() };
    let before = frontier.size();
    let mut outcomes = Vec::with_capacity(batch.entries.len());
    let mut accepted: Vec<&BatchEntry> = Vec::with_capacity(batch.entries.len());
    for entry in &batch.entries {
        let (code_version, place_version) =
            versions.get(&entry.participant).copied().unwrap_or((FIRST_CODE_VERSION, 0));
        outcomes.push(if code_version != entry.code_version {
            CommitOutcome::CodeReissued
        } else if let Some(pledge) = earlier_pledges.remove(&entry.participant) {
            CommitOutcome::Already(Box::new(pledge))
        } else if place_version != entry.place_version {
            CommitOutcome::PlaceChanged
        } else if campaign.accepts(entry.signed_at) {
            let log_index = frontier.size();
            frontier.append(leaf_hash(&entry.leaf));
            accepted.push(entry);
            CommitOutcome::Committed { log_index, signed_count: 0 }
        } else {
            CommitOutcome::NotAccepting(campaign.state)
        });
    }
    if accepted.is_empty() {
        return Ok(Some(outcomes));
    }
    let size = frontier.size();
    for outcome in &mut outcomes {
        if let CommitOutcome::Committed { signed_count, .. } = outcome {
            *signed_count = size;
        }
    }
    if insert_pledges(&mut tx, batch, &accepted, before, size).await? != accepted.len() as u64 {
        return Ok(None);
    }
    insert_leaves(&mut tx, batch.campaign, &accepted, before).await?;
    count_groups(&mut tx, batch.campaign, &accepted).await?;
    let checkpoint = sign(&Checkpoint::of(&batch.origin, &frontier));
    log_heads::put(&mut tx, batch.campaign, LogKind::Pledges, &frontier, checkpoint, batch.at).await?;
    // The commit makes the whole batch durable or none of it: a crash loses replies, never a pledge.
    commit(tx).await?;
    Ok(Some(outcomes))
}

/// The pledges that people in the batch already have.
async fn earlier_pledges(
    tx: &mut Connection,
    batch: &PledgeBatch,
) -> Result<HashMap<ParticipantId, Pledge>, StoreError> {
    let participants: Vec<ParticipantId> = batch.entries.iter().map(|entry| entry.participant).collect();
    let pledges = pledges_of(tx, batch.campaign, &participants).await?;
    Ok(pledges.into_iter().map(|pledge| (pledge.participant, pledge)).collect())
}

/// Versions of codes and places of the people in the batch whose code was reissued or who changed after the lock.
async fn versions(tx: &mut Connection, batch: &PledgeBatch) -> Result<HashMap<ParticipantId, (u32, u32)>, StoreError> {
    let participants: Vec<ParticipantId> = batch.entries.iter().map(|entry| entry.participant).collect();
    let rows = lookups::codes(tx, batch.campaign, &participants).await?;
    rows.iter()
        .map(|row| {
            let versions = (u32_column(row, "version")?, u32_column(row, "place_version")?);
            Ok((ParticipantId(bytes_column(row, "participant_id")?), versions))
        })
        .collect()
}

/// The log's frontier, and whether any access code was reissued or any person changed after the lock. They are read in
/// a statement of their own after the campaign's row was locked: the locking statement sees the database as it was
/// before it waited for the lock. `RollbackDetected` when a log is shorter than it is known to be.
async fn read_logs(tx: &mut Connection, batch: &PledgeBatch) -> Result<(Frontier, bool), StoreError> {
    let row = sqlx::query(
        "SELECT (SELECT frontier FROM log_head WHERE campaign_id = $1 AND log = 1) AS frontier, \
         COALESCE((SELECT size FROM log_head WHERE campaign_id = $1 AND log = 2), 0) AS roster_size, \
         COALESCE((SELECT size FROM log_head WHERE campaign_id = $1 AND log = 3), 0) AS notices_size, \
         EXISTS (SELECT 1 FROM code_version WHERE campaign_id = $1) AS any_changed",
    )
    .bind(batch.campaign.as_bytes())
    .fetch_one(tx)
    .await?;
    let frontier = match row.try_get::<Option<&[u8]>, _>("frontier")? {
        Some(bytes) => log_heads::from_bytes(bytes)?,
        None => Frontier::new(),
    };
    let sizes = [
        (frontier.size(), batch.known.pledges),
        (u64_column(&row, "roster_size")?, batch.known.roster),
        (u64_column(&row, "notices_size")?, batch.known.notices),
    ];
    if let Some((size, known)) = sizes.into_iter().find(|(size, known)| size < known) {
        return Err(StoreError::RollbackDetected { size, known });
    }
    Ok((frontier, row.try_get("any_changed")?))
}

/// Adds the batch's pledges to the running numbers of their groups. `Conflict` if one of the groups doesn't exist.
async fn count_groups(tx: &mut Connection, campaign: CampaignId, accepted: &[&BatchEntry]) -> Result<(), StoreError> {
    let mut signed: BTreeMap<u32, u32> = BTreeMap::new();
    for entry in accepted {
        *signed.entry(entry.group).or_default() += 1;
    }
    let counted = add_signed(tx, campaign, &signed).await?;
    if counted == signed.len() as u64 { Ok(()) } else { Err(StoreError::Conflict) }
}
