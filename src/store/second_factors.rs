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
    /// When it was set up or replaced.
    pub added_at: UnixMillis,
    /// Time step of the last accepted code (RFC 6238, section 5.2): this step and earlier ones are refused.
    pub last_step: u64,
}

/// Second factors and recovery codes of console accounts.
#[async_trait]
pub trait SecondFactorStore: Send + Sync {
    /// The account's second factor; `None` where it has none.
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
    /// Deletes factor and recovery codes. `Conflict` where there is no second factor.
    async fn remove_second_factor(
        &self,
        login: &str,
        waived_until: UnixMillis,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// Counts an attempt before its code is checked. Returns how many were made since `since`, this one included.
    async fn count_code_attempt(&self, login: &str, since: UnixMillis, now: UnixMillis) -> Result<u64, StoreError>;
    /// Accepts the code of a time step unless one of this step or a later one was accepted before, and resets the count
    /// of attempts. Returns whether it was accepted.
    async fn take_step(&self, login: &str, step: u64) -> Result<bool, StoreError>;
    /// Uses up a recovery code; `false` if it doesn't exist or was used.
    async fn take_recovery_code(&self, login: &str, code: &[u8; 32], audit: &AuditEntry) -> Result<bool, StoreError>;
    /// Recovery codes that weren't used yet.
    async fn recovery_codes_left(&self, login: &str) -> Result<u64, StoreError>;
}
