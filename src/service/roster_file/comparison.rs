//! What an import changes: people added, changed, removed or moved between institutions, and new units.

use super::RosterFileError;
use super::budget::Budget;
use super::kept_values::{PersonBefore, SharedTexts, UnitBefore, ValuesBefore};
use super::unit_tree::{UnitTree, levels, path};
use crate::domain::employment::EmploymentKind;
use crate::domain::ids::ParticipantId;
use crate::domain::institution::folded;
use crate::domain::participant::Participant;
use crate::domain::unit::Unit;
use sha2::{Digest, Sha256};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// Bytes that a person of the roster in force takes in memory, with the unused capacity of the hash table.
pub const PERSON_BEFORE_BYTES: usize = 136;
/// Most rows, people and units together, that are written in place. With more a new roster is staged.
pub const CHANGED_ROWS_MAX: usize = 10_000;
/// Moved people and new units that are listed. All of them are counted.
pub const LISTED_MAX: usize = 200;
/// Most pairs of a unit in force and one of the file whose people in common are counted.
const UNIT_MOVES_MAX: usize = 100_000;

/// Counts the changes, and holds the data for counting until [`Comparison::finish`].
#[derive(Debug, Default)]
pub struct Comparison {
    /// People of the file who are not on the roster in force.
    pub added: u64,
    /// People on both whose name, unit, location, rank, position, kind of employment or institution differs.
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
    /// Units in force that are not the first of their path, with how many come before them.
    repeated: HashMap<(String, u32), u32>,
    people_before: HashMap<ParticipantId, RowBefore>,
    /// Locations, ranks and positions of people.
    texts: SharedTexts,
    /// The units in force by institution and folded path, once one was asked for.
    units_by_path: Option<HashMap<(String, String), u32>>,
    /// Whether somebody is on the rosters of two institutions, which no import leaves.
    is_doubled: bool,
    /// The place of each unit of the file, in the order of their ids, as far as people of them were compared.
    units_seen: Vec<u32>,
    unit_places: UnitPlaces,
    /// People who move, with the place of their institution before.
    gone: Vec<(ParticipantId, u32)>,
    /// How many people who change were in a unit in force and are in a unit of the file, by the place of their
    /// institution.
    unit_moves: HashMap<(u32, u32, u32), u64>,
    /// Index of an institution in `by_institution`, by its code.
    places: HashMap<String, u32>,
}

/// What is remembered of a person of the roster in force.
#[derive(Debug)]
struct RowBefore {
    /// The place of their institution.
    at: u32,
    print: Fingerprint,
    values: ValuesBefore,
}

/// How a person of the file differs from the roster in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowDifference {
    /// They weren't there.
    Added,
    /// They are in the same institution.
    Changed,
    /// They come from another institution.
    Moved,
    /// In nothing.
    None,
}

/// People whose rows in force go, with the code of their institution.
pub type DepartedRows = Vec<(ParticipantId, String)>;

/// What is left at the end of a comparison.
pub struct ComparisonEnd {
    /// People who move here from an institution that stays.
    pub taken_over: Vec<ParticipantId>,
    /// Who is removed or moves; `None` if they are more than was asked for.
    pub departed: Option<DepartedRows>,
    /// The units in force, by institution.
    pub units_before: HashMap<String, Vec<Unit>>,
    /// People who change, by their units.
    pub unit_moves: Vec<UnitMove>,
}

/// People of an institution who were in one unit and are in another, or in the same one with other names.
pub struct UnitMove {
    /// The institution's code.
    pub institution: String,
    /// The number of the unit in force.
    pub before: u32,
    /// The number of the unit in the file.
    pub after: u32,
    /// How many they are.
    pub people: u64,
}

/// Tells apart units of one institution whose paths read alike, by their order.
#[derive(Debug, Default)]
pub struct UnitPlaces {
    met: HashMap<(String, String), u32>,
}

