//! How reads and writes begin, directly and behind a pooler.
//!
//! A pooler lends a server connection for one transaction. So behind a pooler everything is a transaction, and each
//! begins by deallocating the prepared statements that others left on the connection: the driver numbers its own from
//! 1, and the names would collide.

use super::options::refuse_plans;
use super::pool::with_timeout;
use super::{Connection, Transaction};
use sqlx::AssertSqlSafe;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPool;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

const FORGET: &str = "DEALLOCATE ALL; ";
/// A batch needs all pledges that were committed before it, so each statement sees what is committed when it begins. A
/// statement may take 10 s and wait 5 s for a lock; the locks of a node that dies are released after 2 s.
const WRITE: &str = "SET LOCAL statement_timeout = 10000; \
     SET LOCAL lock_timeout = 5000; \
     SET LOCAL idle_in_transaction_session_timeout = 2000; \
     SET LOCAL synchronous_commit = on";
/// [`super::options`] sets how long a read may take.
const READ: &str = "SET LOCAL idle_in_transaction_session_timeout = 60000";

/// How long the beginning of a read behind a pooler may take, including the wait for a connection. A pooler whose
/// server hangs accepts connections and answers nothing, so that no limit of the server applies. A write is limited by
/// the timeout of its attempt.
const READ_BEGIN_TIMEOUT: Duration = Duration::from_secs(5);

/// The statements that transactions begin with.
pub(super) struct TransactionStarter {
    write: Arc<str>,
    /// `None` without a pooler: then a read needs no transaction.
    read: Option<Arc<str>>,
}

impl TransactionStarter {
    /// `read_ms` is how long a read behind a pooler may take, in milliseconds.
    pub(super) fn new(pooled: bool, read_ms: &str) -> Self {
        let forget = if pooled { FORGET } else { "" };
        let plans = refuse_plans();
        let read = || {
            let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY";
            format!("{begin}; {FORGET}{plans}SET LOCAL statement_timeout = {read_ms}; {READ}")
        };
        Self {
            write: format!("BEGIN ISOLATION LEVEL READ COMMITTED; {forget}{plans}{WRITE}").into(),
            read: pooled.then(|| read().into()),
        }
    }

    pub(super) async fn write(&self, pool: &PgPool) -> Result<Transaction<'static>, sqlx::Error> {
        pool.begin_with(AssertSqlSafe(self.write.clone())).await
    }

    pub(super) async fn read(&self, pool: &PgPool) -> Result<PostgresReader, sqlx::Error> {
        Ok(match &self.read {
            Some(begin) => {
                let begun = pool.begin_with(AssertSqlSafe(begin.clone()));
                PostgresReader::Transaction(with_timeout(READ_BEGIN_TIMEOUT, begun).await?)
            }
            None => PostgresReader::Session(pool.acquire().await?),
        })
    }
}

/// A read connection. Behind a pooler it is a transaction, which ends when this is dropped.
pub(super) enum PostgresReader {
    Session(PoolConnection<sqlx::Postgres>),
    Transaction(Transaction<'static>),
}

impl Deref for PostgresReader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Session(connection) => connection,
            Self::Transaction(tx) => tx,
        }
    }
}

impl DerefMut for PostgresReader {
    fn deref_mut(&mut self) -> &mut Connection {
        match self {
            Self::Session(connection) => connection,
            Self::Transaction(tx) => tx,
        }
    }
}
