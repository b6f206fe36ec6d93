//! The second factor: a code from an authenticator app (TOTP, RFC 6238: SHA-1, six digits, 30 seconds), and the
//! recovery codes that replace a lost phone.
//!
//! A code is accepted up to two steps off the clock, and only once, at whichever node it is typed. Only a few wrong
//! codes are checked in a quarter of an hour. A recovery code is accepted even then, so nobody is locked out by another
//! person's attempts; its 80 random bits can't be guessed, so wrong ones aren't counted here.

use super::{Accounts, AuthenticatedAccount, ConsoleSignInRefusal, DeviceCookie, password};
use crate::domain::account::{Account, Role};
use crate::domain::audit::AuditEvent;
use crate::domain::characters::kept_line;
use crate::domain::disclosure::Disclosure;
use crate::domain::time::UnixMillis;
use crate::fair_permits::Requester;
use crate::keyring::WrongKeyring;
use crate::store::StoreError;
use crate::store::counted_event_channel::CountedEvent;
use crate::store::second_factors::StoredSecondFactor;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use std::net::IpAddr;
use tokio::time::Instant;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

/// Seconds of one time step.
const STEP_SECS: u64 = 30;
/// Steps by which a phone's clock may be off.
const SKEW_STEPS: u16 = 2;
/// If the code is further off than this many steps, the page warns about the phone's clock.
const QUIET_SKEW_STEPS: u64 = 1;
/// Recovery codes in one set.
pub const RECOVERY_CODES: usize = 10;
/// Codes checked within [`WRONG_CODES_SECS`] without a right one among them; then [`FactorRefusal::TooMany`].
pub const WRONG_CODES_MAX: u64 = 10;
/// Seconds over which [`WRONG_CODES_MAX`] counts.
const WRONG_CODES_SECS: i64 = 15 * 60;
/// Seconds after the password within which the code may be typed.
const TICKET_SECS: i64 = 10 * 60;
const TICKET_LABEL: &str = "ikrar/second-factor-ticket/v1";
/// Seconds for which an account works without a required second factor after a lost one was removed.
pub const WAIVED_SECS: i64 = 24 * 3_600;
/// Shortest reason for removing another account's second factor, in characters.
pub const REASON_CHARS_MIN: usize = 3;
/// Longest reason for removing another account's second factor, in characters.
pub const REASON_CHARS_MAX: usize = 500;

