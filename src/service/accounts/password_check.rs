//! Checks a password: counted before it is hashed, hashed on a background thread, and a wrong answer delayed.
//!
//! Unknown and known logins run the same statements, and every wrong answer takes one of a few fixed lengths of time.

use super::guesses::Guesser;
use super::{Accounts, AuthenticatedAccount, ConsoleSignInRefusal, password};
use crate::background;
use crate::domain::account::{Account, LOGIN_CHARS_MAX, PASSWORD_BYTES_MAX};
use crate::fair_permits::Requester;
use crate::store::counted_event_channel::CountedEvent;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// Seconds that a busy refusal asks the client to wait.
const BUSY_RETRY_SECS: u32 = 5;

/// The result of a right login and password.
pub(super) struct CheckedPassword {
    pub account: Account,
    /// As stored.
    pub hash: String,
    /// Whether the rules for new passwords refuse this one.
    pub is_easy: bool,
}

impl Accounts {
    /// Checks the password of a signed-in person.
    pub(super) async fn check_again(
        &self,
        session: &AuthenticatedAccount,
        password: &str,
    ) -> Result<CheckedPassword, ConsoleSignInRefusal> {
        let login = &session.account.login;
        self.check(Requester::Account(login), Guesser::Session(&session.token_hash), login, password).await
    }

    /// Unknown and known logins run the same statements. A wrong answer takes one of a few fixed lengths of time. A
    /// password beyond the allowance is hashed too, so its answer takes as long.
    pub(super) async fn check(
        &self,
        requester: Requester<'_>,
        guesser: Guesser<'_>,
        login: &str,
        password: &str,
    ) -> Result<CheckedPassword, ConsoleSignInRefusal> {
        let asked = Instant::now();
        if login.len() > LOGIN_CHARS_MAX || password.len() > PASSWORD_BYTES_MAX {
            return Err(ConsoleSignInRefusal::Wrong);
        }
        // From here on the attempt counts as wrong, even if the client stops waiting for the answer.
        let counted = self.guesses.count(guesser, login, password, self.now());
        let looked = self.look(requester, login, password).await;
        match looked.inspect_err(|_| self.guesses.forget(counted))? {
            (Some((account, hash)), Some(is_easy))
                if !account.disabled && (counted.is_some() || account.one_time_until.is_some()) =>
            {
                // A one-time password is accepted beyond the allowance: its 80 random bits can't be guessed, and it
                // lets a refused owner back in.
                self.guesses.forget(counted);
                self.throttle.was_right(login);
                Ok(CheckedPassword { account, hash, is_easy })
            }
            (found, _) => {
                if let Some(counted) = counted {
                    self.guesses.was_wrong(counted);
                }
                let known = found.map(|(account, _)| account.login);
                self.counted_events.report(self.now(), CountedEvent::SignInFailed { login: known });
                let delay = self.throttle.was_wrong(requester, login, self.now());
                self.padding.wait_for_step(asked, delay).await;
                Err(if counted.is_some() { ConsoleSignInRefusal::Wrong } else { ConsoleSignInRefusal::TooMany })
            }
        }
    }

    /// The account and its hash if the login exists; and whether the password is easy, if it matches.
    async fn look(
        &self,
        requester: Requester<'_>,
        login: &str,
        password: &str,
    ) -> Result<(Option<(Account, String)>, Option<bool>), ConsoleSignInRefusal> {
        let found = self.store.account(login).await?;
        let hash = found.as_ref().map_or(&self.nobody, |(_, hash)| hash).clone();
        let (typed, named, names) = (Zeroizing::new(password.to_string()), login.to_string(), self.names.clone());
        let compared = self.hashed(requester, move || {
            password::matches(&typed, &hash).then(|| password::is_easy(&named, &names, &typed))
        });
        Ok((found, compared.await?))
    }

    /// Hashes on a background thread. The permit is held until the hashing ends, even if the caller stops waiting.
    pub(super) async fn hashed<T: Send + 'static>(
        &self,
        requester: Requester<'_>,
        hash: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ConsoleSignInRefusal> {
        let busy = || ConsoleSignInRefusal::Busy { retry_after_secs: BUSY_RETRY_SECS };
        let permit = self.hashing.acquire(requester).await.map_err(|_| busy())?;
        let hashing = background::run(move || {
            let done = hash();
            drop(permit);
            done
        });
        hashing.await.map_err(|_| busy())
    }
}
