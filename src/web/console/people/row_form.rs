//! The fields of a person's row in the forms of adding and correcting, and the reasons for an exclusion.

use crate::domain::employment::EmploymentKind;
use crate::domain::notice::ExcuseReason;
use crate::i18n::Localizer;
use crate::service::help_desk::{TypedPerson, UnitChoices};

/// A choice in a list.
pub struct ChoiceView {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

/// The fields of a person's row, as they are shown in both forms.
pub struct RowForm {
    pub name: String,
    pub position: String,
    pub rank: String,
    pub location: String,
    pub units: Vec<ChoiceView>,
    /// Whether a person of the institution may be in none of the units.
    pub may_be_without_unit: bool,
    pub employment: Vec<ChoiceView>,
}

impl RowForm {
    pub fn of(w: Localizer, typed: &TypedPerson, choices: &UnitChoices) -> Self {
        let unit = |(id, path): &(u32, String)| ChoiceView {
            value: id.to_string(),
            label: path.clone(),
            chosen: typed.unit == Some(*id),
        };
        let kind = |kind: EmploymentKind| ChoiceView {
            value: kind.as_str().into(),
            label: w.employment(kind.as_str()),
            chosen: typed.employment == Some(kind),
        };
        Self {
            name: typed.name.clone(),
            position: typed.position.clone(),
            rank: typed.rank.clone(),
            location: typed.location.clone(),
            units: choices.units.iter().map(unit).collect(),
            may_be_without_unit: choices.or_none,
            employment: EmploymentKind::ALL.into_iter().map(kind).collect(),
        }
    }
}

/// The reasons for an exclusion, for a form.
pub fn excuse_reasons(w: Localizer, chosen: Option<ExcuseReason>) -> Vec<ChoiceView> {
    let choice = |reason: ExcuseReason| ChoiceView {
        value: reason.as_str().into(),
        label: excuse_words(w, reason),
        chosen: chosen == Some(reason),
    };
    ExcuseReason::ALL.into_iter().map(choice).collect()
}

pub fn excuse_words(w: Localizer, reason: ExcuseReason) -> String {
    w.t(&format!("console-excuse-{}", reason.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_reason_for_an_exclusion_has_words() {
        check_built_keys("console-excuse-{}", ExcuseReason::ALL.map(ExcuseReason::as_str));
    }
}
