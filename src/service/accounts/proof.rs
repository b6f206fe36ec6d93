//! Asks for the password before secrets: codes and one-time passwords are disclosed only after a recent password.
//!
//! A whole list asks again [`CONFIRMED_SECS`] after the password. The help desk, which gives one code after another to
//! a queue of people, is asked after [`DESK_SECS`] without a code, and after [`DESK_CODES_MAX`] codes within
//! [`DESK_WINDOW_SECS`]. The count is stored with the session in the database, so it holds across all nodes. Nobody is
//! locked out: typing the password is enough to continue.

use super::{Accounts, AuthenticatedAccount, CONFIRMED_SECS, ConsoleSignInRefusal};
use crate::domain::disclosure::Disclosure;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;

/// Seconds for which a typed password covers help desk codes, counted from the last code.
pub const DESK_SECS: i64 = 15 * 60;
/// Codes that the help desk may disclose within [`DESK_WINDOW_SECS`] before the password is asked for again.
pub const DESK_CODES_MAX: usize = 60;
/// Seconds over which [`DESK_CODES_MAX`] counts.
pub const DESK_WINDOW_SECS: i64 = 10 * 60;

/// How much a route discloses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisclosureSize {
    /// Many codes at once, or anything that opens an account.
    Many,
    /// The code of one person.
    OnePerson,
}

/// Why a secret isn't disclosed.
#[derive(Debug, thiserror::Error)]
pub enum ProofRefusal {
    /// The password was typed too long ago, or too many codes were disclosed. The page asks for it again.
    #[error("the password is asked again")]
    Asked,
    /// The password is wrong. Nothing is disclosed; the person types it again.
    #[error("the password is wrong")]
    Wrong,
    /// As [`ConsoleSignInRefusal::TooMany`], counted for this session.
    #[error("too many wrong passwords in this session")]
    TooMany,
    /// Too many passwords wait to be hashed. The client retries later.
    #[error("too many passwords are checked at once")]
    Busy {
        /// Seconds after which the client may retry.
        retry_after_secs: u32,
    },
    /// The database failed. Nothing is disclosed; the client retries later.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AuthenticatedAccount {
    /// Whether a disclosure of this size would ask for the password at `now`.
    pub fn needs_password(&self, size: DisclosureSize, now: UnixMillis) -> bool {
        match size {
            DisclosureSize::Many => now >= self.confirmed_at.plus_secs(CONFIRMED_SECS),
            DisclosureSize::OnePerson => desk_use(self.confirmed_at, &self.desk_codes, now).is_none(),
        }
    }
}

impl Accounts {
    /// Permission to disclose a secret. A non-empty `password` is checked first and covers later disclosures too.
    pub async fn disclose(
        &self,
        session: &AuthenticatedAccount,
        size: DisclosureSize,
        password: &str,
    ) -> Result<Disclosure, ProofRefusal> {
        let confirmed = !password.is_empty();
        if confirmed {
            self.confirm(session, password).await.map_err(|refusal| match refusal {
                ConsoleSignInRefusal::Busy { retry_after_secs } => ProofRefusal::Busy { retry_after_secs },
                ConsoleSignInRefusal::Store(error) => ProofRefusal::Store(error),
                ConsoleSignInRefusal::TooMany => ProofRefusal::TooMany,
                _ => ProofRefusal::Wrong,
            })?;
        }
        let now = self.now();
        let is_proven = match size {
            DisclosureSize::Many => confirmed || !session.needs_password(size, now),
            DisclosureSize::OnePerson => {
                let decide = |confirmed_at, codes: &[UnixMillis]| desk_use(confirmed_at, codes, now);
                let _changing = self.recent_sessions.changing();
                self.store.count_shown_code(&session.token_hash, &decide).await?
            }
        };
        if is_proven { Ok(Disclosure::after_password()) } else { Err(ProofRefusal::Asked) }
    }
}

/// The codes that count after one more at `now`; `None` if the password must be typed first. The last code always stays
/// in the list, because [`DESK_SECS`] runs from it.
fn desk_use(confirmed_at: UnixMillis, codes: &[UnixMillis], now: UnixMillis) -> Option<Vec<UnixMillis>> {
    let last = codes.last().map_or(confirmed_at, |last| confirmed_at.max(*last));
    let mut recent: Vec<_> = codes.iter().copied().filter(|at| now < at.plus_secs(DESK_WINDOW_SECS)).collect();
    if now >= last.plus_secs(DESK_SECS) || recent.len() >= DESK_CODES_MAX {
        return None;
    }
    recent.push(now);
    Some(recent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> UnixMillis {
        UnixMillis(secs * 1_000)
    }

    #[test]
    fn a_desk_s_proof_lasts_from_its_last_use() {
        assert_eq!(desk_use(at(0), &[], at(DESK_SECS - 1)), Some(vec![at(DESK_SECS - 1)]));
        assert_eq!(desk_use(at(0), &[], at(DESK_SECS)), None);
        let last = at(DESK_SECS - 1);
        assert!(desk_use(at(0), &[last], at(2 * DESK_SECS - 2)).is_some());
        assert_eq!(desk_use(at(0), &[last], at(2 * DESK_SECS - 1)), None);
    }

    #[test]
    fn so_many_codes_are_given_in_any_ten_minutes_and_no_more() {
        let mut codes = vec![];
        let mut given = vec![];
        for second in 0..3 * DESK_WINDOW_SECS {
            if let Some(after) = desk_use(at(0), &codes, at(second)) {
                codes = after;
                given.push(second);
            }
            assert!(codes.len() <= DESK_CODES_MAX);
        }
        let most =
            given.iter().map(|from| given.iter().filter(|at| (*from..from + DESK_WINDOW_SECS).contains(*at)).count());
        assert_eq!(most.max(), Some(DESK_CODES_MAX));
    }
}
