//! `/privasi`: which personal data is kept, by whom, why and for how long, and whom to ask.

use crate::i18n::Localizer;
use crate::web::AppState;
use crate::web::error::Problem;
use crate::web::page::page;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "live/privacy.html")]
struct PrivacyPage {
    w: Localizer,
    /// The campaigns' organizers.
    organizers: Vec<String>,
    /// Empty when the installation names none; the campaigns' help contacts are shown instead.
    contact: String,
    help: Vec<HelpView>,
    host: String,
}

struct HelpView {
    title: String,
    contact: String,
}

pub async fn privacy(State(state): State<AppState>, w: Localizer) -> Result<Response, Problem> {
    let mut organizers: Vec<String> = Vec::new();
    let mut help = Vec::new();
    for shown in state.live.all() {
        let settings = &shown.campaign.settings;
        if !organizers.contains(&settings.organizer) {
            organizers.push(settings.organizer.clone());
        }
        if !shown.campaign.state.is_final() && !settings.help_contact.is_empty() {
            help.push(HelpView { title: settings.title.clone(), contact: settings.help_contact.clone() });
        }
    }
    let contact = state.config.privacy_contact.clone();
    page(&PrivacyPage { w, organizers, contact, help, host: state.config.host().to_string() })
}
