//! Console accounts: creating and resetting them, signing in and out.
//!
//! **The right password signs in without a delay**: only a wrong answer is slowed down, after the check. On a device
//! that has signed in to the account before, wrong passwords from strangers don't block the right one. On any other
//! device even the right password is refused once the last hour saw too many wrong ones; a one-time password, which
//! can't be guessed, is accepted everywhere. A hashing permit is held only while a password is hashed, and a flood from
//! one address or for one login leaves permits for everyone else. A one-time password opens only the page that changes
//! it. A session ends after 30 minutes without use and after 12 hours in any case; actions that disclose secrets ask
//! for the password again.

mod administration;
mod devices;
mod guessable;
mod guesses;
mod notices;
mod password;
mod password_check;
mod proof;
mod recent_sessions;
mod repeats;
mod second_factor;
mod sessions;
mod throttle;
mod words;

pub use administration::{AccountRefusal, FIRST_LOGIN, GIVEN_DAYS};
pub use devices::{DEVICE_SECS, DeviceCookie};
pub use password::PasswordFault;
pub use proof::{DisclosureSize, ProofRefusal};
pub use second_factor::{Enrolment, Entered, FactorRefusal, FactorState, RecoveryCodes};
pub use sessions::OpenSession;
pub use words::role_words;

pub use crate::store::account_notices::AccountNotice;

use crate::clock::{Clock, Entropy};
use crate::domain::account::Account;
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
use password_check::CheckedPassword;
use recent_sessions::RecentSessions;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use throttle::ConsoleThrottle;
use zeroize::Zeroizing;

/// A session ends after this many seconds without use.
pub const SESSION_IDLE_SECS: i64 = 30 * 60;
/// A session ends this many seconds after the sign-in, used or not.
pub const SESSION_SECS_MAX: i64 = 12 * 3_600;
/// Seconds for which a typed password covers actions that ask for it again.
pub const CONFIRMED_SECS: i64 = 5 * 60;
/// Seconds between two writes of the expiry of a session in use.
const EXTEND_EVERY_SECS: i64 = 60;
/// Passwords hashed at the same time; each takes 19 MiB and one core.
const HASHING_MAX: usize = 2;
/// Passwords that may wait for a hashing permit. A requester beyond its share is refused as busy.
const WAITING_MAX: usize = 256;

/// A signed-in account, with the state of its session.
#[derive(Clone, Debug)]
pub struct AuthenticatedAccount {
    /// The account as this request read it from the database, or as [`Accounts::recent_session`] kept it.
    pub account: Account,
    /// When the password was last typed in this session.
    confirmed_at: UnixMillis,
    /// When this session last disclosed single codes at the help desk, oldest first.
    desk_codes: Vec<UnixMillis>,
    /// The account needs a second factor and must add it before anything else.
    pub must_add_factor: bool,
    /// Notices that the account's owner hasn't read yet, latest first.
    pub notices: Vec<AccountNotice>,
    token_hash: [u8; 32],
}

