//! What each page of the console shows around its own content: the account, the campaign, the navigation, and what was
//! just done.

use super::account_notices::Unread;
use super::query::{QueryName, QueryParams};
use crate::domain::campaign::{Campaign, CampaignState};
use crate::every_variant::every_variant;
use crate::i18n::Localizer;
use crate::service::accounts::role_words;
use crate::service::campaigns::CampaignRefusal;
use crate::service::campaigns::words::state_words;
use crate::web::AppState;
use crate::web::access::Actor;
use crate::web::error::Problem;
use axum::response::Redirect;

/// The layout of a page.
pub struct Layout {
    pub name: String,
    pub role: String,
    pub is_organizer: bool,
    pub sees_people: bool,
    pub campaign: Option<CampaignHead>,
    /// Notices that the account's owner hasn't read yet.
    pub notices: Option<Unread>,
    /// This page in the navigation.
    pub tab: Tab,
    /// What was done just now.
    pub done: Option<String>,
    /// Why it wasn't.
    pub fault: Option<String>,
}

/// The campaign that a page belongs to.
pub struct CampaignHead {
    pub slug: String,
    pub title: String,
    pub state: String,
    pub badge: &'static str,
    pub synthetic: bool,
    pub is_locked: bool,
    /// Reports that wait, within the account's institutions; `None`: none.
    pub reports: Option<String>,
}

/// A page in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Campaigns,
    Accounts,
    Audit,
    Password,
    SecondFactor,
    Sessions,
    Proof,
    Overview,
    Settings,
    Text,
    Times,
    Institutions,
    Roster,
    Codes,
    Day,
    Progress,
    People,
    Reports,
    Lists,
    Archive,
    Minutes,
    Letterhead,
    Trail,
}

/// What a page says was just done. A redirect's address names it; no other text is taken from the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Saved,
    Created,
    TextSaved,
    TimesSaved,
    Extended,
    ContactSaved,
    InstitutionSaved,
    Locked,
    Unlocked,
    Opened,
    Paused,
    Resumed,
    Closed,
    Cancelled,
    AccountSaved,
    PasswordChanged,
    Resolved,
    ReportTaken,
    UnlistedResolved,
    Imported,
    ImportedUnchanged,
    ImportCancelled,
    SignedOut,
    FactorRemoved,
    FactorReset,
    SessionsEnded,
    PhoneClock,
    Revoked,
    PersonAdded,
    PersonExcused,
    ChangeUndone,
    PersonCorrected,
    PersonAdmitted,
    Proposed,
    ProposalRejected,
    ProposalCarriedOut,
    ProposalWithdrawn,
    MinutesMade,
    MinutesCopyKept,
    LetterheadSaved,
}

impl Done {
    const ALL: [Self; 40] = every_variant!(Done:
        Saved, Created, TextSaved, TimesSaved, Extended, ContactSaved, InstitutionSaved, Locked, Unlocked, Opened,
        Paused, Resumed, Closed, Cancelled, AccountSaved, PasswordChanged, Resolved, ReportTaken, UnlistedResolved, Imported,
        ImportedUnchanged, ImportCancelled, SignedOut, FactorRemoved, FactorReset, SessionsEnded, PhoneClock, Revoked,
        PersonAdded, PersonExcused, ChangeUndone, PersonCorrected, PersonAdmitted, Proposed,
        ProposalRejected, ProposalCarriedOut, ProposalWithdrawn,
        MinutesMade, MinutesCopyKept, LetterheadSaved
    );

