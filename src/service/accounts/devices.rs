//! Known devices: after a sign-in the browser keeps a cookie, by which the account recognizes it at the next sign-in.
//!
//! The cookie grants no access. It only keeps strangers' wrong passwords from counting against its holder (OWASP, *Slow
//! Down Online Guessing Attacks with Device Cookies*). Each account has its own cookie, so several people can share a
//! browser, and the cookie names the account only by a keyed hash. Signing out and changing the password keep it;
//! signing in renews it. Deliberately absent: any stored record of devices.

use super::Accounts;
use crate::domain::time::UnixMillis;
use data_encoding::BASE64URL_NOPAD;

/// Seconds for which a device cookie is kept and accepted after the device's last sign-in.
pub const DEVICE_SECS: i64 = 180 * 86_400;
const LABEL: &str = "ikrar/console-device/v1";
const NAME_LABEL: &str = "ikrar/console-device-name/v1";
const NAME_BYTES: usize = 12;
const ID_BYTES: usize = 16;
const TIME_BYTES: usize = 8;

/// A device cookie. Its value is `id 16 | time i64 8 | HMAC-SHA256 32` in unpadded base64url; lengths are bytes, the
/// time is Unix ms, big-endian. The MAC covers the login too.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceCookie {
    /// Names the account: the first 12 bytes of a keyed hash of its login, in unpadded base64url.
    pub name: String,
    /// The value as the browser sends it. It counts only if its MAC is right and it is younger than [`DEVICE_SECS`].
    pub value: String,
}

/// Random id of a device that has signed in to an account, drawn at its first sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DeviceId(pub [u8; ID_BYTES]);

impl Accounts {
    /// The id of the device, if one of these cookies is valid for the account.
    pub(super) fn known_device(&self, login: &str, cookies: &[DeviceCookie]) -> Option<DeviceId> {
        let name = self.device_cookie_name(login);
        cookies
            .iter()
            .filter(|cookie| cookie.name == name)
            .find_map(|cookie| self.read_device_cookie(login, &cookie.value))
    }

    /// A new cookie for this device, or for a new device if `known` is `None`.
    pub(super) fn device_cookie(&self, login: &str, known: Option<DeviceId>) -> DeviceCookie {
        let id = known.unwrap_or_else(|| DeviceId(self.entropy.bytes()));
        let now = self.now();
        let mac = self.keyring.session_mac(LABEL, &body(login, id, now));
        let value = [id.0.as_slice(), &now.0.to_be_bytes(), &mac].concat();
        DeviceCookie { name: self.device_cookie_name(login), value: BASE64URL_NOPAD.encode(&value) }
    }

    fn device_cookie_name(&self, login: &str) -> String {
        BASE64URL_NOPAD.encode(&self.keyring.lasting_mac(NAME_LABEL, login.as_bytes())[..NAME_BYTES])
    }

    fn read_device_cookie(&self, login: &str, value: &str) -> Option<DeviceId> {
        let bytes = BASE64URL_NOPAD.decode(value.as_bytes()).ok()?;
        let (id, rest) = bytes.split_first_chunk::<ID_BYTES>()?;
        let (at, mac) = rest.split_first_chunk::<TIME_BYTES>()?;
        let (id, at, now) = (DeviceId(*id), UnixMillis(i64::from_be_bytes(*at)), self.now());
        if now >= at.plus_secs(DEVICE_SECS) {
            return None;
        }
        let is_ours = self.keyring.long_session_mac_matches(LABEL, &body(login, id, at), mac, now, DEVICE_SECS);
        is_ours.then_some(id)
    }
}

