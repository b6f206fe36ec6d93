//! Sessions as this node has just read them. Of many requests of one session in a short time, only one a second reads
//! it.
//!
//! Whatever this node changes about accounts and sessions makes it forget all of them, so that it acts on the change at
//! once; what another node or a command changes, within [`RECENT_SESSION_SECS`].

use super::AuthenticatedAccount;
use crate::domain::time::UnixMillis;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Age up to which a session is used without being read again, in seconds.
const RECENT_SESSION_SECS: i64 = 1;
/// Most sessions that are kept. One more, and all are forgotten.
const RECENT_SESSIONS_MAX: usize = 1_024;

/// The sessions, by the hash of their token.
#[derive(Default)]
pub(super) struct RecentSessions(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// How often something was changed.
    changes: u64,
    sessions: HashMap<[u8; 32], RecentSession>,
}

struct RecentSession {
    session: AuthenticatedAccount,
    /// The clock may be set while this is kept; the monotonic one may not.
    read_at: (UnixMillis, Instant),
}

/// What was changed until a reading began.
#[derive(Clone, Copy)]
pub(super) struct ReadingBegun(u64);

/// A change of accounts or sessions that is under way: when it ends, whatever its outcome, nothing that was read before
/// is used any more.
pub(super) struct ChangeGuard<'r>(&'r RecentSessions);

impl RecentSessions {
    /// The session with this token, if it was read recently.
    pub fn get(&self, token_hash: &[u8; 32], now: UnixMillis) -> Option<AuthenticatedAccount> {
        let kept = self.kept();
        let known = kept.sessions.get(token_hash)?;
        let (at, instant) = known.read_at;
        let is_recent = (at..at.plus_secs(RECENT_SESSION_SECS)).contains(&now)
            && instant.elapsed() < Duration::from_secs(RECENT_SESSION_SECS.unsigned_abs());
        is_recent.then(|| known.session.clone())
    }

    /// Call it before a session is read.
    pub fn reading(&self) -> ReadingBegun {
        ReadingBegun(self.kept().changes)
    }

    /// Keeps what was read, unless something was changed since the reading began.
    pub fn keep(&self, begun: ReadingBegun, session: &AuthenticatedAccount, now: UnixMillis) {
        let mut kept = self.kept();
        if kept.changes != begun.0 {
            return;
        }
        if kept.sessions.len() >= RECENT_SESSIONS_MAX {
            kept.sessions.clear();
        }
        let recent = RecentSession { session: session.clone(), read_at: (now, Instant::now()) };
        kept.sessions.insert(session.token_hash, recent);
    }

