//! Whether the database can be served from: its schema, and its clock.

use super::StoreError;
use async_trait::async_trait;

/// What a node asks before it reports itself ready.
#[async_trait]
pub trait HealthStore: Send + Sync {
    /// Whether every migration that this program knows was applied. A newer schema passes: a migration only ever adds.
    async fn has_migrations(&self) -> Result<bool, StoreError>;
    /// Milliseconds since the Unix epoch by the database's own clock; `None` where it has none besides this machine's.
    async fn database_clock_ms(&self) -> Result<Option<i64>, StoreError>;
}
