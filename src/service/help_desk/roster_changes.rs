//! Changes of a locked roster: people who are added, excused or corrected, and what of it is undone. Each is a notice
//! in the notices log, committed with its line in the audit trail.

use super::person_fields::{FieldProblem, PersonField, TypedPerson};
use super::{DeskPerson, HelpDesk, HelpDeskError, Signer, reason_line};
use crate::domain::account::Account;
use crate::domain::audit::AuditEvent;
use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::identifier::Identifier;
use crate::domain::ids::{ParticipantId, PledgeId};
use crate::domain::notice::{ExcuseReason, NoticeDetails, NoticedPerson, RosterStanding};
use crate::domain::participant::Participant;
use crate::store::StoreError;
use crate::store::notices::{ChangeRequest, RosterAction, RosterChange};
use crate::store::pledges::FIRST_CODE_VERSION;
use crate::store::rosters::InstitutionRoster;

/// States in which people are added, excused and corrected.
pub(super) const CHANGEABLE: &[CampaignState] = &[CampaignState::Locked, CampaignState::Open, CampaignState::Paused];
/// States in which a pledge can be revoked: all in which there may be one.
const WITH_PLEDGES: &[CampaignState] = &[
    CampaignState::Locked,
    CampaignState::Open,
    CampaignState::Paused,
    CampaignState::Closing,
    CampaignState::Closed,
    CampaignState::Cancelled,
];
/// Attempts to give a free participant number while others take one too.
const NUMBERS_TRIED_MAX: u64 = 8;

/// A person to be added.
pub struct PersonToAdd {
    /// As typed; empty: the institution gives the next participant number.
    pub identifier: String,
    /// The institution's code.
    pub institution: String,
    /// The rest of the row.
    pub person: TypedPerson,
}

impl HelpDesk {
    /// Whether people of this campaign can be added, excused and corrected now.
    pub fn may_change_roster(campaign: &Campaign) -> bool {
        CHANGEABLE.contains(&campaign.state)
    }

