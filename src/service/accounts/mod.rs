//! Console accounts: made, reset, signed in and out.
//!
//! **The right password signs in without a delay**: only a wrong answer is slowed down, once it is known. From a device
//! that has signed in to the account before, strangers' wrong passwords don't keep it out. From any other it is refused
//! once the last hour saw too many wrong ones; a one-time password, which nobody guesses, is accepted everywhere. A
//! place is held while a password is hashed and no longer, and a flood of one address or for one login leaves places to
//! everybody else. A password given by somebody else opens nothing but the page that changes it. A session ends after
//! 30 minutes without use and after 12 hours in any case; what lets secrets out asks for the password again.

mod administration;
mod devices;
mod guessable;
mod guesses;
mod notices;
mod password;
mod proof;
mod repeats;
mod second_factor;
mod sessions;
mod throttle;
mod words;

pub use administration::{AccountRefusal, FIRST_LOGIN, GIVEN_DAYS};
pub use devices::{DEVICE_SECS, DeviceCookie};
pub use password::PasswordFault;
pub use proof::{ProofRefusal, Reach};
pub use second_factor::{Enrolment, Entered, FactorRefusal, FactorState, RecoveryCodes};
pub use sessions::OpenSession;
pub use words::role_words;

pub use crate::store::account_notices::AccountNotice;

use crate::background;
use crate::clock::{Clock, Entropy};
use crate::domain::account::{Account, LOGIN_CHARS_MAX, PASSWORD_BYTES_MAX};
use crate::domain::audit::{AuditEntry, AuditEvent};
use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use crate::fair_permits::{FairPermits, Requester};
use crate::keyring::Keyring;
use crate::response_padding::ResponsePadding;
use crate::store::accounts::ConsoleSession;
use crate::store::counted_event_channel::{CountedEvent, CountedEventSender};
use crate::store::wrong_attempt_channel::WrongAttemptSender;
use crate::store::wrong_attempts::{BucketCount, ThrottleKind};
use crate::store::{SharedStore, StoreError};
use data_encoding::BASE64URL_NOPAD;
use devices::DeviceId;
use guesses::{Guesser, Guesses};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use throttle::ConsoleThrottle;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// A session ends after so long without use.
pub const SESSION_IDLE_SECS: i64 = 30 * 60;
/// A session ends after so long in any case.
pub const SESSION_SECS_MAX: i64 = 12 * 3_600;
/// How long a typed password counts for what asks for it again.
pub const CONFIRMED_SECS: i64 = 5 * 60;
/// The expiry of a session in use is written at most this often.
const EXTEND_EVERY_SECS: i64 = 60;
/// Passwords hashed at once: each takes 19 MiB and a core.
const HASHING_MAX: usize = 2;
/// Passwords that may wait for their turn; beyond its share of them a side is told to come again.
const WAITING_MAX: usize = 256;
const BUSY_RETRY_SECS: u32 = 5;

/// Somebody is signed in.
#[derive(Clone, Debug)]
pub struct AuthenticatedAccount {
    pub account: Account,
    confirmed_at: UnixMillis,
    /// When the help desk's last codes were given, oldest first.
    desk_codes: Vec<UnixMillis>,
    /// A second factor is required of the account and has to be added before anything else.
    pub must_add_factor: bool,
    /// What the account's owner hasn't read yet, the latest first.
    pub notices: Vec<AccountNotice>,
    token_hash: [u8; 32],
}

/// Login and password were right.
struct CheckedPassword {
    account: Account,
    hash: String,
    /// Nobody may choose this password now.
    is_easy: bool,
}

