//! What a row takes over where its sheet says less than the roster: the roster in force fills in columns that the sheet
//! doesn't have, and the words for kinds of employment are read.

use super::checker::Checker;
use super::employment_words::EmploymentSaid;
use super::field::Field;
use super::kept_values::{MissingColumns, UnitBefore};
use super::own_lists::all_units;
use super::row_values::RowValues;
use super::surroundings::Surroundings;
use super::unit_names::UnitNames;
use super::unit_tree::levels;
use crate::domain::employment::EmploymentKind;
use crate::domain::identifier::Identifier;
use crate::domain::institution::folded;
use crate::domain::participant::Participant;
use crate::domain::unit::Unit;
use std::borrow::Cow;

impl<S: Surroundings> Checker<'_, S> {
    /// The kind of employment that a person's row says.
    pub fn employed(&mut self, row: u32, values: &RowValues<'_>) -> Option<EmploymentKind> {
        if !values.knows(Field::Employment) && !values.knows(Field::CivilStatus) {
            return None;
        }
        let kind = values.text(Field::Employment);
        let said = self.employments.read(&kind, &values.text(Field::CivilStatus));
        let told = match said {
            EmploymentSaid::Nothing | EmploymentSaid::Kind(_) => None,
            EmploymentSaid::Unclear => Some(&mut self.remarks.unclear_employment),
            EmploymentSaid::Unknown => Some(&mut self.remarks.other_employment),
        };
        if let Some(rows) = told {
            rows.add(&self.sheets.last().cloned().unwrap_or_default(), row, &kind);
        }
        said.kept()
    }

    /// Completes the units of a row where the sheet lacks a column of them: a person whose units are those of before,
    /// as far as the sheet has them, stays where they were, and a list that this program wrote has all levels in one
    /// cell.
    pub fn complete_units(&mut self, code: &str, number: Option<&Identifier>, units: &mut UnitNames<'_>) {
        let missing = self.missing;
        if units.names.is_empty() || !missing.levels.contains(&true) {
            return;
        }
        let id = number.map(|number| self.surroundings.identify(number));
        if let Some(before) = id.and_then(|id| self.surroundings.before(id))
            && before.institution == code
            && let Some(of) = before.unit.filter(|of| of.completes(&units.names, units.has_agency, missing))
        {
            let is_same_unit = of.names.last().map(|last| folded(last)) == units.names.last().map(|name| folded(name));
            if !is_same_unit {
                units.code = of.code();
            }
            units.replace(&of.names);
            self.kept.units += 1;
            return;
        }
        let [cell] = units.names.as_slice() else { return };
        if units.has_agency || !missing.levels[0] || all_units(cell).is_none() {
            return;
        }
        let names: Option<Vec<String>> = match self.surroundings.unit_of_path(code, cell) {
            Some(known) => Some(known.names.iter().map(|name| (*name).to_owned()).collect()),
            None if self.is_own_list => all_units(cell).map(|names| names.into_iter().map(str::to_owned).collect()),
            None => None,
        };
        if let Some(names) = names {
            units.replace(&names.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }

    /// Gives a person whose number is known what the roster in force says in columns that the sheet doesn't have.
    pub fn keep_missing(&mut self, person: &mut Participant, missing: MissingColumns) {
        let id = self.surroundings.identify(&person.identifier);
        let Some(before) = self.surroundings.before(id) else { return };
        self.kept.keep(person, &before, missing);
        if let Some(unit) = before.unit.filter(|_| before.institution == person.institution)
            && lacks_unit(&unit, person.unit, self.units.known(), missing)
            && let Some(institution) = self.target.of_code(&person.institution)
        {
            person.unit = self.units.place((institution, &person.institution), &unit.names, &unit.code());
            self.kept.units += 1;
        }
    }
}

/// Whether a row has no unit because its sheet has no column for one, or lacks the names below the one it has.
fn lacks_unit(before: &UnitBefore<'_>, unit: Option<u32>, known: &[Unit], missing: MissingColumns) -> bool {
    let Some(unit) = unit else { return missing.unit };
    let names: Vec<_> = levels(known, unit).into_iter().map(|unit| Cow::Borrowed(unit.name.as_str())).collect();
    before.completes(&names, true, missing)
}
