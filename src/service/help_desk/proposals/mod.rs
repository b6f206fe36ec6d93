//! Changes of a locked roster by file: proposed by one account, approved by an account, and then carried out in parts.
//! Where they concern more people than one account may change at once, it takes a second account.
//!
//! Deliberately absent: reading files, HTTP, words.

mod carrying_out;
mod people_plan;
mod rows;

pub use rows::ProposedRow;

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
use crate::domain::visible_institutions::VisibleInstitutions;
use crate::store::StoreError;
use crate::store::proposals::{AloneLimit, ProposalDecision};
use data_encoding::HEXLOWER;
use people_plan::PeoplePlan;

/// Most proposals in a list.
pub const PROPOSALS_LISTED_MAX: usize = 100;
/// Time in which the people of proposals count together that one account proposed and approved, in ms.
const ALONE_WINDOW_MS: i64 = 24 * 60 * 60 * 1_000;

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
    /// The account was added, reset or changed by another after the proposal was made.
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
        let visible = self.visible_institutions(account, campaign).await?;
        if !file.rows.iter().all(|row| visible.includes(&row.person.institution)) {
            return Err(ProposalRefusal::NotInScope);
        }
        let numbers = match purpose {
            FilePurpose::Add(_) => file.numbers.clone(),
            FilePurpose::Excuse(_) => vec![],
        };
        let PeoplePlan { changes, institutions, left_out } =
            self.plan(account, &visible, campaign, file, purpose).await?;
        if changes.is_empty() {
            // It says of people whether they are listed, as a search does.
            self.record_search(account, campaign, left_out.len() as u64).await?;
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
        let has_room = self.store.add_proposal(campaign.id, &proposal, &text, &numbers, &line).await?;
        if has_room { Ok(proposal) } else { Err(ProposalRefusal::TooMany) }
    }

    /// The proposals within the account's scope, without who was left out: first those that wait or are being carried
    /// out, each time the newest first, at most [`PROPOSALS_LISTED_MAX`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proposals(&self, account: &Account, campaign: &Campaign) -> Result<Vec<Proposal>, StoreError> {
        let visible = self.visible_institutions(account, campaign).await?;
        let mut all = self.store.proposals(campaign.id).await?;
        all.retain(|proposal| is_seen(&visible, proposal));
        all.truncate(PROPOSALS_LISTED_MAX);
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
        let visible = self.visible_institutions(account, campaign).await?;
        let found = self.store.proposal(campaign.id, id).await?;
        let (proposal, text) =
            found.filter(|(proposal, _)| is_seen(&visible, proposal)).ok_or(ProposalRefusal::Unknown)?;
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
    ///
    /// # Errors
    /// When the database fails.
    pub async fn approval_refused(
        &self,
        account: &Account,
        campaign: &Campaign,
        proposal: &Proposal,
    ) -> Result<Option<ProposalRefusal>, StoreError> {
        if proposal.state_at(self.now()) != ProposalState::Open {
            return Ok(Some(ProposalRefusal::Decided));
        }
        if proposal.proposed_by == account.login {
            let before = self.store.approved_alone(campaign.id, &account.login, self.alone_limit().since).await?;
            let is_within = before + u64::from(proposal.people) <= u64::from(self.alone_max);
            return Ok((!is_within).then_some(ProposalRefusal::OwnProposal));
        }
        // Otherwise somebody who can add or reset accounts needs nobody else.
        let is_new =
            account.created_at >= proposal.proposed_at || self.was_changed_since(account, proposal.proposed_at).await?;
        Ok((proposal.needs_second_account && is_new).then_some(ProposalRefusal::NewAccount))
    }

    /// What an account may approve of its own.
    fn alone_limit(&self) -> AloneLimit {
        AloneLimit { since: UnixMillis(self.now().0 - ALONE_WINDOW_MS), people: u64::from(self.alone_max) }
    }

    /// Whether another person gave the account a password, or changed its rights, at that time or later.
    async fn was_changed_since(&self, account: &Account, since: UnixMillis) -> Result<bool, StoreError> {
        let notices = self.store.notices(&account.login).await?;
        let is_change = |event: &AuditEvent| {
            matches!(
                event,
                AuditEvent::AccountReset { .. }
                    | AuditEvent::AccountChanged { .. }
                    | AuditEvent::SecondFactorRemoved { .. }
            )
        };
        Ok(notices.iter().any(|notice| notice.last_at >= since && is_change(&notice.event)))
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
        if let Some(refusal) = self.approval_refused(account, campaign, &proposal).await? {
            return Err(refusal);
        }
        self.decide(
            account,
            campaign,
            &proposal,
            ProposalDecision {
                approved: true,
                by: account.login.clone(),
                at: self.now(),
                hash,
                alone: self.alone_limit(),
            },
        )
        .await
    }

    /// Refuses a proposal, or takes one's own back: then `true`.
    ///
    /// # Errors
    /// As [`Self::proposal`]; `Decided` if it isn't open any more.
    pub async fn reject(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ProposalId,
    ) -> Result<bool, ProposalRefusal> {
        let OpenedProposal { proposal, .. } = self.proposal(account, campaign, id).await?;
        let (by, hash) = (account.login.clone(), proposal.hash);
        let decision = ProposalDecision { approved: false, by, at: self.now(), hash, alone: self.alone_limit() };
        self.decide(account, campaign, &proposal, decision).await?;
        Ok(proposal.proposed_by == account.login)
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
fn is_seen(visible: &VisibleInstitutions, proposal: &Proposal) -> bool {
    proposal.institutions.iter().all(|code| visible.includes(code))
}

/// The institution's code, where a proposal concerns one: its operators see the line of the audit trail.
fn only_institution(proposal: &Proposal) -> Option<String> {
    proposal.institutions.first().filter(|_| proposal.institutions.len() == 1).cloned()
}
