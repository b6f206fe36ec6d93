//! The embedded database's schema. Its clock is this machine's, so it has none of its own.

use super::Sqlite;
use crate::store::StoreError;
use crate::store::health::HealthStore;
use crate::store::migrations::SQLITE_MIGRATOR;
use async_trait::async_trait;
use sqlx::Row as _;

#[async_trait]
impl HealthStore for Sqlite {
    async fn has_migrations(&self) -> Result<bool, StoreError> {
        let rows = sqlx::query("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version")
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let applied: Vec<i64> = rows.iter().map(|row| row.try_get("version")).collect::<Result<_, _>>()?;
        Ok(SQLITE_MIGRATOR.iter().all(|known| applied.contains(&known.version)))
    }

    async fn database_clock_ms(&self) -> Result<Option<i64>, StoreError> {
        Ok(None)
    }
}
