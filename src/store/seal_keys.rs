//! The keys that seal files.

use super::StoreError;
use crate::domain::audit::AuditEntry;
use crate::domain::seal_key::{SealKey, SealKeyStatus};
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// Authorities and seals of the installation.
#[async_trait]
pub trait SealKeyStore: Send + Sync {
    /// All keys, by role and number.
    async fn seal_keys(&self) -> Result<Vec<SealKey>, StoreError>;

    /// Adds all of these or none. `Conflict` when a role has a key of that number: another node was faster.
    async fn add_seal_keys(&self, keys: &[SealKey], audit: &AuditEntry) -> Result<(), StoreError>;

    /// Forgets an authority's private key; its certificate stays. `Conflict` when it has none.
    async fn forget_authority_key(&self, kid: &str, audit: &AuditEntry) -> Result<(), StoreError>;

    /// Changes a key's status. `Conflict` when there is no such key, or it is compromised.
    async fn end_seal_key(
        &self,
        kid: &str,
        status: SealKeyStatus,
        at: UnixMillis,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
}
