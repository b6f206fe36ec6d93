//! Read connections, each with a thread of the driver.
//!
//! The driver's own pool pings every connection that is returned, a round trip to its thread that costs as much as most
//! reads. An open file can't disconnect; only the thread could die. So this pool pings only now and then.

use super::ACQUIRE_TIMEOUT;
use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleResult};
use deadpool::{Runtime, managed};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Error};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::timeout;

const READERS: usize = 4;
/// A connection that was idle for longer than this is pinged before it is used.
const PING_AFTER_IDLE: Duration = Duration::from_secs(1);
/// A connection is also pinged once in this many uses.
const PING_AFTER_USES: usize = 256;
/// A connection that doesn't answer a ping within this time is closed, and the next one is used.
const PING_TIMEOUT: Duration = Duration::from_secs(1);
/// Instructions of SQLite's virtual machine after which a statement counts as long: some tenths of a millisecond. A
/// long statement checks each time it has run as many whether its reader still waits.
const LONG_STEPS: i32 = 10_000;

#[derive(Clone)]
pub(super) struct SqliteReaders {
    pool: Pool<ReaderManager>,
    /// How often a connection was handed out.
    handed_out: Arc<AtomicU64>,
}

/// A connection that returns to the pool when this is dropped. Dropping interrupts a long statement that still runs, so
/// that an abandoned read doesn't keep the connection busy.
pub(super) struct SqliteReader(Object<ReaderManager>);

impl Deref for SqliteReader {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.0.inner
    }
}

impl DerefMut for SqliteReader {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.0.inner
    }
}

impl Drop for SqliteReader {
    fn drop(&mut self) {
        self.0.state.is_held.store(false, Ordering::Relaxed);
    }
}

/// State that a connection's thread and its reader share.
#[derive(Default)]
struct ReaderState {
    /// A reader holds the connection.
    is_held: AtomicBool,
    /// A long statement has run since the last ping, and may still run.
    was_long: AtomicBool,
}

impl ReaderState {
    /// Called during a long statement; returns whether it may go on.
    fn may_continue(&self) -> bool {
        self.was_long.store(true, Ordering::Relaxed);
        self.is_held.load(Ordering::Relaxed)
    }
}

/// A connection in the pool.
pub(super) struct PooledReader {
    inner: SqliteConnection,
    state: Arc<ReaderState>,
}

pub(super) struct ReaderManager(SqliteConnectOptions);

impl Manager for ReaderManager {
    type Type = PooledReader;
    type Error = Error;

    async fn create(&self) -> Result<PooledReader, Error> {
        let (mut inner, state) = (self.0.connect().await?, Arc::<ReaderState>::default());
        let shared = state.clone();
        inner.lock_handle().await?.set_progress_handler(LONG_STEPS, move || shared.may_continue());
        Ok(PooledReader { inner, state })
    }

