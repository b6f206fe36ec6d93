//! The configured database: opened, migrated, or checked for damage.

use crate::clock::Entropy;
use crate::config::Database;
use crate::store::SharedStore;
use crate::store::postgres::{Postgres, Server, migrate};
use crate::store::sqlite::{self, Sqlite};
use anyhow::Context;
use std::sync::Arc;

/// Opens the database. `for_command`: commands wait longer for a lock than a page may.
pub(super) async fn store(
    database: &Database,
    entropy: Arc<Entropy>,
    for_command: bool,
) -> anyhow::Result<SharedStore> {
    Ok(match database {
        Database::File(path) => {
            Arc::new(Sqlite::open(path).await.with_context(|| format!("the database {}", path.display()))?)
        }
        Database::Server { url, pooled, .. } => {
            let server = Server::parse(url, *pooled)?;
            let server = if for_command { server.for_command() } else { server };
            let opened = Postgres::open(&server, entropy).await.with_context(|| format!("the database {server}"))?;
            opened.require_migrations().await.with_context(|| format!("the database {server}"))?;
            Arc::new(opened)
        }
    })
}

/// Migrates the database to the schema that this program knows. Opening the embedded database does so too.
///
/// # Errors
/// When the database can't be reached or a migration fails.
pub async fn migrated(database: &Database) -> anyhow::Result<()> {
    match database {
        Database::File(path) => {
            Sqlite::open(path).await.with_context(|| format!("the database {}", path.display()))?.close().await;
        }
        Database::Server { migrate_url, .. } => {
            let server = Server::parse(migrate_url, false)?;
            migrate(&server).await.with_context(|| format!("the database {server}"))?;
        }
    }
    Ok(())
}

/// The damage that the embedded database finds in its own file; `None` when there is none. A server checks its own
/// pages.
///
/// # Errors
/// When the file can't be read.
pub async fn damage(database: &Database) -> anyhow::Result<Option<String>> {
    match database {
        Database::File(path) if path.exists() => Ok(sqlite::find_damage(path).await?),
        _ => Ok(None),
    }
}
