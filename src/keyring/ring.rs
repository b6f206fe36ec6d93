//! The keys of an installation over time: which one signs, which ones are still accepted, and since when.
//!
//! Keys are added and ended, never removed. Which published key is in use isn't in the keyring file, of which each node
//! has a copy, but in the installation's database ([`KeyInUse`]): so no node uses a key before all nodes know it.

use super::{PublishedSeal, RoleKey};
use crate::domain::key::{KeyInUse, KeyRole};
use crate::domain::time::UnixMillis;
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Longest life of a session token. After a session key is replaced, tokens made with it are accepted for this long.
pub const SESSION_KEY_ACCEPTED_SECS: i64 = 12 * 3_600;

/// The stage of a key's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    /// Made with the keyring, and used from the beginning.
    Active,
    /// Made by a rotation: published, and used once every node knows it.
    Published,
    /// Signs nothing any more. What it signed stays valid.
    Retired(UnixMillis),
    /// Compromised: another party may have it, since this time at the latest. What it signed counts only if the records
    /// hold it.
    Compromised(UnixMillis),
}

impl KeyStatus {
    /// As stored in the keyring file and listed by `ikrar keys`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Published => "published",
            Self::Retired(_) => "retired",
            Self::Compromised(_) => "compromised",
        }
    }

    fn may_sign(self) -> bool {
        matches!(self, Self::Active | Self::Published)
    }
}

/// One key.
#[derive(Clone)]
pub struct Key {
    /// What the key is for.
    pub role: KeyRole,
    /// The stage of its life.
    pub status: KeyStatus,
    /// `None` for keys from a file layout that didn't store it.
    pub made_at: Option<UnixMillis>,
    /// The id under which it is published; unique in the keyring.
    pub kid: String,
    pub(super) seed: Zeroizing<[u8; 32]>,
    /// `None` for a session key.
    pair: Option<Arc<RoleKey>>,
}

impl Key {
    pub(super) fn new(
        role: KeyRole,
        status: KeyStatus,
        made_at: Option<UnixMillis>,
        seed: Zeroizing<[u8; 32]>,
    ) -> Self {
        let pair = (role != KeyRole::Session).then(|| Arc::new(RoleKey::from_seed(&seed)));
        let kid = match &pair {
            Some(pair) => pair.kid.clone(),
            // Identifies the key and reveals nothing of it.
            None => BASE64URL_NOPAD.encode(&mac(&seed, "ikrar/kid/v1", &[])[..8]),
        };
        Self { role, status, made_at, kid, seed, pair }
    }

    /// The Ed25519 key pair; `None` for a session key.
    pub fn pair(&self) -> Option<&Arc<RoleKey>> {
        self.pair.as_ref()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} {} {})", self.role.as_str(), self.status.as_str(), self.kid)
    }
}

/// The ring lacks a key that may sign in this role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the keyring has no {} key that may be used", .0.as_str())]
pub struct NoUsableKey(pub KeyRole);

/// All keys at one instant. Immutable: a change makes a new value.
#[derive(Clone)]
pub struct Keys {
    all: Vec<Key>,
    in_use: Vec<KeyInUse>,
    credential: Arc<RoleKey>,
    /// Index in `all` of the key that makes session tokens.
    session: usize,
    /// Of the installation's database, as it last had them.
    seals: Vec<PublishedSeal>,
}

impl Keys {
    pub(super) fn new(all: Vec<Key>, in_use: Vec<KeyInUse>) -> Result<Self, NoUsableKey> {
        let credential = signing_index(&all, &in_use, KeyRole::Credential)?;
        let credential = all[credential].pair.clone().ok_or(NoUsableKey(KeyRole::Credential))?;
        signing_index(&all, &in_use, KeyRole::Log)?;
        let session = signing_index(&all, &in_use, KeyRole::Session)?;
        Ok(Self { all, in_use, credential, session, seals: Vec::new() })
    }

    /// The same keys with these published seals.
    pub(super) fn with_seals(self, seals: Vec<PublishedSeal>) -> Self {
        Self { seals, ..self }
    }

