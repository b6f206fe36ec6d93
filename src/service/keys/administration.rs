//! Administration of the installation's keys: adds, retires and marks them as compromised in the keyring's file.
//!
//! Each change is a line of the audit trail, written first, so that no key changes unrecorded. Serving nodes notice the
//! changed file by themselves.

use super::seals::{SealKeyError, SealKeys, published_seals};
use super::{JWKS_FILE, KEYRING_FILE, publish};
use crate::certificate::pades::BroughtSeal;
use crate::clock::{Clock, Entropy};
use crate::config::Config;
use crate::credential::jwks::Jwks;
use crate::domain::audit::{ACTOR_COMMAND_LINE, AuditEntry, AuditEvent};
use crate::domain::key::KeyRole;
use crate::domain::seal_key::{SealKey, SealKeyRole, SealKeyStatus, in_use};
use crate::domain::time::UnixMillis;
use crate::keyring::{Key, KeyStatus, Keyring, KeyringFault, SEALING_BYTES};
use crate::store::{SharedStore, StoreError};
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Locked while the keyring changes, so that two commands at once don't undo each other.
const LOCK_FILE: &str = "keys.lock";

/// Changes an installation's keys.
pub struct KeyAdministration {
    store: SharedStore,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
    keyring: Arc<Keyring>,
    seal_keys: SealKeys,
    folder: PathBuf,
    passphrase_file: PathBuf,
    public_url: String,
}

/// A key as it may be shown: no secret part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The key id.
    pub kid: String,
    /// What it is for.
    pub role: KeyRole,
    /// `active`, `published`, `retired` or `compromised`.
    pub status: &'static str,
    /// Whether it is the one that its role uses now.
    pub in_use: bool,
    /// When it was made; `None` for keys older than this record.
    pub made_at: Option<UnixMillis>,
    /// When it was retired, or since when somebody else may have it.
    pub ended_at: Option<UnixMillis>,
}

/// A key that seals, or an authority, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealKeyInfo {
    /// The key's id.
    pub kid: String,
    /// What it is for.
    pub role: SealKeyRole,
    /// Whether it is used.
    pub status: SealKeyStatus,
    /// Whether it is the one that is used for what is made now.
    pub in_use: bool,
    /// When it was made.
    pub made_at: UnixMillis,
    /// When it was retired, or since when somebody else may have it.
    pub ended_at: Option<UnixMillis>,
}

/// Why a key wasn't changed. Nothing is changed then.
#[derive(Debug, thiserror::Error)]
pub enum KeyChangeError {
    /// No key has this id.
    #[error("there is no key {0}")]
    Unknown(String),
    /// A key in use can't be retired.
    #[error("the key {kid} is in use")]
    InUse {
        /// The key.
        kid: String,
        /// Its role.
        role: KeyRole,
    },
    /// A compromised key can't change any more.
    #[error("the key {0} is compromised already")]
    CompromisedAlready(String),
    /// The time lies in the future.
    #[error("the time lies in the future")]
    SinceLater,
    /// Another command changes the keys.
    #[error("another command changes the keys")]
    Busy,
    /// The keyring refuses.
    #[error(transparent)]
    Keyring(#[from] KeyringFault),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file can't be read or written.
    #[error("{0}: {1}")]
    Io(PathBuf, #[source] io::Error),
}

impl KeyAdministration {
    /// For the installation with these settings. Asks the database which keys are in use.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(
        config: &Config,
        store: SharedStore,
        clock: Arc<dyn Clock>,
        entropy: Arc<Entropy>,
        keyring: Arc<Keyring>,
    ) -> Result<Self, StoreError> {
        keyring.note_in_use(store.keys_in_use().await?);
        keyring.note_seals(published_seals(&store.seal_keys().await?));
        let seal_keys = SealKeys {
            store: store.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            keyring: keyring.clone(),
            host: config.host().into(),
        };
        Ok(Self {
            store,
            clock,
            entropy,
            keyring,
            seal_keys,
            folder: config.data.clone(),
            passphrase_file: config.passphrase_file.clone(),
            public_url: config.public_url.clone(),
        })
    }

    /// All keys.
    pub fn list(&self) -> Vec<KeyInfo> {
        let keys = self.keyring.keys();
        keys.all().iter().map(|key| KeyInfo::new(key, keys.used(key.role))).collect()
    }

    /// The keys that seal files and the authorities above them, by role and number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seals(&self) -> Result<Vec<SealKeyInfo>, StoreError> {
        let keys = self.store.seal_keys().await?;
        let info = |key: &SealKey| SealKeyInfo {
            kid: key.kid.clone(),
            role: key.role,
            status: key.status,
            in_use: in_use(&keys, key.role).is_some_and(|used| used.kid == key.kid),
            made_at: key.created_at,
            ended_at: key.ended_at,
        };
        Ok(keys.iter().map(info).collect())
    }