impl UnitPlaces {
    /// Institution, folded path, and how many units with both come before. Units are asked for in order, each once.
    pub fn place(&mut self, units: &[Unit], unit: &Unit) -> (String, String, u32) {
        let key = (unit.institution.clone(), folded(&path(units, Some(unit.id))));
        let met = self.met.entry(key.clone()).or_default();
        *met += 1;
        (key.0, key.1, *met - 1)
    }
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
        let mut repeated = HashMap::new();
        for units in units_before.values() {
            let mut places = UnitPlaces::default();
            for unit in units {
                let (institution, _, place) = places.place(units, unit);
                if place > 0 {
                    repeated.insert((institution, unit.id), place);
                }
            }
        }
        Self { replaced, units_before, repeated, ..Self::default() }
    }

    /// Records a person of the roster in force and returns the path of their unit.
    pub fn remember(&mut self, person: &Participant) -> String {
        let units = self.units_before.get(&person.institution).map_or(&[][..], Vec::as_slice);
        let path = path(units, person.unit);
        let at = self.institution(&person.institution);
        self.by_institution[at as usize].before += 1;
        let place = match person.unit {
            Some(unit) if !self.repeated.is_empty() => self.repeated.get(&(person.institution.clone(), unit)).copied(),
            _ => None,
        };
        let print = fingerprint(person, &path, place.unwrap_or(0));
        let values = ValuesBefore {
            unit: person.unit.unwrap_or(0),
            location: self.texts.index(&person.location),
            rank: self.texts.index(&person.rank),
            position: self.texts.index(&person.position),
            employment: person.employment,
        };
        self.is_doubled |= self.people_before.insert(person.id, RowBefore { at, print, values }).is_some();
        path
    }

    /// Approximate bytes that the texts of people take in memory.
    pub fn text_bytes(&self) -> usize {
        self.texts.bytes()
    }

    /// What the roster in force says of a person who wasn't compared yet.
    pub fn before(&self, person: ParticipantId) -> Option<PersonBefore<'_>> {
        let RowBefore { at, values, .. } = self.people_before.get(&person)?;
        let institution = &self.by_institution[*at as usize].code;
        Some(PersonBefore {
            institution,
            unit: self.unit_before(institution, values.unit),
            location: self.texts.text(values.location),
            rank: self.texts.text(values.rank),
            position: self.texts.text(values.position),
            employment: values.employment,
        })
    }

    fn unit_before(&self, institution: &str, unit: u32) -> Option<UnitBefore<'_>> {
        let units = self.units_before.get(institution)?;
        let names: Vec<&str> = levels(units, unit).into_iter().map(|unit| unit.name.as_str()).collect();
        if names.is_empty() {
            return None;
        }
        let place = if self.repeated.is_empty() {
            0
        } else {
            self.repeated.get(&(institution.to_owned(), unit)).copied().unwrap_or(0)
        };
        Some(UnitBefore { names, place })
    }

    /// The unit in force of this path, such as `Dinas Kesehatan / Bidang Promosi`, compared without case and
    /// punctuation.
    pub fn unit_of_path(&mut self, institution: &str, path_of_unit: &str) -> Option<UnitBefore<'_>> {
        let units_before = &self.units_before;
        let by_path = self.units_by_path.get_or_insert_with(|| {
            let mut by_path = HashMap::new();
            for (code, units) in units_before {
                for unit in units {
                    by_path.entry((code.clone(), folded(&path(units, Some(unit.id))))).or_insert(unit.id);
                }
            }
            by_path
        });
        let unit = *by_path.get(&(institution.to_owned(), folded(path_of_unit)))?;
        self.unit_before(institution, unit)
    }

    /// Whether a file can be applied in place: people whom it replaces are on a roster in force, and that is sound.
    pub fn may_amend(&self) -> bool {
        let is_filled = |change: &InstitutionChange| match &self.replaced {
            Replaced::Only(only) => change.code == *only && change.before > 0,
            Replaced::Named | Replaced::All => change.before > 0,
        };
        !self.is_doubled && self.by_institution.iter().any(is_filled)
    }

    /// Compares a person of the file with the roster in force.
    pub fn compare(&mut self, person: &Participant, units: &UnitTree) -> RowDifference {
        let at = self.institution(&person.institution);
        self.by_institution[at as usize].after += 1;
        match self.people_before.remove(&person.id) {
            None => {
                self.added += 1;
                RowDifference::Added
            }
            Some(RowBefore { at: before, .. }) if before != at => {
                self.changed += 1;
                self.moved += 1;
                self.gone.push((person.id, before));
                if self.moved_listed.len() < LISTED_MAX {
                    let from = self.by_institution[before as usize].code.clone();
                    let (name, to) = (person.shown_name.clone(), person.institution.clone());
                    self.moved_listed.push(Moved { name, from, to });
                }
                RowDifference::Moved
            }
            Some(RowBefore { print: before, values, .. }) => {
                let place = self.place(person.unit, units);
                if before == fingerprint(person, &units.path(person.unit), place) {
                    self.unchanged += 1;
                    RowDifference::None
                } else {
                    self.changed += 1;
                    self.count_move(at, values.unit, person.unit);
                    RowDifference::Changed
                }
            }
        }
    }

    fn count_move(&mut self, at: u32, before: u32, after: Option<u32>) {
        let (Some(after), true) = (after, before > 0) else { return };
        let has_room = self.unit_moves.len() < UNIT_MOVES_MAX;
        match self.unit_moves.entry((at, before, after)) {
            Entry::Occupied(mut counted) => *counted.get_mut() += 1,
            Entry::Vacant(free) if has_room => {
                free.insert(1);
            }
            Entry::Vacant(_) => {}
        }
    }

    fn take_unit_moves(&mut self) -> Vec<UnitMove> {
        let moves = std::mem::take(&mut self.unit_moves).into_iter();
        let of = |((at, before, after), people): ((u32, u32, u32), u64)| UnitMove {
            institution: self.by_institution[at as usize].code.clone(),
            before,
            after,
            people,
        };
        moves.map(of).collect()
    }

    /// How many units of the file with the same path come before a unit.
    fn place(&mut self, unit: Option<u32>, units: &UnitTree) -> u32 {
        let Some(unit) = unit else { return 0 };
        let known = units.known();
        while self.units_seen.len() < unit as usize {
            let (_, _, place) = self.unit_places.place(known, &known[self.units_seen.len()]);
            self.units_seen.push(place);
        }
        self.units_seen[unit as usize - 1]
    }

    /// Counts removed people and new units. At most `departed_max` people who leave a roster are listed.
    pub fn finish(
        &mut self,
        units: &[Unit],
        departed_max: usize,
        budget: &Budget,
    ) -> Result<ComparisonEnd, RosterFileError> {
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
        let (departed, taken_over) = self.leave(departed_max);
        self.new_units(units, budget)?;
        let (units_before, unit_moves) = (std::mem::take(&mut self.units_before), self.take_unit_moves());
        Ok(ComparisonEnd { taken_over, departed, units_before, unit_moves })
    }

    /// Counts who is removed, lists whose rows go unless they are too many, and who is taken over.
    fn leave(&mut self, departed_max: usize) -> (Option<DepartedRows>, Vec<ParticipantId>) {
        let left = std::mem::take(&mut self.people_before);
        let gone = std::mem::take(&mut self.gone);
        let removed = || left.iter().filter(|(_, row)| !self.by_institution[row.at as usize].stays);
        let removed_people = removed().count();
        let departed = (removed_people + gone.len() <= departed_max).then(|| {
            let rows = removed().map(|(person, row)| (*person, row.at)).chain(gone.iter().copied());
            rows.map(|(person, at)| (person, self.by_institution[at as usize].code.clone())).collect()
        });
        self.removed = removed_people as u64;
        let mut taken_over = vec![];
        for (person, from) in gone {
            let from = &mut self.by_institution[from as usize];
            if from.stays {
                from.after -= 1;
                taken_over.push(person);
            }
        }
        (departed, taken_over)
    }

    fn new_units(&mut self, units: &[Unit], budget: &Budget) -> Result<(), RosterFileError> {
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
        Ok(())
    }

    /// Whether the import replaces the people of an institution, once it is finished.
    pub fn replaces(&self, code: &str) -> bool {
        match (&self.replaced, self.places.get(code)) {
            (Replaced::All, _) => true,
            (Replaced::Only(only), _) => only == code,
            (Replaced::Named, at) => at.is_some_and(|at| !self.by_institution[*at as usize].stays),
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

    fn institution(&mut self, code: &str) -> u32 {
        if let Some(at) = self.places.get(code) {
            return *at;
        }
        let at = u32::try_from(self.by_institution.len()).expect("fewer institutions than fit 32 bits");
        self.by_institution.push(InstitutionChange { code: code.to_owned(), stays: false, before: 0, after: 0 });
        self.places.insert(code.to_owned(), at);
        at
    }
}

/// Half a SHA-256: two rows of one person with the same one are the same row, which isn't written again.
type Fingerprint = [u8; 16];

/// A hash of everything that is stored about a person except the institution. `place` tells apart units of one path.
fn fingerprint(person: &Participant, unit_path: &str, place: u32) -> Fingerprint {
    // Written out, so that a field that is added can't be forgotten.
    let Participant { id: _, identifier, shown_name, institution: _, unit: _, location, rank, position, employment } =
        person;
    let mut hasher = Sha256::new();
    hasher.update([identifier.kind(), employment.map_or(0, EmploymentKind::code)]);
    hasher.update(place.to_le_bytes());
    for text in [identifier.issuer(), identifier.digits(), shown_name, unit_path, location, rank, position] {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    let mut print = [0; 16];
    print.copy_from_slice(&hasher.finalize()[..16]);
    print
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_of_so_many_pairs_of_units_are_counted_and_no_further_pair_is_kept() {
        let mut comparison = Comparison::default();
        comparison.institution("16");
        let units = u32::try_from(UNIT_MOVES_MAX).unwrap() + 1;
        for unit in (1..=units).chain(1..=units) {
            comparison.count_move(0, unit, Some(1));
        }
        comparison.count_move(0, 0, Some(1));
        comparison.count_move(0, 1, None);
        let moves = comparison.take_unit_moves();
        assert_eq!((moves.len(), moves.iter().map(|of| of.people).max()), (UNIT_MOVES_MAX, Some(2)));
        assert!(moves.iter().all(|of| of.institution == "16" && of.before > 0 && of.before < units));
        assert!(comparison.take_unit_moves().is_empty());
    }
}
