//! The timeouts of a connection and the limit of concurrent connections.
//!
//! A connection beyond the limit isn't refused, since a refused client would reconnect at once: it waits in the
//! system's backlog until another one ends. Connections that send nothing are closed after [`HEADERS_TIMEOUT`].

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::num::NonZeroU32;
use std::time::Duration;

/// From the connection (under TLS: from the end of the handshake) to the last byte of the first request's headers.
/// Beyond it the connection is closed. This is enough for a phone on a bad network that loses a packet or two.
pub const HEADERS_TIMEOUT: Duration = Duration::from_secs(15);
/// From the end of an answer to the last byte of the next request's headers. Beyond it the connection is closed.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a body may take, plus a second for every [`BODY_BYTES_PER_SEC_MIN`] received. Beyond it: 408 `slow`.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(15);
/// The lowest rate of a body, in bytes per second; slower than any network that people sign over.
pub const BODY_BYTES_PER_SEC_MIN: u32 = 4 * 1024;
/// How long a client may read nothing of what is ready for it, because its socket buffer is full or its HTTP/2 window
/// is closed (RFC 9113, section 5.2). Beyond it the connection is closed.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the TLS handshake may take. Beyond it the connection is closed.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long requests in flight may take to finish after a stop. Beyond it they are cut off.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection without requests in flight may take to close gracefully.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The timeouts that a connection is held to. Tests use shorter ones.
#[derive(Clone, Copy)]
pub struct Timeouts {
    /// [`HEADERS_TIMEOUT`].
    pub headers: Duration,
    /// [`IDLE_TIMEOUT`].
    pub idle: Duration,
    /// [`BODY_TIMEOUT`].
    pub body: Duration,
    /// [`WRITE_TIMEOUT`].
    pub write: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { headers: HEADERS_TIMEOUT, idle: IDLE_TIMEOUT, body: BODY_TIMEOUT, write: WRITE_TIMEOUT }
    }
}

/// Largest head of an HTTP/1.1 request, and the most of a body or a response that is buffered per connection.
pub const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// Concurrent streams of one HTTP/2 connection. Beyond it the client waits, as the protocol says.
pub const STREAMS_MAX: u32 = 100;
/// Connections that wait for their turn to be accepted; the system may allow fewer (Linux: `net.core.somaxconn`).
pub const BACKLOG_CONNECTIONS: u32 = 4_096;

/// Concurrent connections unless configured otherwise, if the system allows that many.
const CONNECTIONS_DEFAULT: u64 = 65_536;
/// File descriptors for everything besides client connections: the database, uploads, the high-water marks.
const DESCRIPTORS_KEPT: u64 = 256;

/// The limit of concurrent connections, after raising the limit of file descriptors as far as possible. Logs when it is
/// lower than `wanted`.
pub fn connection_limit(wanted: Option<NonZeroU32>) -> usize {
    let descriptors = raise_descriptor_limit();
    let possible = achievable_limit(wanted, descriptors);
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

/// Raises the soft limit of file descriptors to the hard one and returns it; [`u64::MAX`] where there is none.
pub fn raise_descriptor_limit() -> u64 {
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

/// At least one, so that a process short of descriptors still answers over HTTP.
fn achievable_limit(wanted: Option<NonZeroU32>, descriptors: u64) -> u64 {
    let wanted = wanted.map_or(CONNECTIONS_DEFAULT, |wanted| wanted.get().into());
    wanted.min(descriptors.saturating_sub(DESCRIPTORS_KEPT)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_what_was_asked_for_or_what_the_descriptors_leave() {
        let wanted = NonZeroU32::new;
        assert_eq!(achievable_limit(None, u64::MAX), CONNECTIONS_DEFAULT);
        assert_eq!(achievable_limit(None, 20_000), 19_744);
        assert_eq!(achievable_limit(wanted(500), 20_000), 500);
        assert_eq!(achievable_limit(wanted(500), 300), 44);
        assert_eq!(achievable_limit(wanted(500), 10), 1);
    }

    #[test]
    fn the_soft_limit_becomes_the_hard_one() {
        let before = getrlimit(Resource::Nofile);
        assert_eq!(Some(raise_descriptor_limit()), before.maximum.or(Some(u64::MAX)));
        assert_eq!(getrlimit(Resource::Nofile), Rlimit { current: before.maximum, ..before });
    }
}
