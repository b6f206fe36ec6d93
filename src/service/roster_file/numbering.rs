//! Participant numbers for people without a number: six digits after the institution's code, such as `16.71-000123`.
//!
//! Each institution numbers its people in the order of the file. No number is given twice, so that a slip printed for
//! one person does not open the page of another. A person who was numbered before keeps the number where it is certain
//! whose it is: a row is matched by all that the roster holds of a person, then by name and unit, or by name alone if
//! one person and one number of the name are left.

use super::RosterFileError;
use super::budget::Budget;
use super::kept_values::MissingColumns;
use super::unit_tree::UnitTree;
use crate::domain::identifier::Identifier;
use crate::domain::institution::folded;
use crate::domain::participant::Participant;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Most people without a number in one file. They are held in memory until its end.
pub const NUMBERLESS_MAX: usize = 1_000_000;
const DIGITS: usize = 6;

/// Bytes that a person with a number takes in memory besides the name, which may be stored twice. They include the
/// number.
const KNOWN_BYTES: usize = 512;

/// Bytes kept for a person of the roster in force.
pub fn known_bytes(shown_name: &str, unit_path: &str) -> usize {
    KNOWN_BYTES + 2 * shown_name.len() + unit_path.len()
}

/// A person without a number, until the end of the file.
pub struct Waiting {
    pub person: Participant,
    /// Index of the sheet, and row.
    pub place: (u32, u32),
    /// The columns that its sheet doesn't have.
    pub missing: MissingColumns,
    pub number: NumberGiven,
}

/// The number of a person whose row has none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NumberGiven {
    NotYet,
    /// The number that the person had before.
    Earlier,
    /// The number of the only namesake that is left, who was in another unit.
    ByNameAlone,
}

/// People of one institution and name.
#[derive(Default)]
struct Namesakes {
    /// Those with a number on the roster in force.
    earlier: Vec<NumberedBefore>,
    /// Indexes of people of the file without a number.
    claims: Vec<usize>,
}

struct NumberedBefore {
    number: Identifier,
    /// A hash of the unit's path.
    unit: u64,
    /// See [`details`].
    details: u64,
}

/// The numbers that an institution's people already have.
#[derive(Default)]
pub struct KnownNumbers {
    /// By institution and name.
    namesakes: HashMap<(String, String), Namesakes>,
    next: HashMap<String, u64>,
    taken: HashSet<Identifier>,
}

impl KnownNumbers {
    /// Sets the lowest number that the institution has not given yet.
    pub fn begin_at(&mut self, institution: &str, number: u64) {
        let next = self.next.entry(institution.to_owned()).or_insert(1);
        *next = number.max(*next);
    }

    /// Records the number of a person on the roster in force.
    pub fn remember(&mut self, person: &Participant, unit_path: &str) {
        if let Some(number) = own_number(&person.identifier, &person.institution) {
            let key = (person.institution.clone(), folded(&person.shown_name));
            let before = NumberedBefore {
                number: person.identifier.clone(),
                unit: hash(unit_path),
                details: details(person, unit_path),
            };
            self.namesakes.entry(key).or_default().earlier.push(before);
            self.begin_at(&person.institution, number + 1);
        }
    }

    /// Records a number that the file itself gives.
    pub fn take(&mut self, identifier: &Identifier, institution: &str) {
        if let Some(number) = own_number(identifier, institution) {
            self.taken.insert(identifier.clone());
            self.begin_at(institution, number + 1);
        }
    }

    /// Gives people their earlier numbers back: to those of whom all is as before, then to those of a name and unit,
    /// each if there are as many people as before, and to the one who is left of a name if one number of the name is
    /// left.
    pub fn give_back(
        &mut self,
        waiting: &mut [Waiting],
        units: &UnitTree,
        budget: &Budget,
    ) -> Result<(), RosterFileError> {
        for (at, of) in waiting.iter().enumerate() {
            budget.step(1)?;
            let key = (of.person.institution.clone(), folded(&of.person.shown_name));
            if let Some(namesakes) = self.namesakes.get_mut(&key) {
                namesakes.claims.push(at);
            }
        }
        for mut namesakes in std::mem::take(&mut self.namesakes).into_values() {
            if !namesakes.claims.is_empty() {
                namesakes.earlier.retain(|before| !self.taken.contains(&before.number));
                give_back_to(namesakes, waiting, units);
            }
        }
        Ok(())
    }

