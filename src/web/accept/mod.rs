//! The edge: connections come in, each with its time limits (`limits`), over TLS where a certificate is given (`tls`).
//! A stop lets what is under way finish, within a limit.
//!
//! Deliberately absent: routes, and what is answered (`web`). No address of a client reaches a log line.

mod activity;
mod body;
mod conversation;
pub mod endless;
mod huge_pages;
pub mod limits;
mod opening;
pub mod refusals;
#[cfg(test)]
mod slow_readers;
mod stream;
mod talk;
pub mod tls;

use crate::config::Network;
use axum::Router;
use conversation::{Host, Http};
use huge_pages::HugePages;
use limits::{BACKLOG_CONNECTIONS, DRAIN_TIMEOUT, Patience};
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tls::Tls;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

/// Pause after the system refused a connection, e.g. for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How often the log says that every connection is taken.
const FULL_SAID_EVERY: Duration = Duration::from_secs(60);

/// Where people come in.
pub struct Edge {
    pub listener: TcpListener,
    pub tls: Option<Tls>,
    /// Connections at once: [`limits::connections`].
    pub connections_max: usize,
    /// Whoever connects from here brings many people's requests.
    pub proxies: Vec<Network>,
}

/// A listener with room for as many as the system lets wait.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG_CONNECTIONS)
}

impl Edge {
    /// Serves until `stop` resolves, then drains.
    pub async fn serve(self, router: Router, stop: impl Future<Output = ()>) {
        let (stopped, stopping) = watch::channel(false);
        let tls = self.tls.as_ref().map(|tls| TlsAcceptor::from(tls.config()));
        let reloading = self.tls.map(|tls| tokio::spawn(tls.keep_reloading()));
        let proxies = self.proxies.into();
        let host = Host { http: Http::new(Patience::default()), tls, router, stopping, proxies };
        let places = Arc::new(Semaphore::new(self.connections_max));
        let mut door = Door { places, places_max: self.connections_max, huge_pages: HugePages::look(), said: None };
        tokio::pin!(stop);
        loop {
            let (stream, peer, place) = tokio::select! {
                admitted = door.admit(&self.listener) => admitted,
                () = &mut stop => break,
            };
            let host = host.clone();
            tokio::spawn(async move {
                if let Err(error) = host.receive(stream, peer, place).await {
                    tracing::debug!(%error, "a connection ended early");
                }
            });
        }
        // From here new connections are refused by the system, so a balancer sends them elsewhere.
        drop(self.listener);
        drop(host);
        let _ = stopped.send(true);
        if tokio::time::timeout(DRAIN_TIMEOUT, stopped.closed()).await.is_err() {
            tracing::warn!(connections = stopped.receiver_count(), "connections were cut after the drain limit");
        }
        if let Some(reloading) = reloading {
            reloading.abort();
        }
    }
}

/// Lets connections in while there is a place.
struct Door {
    places: Arc<Semaphore>,
    places_max: usize,
    huge_pages: HugePages,
    /// When the log last said that there was none.
    said: Option<Instant>,
}

impl Door {
    /// The next connection, once there is a place for it. Until then it waits in the system's backlog.
    async fn admit(&mut self, listener: &TcpListener) -> (TcpStream, IpAddr, OwnedSemaphorePermit) {
        let recently = self.said.is_some_and(|said| said.elapsed() < FULL_SAID_EVERY);
        if self.places.available_permits() == 0 && !recently {
            self.said = Some(Instant::now());
            tracing::warn!("every connection is taken: new ones wait until one ends");
        }
        let place = self.places.clone().acquire_owned().await.expect("nobody closes the semaphore");
        self.huge_pages.fit(self.places_max - self.places.available_permits());
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return (stream, peer.ip().to_canonical(), place),
                Err(error) => {
                    tracing::warn!(%error, "a connection couldn't be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}
