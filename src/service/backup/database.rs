//! The database of a backup: copied out of the one in use, or filled into an empty server.

use crate::clock::Entropy;
use crate::config::{Database, DatabaseUrl};
use crate::keyring::Keyring;
use crate::store::StoreError;
use crate::store::postgres::{Postgres, Server, migrate};
use crate::store::sqlite;
use crate::store::transfer::{TransferFault, rows, transfer};
use anyhow::Context;
use std::path::Path;
use std::sync::Arc;

/// How far copying rows has come.
#[derive(Clone, Copy, Debug)]
pub enum RowProgress {
    /// There are this many rows.
    Total(u64),
    /// This many more are done.
    Done(u64),
}

/// Why a server can't be filled with a backup.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// The database isn't empty: this table has rows.
    #[error("{database} isn't empty: {table}")]
    NotEmpty {
        /// The database, without its password.
        database: String,
        /// The table.
        table: String,
    },
    /// A text with a NUL character, which the server can't hold.
    #[error("{table}.{column} holds a NUL character")]
    NulCharacter {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The commit was sent and its outcome isn't known.
    #[error(transparent)]
    UnknownOutcome(anyhow::Error),
    /// Anything else.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// Copies the database as it is at one instant into a new file of the embedded database, also while it is in use.
///
/// # Errors
/// When the database can't be read or the file can't be written.
pub async fn copy_database(
    database: &Database,
    to: &Path,
    progress: &(dyn Fn(RowProgress) + Sync),
) -> anyhow::Result<()> {
    match database {
        Database::File(path) => {
            sqlite::copy_file(path, to).await.with_context(|| format!("the database {}", path.display()))?;
            Ok(())
        }
        Database::Server { migrate_url, .. } => copy_server(migrate_url, to, progress).await,
    }
}

/// Whether a copied database was made with this keyring. One that was never opened fits every keyring.
///
/// # Errors
/// When keyring or database can't be read.
pub async fn fits_keyring(database: &Path, keyring: &Path, passphrase: &str) -> anyhow::Result<bool> {
    let keyring = Keyring::load(keyring, passphrase.trim()).context("the keyring")?;
    Ok(sqlite::keyring_fingerprint(database).await?.is_none_or(|fingerprint| fingerprint == keyring.fingerprint()))
}

async fn copy_server(url: &DatabaseUrl, to: &Path, progress: &(dyn Fn(RowProgress) + Sync)) -> anyhow::Result<()> {
    let (server, database) = connect(url).await?;
    let at_server = || format!("the database {server}");
    let mut file = sqlite::SqliteSnapshot::create(to).await.with_context(|| to.display().to_string())?;
    let tables = file.tables().await?;
    let mut snapshot = database.snapshot().await.with_context(at_server)?;
    progress(RowProgress::Total(rows(&mut snapshot, &tables).await.with_context(at_server)?));
    let done = transfer(&mut snapshot, Box::new(file), &tables, &|rows| progress(RowProgress::Done(rows))).await;
    done.with_context(at_server)?;
    drop(snapshot);
    database.close().await;
    Ok(())
}

/// Fills an empty server with the rows of a backup's database, in one transaction. Returns the server as it is shown,
/// without its password.
///
/// # Errors
/// See [`FillError`]; but for an unknown outcome the server is as it was before.
pub async fn fill_server(
    url: &DatabaseUrl,
    from: &Path,
    progress: &(dyn Fn(RowProgress) + Sync),
) -> Result<String, FillError> {
    let (server, database) = connect(url).await?;
    // A database that holds something already isn't migrated.
    if database.has_no_migrations().await.map_err(anyhow::Error::from)? {
        migrate(&server).await.with_context(|| format!("the database {server}"))?;
    }
    let mut file = sqlite::SqliteSnapshot::read(from).await.context("the database in the backup")?;
    let tables = file.tables().await.map_err(anyhow::Error::from)?;
    progress(RowProgress::Total(rows(&mut file, &tables).await.map_err(anyhow::Error::from)?));
    let done = match database.fill(&tables).await {
        Ok(empty) => transfer(&mut file, Box::new(empty), &tables, &|rows| progress(RowProgress::Done(rows))).await,
        Err(fault) => Err(fault),
    };
    // It was only read.
    let _ = file.close().await;
    database.close().await;
    let shown = server.to_string();
    match done {
        Ok(_) => Ok(shown),
        Err(TransferFault::NotEmpty(table)) => Err(FillError::NotEmpty { database: shown, table }),
        Err(TransferFault::Unkeepable { table, column }) => Err(FillError::NulCharacter { table, column }),
        Err(fault) => {
            let is_unknown = matches!(fault, TransferFault::Store(StoreError::UnknownOutcome(_)));
            let error = anyhow::Error::new(fault).context(format!("the database {shown}"));
            Err(if is_unknown { FillError::UnknownOutcome(error) } else { FillError::Other(error) })
        }
    }
}

/// Connects to the server directly, not through a pooler, to read or write all of it at once.
async fn connect(url: &DatabaseUrl) -> anyhow::Result<(Server, Postgres)> {
    let server = Server::parse(url, false)?.for_command();
    let entropy = Arc::new(Entropy::from_system().context("the system gives no randomness")?);
    let opened = Postgres::open(&server, entropy).await.with_context(|| format!("the database {server}"))?;
    Ok((server, opened))
}
