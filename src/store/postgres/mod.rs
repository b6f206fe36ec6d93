//! PostgreSQL, shared by as many nodes as serve: the lock on a campaign's row orders their batches.
//!
//! A write says its own limits with `SET LOCAL`, so that they hold behind a connection pooler too, and is tried again
//! when the server interrupts it. Sequential scans are off: every read has a key, and a plan that was made for an empty
//! table must not outlive the minute in which a province fills it.
#![allow(clippy::duplicate_mod, reason = "the shared statements are compiled once for each database")]

mod error_codes;
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
#[path = "../sql/help_desk.rs"]
mod help_desk;
#[path = "../sql/installation.rs"]
mod installation;
#[path = "../sql/misuse_reports.rs"]
mod misuse_reports;
#[path = "../sql/nodes.rs"]
mod nodes;
#[path = "../sql/pledge_commit.rs"]
mod pledge_commit;
#[path = "../sql/pledge_rows.rs"]
mod pledge_rows;
#[path = "../sql/pledges.rs"]
mod pledges;
#[path = "../sql/public_numbers.rs"]
mod public_numbers;
#[path = "../sql/recount.rs"]
mod recount;
#[path = "../sql/roster_activation.rs"]
mod roster_activation;
#[path = "../sql/roster_checks.rs"]
mod roster_checks;
#[path = "../sql/roster_lock.rs"]
mod roster_lock;
#[path = "../sql/rosters.rs"]
mod rosters;
#[path = "../sql/second_factors.rs"]
mod second_factors;
#[path = "../sql/sign_outs.rs"]
mod sign_outs;
#[path = "../sql/table_pages.rs"]
mod table_pages;
#[path = "../sql/texts.rs"]
mod texts;
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

/// Connections of one node to read with.
const READERS_MAX: u32 = 8;
/// Connections of one node to write with, and for what the ledger reads.
const WRITERS_MAX: u32 = 6;
/// Connections of one node to commit batches with: one in use, one on its way back, one to spare.
const COMMITTERS_MAX: u32 = 3;
/// How often a write is tried.
const ATTEMPTS_MAX: u32 = 5;
/// The longest breath before the second attempt; it doubles with each further one.
const FIRST_BREATH_MS: u64 = 25;
/// When an attempt takes longer, the connection is dead without having been closed.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(12);

/// A campaign's row inside a write, locked: it orders batches and changes of state.
const CAMPAIGN_LOCKED: &str = "SELECT * FROM campaign WHERE campaign_id = $1 FOR UPDATE";

// The names that the shared statements are written with.
use Postgres as Database;
type Connection = PgConnection;
type Row = PgRow;
type Transaction<'t> = sqlx::Transaction<'t, sqlx::Postgres>;

/// An open PostgreSQL database.
#[derive(Clone)]
pub struct Postgres {
    read: PgPool,
    /// For writing, and for what the ledger reads: a batch never waits behind those who sign in or look at pages.
    write: PgPool,
    /// For batches alone: a connection is served by the runtime that opened it, and this one's is the ledger's own
    /// thread.
    commit: PgPool,
    transactions: Arc<TransactionStarter>,
    /// For the breath between two attempts.
    entropy: Arc<Entropy>,
}

impl Postgres {
    /// Connects. Nothing is migrated: see [`migrate`] and [`Self::require_migrations`].
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

    /// A connection to read with.
    async fn reader(&self) -> Result<PostgresReader, StoreError> {
        Ok(self.transactions.read(&self.read).await?)
    }

    /// As [`Self::reader`], for the ledger.
    async fn ledger_reader(&self) -> Result<PostgresReader, StoreError> {
        Ok(self.transactions.read(&self.write).await?)
    }

    /// Each person is read alone here: a server answers several connections at once.
    async fn signer_among_others(&self, _: CampaignId, _: ParticipantId) -> Option<Option<Signer>> {
        None
    }

    async fn begin_write(&self) -> Result<Transaction<'static>, StoreError> {
        Ok(self.transactions.write(&self.write).await?)
    }

    /// As [`Self::begin_write`], for a batch.
    async fn begin_commit(&self) -> Result<Transaction<'static>, StoreError> {
        Ok(self.transactions.write(&self.commit).await?)
    }

    /// Runs a write, and runs it again from its beginning when the server interrupted it before the commit was sent.
    /// Once the commit was sent nothing is tried again: see [`StoreError::UnknownOutcome`].
    async fn retried<T, A>(&self, attempt: impl Fn() -> A) -> Result<T, StoreError>
    where
        A: Future<Output = Result<T, StoreError>>,
    {
        for tried in 1..ATTEMPTS_MAX {
            match in_time(attempt()).await {
                Err(error) if error_codes::is_transient(&error) => {
                    tracing::warn!(%error, tried, "a write was interrupted and is tried again");
                    tokio::time::sleep(self.breath(tried)).await;
                }
                settled => return settled,
            }
        }
        in_time(attempt()).await
    }

    /// Between half of it and all of it, so that two nodes don't meet again.
    fn breath(&self, tried: u32) -> Duration {
        let longest = FIRST_BREATH_MS << tried;
        Duration::from_millis(self.entropy.with(|rng| rng.random_range(longest / 2..=longest)))
    }

    /// A server without `fsync` answers before anything is on disk.
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

/// An attempt that isn't over in time may have been committed or not.
async fn in_time<T>(attempt: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    tokio::time::timeout(ATTEMPT_TIMEOUT, attempt)
        .await
        .unwrap_or_else(|_| Err(StoreError::UnknownOutcome(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))))
}
