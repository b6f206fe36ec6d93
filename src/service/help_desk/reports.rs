//! Reports "that wasn't me" at the help desk: listed, counted, taken and resolved.
//!
//! Whom a report without a code concerns isn't stored: its contents are opened, and the number is looked up on the
//! roster as it is now. So the desk of the right institution sees it, also when the person was added or moved later,
//! and a report whose number is nobody's is seen by accounts of the whole installation only.

use super::claimed_reports::kept_texts;
use super::open_reports::{OpenReports, ReportedPlace};
use super::{HelpDesk, HelpDeskError, Signer};
use crate::domain::account::{Account, Scope};
use crate::domain::audit::AuditEvent;
use crate::domain::campaign::Campaign;
use crate::domain::characters::without_invisible;
use crate::domain::identifier::Identifier;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::misuse_report::{ReportId, ReportNumber, ReportOutcome, trail_name};
use crate::domain::participant::Participant;
use crate::domain::time::UnixMillis;
use crate::domain::visible_institutions::VisibleInstitutions;
use crate::store::StoreError;
use crate::store::counted_event_channel::CountedEvent;
use crate::store::misuse_reports::{MisuseReport, ReportResolution, ReportSource, ReportStage};
use crate::store::registry::{self, PersonPlace};
use std::collections::HashMap;

/// Longest finding, in characters.
const FINDING_CHARS_MAX: usize = 1_000;

/// A report as the help desk sees it.
#[derive(Clone)]
pub struct ListedReport {
    /// Names it in forms.
    pub id: ReportId,
    /// What the person reads out.
    pub number: ReportNumber,
    /// When it arrived.
    pub reported_at: UnixMillis,
    /// When the help desk began to look into it.
    pub taken_at: Option<UnixMillis>,
    /// How it was closed; `None` while it is open.
    pub resolved: Option<ReportResolution>,
    /// Whether it came without a code: then nothing proves who sent it.
    pub without_code: bool,
    /// The claimed number of a report without a code; `None` also where it doesn't open.
    pub claimed: Option<Identifier>,
    /// How to reach whoever sent it; `None` where only the number was kept, or it doesn't open.
    pub contact: Option<String>,
    /// What they wrote.
    pub message: String,
    /// Where the person belongs; `None`: the claimed number is nobody's.
    place: Option<ReportedPlace>,
    /// The person it concerns: as it was reported, or the first admission of the claimed number.
    participant: Option<ParticipantId>,
}

impl ListedReport {
    /// Code of the person's institution; `None`: the claimed number is nobody's.
    pub fn institution(&self) -> Option<&str> {
        self.place.as_ref().map(|place| place.institution.as_str())
    }

    /// Whether it is open, without a code, for a number that isn't on the roster, and nobody looks into it. One that
    /// doesn't open isn't among them: nothing is known of its number.
    pub fn is_unlisted(&self) -> bool {
        let is_waiting = self.resolved.is_none() && self.taken_at.is_none();
        is_waiting && self.claimed.is_some() && self.place.is_none()
    }
}

impl HelpDesk {
    /// The reports of the account's institutions: first the open ones, newest first. That what reports without a code
    /// hold was shown is counted for the audit trail.
    ///
    /// # Errors
    /// When the campaign's secret can't be opened or the database fails.
    pub async fn reports(&self, account: &Account, campaign: &Campaign) -> Result<Vec<ListedReport>, HelpDeskError> {
        let (mut all, visible) = (vec![], self.visible_institutions(account, campaign).await?);
        for stage in [ReportStage::Open, ReportStage::Resolved] {
            let mut reports = self.store.reports(campaign.id, &visible, stage).await?;
            reports.extend(self.store.claimed_reports(campaign.id, stage).await?);
            let mut listed = self.listed(campaign, reports).await?;
            listed.retain(|one| sees(&visible, one.place.as_ref()));
            listed.sort_by_key(|one| std::cmp::Reverse(one.reported_at));
            all.extend(listed);
        }
        self.count_opened(account, campaign, &all);
        Ok(all)
    }

    /// The report with this number, however many there are; `None` outside the account's scope. That what it holds was
    /// shown is counted as in [`Self::reports`].
    ///
    /// # Errors
    /// As [`Self::reports`].
    pub async fn report_with_number(
        &self,
        account: &Account,
        campaign: &Campaign,
        number: ReportNumber,
    ) -> Result<Option<ListedReport>, HelpDeskError> {
        let (low, high) = number.range();
        let found = self.store.report_between(campaign.id, &low, &high).await?;
        let mut listed = self.listed(campaign, found.into_iter().collect()).await?;
        let visible = self.visible_institutions(account, campaign).await?;
        listed.retain(|one| sees(&visible, one.place.as_ref()));
        self.count_opened(account, campaign, &listed);
        Ok(listed.pop())
    }

