//! Carries an approved proposal out, in parts: each is one commit with its notices and with how far it came, so that a
//! proposal whose server ended is continued where it stood.

use super::people_plan::{addition_refused, exclusion_refused};
use super::{OpenedProposal, ProposalRefusal, only_institution};
use crate::domain::account::Account;
use crate::domain::audit::AuditEvent;
use crate::domain::campaign::Campaign;
use crate::domain::identifier::Identifier;
use crate::domain::ids::{ParticipantId, ProposalId};
use crate::domain::notice::NoticeDetails;
use crate::domain::participant::Participant;
use crate::domain::proposal::{LeftOutPerson, Proposal, ProposalState, ProposedChanges, ProposedPerson};
use crate::keyring::CampaignSecret;
use crate::service::help_desk::roster_changes::{CHANGEABLE, DeskBatch};
use crate::service::help_desk::{HelpDesk, HelpDeskError};
use crate::store::StoreError;
use crate::store::notices::{RosterAction, RosterChange};
use crate::store::proposals::ProposalStep;
use std::sync::Arc;

/// People of one commit. Signing waits for it, so it is short.
const PART_PEOPLE: usize = 50;
/// Attempts at one part: the people of it may sign or change meanwhile.
const PART_TRIED_MAX: usize = 8;

impl HelpDesk {
    /// Carries an approved proposal out to its end, also one that another server began; returns at once where there is
    /// nothing to do. It goes on if this is dropped.
    ///
    /// # Errors
    /// As [`HelpDesk::proposal`]; `NotChangeable` of the help desk once the campaign is closing; `Conflict` when its
    /// people changed again and again.
    pub async fn carry_out(
        self: &Arc<Self>,
        account: &Account,
        campaign: &Campaign,
        id: ProposalId,
    ) -> Result<(), ProposalRefusal> {
        let (desk, account, campaign) = (self.clone(), account.clone(), campaign.clone());
        let running = tokio::spawn(async move {
            let mut tried = 0;
            loop {
                match desk.carry_out_part(&account, &campaign, id).await {
                    Ok(true) => return Ok(()),
                    Ok(false) => tried = 0,
                    Err(ProposalRefusal::Desk(HelpDeskError::Store(StoreError::Conflict)))
                        if tried < PART_TRIED_MAX =>
                    {
                        tried += 1;
                    }
                    Err(error) => return Err(error),
                }
            }
        });
        running.await.unwrap_or_else(|_| Err(StoreError::Conflict.into()))
    }

    /// Carries the next part out. `true`: there is nothing left.
    async fn carry_out_part(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ProposalId,
    ) -> Result<bool, ProposalRefusal> {
        let OpenedProposal { proposal, changes } = self.proposal(account, campaign, id).await?;
        let Some(changes) = changes.filter(|_| proposal.state == ProposalState::Approved) else { return Ok(true) };
        let state = self.store.state_now(campaign.id).await?.ok_or(ProposalRefusal::Unknown)?;
        if !CHANGEABLE.contains(&state) {
            return Err(HelpDeskError::NotChangeable(state).into());
        }
        let from = proposal.processed as usize;
        let to = changes.len().min(from + PART_PEOPLE);
        let is_last = to == changes.len();
        let mut left_out = proposal.left_out.clone();
        let (parts, next_numbers) = match &changes {
            ProposedChanges::AddPeople { people, reason, next_numbers } => {
                let parts = self.additions(campaign, &people[from..to], reason, &mut left_out).await?;
                (parts, if is_last { next_numbers.clone() } else { vec![] })
            }
            ProposedChanges::ExcusePeople { people, reason } => {
                let details = NoticeDetails::Excused { reason: *reason };
                (self.exclusions(campaign, &people[from..to], &details, &mut left_out).await?, vec![])
            }
        };
        let carried_out = Proposal { left_out, ..proposal };
        let event = is_last.then(|| self.line(account, campaign, end(&carried_out)));
        let step = ProposalStep {
            proposal: id,
            from: carried_out.processed,
            to: u32::try_from(to).unwrap_or(u32::MAX),
            left_out: carried_out.left_out,
            is_last,
        };
        let batch = DeskBatch { changes: parts, audit: event.into_iter().collect(), next_numbers, step: Some(step) };
        self.commit_batch(&account.login, campaign, CHANGEABLE, batch).await?;
        self.ports.numbers_changed().await?;
        Ok(is_last)
    }

    async fn additions(
        &self,
        campaign: &Campaign,
        people: &[ProposedPerson],
        reason: &str,
        left_out: &mut Vec<LeftOutPerson>,
    ) -> Result<Vec<RosterChange>, ProposalRefusal> {
        let secret = self.secret(campaign).map_err(HelpDeskError::from)?;
        let mut parts = vec![];
        for proposed in people {
            let person = person(&secret, proposed)?;
            let found = self.store.signer(campaign.id, person.id).await?;
            if let Some(reason) = addition_refused(found.as_ref()) {
                let (participant, name) = (person.id.to_string(), person.shown_name);
                left_out.push(LeftOutPerson { participant, name, reason, late: true });
                continue;
            }
            let details = NoticeDetails::Added { person: proposed.row.clone(), reason: reason.into() };
            let salt = self.entropy.bytes();
            parts.push(self.change(RosterAction::Add { person: Box::new(person), salt }, details));
        }
        Ok(parts)
    }

    async fn exclusions(
        &self,
        campaign: &Campaign,
        people: &[String],
        details: &NoticeDetails,
        left_out: &mut Vec<LeftOutPerson>,
    ) -> Result<Vec<RosterChange>, ProposalRefusal> {
        let mut parts = vec![];
        for id in people {
            let participant = ParticipantId::parse(id).ok_or(StoreError::Corrupt("changes"))?;
            let found = self.store.signer(campaign.id, participant).await?;
            match exclusion_refused(found.as_ref()) {
                None => parts.push(self.change(RosterAction::Excuse { participant }, details.clone())),
                Some(reason) => {
                    let name = found.map(|found| found.participant.shown_name).unwrap_or_default();
                    left_out.push(LeftOutPerson { participant: id.clone(), name, reason, late: true });
                }
            }
        }
        Ok(parts)
    }
}

/// The participant whom a proposal adds.
fn person(secret: &CampaignSecret, proposed: &ProposedPerson) -> Result<Participant, StoreError> {
    let identifier = Identifier::parse(&proposed.identifier).map_err(|_| StoreError::Corrupt("changes"))?;
    Ok(proposed.row.participant(secret.participant_id(&identifier), identifier))
}

fn end(proposal: &Proposal) -> AuditEvent {
    let late = proposal.late() as u64;
    AuditEvent::ChangesCarriedOut {
        institution: only_institution(proposal),
        change: proposal.kind.as_str().into(),
        people: u64::from(proposal.people).saturating_sub(late),
        left_out: late,
    }
}