    /// After a long statement the connection is pinged, in case its reader gave up; one that doesn't answer in time is
    /// replaced. A shorter statement ends sooner than a ping takes.
    async fn recycle(&self, connection: &mut PooledReader, metrics: &Metrics) -> RecycleResult<Error> {
        let was_long = connection.state.was_long.load(Ordering::Relaxed);
        if was_long || metrics.last_used() > PING_AFTER_IDLE || metrics.recycle_count.is_multiple_of(PING_AFTER_USES) {
            connection.inner.ping().await?;
            connection.state.was_long.store(false, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl SqliteReaders {
    /// Makes the pool. It opens each connection when it is first needed.
    pub fn new(options: SqliteConnectOptions) -> Result<Self, Error> {
        let pool = Pool::builder(ReaderManager(options))
            .max_size(READERS)
            // A reader that gave up leaves a connection that may be busy for a moment, so the others are used first.
            .queue_mode(QueueMode::Fifo)
            .runtime(Runtime::Tokio1)
            .recycle_timeout(Some(PING_TIMEOUT))
            .build()
            .map_err(|fault| Error::Configuration(fault.into()))?;
        Ok(Self { pool, handed_out: Arc::default() })
    }

    /// The next free connection.
    ///
    /// # Errors
    /// `PoolTimedOut` when there is none within [`ACQUIRE_TIMEOUT`], `PoolClosed` after [`Self::close`].
    pub async fn acquire(&self) -> Result<SqliteReader, Error> {
        let free = timeout(ACQUIRE_TIMEOUT, self.pool.get()).await.map_err(|_| Error::PoolTimedOut)?;
        let free = free.map_err(|fault| match fault {
            PoolError::Timeout(_) => Error::PoolTimedOut,
            PoolError::Backend(error) => error,
            PoolError::Closed => Error::PoolClosed,
            fault @ (PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_)) => {
                Error::Configuration(fault.to_string().into())
            }
        })?;
        free.state.is_held.store(true, Ordering::Relaxed);
        self.handed_out.fetch_add(1, Ordering::Relaxed);
        Ok(SqliteReader(free))
    }

    /// How often a connection was handed out.
    pub fn handed_out(&self) -> u64 {
        self.handed_out.load(Ordering::Relaxed)
    }

    /// Closes idle connections; those in use close when they are returned.
    pub async fn close(&self) {
        let managed::RetainResult { removed, .. } = self.pool.retain(|_, _| false);
        self.pool.close();
        for connection in removed {
            if let Err(error) = connection.inner.close().await {
                tracing::warn!(%error, "a connection to the database couldn't be closed");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::{AssertSqlSafe, Row as _};

    /// Less than `ACQUIRE_TIMEOUT`.
    const WAIT_MAX: Duration = Duration::from_secs(5);

    async fn one(readers: &SqliteReaders) -> i64 {
        let mut reader = readers.acquire().await.unwrap();
        sqlx::query("SELECT 1 AS one").fetch_one(&mut *reader).await.unwrap().get("one")
    }

    #[tokio::test]
    async fn no_more_are_open_than_there_are_places_and_whoever_comes_later_waits() {
        let readers = SqliteReaders::new(SqliteConnectOptions::new().in_memory(true)).unwrap();
        let all = [readers.acquire().await, readers.acquire().await, readers.acquire().await, readers.acquire().await];
        let waiting = tokio::spawn({
            let readers = readers.clone();
            async move { one(&readers).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished() && readers.pool.status().available == 0);
        drop(all);
        assert_eq!(waiting.await.unwrap(), 1);
        assert_eq!((readers.pool.status().available, readers.pool.status().size), (4, 4));
    }

    #[tokio::test]
    async fn one_whose_reader_gave_up_reads_on() {
        let readers = SqliteReaders::new(SqliteConnectOptions::new().in_memory(true)).unwrap();
        // The first statement produces rows that nobody reads; the second never produces one and would run for ever.
        for what in ["i", "COUNT(*)"] {
            let endless =
                format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT {what} FROM n");
            for _ in 0..8 {
                let mut reader = timeout(WAIT_MAX, readers.acquire()).await.expect("a reader stays busy").unwrap();
                let endless = sqlx::query(AssertSqlSafe(endless.as_str())).fetch_all(&mut *reader);
                assert!(timeout(Duration::from_millis(20), endless).await.is_err());
            }
            for _ in 0..8 {
                assert_eq!(timeout(WAIT_MAX, one(&readers)).await.expect("a reader stays busy"), 1);
            }
        }
    }

    #[tokio::test]
    async fn a_long_statement_that_somebody_waits_for_is_read_to_its_end() {
        let readers = SqliteReaders::new(SqliteConnectOptions::new().in_memory(true)).unwrap();
        let long = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) \
                    SELECT COUNT(*) AS many FROM n";
        for _ in 0..8 {
            let mut reader = readers.acquire().await.unwrap();
            let many: i64 = sqlx::query(long).fetch_one(&mut *reader).await.unwrap().get("many");
            assert_eq!(many, 300_000);
        }
    }

    #[tokio::test]
    async fn after_closing_nobody_reads_who_doesn_t_already() {
        let readers = SqliteReaders::new(SqliteConnectOptions::new().in_memory(true)).unwrap();
        let mut reader = readers.acquire().await.unwrap();
        assert_eq!(one(&readers).await, 1);
        readers.close().await;
        assert!(matches!(readers.acquire().await, Err(Error::PoolClosed)));
        sqlx::query("SELECT 1").execute(&mut *reader).await.unwrap();
        drop(reader);
        assert_eq!(readers.pool.status().size, 0);
    }
}
