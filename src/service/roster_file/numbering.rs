//! Participant numbers for people without a number: six digits after the institution's code, such as `16.71-000123`.
//!
//! Each institution numbers its people in the order of the file. No number is given twice, so that a slip printed for
//! one person does not open the page of another. A person who was numbered before keeps the number: a row is matched by
//! name and unit, or by name alone if the unit changed.

use super::unit_tree::folded;
use crate::domain::identifier::Identifier;
use std::collections::{HashMap, HashSet, VecDeque};

/// Most people without a number in one file. They are held in memory until its end.
pub const NUMBERLESS_MAX: usize = 1_000_000;
const DIGITS: usize = 6;

/// Bytes that a person with a number takes in memory besides name and unit. They include the number, which is stored
/// four times.
const KNOWN_BYTES: usize = 512;

/// Bytes kept for a person of the roster in force.
pub fn known_bytes(shown_name: &str, unit_path: &str) -> usize {
    KNOWN_BYTES + 2 * shown_name.len() + unit_path.len()
}

/// The numbers that an institution's people already have.
#[derive(Default)]
pub struct KnownNumbers {
    /// Numbers by institution and name, and by unit besides. They are given back in the order of the queue.
    by_name: HashMap<(String, String), VecDeque<Identifier>>,
    by_unit: HashMap<(String, String, String), VecDeque<Identifier>>,
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
    pub fn remember(&mut self, identifier: &Identifier, institution: &str, shown_name: &str, unit_path: &str) {
        if let Some(number) = own_number(identifier, institution) {
            let (name, unit) = (folded(shown_name), folded(unit_path));
            let key = (institution.to_owned(), name.clone());
            self.by_name.entry(key).or_default().push_back(identifier.clone());
            let key = (institution.to_owned(), name, unit);
            self.by_unit.entry(key).or_default().push_back(identifier.clone());
            self.begin_at(institution, number + 1);
        }
    }

    /// Records a number that the file itself gives.
    pub fn take(&mut self, identifier: &Identifier, institution: &str) {
        if let Some(number) = own_number(identifier, institution) {
            self.taken.insert(identifier.clone());
            self.begin_at(institution, number + 1);
        }
    }

    /// The earlier number of a person with this name and unit, or with this name if `unit_path` is `None`.
    pub fn earlier(&mut self, institution: &str, shown_name: &str, unit_path: Option<&str>) -> Option<Identifier> {
        let name = folded(shown_name);
        let numbers = match unit_path {
            Some(unit) => self.by_unit.get_mut(&(institution.to_owned(), name, folded(unit)))?,
            None => self.by_name.get_mut(&(institution.to_owned(), name))?,
        };
        // Each number leaves the queue once, so that many people of one name cost no more than many different names.
        while let Some(number) = numbers.pop_front() {
            if self.taken.insert(number.clone()) {
                return Some(number);
            }
        }
        None
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
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_by_name_and_never_given_twice() {
        let mut known = KnownNumbers::default();
        known.begin_at("16.71", 8);
        let siti = Identifier::number("16.71", "000005").unwrap();
        known.remember(&siti, "16.71", "Siti Aminah", "Dinas Sosial");
        assert_eq!(known.earlier("16.71", "SITI  AMINAH", Some("Dinas Kesehatan")), None);
        assert_eq!(known.earlier("16.71", "Siti Aminah", None), Some(siti));
        assert_eq!(known.earlier("16.71", "Siti Aminah", None), None);
        assert_eq!(known.fresh("16.71").unwrap().shown(), "16.71-000008");
        assert_eq!(known.fresh("16.71").unwrap().shown(), "16.71-000009");
        assert_eq!(known.fresh("16.02").unwrap().shown(), "16.02-000001");
    }

    #[test]
    fn a_number_that_the_file_gives_is_left_to_it() {
        let mut known = KnownNumbers::default();
        let given = Identifier::number("16", "40").unwrap();
        known.remember(&given, "16", "Budi", "");
        known.take(&given, "16");
        assert_eq!(known.earlier("16", "Budi", None), None);
        assert_eq!(known.fresh("16").unwrap().shown(), "16-000041");
    }
}
