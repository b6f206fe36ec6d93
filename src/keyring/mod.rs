//! Keys by id and role: made, loaded, used to sign and to seal.
//!
//! The keyring file holds a key-encryption key and the keys of each role, sealed under a passphrase (Argon2id, then
//! XChaCha20-Poly1305). Each campaign's random secret is sealed under the key-encryption key and never rotated. The
//! keys of the roles are rotated (`ring`). Deliberately absent: the database, the clock, ambient randomness.

#![warn(missing_docs)]

mod campaign_secret;
mod checkpoint;
mod file;
mod published_seal;
mod report;
mod ring;
mod seal_key;
mod second_factor;

pub use campaign_secret::CampaignSecret;
pub use file::{KeyringFault, SEALING_BYTES};
pub use published_seal::PublishedSeal;
pub use ring::{Key, KeyStatus, Keys, NoUsableKey, SESSION_KEY_ACCEPTED_SECS};

use crate::domain::key::{KEYS_MAX, KeyInUse, KeyRole};
use crate::domain::time::UnixMillis;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::{Arc, PoisonError, RwLock};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// An Ed25519 key with its id.
pub struct RoleKey {
    /// RFC 7638-like thumbprint: base64url of the first 8 bytes of SHA-256 over the public key, 11 characters.
    pub kid: String,
    signing: SigningKey,
}

impl RoleKey {
    fn from_seed(seed: &[u8; 32]) -> Self {
        let signing = SigningKey::from_bytes(seed);
        let kid = BASE64URL_NOPAD.encode(&Sha256::digest(signing.verifying_key().as_bytes())[..8]);
        Self { kid, signing }
    }

    /// The public key, for verifiers.
    pub fn public(&self) -> VerifyingKey {
        self.signing.verifying_key()
    }

    /// Ed25519 (RFC 8032) over the message.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.signing.sign(message).to_bytes()
    }
}

/// All keys of an installation. All services share one keyring, so a rotation takes effect for all of them at once.
pub struct Keyring {
    keys: RwLock<Arc<Keys>>,
    kek: Zeroizing<[u8; 32]>,
    /// Keys of roles that this program doesn't know, as the file has them.
    unknown_keys: RwLock<Vec<Value>>,
}

/// A sealed secret that doesn't open: it belongs to another keyring or was changed.
#[derive(Debug, thiserror::Error)]
#[error("the campaign's secret was sealed under another keyring")]
pub struct WrongKeyring;

impl Keyring {
    /// New keys from 128 random bytes.
    pub fn generate(random: &[u8; 128]) -> Self {
        Self::made(random, None)
    }

    fn made(random: &[u8; 128], now: Option<UnixMillis>) -> Self {
        let part = |n: usize| -> Zeroizing<[u8; 32]> {
            let mut seed = Zeroizing::new([0; 32]);
            seed.copy_from_slice(&random[n * 32..(n + 1) * 32]);
            seed
        };
        let all = KeyRole::ALL.into_iter().enumerate().map(|(n, role)| Key::new(role, KeyStatus::Active, now, part(n)));
        let keys = Keys::new(all.collect(), vec![]).expect("there is one key for each role");
        Self::of(keys, part(3), vec![])
    }

    fn of(keys: Keys, kek: Zeroizing<[u8; 32]>, unknown_keys: Vec<Value>) -> Self {
        Self { keys: RwLock::new(Arc::new(keys)), kek, unknown_keys: RwLock::new(unknown_keys) }
    }

    /// A snapshot of all keys. A caller that makes many signatures takes it once, not per signature.
    pub fn keys(&self) -> Arc<Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The key that signs credentials now.
    pub fn credential(&self) -> Arc<RoleKey> {
        self.keys().credential().clone()
    }

    /// The log key with this id, whatever its status; for an empty id, the first log key.
    pub fn log(&self, kid: &str) -> Option<Arc<RoleKey>> {
        self.keys().log(kid).cloned()
    }

    /// HMAC-SHA256 under the session key in use, for session tokens. `label` keeps uses apart.
    pub fn session_mac(&self, label: &str, message: &[u8]) -> [u8; 32] {
        self.keys().session_mac(label, message)
    }

    /// Whether a MAC was made with a session key that is accepted at `now`: the one in use, one that another node may
    /// use already, or one that was replaced less than twelve hours ago.
    pub fn session_mac_matches(&self, label: &str, message: &[u8], mac: &[u8], now: UnixMillis) -> bool {
        self.keys().session_macs(label, message, now).any(|one| bool::from(one.as_slice().ct_eq(mac)))
    }

    /// As [`Self::session_mac_matches`], for tokens that a browser keeps longer than a session: a session key that was
    /// replaced is accepted for `accepted_secs`.
    pub fn long_session_mac_matches(
        &self,
        label: &str,
        message: &[u8],
        mac: &[u8],
        now: UnixMillis,
        accepted_secs: i64,
    ) -> bool {
        let keys = self.keys();
        keys.long_session_macs(label, message, now, accepted_secs).any(|one| bool::from(one.as_slice().ct_eq(mac)))
    }

    /// HMAC-SHA256 under the first session key, for values that must survive rotations and grant no access.
    pub fn lasting_mac(&self, label: &str, message: &[u8]) -> [u8; 32] {
        self.keys().lasting_mac(label, message)
    }

