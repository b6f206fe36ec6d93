//! The nodes that serve an installation now, which keys each of them knows, and which rotated keys have begun to be
//! used.

use super::StoreError;
use crate::domain::key::KeyInUse;
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// A node as it last said it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServingNode {
    /// Drawn when the node starts.
    pub id: [u8; 16],
    /// The ids of the keys in its keyring.
    pub keys: Vec<String>,
    /// By the database's clock, where it has one of its own.
    pub seen_at: UnixMillis,
}

#[async_trait]
pub trait NodeStore: Send + Sync {
    /// Keeps what a node says, and forgets the nodes that were last seen up to `forget`.
    async fn report_node(&self, node: &ServingNode, forget: UnixMillis) -> Result<(), StoreError>;
    /// The node is gone.
    async fn forget_node(&self, id: [u8; 16]) -> Result<(), StoreError>;
    /// The nodes seen after `since`.
    async fn nodes_since(&self, since: UnixMillis) -> Result<Vec<ServingNode>, StoreError>;
    /// Says that a key has begun to be used; one that has stays with its time.
    async fn begin_key(&self, key: &KeyInUse) -> Result<(), StoreError>;
    /// The keys that have begun to be used, oldest first.
    async fn keys_in_use(&self) -> Result<Vec<KeyInUse>, StoreError>;
}
