//! Opens a platform: its folder, its keys, its database.

use super::terminal_words;
use crate::clock::{Clock, Entropy, SystemClock};
use crate::config::{Config, Database, DatabaseUrl, Settings};
use crate::domain::time::UnixMillis;
use crate::keyring::Keyring;
use crate::output::errln;
use crate::service::backup::MARK as HIGH_WATER_FILE;
use crate::service::data_folder::{self, Serving, ServingFault, Wrong};
pub use crate::service::data_folder::{make_private as make_private_folder, write_private};
use crate::service::key_rotation::{self, KEYRING_FILE};
use crate::store::SharedStore;
use crate::store::installation::KEYRING;
use crate::store::postgres::{Postgres, Server, migrate};
use crate::store::sqlite::{self, Sqlite};
use crate::web::AppState;
use anyhow::{Context, anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Opens the data folder, making folder, passphrase, keyring and database where they aren't there yet. PostgreSQL must be
/// there and migrated.
pub async fn platform(settings: Settings) -> anyhow::Result<AppState> {
    opened(prepared(settings)?).await
}

/// As [`platform`], for whoever serves it: nobody else may serve the folder as long as what comes with it lives.
pub async fn to_serve(settings: Settings) -> anyhow::Result<(AppState, Serving)> {
    let config = prepared(settings)?;
    let serving = Serving::take(&config).map_err(|fault| match fault {
        ServingFault::Taken { lock, process } => {
            let (folder, lock) = (config.data.display().to_string(), lock.display().to_string());
            let told = [("folder", folder.as_str()), ("lock", &lock), ("process", &process)];
            anyhow!(terminal_words().with("folder-served", &told))
        }
        fault => fault.into(),
    })?;
    Ok((opened(config).await?, serving))
}

/// A data folder that nobody else can reach.
fn prepared(settings: Settings) -> anyhow::Result<Config> {
    let config = settings.resolve(Path::new("."))?;
    data_folder::make_private(&config.data)
        .with_context(|| format!("the data folder {} can't be made", config.data.display()))?;
    require_private(&config)?;
    Ok(config)
}

async fn opened(config: Config) -> anyhow::Result<AppState> {
    let entropy = Arc::new(Entropy::from_system().context("the system gives no randomness")?);
    let path = config.data.join(KEYRING_FILE);
    let mark = config.data.join(HIGH_WATER_FILE);
    if !path.exists() {
        // Whoever has these has used another keyring with them, which alone fits.
        match &config.database {
            _ if mark.exists() => bail!(keyring_missing(&config, &mark)),
            Database::File(database) if sqlite::is_in_use(database).await? => {
                bail!(keyring_missing(&config, database))
            }
            _ => {}
        }
    }
    let store = store(&config.database, entropy.clone(), false).await?;
    if !path.exists() && (store.fixed(KEYRING).await?.is_some() || !store.campaigns().await?.is_empty()) {
        bail!(keyring_missing(&config, Path::new("PostgreSQL")));
    }
    let keyring = open_keyring(&config, &entropy)?;
    key_rotation::publish(&config.data, &config.public_url, &keyring)
        .with_context(|| format!("the published keys in {} can't be written", config.data.display()))?;
    // Another keyring would make ids and codes that fit nothing that is there.
    if store.fix(KEYRING, &keyring.mark()).await? != keyring.mark() {
        bail!(
            "this database belongs to another keyring than {}: bring keyring and passphrase over from the node that \
               made it",
            path.display()
        );
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(AppState::start(config, clock, entropy, store, Arc::new(keyring)).await?)
}

fn keyring_missing(config: &Config, found: &Path) -> String {
    let keyring = config.data.join(KEYRING_FILE).display().to_string();
    let (found, passphrase) = (found.display().to_string(), config.passphrase_file.display().to_string());
    let told = [("keyring", keyring.as_str()), ("found", &found), ("passphrase", &passphrase)];
    terminal_words().with("folder-keyring-missing", &told)
}

/// Refuses an installation that others on this machine can reach, and says which command ends it.
pub fn require_private(config: &Config) -> anyhow::Result<()> {
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    let exposed = data_folder::exposed(config, credentials.as_deref())?;
    if exposed.is_empty() {
        return Ok(());
    }
    let w = terminal_words();
    let mut told = vec![w.t("folder-exposed")];
    for one in &exposed {
        let path = one.path.display().to_string();
        let line = match one.wrong {
            Wrong::Mode(mode) => w.with("folder-exposed-mode", &[("path", &path), ("mode", &format!("{mode:04o}"))]),
            Wrong::Owner(owner) => w.with("folder-exposed-owner", &[("path", &path), ("owner", &owner.to_string())]),
        };
        told.push(format!("  {line}"));
    }
    if config.permissive {
        errln!("{}", told.join("\n"));
        return Ok(());
    }
    told.extend([w.t("folder-mend"), format!("  {}", data_folder::mending(&exposed)), w.t("folder-permissive")]);
    bail!(told.join("\n"))
}

/// What is there already, to be looked at: nothing is made, and nothing is served.
pub async fn existing(settings: Settings) -> anyhow::Result<(Config, Arc<Keyring>, SharedStore)> {
    let config = settings.resolve(Path::new("."))?;
    let mut needed = vec![config.data.join(KEYRING_FILE), config.passphrase_file.clone()];
    if let Database::File(path) = &config.database {
        needed.push(path.clone());
    }
    for path in needed {
        path.metadata().with_context(|| format!("{} can't be read", path.display()))?;
    }
    require_private(&config)?;
    let entropy = Arc::new(Entropy::from_system().context("the system gives no randomness")?);
    let keyring = open_keyring(&config, &entropy)?;
    let store = store(&config.database, entropy, true).await?;
    Ok((config, Arc::new(keyring), store))
}

/// What the embedded database finds damaged in its own file; a server looks after its own pages.
pub async fn damage(settings: &Settings) -> anyhow::Result<Option<String>> {
    match settings.clone().resolve(Path::new("."))?.database {
        Database::File(path) if path.exists() => Ok(sqlite::damage(&path).await?),
        _ => Ok(None),
    }
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

/// What stands in the keyring's passphrase file.
pub fn keyring_passphrase(config: &Config) -> std::io::Result<String> {
    std::fs::read_to_string(&config.passphrase_file)
}

fn open_keyring(config: &Config, entropy: &Entropy) -> anyhow::Result<Keyring> {
    let path = config.data.join(KEYRING_FILE);
    if !path.exists() && !config.passphrase_file.exists() {
        let passphrase = data_encoding::BASE32_NOPAD.encode(&entropy.bytes::<20>());
        // Another process may make one in this moment; then that one holds.
        data_folder::create_private(&config.passphrase_file, passphrase.as_bytes())
            .with_context(|| format!("{} can't be written", config.passphrase_file.display()))?;
    }
    let passphrase = std::fs::read_to_string(&config.passphrase_file)
        .with_context(|| format!("the passphrase file {} can't be read", config.passphrase_file.display()))?;
    let keyring = if path.exists() {
        Keyring::load(&path, passphrase.trim())
    } else {
        Keyring::create(&path, passphrase.trim(), &entropy.bytes(), UnixMillis(SystemClock.now_ms()))
    };
    keyring.with_context(|| format!("the keyring {}", path.display()))
}
