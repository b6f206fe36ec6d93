//! An event's settings.

use super::form::Fields;
use super::frame::{Frame, campaign, done, refusal};
use crate::domain::campaign::{CampaignSettings, CampaignState, Official};
use crate::domain::time::Zone;
use crate::i18n::Words;
use crate::service::campaigns::CampaignRefusal;
use crate::service::campaigns::rules::{OFFICIALS_MAX, SettingsFault};
use crate::web::AppState;
use crate::web::access::Who;
use crate::web::error::Problem;
use crate::web::page::page;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "console/settings.html")]
struct SettingsPage {
    w: Words,
    f: Frame,
    form: SettingsForm,
    zones: [&'static str; 3],
    is_fixed: bool,
}

/// The settings as the form has them.
#[derive(Default)]
pub struct SettingsForm {
    pub title: String,
    pub organizer: String,
    pub place: String,
    pub occasion: String,
    pub year: String,
    pub zone: String,
    pub help_contact: String,
    /// Always [`OFFICIALS_MAX`] rows, the last ones empty.
    pub officials: Vec<Official>,
    pub signature_required: bool,
}

pub fn zones() -> [&'static str; 3] {
    [Zone::Wib, Zone::Wita, Zone::Wit].map(Zone::abbreviation)
}

impl SettingsForm {
    pub fn read(fields: &Fields) -> Self {
        let get = |name: &str| fields.get(name).to_string();
        let official = |place: usize| Official {
            name: get(&format!("official_{place}_name")),
            position: get(&format!("official_{place}_position")),
        };
        Self {
            title: get("title"),
            organizer: get("organizer"),
            place: get("place"),
            occasion: get("occasion"),
            year: get("year"),
            zone: get("zone"),
            help_contact: get("help_contact"),
            officials: (0..OFFICIALS_MAX).map(official).collect(),
            signature_required: fields.is_ticked("signature_required"),
        }
    }

    fn of(settings: &CampaignSettings) -> Self {
        let mut officials = settings.officials.clone();
        officials.resize(OFFICIALS_MAX, Official { name: String::new(), position: String::new() });
        Self {
            title: settings.title.clone(),
            organizer: settings.organizer.clone(),
            place: settings.place.clone(),
            occasion: settings.occasion.clone(),
            year: settings.year.clone(),
            zone: settings.zone.abbreviation().into(),
            help_contact: settings.help_contact.clone(),
            officials,
            signature_required: settings.signature_required,
        }
    }

    /// Whether people are synthetic isn't the form's to say.
    pub fn settings(&self, synthetic: bool) -> Result<CampaignSettings, SettingsFault> {
        Ok(CampaignSettings {
            title: self.title.clone(),
            organizer: self.organizer.clone(),
            place: self.place.clone(),
            occasion: self.occasion.clone(),
            year: self.year.clone(),
            zone: Zone::parse(&self.zone).ok_or(SettingsFault("place"))?,
            officials: self.officials.clone(),
            help_contact: self.help_contact.clone(),
            signature_required: self.signature_required,
            synthetic,
        })
    }
}

pub async fn show(
    State(state): State<AppState>,
    w: Words,
    who: Who,
    Path(slug): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let campaign = campaign(&state, &slug).await?;
    page(&SettingsPage {
        w,
        f: Frame::of(&state, w, &who, "settings", &campaign).await.after(w, &query),
        form: SettingsForm::of(&campaign.settings),
        zones: zones(),
        is_fixed: campaign.state != CampaignState::Draft,
    })
}

pub async fn save(
    State(state): State<AppState>,
    w: Words,
    who: Who,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let campaign = campaign(&state, &slug).await?;
    let form = SettingsForm::read(&fields);
    let saved = match form.settings(campaign.settings.synthetic) {
        Ok(settings) => state.campaigns.save_settings(who.login(), &campaign, settings).await,
        Err(fault) => Err(CampaignRefusal::Settings(fault)),
    };
    let Err(fault) = saved else {
        return Ok(done(&format!("/console/k/{slug}/settings"), "saved").into_response());
    };
    let again = page(&SettingsPage {
        w,
        f: Frame::of(&state, w, &who, "settings", &campaign).await.refused(refusal(fault, w)?),
        form,
        zones: zones(),
        is_fixed: campaign.state != CampaignState::Draft,
    })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
}
