//! The keyring file: a header line, salt, nonce, and the sealed keys.
//!
//! ```text
//! "ikrar-keyring-2\n" | salt 16 | nonce 24 | XChaCha20-Poly1305 of the JSON below, bound to the header, and tag 16
//! {"kek": KEY, "keys": [{"role": "credential", "status": "active", "made_at": MS, "key": KEY}, …]}
//! ```
//! KEY is 32 bytes in unpadded base64url; `made_at`, and the `at` of a key that has ended, are Unix milliseconds. A key
//! of a role that this program doesn't know is kept as it is. The sealing key is Argon2id of the passphrase (64 MiB, 3
//! passes, 1 lane: RFC 9106's second choice). The first layout, which still opens, held one key per role:
//! ```text
//! "ikrar-keyring-1\n" | salt 16 | nonce 24 | ciphertext 128 and tag 16
//! ciphertext: XChaCha20-Poly1305 of the keys for credentials, logs and sessions, and of the KEK, 32 bytes each
//! ```
//! The file is replaced whole: a crash leaves the old one or the new one.

use super::Keyring;
use super::ring::{Key, KeyStatus, Keys, NoUsableKey};
use crate::atomic_file;
use crate::domain::key::{KEYS_MAX, KeyRole};
use crate::domain::time::UnixMillis;
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use zeroize::{Zeroize, Zeroizing};

const FIRST_HEADER: &[u8] = b"ikrar-keyring-1\n";
const HEADER: &[u8] = b"ikrar-keyring-2\n";
/// Most bytes of a keyring file.
const FILE_BYTES_MAX: u64 = 256 * 1024;
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// Random bytes that sealing needs: salt and nonce.
pub const SEALING_BYTES: usize = 16 + 24;

/// Why a keyring file can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyringFault {
    /// The file system refused.
    #[error("the keyring file can't be read or written: {0}")]
    File(#[from] std::io::Error),
    /// The bytes aren't a keyring file of a version that this program knows.
    #[error("this isn't a keyring file")]
    Format,
    /// The passphrase is wrong, or the file was changed.
    #[error("the keyring doesn't open with this passphrase")]
    Passphrase,
    /// A role would be left without a key.
    #[error(transparent)]
    NoUsableKey(#[from] NoUsableKey),
    /// Another installation's keyring: its key-encryption key differs.
    #[error("this is another installation's keyring")]
    Other,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    kek: String,
    keys: Vec<Value>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    role: String,
    status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<i64>,
    key: String,
}

impl Keyring {
    /// Makes new keys and writes them, readable by the owner only, with fsync. Fails where the file already exists.
    /// `random` gives salt and nonce, then the keys.
    pub fn create(path: &Path, passphrase: &str, random: &[u8; 168], now: UnixMillis) -> Result<Self, KeyringFault> {
        let (sealing, keys) = random.split_at(SEALING_BYTES);
        let keys: &[u8; 128] = keys.try_into().map_err(|_| KeyringFault::Format)?;
        let keyring = Self::made(keys, Some(now));
        let bytes = keyring.sealed(passphrase, sealing.try_into().map_err(|_| KeyringFault::Format)?)?;
        atomic_file::create(path, &bytes, atomic_file::PRIVATE_MODE)?;
        Ok(keyring)
    }

    /// Reads a file and opens it. Deriving its key from the passphrase takes 64 MiB of memory.
    pub fn load(path: &Path, passphrase: &str) -> Result<Self, KeyringFault> {
        let mut bytes = vec![];
        File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            return Err(KeyringFault::Format);
        }
        if let Some(body) = bytes.strip_prefix(FIRST_HEADER) {
            let keys = opened(body, passphrase, &[])?;
            return Ok(Self::generate(keys.as_slice().try_into().map_err(|_| KeyringFault::Format)?));
        }
        let body = bytes.strip_prefix(HEADER).ok_or(KeyringFault::Format)?;
        let json = opened(body, passphrase, HEADER)?;
        let mut sealed: Sealed = serde_json::from_slice(&json).map_err(|_| KeyringFault::Format)?;
        let kek = key(&mut sealed.kek)?;
        if sealed.keys.len() > KEYS_MAX {
            return Err(KeyringFault::Format);
        }
        let (mut keys, mut unknown_keys) = (vec![], vec![]);
        for value in sealed.keys {
            match value.get("role").and_then(Value::as_str).and_then(KeyRole::parse) {
                Some(role) => keys.push(entry(role, value)?),
                None => unknown_keys.push(value),
            }
        }
        Ok(Self::of(Keys::new(keys, vec![])?, kek, unknown_keys))
    }

    /// Replaces the file with what this keyring holds now. Once this returns, the new file is durable; a crash before
    /// that leaves the old file or the new one.
    pub fn save(&self, path: &Path, passphrase: &str, random: &[u8; SEALING_BYTES]) -> Result<(), KeyringFault> {
        Ok(atomic_file::replace(path, &self.sealed(passphrase, random)?, atomic_file::PRIVATE_MODE)?)
    }

    fn sealed(&self, passphrase: &str, random: &[u8; SEALING_BYTES]) -> Result<Vec<u8>, KeyringFault> {
        let (salt, nonce) = random.split_first_chunk::<16>().ok_or(KeyringFault::Format)?;
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| KeyringFault::Format)?;
        let now = self.keys();
        let entries = now.all().iter().map(|key| {
            let at = match key.status {
                KeyStatus::Retired(at) | KeyStatus::Compromised(at) => Some(at.0),
                KeyStatus::Active | KeyStatus::Published => None,
            };
            let (role, status) = (key.role.as_str().into(), key.status.as_str().into());
            let made_at = key.made_at.map(|at| at.0);
            Entry { role, status, made_at, at, key: BASE64URL_NOPAD.encode(key.seed.as_slice()) }
        });
        let entries: Result<Vec<Value>, _> = entries.map(serde_json::to_value).collect();
        let mut keys = entries.map_err(|_| KeyringFault::Format)?;
        keys.extend(self.unknown_keys().iter().cloned());
        let sealed = Sealed { kek: BASE64URL_NOPAD.encode(self.kek()), keys };
        let json = Zeroizing::new(serde_json::to_vec(&sealed).map_err(|_| KeyringFault::Format)?);
        let payload = Payload { msg: json.as_slice(), aad: HEADER };
        let sealed =
            cipher(passphrase, salt)?.encrypt(&XNonce::from(nonce), payload).map_err(|_| KeyringFault::Format)?;
        Ok([HEADER, salt, &nonce, &sealed].concat())
    }
}

