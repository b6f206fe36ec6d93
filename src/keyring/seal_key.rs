//! Private keys of seals: kept in the database, sealed under the key-encryption key and bound to the key's id.

use super::{Keyring, WrongKeyring};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

const LABEL: &[u8] = b"ikrar/seal-key/v1";

impl Keyring {
    /// Seals a private key: 24-byte nonce, then ciphertext and tag.
    pub fn seal_private_key(&self, kid: &str, pkcs8: &[u8], nonce: [u8; 24]) -> Vec<u8> {
        let payload = Payload { msg: pkcs8, aad: &[LABEL, kid.as_bytes()].concat() };
        let sealed = self.kek_cipher().encrypt(&XNonce::from(nonce), payload);
        [nonce.as_slice(), &sealed.expect("a key is within the cipher's limit")].concat()
    }

    /// Opens what [`Self::seal_private_key`] sealed under the same id.
    pub fn open_private_key(&self, kid: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, WrongKeyring> {
        let (nonce, sealed) = sealed.split_first_chunk::<24>().ok_or(WrongKeyring)?;
        let payload = Payload { msg: sealed, aad: &[LABEL, kid.as_bytes()].concat() };
        self.kek_cipher().decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| WrongKeyring)
    }

    fn kek_cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.kek().try_into().expect("the KEK has 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_opens_only_under_its_id_and_keyring() {
        let keyring = Keyring::generate(&[3; 128]);
        let sealed = keyring.seal_private_key("kid", b"private", [1; 24]);
        assert_eq!(keyring.open_private_key("kid", &sealed).unwrap().as_slice(), b"private");
        assert!(keyring.open_private_key("other", &sealed).is_err());
        assert!(Keyring::generate(&[4; 128]).open_private_key("kid", &sealed).is_err());
        assert!(keyring.open_private_key("kid", &sealed[..20]).is_err());
    }
}
