//! Reports "that wasn't me": a person says that someone else signed in their name.

use super::StoreError;
use crate::domain::account::Scope;
use crate::domain::audit::AuditEntry;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// Unresolved reports that one person can have; a further one adds nothing that the help desk doesn't know.
pub const OPEN_REPORTS_PER_PERSON_MAX: u64 = 3;
/// Most reports in a list, newest first.
pub const REPORTS_LISTED_MAX: u32 = 1_000;
/// Longest message, in characters.
pub const MESSAGE_CHARS_MAX: usize = 1_000;
/// Longest contact, in characters.
pub const CONTACT_CHARS_MAX: usize = 120;

/// 16 random bytes.
pub type ReportId = [u8; 16];

/// A person's report that another person signed in their name.
#[derive(Clone, PartialEq, Eq)]
pub struct MisuseReport {
    /// Names the report in addresses of the console.
    pub id: ReportId,
    /// The person in whose name was signed.
    pub participant: ParticipantId,
    /// Code of the person's institution, whose help desk sees it.
    pub institution: String,
    /// How to reach the person; may be empty.
    pub contact: String,
    /// What the person wrote; at most [`MESSAGE_CHARS_MAX`] characters.
    pub message: String,
    /// When it arrived.
    pub reported_at: UnixMillis,
    /// How the help desk closed it; `None` while it is open.
    pub resolved: Option<ReportResolution>,
}

/// How a report was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportResolution {
    /// When it was closed.
    pub at: UnixMillis,
    /// What the help desk found and did.
    pub finding: String,
}

/// Contact and message are the person's own and stay out of logs.
impl std::fmt::Debug for MisuseReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MisuseReport").field("resolved", &self.resolved.is_some()).finish_non_exhaustive()
    }
}

/// Reports of misuse, and their resolution.
#[async_trait]
pub trait MisuseReportStore: Send + Sync {
    /// Keeps a report. `false` when the person already has as many open ones as allowed; nothing is kept then.
    async fn add_report(&self, campaign: CampaignId, report: &MisuseReport) -> Result<bool, StoreError>;

    /// Newest first, at most [`REPORTS_LISTED_MAX`], only of institutions within the scope.
    async fn reports(&self, campaign: CampaignId, scope: &Scope) -> Result<Vec<MisuseReport>, StoreError>;

    /// How many wait to be resolved, by the institution's code; those without any are left out.
    async fn open_reports(&self, campaign: CampaignId) -> Result<Vec<(String, u64)>, StoreError>;

    /// The report with this id; `None` where there is none.
    async fn report(&self, campaign: CampaignId, id: &ReportId) -> Result<Option<MisuseReport>, StoreError>;

    /// `Conflict` when there is no such report, or it was resolved before.
    async fn resolve_report(
        &self,
        campaign: CampaignId,
        id: &ReportId,
        resolution: &ReportResolution,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
}