    /// Call it before accounts or sessions are changed, and hold what it returns until they are.
    pub fn changing(&self) -> ChangeGuard<'_> {
        ChangeGuard(self)
    }

    fn forget(&self) {
        let mut kept = self.kept();
        kept.changes += 1;
        kept.sessions.clear();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ChangeGuard<'_> {
    fn drop(&mut self) {
        self.0.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, Entropy, FixedClock};
    use crate::domain::account::{Account, Role, Scope};
    use crate::domain::disclosure::Disclosure;
    use crate::keyring::Keyring;
    use crate::service::accounts::second_factor::totp;
    use crate::service::accounts::{AccountRules, Accounts, DisclosureSize, Entered, hash_of};
    use crate::store::sqlite::Sqlite;
    use crate::store::wrong_attempt_channel::WrongAttemptSender;
    use std::sync::Arc;

    const PASSWORD: &str = "lima puluh kucing";

    struct Scene {
        accounts: Accounts,
        clock: Arc<FixedClock>,
        _folder: tempfile::TempDir,
    }

    impl Scene {
        async fn new(factor_required: bool) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Arc::new(Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap());
            let (clock, entropy) = (Arc::new(FixedClock::at(1_864_605_600_000)), Arc::new(Entropy::seeded(1)));
            let (keyring, shared) = (Arc::new(Keyring::generate(&[7; 128])), clock.clone());
            let rules = AccountRules { host: "127.0.0.1:8080", factor_required };
            let attempts = WrongAttemptSender::default();
            let accounts = Accounts::new(store, shared, entropy, keyring, &rules, [7; 32], attempts);
            accounts.add("uji", "bkd", "BKD", Role::Organizer, Scope::All).await.unwrap();
            accounts.add("uji", "lain", "Lain", Role::Organizer, Scope::All).await.unwrap();
            Self { accounts, clock, _folder: folder }
        }

        /// Gives the account a one-time password and signs it in with that.
        async fn signed_in(&self) -> (String, AuthenticatedAccount) {
            let given = self.accounts.reset("uji", "bkd").await.unwrap();
            self.entered(given.shown(&Disclosure::to_the_operator())).await
        }

        async fn entered(&self, password: &str) -> (String, AuthenticatedAccount) {
            let Entered { token, .. } =
                self.accounts.sign_in([192, 0, 2, 1].into(), "bkd", password, &[]).await.unwrap();
            let session = self.read(&token).await;
            (token, session)
        }

        /// Reads the session, which is kept from here on.
        async fn read(&self, token: &str) -> AuthenticatedAccount {
            let session = self.accounts.recent_session(token).await.unwrap().unwrap();
            assert!(self.is_kept(token));
            session
        }

        fn is_kept(&self, token: &str) -> bool {
            let now = UnixMillis(self.clock.now_ms());
            self.accounts.recent_sessions.get(&hash_of(token).unwrap(), now).is_some()
        }

        async fn account(&self) -> Account {
            self.accounts.find("bkd").await.unwrap().unwrap()
        }
    }

    #[tokio::test]
    async fn what_this_node_changes_about_an_account_is_known_at_once() {
        let scene = Scene::new(false).await;
        let Scene { accounts, .. } = &scene;
        let known = async |token: &str| accounts.recent_session(token).await.unwrap();

        let (token, session) = scene.signed_in().await;
        accounts.sign_out(&session).await.unwrap();
        assert!(known(&token).await.is_none());

        let (token, _) = scene.signed_in().await;
        accounts.reset("lain", "bkd").await.unwrap();
        assert!(known(&token).await.is_none());

        let given = accounts.reset("lain", "bkd").await.unwrap();
        let given = given.shown(&Disclosure::to_the_operator());
        let (token, session) = scene.entered(given).await;
        assert!(session.account.must_change_password);
        accounts.change_password(&session, given, PASSWORD).await.unwrap();
        assert!(known(&token).await.is_none());

        let (token, session) = scene.entered(PASSWORD).await;
        let (other, _) = scene.entered(PASSWORD).await;
        scene.read(&token).await;
        accounts.end_sessions(&session, "bkd", None).await.unwrap();
        assert!(known(&token).await.is_some() && known(&other).await.is_none());

        let changed = Account { role: Role::Operator, scope: Scope::All, ..scene.account().await };
        accounts.save("lain", &changed).await.unwrap();
        assert_eq!(known(&token).await.unwrap().account.role, Role::Operator);

        let enrolment = accounts.begin_factor(&session);
        let code = totp(&enrolment.secret).generate(scene.clock.now_ms().unsigned_abs() / 1_000).to_string();
        accounts.add_factor(&session, &enrolment, &code).await.unwrap();
        assert!(!scene.is_kept(&token));
        scene.read(&token).await;
        accounts.reset_factor("lain", "bkd", "ponsel hilang").await.unwrap();
        assert!(!scene.is_kept(&token));

        scene.read(&token).await;
        accounts.disclose(&session, DisclosureSize::OnePerson, PASSWORD).await.unwrap();
        assert!(!scene.is_kept(&token));
        assert!(!scene.read(&token).await.notices.is_empty());
        accounts.read_notices("bkd", UnixMillis(i64::MAX)).await.unwrap();
        assert!(known(&token).await.unwrap().notices.is_empty());

        let changed = Account { disabled: true, ..scene.account().await };
        accounts.save("lain", &changed).await.unwrap();
        assert!(known(&token).await.is_none());
    }

    #[tokio::test]
    async fn a_second_factor_that_is_added_is_known_at_once() {
        let scene = Scene::new(true).await;
        let (token, session) = scene.signed_in().await;
        assert!(session.must_add_factor);
        let enrolment = scene.accounts.begin_factor(&session);
        let code = totp(&enrolment.secret).generate(scene.clock.now_ms().unsigned_abs() / 1_000).to_string();
        scene.accounts.add_factor(&session, &enrolment, &code).await.unwrap();
        assert!(!scene.read(&token).await.must_add_factor);
    }

    #[tokio::test]
    async fn a_session_is_read_again_after_a_second_by_either_clock() {
        let scene = Scene::new(false).await;
        let (token, _) = scene.signed_in().await;
        scene.clock.advance_ms(999);
        assert!(scene.is_kept(&token));
        scene.clock.advance_ms(1);
        assert!(!scene.is_kept(&token));
        scene.read(&token).await;
        scene.clock.advance_ms(-1);
        assert!(!scene.is_kept(&token), "the clock was set back");
        scene.read(&token).await;
        // The clock stands still, as one that was set back and catches up.
        tokio::time::sleep(Duration::from_millis(1_010)).await;
        assert!(!scene.is_kept(&token));
    }

    #[tokio::test]
    async fn a_reading_during_a_change_is_not_kept_and_only_so_many_are() {
        let scene = Scene::new(false).await;
        let (token, session) = scene.signed_in().await;
        let (recent, now) = (&scene.accounts.recent_sessions, UnixMillis(scene.clock.now_ms()));
        let begun = recent.reading();
        drop(recent.changing());
        recent.keep(begun, &session, now);
        assert!(!scene.is_kept(&token));
        for number in 0..RECENT_SESSIONS_MAX {
            let mut token_hash = [0; 32];
            token_hash[..8].copy_from_slice(&number.to_be_bytes());
            recent.keep(recent.reading(), &AuthenticatedAccount { token_hash, ..session.clone() }, now);
        }
        assert_eq!(recent.kept().sessions.len(), RECENT_SESSIONS_MAX);
        recent.keep(recent.reading(), &session, now);
        assert_eq!(recent.kept().sessions.len(), 1);
    }
}
