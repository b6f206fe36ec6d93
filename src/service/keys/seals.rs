//! The keys that seal certificates: made when the first event is locked, replaced, ended, and brought by an organizer.
//!
//! They are rows of the database and not keys of the keyring's file: so the nodes of an installation need no copies of
//! each other's files, and the first two nodes that need a seal agree on one. Their private keys are sealed under the
//! keyring's key-encryption key. An edition names its seal, so a key that was replaced is kept.

use crate::certificate::pades::{
    BroughtSeal, IdentityFault, PublicChain, Seal, SealIdentity, make_authority, make_seal,
};
use crate::clock::{Clock, Entropy};
use crate::domain::audit::{AuditEntry, AuditEvent};
use crate::domain::seal_key::{SealKey, SealKeyRole, SealKeyStatus, in_use};
use crate::domain::time::UnixMillis;
use crate::keyring::{Keyring, PublishedSeal, WrongKeyring};
use crate::store::{SharedStore, StoreError};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Makes and finds the keys that seal.
pub struct SealKeys {
    /// The database.
    pub store: SharedStore,
    /// Gives the day from which certificates are valid.
    pub clock: Arc<dyn Clock>,
    /// Gives serial numbers and nonces.
    pub entropy: Arc<Entropy>,
    /// Seals the private keys.
    pub keyring: Arc<Keyring>,
    /// Host and port as in `public_url`, which the certificates name.
    pub host: String,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SealKeyError {
    /// The certificate can't be made.
    #[error(transparent)]
    Identity(#[from] IdentityFault),
    /// The authority's private key was taken away, so it issues nothing.
    #[error("the authority's private key isn't here")]
    NoAuthorityKey,
    /// The private key that was given is another authority's.
    #[error("this isn't the authority's private key")]
    OtherAuthorityKey,
    /// The key that was brought is here already, or was.
    #[error("the key {0} is here already")]
    Known(String),
    /// The published keys can't be written; the key is made.
    #[error("the key is made, and the published keys can't be written: {0}")]
    Published(String),
    /// The authority's private key was sealed under another keyring.
    #[error(transparent)]
    Keyring(#[from] WrongKeyring),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The public parts of the keys whose seals are vouched for.
pub fn published_seals(keys: &[SealKey]) -> Vec<PublishedSeal> {
    let seals = keys.iter().filter(|key| key.role == SealKeyRole::Seal && key.status != SealKeyStatus::Compromised);
    let published = seals.filter_map(|key| {
        let PublicChain { point, certificates } = PublicChain::of_pem(&key.chain)?;
        Some(PublishedSeal { kid: key.kid.clone(), point, chain: certificates })
    });
    published.collect()
}

impl SealKeys {
    /// Id of the key that seals what is made from now on. The first time, an authority and a key are made; `actor` is
    /// who is recorded for it.
    ///
    /// # Errors
    /// See [`SealKeyError`].
    pub async fn in_use(&self, actor: &str) -> Result<String, SealKeyError> {
        if let Some(key) = self.usable(&self.store.seal_keys().await?) {
            return Ok(key);
        }
        match self.add(actor).await {
            Ok(kid) => Ok(kid),
            // Another node was faster.
            Err(SealKeyError::Store(StoreError::Conflict)) => {
                Ok(self.usable(&self.store.seal_keys().await?).ok_or(StoreError::Conflict)?)
            }
            Err(error) => Err(error),
        }
    }

    /// What seals now, with its key's id; made the first time, as by [`Self::in_use`].
    ///
    /// # Errors
    /// See [`SealKeyError`].
    pub async fn seal(&self, actor: &str) -> Result<(String, Seal), SealKeyError> {
        let kid = self.in_use(actor).await?;
        let keys = self.store.seal_keys().await?;
        let key = keys.into_iter().find(|key| key.kid == kid).ok_or(StoreError::Conflict)?;
        let sealed = key.sealed_key.as_ref().ok_or(StoreError::Corrupt("sealed_key"))?;
        let pkcs8 = self.keyring.open_private_key(&kid, sealed)?;
        let seal = Seal::new(&pkcs8, &key.chain).map_err(|_| StoreError::Corrupt("chain"))?;
        Ok((kid, seal))
    }

    /// The newest active seal, if it can seal: an event that is locked with it needs it for ever.
    fn usable(&self, keys: &[SealKey]) -> Option<String> {
        let key = in_use(keys, SealKeyRole::Seal)?;
        let pkcs8 = self.keyring.open_private_key(&key.kid, key.sealed_key.as_ref()?).ok()?;
        let sealed = Seal::new(&pkcs8, &key.chain).ok()?.sign(&[0; 32]);
        (!sealed.is_empty()).then(|| key.kid.clone())
    }

    /// Makes a key that seals what is made from now on, and an authority if there is none. Returns the key's id.
    ///
    /// # Errors
    /// See [`SealKeyError`]. `Conflict` when another one is made at the same time.
    pub async fn add(&self, actor: &str) -> Result<String, SealKeyError> {
        self.add_issued_by(actor, None).await
    }

    /// As [`Self::add`]; `authority_key` is the authority's private key (PKCS#8, DER), where it isn't kept here.
    ///
    /// # Errors
    /// See [`SealKeyError`].
    pub async fn add_issued_by(&self, actor: &str, authority_key: Option<&[u8]>) -> Result<String, SealKeyError> {
        let keys = self.store.seal_keys().await?;
        let number = |role| keys.iter().filter(|key| key.role == role).map(|key| key.number).max().unwrap_or(0) + 1;
        let now = UnixMillis(self.clock.now_ms());
        let mut added = Vec::new();
        let authority = match in_use(&keys, SealKeyRole::Authority) {
            Some(known) => {
                let pkcs8 = match (authority_key, &known.sealed_key) {
                    (Some(given), _) => Zeroizing::new(given.to_vec()),
                    (None, Some(sealed)) => self.keyring.open_private_key(&known.kid, sealed)?,
                    (None, None) => return Err(SealKeyError::NoAuthorityKey),
                };
                Seal::new(&pkcs8, &known.chain).map_err(|_| SealKeyError::OtherAuthorityKey)?;
                (pkcs8, known.chain.clone())
            }
            None => {
                let made = make_authority(&self.host, now.0, self.entropy.bytes())?;
                let key = self.row(SealKeyRole::Authority, number(SealKeyRole::Authority), &made, "", now);
                let chain = key.chain.clone();
                added.push(key);
                (made.pkcs8, chain)
            }
        };
        let made = make_seal(&authority.0, &self.host, now.0, self.entropy.bytes())?;
        added.push(self.row(SealKeyRole::Seal, number(SealKeyRole::Seal), &made, &authority.1, now));
        self.keep(actor, added, now).await
    }

    /// Takes a key that the organizer brings, with its chain: it seals what is made from now on. Returns the key's id.
    ///
    /// # Errors
    /// `Known` for a key that is or was here before, else as [`Self::add`].
    pub async fn bring(&self, actor: &str, brought: &BroughtSeal) -> Result<String, SealKeyError> {
        let keys = self.store.seal_keys().await?;
        let now = UnixMillis(self.clock.now_ms());
        let kid = kid_of(&brought.certificate);
        if keys.iter().any(|key| key.kid == kid) {
            return Err(SealKeyError::Known(kid));
        }
        let number = keys.iter().filter(|key| key.role == SealKeyRole::Seal).map(|key| key.number).max();
        let key = SealKey {
            role: SealKeyRole::Seal,
            number: number.unwrap_or(0) + 1,
            sealed_key: Some(self.keyring.seal_private_key(&kid, &brought.pkcs8, self.entropy.bytes())),
            kid,
            chain: brought.chain.clone(),
            status: SealKeyStatus::Active,
            created_at: now,
            ended_at: None,
        };
        self.keep(actor, vec![key], now).await
    }

    /// Keeps keys, of which the last one is the seal.
    async fn keep(&self, actor: &str, added: Vec<SealKey>, now: UnixMillis) -> Result<String, SealKeyError> {
        let kid = added.last().map(|key| key.kid.clone()).unwrap_or_default();
        let event = AuditEvent::KeyRotated { purpose: SealKeyRole::Seal.as_str().into(), key: kid.clone() };
        let line = AuditEntry::new(None, now, self.entropy.bytes(), actor, event);
        self.store.add_seal_keys(&added, &line).await?;
        self.keyring.note_seals(published_seals(&self.store.seal_keys().await?));
        Ok(kid)
    }

    /// The id and the private key (PKCS#8, DER) of the authority in use.
    ///
    /// # Errors
    /// `NoAuthorityKey` where there is no authority, or its key isn't here.
    pub async fn authority_key(&self) -> Result<(String, Zeroizing<Vec<u8>>), SealKeyError> {
        let keys = self.store.seal_keys().await?;
        let known = in_use(&keys, SealKeyRole::Authority).ok_or(SealKeyError::NoAuthorityKey)?;
        let sealed = known.sealed_key.as_ref().ok_or(SealKeyError::NoAuthorityKey)?;
        Ok((known.kid.clone(), self.keyring.open_private_key(&known.kid, sealed)?))
    }

    fn row(&self, role: SealKeyRole, number: u32, made: &SealIdentity, issuers: &str, at: UnixMillis) -> SealKey {
        let kid = kid_of(&made.certificate);
        let sealed_key = Some(self.keyring.seal_private_key(&kid, &made.pkcs8, self.entropy.bytes()));
        let chain = format!("{}{issuers}", made.certificate_pem);
        let (status, created_at, ended_at) = (SealKeyStatus::Active, at, None);
        SealKey { role, number, kid, sealed_key, chain, status, created_at, ended_at }
    }
}

/// A key's id, from its certificate in DER.
fn kid_of(certificate: &[u8]) -> String {
    BASE64URL_NOPAD.encode(&Sha256::digest(certificate)[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_seals_that_are_vouched_for_are_published() {
        let authority = make_authority("ikrar.example", 0, [1; 16]).unwrap();
        let made = make_seal(&authority.pkcs8, "ikrar.example", 0, [2; 16]).unwrap();
        let chain = format!("{}{}", made.certificate_pem, authority.certificate_pem);
        assert!(Seal::new(&made.pkcs8, &chain).is_ok());
        let key = |role, number, status| SealKey {
            role,
            number,
            kid: format!("{number}"),
            sealed_key: None,
            chain: chain.clone(),
            status,
            created_at: UnixMillis(0),
            ended_at: None,
        };
        let keys = [
            key(SealKeyRole::Authority, 1, SealKeyStatus::Active),
            key(SealKeyRole::Seal, 1, SealKeyStatus::Retired),
            key(SealKeyRole::Seal, 2, SealKeyStatus::Compromised),
            key(SealKeyRole::Seal, 3, SealKeyStatus::Active),
        ];
        let published = published_seals(&keys);
        assert_eq!(published.iter().map(|seal| seal.kid.as_str()).collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(published[0].chain.len(), 2);
        assert_eq!(in_use(&keys, SealKeyRole::Seal).map(|key| key.number), Some(3));
    }
}
