//! Connections to read with, each with a thread of the driver's.
//!
//! The driver's own pool asks every connection that comes back whether it is still there, a turn to its thread that costs as
//! much as most reads. A file that was opened can't hang up; only the thread could die. So it is asked now and then.

use super::ACQUIRE_TIMEOUT;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Error};
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

const READERS: u32 = 4;
/// A connection that comes back is asked for an answer when it wasn't for so long.
const UNASKED_MAX: Duration = Duration::from_secs(1);

pub(super) struct Readers {
    options: SqliteConnectOptions,
    /// Whoever holds one of these has, or opens, a connection.
    places: Arc<Semaphore>,
    /// The one that came back first goes out first: one whose reader gave up may still be busy for a moment.
    idle: Mutex<VecDeque<Opened>>,
}

struct Opened {
    connection: SqliteConnection,
    asked: Instant,
}

/// A connection that goes back when this is dropped.
pub(super) struct Reader {
    readers: Arc<Readers>,
    /// `None` only while it is dropped.
    held: Option<(Opened, OwnedSemaphorePermit)>,
}

impl Readers {
    /// Opens nothing yet.
    pub fn new(options: SqliteConnectOptions) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(usize::try_from(READERS).unwrap_or(1)));
        Arc::new(Self { options, places, idle: Mutex::default() })
    }

    /// The next free connection.
    ///
    /// # Errors
    /// `PoolTimedOut` when there is none within [`ACQUIRE_TIMEOUT`], `PoolClosed` after [`Self::close`].
    pub async fn acquire(self: &Arc<Self>) -> Result<Reader, Error> {
        let place = timeout(ACQUIRE_TIMEOUT, self.places.clone().acquire_owned()).await;
        let place = place.map_err(|_| Error::PoolTimedOut)?.map_err(|_| Error::PoolClosed)?;
        let idle = self.idle().pop_front();
        let opened = match idle {
            Some(opened) => opened,
            None => Opened { connection: self.options.connect().await?, asked: Instant::now() },
        };
        Ok(Reader { readers: self.clone(), held: Some((opened, place)) })
    }

    /// Waits for everybody who reads, then closes the file.
    pub async fn close(&self) {
        let all = self.places.acquire_many(READERS).await;
        self.places.close();
        drop(all);
        let idle = std::mem::take(&mut *self.idle());
        for Opened { connection, .. } in idle {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "a connection to the database couldn't be closed");
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<Opened>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for Reader {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        let (opened, _) = self.held.as_ref().expect("held until it is dropped");
        &opened.connection
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        let (opened, _) = self.held.as_mut().expect("held until it is dropped");
        &mut opened.connection
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some((mut opened, place)) = self.held.take() else { return };
        let readers = self.readers.clone();
        if opened.asked.elapsed() < UNASKED_MAX {
            readers.idle().push_back(opened);
            drop(place);
            return;
        }
        // One that doesn't answer is left, and another is opened in its place.
        tokio::spawn(async move {
            if opened.connection.ping().await.is_ok() {
                opened.asked = Instant::now();
                readers.idle().push_back(opened);
            }
            drop(place);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Row as _;
    use std::time::Duration;

    async fn one(readers: &Arc<Readers>) -> i64 {
        let mut reader = readers.acquire().await.unwrap();
        sqlx::query("SELECT 1 AS one").fetch_one(&mut *reader).await.unwrap().get("one")
    }

    #[tokio::test]
    async fn no_more_are_open_than_there_are_places_and_whoever_comes_later_waits() {
        let readers = Readers::new(SqliteConnectOptions::new().in_memory(true));
        let all = [readers.acquire().await, readers.acquire().await, readers.acquire().await, readers.acquire().await];
        let waiting = tokio::spawn({
            let readers = readers.clone();
            async move { one(&readers).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished() && readers.idle().is_empty());
        drop(all);
        assert_eq!(waiting.await.unwrap(), 1);
        assert_eq!(readers.idle().len(), 4);
    }

    #[tokio::test]
    async fn one_whose_reader_gave_up_reads_on() {
        let readers = Readers::new(SqliteConnectOptions::new().in_memory(true));
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
    async fn one_that_wasn_t_asked_for_long_comes_back_once_it_has_answered() {
        let readers = Readers::new(SqliteConnectOptions::new().in_memory(true));
        assert_eq!(one(&readers).await, 1);
        readers.idle()[0].asked -= 2 * UNASKED_MAX;
        let before = readers.idle()[0].asked;
        assert_eq!(one(&readers).await, 1);
        // Its place is free only once it is back.
        drop(readers.places.acquire_many(READERS).await.unwrap());
        assert!(readers.idle().len() == 1 && readers.idle()[0].asked > before);
    }

    #[tokio::test]
    async fn closing_waits_for_who_reads_and_nobody_reads_afterwards() {
        let readers = Readers::new(SqliteConnectOptions::new().in_memory(true));
        let reader = readers.acquire().await.unwrap();
        let closing = tokio::spawn({
            let readers = readers.clone();
            async move { readers.close().await }
        });
        tokio::task::yield_now().await;
        assert!(!closing.is_finished());
        drop(reader);
        closing.await.unwrap();
        assert!(matches!(readers.acquire().await, Err(Error::PoolClosed)) && readers.idle().is_empty());
    }
}