/// Why a sign-in is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleSignInRefusal {
    /// The login doesn't exist, the password is wrong, or the account is disabled; the answer is the same for all
    /// three. The person tries again.
    #[error("login or password is wrong")]
    Wrong,
    /// The last hour saw too many wrong passwords for this login. The answer is the same whether or not this password
    /// is right and the login exists. The person waits, uses a known device, or gets a one-time password.
    #[error("too many wrong passwords for this login")]
    TooMany,
    /// The password is right, but it is a one-time password older than [`GIVEN_DAYS`] days. An organizer resets the
    /// account.
    #[error("the given password is too old")]
    Expired,
    /// Too many passwords wait to be hashed. The attempt doesn't count; the client retries later.
    #[error("too many sign-ins at once")]
    Busy {
        /// Seconds after which the client may retry.
        retry_after_secs: u32,
    },
    /// The password is right, and the account has a second factor. The client asks for a code and sends it with the
    /// ticket.
    #[error("a code of the second factor is needed")]
    CodeNeeded {
        /// Proves for 10 minutes, at any node, that the password was right; see [`Accounts::sign_in_with_code`].
        ticket: String,
    },
    /// The database failed. The client retries later.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a password wasn't changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeRefusal {
    /// The old password wasn't accepted, or too many passwords wait to be hashed.
    #[error(transparent)]
    SignIn(#[from] ConsoleSignInRefusal),
    /// The new password breaks a rule; the person chooses another.
    #[error(transparent)]
    Password(#[from] PasswordFault),
    /// The new password equals the old one; the person chooses another.
    #[error("the new password is the old one")]
    Same,
    /// The database failed. The client retries later.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The installation's settings that accounts depend on.
pub struct AccountRules<'a> {
    /// Host name, with `:port` if there is one. Authenticator apps show the name, and a password must not contain its
    /// longer parts.
    pub host: &'a str,
    /// Whether organizers must have a second factor.
    pub factor_required: bool,
}

/// Console accounts: signs people in and out and manages their accounts.
pub struct Accounts {
    store: SharedStore,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
    keyring: Arc<Keyring>,
    /// Issuer name that authenticator apps show.
    issuer: String,
    /// Whether organizers must have a second factor.
    factor_required: bool,
    /// Names that a password must not contain.
    names: Vec<String>,
    throttle: ConsoleThrottle,
    guesses: Guesses,
    hashing: FairPermits,
    /// Pads wrong answers to fixed lengths of time. When it is full, a wrong answer goes out at once: hashing is slow
    /// enough.
    padding: ResponsePadding,
    counted_events: CountedEventSender,
    recent_sessions: RecentSessions,
    /// Hash of a password that nobody has. An unknown login is compared with it, so it takes as long as a known one.
    nobody: String,
}

impl Accounts {
    /// `attempt_sender` gets the buckets of every wrong password; `throttle_key` chooses them and is the same at all
    /// nodes of a database.
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
            recent_sessions: RecentSessions::default(),
        }
    }

    /// Also reports wrong passwords to `counted_events`.
    pub fn reporting(self, counted_events: CountedEventSender) -> Self {
        Self { counted_events, ..self }
    }

    /// Checks login and password and starts a session, unless a code must follow. `cookies` are the browser's device
    /// cookies.
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
        if account.one_time_until.is_some_and(|until| self.now() >= until) {
            self.counted_events.report(self.now(), CountedEvent::SignInFailed { login: Some(account.login) });
            return Err(ConsoleSignInRefusal::Expired);
        }
        if is_easy && !account.must_change_password {
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
        // A one-time password is expected on a new device, so it needs no notice.
        let new_device = device.is_none() && account.one_time_until.is_none();
        let event = AuditEvent::SignedIn { login: account.login.clone(), new_device };
        self.store.record(&AuditEntry { at: now, ..self.line(None, &account.login, event) }).await?;
        let device = self.device_cookie(&account.login, device);
        Ok(Entered { token: BASE64URL_NOPAD.encode(&token), device, clock_is_off: false })
    }

    /// The account signed in with this token; `None` once the session has ended. Using a session extends it.
    pub async fn session(&self, token: &str) -> Result<Option<AuthenticatedAccount>, StoreError> {
        let Some(token_hash) = hash_of(token) else { return Ok(None) };
        self.read_session(token_hash).await
    }

    /// As [`Self::session`], perhaps as it was up to a second ago. What this node has changed since is known.
    pub async fn recent_session(&self, token: &str) -> Result<Option<AuthenticatedAccount>, StoreError> {
        let Some(token_hash) = hash_of(token) else { return Ok(None) };
        match self.recent_sessions.get(&token_hash, self.now()) {
            Some(known) => Ok(Some(known)),
            None => self.read_session(token_hash).await,
        }
    }

    async fn read_session(&self, token_hash: [u8; 32]) -> Result<Option<AuthenticatedAccount>, StoreError> {
        let reading = self.recent_sessions.reading();
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
            // A full disk must not lock anyone out of the console: the session then keeps its old expiry.
            if let Err(error) = self.store.extend_session(&token_hash, now, expires_at).await {
                tracing::warn!(%error, "a console session couldn't be extended");
            }
        }
        let session = AuthenticatedAccount {
            must_add_factor: self.must_add_factor(&account).await?,
            notices: self.unread_notices(&account.login, session.created_at).await,
            account,
            confirmed_at: session.confirmed_at,
            desk_codes: session.desk_codes,
            token_hash,
        };
        self.recent_sessions.keep(reading, &session, now);
        Ok(Some(session))
    }

    /// Counts wrong passwords that another node reports.
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

    /// Delay of the answer to the next wrong password for this login, by the login's own count.
    pub fn delay(&self, login: &str) -> Duration {
        self.throttle.delay(login, self.now())
    }

    /// Checks the password again, before secrets are disclosed.
    pub async fn confirm(&self, session: &AuthenticatedAccount, password: &str) -> Result<(), ConsoleSignInRefusal> {
        self.check_again(session, password).await?;
        let _changing = self.recent_sessions.changing();
        Ok(self.store.confirm_session(&session.token_hash, self.now()).await?)
    }

    /// Changes the signed-in person's own password. All sessions of the account end, including this one.
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
        let was_given = session.account.one_time_until.is_some();
        let audit = self.line(None, login, AuditEvent::PasswordChanged { login: login.clone(), was_given });
        let (new, entropy) = (Zeroizing::new(new.to_string()), self.entropy.clone());
        let hash = self.hashed(Requester::Account(login), move || password::hash(&new, &entropy)).await?;
        let _changing = self.recent_sessions.changing();
        Ok(self.store.set_password(login, &hash, None, &audit).await?)
    }

    /// Ends this session; its token opens nothing afterwards. If the database fails, the session stays open until it
    /// expires.
    pub async fn sign_out(&self, session: &AuthenticatedAccount) -> Result<(), StoreError> {
        let _changing = self.recent_sessions.changing();
        self.store.end_session(&session.token_hash).await
    }

    /// Writes a line of the audit trail.
    pub async fn record(&self, campaign: Option<CampaignId>, actor: &str, event: AuditEvent) -> Result<(), StoreError> {
        self.store.record(&self.line(campaign, actor, event)).await
    }

    /// Builds a line of the audit trail, to be written in the same transaction as the change that it records.
    pub fn line(&self, campaign: Option<CampaignId>, actor: &str, event: AuditEvent) -> AuditEntry {
        AuditEntry::new(campaign, self.now(), self.entropy.bytes(), actor, event)
    }

    fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.now_ms())
    }
}

/// The key of a session; `None` for what is no token.
fn hash_of(token: &str) -> Option<[u8; 32]> {
    BASE64URL_NOPAD.decode(token.as_bytes()).ok().map(|token| Sha256::digest(token).into())
}