/// Why somebody isn't let in.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleSignInRefusal {
    /// No such login, a wrong password, or a disabled account: one answer for all.
    #[error("login or password is wrong")]
    Wrong,
    /// There were too many wrong ones in the last hour. Said whether this one is right or wrong, and whether there is
    /// such a login.
    #[error("too many wrong passwords for this login")]
    TooMany,
    /// The password was right, but somebody else gave it, too long ago.
    #[error("the given password is too old")]
    Expired,
    #[error("too many sign-ins at once")]
    Busy { retry_after_secs: u32 },
    /// The password was right, and a code of the second factor comes with this ticket.
    #[error("a code of the second factor is needed")]
    CodeNeeded { ticket: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a password wasn't changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeRefusal {
    #[error(transparent)]
    SignIn(#[from] ConsoleSignInRefusal),
    #[error(transparent)]
    Password(#[from] PasswordFault),
    #[error("the new password is the old one")]
    Same,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an installation asks of its accounts.
pub struct AccountRules<'a> {
    /// Host, and port where there is one.
    pub host: &'a str,
    /// Whether organizers must have a second factor.
    pub factor_required: bool,
}

/// The console's accounts.
pub struct Accounts {
    store: SharedStore,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
    keyring: Arc<Keyring>,
    /// How a phone's app names the installation.
    issuer: String,
    /// Of organizers.
    factor_required: bool,
    /// What no password may hold.
    names: Vec<String>,
    throttle: ConsoleThrottle,
    guesses: Guesses,
    hashing: FairPermits,
    /// Beyond what it holds a wrong answer goes out at once: hashing is slow enough.
    padding: ResponsePadding,
    counted_events: CountedEventSender,
    /// Hash of a password that nobody has, so that an unknown login takes as long as a known one.
    nobody: String,
}

impl Accounts {
    /// `attempt_sender` is told of every wrong password, in buckets that `throttle_key` chooses.
    pub fn new(
        store: SharedStore,
        clock: Arc<dyn Clock>,
        entropy: Arc<Entropy>,
        keyring: Arc<Keyring>,
        rules: &AccountRules<'_>,
        throttle_key: [u8; 32],
        attempt_sender: WrongAttemptSender,
    ) -> Self {
        let nobody = password::hash(&password::one_time(&entropy), &entropy);
        Self {
            throttle: ConsoleThrottle::new(throttle_key, attempt_sender.clone()),
            guesses: Guesses::new(throttle_key, entropy.bytes(), attempt_sender),
            hashing: FairPermits::new(entropy.bytes(), HASHING_MAX, WAITING_MAX),
            padding: ResponsePadding::default(),
            store,
            clock,
            entropy,
            keyring,
            issuer: format!("Ikrar%20{}", rules.host.split(':').next().unwrap_or_default()),
            factor_required: rules.factor_required,
            names: password::names(rules.host),
            nobody,
            counted_events: CountedEventSender::default(),
        }
    }

    /// Wrong passwords are told there.
    pub fn reporting(self, counted_events: CountedEventSender) -> Self {
        Self { counted_events, ..self }
    }

    /// Checks login and password and starts a session, where no code has to follow. `cookies` are the browser's.
    pub async fn sign_in(
        &self,
        address: IpAddr,
        login: &str,
        password: &str,
        cookies: &[DeviceCookie],
    ) -> Result<Entered, ConsoleSignInRefusal> {
        let device = self.known_device(login, cookies);
        let stranger = Guesser::Stranger(address);
        let guesser = device.as_ref().map_or(stranger, |device| Guesser::Device { id: &device.0, address });
        let requester = Requester::Claimed { address, login };
        let CheckedPassword { account, hash, is_easy } = self.check(requester, guesser, login, password).await?;
        if account.given_until.is_some_and(|until| self.now() >= until) {
            self.counted_events.report(self.now(), CountedEvent::SignInFailed { login: Some(account.login) });
            return Err(ConsoleSignInRefusal::Expired);
        }
        if is_easy && !account.must_change {
            self.ask_for_change(&account.login, &hash).await?;
        }
        if let Some(ticket) = self.code_needed(&account.login).await? {
            return Err(ConsoleSignInRefusal::CodeNeeded { ticket });
        }
        Ok(self.start(&account, device).await?)
    }

    async fn start(&self, account: &Account, device: Option<DeviceId>) -> Result<Entered, StoreError> {
        let token: [u8; 32] = self.entropy.bytes();
        let now = self.now();
        let session = ConsoleSession {
            login: account.login.clone(),
            created_at: now,
            used_at: now,
            expires_at: now.plus_secs(SESSION_IDLE_SECS),
            confirmed_at: now,
            desk_codes: vec![],
        };
        self.store.start_session(&Sha256::digest(token).into(), &session).await?;
        // A given password is on a new device wherever it is typed.
        let new_device = device.is_none() && account.given_until.is_none();
        let event = AuditEvent::SignedIn { login: account.login.clone(), new_device };
        self.store.record(&AuditEntry { at: now, ..self.line(None, &account.login, event) }).await?;
        let device = self.device_cookie(&account.login, device);
        Ok(Entered { token: BASE64URL_NOPAD.encode(&token), device, clock_is_off: false })
    }

    /// Who holds this token; `None` once the session has ended. Using a session keeps it alive.
    pub async fn session(&self, token: &str) -> Result<Option<AuthenticatedAccount>, StoreError> {
        let Ok(token) = BASE64URL_NOPAD.decode(token.as_bytes()) else {
            return Ok(None);
        };
        let token_hash: [u8; 32] = Sha256::digest(token).into();
        let Some((session, account)) = self.store.session(&token_hash).await? else {
            return Ok(None);
        };
        let now = self.now();
        let end = session.created_at.plus_secs(SESSION_SECS_MAX);
        if account.disabled || now >= session.expires_at || now >= end {
            return Ok(None);
        }
        let expires_at = now.plus_secs(SESSION_IDLE_SECS).min(end);
        if now >= session.used_at.plus_secs(EXTEND_EVERY_SECS) {
            // A full disk must not lock the console out: the session then ends at its old time.
            if let Err(error) = self.store.extend_session(&token_hash, now, expires_at).await {
                tracing::warn!(%error, "a console session couldn't be extended");
            }
        }
        Ok(Some(AuthenticatedAccount {
            must_add_factor: self.must_add_factor(&account).await?,
            notices: self.unread_notices(&account.login, session.created_at).await,
            account,
            confirmed_at: session.confirmed_at,
            desk_codes: session.desk_codes,
            token_hash,
        }))
    }

    /// Wrong passwords that were tried at another node.
    pub fn merge_remote(&self, count: &BucketCount, now: UnixMillis) {
        match count.throttle {
            ThrottleKind::Password => self.throttle.merge_remote(count.bucket, count.wrong, now),
            ThrottleKind::AccessCode => {}
            ThrottleKind::KnownDevices
            | ThrottleKind::KnownDevice
            | ThrottleKind::Strangers
            | ThrottleKind::StrangersOfASite => {
                self.guesses.merge_remote(count, now);
            }
        }
    }

    /// How long the next wrong password for this login is slowed down because of it.
    pub fn delay(&self, login: &str) -> Duration {
        self.throttle.delay(login, self.now())
    }

    /// Takes the password again, for what lets secrets out.
    pub async fn confirm(&self, session: &AuthenticatedAccount, password: &str) -> Result<(), ConsoleSignInRefusal> {
        self.check_again(session, password).await?;
        Ok(self.store.confirm_session(&session.token_hash, self.now()).await?)
    }

    /// Changes one's own password. Every session of the account ends, this one too.
    pub async fn change_password(
        &self,
        session: &AuthenticatedAccount,
        old: &str,
        new: &str,
    ) -> Result<(), ChangeRefusal> {
        let login = &session.account.login;
        self.check_again(session, old).await?;
        password::check(login, &self.names, new)?;
        if old == new {
            return Err(ChangeRefusal::Same);
        }
        let was_given = session.account.given_until.is_some();
        let audit = self.line(None, login, AuditEvent::PasswordChanged { login: login.clone(), was_given });
        let (new, entropy) = (Zeroizing::new(new.to_string()), self.entropy.clone());
        let hash = self.hashed(Requester::Account(login), move || password::hash(&new, &entropy)).await?;
        Ok(self.store.set_password(login, &hash, None, &audit).await?)
    }

    pub async fn sign_out(&self, session: &AuthenticatedAccount) -> Result<(), StoreError> {
        self.store.end_session(&session.token_hash).await
    }

    /// Writes a line of the audit trail.
    pub async fn record(&self, campaign: Option<CampaignId>, actor: &str, event: AuditEvent) -> Result<(), StoreError> {
        self.store.record(&self.line(campaign, actor, event)).await
    }

    /// A line of the audit trail, to be written with what it tells of.
    pub fn line(&self, campaign: Option<CampaignId>, actor: &str, event: AuditEvent) -> AuditEntry {
        AuditEntry::new(campaign, self.now(), self.entropy.bytes(), actor, event)
    }

    /// The password of somebody who is signed in.
    async fn check_again(
        &self,
        session: &AuthenticatedAccount,
        password: &str,
    ) -> Result<CheckedPassword, ConsoleSignInRefusal> {
        let login = &session.account.login;
        self.check(Requester::Account(login), Guesser::Session(&session.token_hash), login, password).await
    }

    /// Unknown and known logins run the same statements, a wrong answer takes one of a few fixed lengths of time, and
    /// one that doesn't count any more is hashed all the same.
    async fn check(
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
        // From here on it counts as wrong, also where nobody waits for the answer any more.
        let counted = self.guesses.count(guesser, login, password, self.now());
        let looked = self.look(requester, login, password).await;
        match looked.inspect_err(|_| self.guesses.forget(counted))? {
            (Some((account, hash)), Some(is_easy))
                if !account.disabled && (counted.is_some() || account.given_until.is_some()) =>
            {
                // A given password was drawn: nobody guesses 80 random bits, and it is the way back in for who is
                // refused.
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

    /// The account and its hash, where there is one, and, where the password is its own, whether it is easy.
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

    /// Hashes on a thread of its own. The place is held until that has really ended, also when nobody waits for it any
    /// more.
    async fn hashed<T: Send + 'static>(
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

    fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.now_ms())
    }
}