    /// Makes a key that seals the certificates of campaigns that are locked from now on. `authority_key` is the
    /// authority's private key (PKCS#8, DER), where it isn't kept here. Returns the new key's id.
    ///
    /// # Errors
    /// See [`SealKeyError`].
    pub async fn rotate_seal(&self, authority_key: Option<&[u8]>) -> Result<String, SealKeyError> {
        let kid = self.seal_keys.add_issued_by(ACTOR_COMMAND_LINE, authority_key).await?;
        self.publish().map_err(|error| SealKeyError::Published(error.to_string()))?;
        Ok(kid)
    }

    /// Takes a key that the organizer brings: it seals what is made from now on. Returns its id.
    ///
    /// # Errors
    /// See [`SealKeyError`].
    pub async fn bring_seal(&self, brought: &BroughtSeal) -> Result<String, SealKeyError> {
        let kid = self.seal_keys.bring(ACTOR_COMMAND_LINE, brought).await?;
        self.publish().map_err(|error| SealKeyError::Published(error.to_string()))?;
        Ok(kid)
    }

    /// Hands the authority's private key (PKCS#8, DER) to `keep`, which stores it elsewhere, and then takes it out of
    /// the database if `forget` says so. Recorded first, so that no key leaves unrecorded. Returns the key's id.
    ///
    /// # Errors
    /// See [`SealKeyError`], or what `keep` returns; nothing is taken out then.
    pub async fn export_authority<E: From<SealKeyError>>(
        &self,
        keep: impl FnOnce(&[u8]) -> Result<(), E>,
        forget: bool,
    ) -> Result<String, E> {
        let (kid, pkcs8) = self.seal_keys.authority_key().await?;
        let purpose = || SealKeyRole::Authority.as_str().to_string();
        let line = |event| AuditEntry::new(None, self.now(), self.entropy.bytes(), ACTOR_COMMAND_LINE, event);
        let exported = line(AuditEvent::KeyExported { purpose: purpose(), key: kid.clone() });
        self.store.record(&exported).await.map_err(SealKeyError::Store)?;
        keep(&pkcs8)?;
        if forget {
            let forgotten = line(AuditEvent::KeyForgotten { purpose: purpose(), key: kid.clone() });
            self.store.forget_authority_key(&kid, &forgotten).await.map_err(SealKeyError::Store)?;
        }
        Ok(kid)
    }

    /// Says that somebody else may have a key that seals since `since`, or since now: nothing that it sealed is vouched
    /// for any more. Campaigns that are locked later get another. `false` when no seal has this id.
    ///
    /// # Errors
    /// See [`KeyChangeError`].
    pub async fn compromised_seal(&self, kid: &str, since: Option<UnixMillis>) -> Result<bool, KeyChangeError> {
        let at = since.unwrap_or_else(|| self.now());
        if at > self.now() {
            return Err(KeyChangeError::SinceLater);
        }
        let keys = self.store.seal_keys().await?;
        let Some(key) = keys.iter().find(|key| key.kid == kid && key.role == SealKeyRole::Seal) else {
            return Ok(false);
        };
        if key.status == SealKeyStatus::Compromised {
            return Err(KeyChangeError::CompromisedAlready(kid.into()));
        }
        let (purpose, since) = (SealKeyRole::Seal.as_str().into(), at.rfc3339());
        let event = AuditEvent::KeyCompromised { purpose, key: kid.into(), since, successor: None };
        let line = AuditEntry::new(None, self.now(), self.entropy.bytes(), ACTOR_COMMAND_LINE, event);
        self.store.end_seal_key(kid, SealKeyStatus::Compromised, at, &line).await?;
        self.keyring.note_seals(published_seals(&self.store.seal_keys().await?));
        self.publish()?;
        Ok(true)
    }

    /// The published keys.
    pub fn published(&self) -> Jwks {
        Jwks::of_keyring(&self.public_url, &self.keyring)
    }

    /// Adds a key, which is published at once and used as soon as every node knows it. Returns its id.
    ///
    /// # Errors
    /// See [`KeyChangeError`].
    pub async fn rotate(&self, role: KeyRole) -> Result<String, KeyChangeError> {
        let _lock = self.lock()?;
        let kid = self.add(role)?;
        self.save(AuditEvent::KeyRotated { purpose: role.as_str().into(), key: kid.clone() }).await?;
        Ok(kid)
    }

