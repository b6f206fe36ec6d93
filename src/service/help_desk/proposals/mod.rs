//! Changes of a locked roster by file: proposed by one account, approved by an account, and then carried out in parts.
//! Where they concern more people than one account may change at once, it takes a second account.
//!
//! Deliberately absent: reading files, HTTP, words.

mod carrying_out;
mod people_plan;
mod rows;

pub use crate::store::proposals::PROPOSALS_LISTED_MAX;
pub use rows::{PROPOSED_LISTED_MAX, ProposedRow};

use super::roster_changes::require_changeable;
use super::{HelpDesk, HelpDeskError, reason_line};
use crate::domain::account::Account;
use crate::domain::audit::AuditEvent;
use crate::domain::campaign::Campaign;
use crate::domain::ids::ProposalId;
use crate::domain::notice::ExcuseReason;
use crate::domain::proposal::{
    FilePeople, LeftOutPerson, PROPOSAL_LIFE_MS, Proposal, ProposalState, ProposedChanges, proposal_hash,
};
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::proposals::ProposalDecision;
use data_encoding::HEXLOWER;
use people_plan::PeoplePlan;

/// What a file is to do.
pub enum FilePurpose {
    /// Adds its people; the reason as typed.
    Add(String),
    /// Excuses its people.
    Excuse(ExcuseReason),
}

/// Why a proposal isn't taken or decided.
#[derive(Debug, thiserror::Error)]
pub enum ProposalRefusal {
    /// There is none of this id within the account's scope.
    #[error("there is no such proposal within the account's scope")]
    Unknown,
    /// The file concerns institutions outside the account's scope.
    #[error("institutions are outside the account's scope")]
    NotInScope,
    /// Nothing of the file applies to the roster.
    #[error("nothing of the file applies")]
    Nobody(Vec<LeftOutPerson>),
    /// The campaign has as many proposals that wait as it may have.
    #[error("too many proposals wait")]
    TooMany,
    /// It isn't open any more, or isn't the one that was looked at.
    #[error("it was decided meanwhile")]
    Decided,
    /// It takes a second account.
    #[error("another account must approve it")]
    OwnProposal,
    /// The account was added after the proposal was made.
    #[error("the account is newer than the proposal")]
    NewAccount,
    /// As for changes of one person.
    #[error(transparent)]
    Desk(#[from] HelpDeskError),
}

impl From<StoreError> for ProposalRefusal {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

/// A proposal with what is to happen.
pub struct OpenedProposal {
    /// The proposal.
    pub proposal: Proposal,
    /// `None` once nothing can come of it any more.
    pub changes: Option<ProposedChanges>,
}

impl HelpDesk {
    /// The number of people that one account may change at once by file.
    pub fn alone_max(&self) -> u32 {
        self.alone_max
    }

    /// Proposes what a file is to do. People to whom it doesn't apply are left out, and the proposal says who.
    ///
    /// # Errors
    /// [`ProposalRefusal::NotInScope`], `Nobody`, `TooMany`; `NotChangeable` and `Reason` of the help desk.
    pub async fn propose(
        &self,
        account: &Account,
        campaign: &Campaign,
        file: FilePeople,
        purpose: FilePurpose,
    ) -> Result<Proposal, ProposalRefusal> {
        require_changeable(campaign)?;
        let purpose = match purpose {
            FilePurpose::Add(reason) => FilePurpose::Add(reason_line(&reason)?),
            excuse => excuse,
        };
        if !file.rows.iter().all(|row| account.scope.includes(&row.person.institution)) {
            return Err(ProposalRefusal::NotInScope);
        }
        let PeoplePlan { changes, institutions, left_out } = self.plan(account, campaign, file, purpose).await?;
        if changes.is_empty() {
            return Err(ProposalRefusal::Nobody(left_out));
        }
        let (id, now, text) = (ProposalId(self.entropy.bytes()), self.now(), changes.canonical());
        let people = u32::try_from(changes.len()).unwrap_or(u32::MAX);
        let proposal = Proposal {
            id,
            kind: changes.kind(),
            state: ProposalState::Open,
            proposed_by: account.login.clone(),
            proposed_at: now,
            expires_at: UnixMillis(now.0 + PROPOSAL_LIFE_MS),
            institutions,
            people,
            needs_second_account: people > self.alone_max,
            hash: proposal_hash(campaign.id, id, &text),
            decided_by: None,
            decided_at: None,
            processed: 0,
            left_out,
        };
        let event = AuditEvent::ChangesProposed {
            institution: only_institution(&proposal),
            change: proposal.kind.as_str().into(),
            people: u64::from(people),
            sha256: HEXLOWER.encode(&proposal.hash),
        };
        let line = self.line(account, campaign, event);
        let has_room = self.store.add_proposal(campaign.id, &proposal, &text, &line).await?;
        if has_room { Ok(proposal) } else { Err(ProposalRefusal::TooMany) }
    }

