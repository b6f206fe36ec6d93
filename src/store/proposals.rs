//! Proposals that wait for an approval, and how far the approved ones are carried out.

use super::StoreError;
use crate::domain::audit::AuditEntry;
use crate::domain::ids::{CampaignId, ProposalId};
use crate::domain::proposal::{GivenNumbers, LeftOutPerson, Proposal};
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// Most proposals of one campaign that wait or are being carried out.
pub const LIVE_PROPOSALS_MAX: u64 = 200;
/// Most of them that one account made.
pub const LIVE_PROPOSALS_OF_ACCOUNT_MAX: u64 = 10;
/// Most proposals that are read for a list: more than can wait.
pub const PROPOSALS_READ_MAX: u32 = 400;

/// How many people an account may have approved alone: of proposals of its own.
#[derive(Clone, Copy, Debug)]
pub struct AloneLimit {
    /// Since when they count.
    pub since: UnixMillis,
    /// Most of them, with those of the proposal in question.
    pub people: u64,
}

/// An account's word on an open proposal.
#[derive(Clone, Debug)]
pub struct ProposalDecision {
    /// `true`: it is carried out.
    pub approved: bool,
    /// Login of the account.
    pub by: String,
    /// When.
    pub at: UnixMillis,
    /// The hash that the account saw.
    pub hash: [u8; 32],
    /// Holds where an account approves its own proposal.
    pub alone: AloneLimit,
}

/// A part of an approved proposal, carried out in the same commit as its changes.
#[derive(Clone, Debug)]
pub struct ProposalStep {
    /// Which proposal.
    pub proposal: ProposalId,
    /// People for whom it was carried out before.
    pub from: u32,
    /// And now, those left out included.
    pub to: u32,
    /// Everybody who was left out so far.
    pub left_out: Vec<LeftOutPerson>,
    /// Whether this is the last part.
    pub is_last: bool,
}

/// Proposals.
#[async_trait]
pub trait ProposalStore: Send + Sync {
    /// Stores an open proposal with its changes, and takes its participant numbers; those of the campaign that have
    /// expired lose what they held. `false`, and nothing is stored, when the campaign or the account has as many as it
    /// may. `Conflict` when one of the numbers was given meanwhile.
    async fn add_proposal(
        &self,
        campaign: CampaignId,
        proposal: &Proposal,
        changes: &str,
        numbers: &[GivenNumbers],
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
    /// The proposals of a campaign without who was left out, at most [`PROPOSALS_READ_MAX`]: first those that wait or
    /// are being carried out, each time the newest first.
    async fn proposals(&self, campaign: CampaignId) -> Result<Vec<Proposal>, StoreError>;
    /// A proposal and its changes, which are empty once it is rejected or has expired; `None` where there is none.
    async fn proposal(&self, campaign: CampaignId, id: ProposalId) -> Result<Option<(Proposal, String)>, StoreError>;
    /// People of proposals that this account made and approved since then.
    async fn approved_alone(&self, campaign: CampaignId, login: &str, since: UnixMillis) -> Result<u64, StoreError>;
    /// Approves or rejects an open proposal; a rejected one loses its changes. `Conflict` if it isn't open at that
    /// time or has another hash, or if the account would approve more alone than it may.
    async fn decide_proposal(
        &self,
        campaign: CampaignId,
        id: ProposalId,
        decision: &ProposalDecision,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// Ends an approved proposal that can't be carried out any more. `Conflict` if it isn't approved.
    async fn stop_proposal(&self, campaign: CampaignId, id: ProposalId, audit: &AuditEntry) -> Result<(), StoreError>;
}