    /// Adds a key of this role, published but not used yet, and returns its id. `Format` if that would be more than
    /// [`KEYS_MAX`] keys.
    pub fn add(&self, role: KeyRole, seed: [u8; 32], now: UnixMillis) -> Result<String, KeyringFault> {
        let key = Key::new(role, KeyStatus::Published, Some(now), Zeroizing::new(seed));
        let kid = key.kid.clone();
        self.change(|keys| {
            let mut all = keys.all().to_vec();
            all.push(key);
            if all.len() > KEYS_MAX { Err(KeyringFault::Format) } else { Ok(Keys::new(all, keys.in_use().to_vec())?) }
        })?;
        Ok(kid)
    }

    /// Ends a key. `NoUsableKey`, and nothing changes, if its role would have no key left that may be used.
    pub fn end(&self, kid: &str, status: KeyStatus) -> Result<(), KeyringFault> {
        self.change(|keys| {
            let mut all = keys.all().to_vec();
            all.iter_mut().filter(|key| key.kid == kid).for_each(|key| key.status = status);
            Ok(Keys::new(all, keys.in_use().to_vec())?)
        })
    }

    /// Takes over which keys are in use from the installation's database.
    pub fn note_in_use(&self, in_use: Vec<KeyInUse>) {
        if self.keys().in_use() != in_use.as_slice() {
            // The set of keys stays as it is, so each role keeps one.
            let _ = self.change(|keys| Ok(Keys::new(keys.all().to_vec(), in_use)?));
        }
    }

    /// Takes over the published seals from the installation's database; returns whether they changed.
    pub fn note_seals(&self, seals: Vec<PublishedSeal>) -> bool {
        if self.keys().seals() == seals.as_slice() {
            return false;
        }
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        *keys = Arc::new(keys.as_ref().clone().with_seals(seals));
        true
    }

    /// Takes over the keys of the same installation's keyring, read again from its file; returns whether anything
    /// changed. `Other` if it is another installation's.
    pub fn take_over(&self, read: &Self) -> Result<bool, KeyringFault> {
        if read.fingerprint() != self.fingerprint() {
            return Err(KeyringFault::Other);
        }
        let (now, before) = (read.keys(), self.keys());
        *self.unknown_keys.write().unwrap_or_else(PoisonError::into_inner) = read.unknown_keys();
        if format!("{:?}", now.all()) == format!("{:?}", before.all()) {
            return Ok(false);
        }
        self.change(|keys| Ok(Keys::new(now.all().to_vec(), keys.in_use().to_vec())?))?;
        Ok(true)
    }

    fn change(&self, next: impl FnOnce(&Keys) -> Result<Keys, KeyringFault>) -> Result<(), KeyringFault> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let next = next(&keys)?.with_seals(keys.seals().to_vec());
        *keys = Arc::new(next);
        Ok(())
    }

    fn unknown_keys(&self) -> Vec<Value> {
        self.unknown_keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    #[cfg(test)]
    fn keep_unknown_key(&self, key: Value) {
        self.unknown_keys.write().unwrap_or_else(PoisonError::into_inner).push(key);
    }

    fn kek(&self) -> &[u8] {
        self.kek.as_slice()
    }

    /// Fingerprint that identifies this keyring and reveals nothing of its keys: 16 bytes of an HMAC under the
    /// key-encryption key, which is never replaced, as 22 characters of base64url.
    pub fn fingerprint(&self) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.kek.as_slice()).expect("HMAC takes a key of any length");
        mac.update(b"ikrar/keyring/v1");
        BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()[..16])
    }

    /// Seals a campaign's secret: 24-byte nonce, then ciphertext and tag, bound to the campaign id.
    pub fn seal_secret(&self, campaign: &[u8; 16], secret: &[u8; 32], nonce: [u8; 24]) -> Vec<u8> {
        let cipher = XChaCha20Poly1305::new(self.kek.as_slice().try_into().expect("the KEK has 32 bytes"));
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: secret, aad: campaign })
            .expect("32 bytes are within the cipher's limit");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Self::seal_secret`] sealed for the same campaign; [`WrongKeyring`] when it was sealed by another
    /// keyring.
    pub fn open_secret(&self, campaign: &[u8; 16], sealed: &[u8]) -> Result<CampaignSecret, WrongKeyring> {
        let (nonce, sealed) = sealed.split_first_chunk::<24>().ok_or(WrongKeyring)?;
        let cipher = XChaCha20Poly1305::new(self.kek.as_slice().try_into().expect("the KEK has 32 bytes"));
        let secret = Zeroizing::new(
            cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: campaign }).map_err(|_| WrongKeyring)?,
        );
        let secret: [u8; 32] = secret.as_slice().try_into().map_err(|_| WrongKeyring)?;
        Ok(CampaignSecret::new(secret))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_for_its_campaign_and_keyring() {
        let keyring = Keyring::generate(&[3; 128]);
        let sealed = keyring.seal_secret(&[1; 16], &[5; 32], [0; 24]);
        assert!(keyring.open_secret(&[1; 16], &sealed).is_ok());
        assert!(keyring.open_secret(&[2; 16], &sealed).is_err());
        assert!(Keyring::generate(&[4; 128]).open_secret(&[1; 16], &sealed).is_err());
        assert!(keyring.open_secret(&[1; 16], &sealed[..20]).is_err());
        assert_eq!(keyring.fingerprint(), Keyring::generate(&[3; 128]).fingerprint());
        assert_ne!(keyring.fingerprint(), Keyring::generate(&[4; 128]).fingerprint());
    }
}
