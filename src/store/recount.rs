//! Rows as they are stored, with the leaf beside each, for whoever derives everything again.

use super::StoreError;
use super::pledges::LogKind;
use crate::domain::identifier::Identifier;
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::domain::leaf::Salt;
use crate::domain::pledge::Method;
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// A log's head and what stands under it, of one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecountHead {
    pub size: u64,
    pub root: [u8; 32],
    /// As `tlog::merkle::Frontier` writes it.
    pub frontier: Vec<u8>,
    pub checkpoint: String,
    /// One more than the highest leaf's index, 0 without a leaf.
    pub leaves_end: u64,
    /// Rows of pledges of the campaign.
    pub pledges: u64,
}

/// A reporting group's running numbers, all groups and the log's size of one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecountGroup {
    pub index: u32,
    pub eligible: u64,
    pub signed: u64,
    pub revoked: u64,
    /// Revocations whose pledge is of somebody in this group.
    pub revocations: u64,
    /// Revocations of the whole campaign.
    pub all_revocations: u64,
    /// Size of the pledge log.
    pub log_size: u64,
}

/// A leaf and its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedLeaf {
    pub index: u64,
    pub bytes: Vec<u8>,
}

/// A person on the roster in force, with the leaf at their slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecountPerson {
    pub participant: ParticipantId,
    pub identifier: Identifier,
    /// 0 where there is none, which is the place of the list of groups.
    pub slot: u32,
    pub group: u32,
    pub salt: Option<Salt>,
    pub leaf: Option<Vec<u8>>,
}

/// A pledge with its salt, the person it is of, and the leaf at its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecountPledge {
    pub participant: ParticipantId,
    pub pledge: PledgeId,
    pub log_index: u64,
    pub signed_count: u64,
    pub signed_at: UnixMillis,
    pub text_hash: [u8; 32],
    /// `None` when the stored number is no method.
    pub method: Option<Method>,
    pub credential: Vec<u8>,
    pub salt: Salt,
    /// Whether the drawn signature, where there is one, can be read as one.
    pub drawing_readable: bool,
    /// `None` when the person isn't on the roster in force.
    pub signer: Option<RecountSigner>,
    pub leaf: Option<Vec<u8>>,
}

/// What a credential says of the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecountSigner {
    pub shown_name: String,
    pub last4: String,
    pub institution: String,
    pub slot: u32,
    pub group: u32,
}

/// The digest of a locked roster's rows, and the root of the roster log that it came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredDigest {
    pub root: [u8; 32],
    pub digest: [u8; 32],
}

#[async_trait]
pub trait RecountStore: Send + Sync {
    /// `None` where nothing is locked, or an earlier program locked it.
    async fn roster_digest(&self, campaign: CampaignId) -> Result<Option<StoredDigest>, StoreError>;
    /// `None` before the log has a head.
    async fn recount_head(&self, campaign: CampaignId, log: LogKind) -> Result<Option<RecountHead>, StoreError>;
    /// In the order of their indexes; empty before the campaign is locked.
    async fn recount_groups(&self, campaign: CampaignId) -> Result<Vec<RecountGroup>, StoreError>;
    /// Leaves from an index on, in their order, at most `limit`.
    async fn recount_leaves(
        &self,
        campaign: CampaignId,
        log: LogKind,
        from: u64,
        limit: u32,
    ) -> Result<Vec<PlacedLeaf>, StoreError>;
    /// People on the roster in force whose id comes after the given one, in the order of their ids, at most `limit`.
    async fn recount_people(
        &self,
        campaign: CampaignId,
        after: Option<ParticipantId>,
        limit: u32,
    ) -> Result<Vec<RecountPerson>, StoreError>;
    /// Pledges whose participant's id comes after the given one, in the order of those ids, at most `limit`.
    async fn recount_pledges(
        &self,
        campaign: CampaignId,
        after: Option<ParticipantId>,
        limit: u32,
    ) -> Result<Vec<RecountPledge>, StoreError>;
}
