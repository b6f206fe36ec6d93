//! Stored rows, each with its leaf, for a recount that derives every number and hash again.

use super::StoreError;
use super::pledges::LogKind;
use crate::domain::identifier::Identifier;
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::domain::leaf::Salt;
use crate::domain::notice::RosterStanding;
use crate::domain::pledge::Method;
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// A log's head and the rows under it, read at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecountHead {
    /// Number of leaves that the head counts.
    pub size: u64,
    /// Merkle tree hash of those leaves (RFC 6962, section 2.1).
    pub root: [u8; 32],
    /// Layout: see `tlog::merkle::Frontier::to_bytes`.
    pub frontier: Vec<u8>,
    /// The signed checkpoint (C2SP tlog-checkpoint).
    pub checkpoint: String,
    /// One more than the highest leaf's index, 0 without a leaf.
    pub leaves_end: u64,
    /// Rows of pledges of the campaign.
    pub pledges: u64,
}

/// A reporting group's running numbers. All groups and the log's size are read at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecountGroup {
    /// Its index, from 0.
    pub index: u32,
    /// Stored number of people on the locked roster who belong to it.
    pub eligible: u64,
    /// Stored number of its pledges, revoked ones included.
    pub signed: u64,
    /// Stored number of its revoked pledges.
    pub revoked: u64,
    /// Stored number of people added to it after the lock.
    pub added: u64,
    /// Stored number of its excused people.
    pub excused: u64,
    /// Revocation rows whose pledge belongs to a person of this group.
    pub revocations: u64,
    /// Revocation rows of the whole campaign.
    pub all_revocations: u64,
    /// Size of the pledge log.
    pub log_size: u64,
    /// Size of the notices log.
    pub notices_size: u64,
}

/// A leaf and its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedLeaf {
    /// Index in the log, from 0.
    pub index: u64,
    /// The leaf as it was hashed.
    pub bytes: Vec<u8>,
}

/// A person on the roster in force, with the leaf at their slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecountPerson {
    /// The person's id, derived from the identifier.
    pub participant: ParticipantId,
    /// The number that the person signs in with.
    pub identifier: Identifier,
    /// Index of the person's leaf in the roster log; 0, the index of the list of groups, where they have none.
    pub slot: u32,
    /// Index of the reporting group, from 0.
    pub group: u32,
    /// Hides the person in their leaf; `None` until the roster is locked.
    pub salt: Option<Salt>,
    /// The leaf of the roster log at `slot`; `None` where the log has none.
    pub leaf: Option<Vec<u8>>,
    /// Whether the person counts and may sign.
    pub standing: RosterStanding,
}

/// A pledge with its salt, its signer, and the leaf at its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecountPledge {
    /// Who signed.
    pub participant: ParticipantId,
    /// The public id.
    pub pledge: PledgeId,
    /// Index in the pledge log, from 0.
    pub log_index: u64,
    /// Size of the first checkpoint that holds it.
    pub signed_count: u64,
    /// The admission time (`iat`).
    pub signed_at: UnixMillis,
    /// SHA-256 of the canonical text agreed to.
    pub text_hash: [u8; 32],
    /// `None` when the stored number is no method.
    pub method: Option<Method>,
    /// The COSE_Sign1 bytes.
    pub credential: Vec<u8>,
    /// Hides the person in their leaf.
    pub salt: Salt,
    /// Whether the drawn signature, where there is one, can be read as one.
    pub drawing_readable: bool,
    /// `None` when the person isn't on the roster in force.
    pub signer: Option<RecountSigner>,
    /// The leaf of the pledge log at `log_index`; `None` where the log has none.
    pub leaf: Option<Vec<u8>>,
}

/// What the roster says of a signer, to be compared with their credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecountSigner {
    /// Name with titles, as the roster has it.
    pub shown_name: String,
    /// The identifier's last four characters.
    pub last4: String,
    /// The institution's code.
    pub institution: String,
    /// Index of the person's leaf in the roster log, from 1.
    pub slot: u32,
    /// Index of the reporting group, from 0.
    pub group: u32,
}

/// The digest of a locked roster's rows, and the root of the roster log that it came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredDigest {
    /// Root of the roster log that the locking built.
    pub root: [u8; 32],
    /// SHA-256 over the locked rows (`domain::roster_digest`).
    pub digest: [u8; 32],
}

/// Rows that a recount compares with what it derives itself.
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
