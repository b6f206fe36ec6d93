//! Participant numbers for people who have none: six digits after the institution's code, e.g. `16.71-000123`.
//!
//! Numbers are given in the order of the file, each institution its own, and none is ever given twice, so that a slip
//! printed for one person never opens the page of another. Whoever was numbered before keeps the number: a row is
//! recognised by name and unit, or by the name alone where the unit changed.

use super::unit_tree::folded;
use crate::domain::identifier::Identifier;
use std::collections::{HashMap, HashSet, VecDeque};

/// Most people without a number in one file; they are held until its end.
pub const NUMBERLESS_MAX: usize = 1_000_000;
const DIGITS: usize = 6;

/// What somebody with a number takes in memory besides their name and unit, which are kept twice, and the number four
/// times.
const KNOWN_BYTES: usize = 512;

/// What is kept of somebody of the roster in force.
pub fn known_bytes(shown_name: &str, unit_path: &str) -> usize {
    KNOWN_BYTES + 2 * shown_name.len() + unit_path.len()
}

/// The numbers that an institution's people already have.
#[derive(Default)]
pub struct KnownNumbers {
    /// By institution and name, and by unit besides; whoever stands in front comes first.
    by_name: HashMap<(String, String), VecDeque<Identifier>>,
    by_unit: HashMap<(String, String, String), VecDeque<Identifier>>,
    next: HashMap<String, u64>,
    taken: HashSet<Identifier>,
}

impl KnownNumbers {
    /// The lowest number that an institution has never given.
    pub fn begin_at(&mut self, institution: &str, number: u64) {
        let next = self.next.entry(institution.to_owned()).or_insert(1);
        *next = number.max(*next);
    }

    /// Somebody of the roster now in force.
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

    /// A number that the file itself gives.
    pub fn take(&mut self, identifier: &Identifier, institution: &str) {
        if let Some(number) = own_number(identifier, institution) {
            self.taken.insert(identifier.clone());
            self.begin_at(institution, number + 1);
        }
    }

    /// The number of whoever had one under this name and unit (or just the name, with `unit_path` `None`).
    pub fn earlier(&mut self, institution: &str, shown_name: &str, unit_path: Option<&str>) -> Option<Identifier> {
        let name = folded(shown_name);
        let numbers = match unit_path {
            Some(unit) => self.by_unit.get_mut(&(institution.to_owned(), name, folded(unit)))?,
            None => self.by_name.get_mut(&(institution.to_owned(), name))?,
        };
        // Each is taken out once, so that many of one name cost no more than many of different names.
        while let Some(number) = numbers.pop_front() {
            if self.taken.insert(number.clone()) {
                return Some(number);
            }
        }
        None
    }

    /// The next number that nobody ever had.
    pub fn fresh(&mut self, institution: &str) -> Option<Identifier> {
        let next = self.next.entry(institution.to_owned()).or_insert(1);
        let number = *next;
        *next += 1;
        written(institution, number)
    }

    /// Where each institution goes on counting.
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
