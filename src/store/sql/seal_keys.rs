//! The keys that seal files.

use super::columns::u32_column;
use super::write_result::{commit, require_one_row};
use super::{Database, Row, audit};
use crate::domain::audit::AuditEntry;
use crate::domain::seal_key::{SealKey, SealKeyRole, SealKeyStatus};
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::seal_keys::SealKeyStore;
use async_trait::async_trait;
use sqlx::Row as _;

#[async_trait]
impl SealKeyStore for Database {
    async fn seal_keys(&self) -> Result<Vec<SealKey>, StoreError> {
        let rows = sqlx::query(
            "SELECT role, number, kid, sealed_key, chain, status, created_at, ended_at FROM seal_key \
             ORDER BY role, number",
        )
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(seal_key).collect()
    }

    async fn add_seal_keys(&self, keys: &[SealKey], audit: &AuditEntry) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            for key in keys {
                let done = sqlx::query(
                    "INSERT INTO seal_key (role, number, kid, sealed_key, chain, status, created_at, ended_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (role, number) DO NOTHING",
                )
                .bind(key.role.as_str())
                .bind(i64::from(key.number))
                .bind(&key.kid)
                .bind(key.sealed_key.as_deref())
                .bind(&key.chain)
                .bind(key.status.as_str())
                .bind(key.created_at.0)
                .bind(key.ended_at.map(|at| at.0))
                .execute(&mut *tx)
                .await?;
                require_one_row(done.rows_affected())?;
            }
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn forget_authority_key(&self, kid: &str, audit: &AuditEntry) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let done = sqlx::query(
                "UPDATE seal_key SET sealed_key = NULL WHERE kid = $1 AND role = 'authority' AND sealed_key IS NOT NULL",
            )
            .bind(kid)
            .execute(&mut *tx)
            .await?;
            require_one_row(done.rows_affected())?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn end_seal_key(
        &self,
        kid: &str,
        status: SealKeyStatus,
        at: UnixMillis,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let done = sqlx::query(
                "UPDATE seal_key SET status = $2, ended_at = $3 WHERE kid = $1 AND status <> 'compromised'",
            )
            .bind(kid)
            .bind(status.as_str())
            .bind(at.0)
            .execute(&mut *tx)
            .await?;
            require_one_row(done.rows_affected())?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }
}

fn seal_key(row: &Row) -> Result<SealKey, StoreError> {
    Ok(SealKey {
        role: SealKeyRole::parse(row.try_get("role")?).ok_or(StoreError::Corrupt("role"))?,
        number: u32_column(row, "number")?,
        kid: row.try_get("kid")?,
        sealed_key: row.try_get("sealed_key")?,
        chain: row.try_get("chain")?,
        status: SealKeyStatus::parse(row.try_get("status")?).ok_or(StoreError::Corrupt("status"))?,
        created_at: UnixMillis(row.try_get("created_at")?),
        ended_at: row.try_get::<Option<i64>, _>("ended_at")?.map(UnixMillis),
    })
}
