//! Opens a platform: its folder, its keys, its database.

use super::verify::JWKS_FILE;
use crate::clock::{Clock, Entropy, SystemClock};
use crate::config::{Config, Database, DatabaseUrl, Settings};
use crate::credential::jwks::Jwks;
use crate::keyring::Keyring;
use crate::store::SharedStore;
use crate::store::installation::KEYRING;
use crate::store::postgres::{Postgres, Server, migrate};
use crate::store::sqlite::Sqlite;
use crate::web::AppState;
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Opens the data folder, making folder, passphrase, keyring and database where they aren't there yet. PostgreSQL must be
/// there and migrated.
pub async fn platform(settings: Settings) -> anyhow::Result<AppState> {
    let config = settings.resolve(Path::new("."))?;
    let entropy = Arc::new(Entropy::from_system().context("the system gives no randomness")?);
    make_private_folder(&config.data)
        .with_context(|| format!("the data folder {} can't be made", config.data.display()))?;
    let keyring = open_keyring(&config, &entropy)?;
    publish_keys(&config, &keyring)?;
    let store = store(&config.database, entropy.clone(), false).await?;
    // Another keyring would make ids and codes that fit nothing that is there.
    if store.fix(KEYRING, &keyring.mark()).await? != keyring.mark() {
        bail!(
            "this database belongs to another keyring than {}: bring keyring and passphrase over from the node that \
               made it",
            config.data.join("keyring").display()
        );
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(AppState::start(config, clock, entropy, store, Arc::new(keyring)).await?)
}

/// What is there already, to be looked at: nothing is made, and nothing is served.
pub async fn existing(settings: Settings) -> anyhow::Result<(Config, Arc<Keyring>, SharedStore)> {
    let config = settings.resolve(Path::new("."))?;
    let mut needed = vec![config.data.join("keyring"), config.passphrase_file.clone()];
    if let Database::File(path) = &config.database {
        needed.push(path.clone());
    }
    for path in needed {
        path.metadata().with_context(|| format!("{} can't be read", path.display()))?;
    }
    let entropy = Arc::new(Entropy::from_system().context("the system gives no randomness")?);
    let keyring = open_keyring(&config, &entropy)?;
    let store = store(&config.database, entropy, true).await?;
    Ok((config, Arc::new(keyring), store))
}

/// `patient` where nobody waits for a page.
async fn store(database: &Database, entropy: Arc<Entropy>, patient: bool) -> anyhow::Result<SharedStore> {
    Ok(match database {
        Database::File(path) => {
            Arc::new(Sqlite::open(path).await.with_context(|| format!("the database {}", path.display()))?)
        }
        Database::Server { url, pooled, .. } => {
            let server = Server::parse(url, *pooled)?;
            let server = if patient { server.patient() } else { server };
            let opened = Postgres::open(&server, entropy).await.with_context(|| format!("the database {server}"))?;
            opened.require_migrations().await.with_context(|| format!("the database {server}"))?;
            Arc::new(opened)
        }
    })
}

/// Brings the database's schema to what this program knows. The embedded one also does it by itself when it is opened.
pub async fn migrated(settings: &Settings) -> anyhow::Result<()> {
    match settings.clone().resolve(Path::new("."))?.database {
        Database::File(path) => {
            Sqlite::open(&path).await.with_context(|| format!("the database {}", path.display()))?.close().await;
        }
        Database::Server { migrate_url, .. } => {
            let server = Server::parse(&migrate_url, false)?;
            migrate(&server).await.with_context(|| format!("the database {server}"))?;
        }
    }
    Ok(())
}

/// A server that is reached directly, to read or write all of it at once.
pub async fn direct(url: &DatabaseUrl) -> anyhow::Result<(Server, Postgres)> {
    let server = Server::parse(url, false)?.patient();
    let entropy = Arc::new(Entropy::from_system().context("the system gives no randomness")?);
    let opened = Postgres::open(&server, entropy).await.with_context(|| format!("the database {server}"))?;
    Ok((server, opened))
}

/// Shows how many rows are done; hides itself where nobody looks at a terminal.
pub fn rows_bar(rows: u64) -> ProgressBar {
    ProgressBar::new(rows).with_style(
        ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {per_sec} {eta}").expect("a fixed template"),
    )
}

fn open_keyring(config: &Config, entropy: &Entropy) -> anyhow::Result<Keyring> {
    let path = config.data.join("keyring");
    if !path.exists() && !config.passphrase_file.exists() {
        let passphrase = data_encoding::BASE32_NOPAD.encode(&entropy.bytes::<20>());
        write_private(&config.passphrase_file, passphrase.as_bytes())
            .with_context(|| format!("{} can't be written", config.passphrase_file.display()))?;
    }
    let passphrase = std::fs::read_to_string(&config.passphrase_file)
        .with_context(|| format!("the passphrase file {} can't be read", config.passphrase_file.display()))?;
    let keyring = if path.exists() {
        Keyring::load(&path, passphrase.trim())
    } else {
        Keyring::create(&path, passphrase.trim(), &entropy.bytes())
    };
    keyring.with_context(|| format!("the keyring {}", path.display()))
}

/// Keeps the public keys beside the database, for `ikrar verify`.
fn publish_keys(config: &Config, keyring: &Keyring) -> anyhow::Result<()> {
    let key = &keyring.credential;
    let set = Jwks::publish(&config.public_url, [(key.kid.as_str(), key.public())]);
    let path = config.data.join(JWKS_FILE);
    std::fs::write(&path, set.to_json()).with_context(|| format!("{} can't be written", path.display()))
}

/// A folder that only its owner can enter.
pub fn make_private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a file that only its owner can read, over an older one.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