/// Why a second factor wasn't added, used or removed.
#[derive(Debug, thiserror::Error)]
pub enum FactorRefusal {
    /// Not a current code, a code that was used before, or not one of the remaining recovery codes. The person types
    /// another.
    #[error("the code is wrong or was used")]
    Wrong,
    /// Too many codes in the last 15 minutes were wrong; see `WRONG_CODES_MAX`. The person waits or types a recovery
    /// code.
    #[error("too many wrong codes; a recovery code is still accepted")]
    TooMany,
    /// The ticket is invalid: the password was typed 10 minutes ago or earlier, or the account changed since. The
    /// sign-in starts again.
    #[error("the sign-in has to begin again")]
    Late,
    /// The account has no second factor to remove or to renew recovery codes for.
    #[error("the account has no second factor")]
    None,
    /// The account must have a second factor, so its owner can't remove it.
    #[error("a second factor is required of this account")]
    Required,
    /// The reason isn't `REASON_CHARS_MIN`-`REASON_CHARS_MAX` characters long. The organizer changes it.
    #[error("a reason has {REASON_CHARS_MIN}-{REASON_CHARS_MAX} characters")]
    Reason,
    /// A sealed secret doesn't open with this keyring. A new factor is set up from the beginning; for a stored one the
    /// operator restores the right keyring.
    #[error(transparent)]
    Keyring(#[from] WrongKeyring),
    /// The database failed. The client retries later.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The result of a sign-in.
pub struct Entered {
    /// The session's token. Only the browser keeps it; the database has its hash.
    pub token: String,
    /// The cookie by which the browser is recognized at the next sign-in.
    pub device: DeviceCookie,
    /// The phone's clock is off by more than one step; the page warns about it.
    pub clock_is_off: bool,
}

/// The state of an account's second factor.
pub struct FactorState {
    /// When the factor was added; `None` if the account has none.
    pub added_at: Option<UnixMillis>,
    /// Recovery codes not used yet, up to `RECOVERY_CODES`.
    pub recovery_codes: u64,
    /// Whether the installation requires a second factor of this account.
    pub is_required: bool,
}

/// A new secret. It takes effect when its first code is typed.
pub struct Enrolment {
    login: String,
    issuer: String,
    pub(super) secret: Zeroizing<[u8; 20]>,
    sealed: Vec<u8>,
}

impl Enrolment {
    /// The sealed secret in unpadded base64url, to be sent back with the first code. Only this keyring opens it.
    pub fn sealed(&self) -> String {
        BASE64URL_NOPAD.encode(&self.sealed)
    }

    /// The secret in base32, in groups of four, for people who can't scan.
    pub fn secret(&self, _: &Disclosure) -> String {
        let text = Zeroizing::new(BASE32_NOPAD.encode(self.secret.as_slice()));
        let groups: Vec<&str> = (0..text.len()).step_by(4).map(|at| &text[at..text.len().min(at + 4)]).collect();
        groups.join(" ")
    }

    /// The address in the QR code (Key URI format of authenticator apps).
    pub fn address(&self, _: &Disclosure) -> String {
        let secret = Zeroizing::new(BASE32_NOPAD.encode(self.secret.as_slice()));
        let login = self.login.replace('@', "%40");
        format!("otpauth://totp/{issuer}:{login}?secret={}&issuer={issuer}", secret.as_str(), issuer = self.issuer)
    }
}

/// Recovery codes, shown once. Each works once, in upper or lower case, with or without hyphens.
pub struct RecoveryCodes(Vec<Zeroizing<String>>);

impl RecoveryCodes {
    /// The codes to show, each 16 Crockford characters in groups of four.
    pub fn shown(&self, _: &Disclosure) -> Vec<String> {
        self.0.iter().map(|code| code.as_str().to_string()).collect()
    }
}

impl Accounts {
    /// A ticket if a code must follow the right password; `None` if the account has no second factor.
    pub(super) async fn code_needed(&self, login: &str) -> Result<Option<String>, StoreError> {
        let Some((_, hash)) = self.store.account(login).await? else { return Ok(None) };
        let has_factor = self.store.second_factor(login).await?.is_some();
        Ok(has_factor.then(|| self.ticket(login, self.now(), &hash)))
    }

    /// Takes the code or a recovery code after the password, and starts a session.
    pub async fn sign_in_with_code(
        &self,
        address: IpAddr,
        ticket: &str,
        code: &str,
        cookies: &[DeviceCookie],
    ) -> Result<Entered, FactorRefusal> {
        let asked = Instant::now();
        let account = self.ticket_s_account(ticket).await?;
        let typed: String = code.to_uppercase().chars().filter(char::is_ascii_alphanumeric).collect();
        let is_code = typed.len() == 6 && typed.bytes().all(|c| c.is_ascii_digit());
        let checked = if is_code {
            self.check_code(&account.login, &typed).await
        } else {
            // Crockford's alphabet has no O, I or L; people type them for 0 and 1.
            let typed = typed.replace('O', "0").replace(['I', 'L'], "1");
            self.check_recovery_code(&account.login, &typed).await.map(|()| 0)
        };
        match checked {
            Ok(steps_off) => {
                let entered = self.start(&account, self.known_device(&account.login, cookies)).await?;
                Ok(Entered { clock_is_off: steps_off > QUIET_SKEW_STEPS, ..entered })
            }
            Err(refusal) => {
                let requester = Requester::Claimed { address, login: &account.login };
                self.code_was_wrong(asked, requester, &account.login, &refusal).await;
                Err(refusal)
            }
        }
    }

    /// Counts a wrong code in the audit trail and in the throttle.
    async fn code_was_wrong(&self, asked: Instant, requester: Requester<'_>, login: &str, refusal: &FactorRefusal) {
        if matches!(refusal, FactorRefusal::Wrong | FactorRefusal::TooMany) {
            self.counted_events.report(self.now(), CountedEvent::CodeFailed { login: login.into() });
        }
        if matches!(refusal, FactorRefusal::Wrong) {
            let delay = self.throttle.was_wrong(requester, login, self.now());
            self.padding.wait_for_step(asked, delay).await;
        }
    }

    /// When the account's second factor was added, and how many recovery codes are left. Fails only when the database
    /// does.
    pub async fn factor_state(&self, account: &Account) -> Result<FactorState, StoreError> {
        let added_at = self.store.second_factor(&account.login).await?.map(|factor| factor.added_at);
        let recovery_codes = self.store.recovery_codes_left(&account.login).await?;
        Ok(FactorState { added_at, recovery_codes, is_required: self.requires_factor(account) })
    }

    /// Whether the account has a second factor; `false` for an unknown login. Fails only when the database does.
    pub async fn has_factor(&self, login: &str) -> Result<bool, StoreError> {
        Ok(self.store.second_factor(login).await?.is_some())
    }

    /// Whether the account must add a second factor before anything else.
    pub(super) async fn must_add_factor(&self, account: &Account) -> Result<bool, StoreError> {
        Ok(self.requires_factor(account)
            && self.store.second_factor(&account.login).await?.is_none()
            && self.now() >= self.store.factor_waived_until(&account.login).await?)
    }

    fn requires_factor(&self, account: &Account) -> bool {
        self.factor_required && account.role == Role::Organizer
    }

    /// Draws a secret. Nothing is stored before [`Self::add_factor`].
    pub fn begin_factor(&self, session: &AuthenticatedAccount) -> Enrolment {
        let login = &session.account.login;
        let secret = Zeroizing::new(self.entropy.bytes());
        let sealed = self.keyring.seal_factor(login, &secret, self.entropy.bytes());
        Enrolment { login: login.clone(), issuer: self.issuer.clone(), secret, sealed }
    }

    /// Opens the secret that [`Enrolment::sealed`] sent along.
    pub fn resume_factor(&self, session: &AuthenticatedAccount, sealed: &str) -> Result<Enrolment, FactorRefusal> {
        let login = &session.account.login;
        let sealed = BASE64URL_NOPAD.decode(sealed.as_bytes()).map_err(|_| WrongKeyring)?;
        let secret = self.keyring.open_factor(login, &sealed)?;
        Ok(Enrolment { login: login.clone(), issuer: self.issuer.clone(), secret, sealed })
    }

    /// Puts a secret into force with its first code and replaces an older one. The answer to a wrong code is delayed as
    /// at the sign-in, but doesn't count towards `WRONG_CODES_MAX`, so it can't block the owner's sign-in.
    pub async fn add_factor(
        &self,
        session: &AuthenticatedAccount,
        enrolment: &Enrolment,
        code: &str,
    ) -> Result<RecoveryCodes, FactorRefusal> {
        let login = &session.account.login;
        let asked = Instant::now();
        let code: String = code.chars().filter(char::is_ascii_digit).collect();
        let Some(step) = totp(&enrolment.secret).check(&code, self.now_secs()) else {
            self.code_was_wrong(asked, Requester::Account(login), login, &FactorRefusal::Wrong).await;
            return Err(FactorRefusal::Wrong);
        };
        let factor = StoredSecondFactor { sealed: enrolment.sealed.clone(), added_at: self.now(), last_step: step };
        let (codes, marks) = self.draw_recovery_codes(login);
        let audit = self.line(None, login, AuditEvent::SecondFactorAdded { login: login.clone() });
        let _changing = self.recent_sessions.changing();
        self.store.set_second_factor(login, &factor, &marks, &audit).await?;
        Ok(codes)
    }

    /// Draws new recovery codes; the old ones stop working.
    pub async fn renew_recovery_codes(&self, session: &AuthenticatedAccount) -> Result<RecoveryCodes, FactorRefusal> {
        let login = &session.account.login;
        let (codes, marks) = self.draw_recovery_codes(login);
        let audit = self.line(None, login, AuditEvent::RecoveryCodesRenewed { login: login.clone() });
        self.store.set_recovery_codes(login, &marks, &audit).await.map_err(none)?;
        Ok(codes)
    }

    /// Removes the signed-in person's own second factor.
    pub async fn remove_factor(&self, session: &AuthenticatedAccount) -> Result<(), FactorRefusal> {
        if self.requires_factor(&session.account) {
            return Err(FactorRefusal::Required);
        }
        let login = &session.account.login;
        let event = AuditEvent::SecondFactorRemoved { login: login.clone(), reason: String::new() };
        let audit = self.line(None, login, event);
        let _changing = self.recent_sessions.changing();
        self.store.remove_second_factor(login, UnixMillis(0), &audit).await.map_err(none)
    }

    /// Removes another account's lost second factor, for a reason. The account works without one for a day.
    pub async fn reset_factor(&self, actor: &str, login: &str, reason: &str) -> Result<(), FactorRefusal> {
        let reason = kept_line(reason).map_err(|_| FactorRefusal::Reason)?;
        if !(REASON_CHARS_MIN..=REASON_CHARS_MAX).contains(&reason.chars().count()) {
            return Err(FactorRefusal::Reason);
        }
        let audit = self.line(None, actor, AuditEvent::SecondFactorRemoved { login: login.into(), reason });
        let waived_until = self.now().plus_secs(WAIVED_SECS);
        let _changing = self.recent_sessions.changing();
        self.store.remove_second_factor(login, waived_until, &audit).await.map_err(none)
    }

    /// Checks a code and uses it up. Returns by how many steps the phone's clock is off.
    async fn check_code(&self, login: &str, code: &str) -> Result<u64, FactorRefusal> {
        let now = self.now();
        let since = now.plus_secs(-WRONG_CODES_SECS);
        if self.store.count_code_attempt(login, since, now).await? > WRONG_CODES_MAX {
            return Err(FactorRefusal::TooMany);
        }
        let factor = self.store.second_factor(login).await?.ok_or(FactorRefusal::Late)?;
        let secret = self.keyring.open_factor(login, &factor.sealed)?;
        let step = totp(&secret).check(code, self.now_secs()).ok_or(FactorRefusal::Wrong)?;
        if !self.store.take_step(login, step).await? {
            return Err(FactorRefusal::Wrong);
        }
        Ok(step.abs_diff(self.now_secs() / STEP_SECS))
    }

    async fn check_recovery_code(&self, login: &str, code: &str) -> Result<(), FactorRefusal> {
        let mark = self.keyring.recovery_mark(login, code);
        let audit = self.line(None, login, AuditEvent::RecoveryCodeUsed { login: login.into() });
        let used = self.store.take_recovery_code(login, &mark, &audit).await?;
        if used { Ok(()) } else { Err(FactorRefusal::Wrong) }
    }

    fn draw_recovery_codes(&self, login: &str) -> (RecoveryCodes, Vec<[u8; 32]>) {
        let codes: Vec<_> = (0..RECOVERY_CODES).map(|_| password::one_time(&self.entropy)).collect();
        let mark = |code: &Zeroizing<String>| self.keyring.recovery_mark(login, &code.replace('-', ""));
        let marks = codes.iter().map(mark).collect();
        (RecoveryCodes(codes), marks)
    }

    /// `login . time . MAC`: proves to any node that the password was right.
    fn ticket(&self, login: &str, at: UnixMillis, password_hash: &str) -> String {
        let mac = self.keyring.session_mac(TICKET_LABEL, &ticket_body(login, at, password_hash));
        let mac = BASE64URL_NOPAD.encode(&mac);
        format!("{}.{}.{mac}", BASE64URL_NOPAD.encode(login.as_bytes()), at.0)
    }

    async fn ticket_s_account(&self, ticket: &str) -> Result<Account, FactorRefusal> {
        let parts: Vec<&str> = ticket.split('.').collect();
        let [login, at, mac] = parts.as_slice() else { return Err(FactorRefusal::Late) };
        let login = BASE64URL_NOPAD.decode(login.as_bytes()).ok().and_then(|login| String::from_utf8(login).ok());
        let (Some(login), Ok(at)) = (login, at.parse()) else { return Err(FactorRefusal::Late) };
        let (at, now) = (UnixMillis(at), self.now());
        let Some((account, hash)) = self.store.account(&login).await? else { return Err(FactorRefusal::Late) };
        let mac = BASE64URL_NOPAD.decode(mac.as_bytes()).map_err(|_| FactorRefusal::Late)?;
        let is_right = self.keyring.session_mac_matches(TICKET_LABEL, &ticket_body(&login, at, &hash), &mac, now);
        if is_right && !account.disabled && now < at.plus_secs(TICKET_SECS) {
            Ok(account)
        } else {
            Err(FactorRefusal::Late)
        }
    }

    fn now_secs(&self) -> u64 {
        u64::try_from(self.now().0 / 1_000).unwrap_or_default()
    }
}

impl From<ConsoleSignInRefusal> for FactorRefusal {
    fn from(refusal: ConsoleSignInRefusal) -> Self {
        match refusal {
            ConsoleSignInRefusal::Store(error) => Self::Store(error),
            _ => Self::Late,
        }
    }
}

/// What a ticket's MAC covers. A changed password voids the ticket.
fn ticket_body(login: &str, at: UnixMillis, password_hash: &str) -> Vec<u8> {
    format!("{login}\0{}\0{password_hash}", at.0).into_bytes()
}

fn none(error: StoreError) -> FactorRefusal {
    match error {
        StoreError::Conflict => FactorRefusal::None,
        other => FactorRefusal::Store(other),
    }
}

pub(super) fn totp(secret: &[u8; 20]) -> Totp {
    let builder =
        Builder::new().with_secret(*secret).with_digits(6).with_skew(SKEW_STEPS).with_step_duration(STEP_SECS);
    builder.build().expect("six digits and 160 bits are what RFC 6238 asks for")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B: SHA-1, the last six of eight digits.
        let totp = totp(b"12345678901234567890");
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(totp.generate(time).to_string(), code);
            assert_eq!(totp.check(code, time + 2 * STEP_SECS), Some(time / STEP_SECS));
            assert_eq!(totp.check(code, time + 3 * STEP_SECS), None);
        }
    }
}
