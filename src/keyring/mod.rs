//! Keys by id and role: made, loaded, used to sign and to seal.
//!
//! The keyring file holds a key-encryption key and one key per role, sealed under a passphrase (Argon2id, then
//! XChaCha20-Poly1305). Each campaign's random secret is sealed under the key-encryption key and never rotated.
//! Deliberately absent: the database, the clock, ambient randomness.

mod campaign_secret;
mod file;
mod second_factor;

pub use campaign_secret::CampaignSecret;
pub use file::KeyringFault;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
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

    pub fn public(&self) -> VerifyingKey {
        self.signing.verifying_key()
    }

    /// Ed25519 (RFC 8032) over the message.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.signing.sign(message).to_bytes()
    }
}

/// All keys of an installation.
pub struct Keyring {
    /// Signs credentials.
    pub credential: RoleKey,
    /// Signs the logs' checkpoints.
    pub log: RoleKey,
    session: Zeroizing<[u8; 32]>,
    kek: Zeroizing<[u8; 32]>,
}

/// A sealed secret that doesn't open: it belongs to another keyring or was changed.
#[derive(Debug, thiserror::Error)]
#[error("the campaign's secret was sealed under another keyring")]
pub struct WrongKeyring;

impl Keyring {
    /// New keys from 128 random bytes.
    pub fn generate(random: &[u8; 128]) -> Self {
        let part = |n: usize| -> Zeroizing<[u8; 32]> {
            let mut seed = Zeroizing::new([0; 32]);
            seed.copy_from_slice(&random[n * 32..(n + 1) * 32]);
            seed
        };
        Self {
            credential: RoleKey::from_seed(&part(0)),
            log: RoleKey::from_seed(&part(1)),
            session: part(2),
            kek: part(3),
        }
    }

    /// HMAC-SHA256 under the session key, for session tokens. `label` keeps uses apart.
    pub fn session_mac(&self, label: &str, message: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.session.as_slice()).expect("HMAC takes a key of any length");
        mac.update(label.as_bytes());
        mac.update(&[0]);
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    /// Tells this keyring from every other without telling anything of it: 16 bytes of an HMAC under the key-encryption
    /// key, which is never replaced, as 22 characters of base64url.
    pub fn mark(&self) -> String {
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
        assert_eq!(keyring.mark(), Keyring::generate(&[3; 128]).mark());
        assert_ne!(keyring.mark(), Keyring::generate(&[4; 128]).mark());
    }
}
