//! Sessions that were signed out: the rows of each node, and how many it has written.

use super::columns::{bytes_column, u64_column};
use super::write_result::commit;
use super::{Database, Row};
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::sign_outs::{
    NodeId, ROW_SIGN_OUTS_MAX, SESSION_KEY_BYTES, SIGN_OUT_NODES_MAX, SIGN_OUT_ROWS_FORGOTTEN_MAX,
    SIGN_OUT_ROWS_READ_MAX, SignOutRow, SignOutStore, SignedOutSession,
};
use async_trait::async_trait;
use sqlx::Row as _;

/// One session in the `sessions` column: its key, then its expiry in Unix milliseconds as a big-endian i64.
const SESSION_BYTES: usize = SESSION_KEY_BYTES + 8;

#[async_trait]
impl SignOutStore for Database {
    async fn add_sign_outs(&self, row: &SignOutRow) -> Result<(), StoreError> {
        let (number, expires_at, sessions) = (bigint(row.number)?, row.expires_at(), bytes(&row.sessions)?);
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query(
                "INSERT INTO left_session (node, number, expires_at, sessions) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (node, number) DO NOTHING",
            )
            .bind(row.node.as_slice())
            .bind(number)
            .bind(expires_at.0)
            .bind(sessions.as_slice())
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "INSERT INTO left_node (node, next_number, expires_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (node) DO UPDATE SET next_number = excluded.next_number, expires_at = \
                 CASE WHEN excluded.expires_at > left_node.expires_at THEN excluded.expires_at \
                 ELSE left_node.expires_at END",
            )
            .bind(row.node.as_slice())
            .bind(number + 1)
            .bind(expires_at.0)
            .execute(&mut *tx)
            .await?;
            commit(tx).await
        })
        .await
    }

    async fn sign_out_nodes(&self) -> Result<Vec<(NodeId, u64)>, StoreError> {
        let rows = sqlx::query("SELECT node, next_number FROM left_node ORDER BY node LIMIT $1")
            .bind(limit(SIGN_OUT_NODES_MAX))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(|row| Ok((bytes_column(row, "node")?, u64_column(row, "next_number")?))).collect()
    }

    async fn sign_outs_from(&self, node: NodeId, from: u64) -> Result<Vec<SignOutRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT node, number, sessions FROM left_session WHERE node = $1 AND number >= $2 ORDER BY number LIMIT $3",
        )
        .bind(node.as_slice())
        .bind(bigint(from)?)
        .bind(limit(SIGN_OUT_ROWS_READ_MAX))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(left_row).collect()
    }

    async fn forget_sign_outs(&self, node: NodeId, until: UnixMillis) -> Result<u64, StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let forgotten = sqlx::query(
                "DELETE FROM left_session WHERE node = $1 AND number IN (SELECT number FROM \
                 (SELECT number, expires_at FROM left_session WHERE node = $1 ORDER BY number LIMIT $3) AS oldest \
                 WHERE expires_at <= $2)",
            )
            .bind(node.as_slice())
            .bind(until.0)
            .bind(limit(SIGN_OUT_ROWS_FORGOTTEN_MAX))
            .execute(&mut *tx)
            .await?
            .rows_affected();
            sqlx::query(
                "DELETE FROM left_node WHERE node = $1 AND expires_at <= $2 \
                 AND NOT EXISTS (SELECT 1 FROM left_session WHERE left_session.node = left_node.node)",
            )
            .bind(node.as_slice())
            .bind(until.0)
            .execute(&mut *tx)
            .await?;
            commit(tx).await?;
            Ok(forgotten)
        })
        .await
    }
}

fn left_row(row: &Row) -> Result<SignOutRow, StoreError> {
    let kept: &[u8] = row.try_get("sessions")?;
    if !kept.len().is_multiple_of(SESSION_BYTES) || kept.len() > ROW_SIGN_OUTS_MAX * SESSION_BYTES {
        return Err(StoreError::Corrupt("sessions"));
    }
    let sessions = kept.chunks_exact(SESSION_BYTES).map(|session| {
        let (key, expiry) = session.split_first_chunk::<SESSION_KEY_BYTES>()?;
        Some(SignedOutSession { key: *key, expires_at: UnixMillis(i64::from_be_bytes(*expiry.first_chunk()?)) })
    });
    Ok(SignOutRow {
        node: bytes_column(row, "node")?,
        number: u64_column(row, "number")?,
        sessions: sessions.collect::<Option<_>>().ok_or(StoreError::Corrupt("sessions"))?,
    })
}

fn bytes(sessions: &[SignedOutSession]) -> Result<Vec<u8>, StoreError> {
    if sessions.len() > ROW_SIGN_OUTS_MAX {
        return Err(StoreError::Corrupt("sessions"));
    }
    Ok(sessions.iter().flat_map(|session| [&session.key[..], &session.expires_at.0.to_be_bytes()].concat()).collect())
}

fn bigint(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Corrupt("number"))
}

fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
