//! Sessions that were signed out before they expired, shared between the nodes of one database.
//!
//! Each node writes its own rows, numbered from 0 without a gap, and each only after the one before is known to be
//! stored. A reader that has a node's rows up to a number has therefore missed none, however late a row was committed.
//! No clock is involved.

use super::StoreError;
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// Length of a session's key.
pub const SESSION_KEY_BYTES: usize = 16;
/// Most sessions in one row.
pub const ROW_SIGN_OUTS_MAX: usize = 1_024;
/// Most rows in one read.
pub const SIGN_OUT_ROWS_READ_MAX: usize = 256;
/// Most rows of one node that one call examines and, where they have expired, deletes.
pub const SIGN_OUT_ROWS_FORGOTTEN_MAX: usize = 1_024;
/// Most nodes whose rows are read. Each start of a node counts as one until its rows are deleted.
pub const SIGN_OUT_NODES_MAX: usize = 4_096;

/// Drawn when a node starts.
pub type NodeId = [u8; 16];

/// A session that was signed out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SignedOutSession {
    /// First half of its token's MAC. It opens nothing.
    pub key: [u8; SESSION_KEY_BYTES],
    /// From then on the token is refused anyway, and the row can be deleted.
    pub expires_at: UnixMillis,
}

/// Sessions that one node signed out together.
#[derive(Clone, PartialEq, Eq)]
pub struct SignOutRow {
    /// The node that wrote it.
    pub node: NodeId,
    /// Position among the node's rows, from 0.
    pub number: u64,
    /// At most [`ROW_SIGN_OUTS_MAX`].
    pub sessions: Vec<SignedOutSession>,
}

impl SignOutRow {
    /// When the last of its sessions expires.
    pub fn expires_at(&self) -> UnixMillis {
        self.sessions.iter().map(|session| session.expires_at).max().unwrap_or(UnixMillis(0))
    }
}

/// Sign-outs, shared between the nodes of one database.
#[async_trait]
pub trait SignOutStore: Send + Sync {
    /// Stores a row. One that exists already stays as it is, so that a row can be sent again when its answer was lost.
    async fn add_sign_outs(&self, row: &SignOutRow) -> Result<(), StoreError>;
    /// One more than the number of each node's last row.
    async fn sign_out_nodes(&self) -> Result<Vec<(NodeId, u64)>, StoreError>;
    /// At most [`SIGN_OUT_ROWS_READ_MAX`] rows of a node from a number on, in their order; fewer only at the end.
    async fn sign_outs_from(&self, node: NodeId, from: u64) -> Result<Vec<SignOutRow>, StoreError>;
    /// Deletes those of a node's first [`SIGN_OUT_ROWS_FORGOTTEN_MAX`] rows whose sessions have all expired at `until`,
    /// and the node after its last row. Returns the number of rows.
    async fn forget_sign_outs(&self, node: NodeId, until: UnixMillis) -> Result<u64, StoreError>;
}
