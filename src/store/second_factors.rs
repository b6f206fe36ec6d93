//! Second factors of console accounts, and the recovery codes that stand in for a lost one.

use super::StoreError;
use crate::domain::audit::AuditEntry;
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// An account's second factor (TOTP, RFC 6238).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSecondFactor {
    /// Sealed under the keyring, bound to the login.
    pub sealed: Vec<u8>,
    pub added_at: UnixMillis,
    /// The step of the last code that was accepted: it and those before open nothing any more.
    pub last_step: u64,
}

#[async_trait]
pub trait SecondFactorStore: Send + Sync {
    async fn second_factor(&self, login: &str) -> Result<Option<StoredSecondFactor>, StoreError>;
    /// Until when an account may work without the second factor that is required of it; 0: not at all.
    async fn factor_waived_until(&self, login: &str) -> Result<UnixMillis, StoreError>;
    /// Sets or replaces the factor and all recovery codes.
    async fn set_second_factor(
        &self,
        login: &str,
        factor: &StoredSecondFactor,
        recovery: &[[u8; 32]],
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// Replaces the recovery codes. `Conflict` where there is no second factor.
    async fn set_recovery_codes(
        &self,
        login: &str,
        recovery: &[[u8; 32]],
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// Takes factor and recovery codes away. `Conflict` where there is no second factor.
    async fn remove_second_factor(
        &self,
        login: &str,
        waived_until: UnixMillis,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// Counts an attempt before its code is looked at; answers how many were made since `since`, this one included.
    async fn count_code_attempt(&self, login: &str, since: UnixMillis, now: UnixMillis) -> Result<u64, StoreError>;
    /// Accepts the code of a step, where none of it or of a later one was accepted before, and forgets wrong ones.
    async fn take_step(&self, login: &str, step: u64) -> Result<bool, StoreError>;
    /// Uses a recovery code up; `false` where there is no such code any more.
    async fn take_recovery_code(&self, login: &str, code: &[u8; 32], audit: &AuditEntry) -> Result<bool, StoreError>;
    async fn recovery_codes_left(&self, login: &str) -> Result<u64, StoreError>;
}
