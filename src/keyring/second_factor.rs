//! Second factors of console accounts, sealed under the key-encryption key, and marks of their recovery codes.

use super::{Keyring, WrongKeyring};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Separates these ciphertexts from campaigns' secrets, which are bound to an id of 16 bytes.
const FACTOR_LABEL: &str = "ikrar/second-factor/v1";
const RECOVERY_LABEL: &str = "ikrar/recovery-code/v1";

impl Keyring {
    /// Seals a TOTP secret: 24-byte nonce, then ciphertext and tag, bound to the login.
    pub fn seal_factor(&self, login: &str, secret: &[u8; 20], nonce: [u8; 24]) -> Vec<u8> {
        let aad = format!("{FACTOR_LABEL}\0{login}");
        let sealed = self
            .factor_cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: secret, aad: aad.as_bytes() })
            .expect("20 bytes are within the cipher's limit");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Self::seal_factor`] sealed for the same login; [`WrongKeyring`] when another keyring or login
    /// sealed it.
    pub fn open_factor(&self, login: &str, sealed: &[u8]) -> Result<Zeroizing<[u8; 20]>, WrongKeyring> {
        let (nonce, sealed) = sealed.split_first_chunk::<24>().ok_or(WrongKeyring)?;
        let aad = format!("{FACTOR_LABEL}\0{login}");
        let payload = Payload { msg: sealed, aad: aad.as_bytes() };
        let opened = self.factor_cipher().decrypt(&XNonce::from(*nonce), payload).map_err(|_| WrongKeyring)?;
        let opened = Zeroizing::new(opened);
        Ok(Zeroizing::new(opened.as_slice().try_into().map_err(|_| WrongKeyring)?))
    }

    /// What is kept of a recovery code: HMAC-SHA256 under the key-encryption key, which is never replaced.
    pub fn recovery_mark(&self, login: &str, code: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.kek.as_slice()).expect("HMAC takes a key of any length");
        for part in [RECOVERY_LABEL, "\0", login, "\0", code] {
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    fn factor_cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.kek.as_slice().try_into().expect("the KEK has 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_factor_opens_only_for_its_login_and_keyring() {
        let keyring = Keyring::generate(&[3; 128]);
        let sealed = keyring.seal_factor("bkd", &[5; 20], [0; 24]);
        assert_eq!(*keyring.open_factor("bkd", &sealed).unwrap(), [5; 20]);
        assert!(keyring.open_factor("kota", &sealed).is_err());
        assert!(Keyring::generate(&[4; 128]).open_factor("bkd", &sealed).is_err());
        assert!(keyring.open_factor("bkd", &sealed[..30]).is_err());
        assert_ne!(keyring.recovery_mark("bkd", "A"), keyring.recovery_mark("kota", "A"));
    }
}