fn opened(body: &[u8], passphrase: &str, aad: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyringFault> {
    let (salt, body) = body.split_first_chunk::<16>().ok_or(KeyringFault::Format)?;
    let (nonce, sealed) = body.split_first_chunk::<24>().ok_or(KeyringFault::Format)?;
    cipher(passphrase, salt)?
        .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad })
        .map(Zeroizing::new)
        .map_err(|_| KeyringFault::Passphrase)
}

fn entry(role: KeyRole, value: Value) -> Result<Key, KeyringFault> {
    let mut entry: Entry = serde_json::from_value(value).map_err(|_| KeyringFault::Format)?;
    let at = entry.at.map(UnixMillis).ok_or(KeyringFault::Format);
    let status = match entry.status.as_str() {
        "active" => KeyStatus::Active,
        "published" => KeyStatus::Published,
        "retired" => KeyStatus::Retired(at?),
        "compromised" => KeyStatus::Compromised(at?),
        _ => return Err(KeyringFault::Format),
    };
    Ok(Key::new(role, status, entry.made_at.map(UnixMillis), key(&mut entry.key)?))
}

fn key(text: &mut String) -> Result<Zeroizing<[u8; 32]>, KeyringFault> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map(Zeroizing::new);
    text.zeroize();
    let bytes = bytes.map_err(|_| KeyringFault::Format)?;
    Ok(Zeroizing::new(bytes.as_slice().try_into().map_err(|_| KeyringFault::Format)?))
}

