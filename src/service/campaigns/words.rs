//! Refusals as messages that say what to do.

use super::CampaignRefusal;
use super::printing::{LineFault, PrintedPart, UnprintablePart};
use super::rules::Missing;
use crate::domain::campaign::CampaignState;
use crate::domain::characters::{code_point, shown_character};
use crate::domain::reporting_group::GROUPS_MAX;
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
                let field = w.t(&format!("campaign-field-{}", fault.0.as_str()));
                match fault.1 {
                    Some(fault) => part_character(&field, fault, w),
                    None => w.with("campaign-refusal-settings", &[("field", &field)]),
                }
            }
            Self::Unprintable(part) => part.words(w),
            Self::Text(fault) => text_words(fault, w),
            Self::Times => w.t("campaign-refusal-times"),
            Self::Reason => w.t("campaign-refusal-reason"),
            Self::NotAllowed(state) => w.with("campaign-refusal-state", &[("state", &state_words(*state, w))]),
            Self::Missing(missing) => {
                let list: Vec<_> = missing.iter().map(|what| what.words(w)).collect();
                w.with("campaign-refusal-missing", &[("missing", &list.join("; "))])
            }
            Self::TooManyGroups => w.with("campaign-refusal-groups", &[("most", &w.number(GROUPS_MAX as u64))]),
            Self::Signed => w.t("campaign-refusal-signed"),
            Self::RosterChanged => w.t("campaign-refusal-roster-changed"),
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

impl LineFault {
    /// The character, its place and what is wrong with it.
    pub fn words(self, w: Localizer) -> String {
        let (key, character, place) = match self {
            Self::Character(fault) => {
                let (character, place) = fault.at();
                (format!("campaign-character-{}", fault.key()), code_point(character), place)
            }
            Self::Unprintable(fault) => {
                ("campaign-character-unprintable".into(), shown_character(fault.character), fault.place)
            }
        };
        w.with(&key, &[("character", &character), ("place", &place.to_string())])
    }
}

impl UnprintablePart {
    /// Who or what can't be printed, and what to do.
    pub fn words(&self, w: Localizer) -> String {
        let fault = LineFault::Unprintable(self.unprintable).words(w);
        let with = |key: &str, institution: &str, name: &str| {
            let others = w.number(self.others);
            let many = if self.others == 0 { "no" } else { "yes" };
            let arguments =
                [("institution", institution), ("name", name), ("fault", &fault), ("others", &others), ("many", many)];
            w.with(key, &arguments)
        };
        match &self.part {
            PrintedPart::Text(part) => with("campaign-refusal-text-print", "", &part_words(part, w)),
            PrintedPart::Institution(name) => with("campaign-refusal-institution-print", "", name),
            PrintedPart::Unit { institution, name } => with("campaign-refusal-unit-print", institution, name),
            PrintedPart::Person { institution, name } => with("campaign-refusal-person-print", institution, name),
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
        TextFault::Characters(part, fault) => part_character(&part_words(part, w), LineFault::Character(*fault), w),
        TextFault::Placeholder(name) => w.with("campaign-refusal-placeholder", &[("name", name)]),
        TextFault::ClauseId(id) => w.with("campaign-refusal-clause-id", &[("id", id)]),
    }
}

fn part_character(part: &str, fault: LineFault, w: Localizer) -> String {
    w.with("campaign-refusal-characters", &[("part", part), ("fault", &fault.words(w))])
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
    use crate::domain::characters::CharacterFault;
    use crate::i18n::check_built_keys;
    use crate::service::campaigns::rules::SettingsField;

    #[test]
    fn every_state_and_every_setting_has_words() {
        check_built_keys("campaign-state-{}", CampaignState::ALL.map(CampaignState::as_str));
        check_built_keys("campaign-field-{}", SettingsField::ALL.map(SettingsField::as_str));
    }

    #[test]
    fn every_character_fault_has_words() {
        let (character, place) = ('\u{202E}', 1);
        let faults = [
            CharacterFault::Control { character, place },
            CharacterFault::Direction { character, place },
            CharacterFault::Marks { character, place },
        ];
        check_built_keys("campaign-character-{}", faults.map(CharacterFault::key));
    }
}