    fn count_opened(&self, account: &Account, campaign: &Campaign, shown: &[ListedReport]) {
        if shown.iter().any(|one| one.without_code) {
            let event = CountedEvent::SealedReportsOpened { campaign: campaign.id, actor: account.login.clone() };
            self.counted_events.report(self.now(), event);
        }
    }

    /// The person whom a report concerns, in their newest admission; `None` outside the account's scope and where the
    /// number is nobody's.
    ///
    /// # Errors
    /// As [`Self::reports`].
    pub async fn reported_person(
        &self,
        account: &Account,
        campaign: &Campaign,
        report: &ListedReport,
    ) -> Result<Option<Signer>, HelpDeskError> {
        match (&report.claimed, report.participant) {
            (Some(identifier), _) => self.newest(account, campaign, identifier).await,
            (None, Some(participant)) => Ok(self.signer(account, campaign, participant).await?),
            (None, None) => Ok(None),
        }
    }

    /// Adds a report of a signed-in participant. Contact and message are cut to their limits. Above the number of open
    /// reports allowed to one person nothing is added: one more says nothing new.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_report(
        &self,
        campaign: CampaignId,
        person: &Participant,
        contact: &str,
        message: &str,
    ) -> Result<(), StoreError> {
        let (contact, message) = kept_texts(contact, message);
        let (participant, institution) = (person.id, person.institution.clone());
        let report = MisuseReport {
            id: self.entropy.bytes(),
            source: ReportSource::SignedIn { participant, institution, contact, message },
            reported_at: self.now(),
            taken_at: None,
            resolved: None,
        };
        self.store.add_report(campaign, &report).await?;
        self.open_reports.forget(campaign);
        Ok(())
    }

    /// Notes that the help desk looks into a report; whoever has its number sees that.
    ///
    /// # Errors
    /// As [`Self::resolve_report`]; `Conflict` also when it was taken before.
    pub async fn take_report(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: &ReportId,
    ) -> Result<(), HelpDeskError> {
        let institution = self.institution_in_scope(account, campaign, id).await?;
        let event = AuditEvent::ReportTaken { institution, report: trail_name(id) };
        let line = self.line(account, campaign, event);
        Ok(self.store.take_report(campaign.id, id, self.now(), &line).await?)
    }

    /// Resolves a report. `finding` says what was found, cut to 1,000 characters, and stays at the help desk; `outcome`
    /// is what whoever has the report's number is told.
    ///
    /// # Errors
    /// [`HelpDeskError::Unknown`] and [`HelpDeskError::NotInScope`]; `Conflict` when it was resolved before; when the
    /// database fails.
    pub async fn resolve_report(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: &ReportId,
        finding: &str,
        outcome: ReportOutcome,
    ) -> Result<(), HelpDeskError> {
        let institution = self.institution_in_scope(account, campaign, id).await?;
        let finding = without_invisible(finding).trim().chars().take(FINDING_CHARS_MAX).collect();
        let resolution = ReportResolution { at: self.now(), finding, outcome };
        let (report, outcome) = (trail_name(id), outcome.as_str().into());
        let event = AuditEvent::ReportResolved { institution, report, outcome };
        self.store.resolve_report(campaign.id, id, &resolution, &self.line(account, campaign, event)).await?;
        self.open_reports.forget(campaign.id);
        Ok(())
    }

    /// Closes all reports without a code whose number is on no roster and that nobody looks into, as after a flood.
    /// Whoever has their numbers is told to contact the help desk. Returns how many.
    ///
    /// # Errors
    /// [`HelpDeskError::NotInScope`] for accounts that don't see all institutions; `Conflict` when one of them was
    /// resolved meanwhile; as [`Self::reports`].
    pub async fn resolve_unlisted_reports(&self, account: &Account, campaign: &Campaign) -> Result<u64, HelpDeskError> {
        if account.scope != Scope::All {
            return Err(HelpDeskError::NotInScope);
        }
        let open = self.store.claimed_reports(campaign.id, ReportStage::Open).await?;
        let mut unlisted = self.listed(campaign, open).await?;
        unlisted.retain(ListedReport::is_unlisted);
        if unlisted.is_empty() {
            return Ok(0);
        }
        let ids: Vec<ReportId> = unlisted.iter().map(|report| report.id).collect();
        let outcome = ReportOutcome::AskHelpDesk;
        let resolution = ReportResolution { at: self.now(), finding: String::new(), outcome };
        let event = AuditEvent::UnlistedReportsResolved { reports: ids.len() as u64 };
        self.store.resolve_reports(campaign.id, &ids, &resolution, &self.line(account, campaign, event)).await?;
        self.open_reports.forget(campaign.id);
        Ok(ids.len() as u64)
    }

    /// Open reports that the account sees, at most some seconds old.
    ///
    /// # Errors
    /// As [`Self::reports`].
    pub async fn open_reports(&self, scope: &Scope, campaign: &Campaign) -> Result<u64, HelpDeskError> {
        let open = self.open_reports.open(campaign.id, self.count_open(campaign)).await?;
        if open.is_empty() {
            return Ok(0);
        }
        let visible = registry::visible_institutions(&*self.store, campaign.id, scope).await?;
        Ok(open.iter().filter(|(place, _)| sees(&visible, place.as_ref())).map(|(_, open)| open).sum())
    }

    async fn count_open(&self, campaign: &Campaign) -> Result<OpenReports, HelpDeskError> {
        let signed_in = self.store.open_reports(campaign.id).await?.into_iter();
        let mut open: OpenReports = signed_in
            .map(|counted| {
                let place = ReportedPlace { institution: counted.institution, unit: counted.unit };
                (Some(place), counted.open)
            })
            .collect();
        let claimed = self.store.claimed_reports(campaign.id, ReportStage::Open).await?;
        for report in self.listed(campaign, claimed).await? {
            *open.entry(report.place).or_default() += 1;
        }
        Ok(open)
    }

    async fn institution_in_scope(
        &self,
        account: &Account,
        campaign: &Campaign,
        id: &ReportId,
    ) -> Result<String, HelpDeskError> {
        let report = self.store.report(campaign.id, id).await?.ok_or(HelpDeskError::Unknown)?;
        let place = self.listed(campaign, vec![report]).await?.pop().and_then(|listed| listed.place);
        if !sees(&self.visible_institutions(account, campaign).await?, place.as_ref()) {
            return Err(HelpDeskError::NotInScope);
        }
        Ok(place.map(|place| place.institution).unwrap_or_default())
    }

    /// Opens reports and finds out where the people belong whom they concern, in a few statements for all.
    pub(super) async fn listed(
        &self,
        campaign: &Campaign,
        reports: Vec<MisuseReport>,
    ) -> Result<Vec<ListedReport>, HelpDeskError> {
        let secret = self.secret(campaign)?;
        let mut listed: Vec<ListedReport> =
            reports.into_iter().map(|report| self.opened_report(campaign, report)).collect();
        for report in &mut listed {
            if let Some(identifier) = &report.claimed {
                report.participant = Some(secret.participant_id(identifier));
            }
        }
        let mut people: Vec<ParticipantId> = listed.iter().filter_map(|report| report.participant).collect();
        people.sort_unstable();
        people.dedup();
        let places = self.store.person_places(campaign.id, &people).await?;
        let places: HashMap<ParticipantId, PersonPlace> =
            places.into_iter().map(|place| (place.participant, place)).collect();
        for report in &mut listed {
            let Some(found) = report.participant.and_then(|participant| places.get(&participant)) else { continue };
            match &mut report.place {
                // It stays with the institution that it was sent to.
                Some(place) if place.institution == found.institution => place.unit.clone_from(&found.unit),
                Some(_) => {}
                None => {
                    let (institution, unit) = (found.institution.clone(), found.unit.clone());
                    report.place = Some(ReportedPlace { institution, unit });
                }
            }
        }
        Ok(listed)
    }

    fn opened_report(&self, campaign: &Campaign, report: MisuseReport) -> ListedReport {
        let mut listed = ListedReport {
            id: report.id,
            number: ReportNumber::of(&report.id),
            reported_at: report.reported_at,
            taken_at: report.taken_at,
            resolved: report.resolved,
            without_code: false,
            claimed: None,
            contact: None,
            message: String::new(),
            place: None,
            participant: None,
        };
        match report.source {
            ReportSource::SignedIn { participant, institution, contact, message } => {
                (listed.participant, listed.place) =
                    (Some(participant), Some(ReportedPlace { institution, unit: None }));
                (listed.contact, listed.message) = (Some(contact), message);
            }
            ReportSource::WithoutCode { sealed, .. } => {
                listed.without_code = true;
                if let Some(contents) = self.contents(campaign.id, &report.id, &sealed) {
                    listed.claimed = Identifier::parse(&contents.number).ok();
                    (listed.contact, listed.message) = (contents.contact, contents.message);
                }
            }
        }
        listed
    }
}

/// A report whose number is nobody's belongs to no institution.
fn sees(visible: &VisibleInstitutions, place: Option<&ReportedPlace>) -> bool {
    match place {
        Some(place) => visible.includes_person(&place.institution, place.unit.as_deref()),
        None => *visible == VisibleInstitutions::All,
    }
}
