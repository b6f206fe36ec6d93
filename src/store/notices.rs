//! Changes of a locked roster and revocations, each with its notice: the rows behind the notices log.
//!
//! One transaction changes the rows, appends to the logs, and has their heads signed, under the campaign's lock: a
//! batch of pledges comes either before it or after it.

use super::StoreError;
use super::pledges::{KnownSizes, RevocationRecord, SignCheckpoint};
use super::proposals::ProposalStep;
use crate::domain::audit::AuditEntry;
use crate::domain::campaign::CampaignState;
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::domain::leaf::{NoticeFacts, Salt};
use crate::domain::notice::{NoticeDetails, RosterStanding};
use crate::domain::participant::Participant;
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// Most changes in one commit, which holds the campaign's lock: signing waits for it.
pub const CHANGES_MAX: usize = 1_000;

/// What is done to a locked roster.
#[derive(Clone, Debug)]
pub enum RosterAction {
    /// Adds a person to their institution's roster, with the next slot of the roster log and the code that derives from
    /// their number. `Conflict` if the person is listed already, or if the institution is in no reporting group.
    Add {
        /// The person's row.
        person: Box<Participant>,
        /// Hides the person in their leaf of the roster log.
        salt: Salt,
    },
    /// Excuses a listed person who hasn't signed.
    Excuse {
        /// Whom.
        participant: ParticipantId,
    },
    /// Undoes what the person's standing rests on: an exclusion, or an addition if the person hasn't signed.
    Undo {
        /// Whose.
        participant: ParticipantId,
        /// The standing that the person has now: `Excused`, or `Listed` to undo the addition.
        standing: RosterStanding,
    },
    /// Replaces the row of a listed person who hasn't signed; the identifier and the institution stay.
    Correct {
        /// The row from now on.
        person: Box<Participant>,
    },
    /// Admits a person anew whose pledge is revoked, also by an earlier change of the same commit: with another id, the
    /// next slot, and the group and institution that they had.
    AdmitAnew {
        /// The admission whose pledge is revoked.
        previous: ParticipantId,
        /// The first admission, whose row names the newest one.
        first: ParticipantId,
        /// Which admission this is, from 2.
        admission: u8,
        /// The row of the new admission.
        person: Box<Participant>,
        /// Hides the person in their new leaf of the roster log.
        salt: Salt,
    },
    /// Revokes a pledge.
    Revoke {
        /// Which.
        pledge: PledgeId,
        /// Why, when and by whom.
        revocation: RevocationRecord,
    },
    /// Writes the notice of a revocation from before there were notices.
    NoticeRevocation {
        /// The revoked pledge.
        pledge: PledgeId,
    },
}

/// An action and the notice of it.
#[derive(Clone, Debug)]
pub struct RosterChange {
    /// What is done.
    pub action: RosterAction,
    /// What the notice's leaf commits to.
    pub details: NoticeDetails,
    /// Hides the details in the leaf.
    pub salt: Salt,
}

/// Changes that one account asks for at once: all of them are made, or none.
#[derive(Debug)]
pub struct ChangeRequest {
    /// States of the campaign in which the changes are allowed.
    pub states: &'static [CampaignState],
    /// Login of the account that changes.
    pub by: String,
    /// Applied in this order.
    pub changes: Vec<RosterChange>,
    /// For each institution's code, the lowest participant number that is free afterwards.
    pub next_numbers: Vec<(String, u64)>,
    /// Lines of the audit trail.
    pub audit: Vec<AuditEntry>,
    /// The part of a proposal that these changes carry out.
    pub step: Option<ProposalStep>,
}

/// Requests that are committed together or not at all.
#[derive(Debug)]
pub struct ChangeBatch {
    /// The campaign that all changes belong to.
    pub campaign: CampaignId,
    /// Origin of the roster log's checkpoints.
    pub roster_origin: String,
    /// Origin of the notices log's checkpoints.
    pub notices_origin: String,
    /// Time of the commit.
    pub at: UnixMillis,
    /// Sizes that this node has seen: see [`StoreError::RollbackDetected`].
    pub known: KnownSizes,
    /// In their order, with at most [`CHANGES_MAX`] changes.
    pub requests: Vec<ChangeRequest>,
}

/// A notice as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredNotice {
    /// What its leaf shows.
    pub facts: NoticeFacts,
    /// The person that it concerns.
    pub participant: ParticipantId,
    /// Login of the account that made the change.
    pub by: String,
    /// Canonical JSON of [`NoticeDetails`].
    pub details: String,
    /// Hides the details in the leaf.
    pub salt: Salt,
}

/// Notices, and the changes that make them.
#[async_trait]
pub trait NoticeStore: Send + Sync {
    /// Commits changes with their notices; returns the index of each notice. `Conflict`, and nothing is written, if one
    /// of the changes doesn't apply any more or the campaign is in another state. `RollbackDetected` when a log is
    /// shorter than it is known to be.
    async fn commit_changes(&self, batch: &ChangeBatch, sign: &SignCheckpoint<'_>) -> Result<Vec<u32>, StoreError>;
    /// Notices from an index on, in their order, at most `limit`.
    async fn roster_notices(
        &self,
        campaign: CampaignId,
        from: u32,
        limit: u32,
    ) -> Result<Vec<StoredNotice>, StoreError>;
    /// The newest notices of a campaign, the last first, at most `limit`.
    async fn newest_notices(&self, campaign: CampaignId, limit: u32) -> Result<Vec<StoredNotice>, StoreError>;
    /// The notices of one slot, in their order.
    async fn notices_of_slot(&self, campaign: CampaignId, slot: u32) -> Result<Vec<StoredNotice>, StoreError>;
    /// Revocations without a notice, oldest first, at most [`CHANGES_MAX`].
    async fn revocations_without_notice(
        &self,
        campaign: CampaignId,
    ) -> Result<Vec<(PledgeId, RevocationRecord)>, StoreError>;
}