    /// The next number that has not been given to anyone.
    pub fn fresh(&mut self, institution: &str) -> Option<Identifier> {
        let next = self.next.entry(institution.to_owned()).or_insert(1);
        let number = *next;
        *next += 1;
        written(institution, number)
    }

    /// The next number of each institution, by code.
    pub fn next_numbers(&self) -> impl Iterator<Item = (&str, u64)> {
        self.next.iter().map(|(institution, next)| (institution.as_str(), *next))
    }
}

fn give_back_to(mut namesakes: Namesakes, waiting: &mut [Waiting], units: &UnitTree) {
    // The roster in force is read in no particular order. Of two people in all alike the first row has the lower
    // number.
    namesakes.earlier.sort_by(|one, other| one.number.digits().cmp(other.number.digits()));
    let details_of = |of: &Waiting| details(&of.person, &units.path(of.person.unit));
    let unit_of = |of: &Waiting| hash(&units.path(of.person.unit));
    let left = give_equal(namesakes, waiting, |before| before.details, details_of);
    let left = give_equal(left, waiting, |before| before.unit, unit_of);
    if let ([before], [at]) = (&left.earlier[..], &left.claims[..]) {
        (waiting[*at].person.identifier, waiting[*at].number) = (before.number.clone(), NumberGiven::ByNameAlone);
    }
}

/// Gives numbers back where as many people as before have the same key. Returns who and what is left.
fn give_equal(
    namesakes: Namesakes,
    waiting: &mut [Waiting],
    key_before: impl Fn(&NumberedBefore) -> u64,
    key_now: impl Fn(&Waiting) -> u64,
) -> Namesakes {
    let mut by_key: BTreeMap<u64, Namesakes> = BTreeMap::new();
    for before in namesakes.earlier {
        by_key.entry(key_before(&before)).or_default().earlier.push(before);
    }
    for at in namesakes.claims {
        by_key.entry(key_now(&waiting[at])).or_default().claims.push(at);
    }
    let mut left = Namesakes::default();
    for Namesakes { earlier, claims } in by_key.into_values() {
        if earlier.len() == claims.len() {
            for (before, at) in earlier.into_iter().zip(claims) {
                (waiting[at].person.identifier, waiting[at].number) = (before.number, NumberGiven::Earlier);
            }
        } else {
            left.earlier.extend(earlier);
            left.claims.extend(claims);
        }
    }
    left.earlier.sort_by(|one, other| one.number.digits().cmp(other.number.digits()));
    left.claims.sort_unstable();
    left
}

/// A hash of what the roster holds of a person besides the name and the number.
fn details(person: &Participant, unit_path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (folded(unit_path), &person.position, &person.rank, &person.location).hash(&mut hasher);
    hasher.finish()
}

fn hash(unit_path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    folded(unit_path).hash(&mut hasher);
    hasher.finish()
}

fn written(institution: &str, number: u64) -> Option<Identifier> {
    Identifier::number(institution, &format!("{number:0DIGITS$}")).ok()
}

fn own_number(identifier: &Identifier, institution: &str) -> Option<u64> {
    match identifier {
        Identifier::Number { issuer, number } if issuer.eq_ignore_ascii_case(institution) && number.len() <= 12 => {
            number.parse().ok()
        }
        _ => None,
    }
}

#[cfg(test)]
pub(super) fn numbered_before(institution: &str, number: &str, shown_name: &str, position: &str) -> Participant {
    Participant {
        id: crate::domain::ids::ParticipantId([0; 16]),
        identifier: Identifier::number(institution, number).unwrap(),
        shown_name: shown_name.into(),
        institution: institution.into(),
        unit: None,
        location: String::new(),
        rank: String::new(),
        position: position.into(),
        employment: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_given_twice() {
        let mut known = KnownNumbers::default();
        known.begin_at("16.71", 8);
        known.remember(&numbered_before("16.71", "000005", "Siti Aminah", ""), "Dinas Sosial");
        assert_eq!(known.fresh("16.71").unwrap().shown(), "16.71-000008");
        assert_eq!(known.fresh("16.71").unwrap().shown(), "16.71-000009");
        assert_eq!(known.fresh("16.02").unwrap().shown(), "16.02-000001");
        known.take(&Identifier::number("16", "40").unwrap(), "16");
        assert_eq!(known.fresh("16").unwrap().shown(), "16-000041");
    }
}
