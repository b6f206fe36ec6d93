//! The schema, and the server's clock: nodes whose clocks differ would order admissions differently.

use super::Postgres;
use super::migrations::MigrationFault;
use crate::store::StoreError;
use crate::store::health::HealthStore;
use async_trait::async_trait;
use sqlx::Row as _;

#[async_trait]
impl HealthStore for Postgres {
    async fn has_migrations(&self) -> Result<bool, StoreError> {
        match self.require_migrations().await {
            Ok(()) => Ok(true),
            Err(MigrationFault::Store(error)) => Err(error),
            Err(_) => Ok(false),
        }
    }

    async fn database_clock_ms(&self) -> Result<Option<i64>, StoreError> {
        let row = sqlx::query("SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::BIGINT AS ms")
            .fetch_one(&mut *self.reader().await?)
            .await?;
        Ok(Some(row.try_get("ms")?))
    }
}
