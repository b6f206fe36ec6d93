//! Nodes, the keys that each knows, and the keys in use.

use super::columns::bytes_column;
use super::write_result::commit;
use super::{Database, Row};
use crate::domain::key::{KEYS_MAX, KeyInUse, KeyRole};
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::nodes::{NodeStore, ServingNode};
use async_trait::async_trait;
use sqlx::Row as _;

/// Most nodes in one read; no installation has as many.
const NODES_READ_MAX: i64 = 1_024;

#[async_trait]
impl NodeStore for Database {
    async fn report_node(&self, node: &ServingNode, forget: UnixMillis) -> Result<(), StoreError> {
        let keys = node.keys.join(" ");
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query("DELETE FROM node WHERE seen_at <= $1").bind(forget.0).execute(&mut *tx).await?;
            sqlx::query(
                "INSERT INTO node (node_id, keys, seen_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (node_id) DO UPDATE SET keys = excluded.keys, seen_at = excluded.seen_at",
            )
            .bind(node.id.as_slice())
            .bind(&keys)
            .bind(node.seen_at.0)
            .execute(&mut *tx)
            .await?;
            commit(tx).await
        })
        .await
    }

    async fn forget_node(&self, id: [u8; 16]) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query("DELETE FROM node WHERE node_id = $1").bind(id.as_slice()).execute(&mut *tx).await?;
            commit(tx).await
        })
        .await
    }

    async fn nodes_since(&self, since: UnixMillis) -> Result<Vec<ServingNode>, StoreError> {
        let rows = sqlx::query("SELECT node_id, keys, seen_at FROM node WHERE seen_at > $1 ORDER BY node_id LIMIT $2")
            .bind(since.0)
            .bind(NODES_READ_MAX)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(node).collect()
    }

    async fn begin_key(&self, key: &KeyInUse) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query(
                "INSERT INTO key_in_use (role, kid, since) VALUES ($1, $2, $3) ON CONFLICT (role, kid) DO NOTHING",
            )
            .bind(key.role.as_str())
            .bind(&key.kid)
            .bind(key.since.0)
            .execute(&mut *tx)
            .await?;
            commit(tx).await
        })
        .await
    }

    async fn keys_in_use(&self) -> Result<Vec<KeyInUse>, StoreError> {
        let rows = sqlx::query("SELECT role, kid, since FROM key_in_use ORDER BY since, kid LIMIT $1")
            .bind(i64::try_from(KEYS_MAX).unwrap_or(i64::MAX))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        // Keys of roles that only a later program knows are skipped.
        let rows = rows.iter().map(in_use).collect::<Result<Vec<_>, _>>()?;
        Ok(rows.into_iter().flatten().collect())
    }
}

fn node(row: &Row) -> Result<ServingNode, StoreError> {
    let keys: &str = row.try_get("keys")?;
    Ok(ServingNode {
        id: bytes_column(row, "node_id")?,
        keys: keys.split_whitespace().map(str::to_owned).collect(),
        seen_at: UnixMillis(row.try_get("seen_at")?),
    })
}

fn in_use(row: &Row) -> Result<Option<KeyInUse>, StoreError> {
    let role: &str = row.try_get("role")?;
    let Some(role) = KeyRole::parse(role) else { return Ok(None) };
    Ok(Some(KeyInUse { role, kid: row.try_get("kid")?, since: UnixMillis(row.try_get("since")?) }))
}