fn body(login: &str, id: DeviceId, at: UnixMillis) -> Vec<u8> {
    [login.as_bytes(), &[0], &id.0, &at.0.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Entropy, FixedClock};
    use crate::domain::key::{KeyInUse, KeyRole};
    use crate::keyring::{KeyStatus, Keyring};
    use crate::service::accounts::AccountRules;
    use crate::store::sqlite::Sqlite;
    use crate::store::wrong_attempt_channel::WrongAttemptSender;
    use std::sync::Arc;

    const NOW_MS: i64 = 1_864_605_600_000;

    async fn accounts(folder: &tempfile::TempDir, keyring: Arc<Keyring>) -> (Accounts, Arc<FixedClock>) {
        let store = Arc::new(Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap());
        let rules = AccountRules { host: "127.0.0.1:8080", factor_required: false };
        let (clock, entropy) = (Arc::new(FixedClock::at(NOW_MS)), Arc::new(Entropy::seeded(1)));
        let accounts =
            Accounts::new(store, clock.clone(), entropy, keyring, &rules, [7; 32], WrongAttemptSender::default());
        (accounts, clock)
    }

    #[tokio::test]
    async fn a_device_cookie_is_one_account_s_for_half_a_year_and_not_a_bit_of_it_can_change() {
        let folder = tempfile::tempdir().unwrap();
        let (accounts, clock) = accounts(&folder, Arc::new(Keyring::generate(&[7; 128]))).await;
        let cookie = accounts.device_cookie("bkd", None);
        let id = accounts.known_device("bkd", std::slice::from_ref(&cookie)).unwrap();
        // A renewed cookie is the same device; a new cookie is another one.
        assert_eq!(accounts.known_device("bkd", &[accounts.device_cookie("bkd", Some(id))]), Some(id));
        assert_ne!(accounts.known_device("bkd", &[accounts.device_cookie("bkd", None)]), Some(id));
        // Neither under its own name nor under the other account's.
        let other = accounts.device_cookie("kota", None);
        let moved = DeviceCookie { name: other.name.clone(), value: cookie.value.clone() };
        assert_eq!(accounts.known_device("kota", &[cookie.clone(), moved.clone()]), None);
        // Among cookies of other accounts and a forged one.
        let forged = DeviceCookie { value: other.value.clone(), ..cookie.clone() };
        assert_eq!(accounts.known_device("bkd", &[other, moved, forged, cookie.clone()]), Some(id));
        let bytes = BASE64URL_NOPAD.decode(cookie.value.as_bytes()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = DeviceCookie { value: BASE64URL_NOPAD.encode(&changed), ..cookie.clone() };
            assert_eq!(accounts.known_device("bkd", &[changed]), None, "bit {bit}");
        }
        for cut in 0..cookie.value.len() {
            let cut = DeviceCookie { value: cookie.value[..cut].into(), ..cookie.clone() };
            assert_eq!(accounts.known_device("bkd", &[cut]), None);
        }
        assert!(!cookie.name.contains("bkd") && !cookie.value.contains("bkd"));
        clock.advance_ms(DEVICE_SECS * 1_000 - 1);
        assert_eq!(accounts.known_device("bkd", std::slice::from_ref(&cookie)), Some(id));
        clock.advance_ms(1);
        assert_eq!(accounts.known_device("bkd", &[cookie]), None);
    }

    #[tokio::test]
    async fn a_device_stays_known_when_the_session_key_is_replaced_and_not_when_it_was_compromised() {
        let folder = tempfile::tempdir().unwrap();
        let keyring = Arc::new(Keyring::generate(&[7; 128]));
        let (accounts, clock) = accounts(&folder, keyring.clone()).await;
        let first = keyring.keys().used(KeyRole::Session).unwrap().kid.clone();
        let cookie = accounts.device_cookie("bkd", None);
        let kid = keyring.add(KeyRole::Session, [9; 32], UnixMillis(NOW_MS)).unwrap();
        keyring.note_in_use(vec![KeyInUse { role: KeyRole::Session, kid, since: UnixMillis(NOW_MS) }]);
        clock.advance_ms(30 * 86_400_000);
        assert_ne!(accounts.device_cookie("bkd", None).value, cookie.value);
        assert!(accounts.known_device("bkd", std::slice::from_ref(&cookie)).is_some());
        keyring.end(&first, KeyStatus::Compromised(UnixMillis(NOW_MS))).unwrap();
        assert_eq!(accounts.known_device("bkd", &[cookie]), None);
    }
}
