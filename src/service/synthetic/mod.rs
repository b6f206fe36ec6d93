//! Synthetic people: plausible, repeatable from a seed, and not modelled on any real person.
//!
//! Names combine parts from many traditions, numbers follow the rules of NIP and NI PPPK, and units are the offices
//! that every regency has. Any page or file that shows these people must say that they are synthetic.
//! Deliberately absent: files, HTTP, and facts about real people.

mod campaign;
mod load;
mod names;
mod numbers;
mod places;
mod roster;
mod units;

pub use campaign::campaign_settings;
pub use load::{LoadError, load};
pub use places::institutions;
pub use roster::{SyntheticRoster, SyntheticSigner};

use crate::domain::employment::EmploymentKind;
use crate::domain::identifier::Identifier;
use crate::domain::participant::shown_name;
use crate::domain::unit::Unit;
use numbers::IdentifierGenerator;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// How many people signed at the event that this product aims to exceed. A synthetic province has this many by default.
pub const PARTICIPANTS: u32 = 180_751;

/// A person as on a roster.
#[derive(Clone, Debug)]
pub struct SyntheticPerson {
    /// Index of the person's institution in [`institutions`], from 0.
    pub institution: usize,
    /// The NIP, NI PPPK or participant number; `None` for a person who has no number yet.
    pub identifier: Option<Identifier>,
    /// Titles before the name, such as `Dr.`; may be empty.
    pub front_title: &'static str,
    /// The name without titles, of one to five words.
    pub name: String,
    /// Titles after the name, such as `S.Pd., M.Si.`; may be empty.
    pub back_title: String,
    /// Index of the person's unit in the institution's [`units`](People::units), from 0.
    pub unit: usize,
    /// The place of work: a regency or city, such as `Kab. Lahat`.
    pub location: &'static str,
    /// Rank with grade for a PNS, grade for a PPPK; empty for other staff.
    pub rank: &'static str,
    /// The position, which suits the unit.
    pub position: &'static str,
    /// The kind of employment, which decides the kind of number.
    pub employment: EmploymentKind,
}

impl SyntheticPerson {
    /// The name with its titles, as on a roster.
    pub fn shown_name(&self) -> String {
        shown_name(self.front_title, &self.name, &self.back_title)
    }
}

/// Yields all people of one seed, ordered by institution.
pub struct People {
    rng: StdRng,
    numbers: IdentifierGenerator,
    /// Number of people in each institution.
    sizes: Vec<usize>,
    institution: usize,
    made: usize,
    units: Vec<Vec<Unit>>,
    /// For each institution, indexes of the units in which people work. The other units only contain units.
    staffed: Vec<Vec<usize>>,
}

/// `count` people. The same count and seed give the same people.
pub fn people(count: usize, seed: u64) -> People {
    let sizes = places::sizes(count);
    let units: Vec<Vec<Unit>> = (0..sizes.len()).map(|at| units::tree(at, sizes[at])).collect();
    let staffed = units.iter().map(|tree| units::staffed(tree)).collect();
    People {
        rng: StdRng::seed_from_u64(seed),
        numbers: IdentifierGenerator::default(),
        sizes,
        institution: 0,
        made: 0,
        units,
        staffed,
    }
}

impl People {
    /// The units of an institution, given by its index in [`institutions`]. Ids begin at 1.
    pub fn units(&self, institution: usize) -> &[Unit] {
        &self.units[institution]
    }
}

impl Iterator for People {
    type Item = SyntheticPerson;

    fn next(&mut self) -> Option<SyntheticPerson> {
        while self.made >= *self.sizes.get(self.institution)? {
            self.institution += 1;
            self.made = 0;
        }
        self.made += 1;
        let (at, rng) = (self.institution, &mut self.rng);
        let staffed = &self.staffed[at];
        let unit = staffed[rng.random_range(0..staffed.len())];
        let woman = rng.random_bool(0.53);
        let standing = numbers::Employment::draw(rng);
        let person = names::person(rng, woman);
        let degree = names::degree(rng, standing);
        Some(SyntheticPerson {
            institution: at,
            identifier: self.numbers.draw(rng, standing, woman, places::PLACES[at].0),
            front_title: names::front_title(rng, degree),
            name: person,
            back_title: names::back_title(rng, degree, woman),
            unit,
            location: places::location(rng, at, &self.units[at][unit].name),
            rank: numbers::rank(rng, standing),
            position: units::position(rng, &self.units[at][unit].name, standing),
            employment: standing.kind(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn people_repeat_with_the_seed_and_are_as_many_as_asked_for() {
        let two = |seed| people(2_000, seed).map(|person| (person.shown_name(), person.identifier)).collect::<Vec<_>>();
        assert_eq!(two(1), two(1));
        assert_ne!(two(1), two(2));
        assert_eq!(two(1).len(), 2_000);
        assert_eq!(people(3, 1).count(), 3);
    }

    #[test]
    fn numbers_are_unique_valid_and_sometimes_missing() {
        let mut seen = HashSet::new();
        let (mut kinds, mut without) = ([0u32; 4], 0);
        for person in people(20_000, 7) {
            match person.identifier {
                None => without += 1,
                Some(identifier) => {
                    assert_eq!(Identifier::parse(&identifier.shown()).as_ref(), Ok(&identifier));
                    kinds[usize::from(identifier.kind())] += 1;
                    assert!(seen.insert(identifier));
                }
            }
        }
        assert!(kinds[1] > 9_000 && kinds[2] > 3_000 && kinds[3] > 500 && without > 500, "{kinds:?} {without}");
    }

    #[test]
    fn names_are_short_and_long_and_units_exist() {
        let mut people = people(5_000, 3);
        let made: Vec<_> = people.by_ref().collect();
        assert!(made.iter().any(|person| !person.name.contains(' ')));
        assert!(made.iter().any(|person| person.shown_name().chars().count() > 45));
        assert!(made.iter().all(|person| person.shown_name().chars().count() <= 120));
        assert!(made.iter().all(|person| person.unit < people.units(person.institution).len()));
        assert!(made.iter().any(|person| person.institution == 0 && person.location.starts_with("Kab")));
    }
}
