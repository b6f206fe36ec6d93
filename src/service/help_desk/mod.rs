//! The help desk: finds participants, shows where they stand, issues codes again, revokes pledges, and handles reports
//! "that wasn't me".
//!
//! People outside an account's scope don't exist for it. Each change commits together with its line in the audit trail.
//! Deliberately absent: which role may do what, HTTP, words.

mod change_commits;
mod change_queue;
mod claimed_reports;
mod newest_changes;
mod open_reports;
mod opened_person;
mod person_fields;
mod proposals;
mod report_throttle;
mod reports;
mod roster_changes;
mod units;

pub use crate::store::help_desk::FoundPerson;
pub use crate::store::misuse_reports::{CONTACT_CHARS_MAX, MESSAGE_CHARS_MAX, ReportId};
pub use crate::store::notices::StoredNotice;
pub use crate::store::pledges::{RevocationRecord, Signer};
pub use crate::store::rosters::InstitutionRoster;
pub use claimed_reports::{ReportRefusal, ReportState, ReportStateRefusal, TypedReport};
pub use newest_changes::CHANGES_LISTED_MAX;
pub use opened_person::DeskPerson;
pub use person_fields::{FieldProblem, PersonField, TypedPerson};
pub use proposals::{FilePurpose, OpenedProposal, PROPOSALS_LISTED_MAX, ProposalRefusal, ProposedRow};
pub use reports::ListedReport;
pub use roster_changes::PersonToAdd;
pub use units::UnitChoices;

use crate::clock::{Clock, Entropy};
use crate::domain::access_code::AccessCode;
use crate::domain::account::Account;
use crate::domain::audit::{AuditEntry, AuditEvent};
use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::characters::kept_line;
use crate::domain::identifier::Identifier;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::notice::RosterStanding;
use crate::domain::participant::{Participant, SHOWN_NAME_BYTES_MAX};
use crate::domain::time::UnixMillis;
use crate::domain::visible_institutions::{InstitutionView, VisibleInstitutions};
use crate::keyring::{CampaignSecret, Keyring, WrongKeyring};
use crate::store::counted_event_channel::CountedEventSender;
use crate::store::pledges::KnownSizes;
use crate::store::registry::{self, PersonPlace};
use crate::store::{SharedStore, StoreError};
use async_trait::async_trait;
use change_commits::ChangeCommits;
use open_reports::CountedReports;
use report_throttle::ReportThrottle;
use std::sync::{Arc, Mutex};

/// People that one search by name returns. More of them need a longer query.
pub const FOUND_MAX: usize = 50;
/// Words of a name that are searched for.
const WORDS_MAX: usize = 6;
/// Shortest search by name, in characters. A shorter one would list everybody.
const NAME_CHARS_MIN: usize = 3;
/// Shortest reason for a revocation, in characters.
const REASON_CHARS_MIN: usize = 3;
/// Longest reason for a revocation, in characters.
const REASON_CHARS_MAX: usize = 500;

/// What other services do after a change at the help desk.
#[async_trait]
pub trait HelpDeskPorts: Send + Sync {
    /// A pledge was revoked or the roster changed: the published numbers are stale.
    async fn numbers_changed(&self) -> Result<(), StoreError>;
    /// Sizes that the campaign's logs have at least. `RollbackDetected` where signing is halted.
    fn known_sizes(&self, campaign: CampaignId) -> Result<KnownSizes, StoreError>;
    /// People who were on the campaign's roster when it was locked, as far as this node knows: a higher slot was added
    /// later. 0 where it doesn't know.
    fn locked_people(&self, campaign: CampaignId) -> u64;
    /// Whether so many sign at this node that pledges wait for the commit of others.
    fn is_crowded(&self, campaign: CampaignId) -> bool;
    /// A log was found to be shorter than it was.
    fn halt_signing(&self, fault: &StoreError);
}

