//! The embedded database: WAL, `synchronous=FULL`, one writer that begins IMMEDIATE, a pool of readers.
#![allow(clippy::duplicate_mod, reason = "the shared statements are compiled once for each database")]

mod bulk_insert;
mod file_copy;
mod group_numbers;
mod health;
mod integrity;
mod ledger_rows;
mod lookups;
mod readers;
mod roster_rows;
mod signer_loader;
mod snapshot;

#[path = "../sql/account_notices.rs"]
mod account_notices;
#[path = "../sql/accounts.rs"]
mod accounts;
#[path = "../sql/audit.rs"]
mod audit;
#[path = "../sql/audit_events.rs"]
mod audit_events;
#[path = "../sql/campaigns.rs"]
mod campaigns;
#[path = "../sql/certificates.rs"]
mod certificates;
#[path = "../sql/columns.rs"]
mod columns;
#[path = "../sql/editions.rs"]
mod editions;
#[path = "../sql/group_tally.rs"]
mod group_tally;
#[path = "../sql/help_desk.rs"]
mod help_desk;
#[path = "../sql/installation.rs"]
mod installation;
#[path = "../sql/letterheads.rs"]
mod letterheads;
#[path = "../sql/log_heads.rs"]
mod log_heads;
#[path = "../sql/minutes.rs"]
mod minutes;
#[path = "../sql/misuse_reports.rs"]
mod misuse_reports;
#[path = "../sql/nodes.rs"]
mod nodes;
#[path = "../sql/notices.rs"]
mod notices;
#[path = "../sql/pledge_commit.rs"]
mod pledge_commit;
#[path = "../sql/pledge_rows.rs"]
mod pledge_rows;
#[path = "../sql/pledges.rs"]
mod pledges;
#[path = "../sql/proposals.rs"]
mod proposals;
#[path = "../sql/public_numbers.rs"]
mod public_numbers;
#[path = "../sql/recount.rs"]
mod recount;
#[path = "../sql/registered_units.rs"]
mod registered_units;
#[path = "../sql/registry.rs"]
mod registry;
#[path = "../sql/reporting_groups.rs"]
mod reporting_groups;
#[path = "../sql/roster_activation.rs"]
mod roster_activation;
#[path = "../sql/roster_amendment.rs"]
mod roster_amendment;
#[path = "../sql/roster_change.rs"]
mod roster_change;
#[path = "../sql/roster_change_reads.rs"]
mod roster_change_reads;
#[path = "../sql/roster_change_writes.rs"]
mod roster_change_writes;
#[path = "../sql/roster_checks.rs"]
mod roster_checks;
#[path = "../sql/roster_columns.rs"]
mod roster_columns;
#[path = "../sql/roster_lock.rs"]
mod roster_lock;
#[path = "../sql/rosters.rs"]
mod rosters;
#[path = "../sql/seal_keys.rs"]
mod seal_keys;
#[path = "../sql/second_factors.rs"]
mod second_factors;
#[path = "../sql/sign_outs.rs"]
mod sign_outs;
#[path = "../sql/table_pages.rs"]
mod table_pages;
#[path = "../sql/texts.rs"]
mod texts;
#[path = "../sql/unit_paths.rs"]
mod unit_paths;
#[path = "../sql/write_result.rs"]
mod write_result;
#[path = "../sql/wrong_attempts.rs"]
mod wrong_attempts;

pub use file_copy::{copy_file, is_in_use, keyring_fingerprint};
pub use integrity::find_damage;
pub use snapshot::SqliteSnapshot;

use super::StoreError;
use super::migrations::SQLITE_MIGRATOR;
use super::pledges::Signer;
use crate::domain::ids::{CampaignId, ParticipantId};
use readers::{SqliteReader, SqliteReaders};
use signer_loader::SignerLoader;
use sqlx::error::DatabaseError as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteError, SqliteJournalMode, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite as Engine, SqlitePool};
use std::path::Path;
use std::time::Duration;

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Pages of the write-ahead log (4 KiB each) after which SQLite copies it back into the database. Signers come in
/// random order, so batch after batch changes the same pages; a long log copies each of them back only once.
const WAL_CHECKPOINT_PAGES: &str = "32768";
/// The writer's page cache, with room for the indexes of a province's pledges. SQLite takes a negative number as KiB.
const WRITER_CACHE_KIB: &str = "-24576";

/// Most rows buffered between a connection's thread and the task that reads them: as many as the longest list of people
/// has in one statement, so that the two don't wake each other for every row.
const ROWS_WAITING_MAX: usize = 256;

// The names that the shared files in `sql/` use.
use Sqlite as Database;
type Connection = SqliteConnection;
type Row = SqliteRow;
type Transaction<'t> = sqlx::Transaction<'t, Engine>;

/// A campaign's row inside a write. There is one writer, so the row needs no lock of its own.
const CAMPAIGN_LOCKED: &str = "SELECT * FROM campaign WHERE campaign_id = $1";

/// An open SQLite database.
#[derive(Clone)]
pub struct Sqlite {
    /// For reads; they never wait for the writer.
    read: SqliteReaders,
    write: SqlitePool,
    signer_loader: SignerLoader,
}

