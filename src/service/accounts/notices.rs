//! Notices to the owner of an account, shown on every page until the owner marks them as read (ASVS 4.0, 2.2.3 and
//! 2.5.5), and the request to change an easy password. The program sends no messages, so owners see notices in the
//! console.

use super::Accounts;
use crate::domain::audit::AuditEvent;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::account_notices::AccountNotice;

impl Accounts {
    /// All notices of a login, read ones included, latest first.
    pub async fn notices(&self, login: &str) -> Result<Vec<AccountNotice>, StoreError> {
        self.store.notices(login).await
    }

    /// Marks the account's events up to `until` as read; later ones stay unread. Fails only when the database does.
    pub async fn read_notices(&self, login: &str, until: UnixMillis) -> Result<(), StoreError> {
        let _changing = self.recent_sessions.changing();
        self.store.read_notices(login, until).await
    }

    /// Unread notices for a session that began at `began`: its own sign-in is left out. If they can't be read, the
    /// console works without them.
    pub(super) async fn unread_notices(&self, login: &str, began: UnixMillis) -> Vec<AccountNotice> {
        let is_own = |notice: &AccountNotice| {
            matches!(notice.event, AuditEvent::SignedIn { .. }) && notice.count == 1 && notice.last_at == began
        };
        match self.notices(login).await {
            Ok(notices) => notices.into_iter().filter(|notice| !notice.is_read && !is_own(notice)).collect(),
            Err(error) => {
                tracing::warn!(%error, "what became of an account couldn't be read");
                vec![]
            }
        }
    }

    /// A password that was chosen under an older rule, or before it was known to be easy, opens only the page that
    /// changes it from now on.
    pub(super) async fn ask_for_change(&self, login: &str, hash: &str) -> Result<(), StoreError> {
        let event = AuditEvent::PasswordTooEasy { login: login.into() };
        let _changing = self.recent_sessions.changing();
        self.store.ask_for_change(login, hash, &self.line(None, login, event)).await
    }
}