    /// The keys whose seals are vouched for.
    pub fn seals(&self) -> &[PublishedSeal] {
        &self.seals
    }

    /// In the order in which they were made.
    pub fn all(&self) -> &[Key] {
        &self.all
    }

    /// The keys that have begun to be used, as the database last had them.
    pub fn in_use(&self) -> &[KeyInUse] {
        &self.in_use
    }

    /// The key that signs credentials now.
    pub fn credential(&self) -> &Arc<RoleKey> {
        &self.credential
    }

    /// The key of this role that is used now.
    pub fn used(&self, role: KeyRole) -> Option<&Key> {
        signing_index(&self.all, &self.in_use, role).ok().map(|place| &self.all[place])
    }

    /// Rotated keys that wait for every node to know them.
    pub fn waiting(&self) -> impl Iterator<Item = &Key> {
        let begun = move |key: &Key| self.in_use.iter().any(|one| one.role == key.role && one.kid == key.kid);
        self.all.iter().filter(move |key| key.status == KeyStatus::Published && !begun(key))
    }

    /// The log key with this id, whatever its status; for an empty id, the first log key.
    pub fn log(&self, kid: &str) -> Option<&Arc<RoleKey>> {
        let mut keys = self.all.iter().filter(|key| key.role == KeyRole::Log);
        keys.find(|key| kid.is_empty() || key.kid == kid)?.pair.as_ref()
    }

    /// The credential key with this id, whatever its status.
    pub fn signed_with(&self, kid: &str) -> Option<&Arc<RoleKey>> {
        self.all.iter().find(|key| key.role == KeyRole::Credential && key.kid == kid)?.pair.as_ref()
    }

    /// Whether every key that is in use anywhere is in this keyring.
    pub fn knows_all_in_use(&self) -> bool {
        self.in_use.iter().all(|one| self.all.iter().any(|key| key.role == one.role && key.kid == one.kid))
    }

    /// Credential keys whose signature alone makes a credential genuine; the one that signs now comes first.
    pub fn trusted(&self) -> impl Iterator<Item = &Arc<RoleKey>> {
        let others = self.all.iter().filter(move |key| {
            key.role == KeyRole::Credential
                && !matches!(key.status, KeyStatus::Compromised(_))
                && key.kid != self.credential.kid
        });
        std::iter::once(&self.credential).chain(others.filter_map(|key| key.pair.as_ref()))
    }

    /// Compromised credential keys, and since when.
    pub fn compromised(&self) -> impl Iterator<Item = (&Arc<RoleKey>, UnixMillis)> {
        self.all.iter().filter(|key| key.role == KeyRole::Credential).filter_map(|key| match key.status {
            KeyStatus::Compromised(at) => Some((key.pair.as_ref()?, at)),
            _ => None,
        })
    }

    /// The MAC of a session token that is made now.
    pub(super) fn session_mac(&self, label: &str, message: &[u8]) -> [u8; 32] {
        mac(&self.all[self.session].seed, label, message)
    }

    /// The MACs that a session token may have at this time, the likeliest first.
    pub(super) fn session_macs(&self, label: &str, message: &[u8], now: UnixMillis) -> impl Iterator<Item = [u8; 32]> {
        self.long_session_macs(label, message, now, SESSION_KEY_ACCEPTED_SECS)
    }

    /// The same, with a session key that was replaced accepted for `accepted_secs`.
    pub(super) fn long_session_macs(
        &self,
        label: &str,
        message: &[u8],
        now: UnixMillis,
        accepted_secs: i64,
    ) -> impl Iterator<Item = [u8; 32]> {
        let others = self.all.iter().enumerate().filter(move |(place, key)| {
            key.role == KeyRole::Session && *place != self.session && self.is_accepted(key, now, accepted_secs)
        });
        let places = std::iter::once(self.session).chain(others.map(|(place, _)| place));
        places.map(move |place| mac(&self.all[place].seed, label, message))
    }