impl Sqlite {
    /// Opens the file, creates it if it is missing, and applies all migrations.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        make_private(path);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(false)
            .statement_cache_capacity(256)
            .row_buffer_size(ROWS_WAITING_MAX)
            .pragma("secure_delete", "ON")
            .pragma("wal_autocheckpoint", WAL_CHECKPOINT_PAGES);
        migrate(&options).await?;
        // Sorting, and the journals that can undo a statement, stay in memory.
        let options = options.pragma("temp_store", "MEMORY");
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // When the disk is full, SQLite rolls a transaction back by itself, but the driver still counts it as open.
            // Such a connection can't begin another one, so it is replaced.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_with(options.clone().pragma("cache_size", WRITER_CACHE_KIB))
            .await?;
        let read = SqliteReaders::new(options.read_only(true))?;
        Ok(Self { signer_loader: SignerLoader::start(read.clone()), read, write })
    }

    /// A read connection.
    async fn reader(&self) -> Result<SqliteReader, StoreError> {
        Ok(self.read.acquire().await?)
    }

    /// As [`Self::reader`], for the ledger.
    async fn ledger_reader(&self) -> Result<SqliteReader, StoreError> {
        self.reader().await
    }

    /// The person, read in one statement with others who are requested now. The outer `None` means that the caller must
    /// read them alone.
    async fn signer_coalesced(&self, campaign: CampaignId, participant: ParticipantId) -> Option<Option<Signer>> {
        self.signer_loader.signer(campaign, participant).await
    }

    /// Begins a write. A deferred transaction that reads before it writes could fail at once; an immediate one waits.
    async fn begin_write(&self) -> Result<Transaction<'static>, StoreError> {
        Ok(self.write.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// As [`Self::begin_write`], for a batch.
    async fn begin_commit(&self) -> Result<Transaction<'static>, StoreError> {
        self.begin_write().await
    }

    /// Runs a write once: SQLite never interrupts a write that would succeed on a second attempt.
    async fn retried<T, A>(&self, attempt: impl Fn() -> A) -> Result<T, StoreError>
    where
        A: Future<Output = Result<T, StoreError>>,
    {
        attempt().await
    }

    /// How often something was read since the file was opened, outside of writes.
    pub fn reads(&self) -> u64 {
        self.read.handed_out()
    }

    /// Finishes all work and closes the files.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// Creates an empty file that only its owner can read and write; the files that SQLite puts beside it get the same
/// mode. Errors are ignored, since opening the file reports them.
fn make_private(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

/// Applies all migrations, on a connection that sorts on disk: sorting a province's pledges would take a gigabyte of
/// memory.
async fn migrate(options: &SqliteConnectOptions) -> Result<(), StoreError> {
    let mut connection = options.connect().await?;
    SQLITE_MIGRATOR.run(&mut connection).await.map_err(|fault| StoreError::Database(fault.into()))?;
    Ok(connection.close().await?)
}

/// Whether the cause is a file that can't be written: the primary codes 5 (locked by another program for longer than
/// the busy timeout), 8 (read-only), 10 (input/output error) and 13 (full), which are the low byte of the extended
/// code.
pub(super) fn is_of_storage(error: &sqlx::Error) -> bool {
    let database = error.as_database_error().and_then(|error| error.try_downcast_ref::<SqliteError>());
    let code = database.and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 5 | 8 | 10 | 13))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Row as _;

    /// The steps of a statement's plan in an empty database.
    pub(super) async fn plan(statement: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap();
        let text = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let steps = sqlx::query(text).fetch_all(&mut *store.reader().await.unwrap()).await.unwrap();
        steps.iter().map(|row| row.get("detail")).collect()
    }

    #[tokio::test]
    async fn what_a_statement_may_have_to_undo_is_kept_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap();
        let kept = sqlx::query("PRAGMA temp_store").fetch_one(&store.write).await.unwrap();
        assert_eq!(kept.get::<i64, _>(0), 2, "2 is MEMORY");
    }

    #[tokio::test]
    async fn many_signers_are_read_by_their_keys_and_sorting_nothing() {
        let steps = plan(lookups::signers_statement()).await;
        assert!(steps[0].starts_with("SEARCH p ") && steps[0].contains("participant_id=?"), "{steps:?}");
        assert!(steps.iter().all(|step| step.starts_with("SEARCH ") || step.starts_with("CORRELATED")), "{steps:?}");
    }

    #[tokio::test]
    async fn orphans_are_found_by_their_import_without_going_through_all_people() {
        for table in ["participant", "unit"] {
            let steps = plan(&rosters::orphans_of_unknown(table)).await;
            assert!(steps[0].starts_with("SEARCH m "), "{steps:?}");
            assert!(steps[1].starts_with("SEARCH r ") && steps[1].contains("roster_id=?"), "{steps:?}");
        }
    }

    #[tokio::test]
    async fn a_pledge_is_found_by_its_id_without_going_through_the_campaign() {
        let steps = plan(pledges::PLEDGES_BETWEEN).await;
        assert!(steps.len() == 1 && steps[0].contains("pledge_by_id"), "{steps:?}");
    }
}
