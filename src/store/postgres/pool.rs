//! A node's connections, and how one that died without a word is told from one that lives.
//!
//! A server that loses its power closes nothing: its connections look alive for a quarter of an hour. So each is asked
//! for an answer when it comes back from use, and again when it has been idle, and whoever uses one waits with a limit.

use super::Server;
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection as _, Error};
use std::io::ErrorKind;
use std::time::Duration;

/// How long a request waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that says nothing for so long is closed.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// What was in use so lately needs no test.
const IDLE_UNTESTED: Duration = Duration::from_secs(1);

pub(super) async fn connect(server: &Server, connections_max: u32) -> Result<PgPool, Error> {
    options(connections_max).connect_with(server.connect_options()).await
}

/// As [`connect`]; whoever needs a connection first opens it.
pub(super) fn connect_later(server: &Server, connections_max: u32) -> PgPool {
    options(connections_max).connect_lazy_with(server.connect_options())
}

fn options(connections_max: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, idle| {
            Box::pin(async move { if idle.idle_for < IDLE_UNTESTED { Ok(true) } else { answers(connection).await } })
        })
        .after_release(|connection, _| Box::pin(answers(connection)))
}

/// `Err` closes the connection.
async fn answers(connection: &mut PgConnection) -> Result<bool, Error> {
    within(ANSWER_TIMEOUT, connection.ping()).await.map(|()| true)
}

/// An answer that doesn't come in time is a fault of the connection.
pub(super) async fn within<T>(limit: Duration, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| Err(Error::Io(ErrorKind::TimedOut.into())))
}
