//! What an import changes: people added, changed, removed or moved between institutions, and new units.

use super::RosterFileError;
use super::budget::Budget;
use super::unit_tree::{UnitTree, folded, path};
use crate::domain::ids::ParticipantId;
use crate::domain::institution::Unit;
use crate::domain::participant::Participant;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Bytes that a person of the roster in force takes in memory, with the unused capacity of the hash table.
pub const PERSON_BEFORE_BYTES: usize = 64;
/// Moved people and new units that are listed. All of them are counted.
pub const LISTED_MAX: usize = 200;

/// Counts the changes, and holds the data for counting until [`Comparison::finish`].
#[derive(Debug, Default)]
pub struct Comparison {
    /// People of the file who are not on the roster in force.
    pub added: u64,
    /// People on both whose name, unit, location, rank, position or institution differs.
    pub changed: u64,
    /// People on both without such a difference.
    pub unchanged: u64,
    /// People of the institutions being replaced who are not in the file. 0 until [`Comparison::finish`].
    pub removed: u64,
    /// People on both whose institution differs. They count as changed, too.
    pub moved: u64,
    /// The first 200 people who move, in the order they are compared.
    pub moved_listed: Vec<Moved>,
    /// Units of the file without a unit of the same path in force, compared without case and punctuation. A renamed
    /// unit counts as new. 0 until [`Comparison::finish`].
    pub new_units: u64,
    /// Paths of the first 200 new units, such as `Dinas Kesehatan / Bidang Promosi`.
    pub new_units_listed: Vec<String>,
    /// People before and after, by institution in the order of first encounter. An institution that is replaced may
    /// have nobody afterwards; one that stays loses only people whom the file has elsewhere.
    pub by_institution: Vec<InstitutionChange>,
    replaced: Replaced,
    units_before: HashMap<String, Vec<Unit>>,
    people_before: HashMap<ParticipantId, (usize, u64)>,
    /// People who move, with the place of their institution before.
    gone: Vec<(ParticipantId, usize)>,
    /// Index of an institution in `by_institution`, by its code.
    places: HashMap<String, usize>,
}

/// Whose people a file replaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Replaced {
    /// Those of the institutions that the file names; all others stay.
    #[default]
    Named,
    /// Those of the institution with this code.
    Only(String),
    /// Everybody: an institution that the file doesn't name has nobody afterwards.
    All,
}

/// How an import changes the size of an institution's roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstitutionChange {
    /// The institution's code.
    pub code: String,
    /// Whether the file has nobody of it and leaves its people as they are.
    pub stays: bool,
    /// People on the roster in force.
    pub before: u64,
    /// People once the import is in force.
    pub after: u64,
}

/// A person whom the file lists under another institution than the roster in force. The file counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The person's name with titles.
    pub name: String,
    /// Code of the institution on the roster in force.
    pub from: String,
    /// Code of the institution in the file.
    pub to: String,
}

impl Comparison {
    /// `units` are the units in force.
    pub fn new(units: Vec<Unit>, replaced: Replaced) -> Self {
        let mut units_before: HashMap<String, Vec<Unit>> = HashMap::new();
        for unit in units {
            units_before.entry(unit.institution.clone()).or_default().push(unit);
        }
        Self { replaced, units_before, ..Self::default() }
    }

    /// Records a person of the roster in force and returns the path of their unit.
    pub fn remember(&mut self, person: &Participant) -> String {
        let units = self.units_before.get(&person.institution).map_or(&[][..], Vec::as_slice);
        let path = path(units, person.unit);
        let at = self.institution(&person.institution);
        self.by_institution[at].before += 1;
        self.people_before.insert(person.id, (at, fingerprint(person, &path)));
        path
    }

    /// Compares a person of the file with the roster in force.
    pub fn compare(&mut self, person: &Participant, units: &UnitTree) {
        let at = self.institution(&person.institution);
        self.by_institution[at].after += 1;
        match self.people_before.remove(&person.id) {
            None => self.added += 1,
            Some((before, _)) if before != at => {
                self.changed += 1;
                self.moved += 1;
                self.gone.push((person.id, before));
                if self.moved_listed.len() < LISTED_MAX {
                    let from = self.by_institution[before].code.clone();
                    let (name, to) = (person.shown_name.clone(), person.institution.clone());
                    self.moved_listed.push(Moved { name, from, to });
                }
            }
            Some((_, before)) if before != fingerprint(person, &units.path(person.unit)) => self.changed += 1,
            Some(_) => self.unchanged += 1,
        }
    }

    /// Counts removed people and new units. Returns the people taken over from institutions that are not replaced.
    pub fn finish(&mut self, units: &[Unit], budget: &Budget) -> Result<Vec<ParticipantId>, RosterFileError> {
        // Until here an institution has only the people of the file.
        for change in &mut self.by_institution {
            change.stays = match &self.replaced {
                Replaced::Named => change.after == 0,
                Replaced::Only(only) => change.code != *only,
                Replaced::All => false,
            };
            if change.stays {
                change.after = change.before;
            }
        }
        let left = std::mem::take(&mut self.people_before);
        self.removed = left.values().filter(|(at, _)| !self.by_institution[*at].stays).count() as u64;
        let mut taken_over = std::mem::take(&mut self.gone);
        taken_over.retain(|(_, from)| self.by_institution[*from].stays);
        taken_over.iter().for_each(|(_, from)| self.by_institution[*from].after -= 1);
        let key = |institution: &str, path: &str| format!("{institution}\u{1f}{}", folded(path));
        let before: HashSet<String> = self
            .units_before
            .iter()
            .flat_map(|(code, known)| known.iter().map(|unit| key(code, &path(known, Some(unit.id)))))
            .collect();
        for unit in units {
            let path = path(units, Some(unit.id));
            budget.step(1)?;
            budget.text(path.len())?;
            if !before.contains(&key(&unit.institution, &path)) {
                self.new_units += 1;
                if self.new_units_listed.len() < LISTED_MAX {
                    self.new_units_listed.push(path);
                }
            }
        }
        self.units_before.clear();
        Ok(taken_over.into_iter().map(|(person, _)| person).collect())
    }

    /// Whether the import replaces the people of an institution, once it is finished.
    pub fn replaces(&self, code: &str) -> bool {
        match (&self.replaced, self.places.get(code)) {
            (Replaced::All, _) => true,
            (Replaced::Only(only), _) => only == code,
            (Replaced::Named, at) => at.is_some_and(|at| !self.by_institution[*at].stays),
        }
    }

    /// Institutions with people that stay as they are.
    pub fn staying(&self) -> impl Iterator<Item = &InstitutionChange> {
        self.by_institution.iter().filter(|change| change.stays && change.before > 0)
    }

    /// How many institutions stay as they are, and how many people they have afterwards; `None` if none does.
    pub fn staying_numbers(&self) -> Option<(u64, u64)> {
        let numbers = self.staying().fold((0, 0), |(count, people), change| (count + 1, people + change.after));
        (numbers.0 > 0).then_some(numbers)
    }

    fn institution(&mut self, code: &str) -> usize {
        if let Some(at) = self.places.get(code) {
            return *at;
        }
        let at = self.by_institution.len();
        self.by_institution.push(InstitutionChange { code: code.to_owned(), stays: false, before: 0, after: 0 });
        self.places.insert(code.to_owned(), at);
        at
    }
}

/// A hash of everything that is stored about a person except the number and the institution.
fn fingerprint(person: &Participant, unit_path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&person.shown_name, unit_path, &person.location, &person.rank, &person.position).hash(&mut hasher);
    hasher.finish()
}
