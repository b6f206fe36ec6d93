//! The schema: brought up to date through a connection of its own, and looked at before anything is served.
//!
//! A database that is newer is accepted: while nodes are replaced one by one, the first of them has added what the others
//! don't know, and a migration only ever adds.

use super::{Postgres, Server};
use crate::store::StoreError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{ConnectOptions, Connection as _, Row as _};

static MIGRATOR: Migrator = sqlx::migrate!("migrations/postgres");

/// Why a database isn't as it should be.
#[derive(Debug, thiserror::Error)]
pub enum MigrationFault {
    #[error("the database lacks migration {0}: run `ikrar migrate`, or serve with --migrate")]
    Missing(i64),
    #[error("migration {0} was another one when it was applied")]
    Changed(i64),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Brings the schema to the newest migration. The server must be reached directly: the lock that keeps two nodes from
/// migrating at once belongs to a session.
pub async fn migrate(server: &Server) -> Result<(), MigrationFault> {
    let mut connection = server.connect_options().connect().await.map_err(StoreError::from)?;
    let mut migrator = Migrator::with_migrations(MIGRATOR.iter().cloned().collect());
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

impl Postgres {
    /// Requires that every migration this program knows was applied as it is.
    pub async fn require_migrations(&self) -> Result<(), MigrationFault> {
        let applied = self.applied().await?;
        for migration in MIGRATOR.iter() {
            match applied.iter().find(|(version, _)| *version == migration.version) {
                None => return Err(MigrationFault::Missing(migration.version)),
                Some((_, checksum)) if *checksum != *migration.checksum => {
                    return Err(MigrationFault::Changed(migration.version));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    async fn applied(&self) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        let mut reader = self.reader().await?;
        let there = sqlx::query("SELECT to_regclass('_sqlx_migrations') IS NOT NULL AS there");
        if !there.fetch_one(&mut *reader).await?.try_get::<bool, _>("there")? {
            return Ok(vec![]);
        }
        let rows = sqlx::query("SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version");
        let rows = rows.fetch_all(&mut *reader).await?;
        rows.iter().map(|row| Ok((row.try_get("version")?, row.try_get("checksum")?))).collect()
    }
}
