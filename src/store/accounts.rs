//! Console accounts, their password hashes and their sessions.

use super::StoreError;
use crate::domain::account::Account;
use crate::domain::audit::AuditEntry;
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// A console session. The token itself is only in the browser; its SHA-256 is the key here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleSession {
    /// Login of the account that signed in.
    pub login: String,
    /// When it signed in.
    pub created_at: UnixMillis,
    /// When it was last used, as [`AccountStore::extend_session`] noted it.
    pub used_at: UnixMillis,
    /// Moves forward with use.
    pub expires_at: UnixMillis,
    /// When the password was last typed.
    pub confirmed_at: UnixMillis,
    /// When access codes of single people were shown to it since then, oldest first; the caller limits their number.
    pub desk_codes: Vec<UnixMillis>,
}

/// Decides whether a session may show one more access code. Input: when the password was last typed, and when codes
/// were shown since. Output: the times to keep, with the new one, or `None` where the password must be typed first.
pub type ShownCodeRule<'a> = dyn Fn(UnixMillis, &[UnixMillis]) -> Option<Vec<UnixMillis>> + Sync + 'a;

/// Console accounts and their sessions.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// `Conflict` when the login is taken.
    async fn add_account(&self, account: &Account, password_hash: &str, audit: &AuditEntry) -> Result<(), StoreError>;
    /// With its password hash (a PHC string).
    async fn account(&self, login: &str) -> Result<Option<(Account, String)>, StoreError>;
    /// By login.
    async fn accounts(&self) -> Result<Vec<Account>, StoreError>;
    /// Saves name, role, scope and whether it is disabled; a disabled account's sessions end. `Conflict` when there is
    /// no such login.
    async fn save_account(&self, account: &Account, audit: &AuditEntry) -> Result<(), StoreError>;
    /// Sets the password and ends every session of the login. With `one_time_until` an administrator chose it, and the
    /// owner must change it by then. `Conflict` when there is no such login.
    async fn set_password(
        &self,
        login: &str,
        password_hash: &str,
        one_time_until: Option<UnixMillis>,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// Sets the end of given passwords for which an earlier program stored none. Returns how many there were.
    async fn end_given_passwords(&self, until: UnixMillis) -> Result<u64, StoreError>;
    /// Marks the owner's own password as one that must be changed. Does nothing if the hash has changed since.
    async fn ask_for_change(&self, login: &str, password_hash: &str, audit: &AuditEntry) -> Result<(), StoreError>;

    /// Starts a session and deletes those that have expired when it is created.
    async fn start_session(&self, token_hash: &[u8; 32], session: &ConsoleSession) -> Result<(), StoreError>;
    /// The session with its account, whatever its expiry.
    async fn session(&self, token_hash: &[u8; 32]) -> Result<Option<(ConsoleSession, Account)>, StoreError>;
    /// Moves last use and expiry. A session that has ended meanwhile stays ended.
    async fn extend_session(
        &self,
        token_hash: &[u8; 32],
        used_at: UnixMillis,
        expires_at: UnixMillis,
    ) -> Result<(), StoreError>;
    /// Counts one more code shown to the session, where `rule` allows it; returns whether it does. Requests at the same
    /// time, on other nodes too, are counted one after the other.
    async fn count_shown_code(&self, token_hash: &[u8; 32], rule: &ShownCodeRule<'_>) -> Result<bool, StoreError>;
    /// Records that the password was typed: codes shown before no longer count.
    async fn confirm_session(&self, token_hash: &[u8; 32], confirmed_at: UnixMillis) -> Result<(), StoreError>;
    /// Ends a session. One that has ended already is no error.
    async fn end_session(&self, token_hash: &[u8; 32]) -> Result<(), StoreError>;
    /// The sessions of a login with their keys, newest first, whatever their expiry.
    async fn sessions(&self, login: &str) -> Result<Vec<([u8; 32], ConsoleSession)>, StoreError>;
    /// Ends the session `only`, or all of the login's but `keep`. Returns how many; if there were any, `line` makes the
    /// audit line.
    async fn end_sessions(
        &self,
        login: &str,
        only: Option<&[u8; 32]>,
        keep: &[u8; 32],
        line: &(dyn Fn(u64) -> AuditEntry + Sync),
    ) -> Result<u64, StoreError>;
}
