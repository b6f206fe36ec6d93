//! The keyring file: a header line, salt, nonce, and the sealed keys.
//!
//! ```text
//! "ikrar-keyring-1\n" | salt 16 | nonce 24 | XChaCha20-Poly1305 of 128 bytes (credential, log, session, KEK) and tag 16
//! ```
//! The sealing key is Argon2id of the passphrase (64 MiB, 3 passes, 1 lane: RFC 9106's second choice).

use super::Keyring;
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use std::io::Write;
use std::path::Path;
use zeroize::Zeroizing;

const HEADER: &[u8] = b"ikrar-keyring-1\n";
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

#[derive(Debug, thiserror::Error)]
pub enum KeyringFault {
    #[error("the keyring file can't be read or written: {0}")]
    File(#[from] std::io::Error),
    #[error("this isn't a keyring file")]
    Format,
    #[error("the keyring doesn't open with this passphrase")]
    Passphrase,
}

impl Keyring {
    /// Makes new keys and writes them, readable by the owner only, with fsync. Fails where the file already exists.
    /// `random` gives salt and nonce, then the keys.
    pub fn create(path: &Path, passphrase: &str, random: &[u8; 168]) -> Result<Self, KeyringFault> {
        let (salt, rest) = random.split_at(16);
        let (nonce, keys) = rest.split_at(24);
        let keys: &[u8; 128] = keys.try_into().map_err(|_| KeyringFault::Format)?;
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| KeyringFault::Format)?;
        let sealed = cipher(passphrase, salt)?
            .encrypt(&XNonce::from(nonce), keys.as_slice())
            .map_err(|_| KeyringFault::Format)?;
        write_private(path, &[HEADER, salt, &nonce, &sealed].concat())?;
        Ok(Self::generate(keys))
    }

    pub fn load(path: &Path, passphrase: &str) -> Result<Self, KeyringFault> {
        let bytes = std::fs::read(path)?;
        let body = bytes.strip_prefix(HEADER).ok_or(KeyringFault::Format)?;
        let (salt, body) = body.split_first_chunk::<16>().ok_or(KeyringFault::Format)?;
        let (nonce, sealed) = body.split_first_chunk::<24>().ok_or(KeyringFault::Format)?;
        let keys = cipher(passphrase, salt)?
            .decrypt(&XNonce::from(*nonce), sealed)
            .map(Zeroizing::new)
            .map_err(|_| KeyringFault::Passphrase)?;
        Ok(Self::generate(keys.as_slice().try_into().map_err(|_| KeyringFault::Format)?))
    }
}

fn cipher(passphrase: &str, salt: &[u8]) -> Result<XChaCha20Poly1305, KeyringFault> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|_| KeyringFault::Format)?;
    let mut key = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| KeyringFault::Passphrase)?;
    Ok(XChaCha20Poly1305::new(key.as_slice().try_into().map_err(|_| KeyringFault::Format)?))
}

/// Writes a new file that only its owner can read (0600), durable when this returns.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyring_opens_with_its_passphrase_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyring");
        let made = Keyring::create(&path, "kata sandi", &[9; 168]).unwrap();
        let loaded = Keyring::load(&path, "kata sandi").unwrap();
        assert_eq!(made.credential.kid, loaded.credential.kid);
        assert!(matches!(Keyring::load(&path, "lain"), Err(KeyringFault::Passphrase)));
        assert!(matches!(Keyring::create(&path, "kata sandi", &[9; 168]), Err(KeyringFault::File(_))));
    }
}
