//! Reports "that wasn't me": a person says that someone else signed in their name.
//!
//! A report of a signed-in person has their id and their institution. Of a report without a code only a mark of the
//! claimed number is kept in clear, the rest is sealed: nobody looks up at its arrival whether the number is on the
//! roster, and the row doesn't say so. Whoever has the keys opens it and finds the person, also one who was added to
//! the roster later.

use super::StoreError;
use crate::domain::audit::AuditEntry;
use crate::domain::ids::{CampaignId, ParticipantId};
pub use crate::domain::misuse_report::ReportId;
use crate::domain::misuse_report::{ClaimMark, ReportOutcome};
use crate::domain::time::UnixMillis;
use crate::domain::visible_institutions::VisibleInstitutions;
use async_trait::async_trait;

/// Unresolved reports that one person can have; a further one adds nothing that the help desk doesn't know. Of reports
/// without a code, further ones for the same number are kept without contact and message.
pub const OPEN_REPORTS_PER_PERSON_MAX: u64 = 3;
/// Unresolved reports without a code that one number can have, with and without contents.
pub const OPEN_REPORTS_PER_NUMBER_MAX: u64 = 20;
/// Unresolved reports without a code of one campaign: a hundredth of a province, and four megabytes. Only a flood
/// reaches it.
pub const OPEN_REPORTS_WITHOUT_CODE_MAX: u64 = 2_000;
/// Most reports of signed-in people in a list, newest first; as many resolved ones without a code.
pub const REPORTS_LISTED_MAX: u32 = 1_000;
/// Longest message, in characters.
pub const MESSAGE_CHARS_MAX: usize = 1_000;
/// Longest contact, in characters.
pub const CONTACT_CHARS_MAX: usize = 120;

/// A person's report that another person signed in their name.
#[derive(Clone, PartialEq, Eq)]
pub struct MisuseReport {
    /// Names the report in the console's forms; its first bits are the report's number.
    pub id: ReportId,
    /// Who reports, and what.
    pub source: ReportSource,
    /// When it arrived.
    pub reported_at: UnixMillis,
    /// When the help desk began to look into it.
    pub taken_at: Option<UnixMillis>,
    /// How the help desk closed it; `None` while it is open.
    pub resolved: Option<ReportResolution>,
}

/// Who reports, and what.
#[derive(Clone, PartialEq, Eq)]
pub enum ReportSource {
    /// A signed-in person.
    SignedIn {
        /// The person in whose name was signed.
        participant: ParticipantId,
        /// Code of the person's institution, whose help desk sees it.
        institution: String,
        /// How to reach the person; may be empty.
        contact: String,
        /// What the person wrote; at most [`MESSAGE_CHARS_MAX`] characters.
        message: String,
    },
    /// Somebody without a code.
    WithoutCode {
        /// Of the claimed number.
        mark: ClaimMark,
        /// Claimed number, contact and message (see `Keyring::seal_report`).
        sealed: Vec<u8>,
    },
}

/// A report without a code, as it arrives.
pub struct ClaimedReport {
    /// The same for the same form that is sent again.
    pub id: ReportId,
    /// Of the claimed number.
    pub mark: ClaimMark,
    /// Claimed number, contact and message, sealed.
    pub sealed: Vec<u8>,
    /// The claimed number alone, sealed; kept instead where there are [`OPEN_REPORTS_PER_PERSON_MAX`] already.
    pub sealed_number: Vec<u8>,
    /// When it arrived.
    pub reported_at: UnixMillis,
}

/// Which reports a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportStage {
    /// They wait.
    Open,
    /// They are closed.
    Resolved,
}

/// How a report was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportResolution {
    /// When it was closed.
    pub at: UnixMillis,
    /// What the help desk found and did.
    pub finding: String,
    /// What whoever has the report's number is told.
    pub outcome: ReportOutcome,
}

/// Contact and message are the person's own and stay out of logs.
impl std::fmt::Debug for MisuseReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MisuseReport").field("resolved", &self.resolved.is_some()).finish_non_exhaustive()
    }
}

/// Reports that wait to be resolved, of people of one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenReportCount {
    /// The institution's code.
    pub institution: String,
    /// The node of the unit; `None`: no unit, or it isn't registered.
    pub unit: Option<String>,
    /// How many there are.
    pub open: u64,
}

/// Reports of misuse, and their resolution.
#[async_trait]
pub trait MisuseReportStore: Send + Sync {
    /// Keeps a signed-in person's report. `false` when the person already has as many open ones as allowed; nothing is
    /// kept then. `Conflict` for one without a code.
    async fn add_report(&self, campaign: CampaignId, report: &MisuseReport) -> Result<bool, StoreError>;

    /// Keeps a report without a code, unless it is kept already. `false` when the campaign has
    /// [`OPEN_REPORTS_WITHOUT_CODE_MAX`] open ones, or the number [`OPEN_REPORTS_PER_NUMBER_MAX`]; nothing is kept
    /// then.
    async fn add_claimed_report(&self, campaign: CampaignId, report: &ClaimedReport) -> Result<bool, StoreError>;

    /// How many reports without a code are open.
    async fn open_claimed_reports(&self, campaign: CampaignId) -> Result<u64, StoreError>;

    /// Reports of signed-in people, newest first, at most [`REPORTS_LISTED_MAX`], only of institutions of which
    /// something is seen.
    async fn reports(
        &self,
        campaign: CampaignId,
        visible: &VisibleInstitutions,
        stage: ReportStage,
    ) -> Result<Vec<MisuseReport>, StoreError>;

    /// Reports without a code, newest first: all open ones, or at most [`REPORTS_LISTED_MAX`] resolved ones. Whom they
    /// concern, and who may see them, isn't known before they are opened.
    async fn claimed_reports(&self, campaign: CampaignId, stage: ReportStage) -> Result<Vec<MisuseReport>, StoreError>;

    /// How many of signed-in people wait to be resolved, by the institution's code and the node of the person's unit;
    /// those without any are left out.
    async fn open_reports(&self, campaign: CampaignId) -> Result<Vec<OpenReportCount>, StoreError>;

    /// The report with this id; `None` where there is none.
    async fn report(&self, campaign: CampaignId, id: &ReportId) -> Result<Option<MisuseReport>, StoreError>;

    /// The report with an id from `low` to `high`; `None` where there is none or more than one.
    async fn report_between(
        &self,
        campaign: CampaignId,
        low: &ReportId,
        high: &ReportId,
    ) -> Result<Option<MisuseReport>, StoreError>;

    /// The newest report that this person made while signed in.
    async fn newest_report_of(
        &self,
        campaign: CampaignId,
        participant: ParticipantId,
    ) -> Result<Option<MisuseReport>, StoreError>;

    /// The help desk begins to look into a report. `Conflict` when there is no such report, or it was resolved or taken
    /// before.
    async fn take_report(
        &self,
        campaign: CampaignId,
        id: &ReportId,
        at: UnixMillis,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// Resolves all of these reports, or none: `Conflict` when one doesn't exist or was resolved before.
    async fn resolve_reports(
        &self,
        campaign: CampaignId,
        ids: &[ReportId],
        resolution: &ReportResolution,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// `Conflict` when there is no such report, or it was resolved before.
    async fn resolve_report(
        &self,
        campaign: CampaignId,
        id: &ReportId,
        resolution: &ReportResolution,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
}
