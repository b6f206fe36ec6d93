//! Refusals as messages that say what to do.

use super::CampaignRefusal;
use super::rules::Missing;
use crate::domain::campaign::CampaignState;
use crate::domain::text::TextFault;
use crate::i18n::Localizer;

impl CampaignRefusal {
    /// What happened and what to do, for the console and the command line.
    pub fn words(&self, w: Localizer) -> String {
        match self {
            Self::Unknown => w.t("campaign-refusal-unknown"),
            Self::Slug => w.t("campaign-refusal-slug"),
            Self::SlugTaken => w.t("campaign-refusal-slug-taken"),
            Self::Settings(fault) => {
                w.with("campaign-refusal-settings", &[("field", &w.t(&format!("campaign-field-{}", fault.0.as_str())))])
            }
            Self::Text(fault) => text_words(fault, w),
            Self::Times => w.t("campaign-refusal-times"),
            Self::Reason => w.t("campaign-refusal-reason"),
            Self::NotAllowed(state) => w.with("campaign-refusal-state", &[("state", &state_words(*state, w))]),
            Self::Missing(missing) => {
                let list: Vec<_> = missing.iter().map(|what| what.words(w)).collect();
                w.with("campaign-refusal-missing", &[("missing", &list.join("; "))])
            }
            Self::Signed => w.t("campaign-refusal-signed"),
            Self::PublicUrl(fixed) => w.with("campaign-refusal-public-url", &[("url", fixed)]),
            Self::Store(_) => w.t("campaign-refusal-store"),
        }
    }
}

impl Missing {
    /// What is missing, in the reader's language.
    pub fn words(self, w: Localizer) -> String {
        match self {
            Self::Organizer => w.t("campaign-missing-organizer"),
            Self::Place => w.t("campaign-missing-place"),
            Self::HelpContact => w.t("campaign-missing-help-contact"),
            Self::Text => w.t("campaign-missing-text"),
            Self::People => w.t("campaign-missing-people"),
            Self::Times => w.t("campaign-missing-times"),
        }
    }
}

/// The state's name in the reader's language.
pub fn state_words(state: CampaignState, w: Localizer) -> String {
    w.t(&format!("campaign-state-{}", state.as_str()))
}

fn text_words(fault: &TextFault, w: Localizer) -> String {
    match fault {
        TextFault::Clauses => w.t("campaign-refusal-clauses"),
        TextFault::Length(part) => w.with("campaign-refusal-length", &[("part", &part_words(part, w))]),
        TextFault::Characters(part) => w.with("campaign-refusal-characters", &[("part", &part_words(part, w))]),
        TextFault::Placeholder(name) => w.with("campaign-refusal-placeholder", &[("name", name)]),
        TextFault::ClauseId(id) => w.with("campaign-refusal-clause-id", &[("id", id)]),
    }
}

/// The name of a part of a text, as on the form.
fn part_words(part: &str, w: Localizer) -> String {
    match part {
        "title" => w.t("campaign-field-title"),
        "legal_basis" => w.t("campaign-field-legal-basis"),
        "closing" => w.t("campaign-field-closing"),
        clause => w.with("campaign-field-clause", &[("number", clause)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;
    use crate::service::campaigns::rules::SettingsField;

    #[test]
    fn every_state_and_every_setting_has_words() {
        check_built_keys("campaign-state-{}", CampaignState::ALL.map(CampaignState::as_str));
        check_built_keys("campaign-field-{}", SettingsField::ALL.map(SettingsField::as_str));
    }
}
