//! A node's connection pools, and how they detect a connection that died without being closed.
//!
//! A server that loses power closes nothing: its connections look alive for a quarter of an hour. So each connection is
//! pinged when it is returned and again after it was idle, and every wait for an answer has a limit.

use super::Server;
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection as _, Error};
use std::io::ErrorKind;
use std::time::Duration;

/// How long a request waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that doesn't answer a ping within this time is closed.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// A connection that was idle for less than this isn't pinged.
const IDLE_UNPINGED_MAX: Duration = Duration::from_secs(1);

pub(super) async fn connect(server: &Server, connections_max: u32) -> Result<PgPool, Error> {
    options(connections_max).connect_with(server.connect_options()).await
}

/// As [`connect`], but each connection is opened when it is first needed.
pub(super) fn connect_later(server: &Server, connections_max: u32) -> PgPool {
    options(connections_max).connect_lazy_with(server.connect_options())
}

fn options(connections_max: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, idle| {
            Box::pin(async move { if idle.idle_for < IDLE_UNPINGED_MAX { Ok(true) } else { ping(connection).await } })
        })
        .after_release(|connection, _| Box::pin(ping(connection)))
}

/// Pings a connection. `Err` makes the pool close it.
async fn ping(connection: &mut PgConnection) -> Result<bool, Error> {
    with_timeout(ANSWER_TIMEOUT, connection.ping()).await.map(|()| true)
}

/// The answer, or an input/output error if it doesn't come within `limit`.
pub(super) async fn with_timeout<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| Err(Error::Io(ErrorKind::TimedOut.into())))
}
