//! Reports "that wasn't me": added by the person whose pledge it is, read and resolved at the help desk.

use super::{HelpDesk, HelpDeskError, Signer};
use crate::domain::account::Account;
use crate::domain::audit::AuditEvent;
use crate::domain::campaign::Campaign;
use crate::domain::characters::without_invisible;
use crate::domain::ids::CampaignId;
use crate::domain::participant::Participant;
use crate::store::StoreError;
use crate::store::misuse_reports::{CONTACT_CHARS_MAX, MESSAGE_CHARS_MAX, MisuseReport, ReportId, ReportResolution};
use data_encoding::BASE64URL_NOPAD;

/// Longest finding, in characters.
const FINDING_CHARS_MAX: usize = 1_000;

/// A report, and the person it concerns.
pub struct ListedReport {
    /// The report.
    pub report: MisuseReport,
    /// `None` when the person is no longer on the roster.
    pub signer: Option<Signer>,
}

impl HelpDesk {
    /// The reports of the account's institutions: first the open ones, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reports(&self, account: &Account, campaign: &Campaign) -> Result<Vec<ListedReport>, StoreError> {
        let mut listed = vec![];
        for report in self.store.reports(campaign.id, &account.scope).await? {
            let signer = self.signer(account, campaign, report.participant).await?;
            listed.push(ListedReport { report, signer });
        }
        listed.sort_by_key(|listed| listed.report.resolved.is_some());
        Ok(listed)
    }

    /// Adds a report of a signed-in participant. Contact and message are cut to [`CONTACT_CHARS_MAX`] and
    /// [`MESSAGE_CHARS_MAX`]. Above the number of open reports allowed to one person nothing is added: one more says
    /// nothing new.
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
        let report = MisuseReport {
            id: self.entropy.bytes(),
            participant: person.id,
            institution: person.institution.clone(),
            contact: without_invisible(contact).chars().take(CONTACT_CHARS_MAX).collect(),
            message: without_invisible(message).chars().take(MESSAGE_CHARS_MAX).collect(),
            reported_at: self.now(),
            resolved: None,
        };
        self.store.add_report(campaign, &report).await?;
        self.ports.reports_changed(campaign).await;
        Ok(())
    }

    /// Resolves a report. `finding` says what was found, cut to 1,000 characters.
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
    ) -> Result<(), HelpDeskError> {
        let report = self.store.report(campaign.id, id).await?.ok_or(HelpDeskError::Unknown)?;
        if !account.scope.includes(&report.institution) {
            return Err(HelpDeskError::NotInScope);
        }
        let finding = without_invisible(finding).trim().chars().take(FINDING_CHARS_MAX).collect();
        let resolution = ReportResolution { at: self.now(), finding };
        let event = AuditEvent::ReportResolved { institution: report.institution, report: BASE64URL_NOPAD.encode(id) };
        self.store.resolve_report(campaign.id, id, &resolution, &self.line(account, campaign, event)).await?;
        self.ports.reports_changed(campaign.id).await;
        Ok(())
    }
}
