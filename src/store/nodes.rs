//! The nodes that serve an installation now, which keys each of them knows, and which rotated keys have begun to be
//! used.

use super::StoreError;
use crate::domain::key::KeyInUse;
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// A node's last report that it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServingNode {
    /// Drawn when the node starts.
    pub id: [u8; 16],
    /// The ids of the keys in its keyring.
    pub keys: Vec<String>,
    /// By the database's clock, where it has one of its own.
    pub seen_at: UnixMillis,
}

/// The nodes that run, and the keys that are in use.
#[async_trait]
pub trait NodeStore: Send + Sync {
    /// Stores a node's report, and deletes nodes that were last seen up to `forget`.
    async fn report_node(&self, node: &ServingNode, forget: UnixMillis) -> Result<(), StoreError>;
    /// Deletes a node that stops.
    async fn forget_node(&self, id: [u8; 16]) -> Result<(), StoreError>;
    /// The nodes seen after `since`.
    async fn nodes_since(&self, since: UnixMillis) -> Result<Vec<ServingNode>, StoreError>;
    /// Records that a key has begun to be used. The first recorded time stays.
    async fn begin_key(&self, key: &KeyInUse) -> Result<(), StoreError>;
    /// The keys that have begun to be used, oldest first.
    async fn keys_in_use(&self) -> Result<Vec<KeyInUse>, StoreError>;
}
