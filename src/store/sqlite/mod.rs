//! The embedded database: WAL, `synchronous=FULL`, one writer that begins IMMEDIATE, a pool of readers.

mod batch;

#[path = "../sql/accounts.rs"]
mod accounts;
#[path = "../sql/audit.rs"]
mod audit;
#[path = "../sql/campaigns.rs"]
mod campaigns;
#[path = "../sql/certificates.rs"]
mod certificates;
#[path = "../sql/commit.rs"]
mod commit;
#[path = "../sql/desk.rs"]
mod desk;
#[path = "../sql/installation.rs"]
mod installation;
#[path = "../sql/locking.rs"]
mod locking;
#[path = "../sql/numbers.rs"]
mod numbers;
#[path = "../sql/pledges.rs"]
mod pledges;
#[path = "../sql/reports.rs"]
mod reports;
#[path = "../sql/rosters.rs"]
mod rosters;

use super::StoreError;
use crate::domain::time::UnixMillis;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Row as _, Sqlite as Engine, SqlitePool};
use std::path::Path;
use std::time::Duration;

const READERS: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Pages of the write-ahead log before it is copied back into the database.
const WAL_CHECKPOINT_PAGES: &str = "4000";

// The names that the shared statements are written with.
use Sqlite as Database;
type Connection = SqliteConnection;
type Row = SqliteRow;
type Transaction<'t> = sqlx::Transaction<'t, Engine>;

/// An open SQLite database.
#[derive(Clone)]
pub struct Sqlite {
    /// For reading; a statement here never waits for the writer.
    read: SqlitePool,
    write: SqlitePool,
}

impl Sqlite {
    /// Opens the file, making it if it isn't there, and brings it to the newest migration.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(false)
            .statement_cache_capacity(256)
            .pragma("secure_delete", "ON")
            .pragma("wal_autocheckpoint", WAL_CHECKPOINT_PAGES)
            .pragma("temp_store", "MEMORY");
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options.clone())
            .await?;
        sqlx::migrate!("migrations/sqlite").run(&write).await.map_err(|fault| StoreError::Database(fault.into()))?;
        let read = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self { read, write })
    }

    /// A connection to read with.
    pub(super) async fn reader(&self) -> Result<PoolConnection<Engine>, StoreError> {
        Ok(self.read.acquire().await?)
    }

    /// Begins a write. A deferred transaction that reads before it writes could fail at once; an immediate one waits.
    pub(super) async fn begin_write(&self) -> Result<Transaction<'static>, StoreError> {
        Ok(self.write.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Finishes all work and closes the files.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// A fixed-size BLOB column.
pub(super) fn blob<const N: usize>(row: &Row, column: &'static str) -> Result<[u8; N], StoreError> {
    row.try_get::<&[u8], _>(column)?.try_into().map_err(|_| StoreError::Corrupt(column))
}

/// A BIGINT column that is never negative.
pub(super) fn count(row: &Row, column: &'static str) -> Result<u64, StoreError> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|_| StoreError::Corrupt(column))
}

/// A BIGINT column that fits 32 bits.
pub(super) fn small(row: &Row, column: &'static str) -> Result<u32, StoreError> {
    u32::try_from(row.try_get::<i64, _>(column)?).map_err(|_| StoreError::Corrupt(column))
}

pub(super) fn instant(row: &Row, column: &'static str) -> Result<Option<UnixMillis>, StoreError> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(UnixMillis))
}

/// The error of a statement that must change exactly one row.
pub(super) fn one(changed: u64) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}
