//! Opens an installation: its keys, its database, and what the services are built on.
//!
//! Deliberately absent: messages for people. What they have to know is a variant of [`OpenError`].

use super::{Resources, Services, StartError, database};
use crate::clock::{Clock, Entropy, SystemClock};
use crate::config::{Config, Database};
use crate::domain::time::UnixMillis;
use crate::keyring::Keyring;
use crate::service::backup::MARK as HIGH_WATER_FILE;
use crate::service::data_folder;
use crate::service::keys::{self, KEYRING_FILE};
use crate::store::installation::{KEYRING, PUBLIC_URL};
use crate::store::sqlite;
use anyhow::{Context, anyhow};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why an installation can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The keyring is missing, but something that belongs to it is there.
    #[error("{keyring} is missing, but {found} belongs to an installation already")]
    KeyringMissing {
        /// Where the keyring should be.
        keyring: PathBuf,
        /// The file or database that belongs to an installation.
        found: PathBuf,
        /// Where the keyring's passphrase should be.
        passphrase: PathBuf,
    },
    /// Anything else; the text says what to do.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl From<StartError> for OpenError {
    fn from(error: StartError) -> Self {
        Self::Other(error.into())
    }
}

/// Opens an installation and starts its services. See [`resources`].
///
/// # Errors
/// As [`resources`], and when the services can't start.
pub async fn services(config: Config) -> Result<Services, OpenError> {
    Ok(Services::start(resources(config).await?).await?)
}

/// Opens the data folder, and creates the passphrase, the keyring and the embedded database if they don't exist yet. A
/// PostgreSQL database must exist and be migrated.
///
/// # Errors
/// When the keyring is missing or belongs to another database, or something can't be read or written.
pub async fn resources(config: Config) -> Result<Resources, OpenError> {
    let entropy = Arc::new(Entropy::from_system().context("the system gives no randomness")?);
    let keyring_path = config.data.join(KEYRING_FILE);
    let is_new = !keyring_path.exists();
    if is_new {
        refuse_lost_keyring(&config).await?;
    }
    let store = database::store(&config.database, entropy.clone(), false).await?;
    if is_new {
        let in_use = store.pinned(KEYRING).await.map_err(anyhow::Error::from)?.is_some()
            || !store.campaigns().await.map_err(anyhow::Error::from)?.is_empty();
        if in_use {
            return Err(keyring_missing(&config, Path::new("PostgreSQL")));
        }
    }
    let keyring = open_keyring(&config, &entropy)?;
    keyring.note_seals(keys::published_seals(&store.seal_keys().await.map_err(anyhow::Error::from)?));
    // A command that was given another address doesn't change whose keys these are.
    let public_url = store.pinned(PUBLIC_URL).await.map_err(anyhow::Error::from)?;
    keys::publish(&config.data, public_url.as_ref().unwrap_or(&config.public_url), &keyring)
        .with_context(|| format!("the published keys in {} can't be written", config.data.display()))?;
    // Another keyring would derive ids and codes that match nothing in this database.
    if store.pin(KEYRING, &keyring.fingerprint()).await.map_err(anyhow::Error::from)? != keyring.fingerprint() {
        return Err(OpenError::Other(anyhow!(
            "this database belongs to another keyring than {}: bring keyring and passphrase over from the node that \
               made it",
            keyring_path.display()
        )));
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(Resources { config, clock, entropy, store, keyring: Arc::new(keyring) })
}

/// Opens an existing installation to read it: creates nothing and starts nothing. Waits for locks longer than a page
/// would.
///
/// # Errors
/// When a file is missing or can't be read.
pub async fn existing(config: Config) -> anyhow::Result<Resources> {
    let entropy = Arc::new(Entropy::from_system().context("the system gives no randomness")?);
    let keyring = Arc::new(open_keyring(&config, &entropy)?);
    let store = database::store(&config.database, entropy.clone(), true).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(Resources { config, clock, entropy, store, keyring })
}

/// Checks that everything [`existing`] reads is there.
///
/// # Errors
/// Names the first file that can't be read.
pub fn require_files(config: &Config) -> anyhow::Result<()> {
    let mut needed = vec![config.data.join(KEYRING_FILE), config.passphrase_file.clone()];
    if let Database::File(path) = &config.database {
        needed.push(path.clone());
    }
    for path in needed {
        path.metadata().with_context(|| format!("{} can't be read", path.display()))?;
    }
    Ok(())
}

/// The content of the keyring's passphrase file.
///
/// # Errors
/// When the file can't be read.
pub fn keyring_passphrase(config: &Config) -> std::io::Result<String> {
    std::fs::read_to_string(&config.passphrase_file)
}

/// Refuses a folder or database that was used with a keyring: it must not get a new one.
async fn refuse_lost_keyring(config: &Config) -> Result<(), OpenError> {
    let mark = config.data.join(HIGH_WATER_FILE);
    if mark.exists() {
        return Err(keyring_missing(config, &mark));
    }
    match &config.database {
        Database::File(file) if sqlite::is_in_use(file).await.map_err(anyhow::Error::from)? => {
            Err(keyring_missing(config, file))
        }
        _ => Ok(()),
    }
}

fn keyring_missing(config: &Config, found: &Path) -> OpenError {
    OpenError::KeyringMissing {
        keyring: config.data.join(KEYRING_FILE),
        found: found.into(),
        passphrase: config.passphrase_file.clone(),
    }
}

fn open_keyring(config: &Config, entropy: &Entropy) -> anyhow::Result<Keyring> {
    let path = config.data.join(KEYRING_FILE);
    if !path.exists() && !config.passphrase_file.exists() {
        let passphrase = data_encoding::BASE32_NOPAD.encode(&entropy.bytes::<20>());
        // If another process creates one at the same moment, that one is used.
        data_folder::create_private(&config.passphrase_file, passphrase.as_bytes())
            .with_context(|| format!("{} can't be written", config.passphrase_file.display()))?;
    }
    let passphrase = keyring_passphrase(config)
        .with_context(|| format!("the passphrase file {} can't be read", config.passphrase_file.display()))?;
    let keyring = if path.exists() {
        Keyring::load(&path, passphrase.trim())
    } else {
        Keyring::create(&path, passphrase.trim(), &entropy.bytes(), UnixMillis(SystemClock.now_ms()))
    };
    keyring.with_context(|| format!("the keyring {}", path.display()))
}
