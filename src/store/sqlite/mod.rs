//! The embedded database: WAL, `synchronous=FULL`, one writer that begins IMMEDIATE, a pool of readers.

mod accounts;
mod audit;
mod batch;
mod campaigns;
mod certificates;
mod commit;
mod desk;
mod installation;
mod locking;
mod numbers;
mod pledges;
mod reports;
mod rosters;

use super::StoreError;
use crate::domain::time::UnixMillis;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{Row, Sqlite as Engine, SqlitePool, Transaction};
use std::path::Path;
use std::time::Duration;

const READERS: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Pages of the write-ahead log before it is copied back into the database.
const WAL_CHECKPOINT_PAGES: &str = "4000";

/// An open SQLite database.
#[derive(Clone)]
pub struct Sqlite {
    /// For reading; a statement here never waits for the writer.
    pub(super) read: SqlitePool,
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

    /// Begins a write. A deferred transaction that reads before it writes could fail at once; an immediate one waits.
    pub(super) async fn begin_write(&self) -> Result<Transaction<'static, Engine>, StoreError> {
        Ok(self.write.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Finishes all work and closes the files.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// A fixed-size BLOB column.
pub(super) fn blob<const N: usize>(row: &SqliteRow, column: &'static str) -> Result<[u8; N], StoreError> {
    row.try_get::<&[u8], _>(column)?.try_into().map_err(|_| StoreError::Corrupt(column))
}

/// A BIGINT column that is never negative.
pub(super) fn count(row: &SqliteRow, column: &'static str) -> Result<u64, StoreError> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|_| StoreError::Corrupt(column))
}

/// A BIGINT column that fits 32 bits.
pub(super) fn small(row: &SqliteRow, column: &'static str) -> Result<u32, StoreError> {
    u32::try_from(row.try_get::<i64, _>(column)?).map_err(|_| StoreError::Corrupt(column))
}

pub(super) fn instant(row: &SqliteRow, column: &'static str) -> Result<Option<UnixMillis>, StoreError> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(UnixMillis))
}

/// The error of a statement that must change exactly one row.
pub(super) fn one(changed: u64) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}
