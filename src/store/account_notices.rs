//! What the owner of an account is told: that what they sign in with was changed or tried, or what they may do was.
//!
//! A notice is written with the line of the audit trail that it tells of, in the same transaction. There is one for
//! each kind of event, with the last such event and how many there were, so that nobody's notices grow without end.

use super::StoreError;
use crate::domain::audit::AuditEvent;
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// What is told of one kind of event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountNotice {
    /// The last one.
    pub event: AuditEvent,
    /// Who did it, as the audit trail names them.
    pub actor: String,
    /// How often, since the owner last said that they had read it.
    pub times: u64,
    pub first_at: UnixMillis,
    pub last_at: UnixMillis,
    /// The owner has said so, and nothing came since.
    pub is_read: bool,
}

#[async_trait]
pub trait AccountNoticeStore: Send + Sync {
    /// All notices of a login, the latest first, those that were read, too.
    async fn notices(&self, login: &str) -> Result<Vec<AccountNotice>, StoreError>;
    /// What happened up to `until` was read.
    async fn read_notices(&self, login: &str, until: UnixMillis) -> Result<(), StoreError>;
}
