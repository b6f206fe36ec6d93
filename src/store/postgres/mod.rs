//! PostgreSQL, shared by all serving nodes: the lock on a campaign's row orders their batches.
//!
//! A write sets its own limits with `SET LOCAL`, so that they hold behind a connection pooler too, and is retried when
//! the server interrupts it. Sequential scans are off: every read has a key, and a plan made for an empty table must
//! not stay in use while a province fills the table.
#![allow(clippy::duplicate_mod, reason = "the shared statements are compiled once for each database")]

mod error_codes;
mod group_numbers;
mod health;
mod ledger_rows;
mod lookups;
mod migrations;
mod options;
mod pool;
mod roster_rows;
mod snapshot;
mod transactions;

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

pub(super) use error_codes::is_of_storage;
pub use migrations::{MigrationFault, migrate};
pub use options::{Server, UrlFault};
pub use snapshot::PostgresSnapshot;

use super::StoreError;
use super::pledges::Signer;
use crate::clock::Entropy;
use crate::domain::ids::{CampaignId, ParticipantId};
use rand::RngExt;
use sqlx::postgres::{PgConnection, PgPool, PgRow};
use std::sync::Arc;
use std::time::Duration;
use transactions::{PostgresReader, TransactionStarter};

/// Most connections of one node for reads.
const READERS_MAX: u32 = 8;
/// Most connections of one node for writes and for the ledger's reads.
const WRITERS_MAX: u32 = 6;
/// Most connections of one node for batch commits: one in use, one being returned, one spare.
const COMMITTERS_MAX: u32 = 3;
/// Most attempts at a write.
const ATTEMPTS_MAX: u32 = 5;
/// The longest pause after the n-th attempt is this many milliseconds times 2^n.
const RETRY_PAUSE_BASE_MS: u64 = 25;
/// An attempt that takes longer runs on a connection that is dead but was never closed.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(12);

/// A campaign's row inside a write, locked: the lock orders batches and state changes.
const CAMPAIGN_LOCKED: &str = "SELECT * FROM campaign WHERE campaign_id = $1 FOR UPDATE";

// The names that the shared files in `sql/` use.
use Postgres as Database;
type Connection = PgConnection;
type Row = PgRow;
type Transaction<'t> = sqlx::Transaction<'t, sqlx::Postgres>;

/// An open PostgreSQL database.
#[derive(Clone)]
pub struct Postgres {
    read: PgPool,
    /// For writes and the ledger's reads: a batch never waits behind people who sign in or open pages.
    write: PgPool,
    /// For batch commits only. A connection is driven by the runtime that opened it, here the one on the ledger's own
    /// thread.
    commit: PgPool,
    transactions: Arc<TransactionStarter>,
    /// Draws the pause between two attempts.
    entropy: Arc<Entropy>,
}

impl Postgres {
    /// Connects without migrating: see [`migrate`] and [`Self::require_migrations`].
    pub async fn open(server: &Server, entropy: Arc<Entropy>) -> Result<Self, StoreError> {
        let read = pool::connect(server, READERS_MAX).await?;
        let write = pool::connect(server, WRITERS_MAX).await?;
        let commit = pool::connect_later(server, COMMITTERS_MAX);
        let opened = Self {
            read,
            write,
            commit,
            transactions: Arc::new(TransactionStarter::new(server.pooled, server.read_ms)),
            entropy,
        };
        opened.warn_of_lost_commits().await?;
        Ok(opened)
    }

    /// A read connection.
    async fn reader(&self) -> Result<PostgresReader, StoreError> {
        Ok(self.transactions.read(&self.read).await?)
    }

    /// As [`Self::reader`], for the ledger.
    async fn ledger_reader(&self) -> Result<PostgresReader, StoreError> {
        Ok(self.transactions.read(&self.write).await?)
    }

    /// Always `None`: each person is read alone, since a server serves several connections at the same time.
    async fn signer_coalesced(&self, _: CampaignId, _: ParticipantId) -> Option<Option<Signer>> {
        None
    }

    async fn begin_write(&self) -> Result<Transaction<'static>, StoreError> {
        Ok(self.transactions.write(&self.write).await?)
    }

    /// As [`Self::begin_write`], for a batch.
    async fn begin_commit(&self) -> Result<Transaction<'static>, StoreError> {
        Ok(self.transactions.write(&self.commit).await?)
    }

    /// Runs a write, and repeats it from its beginning if the server interrupted it before the commit was sent. Once
    /// the commit was sent nothing is retried: see [`StoreError::UnknownOutcome`].
    async fn retried<T, A>(&self, attempt: impl Fn() -> A) -> Result<T, StoreError>
    where
        A: Future<Output = Result<T, StoreError>>,
    {
        for tried in 1..ATTEMPTS_MAX {
            match in_time(attempt()).await {
                Err(error) if error_codes::is_transient(&error) => {
                    tracing::warn!(%error, tried, "a write was interrupted and is tried again");
                    tokio::time::sleep(self.retry_pause(tried)).await;
                }
                settled => return settled,
            }
        }
        in_time(attempt()).await
    }

    /// A random pause between half of the longest one and all of it, so that two nodes don't collide again.
    fn retry_pause(&self, tried: u32) -> Duration {
        let longest = RETRY_PAUSE_BASE_MS << tried;
        Duration::from_millis(self.entropy.with(|rng| rng.random_range(longest / 2..=longest)))
    }

    /// Warns about a server with `fsync = off`, which acknowledges a commit before anything is on disk.
    async fn warn_of_lost_commits(&self) -> Result<(), StoreError> {
        let row = sqlx::query("SELECT current_setting('fsync') = 'off' AS loses");
        let row = row.fetch_one(&mut *self.reader().await?).await?;
        if sqlx::Row::try_get(&row, "loses")? {
            tracing::warn!("the database runs with fsync=off: a power failure loses pledges that were acknowledged");
        }
        Ok(())
    }

    /// Finishes all work and closes the connections.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
        self.commit.close().await;
    }
}

/// An attempt that isn't over in time is `UnknownOutcome`: it may have been committed.
async fn in_time<T>(attempt: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    tokio::time::timeout(ATTEMPT_TIMEOUT, attempt)
        .await
        .unwrap_or_else(|_| Err(StoreError::UnknownOutcome(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))))
}