    /// Ends a key that isn't in use. What it signed stays valid.
    ///
    /// # Errors
    /// See [`KeyChangeError`].
    pub async fn retire(&self, kid: &str) -> Result<(), KeyChangeError> {
        let _lock = self.lock()?;
        let key = self.key(kid)?;
        if self.keyring.keys().used(key.role).is_some_and(|used| used.kid == kid) {
            return Err(KeyChangeError::InUse { kid: kid.into(), role: key.role });
        }
        if matches!(key.status, KeyStatus::Compromised(_)) {
            return Err(KeyChangeError::CompromisedAlready(kid.into()));
        }
        self.keyring.end(kid, KeyStatus::Retired(self.now()))?;
        self.save(AuditEvent::KeyRetired { purpose: key.role.as_str().into(), key: kid.into() }).await
    }

    /// Marks a key as known to somebody else since `since`, or since now. A key in use gets a successor at once.
    /// Returns its role.
    ///
    /// # Errors
    /// See [`KeyChangeError`].
    pub async fn compromised(&self, kid: &str, since: Option<UnixMillis>) -> Result<KeyRole, KeyChangeError> {
        let at = since.unwrap_or_else(|| self.now());
        if at > self.now() {
            return Err(KeyChangeError::SinceLater);
        }
        let _lock = self.lock()?;
        let key = self.key(kid)?;
        if matches!(key.status, KeyStatus::Compromised(_)) {
            return Err(KeyChangeError::CompromisedAlready(kid.into()));
        }
        // Its role must not be left without a key.
        let mut successor = None;
        if self.keyring.end(kid, KeyStatus::Compromised(at)).is_err() {
            successor = Some(self.add(key.role)?);
            self.keyring.end(kid, KeyStatus::Compromised(at))?;
        }
        let (purpose, key_id) = (key.role.as_str().into(), kid.into());
        self.save(AuditEvent::KeyCompromised { purpose, key: key_id, since: at.rfc3339(), successor }).await?;
        Ok(key.role)
    }

    fn key(&self, kid: &str) -> Result<Key, KeyChangeError> {
        let keys = self.keyring.keys();
        let found = keys.all().iter().find(|key| key.kid == kid);
        found.cloned().ok_or_else(|| KeyChangeError::Unknown(kid.into()))
    }

    fn add(&self, role: KeyRole) -> Result<String, KeyChangeError> {
        Ok(self.keyring.add(role, self.entropy.bytes(), self.now())?)
    }

    /// The trail first, then the file.
    async fn save(&self, event: AuditEvent) -> Result<(), KeyChangeError> {
        let line = AuditEntry::new(None, self.now(), self.entropy.bytes(), ACTOR_COMMAND_LINE, event);
        self.store.record(&line).await?;
        let random: [u8; SEALING_BYTES] = self.entropy.bytes();
        self.keyring.save(&self.folder.join(KEYRING_FILE), self.passphrase()?.trim(), &random)?;
        self.publish()
    }

    fn publish(&self) -> Result<(), KeyChangeError> {
        publish(&self.folder, &self.public_url, &self.keyring)
            .map_err(|error| KeyChangeError::Io(self.folder.join(JWKS_FILE), error))
    }

    /// Reads the keyring's file again under the lock: another command may have changed it meanwhile.
    fn lock(&self) -> Result<File, KeyChangeError> {
        let path = self.folder.join(LOCK_FILE);
        let failed = |error| KeyChangeError::Io(path.clone(), error);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(KeyChangeError::Busy),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let read = Keyring::load(&self.folder.join(KEYRING_FILE), self.passphrase()?.trim())?;
        self.keyring.take_over(&read)?;
        Ok(file)
    }

    fn passphrase(&self) -> Result<String, KeyChangeError> {
        std::fs::read_to_string(&self.passphrase_file)
            .map_err(|error| KeyChangeError::Io(self.passphrase_file.clone(), error))
    }

    fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.now_ms())
    }
}

impl KeyInfo {
    fn new(key: &Key, used: Option<&Key>) -> Self {
        let ended_at = match key.status {
            KeyStatus::Retired(at) | KeyStatus::Compromised(at) => Some(at),
            KeyStatus::Active | KeyStatus::Published => None,
        };
        Self {
            kid: key.kid.clone(),
            role: key.role,
            status: key.status.as_str(),
            in_use: used.is_some_and(|used| used.kid == key.kid),
            made_at: key.made_at,
            ended_at,
        }
    }
}
