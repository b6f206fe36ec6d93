//! `/`: lists the campaigns and leads to checking a certificate.

use crate::domain::campaign::CampaignState;
use crate::i18n::Localizer;
use crate::service::live::Shown;
use crate::web::AppState;
use crate::web::error::Problem;
use crate::web::local_time;
use crate::web::page::page;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

/// Most past campaigns that are listed, newest first.
const PAST_MAX: usize = 12;

#[derive(Template)]
#[template(path = "live/home.html")]
struct HomePage {
    w: Localizer,
    open: Vec<CampaignCard>,
    coming: Vec<CampaignCard>,
    past: Vec<CampaignCard>,
}

struct CampaignCard {
    slug: String,
    title: String,
    organizer: String,
    state: CampaignState,
    opens: Option<String>,
    closes: Option<String>,
    synthetic: bool,
}

pub async fn home(State(state): State<AppState>, w: Localizer) -> Result<Response, Problem> {
    let all = state.live.all();
    let of = |wanted: &[CampaignState]| -> Vec<CampaignCard> {
        all.iter().filter(|shown| wanted.contains(&shown.campaign.state)).map(|shown| card(w, shown)).collect()
    };
    let mut past = of(&[CampaignState::Closing, CampaignState::Closed, CampaignState::Cancelled]);
    past.reverse();
    past.truncate(PAST_MAX);
    let open = of(&[CampaignState::Open, CampaignState::Paused]);
    page(&HomePage { w, open, coming: of(&[CampaignState::Locked]), past })
}

fn card(w: Localizer, shown: &Shown) -> CampaignCard {
    let campaign = &shown.campaign;
    let zone = campaign.settings.zone;
    CampaignCard {
        slug: campaign.slug.clone(),
        title: campaign.settings.title.clone(),
        organizer: campaign.settings.organizer.clone(),
        state: campaign.state,
        opens: campaign.opens_at.map(|at| local_time::moment(w, zone, at)),
        closes: campaign.closes_at.map(|at| local_time::moment(w, zone, at)),
        synthetic: campaign.settings.synthetic,
    }
}
