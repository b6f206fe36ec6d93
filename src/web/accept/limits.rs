//! Every time-out of a connection, and how many connections there may be at once.
//!
//! A connection beyond the limit isn't refused: it waits in the system's backlog until another one ends, since somebody who
//! is told to go away comes back at once. Connections that do nothing make room after [`HEADERS_TIMEOUT`].

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::num::NonZeroU32;
use std::time::Duration;

/// From the connection (under TLS: from the end of the handshake) to the last byte of the first request's headers.
/// Beyond it the connection is closed. A phone on a bad network loses a packet or two and still makes it.
pub const HEADERS_TIMEOUT: Duration = Duration::from_secs(15);
/// From the end of an answer to the last byte of the next request's headers. Beyond it the connection is closed.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a body may take, besides a second for every [`BODY_BYTES_PER_SEC_MIN`] that came. Beyond it: 408 `slow`.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(15);
/// Slower than any network that people sign over.
pub const BODY_BYTES_PER_SEC_MIN: u32 = 4 * 1024;
/// How long a client may take none of the bytes that are waiting for it, be it that its socket is full or that it opens no
/// window (RFC 9113, section 5.2). Beyond it the connection is closed.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long TLS may take to agree. Beyond it the connection is closed.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long requests under way may take to finish after a stop. Beyond it they are cut.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection with nothing left to answer may take to say goodbye once it was asked to.
pub const LEAVE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a connection is waited for. Tests wait less.
#[derive(Clone, Copy)]
pub struct Patience {
    /// [`HEADERS_TIMEOUT`].
    pub headers: Duration,
    /// [`IDLE_TIMEOUT`].
    pub idle: Duration,
    /// [`BODY_TIMEOUT`].
    pub body: Duration,
    /// [`WRITE_TIMEOUT`].
    pub write: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { headers: HEADERS_TIMEOUT, idle: IDLE_TIMEOUT, body: BODY_TIMEOUT, write: WRITE_TIMEOUT }
    }
}

/// Largest head of an HTTP/1.1 request; and so much of a body or an answer is kept for a connection.
pub const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// Requests that one HTTP/2 connection may have under way. Beyond it the client waits, as the protocol says.
pub const STREAMS_MAX: u32 = 100;
/// Connections that wait for their turn to be accepted; the system may allow fewer (Linux: `net.core.somaxconn`).
pub const BACKLOG_CONNECTIONS: u32 = 4_096;

/// Connections at once where nothing else was asked for and the system allows so many.
const CONNECTIONS_DEFAULT: u64 = 65_536;
/// Descriptors for everything that isn't a client's connection: the database, uploads, the marks.
const DESCRIPTORS_KEPT: u64 = 256;

/// How many connections there may be at once, after the limit of descriptors was raised as far as it goes. Says in the log
/// when that is fewer than `wanted`.
pub fn connections(wanted: Option<NonZeroU32>) -> usize {
    let descriptors = raised();
    let possible = possible(wanted, descriptors);
    if let Some(wanted) = wanted.filter(|wanted| u64::from(wanted.get()) > possible) {
        tracing::warn!(
            wanted,
            possible,
            descriptors,
            "fewer connections than asked for: raise the limit of open files (LimitNOFILE, ulimit -n)"
        );
    }
    tracing::info!(connections = possible, descriptors, "connections at once");
    usize::try_from(possible).unwrap_or(usize::MAX).min(tokio::sync::Semaphore::MAX_PERMITS)
}

/// The limit of descriptors, with the soft one raised to the hard one. [`u64::MAX`] where there is none.
pub fn raised() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let now = match raised {
        Ok(()) => maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files can't be raised");
            current
        }
    };
    now.unwrap_or(u64::MAX)
}

/// At least one, so that whoever runs out of descriptors is still told so over HTTP.
fn possible(wanted: Option<NonZeroU32>, descriptors: u64) -> u64 {
    let wanted = wanted.map_or(CONNECTIONS_DEFAULT, |wanted| wanted.get().into());
    wanted.min(descriptors.saturating_sub(DESCRIPTORS_KEPT)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_what_was_asked_for_or_what_the_descriptors_leave() {
        let wanted = NonZeroU32::new;
        assert_eq!(possible(None, u64::MAX), CONNECTIONS_DEFAULT);
        assert_eq!(possible(None, 20_000), 19_744);
        assert_eq!(possible(wanted(500), 20_000), 500);
        assert_eq!(possible(wanted(500), 300), 44);
        assert_eq!(possible(wanted(500), 10), 1);
    }

    #[test]
    fn the_soft_limit_becomes_the_hard_one() {
        let before = getrlimit(Resource::Nofile);
        assert_eq!(Some(raised()), before.maximum.or(Some(u64::MAX)));
        assert_eq!(getrlimit(Resource::Nofile), Rlimit { current: before.maximum, ..before });
    }
}
