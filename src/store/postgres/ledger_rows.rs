//! The ledger's bulk inserts in PostgreSQL: one statement each, whatever the number of rows, with an array per column.

use super::Connection;
use crate::domain::ids::CampaignId;
use crate::store::StoreError;
use crate::store::pledges::{BatchEntry, LogKind, PledgeBatch};

/// Inserts pledges with log indexes from `first_index` on. People who have a pledge already are skipped; returns how
/// many were inserted.
pub(super) async fn insert_pledges(
    tx: &mut Connection,
    batch: &PledgeBatch,
    accepted: &[&BatchEntry],
    first_index: u64,
    size: u64,
) -> Result<u64, StoreError> {
    let size = i64::try_from(size).map_err(|_| StoreError::Corrupt("size"))?;
    let participants: Vec<&[u8]> = accepted.iter().map(|entry| entry.participant.as_bytes()).collect();
    let pledges: Vec<&[u8]> = accepted.iter().map(|entry| entry.pledge.as_bytes()).collect();
    let signed_at: Vec<i64> = accepted.iter().map(|entry| entry.signed_at.0).collect();
    let methods: Vec<i64> = accepted.iter().map(|entry| i64::from(entry.method.code())).collect();
    let credentials: Vec<&[u8]> = accepted.iter().map(|entry| entry.credential.as_slice()).collect();
    let salts: Vec<&[u8]> = accepted.iter().map(|entry| entry.salt.as_slice()).collect();
    let strokes: Vec<Option<&[u8]>> = accepted.iter().map(|entry| entry.strokes.as_deref()).collect();
    let done = sqlx::query(
        "INSERT INTO pledge (campaign_id, participant_id, pledge_id, log_index, signed_count, signed_at, text_hash, \
         method, credential, pledge_salt, strokes) \
         SELECT $1, r.participant_id, r.pledge_id, r.log_index, $2, r.signed_at, $3, r.method, r.credential, \
         r.pledge_salt, r.strokes \
         FROM UNNEST($4::BYTEA[], $5::BYTEA[], $6::BIGINT[], $7::BIGINT[], $8::BIGINT[], $9::BYTEA[], $10::BYTEA[], \
         $11::BYTEA[]) \
         AS r (participant_id, pledge_id, log_index, signed_at, method, credential, pledge_salt, strokes) \
         ON CONFLICT (campaign_id, participant_id) DO NOTHING",
    )
    .bind(batch.campaign.as_bytes())
    .bind(size)
    .bind(batch.text_hash.as_slice())
    .bind(participants)
    .bind(pledges)
    .bind(indexes(first_index, accepted.len())?)
    .bind(signed_at)
    .bind(methods)
    .bind(credentials)
    .bind(salts)
    .bind(strokes)
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

pub(super) async fn insert_leaves(
    tx: &mut Connection,
    campaign: CampaignId,
    accepted: &[&BatchEntry],
    first_index: u64,
) -> Result<(), StoreError> {
    let leaves = accepted.iter().map(|entry| entry.leaf.as_slice()).collect();
    append_leaves(tx, campaign, LogKind::Pledges, first_index, leaves).await
}

/// Adds leaves to a log, the first one at index `first_index`.
pub(super) async fn append_leaves(
    tx: &mut Connection,
    campaign: CampaignId,
    log: LogKind,
    first_index: u64,
    leaves: Vec<&[u8]>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO leaf (campaign_id, log, leaf_index, bytes) \
         SELECT $1, $2, r.leaf_index, r.bytes FROM UNNEST($3::BIGINT[], $4::BYTEA[]) AS r (leaf_index, bytes)",
    )
    .bind(campaign.as_bytes())
    .bind(log.number())
    .bind(indexes(first_index, leaves.len())?)
    .bind(leaves)
    .execute(tx)
    .await?;
    Ok(())
}

fn indexes(first: u64, rows: usize) -> Result<Vec<i64>, StoreError> {
    let first = i64::try_from(first).map_err(|_| StoreError::Corrupt("size"))?;
    Ok((first..).take(rows).collect())
}
