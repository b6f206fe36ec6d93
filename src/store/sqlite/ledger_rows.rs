//! The ledger's bulk inserts in SQLite: rows of VALUES in a few fixed sizes.

use super::Connection;
use super::bulk_insert::BulkInsert as Rows;
use crate::domain::ids::CampaignId;
use crate::store::StoreError;
use crate::store::pledges::{BatchEntry, LogKind, PledgeBatch};
use std::sync::LazyLock;

static INSERT_PLEDGES: LazyLock<Rows> = LazyLock::new(|| {
    let head = "INSERT OR FAIL INTO pledge (campaign_id, participant_id, pledge_id, log_index, signed_count, signed_at, text_hash, \
                method, credential, pledge_salt, strokes) VALUES";
    Rows::new(head, 11, "ON CONFLICT (campaign_id, participant_id) DO NOTHING")
});
pub(super) static INSERT_LEAVES: LazyLock<Rows> =
    LazyLock::new(|| Rows::new("INSERT OR FAIL INTO leaf (campaign_id, log, leaf_index, bytes) VALUES", 4, ""));

/// Inserts pledges with log indexes from `first_index` on. People who have a pledge already are skipped; returns how
/// many were inserted.
pub(super) async fn insert_pledges(
    tx: &mut Connection,
    batch: &PledgeBatch,
    accepted: &[&BatchEntry],
    first_index: u64,
    size: u64,
) -> Result<u64, StoreError> {
    let mut inserted = 0;
    let mut index = i64::try_from(first_index).map_err(|_| StoreError::Corrupt("size"))?;
    let size = i64::try_from(size).map_err(|_| StoreError::Corrupt("size"))?;
    for (text, piece) in INSERT_PLEDGES.pieces(accepted) {
        let mut query = sqlx::query(text);
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
        inserted += query.execute(&mut *tx).await?.rows_affected();
    }
    Ok(inserted)
}

pub(super) async fn insert_leaves(
    tx: &mut Connection,
    campaign: CampaignId,
    accepted: &[&BatchEntry],
    first_index: u64,
) -> Result<(), StoreError> {
    let mut index = i64::try_from(first_index).map_err(|_| StoreError::Corrupt("size"))?;
    for (text, piece) in INSERT_LEAVES.pieces(accepted) {
        let mut query = sqlx::query(text);
        for entry in piece {
            query =
                query.bind(campaign.as_bytes()).bind(LogKind::Pledges.number()).bind(index).bind(entry.leaf.as_slice());
            index += 1;
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}
