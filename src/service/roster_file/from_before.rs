//! What a row takes over where its sheet says less than the roster: the roster in force fills in columns that the sheet
//! doesn't have, and the words for kinds of employment are read.

use super::checker::Checker;
use super::employment_words::EmploymentSaid;
use super::field::Field;
use super::kept_values::MissingColumns;
use super::own_lists::both_units;
use super::row_values::RowValues;
use super::surroundings::Surroundings;
use crate::domain::employment::EmploymentKind;
use crate::domain::identifier::Identifier;
use crate::domain::institution::folded;
use crate::domain::participant::Participant;
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

    /// Finds the unit above a unit where the sheet has no column for it: a list that this program wrote has both in one
    /// cell, and a person whose unit has the name of before stays below the same one.
    pub fn find_parent(
        &mut self,
        code: &str,
        number: Option<&Identifier>,
        parent: &mut Cow<'_, str>,
        unit: &mut Cow<'_, str>,
    ) {
        let id = number.map(|number| self.surroundings.identify(number));
        if let Some(before) = id.and_then(|id| self.surroundings.before(id))
            && let Some(of) = before.unit.filter(|of| before.institution == code && !of.parent.is_empty())
            && folded(of.name) == folded(unit)
        {
            *parent = Cow::Owned(of.parent.to_owned());
            self.kept.units += 1;
            return;
        }
        if both_units(unit).is_none() {
            return;
        }
        let both = match self.surroundings.unit_of_path(code, unit) {
            Some(known) => Some((known.parent.to_owned(), known.name.to_owned())),
            None if self.is_own_list => both_units(unit).map(|(above, unit)| (above.to_owned(), unit.to_owned())),
            None => None,
        };
        if let Some((above, below)) = both {
            (*parent, *unit) = (Cow::Owned(above), Cow::Owned(below));
        }
    }

    /// Gives a person whose number is known what the roster in force says in columns that the sheet doesn't have.
    pub fn keep_missing(&mut self, person: &mut Participant, missing: MissingColumns) {
        let id = self.surroundings.identify(&person.identifier);
        let Some(before) = self.surroundings.before(id) else { return };
        self.kept.keep(person, &before, missing);
        if let Some(unit) = before.unit.filter(|_| before.institution == person.institution)
            && missing.unit
            && person.unit.is_none()
            && let Some(institution) = self.target.of_code(&person.institution)
        {
            let place = if unit.place == 0 { String::new() } else { unit.place.to_string() };
            person.unit = self.units.place((institution, &person.institution), unit.parent, unit.name, &place);
            self.kept.units += 1;
        }
    }
}
