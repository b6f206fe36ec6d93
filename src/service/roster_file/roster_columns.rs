//! The columns of a roster that this program writes: of the export, which is read back, and of the template.

use super::field::Field;
use super::roster_export::RosterLine;
use super::words::employment_word;
use crate::i18n::Localizer;

/// A column of an exported roster or of the template.
#[derive(Clone, Copy, Debug)]
pub struct RosterColumn {
    /// How the column is read.
    pub field: Field,
    /// The last part of its message keys: the heading, what it holds, and an example.
    pub key: &'static str,
    /// In characters.
    pub width: f64,
    /// A row needs it, or the file does.
    pub is_needed: bool,
}

/// The columns of an export, in their order. The template has all but the code of a unit.
pub const ROSTER_COLUMNS: [RosterColumn; 12] = [
    column(Field::Identifier, "identifier", 24.0, true),
    column(Field::Name, "name", 40.0, true),
    column(Field::InstitutionCode, "institution-code", 16.0, false),
    column(Field::Institution, "institution", 40.0, false),
    column(Field::ParentUnit, "parent-unit", 40.0, false),
    column(Field::Unit, "unit", 40.0, false),
    column(Field::SubUnit, "sub-unit", 40.0, false),
    column(Field::UnitId, "unit-code", 12.0, false),
    column(Field::Location, "location", 24.0, false),
    column(Field::Rank, "rank", 26.0, false),
    column(Field::Position, "position", 36.0, false),
    column(Field::Employment, "employment", 20.0, false),
];

const fn column(field: Field, key: &'static str, width: f64, is_needed: bool) -> RosterColumn {
    RosterColumn { field, key, width, is_needed }
}

impl RosterColumn {
    /// The heading, under which an import reads the column.
    pub fn heading(&self, w: Localizer) -> String {
        w.t(&format!("roster-column-{}", self.key))
    }

    /// What the column of a person says.
    pub fn cell(&self, line: &RosterLine, w: Localizer) -> String {
        let person = &line.person;
        match self.field {
            Field::Identifier => person.identifier.shown(),
            Field::Name => person.shown_name.clone(),
            Field::InstitutionCode => person.institution.clone(),
            Field::Institution => line.institution.clone(),
            Field::ParentUnit => line.parent.clone(),
            Field::Unit => line.unit.clone(),
            Field::SubUnit => line.sub_unit.clone(),
            Field::UnitId => line.unit_code.clone(),
            Field::Location => person.location.clone(),
            Field::Rank => person.rank.clone(),
            Field::Position => person.position.clone(),
            Field::Employment => person.employment.map_or_else(String::new, |kind| employment_word(Some(kind), w)),
            Field::Number
            | Field::FrontTitle
            | Field::BackTitle
            | Field::Grade
            | Field::CivilStatus
            | Field::LegalStanding => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::employment::EmploymentKind;
    use crate::i18n::{Lang, check_built_keys};
    use crate::service::roster_file::cell::Cell;
    use crate::service::roster_file::employment_words::{EmploymentReader, EmploymentSaid};
    use crate::service::roster_file::header::find_header;

    #[test]
    fn every_column_has_words() {
        let keys = ROSTER_COLUMNS.map(|column| column.key);
        check_built_keys("roster-column-{}", keys);
    }

    #[test]
    fn every_heading_and_kind_is_read_as_it_is_written_in_each_language() {
        for w in [Localizer(Lang::Id), Localizer(Lang::En)] {
            let cells: Vec<(u32, Cell)> =
                (0..).zip(ROSTER_COLUMNS).map(|(at, column)| (at, Cell::Text(column.heading(w)))).collect();
            let header = find_header(&cells).unwrap();
            for (at, column) in (0..).zip(ROSTER_COLUMNS) {
                assert_eq!(header.of(column.field).map(|found| found.column), Some(at), "{}", column.heading(w));
            }
            for kind in EmploymentKind::ALL {
                let said = EmploymentReader::default().read(&employment_word(Some(kind), w), "");
                assert_eq!(said, EmploymentSaid::Kind(kind));
            }
        }
    }
}