    /// As the address and the message's key have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Created => "created",
            Self::TextSaved => "text-saved",
            Self::TimesSaved => "times-saved",
            Self::Extended => "extended",
            Self::ContactSaved => "contact-saved",
            Self::InstitutionSaved => "institution-saved",
            Self::Locked => "lock",
            Self::Unlocked => "unlock",
            Self::Opened => "open",
            Self::Paused => "pause",
            Self::Resumed => "resume",
            Self::Closed => "close",
            Self::Cancelled => "cancel",
            Self::AccountSaved => "account-saved",
            Self::PasswordChanged => "password-changed",
            Self::Resolved => "resolved",
            Self::ReportTaken => "taken",
            Self::UnlistedResolved => "unlisted-resolved",
            Self::Imported => "imported",
            Self::ImportedUnchanged => "imported-unchanged",
            Self::ImportCancelled => "import-cancelled",
            Self::SignedOut => "signed-out",
            Self::FactorRemoved => "factor-removed",
            Self::FactorReset => "factor-reset",
            Self::SessionsEnded => "sessions-ended",
            Self::PhoneClock => "phone-clock",
            Self::Revoked => "revoked",
            Self::PersonAdded => "person-added",
            Self::PersonExcused => "person-excused",
            Self::ChangeUndone => "change-undone",
            Self::PersonCorrected => "person-corrected",
            Self::PersonAdmitted => "person-admitted",
            Self::Proposed => "proposed",
            Self::ProposalRejected => "proposal-rejected",
            Self::ProposalCarriedOut => "proposal-carried-out",
            Self::ProposalWithdrawn => "proposal-withdrawn",
            Self::MinutesMade => "minutes-made",
            Self::MinutesCopyKept => "minutes-copy",
            Self::LetterheadSaved => "letterhead",
        }
    }

    /// What the query names; `None` when it isn't one of these.
    pub fn of(query: &QueryParams) -> Option<Self> {
        let named = query.get(QueryName::Done)?;
        Self::ALL.into_iter().find(|done| done.as_str() == named)
    }

    /// The sentence.
    pub fn words(self, w: Localizer) -> String {
        w.t(&format!("console-done-{}", self.as_str()))
    }

    /// Redirects to a page, which then says so.
    pub fn redirect(self, path: &str) -> Redirect {
        Redirect::to(&format!("{path}?{}={}", QueryName::Done.as_str(), self.as_str()))
    }
}

impl Layout {
    pub fn new(w: Localizer, actor: &Actor, tab: Tab) -> Self {
        Self {
            name: actor.account().display_name.clone(),
            role: role_words(actor.account().role, w),
            is_organizer: actor.is_organizer(),
            sees_people: actor.sees_people(),
            campaign: None,
            notices: Unread::of(w, actor),
            tab,
            done: None,
            fault: None,
        }
    }

    pub async fn of_campaign(state: &AppState, w: Localizer, actor: &Actor, tab: Tab, campaign: &Campaign) -> Self {
        let reports = if actor.sees_people() { open_reports(state, actor, campaign).await } else { 0 };
        let campaign =
            CampaignHead { reports: (reports > 0).then(|| w.number(reports)), ..CampaignHead::new(w, campaign) };
        Self { campaign: Some(campaign), ..Self::new(w, actor, tab) }
    }

    /// Says what the query names as done.
    pub fn after(mut self, w: Localizer, query: &QueryParams) -> Self {
        self.done = Done::of(query).map(|done| done.words(w));
        self
    }

    /// Says why something wasn't done.
    pub fn refused(mut self, fault: String) -> Self {
        self.fault = Some(fault);
        self
    }
}

impl CampaignHead {
    pub fn new(w: Localizer, campaign: &Campaign) -> Self {
        Self {
            slug: campaign.slug.clone(),
            title: campaign.settings.title.clone(),
            state: state_words(campaign.state, w),
            badge: badge(campaign.state),
            synthetic: campaign.settings.synthetic,
            is_locked: campaign.state != CampaignState::Draft,
            reports: None,
        }
    }
}

/// The CSS class for a state's colour.
fn badge(state: CampaignState) -> &'static str {
    match state {
        CampaignState::Draft | CampaignState::Locked | CampaignState::Closed => "",
        CampaignState::Open => "badge--ok",
        CampaignState::Paused | CampaignState::Closing => "badge--warn",
        CampaignState::Cancelled => "badge--bad",
    }
}

/// The number of open reports within the account's institutions. A page is shown even if it can't be read.
pub async fn open_reports(state: &AppState, actor: &Actor, campaign: &Campaign) -> u64 {
    match state.help_desk.open_reports(actor.scope(), campaign).await {
        Ok(open) => open,
        Err(error) => {
            tracing::warn!(%error, "open reports couldn't be counted");
            0
        }
    }
}

/// A refusal to show on the form again; one that the form can't resolve becomes a problem.
pub fn refusal(refusal: CampaignRefusal, w: Localizer) -> Result<String, Problem> {
    match refusal {
        CampaignRefusal::Unknown => Err(Problem::Unknown),
        CampaignRefusal::Store(error) => Err(error.into()),
        other => Ok(other.words(w)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn everything_done_has_words() {
        check_built_keys("console-done-{}", Done::ALL.map(Done::as_str));
    }
}
