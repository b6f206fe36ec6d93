//! The connection edge: accepts connections, TLS included, speaks HTTP/1 and HTTP/2, enforces the time limits of each
//! connection (`limits`), and drains on shutdown.
//!
//! Deliberately absent: routes and what they answer (`web`). No client address reaches a log line.

mod activity;
mod body;
mod connection;
pub mod detached;
mod driver;
mod huge_pages;
pub mod limits;
mod peer;
mod protocol;
pub mod refusal_rate;
pub mod self_signed;
#[cfg(test)]
mod slow_client_tests;
mod timed_stream;
pub mod tls;

pub use huge_pages::use_small_pages;
pub use peer::{PeerAddr, SlowBody};

use crate::config::IpNetwork;
use axum::Router;
use connection::{ConnectionContext, HttpProtocols};
use huge_pages::HugePages;
use limits::{BACKLOG_CONNECTIONS, DRAIN_TIMEOUT, Timeouts};
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tls::TlsFiles;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

/// Pause after `accept` failed, e.g. because the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Shortest time between two log lines that say the connection limit is reached.
const FULL_LOG_INTERVAL: Duration = Duration::from_secs(60);

/// A listener and how its connections are served.
pub struct HttpServer {
    /// Accepts the connections; made by [`listen`].
    pub listener: TcpListener,
    /// Certificate and key; `None` serves plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Most concurrent connections; see [`limits::connection_limit`].
    pub connections_max: usize,
    /// Trusted proxies: their connections carry requests of many clients, so refusals aren't delayed there.
    pub proxies: Vec<IpNetwork>,
}

/// Binds a listener with the longest accept backlog that the system allows.
///
/// # Errors
/// When the address can't be bound.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG_CONNECTIONS)
}

impl HttpServer {
    /// Serves until `stop` resolves, then waits up to [`DRAIN_TIMEOUT`] for requests in flight.
    pub async fn serve(self, router: Router, stop: impl Future<Output = ()>) {
        let (stopped, stopping) = watch::channel(false);
        let tls = self.tls.as_ref().map(|tls| TlsAcceptor::from(tls.config()));
        let reloading = self.tls.map(|tls| tokio::spawn(tls.keep_reloading()));
        let proxies = self.proxies.into();
        let context =
            ConnectionContext { http: HttpProtocols::new(Timeouts::default()), tls, router, stopping, proxies };
        let permits = Arc::new(Semaphore::new(self.connections_max));
        let mut acceptor =
            Acceptor { permits, permits_max: self.connections_max, huge_pages: HugePages::read(), last_logged: None };
        tokio::pin!(stop);
        loop {
            let (stream, peer, permit) = tokio::select! {
                accepted = acceptor.accept(&self.listener) => accepted,
                () = &mut stop => break,
            };
            let context = context.clone();
            tokio::spawn(async move {
                if let Err(error) = context.serve(stream, peer, permit).await {
                    tracing::debug!(%error, "a connection ended early");
                }
            });
        }
        // From here the system refuses new connections, so a load balancer sends them elsewhere.
        drop(self.listener);
        drop(context);
        let _ = stopped.send(true);
        if tokio::time::timeout(DRAIN_TIMEOUT, stopped.closed()).await.is_err() {
            tracing::warn!(connections = stopped.receiver_count(), "connections were cut after the drain limit");
        }
        if let Some(reloading) = reloading {
            reloading.abort();
        }
    }
}

/// Accepts connections while there are permits.
struct Acceptor {
    permits: Arc<Semaphore>,
    permits_max: usize,
    huge_pages: HugePages,
    /// When the log last said that no permit was free.
    last_logged: Option<Instant>,
}

impl Acceptor {
    /// The next connection, once a permit is free. Until then it waits in the system's backlog.
    async fn accept(&mut self, listener: &TcpListener) -> (TcpStream, IpAddr, OwnedSemaphorePermit) {
        let logged_recently = self.last_logged.is_some_and(|logged| logged.elapsed() < FULL_LOG_INTERVAL);
        if self.permits.available_permits() == 0 && !logged_recently {
            self.last_logged = Some(Instant::now());
            tracing::warn!("every connection is taken: new ones wait until one ends");
        }
        let permit = self.permits.clone().acquire_owned().await.expect("nobody closes the semaphore");
        self.huge_pages.adapt(self.permits_max - self.permits.available_permits());
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return (stream, peer.ip().to_canonical(), permit),
                Err(error) => {
                    tracing::warn!(%error, "a connection couldn't be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}
