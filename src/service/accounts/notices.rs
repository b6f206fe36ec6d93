//! What the owner of an account is told on every page until they say that they have read it (ASVS 4.0, 2.2.3 and
//! 2.5.5), and what they have to change: the program sends no messages, so they hear of it where they work.

use super::Accounts;
use crate::domain::audit::AuditEvent;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::account_notices::AccountNotice;

impl Accounts {
    /// All notices of a login, the latest first, those that were read, too.
    pub async fn notices(&self, login: &str) -> Result<Vec<AccountNotice>, StoreError> {
        self.store.notices(login).await
    }

    pub async fn read_notices(&self, login: &str, until: UnixMillis) -> Result<(), StoreError> {
        self.store.read_notices(login, until).await
    }

    /// As a session that began at `began` shows them: it doesn't tell of itself. Nobody is kept out of the console for
    /// want of them.
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

    /// A password that was chosen before it was known to be easy, or under an older rule, opens nothing from now on but
    /// the page that changes it.
    pub(super) async fn ask_for_change(&self, login: &str, hash: &str) -> Result<(), StoreError> {
        let event = AuditEvent::PasswordTooEasy { login: login.into() };
        self.store.ask_for_change(login, hash, &self.line(None, login, event)).await
    }
}
