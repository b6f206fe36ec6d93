//! What the roster in force says of a person in columns that a file doesn't have: it stays as it is.
//!
//! A list of names and numbers that comes back corrected says nothing of positions, so it removes none.

use super::field::Field;
use super::header::Header;
use super::unit_names::UNIT_COLUMNS;
use super::unit_tree::UnitCode;
use crate::domain::employment::EmploymentKind;
use crate::domain::institution::folded;
use crate::domain::participant::Participant;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Bytes that a text takes in memory besides itself.
const TEXT_BYTES: usize = 64;

/// The columns that a sheet doesn't have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MissingColumns {
    /// All columns of units.
    pub unit: bool,
    /// The agency, the unit and the sub-unit, each by itself; none of them if all are missing.
    pub levels: [bool; UNIT_COLUMNS.len()],
    location: bool,
    rank: bool,
    position: bool,
    employment: bool,
}

impl MissingColumns {
    pub fn of(header: &Header) -> Self {
        let lacks = |fields: &[Field]| fields.iter().all(|field| header.of(*field).is_none());
        let unit = lacks(&UNIT_COLUMNS);
        Self {
            unit,
            levels: UNIT_COLUMNS.map(|field| !unit && lacks(&[field])),
            location: lacks(&[Field::Location]),
            rank: lacks(&[Field::Rank, Field::Grade]),
            position: lacks(&[Field::Position]),
            employment: lacks(&[Field::Employment, Field::CivilStatus]),
        }
    }

    pub fn any(self) -> bool {
        self != Self::default()
    }
}

/// How many people keep a value because the file doesn't have its column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptCounts {
    /// Their unit, or what is above or below the one that the file has.
    pub units: u64,
    /// Where they work.
    pub locations: u64,
    /// Their rank.
    pub ranks: u64,
    /// Their position.
    pub positions: u64,
    /// Their kind of employment.
    pub employments: u64,
}

impl KeptCounts {
    /// The name of each column that people keep a value of, with their number.
    pub fn filled(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let all = [
            ("unit", self.units),
            ("location", self.locations),
            ("rank", self.ranks),
            ("position", self.positions),
            ("employment", self.employments),
        ];
        all.into_iter().filter(|(_, people)| *people > 0)
    }

    /// Gives a person the values of these columns that they had before.
    pub fn keep(&mut self, person: &mut Participant, before: &PersonBefore<'_>, missing: MissingColumns) {
        for (is_missing, value, kept, count) in [
            (missing.location, &mut person.location, before.location, &mut self.locations),
            (missing.rank, &mut person.rank, before.rank, &mut self.ranks),
            (missing.position, &mut person.position, before.position, &mut self.positions),
        ] {
            if is_missing && !kept.is_empty() {
                kept.clone_into(value);
                *count += 1;
            }
        }
        if missing.employment && before.employment.is_some() {
            person.employment = before.employment;
            self.employments += 1;
        }
    }
}

/// A person of the roster in force.
pub struct PersonBefore<'a> {
    /// The institution's code.
    pub institution: &'a str,
    pub unit: Option<UnitBefore<'a>>,
    pub location: &'a str,
    pub rank: &'a str,
    pub position: &'a str,
    pub employment: Option<EmploymentKind>,
}

/// A unit of the roster in force.
pub struct UnitBefore<'a> {
    /// The names from the top down, the unit's own last.
    pub names: Vec<&'a str>,
    /// How many units of the same path come before it.
    pub place: u32,
}

