//! The registry of institutions and units, which outlives campaigns. Imports add to it, in their own commit.

use super::StoreError;
use crate::domain::account::Scope;
use crate::domain::ids::CampaignId;
use crate::domain::registry::RegistryNode;
use crate::domain::visible_institutions::VisibleInstitutions;
use async_trait::async_trait;

/// Names of an institution's code in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredName {
    /// The key of the name; see [`institution_key`](crate::domain::registry::institution_key).
    pub key: String,
    /// The code of its node.
    pub node: String,
}

/// The registry.
#[async_trait]
pub trait RegistryStore: Send + Sync {
    /// The nodes directly below this one, by code. Below [`TOP_NODE`](crate::domain::registry::TOP_NODE) are the
    /// institutions.
    async fn registry_nodes(&self, parent: &str) -> Result<Vec<RegistryNode>, StoreError>;
    /// The node with this code.
    async fn registry_node(&self, code: &str) -> Result<Option<RegistryNode>, StoreError>;
    /// All names of institutions.
    async fn registered_names(&self) -> Result<Vec<RegisteredName>, StoreError>;
    /// The codes of a campaign's institutions, with those of their nodes. What isn't registered yet is left out.
    async fn institution_nodes(&self, campaign: CampaignId) -> Result<Vec<(String, String)>, StoreError>;
    /// Registers the institutions that earlier programs left without a node. Returns how many.
    async fn register_earlier(&self) -> Result<u64, StoreError>;
}

/// What an account of this scope sees of a campaign.
pub async fn visible_institutions<S: RegistryStore + ?Sized>(
    store: &S,
    campaign: CampaignId,
    scope: &Scope,
) -> Result<VisibleInstitutions, StoreError> {
    if *scope == Scope::All {
        return Ok(VisibleInstitutions::All);
    }
    let mut nodes = store.institution_nodes(campaign).await?;
    nodes.retain(|(_, node)| scope.includes(node));
    Ok(VisibleInstitutions::Codes(nodes.into_iter().map(|(code, _)| code).collect()))
}
