//! Open sessions: people see and end their own, organizers those of others too. Nothing is stored about where a session
//! is used.

use super::{Accounts, AuthenticatedAccount, SESSION_SECS_MAX};
use crate::domain::audit::AuditEvent;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use data_encoding::BASE64URL_NOPAD;

/// A session that hasn't ended.
pub struct OpenSession {
    /// Names the session in a form; grants no access.
    pub id: String,
    /// When the person signed in.
    pub started_at: UnixMillis,
    /// When the session was last used; may lag by a minute.
    pub used_at: UnixMillis,
    /// Whether this is the session that asks.
    pub is_this: bool,
}

impl Accounts {
    /// Open sessions of a login, newest first.
    pub async fn open_sessions(
        &self,
        asking: &AuthenticatedAccount,
        login: &str,
    ) -> Result<Vec<OpenSession>, StoreError> {
        let now = self.now();
        let open =
            self.store.sessions(login).await?.into_iter().filter(|(_, session)| {
                now < session.expires_at && now < session.created_at.plus_secs(SESSION_SECS_MAX)
            });
        let shown = open.map(|(hash, session)| OpenSession {
            id: BASE64URL_NOPAD.encode(&hash),
            started_at: session.created_at,
            used_at: session.used_at.max(session.created_at),
            is_this: hash == asking.token_hash,
        });
        Ok(shown.collect())
    }

    /// Ends one session of an account, or all except the one that asks. Returns how many ended.
    pub async fn end_sessions(
        &self,
        asking: &AuthenticatedAccount,
        login: &str,
        id: Option<&str>,
    ) -> Result<u64, StoreError> {
        let only = match id.map(|id| BASE64URL_NOPAD.decode(id.as_bytes()).ok().and_then(|id| id.try_into().ok())) {
            Some(None) => return Ok(0),
            Some(Some(hash)) => Some(hash),
            None => None,
        };
        let event = |sessions| AuditEvent::SessionsEnded { login: login.into(), sessions };
        let line = |sessions| self.line(None, &asking.account.login, event(sessions));
        let _changing = self.recent_sessions.changing();
        self.store.end_sessions(login, only.as_ref(), &asking.token_hash, &line).await
    }
}
