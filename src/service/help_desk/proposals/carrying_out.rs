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
use crate::domain::proposal::{LeftOutPerson, LeftOutReason, Proposal, ProposalState, ProposedChanges, ProposedPerson};
use crate::keyring::CampaignSecret;
use crate::service::help_desk::roster_changes::CHANGEABLE;
use crate::service::help_desk::{HelpDesk, HelpDeskError};
use crate::store::StoreError;
use crate::store::notices::{ChangeRequest, RosterAction, RosterChange};
use crate::store::proposals::ProposalStep;
use data_encoding::HEXLOWER;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// People of one commit. Signing waits for it, so it is short.
const PART_PEOPLE: usize = 50;
/// Attempts at one part: the people of it may sign or change meanwhile. Then each of them is tried alone.
const PART_TRIED_MAX: u32 = 4;
/// Refused attempts one after the other, however far others come meanwhile: then this server gives up.
const REFUSED_MAX: u32 = 200;
/// Pause after a refused attempt; each further one is as much longer.
const PAUSE: Duration = Duration::from_millis(20);

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
        let running = tokio::spawn(async move { desk.carry_out_parts(&account, &campaign, id).await });
        running.await.unwrap_or_else(|_| Err(StoreError::Conflict.into()))
    }

    async fn carry_out_parts(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ProposalId,
    ) -> Result<(), ProposalRefusal> {
        let (mut part, mut tried, mut refused_at, mut refused) = (ProposalPart::whole(), 0, None, 0);
        loop {
            match self.carry_out_part(account, campaign, id, &mut part).await {
                Ok(true) => return Ok(()),
                Ok(false) => (tried, refused) = (0, 0),
                Err(ProposalRefusal::Desk(HelpDeskError::Store(StoreError::Conflict))) if refused < REFUSED_MAX => {
                    refused += 1;
                    let at = Some(self.proposal(account, campaign, id).await?.proposal.processed);
                    if at != refused_at {
                        // It is the first time here, or another server carries it out and was faster.
                        (refused_at, tried) = (at, 0);
                    }
                    tried += 1;
                    if tried >= PART_TRIED_MAX {
                        // One of them doesn't apply and can't be told from the others: each is tried alone.
                        (part, tried) = (part.smaller(), 0);
                    }
                    tokio::time::sleep(PAUSE * tried).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Carries the next part out. `true`: there is nothing left.
    async fn carry_out_part(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ProposalId,
        part: &mut ProposalPart,
    ) -> Result<bool, ProposalRefusal> {
        let OpenedProposal { proposal, changes } = self.proposal(account, campaign, id).await?;
        let Some(changes) = changes.filter(|_| proposal.state == ProposalState::Approved) else { return Ok(true) };
        let state = self.store.state_now(campaign.id).await?.ok_or(ProposalRefusal::Unknown)?;
        if !CHANGEABLE.contains(&state) {
            let line = self.line(account, campaign, end(&proposal, proposal.processed));
            self.store.stop_proposal(campaign.id, id, &line).await?;
            return Err(HelpDeskError::NotChangeable(state).into());
        }
        let from = proposal.processed as usize;
        part.begin(from);
        let to = changes.len().min(from + part.people);
        let is_last = to == changes.len();
        let mut left_out = proposal.left_out.clone();
        let parts = match &changes {
            _ if part.is_refused => self.refused(campaign, &changes, from, &mut left_out).await?,
            ProposedChanges::AddPeople { people, reason } => {
                self.additions(campaign, &people[from..to], reason, &mut left_out).await?
            }
            ProposedChanges::ExcusePeople { people, reason } => {
                let details = NoticeDetails::Excused { reason: *reason };
                self.exclusions(campaign, &people[from..to], &details, &mut left_out).await?
            }
        };
        let carried_out = Proposal { left_out, ..proposal };
        let event = is_last.then(|| self.line(account, campaign, end(&carried_out, carried_out.people)));
        let step = ProposalStep {
            proposal: id,
            from: carried_out.processed,
            to: u32::try_from(to).unwrap_or(u32::MAX),
            left_out: carried_out.left_out,
            is_last,
        };
        let request = ChangeRequest {
            states: CHANGEABLE,
            by: account.login.clone(),
            changes: parts,
            next_numbers: vec![],
            audit: event.into_iter().collect(),
            step: Some(step),
        };
        self.commits.commit_alone(campaign, request).await?;
        part.is_refused = false;
        self.commits.ports.numbers_changed().await?;
        Ok(is_last)
    }

    /// Leaves one person out whose change is refused again and again.
    async fn refused(
        &self,
        campaign: &Campaign,
        changes: &ProposedChanges,
        at: usize,
        left_out: &mut Vec<LeftOutPerson>,
    ) -> Result<Vec<RosterChange>, ProposalRefusal> {
        let (participant, name) = match changes {
            ProposedChanges::AddPeople { people, .. } => {
                let secret = self.secret(campaign).map_err(HelpDeskError::from)?;
                let person = person(&secret, &people[at])?;
                (person.id, person.shown_name)
            }
            ProposedChanges::ExcusePeople { people, .. } => {
                let id = ParticipantId::parse(&people[at]).ok_or(StoreError::Corrupt("changes"))?;
                let found = self.store.signer(campaign.id, id).await?;
                (id, found.map(|found| found.participant.shown_name).unwrap_or_default())
            }
        };
        let participant = participant.to_string();
        left_out.push(LeftOutPerson { participant, name, reason: LeftOutReason::Refused, late: true });
        Ok(vec![])
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

/// The line at the end of a proposal that was carried out for so many people, those left out then included.
fn end(proposal: &Proposal, processed: u32) -> AuditEvent {
    let late = proposal.late() as u64;
    AuditEvent::ChangesCarriedOut {
        institution: only_institution(proposal),
        change: proposal.kind.as_str().into(),
        people: u64::from(processed).saturating_sub(late),
        left_out: late,
        sha256: HEXLOWER.encode(&proposal.hash),
    }
}

/// How many people the next commit is for.
struct ProposalPart {
    people: usize,
    /// The one person of it was refused alone, too.
    is_refused: bool,
    /// Where the people begin and end who are tried alone.
    alone: Range<usize>,
    from: usize,
}

impl ProposalPart {
    fn whole() -> Self {
        Self { people: PART_PEOPLE, is_refused: false, alone: 0..0, from: 0 }
    }

    /// After a part was refused: its people one by one, and without one who was refused alone.
    fn smaller(self) -> Self {
        if self.people == 1 {
            return Self { is_refused: true, ..self };
        }
        Self { people: 1, alone: self.from..self.from + PART_PEOPLE, ..self }
    }

    /// Before the person at `from`: behind those who are tried alone, parts are whole again.
    fn begin(&mut self, from: usize) {
        if self.people == 1 && !self.alone.contains(&from) {
            *self = Self::whole();
        }
        if self.from != from {
            self.is_refused = false;
        }
        self.from = from;
    }
}