    /// The newest proposals within the account's scope, the last first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proposals(&self, account: &Account, campaign: &Campaign) -> Result<Vec<Proposal>, StoreError> {
        let mut all = self.store.proposals(campaign.id).await?;
        all.retain(|proposal| is_seen(account, proposal));
        Ok(all)
    }

    /// A proposal with what is to happen.
    ///
    /// # Errors
    /// `Unknown` outside the account's scope; when the database fails.
    pub async fn proposal(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ProposalId,
    ) -> Result<OpenedProposal, ProposalRefusal> {
        let found = self.store.proposal(campaign.id, id).await?;
        let (proposal, text) =
            found.filter(|(proposal, _)| is_seen(account, proposal)).ok_or(ProposalRefusal::Unknown)?;
        let changes = if text.is_empty() {
            None
        } else if proposal_hash(campaign.id, id, &text) == proposal.hash {
            Some(serde_json::from_str(&text).map_err(|_| StoreError::Corrupt("changes"))?)
        } else {
            return Err(StoreError::Corrupt("hash").into());
        };
        Ok(OpenedProposal { proposal, changes })
    }

    /// Why this account may not approve the proposal; `None` if it may.
    pub fn approval_refused(&self, account: &Account, proposal: &Proposal) -> Option<ProposalRefusal> {
        if proposal.state_at(self.now()) != ProposalState::Open {
            return Some(ProposalRefusal::Decided);
        }
        if !proposal.needs_second_account {
            return None;
        }
        if proposal.proposed_by == account.login {
            return Some(ProposalRefusal::OwnProposal);
        }
        // Otherwise somebody who can add accounts needs nobody else.
        (account.created_at >= proposal.proposed_at).then_some(ProposalRefusal::NewAccount)
    }

    /// Approves what this account saw. Carry it out afterwards.
    ///
    /// # Errors
    /// As [`Self::proposal`] and [`Self::approval_refused`]; `Decided` also if `hash` isn't that of the proposal;
    /// `NotChangeable` of the help desk.
    pub async fn approve(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ProposalId,
        hash: [u8; 32],
    ) -> Result<(), ProposalRefusal> {
        require_changeable(campaign)?;
        let OpenedProposal { proposal, .. } = self.proposal(account, campaign, id).await?;
        if let Some(refusal) = self.approval_refused(account, &proposal) {
            return Err(refusal);
        }
        self.decide(
            account,
            campaign,
            &proposal,
            ProposalDecision { approved: true, by: account.login.clone(), at: self.now(), hash },
        )
        .await
    }

    /// Refuses a proposal, or takes one's own back.
    ///
    /// # Errors
    /// As [`Self::proposal`]; `Decided` if it isn't open any more.
    pub async fn reject(&self, account: &Account, campaign: &Campaign, id: ProposalId) -> Result<(), ProposalRefusal> {
        let OpenedProposal { proposal, .. } = self.proposal(account, campaign, id).await?;
        let (by, hash) = (account.login.clone(), proposal.hash);
        self.decide(account, campaign, &proposal, ProposalDecision { approved: false, by, at: self.now(), hash }).await
    }

    async fn decide(
        &self,
        account: &Account,
        campaign: &Campaign,
        proposal: &Proposal,
        decision: ProposalDecision,
    ) -> Result<(), ProposalRefusal> {
        let (institution, change) = (only_institution(proposal), proposal.kind.as_str().to_owned());
        let (people, sha256) = (u64::from(proposal.people), HEXLOWER.encode(&proposal.hash));
        let event = if decision.approved {
            AuditEvent::ChangesApproved { institution, change, people, sha256 }
        } else {
            AuditEvent::ChangesRejected { institution, change, people, sha256 }
        };
        let line = self.line(account, campaign, event);
        match self.store.decide_proposal(campaign.id, proposal.id, &decision, &line).await {
            Err(StoreError::Conflict) => Err(ProposalRefusal::Decided),
            done => Ok(done?),
        }
    }
}

/// An account sees proposals of which it sees every institution.
fn is_seen(account: &Account, proposal: &Proposal) -> bool {
    proposal.institutions.iter().all(|code| account.scope.includes(code))
}

/// The institution's code, where a proposal concerns one: its operators see the line of the audit trail.
fn only_institution(proposal: &Proposal) -> Option<String> {
    proposal.institutions.first().filter(|_| proposal.institutions.len() == 1).cloned()
}
