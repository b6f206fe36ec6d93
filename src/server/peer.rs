//! What the server knows about a connection's peer; stored in the extensions of each request.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The peer's IP address. An IPv4 address mapped into IPv6 is given as IPv4.
#[derive(Clone, Copy)]
pub struct PeerAddr(pub IpAddr);

/// Set once the request's body arrives too slowly. Requests without a body don't have this extension.
#[derive(Clone, Default)]
pub struct SlowBody(Arc<AtomicBool>);

impl SlowBody {
    /// Marks the body as too slow.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the body arrived too slowly.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
