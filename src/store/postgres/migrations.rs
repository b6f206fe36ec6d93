//! The schema: migrated through a connection of its own, and checked before anything is served.
//!
//! A newer schema is accepted: while nodes are replaced one by one, the first new one adds what the others don't know.
//! A migration that removes something is named `NNNN_contract_…` and comes a release after the last program that used
//! it; a program that doesn't know such a migration refuses the database.

use super::{Postgres, Server, error_codes};
use crate::store::StoreError;
use crate::store::migrations::POSTGRES_MIGRATOR;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{ConnectOptions, Connection as _, Row as _};
use std::time::Duration;

/// Milliseconds that a migration waits for the lock on a table.
const LOCK_MS: &str = "1000";
/// Attempts at a migration that waits for a table, with a pause of `RETRY_PAUSE` between two.
const ATTEMPTS_MAX: u32 = 20;
const RETRY_PAUSE: Duration = Duration::from_secs(2);

/// Why a database can't be migrated or used.
#[derive(Debug, thiserror::Error)]
pub enum MigrationFault {
    /// The migration with this number was never applied.
    #[error("the database lacks migration {0}: run `ikrar migrate`, or serve with --migrate")]
    Missing(i64),
    /// The migration with this number was applied with other statements.
    #[error("migration {0} was another one when it was applied")]
    Changed(i64),
    /// The migration with this number removed something that this program needs.
    #[error("migration {0} took something away that this program needs: run a newer release of it")]
    TooNew(i64),
    /// The migration with this number isn't known here, and the operation has to know every table.
    #[error("the database has migration {0}, which this program doesn't know: use the release that brought it")]
    Unknown(i64),
    /// The database didn't answer, or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Applies all migrations. The server must be reached directly, not through a pooler: the lock that keeps two nodes
/// from migrating at the same time belongs to a session.
///
/// A migration waits for a table in use only for a short time and then tries again, since every other statement on that
/// table queues behind the wait.
pub async fn migrate(server: &Server) -> Result<(), MigrationFault> {
    for _ in 1..ATTEMPTS_MAX {
        match attempt(server).await {
            Err(MigrationFault::Store(error)) if error_codes::is_transient(&error) => {
                tracing::warn!(%error, "a migration gave way to whoever uses the table, a backup perhaps, and is tried again");
                tokio::time::sleep(RETRY_PAUSE).await;
            }
            settled => return settled,
        }
    }
    attempt(server).await
}

async fn attempt(server: &Server) -> Result<(), MigrationFault> {
    let options = server.clone().for_command().connect_options().options([("lock_timeout", LOCK_MS)]);
    let mut connection = options.connect().await.map_err(StoreError::from)?;
    let mut migrator = Migrator::with_migrations(POSTGRES_MIGRATOR.iter().cloned().collect());
    let done = migrator.set_ignore_missing(true).run(&mut connection).await;
    let closed = connection.close().await;
    done.map_err(|fault| match fault {
        MigrateError::VersionMismatch(version) => MigrationFault::Changed(version),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            MigrationFault::Store(StoreError::from(error))
        }
        other => MigrationFault::Store(StoreError::Database(other.into())),
    })?;
    Ok(closed.map_err(StoreError::from)?)
}

/// How the list of applied migrations begins the description of one that removes something.
const CONTRACT_PREFIX: &str = "contract ";

/// A row of the list of applied migrations.
struct Applied {
    version: i64,
    description: String,
    checksum: Vec<u8>,
}

impl Applied {
    fn is_known(&self) -> bool {
        POSTGRES_MIGRATOR.iter().any(|migration| migration.version == self.version)
    }
}

impl Postgres {
    /// Requires that every migration this program knows was applied unchanged, and that none it doesn't know removed
    /// something.
    pub async fn require_migrations(&self) -> Result<(), MigrationFault> {
        let applied = self.applied().await?;
        for migration in POSTGRES_MIGRATOR.iter() {
            match applied.iter().find(|applied| applied.version == migration.version) {
                None => return Err(MigrationFault::Missing(migration.version)),
                Some(applied) if *applied.checksum != *migration.checksum => {
                    return Err(MigrationFault::Changed(migration.version));
                }
                Some(_) => {}
            }
        }
        let contracts = |one: &&Applied| !one.is_known() && one.description.starts_with(CONTRACT_PREFIX);
        applied.iter().find(contracts).map_or(Ok(()), |contract| Err(MigrationFault::TooNew(contract.version)))
    }

    /// Whether no migration was ever applied.
    pub async fn has_no_migrations(&self) -> Result<bool, StoreError> {
        Ok(self.applied().await?.is_empty())
    }

    /// As [`Self::require_migrations`]; a migration that this program doesn't know is refused too.
    pub(super) async fn require_exact_migrations(&self) -> Result<(), MigrationFault> {
        self.require_migrations().await?;
        let applied = self.applied().await?;
        let unknown = applied.iter().find(|applied| !applied.is_known());
        unknown.map_or(Ok(()), |unknown| Err(MigrationFault::Unknown(unknown.version)))
    }

    async fn applied(&self) -> Result<Vec<Applied>, StoreError> {
        let mut reader = self.reader().await?;
        let there = sqlx::query("SELECT to_regclass('_sqlx_migrations') IS NOT NULL AS there");
        if !there.fetch_one(&mut *reader).await?.try_get::<bool, _>("there")? {
            return Ok(vec![]);
        }
        let rows =
            sqlx::query("SELECT version, description, checksum FROM _sqlx_migrations WHERE success ORDER BY version");
        let rows = rows.fetch_all(&mut *reader).await?;
        rows.iter()
            .map(|row| {
                let (version, description) = (row.try_get("version")?, row.try_get("description")?);
                Ok(Applied { version, description, checksum: row.try_get("checksum")? })
            })
            .collect()
    }
}
