//! What the roster in force says of a person in columns that a file doesn't have: it stays as it is.
//!
//! A list of names and numbers that comes back corrected says nothing of positions, so it removes none.

use super::field::Field;
use super::header::Header;
use crate::domain::employment::EmploymentKind;
use crate::domain::participant::Participant;
use std::collections::HashMap;
use std::sync::Arc;

/// Bytes that a text takes in memory besides itself.
const TEXT_BYTES: usize = 64;

/// The columns that a sheet doesn't have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MissingColumns {
    /// Neither a unit nor the one above it.
    pub unit: bool,
    /// Only the unit above.
    pub parent: bool,
    location: bool,
    rank: bool,
    position: bool,
    employment: bool,
}

impl MissingColumns {
    pub fn of(header: &Header) -> Self {
        let lacks = |fields: &[Field]| fields.iter().all(|field| header.of(*field).is_none());
        Self {
            unit: lacks(&[Field::Unit, Field::ParentUnit]),
            parent: lacks(&[Field::ParentUnit]) && !lacks(&[Field::Unit]),
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
    /// Their unit, or the unit above it.
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
    /// The name of the unit above it; empty if there is none.
    pub parent: &'a str,
    pub name: &'a str,
    /// How many units of the same path come before it.
    pub place: u32,
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