fn cipher(passphrase: &str, salt: &[u8]) -> Result<XChaCha20Poly1305, KeyringFault> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|_| KeyringFault::Format)?;
    let mut key = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| KeyringFault::Passphrase)?;
    Ok(XChaCha20Poly1305::new(key.as_slice().try_into().map_err(|_| KeyringFault::Format)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
    /// Written by a program that knew only the first layout.
    const FIRST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/keyring-1");

    #[test]
    fn a_keyring_opens_with_its_passphrase_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyring");
        let made = Keyring::create(&path, "kata sandi", &[9; 168], NOW).unwrap();
        let loaded = Keyring::load(&path, "kata sandi").unwrap();
        assert_eq!(made.credential().kid, loaded.credential().kid);
        assert_eq!(made.fingerprint(), loaded.fingerprint());
        assert!(matches!(Keyring::load(&path, "lain"), Err(KeyringFault::Passphrase)));
        assert!(matches!(Keyring::create(&path, "kata sandi", &[9; 168], NOW), Err(KeyringFault::File(_))));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a copy was left");
    }

    #[test]
    fn a_keyring_of_the_first_layout_opens_with_the_same_keys_and_is_saved_in_the_second() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyring");
        std::fs::copy(FIRST, &path).unwrap();
        let random: [u8; 128] = std::array::from_fn(|place| u8::try_from(place + 40).unwrap());
        let first = Keyring::load(&path, "kata sandi").unwrap();
        let same = Keyring::generate(&random);
        assert_eq!((first.fingerprint(), &first.credential().kid), (same.fingerprint(), &same.credential().kid));
        assert_eq!(first.session_mac("x", b"y"), same.session_mac("x", b"y"));
        let kid = first.add(KeyRole::Credential, [77; 32], NOW).unwrap();
        first.save(&path, "kata sandi", &[5; SEALING_BYTES]).unwrap();
        assert!(std::fs::read(&path).unwrap().starts_with(HEADER));
        let second = Keyring::load(&path, "kata sandi").unwrap();
        assert_eq!((second.fingerprint(), &second.credential().kid), (same.fingerprint(), &same.credential().kid));
        assert_eq!(second.keys().waiting().map(|key| key.kid.clone()).collect::<Vec<_>>(), [kid]);
        assert_eq!(second.lasting_mac("x", b"y"), same.lasting_mac("x", b"y"));
    }

    #[test]
    fn every_status_and_a_role_of_a_later_program_come_back_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyring");
        let made = Keyring::create(&path, "p", &std::array::from_fn(|at| u8::try_from(at).unwrap()), NOW).unwrap();
        let (first, one) = (made.credential().kid.clone(), made.add(KeyRole::Credential, [1; 32], NOW).unwrap());
        let two = made.add(KeyRole::Credential, [2; 32], NOW).unwrap();
        made.end(&first, KeyStatus::Compromised(UnixMillis(5))).unwrap();
        made.end(&one, KeyStatus::Retired(UnixMillis(6))).unwrap();
        made.keep_unknown_key(serde_json::json!({"role": "seal", "curve": "P-256", "key": "x"}));
        made.save(&path, "p", &[5; SEALING_BYTES]).unwrap();
        let loaded = Keyring::load(&path, "p").unwrap();
        let told = |keyring: &Keyring| format!("{:?}", keyring.keys().all());
        assert_eq!(told(&loaded), told(&made));
        assert_eq!(loaded.credential().kid, two);
        loaded.save(&path, "p", &[6; SEALING_BYTES]).unwrap();
        assert_eq!(Keyring::load(&path, "p").unwrap().unknown_keys()[0]["role"], "seal");
    }

    #[test]
    fn a_changed_or_shortened_file_opens_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyring");
        Keyring::create(&path, "p", &[9; 168], NOW).unwrap();
        let good = std::fs::read(&path).unwrap();
        // Each attempt costs a derivation with 64 MiB, so a few places must do: header, salt, nonce, text, tag.
        for at in [14, 20, 40, 100, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, bad).unwrap();
            assert!(Keyring::load(&path, "p").is_err(), "{at}");
        }
        for length in [0, 15, 16, 50, good.len() - 1] {
            std::fs::write(&path, &good[..length]).unwrap();
            assert!(Keyring::load(&path, "p").is_err(), "{length}");
        }
    }

    #[test]
    fn what_is_cut_short_before_the_rename_leaves_the_old_keyring() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyring");
        let made = Keyring::create(&path, "p", &[9; 168], NOW).unwrap();
        std::fs::write(folder.path().join("keyring.1.new"), b"ikrar-keyring-2\nhal").unwrap();
        assert_eq!(Keyring::load(&path, "p").unwrap().fingerprint(), made.fingerprint());
    }
}
