//! A campaign's settings.

use crate::domain::campaign::{CampaignSettings, CampaignState, Official};
use crate::domain::reporting_group::GroupLevel;
use crate::domain::time::Zone;
use crate::i18n::Localizer;
use crate::service::campaigns::CampaignRefusal;
use crate::service::campaigns::rules::{OFFICIALS_MAX, SettingsFault, SettingsField};
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::layout::{Done, Layout, Tab, refusal};
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "console/campaign/settings.html")]
struct SettingsPage {
    w: Localizer,
    layout: Layout,
    form: SettingsForm,
    zones: [&'static str; 3],
    group_levels: Vec<(GroupLevel, String)>,
    is_fixed: bool,
}

/// The settings as the form holds them.
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
    pub group_level: GroupLevel,
}

/// The levels of reporting groups with their words, in the order in which the form offers them.
pub fn group_levels(w: Localizer) -> Vec<(GroupLevel, String)> {
    let words = |level: GroupLevel| w.t(&format!("console-groups-level-{}", level.as_str()));
    GroupLevel::ALL.map(|level| (level, words(level))).to_vec()
}

pub fn zones() -> [&'static str; 3] {
    [Zone::Wib, Zone::Wita, Zone::Wit].map(Zone::abbreviation)
}

impl SettingsForm {
    pub fn read(fields: &FormFields) -> Self {
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
            group_level: GroupLevel::parse(fields.get("groups")).unwrap_or_default(),
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
            group_level: settings.group_level,
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
            zone: Zone::parse(&self.zone).ok_or(SettingsFault(SettingsField::Place, None))?,
            officials: self.officials.clone(),
            help_contact: self.help_contact.clone(),
            signature_required: self.signature_required,
            synthetic,
            group_level: self.group_level,
        })
    }
}

pub async fn show(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { state: _, campaign, query, .. } = &context;
    let w = context.w;
    page(&SettingsPage {
        w,
        layout: context.layout(Tab::Settings).await.after(w, query),
        form: SettingsForm::of(&campaign.settings),
        zones: zones(),
        group_levels: group_levels(w),
        is_fixed: campaign.state != CampaignState::Draft,
    })
}

pub async fn save(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let form = SettingsForm::read(&fields);
    let saved = match form.settings(campaign.settings.synthetic) {
        Ok(settings) => state.campaigns.save_settings(actor.login(), campaign, settings).await,
        Err(fault) => Err(CampaignRefusal::Settings(fault)),
    };
    let Err(fault) = saved else {
        return Ok(context.done("/settings", Done::Saved));
    };
    let again = page(&SettingsPage {
        w,
        layout: context.layout(Tab::Settings).await.refused(refusal(fault, w)?),
        form,
        zones: zones(),
        group_levels: group_levels(w),
        is_fixed: campaign.state != CampaignState::Draft,
    })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_level_of_groups_has_words() {
        check_built_keys("console-groups-level-{}", GroupLevel::ALL.map(GroupLevel::as_str));
    }
}