impl UnitBefore<'_> {
    /// What tells the unit apart from others of its path: how many come before it.
    pub fn code(&self) -> UnitCode<'static> {
        let text = if self.place == 0 { Cow::Borrowed("") } else { Cow::Owned(self.place.to_string()) };
        UnitCode { text, is_of_file: false }
    }

    /// Whether the names of a row are those of this unit as far as its sheet has columns for them. `has_agency` says
    /// that nothing is missing above them.
    pub fn completes(&self, names: &[Cow<'_, str>], has_agency: bool, missing: MissingColumns) -> bool {
        let is_missing = |levels: Range<usize>| levels.into_iter().all(|at| missing.levels.get(at) == Some(&true));
        let last_start = self.names.len().saturating_sub(names.len());
        let starts = if missing.levels[0] && !has_agency { 0..=last_start } else { 0..=0 };
        names.len() < self.names.len()
            && starts.rev().any(|start| {
                let end = start + names.len();
                let same = self.names[start..end].iter().zip(names).all(|(known, name)| folded(known) == folded(name));
                same && is_missing(end..self.names.len())
            })
    }
}

/// What is remembered of a person, with texts as indexes of [`SharedTexts`].
#[derive(Clone, Copy, Debug)]
pub struct ValuesBefore {
    /// 0: none.
    pub unit: u32,
    pub location: u32,
    pub rank: u32,
    pub position: u32,
    pub employment: Option<EmploymentKind>,
}

/// Texts that many people share, each of them once.
#[derive(Debug, Default)]
pub struct SharedTexts {
    indexes: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
    bytes: usize,
}

impl SharedTexts {
    /// The index of a text, which is kept.
    pub fn index(&mut self, text: &str) -> u32 {
        if let Some(index) = self.indexes.get(text) {
            return *index;
        }
        let index = u32::try_from(self.texts.len()).expect("fewer texts than fit 32 bits");
        let kept: Arc<str> = text.into();
        self.bytes += TEXT_BYTES + text.len();
        self.texts.push(Arc::clone(&kept));
        self.indexes.insert(kept, index);
        index
    }

    pub fn text(&self, index: u32) -> &str {
        &self.texts[index as usize]
    }

    /// Approximate bytes that the texts take in memory.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::roster_file::cell::Cell;
    use crate::service::roster_file::header::find_header;

    fn completes(columns: &str, names: &[&str], has_agency: bool) -> bool {
        let cells: Vec<_> = (0..).zip(columns.split(';')).map(|(at, label)| (at, Cell::Text(label.into()))).collect();
        let missing = MissingColumns::of(&find_header(&cells).unwrap());
        let names: Vec<Cow<'_, str>> = names.iter().map(|name| Cow::Borrowed(*name)).collect();
        UnitBefore { names: vec!["Dinas", "Bidang", "Seksi"], place: 0 }.completes(&names, has_agency, missing)
    }

    #[test]
    fn a_row_has_the_unit_of_before_if_it_says_the_same_in_the_columns_that_its_sheet_has() {
        for (columns, names, has_agency) in [
            ("NAMA;UNIT KERJA", vec!["Seksi"], false),
            ("NAMA;UNIT KERJA", vec!["BIDANG"], false),
            ("NAMA;OPD;UNIT KERJA", vec!["Dinas", "Bidang"], true),
            ("NAMA;OPD", vec!["Dinas"], true),
            ("NAMA;UNIT KERJA;SUB UNIT", vec!["Bidang", "Seksi"], false),
        ] {
            assert!(completes(columns, &names, has_agency), "{columns} {names:?}");
        }
        for (columns, names, has_agency) in [
            ("NAMA;UNIT KERJA", vec!["Dinas"], false),
            ("NAMA;UNIT KERJA", vec!["Seksi"], true),
            ("NAMA;OPD;UNIT KERJA", vec!["Dinas"], true),
            ("NAMA;OPD;UNIT KERJA;SUB UNIT", vec!["Dinas", "Bidang"], true),
            ("NAMA;UNIT KERJA;SUB UNIT", vec!["Bidang"], false),
            ("NAMA;UNIT KERJA", vec!["Dinas", "Bidang", "Seksi"], false),
        ] {
            assert!(!completes(columns, &names, has_agency), "{columns} {names:?}");
        }
    }
}
