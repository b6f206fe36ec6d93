//! The ledger's bulk inserts in SQLite: rows of VALUES in a few fixed sizes.

use super::Connection;
use crate::domain::ids::CampaignId;
use crate::store::StoreError;
use crate::store::pledges::{Batch, Entry, Log};
use sqlx::AssertSqlSafe;
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

pub(super) async fn insert_pledges(
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

pub(super) async fn insert_leaves(
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
        write!(statement, "{comma}({})", super::lookups::list(row * columns + 1, columns))
            .expect("writing to a string can't fail");
    }
    statement
}