    /// Whether a session key that isn't the one in use is accepted at `now`. One that waits is accepted: another node
    /// may use it already.
    fn is_accepted(&self, key: &Key, now: UnixMillis, accepted_secs: i64) -> bool {
        let ended = match key.status {
            KeyStatus::Compromised(_) => return false,
            KeyStatus::Retired(at) => Some(at),
            KeyStatus::Active | KeyStatus::Published => None,
        };
        let uses = || self.in_use.iter().filter(|one| one.role == KeyRole::Session);
        let own = uses().find(|one| one.kid == key.kid).map(|one| one.since);
        if key.status == KeyStatus::Published && own.is_none() {
            return true;
        }
        let replaced = uses().map(|one| one.since).filter(|since| own.is_none_or(|own| *since > own)).min();
        let until = [ended, replaced].into_iter().flatten().min().map(|at| at.plus_secs(accepted_secs));
        until.is_none_or(|until| now < until)
    }

    /// A MAC under the first session key, whatever its status. For values that must survive rotations and grant no
    /// access, such as the bucket of a throttle.
    pub(super) fn lasting_mac(&self, label: &str, message: &[u8]) -> [u8; 32] {
        let first = self.all.iter().position(|key| key.role == KeyRole::Session).unwrap_or(self.session);
        mac(&self.all[first].seed, label, message)
    }
}

/// Index of the key that signs in this role. Of the keys that may sign it is the one that began to be used last; else
/// the first active one; else the newest published one.
fn signing_index(all: &[Key], in_use: &[KeyInUse], role: KeyRole) -> Result<usize, NoUsableKey> {
    let fit = || all.iter().enumerate().filter(move |(_, key)| key.role == role && key.status.may_sign());
    let since =
        |key: &Key| in_use.iter().filter(|one| one.role == role && one.kid == key.kid).map(|one| one.since).max();
    let begun = fit().filter_map(|(place, key)| Some((since(key)?, place))).max().map(|(_, place)| place);
    let first = || fit().find(|(_, key)| key.status == KeyStatus::Active).map(|(place, _)| place);
    begun.or_else(first).or_else(|| fit().next_back().map(|(place, _)| place)).ok_or(NoUsableKey(role))
}