    /// The institutions, of those that the account sees, whose people can be added to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn institutions_to_add_to(
        &self,
        account: &Account,
        campaign: &Campaign,
    ) -> Result<Vec<InstitutionRoster>, StoreError> {
        let visible = self.visible_institutions(account, campaign).await?;
        let mut rosters = self.store.institution_rosters(campaign.id).await?;
        rosters.retain(|known| known.roster.is_some() && visible.includes_part(&known.institution.code));
        Ok(rosters)
    }

    /// Adds a person to the locked roster (*peserta susulan*), with the next slot. Their access code works at once.
    ///
    /// # Errors
    /// [`HelpDeskError::NotChangeable`] in another state; [`HelpDeskError::Field`] where something typed isn't
    /// accepted; [`HelpDeskError::AlreadyListed`]; [`HelpDeskError::Reason`]; `Conflict` when the roster changed
    /// meanwhile.
    pub async fn add_person(
        &self,
        account: &Account,
        campaign: &Campaign,
        typed: PersonToAdd,
        reason: &str,
    ) -> Result<DeskPerson, HelpDeskError> {
        require_changeable(campaign)?;
        let reason = reason_line(reason)?;
        let person = typed.person.checked()?;
        let visible = self.visible_institutions(account, campaign).await?;
        let rosters = self.store.institution_rosters(campaign.id).await?;
        let to = rosters.iter().find(|known| known.institution.code == typed.institution);
        let to = to.filter(|known| known.roster.is_some() && visible.includes_part(&known.institution.code));
        let to = to.ok_or((PersonField::Institution, FieldProblem::Unknown))?;
        let unit_name = self.unit_name(&visible, campaign, &typed.institution, person.unit).await?;
        let given = match typed.identifier.trim() {
            "" => None,
            identifier => Some(self.identifier(identifier, &rosters)?),
        };
        let is_given = given.is_some();
        for number in to.next_number..to.next_number.saturating_add(NUMBERS_TRIED_MAX) {
            let identifier = match &given {
                Some(identifier) => identifier.clone(),
                None => Identifier::number(&to.institution.code, &format!("{number:06}"))
                    .map_err(|fault| (PersonField::Identifier, FieldProblem::Identifier(fault)))?,
            };
            let id = self.secret(campaign)?.participant_id(&identifier);
            let listed = self.store.signer(campaign.id, id).await?;
            let withdrawn = match listed {
                Some(listed) if listed.standing == RosterStanding::Withdrawn => Some(listed),
                Some(listed) if is_given => {
                    let is_seen = self.sees(&visible, campaign, &listed.participant).await?;
                    return Err(already(is_seen, &listed));
                }
                Some(_) => continue,
                None => None,
            };
            let row = participant(id, identifier, &typed.institution, &person);
            let details = NoticeDetails::Added { person: NoticedPerson::from(&row), reason: reason.clone() };
            let event = AuditEvent::PersonAdded {
                institution: typed.institution.clone(),
                participant: id.to_string(),
                reason: reason.clone(),
            };
            let action = RosterAction::Add { person: Box::new(row.clone()), salt: self.entropy.bytes() };
            let next = if is_given { vec![] } else { vec![(typed.institution.clone(), number + 1)] };
            self.commit(account, campaign, CHANGEABLE, vec![(action, details)], event, next).await?;
            let code_version = withdrawn.map_or(FIRST_CODE_VERSION, |before| before.code_version);
            return Ok(self.added(account, campaign, row, (&to.institution, unit_name, code_version)));
        }
        Err(HelpDeskError::Store(StoreError::Conflict))
    }

    /// Excuses a person who hasn't signed (*dikecualikan*): they count no more and can't sign.
    ///
    /// # Errors
    /// [`HelpDeskError::NotChangeable`]; [`HelpDeskError::NotApplicable`] if they signed or don't count already; as
    /// [`Self::person`]; `Conflict` when they changed meanwhile.
    pub async fn excuse(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ParticipantId,
        reason: ExcuseReason,
    ) -> Result<DeskPerson, HelpDeskError> {
        let mut signer = self.unsigned(account, campaign, id, RosterStanding::Listed).await?;
        let event = AuditEvent::PersonExcused {
            institution: signer.participant.institution.clone(),
            participant: id.to_string(),
            reason: reason.as_str().into(),
        };
        let change = vec![(RosterAction::Excuse { participant: id }, NoticeDetails::Excused { reason })];
        self.commit(account, campaign, CHANGEABLE, change, event, vec![]).await?;
        signer.standing = RosterStanding::Excused;
        self.opened(account, campaign, signer).await
    }

    /// Undoes the exclusion of an excused person, or the addition of a listed one who was added after the lock.
    ///
    /// # Errors
    /// [`HelpDeskError::NotChangeable`]; [`HelpDeskError::NotApplicable`] if there is nothing to undo or they signed;
    /// [`HelpDeskError::Reason`]; as [`Self::person`]; `Conflict` when they changed meanwhile.
    pub async fn undo_change(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ParticipantId,
        standing: RosterStanding,
        reason: &str,
    ) -> Result<DeskPerson, HelpDeskError> {
        let mut signer = self.unsigned(account, campaign, id, standing).await?;
        let undone = match standing {
            RosterStanding::Excused => RosterStanding::Listed,
            RosterStanding::Listed if self.is_added(campaign, &signer).await? => RosterStanding::Withdrawn,
            RosterStanding::Listed | RosterStanding::Withdrawn | RosterStanding::Superseded => {
                return Err(HelpDeskError::NotApplicable);
            }
        };
        let reason = reason_line(reason)?;
        let event = AuditEvent::RosterChangeUndone {
            institution: signer.participant.institution.clone(),
            participant: id.to_string(),
            reason: reason.clone(),
        };
        let change = vec![(RosterAction::Undo { participant: id, standing }, NoticeDetails::Undone { reason })];
        self.commit(account, campaign, CHANGEABLE, change, event, vec![]).await?;
        signer.standing = undone;
        self.opened(account, campaign, signer).await
    }

    /// Corrects the row of a person who hasn't signed. Identifier and institution stay: a wrong one of those is an
    /// exclusion and an addition.
    ///
    /// # Errors
    /// [`HelpDeskError::NotChangeable`]; [`HelpDeskError::NotApplicable`] if they signed, don't count, or nothing would
    /// change; [`HelpDeskError::Field`]; [`HelpDeskError::Reason`]; as [`Self::person`]; `Conflict` when they changed
    /// meanwhile.
    pub async fn correct(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ParticipantId,
        typed: TypedPerson,
        reason: &str,
    ) -> Result<DeskPerson, HelpDeskError> {
        let signer = self.unsigned(account, campaign, id, RosterStanding::Listed).await?;
        let reason = reason_line(reason)?;
        let before = &signer.participant;
        let typed = typed.checked()?;
        // Who sees a person sees the unit that the person is in.
        let unit_name = if typed.unit == before.unit {
            signer.unit_name.clone()
        } else {
            let visible = self.visible_institutions(account, campaign).await?;
            self.unit_name(&visible, campaign, &before.institution, typed.unit).await?
        };
        let row = participant(id, before.identifier.clone(), &before.institution, &typed);
        let (noticed, after) = (NoticedPerson::from(before), NoticedPerson::from(&row));
        if noticed == after {
            return Err(HelpDeskError::NotApplicable);
        }
        let event = AuditEvent::PersonCorrected {
            institution: before.institution.clone(),
            participant: id.to_string(),
            reason: reason.clone(),
        };
        let details = NoticeDetails::Corrected { before: noticed, after, reason };
        let action = RosterAction::Correct { person: Box::new(row.clone()) };
        self.commit(account, campaign, CHANGEABLE, vec![(action, details)], event, vec![]).await?;
        self.opened(account, campaign, Signer { participant: row, unit_name, ..signer }).await
    }

    /// Writes the notices of revocations from before there were notices. Call it before anything is served.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notice_old_revocations(&self) -> Result<(), StoreError> {
        for campaign in self.store.campaigns().await?.into_iter().filter(|campaign| campaign.state.is_public()) {
            loop {
                let found = self.store.revocations_without_notice(campaign.id).await?;
                if found.is_empty() {
                    break;
                }
                let changes = found.into_iter().map(|(pledge, revocation)| {
                    let details = NoticeDetails::Revoked { pledge: pledge.to_string(), reason: revocation.reason };
                    self.change(RosterAction::NoticeRevocation { pledge }, details)
                });
                let request = ChangeRequest {
                    states: WITH_PLEDGES,
                    by: String::new(),
                    changes: changes.collect(),
                    next_numbers: vec![],
                    audit: vec![],
                    step: None,
                };
                match self.commits.commit_alone(&campaign, request).await {
                    // Another node writes them too: what is left is read again.
                    Ok(()) | Err(StoreError::Conflict) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Revokes a pledge, with its notice.
    pub(super) async fn commit_revocation(
        &self,
        account: &Account,
        campaign: &Campaign,
        signer: &Signer,
        pledge: PledgeId,
        reason: String,
    ) -> Result<(), HelpDeskError> {
        let event = AuditEvent::PledgeRevoked {
            institution: signer.participant.institution.clone(),
            participant: signer.participant.id.to_string(),
            reason: reason.clone(),
        };
        let change = vec![self.revocation(account, pledge, reason)];
        self.commit(account, campaign, WITH_PLEDGES, change, event, vec![]).await
    }

    fn revocation(&self, account: &Account, pledge: PledgeId, reason: String) -> (RosterAction, NoticeDetails) {
        let revocation = super::RevocationRecord { reason: reason.clone(), at: self.now(), by: account.login.clone() };
        (RosterAction::Revoke { pledge, revocation }, NoticeDetails::Revoked { pledge: pledge.to_string(), reason })
    }

    /// Admits a person anew who hadn't made the pledge that is theirs: it is revoked, if it isn't yet, and in the same
    /// commit the person gets another slot and another code, with which they can sign. The old code opens nothing.
    ///
    /// # Errors
    /// [`HelpDeskError::NotChangeable`]; [`HelpDeskError::NotSigned`] without a pledge;
    /// [`HelpDeskError::NotApplicable`] if they were admitted anew already; [`HelpDeskError::Reason`]; as
    /// [`Self::person`]; `Conflict` when they changed meanwhile.
    pub async fn admit_anew(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ParticipantId,
        reason: &str,
    ) -> Result<DeskPerson, HelpDeskError> {
        require_changeable(campaign)?;
        let signer = self.found(account, campaign, id).await?;
        let pledge = signer.pledge.as_ref().ok_or(HelpDeskError::NotSigned)?.id;
        if signer.standing != RosterStanding::Listed {
            return Err(HelpDeskError::NotApplicable);
        }
        let reason = reason_line(reason)?;
        let identifier = &signer.participant.identifier;
        let secret = self.secret(campaign)?;
        let first = secret.participant_id(identifier);
        let known = self.store.signer(campaign.id, first).await?.map_or(1, |first| first.admission);
        let admission = known.checked_add(1).ok_or(HelpDeskError::NotApplicable)?;
        let person = Participant { id: secret.admission_id(identifier, admission), ..signer.participant.clone() };
        let (new, institution) = (person.id, person.institution.clone());
        let mut changes = vec![];
        if !signer.revoked {
            changes.push(self.revocation(account, pledge, reason.clone()));
        }
        let details =
            NoticeDetails::AdmittedAnew { person: NoticedPerson::from(&person), admission, reason: reason.clone() };
        let (person, salt) = (Box::new(person), self.entropy.bytes());
        changes.push((RosterAction::AdmitAnew { previous: id, first, admission, person, salt }, details));
        let event = AuditEvent::PersonAdmittedAnew { institution, participant: new.to_string(), reason };
        self.commit(account, campaign, CHANGEABLE, changes, event, vec![]).await?;
        self.person(account, campaign, new).await
    }

    /// A person who hasn't signed and has this standing, where the roster can be changed.
    async fn unsigned(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ParticipantId,
        standing: RosterStanding,
    ) -> Result<Signer, HelpDeskError> {
        require_changeable(campaign)?;
        let signer = self.found(account, campaign, id).await?;
        if signer.pledge.is_some() || signer.standing != standing {
            return Err(HelpDeskError::NotApplicable);
        }
        Ok(signer)
    }

    /// An identifier as typed, with the issuer as the campaign writes it.
    fn identifier(&self, typed: &str, rosters: &[InstitutionRoster]) -> Result<Identifier, HelpDeskError> {
        let of = |fault| (PersonField::Identifier, fault);
        let identifier = Identifier::parse(typed).map_err(|fault| of(FieldProblem::Identifier(fault)))?;
        let Identifier::Number { issuer, number } = &identifier else { return Ok(identifier) };
        let known = rosters.iter().find(|known| known.institution.code.eq_ignore_ascii_case(issuer));
        let code = &known.ok_or(of(FieldProblem::Issuer))?.institution.code;
        Ok(Identifier::number(code, number).map_err(|fault| of(FieldProblem::Identifier(fault)))?)
    }

    async fn commit(
        &self,
        account: &Account,
        campaign: &Campaign,
        states: &'static [CampaignState],
        changes: Vec<(RosterAction, NoticeDetails)>,
        event: AuditEvent,
        next_numbers: Vec<(String, u64)>,
    ) -> Result<(), HelpDeskError> {
        let audit = vec![self.line(account, campaign, event)];
        let changes = changes.into_iter().map(|(action, details)| self.change(action, details)).collect();
        let request = ChangeRequest { states, by: account.login.clone(), changes, next_numbers, audit, step: None };
        Ok(self.commits.commit(campaign, request).await?)
    }

    pub(super) fn change(&self, action: RosterAction, details: NoticeDetails) -> RosterChange {
        RosterChange { action, details, salt: self.entropy.bytes() }
    }
}

pub(super) fn require_changeable(campaign: &Campaign) -> Result<(), HelpDeskError> {
    if HelpDesk::may_change_roster(campaign) { Ok(()) } else { Err(HelpDeskError::NotChangeable(campaign.state)) }
}

/// People of other institutions don't exist for an account, but that somebody is listed must be told, or they would be
/// added twice.
fn already(is_seen: bool, listed: &Signer) -> HelpDeskError {
    HelpDeskError::AlreadyListed { institution: is_seen.then(|| listed.institution_name.clone()) }
}

fn participant(id: ParticipantId, identifier: Identifier, institution: &str, person: &TypedPerson) -> Participant {
    Participant {
        id,
        identifier,
        shown_name: person.name.clone(),
        institution: institution.into(),
        unit: person.unit,
        location: person.location.clone(),
        rank: person.rank.clone(),
        position: person.position.clone(),
        employment: person.employment,
    }
}