/// Why the help desk can't do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum HelpDeskError {
    /// There is no such person or report within the account's scope.
    #[error("there is nothing of this id within the account's scope")]
    Unknown,
    /// The report concerns an institution outside the account's scope.
    #[error("this institution is outside the account's scope")]
    NotInScope,
    /// There is no pledge to revoke.
    #[error("this person hasn't signed")]
    NotSigned,
    /// The person has signed, doesn't count already, or is as asked for already.
    #[error("this doesn't apply to the person now")]
    NotApplicable,
    /// The roster can't be changed in this state of the campaign.
    #[error("the roster can't be changed in this state")]
    NotChangeable(CampaignState),
    /// The person is on the roster already.
    #[error("this person is on the roster already")]
    AlreadyListed {
        /// Name of their institution; `None` outside the account's scope.
        institution: Option<String>,
    },
    /// A field isn't accepted.
    #[error("a field isn't accepted")]
    Field(PersonField, FieldProblem),
    /// The reason is too short or too long.
    #[error("a reason has {REASON_CHARS_MIN} to {REASON_CHARS_MAX} characters")]
    Reason,
    /// The campaign's secret can't be opened.
    #[error(transparent)]
    Keyring(#[from] WrongKeyring),
    /// The database failed, or the person changed meanwhile.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<(PersonField, FieldProblem)> for HelpDeskError {
    fn from((field, problem): (PersonField, FieldProblem)) -> Self {
        Self::Field(field, problem)
    }
}

/// What a search found.
pub enum SearchResult {
    /// The query is an identifier, and this is the person.
    Person(Box<DeskPerson>),
    /// People whose name holds the words of the query, at most [`FOUND_MAX`].
    People(Vec<FoundPerson>),
    /// The query is too short for a search by name.
    TooShort,
}

/// Helps participants, within the scope of the account that asks.
pub struct HelpDesk {
    store: SharedStore,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
    keyring: Arc<Keyring>,
    counted_events: CountedEventSender,
    commits: Arc<ChangeCommits>,
    report_throttle: ReportThrottle,
    open_reports: CountedReports,
    alone_max: u32,
}

impl HelpDesk {
    /// `counted_events` counts which personal pages were opened; `host` is part of the logs' origins; changes by file
    /// of more than `alone_max` people take two accounts.
    #[expect(clippy::too_many_arguments, reason = "each is a part of the installation, passed once")]
    pub fn new(
        store: SharedStore,
        clock: Arc<dyn Clock>,
        entropy: Arc<Entropy>,
        keyring: Arc<Keyring>,
        counted_events: CountedEventSender,
        ports: Arc<dyn HelpDeskPorts>,
        host: String,
        alone_max: u32,
    ) -> Self {
        let report_throttle = ReportThrottle::new(entropy.bytes());
        let open_reports = CountedReports::default();
        let commits = Arc::new(ChangeCommits {
            store: store.clone(),
            clock: clock.clone(),
            keyring: keyring.clone(),
            ports,
            host,
            queues: Mutex::default(),
        });
        Self { store, clock, entropy, keyring, counted_events, commits, report_throttle, open_reports, alone_max }
    }

    /// Looks for a person by identifier, or for people by name. The audit trail records that `account` searched.
    ///
    /// # Errors
    /// When the campaign's secret can't be opened or the database fails.
    pub async fn search(
        &self,
        account: &Account,
        campaign: &Campaign,
        query: &str,
    ) -> Result<SearchResult, HelpDeskError> {
        if let Ok(identifier) = Identifier::parse(query)
            && let Some(signer) = self.newest(account, campaign, &identifier).await?
        {
            self.record_search(account, campaign, 1).await?;
            return Ok(SearchResult::Person(Box::new(self.opened(account, campaign, signer).await?)));
        }
        if query.chars().count() < NAME_CHARS_MIN {
            self.record_search(account, campaign, 0).await?;
            return Ok(SearchResult::TooShort);
        }
        let found = self.named(account, campaign, query).await?;
        self.record_search(account, campaign, found.len() as u64).await?;
        Ok(SearchResult::People(found))
    }

