//! Sessions that were left before their time, as the nodes of a shared database tell each other of them.
//!
//! Each node writes rows of its own, numbered from 0 without a gap, and the next one only when it knows that the one
//! before is there. So whoever reads a node's rows up to a number has missed none, however late a row was committed,
//! and no clock is asked.

use super::StoreError;
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// What a session is known by.
pub const SESSION_KEY_BYTES: usize = 16;
/// Sessions in one row: those who leave at the same moment.
pub const ROW_SIGN_OUTS_MAX: usize = 1_024;
/// Rows read at once.
pub const SIGN_OUT_ROWS_READ_MAX: usize = 256;
/// Rows of one node that are looked at, and forgotten where they may be, at once.
pub const SIGN_OUT_ROWS_FORGOTTEN_MAX: usize = 1_024;
/// Nodes whose rows are read: every start of a node is one of its own until its rows are forgotten.
pub const SIGN_OUT_NODES_MAX: usize = 4_096;

/// Drawn when a node starts.
pub type NodeId = [u8; 16];

/// A session that was left.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SignedOutSession {
    pub key: [u8; SESSION_KEY_BYTES],
    /// From here on it opens nothing anyway.
    pub expires_at: UnixMillis,
}

/// Those who left one node at the same moment.
#[derive(Clone, PartialEq, Eq)]
pub struct SignOutRow {
    pub node: NodeId,
    pub number: u64,
    pub sessions: Vec<SignedOutSession>,
}

impl SignOutRow {
    /// When the last of them has expired.
    pub fn expires_at(&self) -> UnixMillis {
        self.sessions.iter().map(|session| session.expires_at).max().unwrap_or(UnixMillis(0))
    }
}

#[async_trait]
pub trait SignOutStore: Send + Sync {
    /// Keeps a row. One that is there already stays, so that it can be sent again when its answer was lost.
    async fn add_sign_outs(&self, row: &SignOutRow) -> Result<(), StoreError>;
    /// The number behind each node's last row.
    async fn sign_out_nodes(&self) -> Result<Vec<(NodeId, u64)>, StoreError>;
    /// At most [`SIGN_OUT_ROWS_READ_MAX`] rows of a node from a number on, in their order; fewer only at the end.
    async fn sign_outs_from(&self, node: NodeId, from: u64) -> Result<Vec<SignOutRow>, StoreError>;
    /// Forgets rows of a node whose sessions have all expired at `until`, among its first
    /// [`SIGN_OUT_ROWS_FORGOTTEN_MAX`]; how many. A node whose last row is gone is forgotten too.
    async fn forget_sign_outs(&self, node: NodeId, until: UnixMillis) -> Result<u64, StoreError>;
}