fn mac(key: &[u8; 32], label: &str, message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(label.as_bytes());
    mac.update(&[0]);
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: UnixMillis = UnixMillis(1_800_000_000_000);

    fn key(role: KeyRole, status: KeyStatus, seed: u8) -> Key {
        Key::new(role, status, None, Zeroizing::new([seed; 32]))
    }

    fn first() -> Vec<Key> {
        KeyRole::ALL.into_iter().zip(1..).map(|(role, seed)| key(role, KeyStatus::Active, seed)).collect()
    }

    fn in_use(key: &Key, since: UnixMillis) -> KeyInUse {
        KeyInUse { role: key.role, kid: key.kid.clone(), since }
    }

    #[test]
    fn a_published_key_signs_once_it_is_in_use_and_never_before() {
        let (mut all, next) = (first(), key(KeyRole::Credential, KeyStatus::Published, 9));
        all.push(next.clone());
        let before = Keys::new(all.clone(), vec![]).unwrap();
        assert_eq!(before.credential().kid, all[0].kid);
        assert_eq!(before.waiting().map(|key| &key.kid).collect::<Vec<_>>(), [&next.kid]);
        assert_eq!(before.trusted().map(|key| &key.kid).collect::<Vec<_>>(), [&all[0].kid, &next.kid]);
        let after = Keys::new(all.clone(), vec![in_use(&next, T0)]).unwrap();
        assert_eq!(after.credential().kid, next.kid);
        assert_eq!(after.waiting().count(), 0);
        assert_eq!(after.trusted().count(), 2, "what the old one signed stays valid");
    }

    #[test]
    fn a_compromised_key_neither_signs_nor_is_trusted_and_the_next_takes_over_at_once() {
        let (mut all, next) = (first(), key(KeyRole::Credential, KeyStatus::Published, 9));
        all[0].status = KeyStatus::Compromised(T0);
        assert_eq!(Keys::new(all.clone(), vec![]).err(), Some(NoUsableKey(KeyRole::Credential)));
        all.push(next.clone());
        let keys = Keys::new(all.clone(), vec![]).unwrap();
        assert_eq!(keys.credential().kid, next.kid);
        assert_eq!(keys.trusted().map(|key| &key.kid).collect::<Vec<_>>(), [&next.kid]);
        assert_eq!(keys.compromised().map(|(key, at)| (&key.kid, at)).collect::<Vec<_>>(), [(&all[0].kid, T0)]);
    }

    #[test]
    fn a_log_keeps_its_key_whatever_became_of_it() {
        let (mut all, next) = (first(), key(KeyRole::Log, KeyStatus::Published, 9));
        all[1].status = KeyStatus::Retired(T0);
        all.push(next.clone());
        let keys = Keys::new(all.clone(), vec![in_use(&next, T0)]).unwrap();
        assert_eq!(keys.used(KeyRole::Log).unwrap().kid, next.kid);
        assert_eq!(keys.log("").unwrap().kid, all[1].kid, "an event from before ids were noted has the first");
        assert_eq!(keys.log(&next.kid).unwrap().kid, next.kid);
        assert!(keys.log("another").is_none());
    }

    #[test]
    fn a_session_key_that_was_replaced_is_accepted_for_twelve_hours_and_not_longer() {
        let (mut all, next) = (first(), key(KeyRole::Session, KeyStatus::Published, 9));
        let old = Keys::new(all.clone(), vec![]).unwrap().session_mac("l", b"m");
        all.push(next.clone());
        let accepts =
            |keys: &Keys, mac: [u8; 32], now: UnixMillis| keys.session_macs("l", b"m", now).any(|one| one == mac);
        // Both are accepted, since nodes begin to use the new one at different moments.
        let between = Keys::new(all.clone(), vec![]).unwrap();
        let new = mac(&next.seed, "l", b"m");
        assert!(accepts(&between, old, T0) && accepts(&between, new, T0));
        assert_eq!(between.session_mac("l", b"m"), old);
        let after = Keys::new(all.clone(), vec![in_use(&next, T0)]).unwrap();
        assert_eq!(after.session_mac("l", b"m"), new);
        let last = T0.plus_secs(SESSION_KEY_ACCEPTED_SECS);
        assert!(accepts(&after, old, UnixMillis(last.0 - 1)) && !accepts(&after, old, last));
        // What a browser keeps for longer is accepted for longer.
        let long = |now| after.long_session_macs("l", b"m", now, 86_400).any(|one| one == old);
        assert!(long(T0.plus_secs(86_399)) && !long(T0.plus_secs(86_400)));
        // Retiring it later doesn't extend the time.
        all[2].status = KeyStatus::Retired(T0.plus_secs(86_400));
        let retired = Keys::new(all.clone(), vec![in_use(&next, T0)]).unwrap();
        assert!(!accepts(&retired, old, T0.plus_secs(86_401)) && accepts(&retired, new, T0.plus_secs(86_401)));
        all[2].status = KeyStatus::Compromised(T0);
        let compromised = Keys::new(all, vec![in_use(&next, T0)]).unwrap();
        assert!(!accepts(&compromised, old, T0), "whoever has it could make tokens");
        assert_eq!(compromised.lasting_mac("t", b"x"), between.lasting_mac("t", b"x"), "no bucket jumps");
    }

    #[test]
    fn a_third_key_ends_the_second_and_not_the_first_again() {
        let mut all = first();
        let (second, third) =
            (key(KeyRole::Session, KeyStatus::Published, 8), key(KeyRole::Session, KeyStatus::Published, 9));
        all.extend([second.clone(), third.clone()]);
        let hours = |hours: i64| T0.plus_secs(hours * 3_600);
        let keys = Keys::new(all.clone(), vec![in_use(&second, T0), in_use(&third, hours(10))]).unwrap();
        let accepted = |now: UnixMillis| {
            keys.all
                .iter()
                .filter(|key| key.role == KeyRole::Session && keys.is_accepted(key, now, SESSION_KEY_ACCEPTED_SECS))
                .count()
        };
        assert_eq!(accepted(hours(11)), 3);
        assert_eq!(accepted(hours(12)), 2, "the first was replaced twelve hours ago");
        assert_eq!(accepted(hours(22)), 1);
    }
}