    /// A person's page. That `account` opened it is counted for the audit trail.
    ///
    /// # Errors
    /// [`HelpDeskError::Unknown`] outside the account's scope; when the database fails.
    pub async fn person(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ParticipantId,
    ) -> Result<DeskPerson, HelpDeskError> {
        let signer = self.found(account, campaign, id).await?;
        self.opened(account, campaign, signer).await
    }

    /// A person and the code they have now, for a slip.
    ///
    /// # Errors
    /// As [`Self::person`], and when the campaign's secret can't be opened; [`HelpDeskError::NotApplicable`] where no
    /// code opens anything: their addition was undone, or they were admitted anew.
    pub async fn code(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ParticipantId,
    ) -> Result<(Signer, AccessCode), HelpDeskError> {
        let signer = self.with_code(account, campaign, id).await?;
        let code = self.secret(campaign)?.access_code(id, signer.code_version);
        Ok((signer, code))
    }

    /// Gives a person a new code. The old one and the sessions opened with it stop working.
    ///
    /// # Errors
    /// As [`Self::code`]; `Conflict` when someone else did so meanwhile.
    pub async fn reissue_code(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ParticipantId,
    ) -> Result<(DeskPerson, AccessCode), HelpDeskError> {
        let before = self.with_code(account, campaign, id).await?;
        let event = AuditEvent::CodeReissued {
            institution: before.participant.institution.clone(),
            participant: id.to_string(),
            version: before.code_version + 1,
        };
        let audit = self.line(account, campaign, event);
        self.store.reissue_code(campaign.id, id, before.code_version, &audit).await?;
        let signer = self.found(account, campaign, id).await?;
        let code = self.secret(campaign)?.access_code(id, signer.code_version);
        Ok((self.opened(account, campaign, signer).await?, code))
    }

    /// Revokes the pledge of a person. Its leaf stays in the log, and every check of it says so.
    ///
    /// # Errors
    /// [`HelpDeskError::NotSigned`] without a pledge, [`HelpDeskError::Reason`] without a proper reason; as
    /// [`Self::person`]; `Conflict` when it was revoked before.
    pub async fn revoke(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ParticipantId,
        reason: &str,
    ) -> Result<DeskPerson, HelpDeskError> {
        let signer = self.found(account, campaign, id).await?;
        let pledge = signer.pledge.as_ref().ok_or(HelpDeskError::NotSigned)?.id;
        self.commit_revocation(account, campaign, &signer, pledge, reason_line(reason)?).await?;
        self.opened(account, campaign, signer).await
    }

    /// A person whose code can open something.
    async fn with_code(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ParticipantId,
    ) -> Result<Signer, HelpDeskError> {
        let signer = self.found(account, campaign, id).await?;
        match signer.standing {
            RosterStanding::Listed | RosterStanding::Excused => Ok(signer),
            RosterStanding::Withdrawn | RosterStanding::Superseded => Err(HelpDeskError::NotApplicable),
        }
    }

    async fn found(&self, account: &Account, campaign: &Campaign, id: ParticipantId) -> Result<Signer, HelpDeskError> {
        self.signer(account, campaign, id).await?.ok_or(HelpDeskError::Unknown)
    }

    /// The newest admission of the person with this identifier.
    async fn newest(
        &self,
        account: &Account,
        campaign: &Campaign,
        identifier: &Identifier,
    ) -> Result<Option<Signer>, HelpDeskError> {
        let secret = self.secret(campaign)?;
        let first = self.signer(account, campaign, secret.participant_id(identifier)).await?;
        Ok(match first {
            Some(first) if first.admission > 1 => {
                self.signer(account, campaign, secret.admission_id(identifier, first.admission)).await?
            }
            first => first,
        })
    }

