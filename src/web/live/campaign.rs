//! `/k/{slug}`: a campaign before, during and after.

use super::numbers::{NumbersView, only_institution};
use crate::domain::campaign::CampaignState;
use crate::domain::text::PledgeText;
use crate::i18n::Localizer;
use crate::service::live::Shown;
use crate::web::AppState;
use crate::web::error::Problem;
use crate::web::local_time;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "live/campaign.html")]
struct CampaignPage {
    w: Localizer,
    slug: String,
    title: String,
    organizer: String,
    help_contact: String,
    synthetic: bool,
    /// Something may have been signed, so a signature may be reported.
    has_opened: bool,
    state: CampaignState,
    opens: Option<String>,
    closes: Option<String>,
    as_of: String,
    numbers: NumbersView,
    /// The groups are one institution's agencies.
    is_by_agency: bool,
    text: Option<Arc<PledgeText>>,
}

pub async fn show(State(state): State<AppState>, Path(slug): Path<String>, w: Localizer) -> Result<Response, Problem> {
    let shown = state.live.shown(&slug).ok_or(Problem::Unknown)?;
    state.pages.page(&shown, w, |shown, w| CampaignPage::of(w, shown))
}

impl CampaignPage {
    /// Depends on nothing of the request but the language: the page is cached and sent to all visitors.
    fn of(w: Localizer, shown: &Shown) -> Self {
        let (campaign, settings) = (&shown.campaign, &shown.campaign.settings);
        Self {
            w,
            slug: campaign.slug.clone(),
            title: settings.title.clone(),
            organizer: settings.organizer.clone(),
            help_contact: settings.help_contact.clone(),
            synthetic: settings.synthetic,
            has_opened: shown.has_opened(),
            state: campaign.state,
            opens: campaign.opens_at.map(|at| local_time::moment(w, settings.zone, at)),
            closes: campaign.closes_at.map(|at| local_time::moment(w, settings.zone, at)),
            as_of: local_time::moment(w, settings.zone, shown.snapshot.as_of),
            numbers: NumbersView::of(w, &shown.snapshot),
            is_by_agency: only_institution(&shown.snapshot).is_some(),
            text: shown.text.clone(),
        }
    }
}
