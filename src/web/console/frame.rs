//! What every page of the console shows around its own part: who is signed in, the event, where one is, what was done.

use super::notices::Unread;
use crate::domain::campaign::{Campaign, CampaignState};
use crate::i18n::Words;
use crate::service::campaigns::CampaignRefusal;
use crate::service::campaigns::words::state_words;
use crate::web::AppState;
use crate::web::access::Who;
use crate::web::error::Problem;
use axum::response::Redirect;

/// The frame of a page.
pub struct Frame {
    pub name: String,
    pub role: String,
    pub is_organizer: bool,
    pub sees_people: bool,
    pub event: Option<EventHead>,
    /// What the account's owner hasn't read yet.
    pub notices: Option<Unread>,
    /// The name of this page in the navigation.
    pub here: &'static str,
    /// What was done just now.
    pub done: Option<String>,
    /// Why it wasn't.
    pub fault: Option<String>,
}

/// The event that a page belongs to.
pub struct EventHead {
    pub slug: String,
    pub title: String,
    pub state: String,
    pub badge: &'static str,
    pub synthetic: bool,
    pub is_locked: bool,
    /// Reports that wait, within the account's institutions; `None`: none.
    pub reports: Option<String>,
}

/// What can be said to be done after a redirect; the address names it, and no other words come from there.
const DONE: [&str; 25] = [
    "saved",
    "created",
    "text-saved",
    "times-saved",
    "extended",
    "contact-saved",
    "institution-saved",
    "lock",
    "unlock",
    "open",
    "pause",
    "resume",
    "close",
    "cancel",
    "account-saved",
    "password-changed",
    "resolved",
    "revoked",
    "imported",
    "import-cancelled",
    "signed-out",
    "factor-removed",
    "factor-reset",
    "sessions-ended",
    "phone-clock",
];

impl Frame {
    pub fn new(w: Words, who: &Who, here: &'static str) -> Self {
        Self {
            name: who.account().display_name.clone(),
            role: w.t(&format!("account-role-{}", who.account().role.as_str())),
            is_organizer: who.is_organizer(),
            sees_people: who.sees_people(),
            event: None,
            notices: Unread::of(w, who),
            here,
            done: None,
            fault: None,
        }
    }

    pub async fn of(state: &AppState, w: Words, who: &Who, here: &'static str, campaign: &Campaign) -> Self {
        let reports = if who.sees_people() { open_reports(state, who, campaign).await } else { 0 };
        let event = EventHead { reports: (reports > 0).then(|| w.number(reports)), ..EventHead::new(w, campaign) };
        Self { event: Some(event), ..Self::new(w, who, here) }
    }

    /// Says what the query `done=` names, where it is one of the known things.
    pub fn after(mut self, w: Words, query: &[(String, String)]) -> Self {
        let named = query.iter().find(|(key, _)| key == "done").map(|(_, value)| value.as_str());
        self.done = named.filter(|named| DONE.contains(named)).map(|named| w.t(&format!("console-done-{named}")));
        self
    }

    pub fn refused(mut self, fault: String) -> Self {
        self.fault = Some(fault);
        self
    }
}

impl EventHead {
    pub fn new(w: Words, campaign: &Campaign) -> Self {
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

/// The colour that goes with a state's words.
fn badge(state: CampaignState) -> &'static str {
    match state {
        CampaignState::Draft | CampaignState::Locked | CampaignState::Closed => "",
        CampaignState::Open => "badge--ok",
        CampaignState::Paused | CampaignState::Closing => "badge--warn",
        CampaignState::Cancelled => "badge--bad",
    }
}

/// Reports that wait within the account's institutions. A page doesn't fail for want of this number.
pub async fn open_reports(state: &AppState, who: &Who, campaign: &Campaign) -> u64 {
    match state.progress.open_reports(campaign.id, who.scope()).await {
        Ok(open) => open,
        Err(error) => {
            tracing::warn!(%error, "open reports couldn't be counted");
            0
        }
    }
}

/// The campaign of a slug, drafts included.
pub async fn campaign(state: &AppState, slug: &str) -> Result<Campaign, Problem> {
    match state.campaigns.find(slug).await {
        Ok(campaign) => Ok(campaign),
        Err(CampaignRefusal::Store(error)) => Err(error.into()),
        Err(_) => Err(Problem::Unknown),
    }
}

/// Back to a page, which then says what was done.
pub fn done(path: &str, what: &'static str) -> Redirect {
    debug_assert!(DONE.contains(&what));
    Redirect::to(&format!("{path}?done={what}"))
}

/// A refusal that belongs on the form again, as words; what no form can mend, as a problem.
pub fn refusal(refusal: CampaignRefusal, w: Words) -> Result<String, Problem> {
    match refusal {
        CampaignRefusal::Unknown => Err(Problem::Unknown),
        CampaignRefusal::Store(error) => Err(error.into()),
        other => Ok(other.words(w)),
    }
}