    async fn signer(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: ParticipantId,
    ) -> Result<Option<Signer>, StoreError> {
        let visible = self.visible_institutions(account, campaign).await?;
        let Some(mut signer) = self.store.signer(campaign.id, id).await? else { return Ok(None) };
        if !self.sees(&visible, campaign, &signer.participant).await? {
            return Ok(None);
        }
        // Until the lock no path is kept with the unit.
        if campaign.state == CampaignState::Draft
            && let Some(unit) = signer.participant.unit
            && let Some(path) = self.unit_paths(campaign, &signer.participant.institution).await?.remove(&unit)
        {
            signer.unit_name = path;
        }
        Ok(Some(signer))
    }

    /// Whether the person is among what is visible. Where that is a part of an institution, their unit is looked up.
    async fn sees(
        &self,
        visible: &VisibleInstitutions,
        campaign: &Campaign,
        person: &Participant,
    ) -> Result<bool, StoreError> {
        let view = visible.view(&person.institution);
        if view == InstitutionView::Whole || !visible.includes_part(&person.institution) {
            return Ok(view == InstitutionView::Whole);
        }
        let places = self.store.person_places(campaign.id, &[person.id]).await?;
        let is_seen =
            |place: &PersonPlace| place.institution == person.institution && view.includes(place.unit.as_deref());
        Ok(places.iter().any(is_seen))
    }

    /// What the account sees of a campaign.
    async fn visible_institutions(
        &self,
        account: &Account,
        campaign: &Campaign,
    ) -> Result<VisibleInstitutions, StoreError> {
        registry::visible_institutions(&*self.store, campaign.id, &account.scope).await
    }

    async fn named(&self, account: &Account, campaign: &Campaign, query: &str) -> Result<Vec<FoundPerson>, StoreError> {
        let words: Vec<String> = query.split_whitespace().take(WORDS_MAX).map(str::to_string).collect();
        // No name has a longer word, and a database fails on a pattern of tens of thousands of characters.
        if words.iter().any(|word| word.len() > SHOWN_NAME_BYTES_MAX) {
            return Ok(vec![]);
        }
        let limit = u32::try_from(FOUND_MAX).unwrap_or(u32::MAX);
        let VisibleInstitutions::Parts(parts) = self.visible_institutions(account, campaign).await? else {
            return self.store.people_named(campaign.id, None, &words, limit).await;
        };
        let mut found = vec![];
        for part in &parts {
            found.extend(self.store.people_named(campaign.id, Some(part), &words, limit).await?);
        }
        found.truncate(FOUND_MAX);
        Ok(found)
    }

    async fn record_search(&self, account: &Account, campaign: &Campaign, found: u64) -> Result<(), StoreError> {
        let institution = match self.visible_institutions(account, campaign).await? {
            VisibleInstitutions::Parts(mut parts) if parts.len() == 1 => parts.pop().map(|part| part.institution),
            _ => None,
        };
        let event = AuditEvent::ParticipantsSearched { institution, found };
        self.store.record(&self.line(account, campaign, event)).await
    }

    fn line(&self, account: &Account, campaign: &Campaign, event: AuditEvent) -> AuditEntry {
        AuditEntry::new(Some(campaign.id), self.now(), self.entropy.bytes(), &account.login, event)
    }

    fn secret(&self, campaign: &Campaign) -> Result<CampaignSecret, WrongKeyring> {
        self.keyring.open_secret(&campaign.id.0, &campaign.sealed_secret)
    }

    fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.now_ms())
    }
}

/// A typed reason as it is kept.
fn reason_line(reason: &str) -> Result<String, HelpDeskError> {
    let reason = kept_line(reason).map_err(|_| HelpDeskError::Reason)?;
    if !(REASON_CHARS_MIN..=REASON_CHARS_MAX).contains(&reason.chars().count()) {
        return Err(HelpDeskError::Reason);
    }
    Ok(reason)
}
