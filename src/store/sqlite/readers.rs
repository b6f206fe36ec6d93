//! Connections to read with, each with a thread of the driver's.
//!
//! The driver's own pool asks every connection that comes back whether it is still there, a turn to its thread that costs as
//! much as most reads. A file that was opened can't hang up; only the thread could die. So it is asked now and then.

use super::ACQUIRE_TIMEOUT;
use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleResult};
use deadpool::{Runtime, managed};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Error};
use std::time::Duration;

const READERS: usize = 4;
/// A connection is asked for an answer before it goes out when nobody took it for so long,
const UNASKED_MAX: Duration = Duration::from_secs(1);
/// and after so many times.
const UNASKED_READS: usize = 256;

#[derive(Clone)]
pub(super) struct Readers(Pool<Opener>);

/// A connection that goes back when this is dropped.
pub(super) type Reader = Object<Opener>;

pub(super) struct Opener(SqliteConnectOptions);

impl Manager for Opener {
    type Type = SqliteConnection;
    type Error = Error;

    async fn create(&self) -> Result<SqliteConnection, Error> {
        self.0.connect().await
    }

    async fn recycle(&self, connection: &mut SqliteConnection, metrics: &Metrics) -> RecycleResult<Error> {
        if metrics.last_used() > UNASKED_MAX || metrics.recycle_count.is_multiple_of(UNASKED_READS) {
            connection.ping().await?;
        }
        Ok(())
    }
}

impl Readers {
    /// Opens nothing yet.
    pub fn new(options: SqliteConnectOptions) -> Result<Self, Error> {
        let pool = Pool::builder(Opener(options))
            .max_size(READERS)
            // Whoever gave up reading leaves a connection that may still be busy for a moment: the others go out first.
            .queue_mode(QueueMode::Fifo)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(ACQUIRE_TIMEOUT))
            .create_timeout(Some(ACQUIRE_TIMEOUT))
            .recycle_timeout(Some(ACQUIRE_TIMEOUT))
            .build()
            .map_err(|fault| Error::Configuration(fault.into()))?;
        Ok(Self(pool))
    }

    /// The next free connection.
    ///
    /// # Errors
    /// `PoolTimedOut` when there is none within [`ACQUIRE_TIMEOUT`], `PoolClosed` after [`Self::close`].
    pub async fn acquire(&self) -> Result<Reader, Error> {
        self.0.get().await.map_err(|fault| match fault {
            PoolError::Timeout(_) => Error::PoolTimedOut,
            PoolError::Backend(error) => error,
            PoolError::Closed => Error::PoolClosed,
            fault @ (PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_)) => {
                Error::Configuration(fault.to_string().into())
            }
        })
    }

    /// Closes the connections that nobody reads with; the others close when they come back.
    pub async fn close(&self) {
        let managed::RetainResult { removed, .. } = self.0.retain(|_, _| false);
        self.0.close();
        for connection in removed {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "a connection to the database couldn't be closed");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Row as _;
    use tokio::time::timeout;

    async fn one(readers: &Readers) -> i64 {
        let mut reader = readers.acquire().await.unwrap();
        sqlx::query("SELECT 1 AS one").fetch_one(&mut *reader).await.unwrap().get("one")
    }

    #[tokio::test]
    async fn no_more_are_open_than_there_are_places_and_whoever_comes_later_waits() {
        let readers = Readers::new(SqliteConnectOptions::new().in_memory(true)).unwrap();
        let all = [readers.acquire().await, readers.acquire().await, readers.acquire().await, readers.acquire().await];
        let waiting = tokio::spawn({
            let readers = readers.clone();
            async move { one(&readers).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished() && readers.0.status().available == 0);
        drop(all);
        assert_eq!(waiting.await.unwrap(), 1);
        assert_eq!((readers.0.status().available, readers.0.status().size), (4, 4));
    }

    #[tokio::test]
    async fn one_whose_reader_gave_up_reads_on() {
        let readers = Readers::new(SqliteConnectOptions::new().in_memory(true)).unwrap();
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
        for _ in 0..8 {
            let mut reader = readers.acquire().await.unwrap();
            let given_up = timeout(Duration::from_millis(5), sqlx::query(endless).fetch_all(&mut *reader)).await;
            assert!(given_up.is_err());
        }
        for _ in 0..8 {
            assert_eq!(one(&readers).await, 1);
        }
    }

    #[tokio::test]
    async fn after_closing_nobody_reads_who_doesn_t_already() {
        let readers = Readers::new(SqliteConnectOptions::new().in_memory(true)).unwrap();
        let mut reader = readers.acquire().await.unwrap();
        assert_eq!(one(&readers).await, 1);
        readers.close().await;
        assert!(matches!(readers.acquire().await, Err(Error::PoolClosed)));
        sqlx::query("SELECT 1").execute(&mut *reader).await.unwrap();
        drop(reader);
        assert_eq!(readers.0.status().size, 0);
    }
}
