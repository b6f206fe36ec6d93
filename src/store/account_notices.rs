//! Notices to the owner of an account: their password, second factor or rights were changed, or someone tried to sign
//! in.
//!
//! A notice is written in the transaction that writes its audit line. There is one for each kind of event, with the
//! last such event and their number, so that an account's notices can't grow without end.

use super::StoreError;
use crate::domain::audit::AuditEvent;
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// The notice for one kind of event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountNotice {
    /// The last event of this kind.
    pub event: AuditEvent,
    /// Who caused it, as the audit trail names them.
    pub actor: String,
    /// Events since the owner last marked the notice as read.
    pub count: u64,
    /// When the first event since the last reading happened.
    pub first_at: UnixMillis,
    /// When the last event happened.
    pub last_at: UnixMillis,
    /// The owner marked it as read, and no event followed.
    pub is_read: bool,
}

/// Notices of console accounts. They are written by the commits whose audit lines concern an account.
#[async_trait]
pub trait AccountNoticeStore: Send + Sync {
    /// All notices of a login, read ones included, the latest first.
    async fn notices(&self, login: &str) -> Result<Vec<AccountNotice>, StoreError>;
    /// Marks what happened up to `until` as read.
    async fn read_notices(&self, login: &str, until: UnixMillis) -> Result<(), StoreError>;
}
