//! The rows that a file changes in a roster in force, where they are few enough to be written in place.
//!
//! A unit of the file is the unit in force with the same path; it keeps its id, and people who don't change keep
//! theirs with it. Deliberately absent: the database, and the reading of the file.

use super::comparison::{CHANGED_ROWS_MAX, RowDifference, UnitPlaces};
use super::reading::RosterReading;
use crate::domain::ids::ParticipantId;
use crate::domain::participant::Participant;
use crate::domain::unit::Unit;
use crate::store::rosters::{Amendment, InstitutionRoster, RosterId};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The rosters that a file is compared with.
pub struct RostersBefore {
    /// All institutions of the campaign.
    pub institutions: Vec<InstitutionRoster>,
    /// The highest id of a unit of each roster.
    pub last_units: HashMap<RosterId, u32>,
    /// The roster that institutions without one get.
    pub fresh: RosterId,
}

/// The changes of a file that was read without a fault. `None`: they are too many to be written in place.
pub fn amendment(read: &mut RosterReading, before: &RostersBefore) -> Option<Amendment> {
    let departed = std::mem::take(&mut read.departed)?;
    let changed = std::mem::take(&mut read.changed);
    let mut rows = ChangedRows::new(before);
    rows.units(read);
    for (person, difference) in changed {
        rows.person(person, difference);
    }
    for (person, code) in departed {
        rows.gone(&code, person);
    }
    if rows.count > CHANGED_ROWS_MAX {
        return None;
    }
    Some(rows.amendment(read.next_numbers.clone()))
}

struct ChangedRows<'a> {
    before: &'a RostersBefore,
    rosters: HashMap<&'a str, Option<RosterId>>,
    /// The id in the roster of each unit of the file, by its id in the file, from 1.
    ids: Vec<u32>,
    removed: Vec<(RosterId, ParticipantId)>,
    added: BTreeMap<RosterId, Vec<Participant>>,
    units_removed: Vec<(RosterId, u32)>,
    units_added: BTreeMap<RosterId, Vec<Unit>>,
    amended: BTreeSet<String>,
    /// Rows that change. A changed person is one, although their row is deleted and written.
    count: usize,
}

impl<'a> ChangedRows<'a> {
    fn new(before: &'a RostersBefore) -> Self {
        let rosters = before.institutions.iter().map(|known| (known.institution.code.as_str(), known.roster)).collect();
        Self {
            before,
            rosters,
            ids: vec![],
            removed: vec![],
            added: BTreeMap::new(),
            units_removed: vec![],
            units_added: BTreeMap::new(),
            amended: BTreeSet::new(),
            count: 0,
        }
    }

    /// The roster of an institution, which changes.
    fn changes(&mut self, code: &str) -> RosterId {
        if !self.amended.contains(code) {
            self.amended.insert(code.to_owned());
        }
        self.roster(code)
    }

    fn roster(&self, code: &str) -> RosterId {
        self.rosters.get(code).copied().flatten().unwrap_or(self.before.fresh)
    }

    fn person(&mut self, mut person: Participant, difference: RowDifference) {
        self.count += 1;
        let roster = self.changes(&person.institution);
        person.unit = person.unit.map(|unit| self.ids[unit as usize - 1]);
        if difference == RowDifference::Changed {
            self.removed.push((roster, person.id));
        }
        self.added.entry(roster).or_default().push(person);
    }

    fn gone(&mut self, code: &str, person: ParticipantId) {
        self.count += 1;
        let roster = self.changes(code);
        self.removed.push((roster, person));
    }

    /// Finds for each unit of the file its unit in force, and adds or renames it where there is none or its name is
    /// written otherwise. Units of replaced institutions that the file doesn't have are removed.
    fn units(&mut self, read: &RosterReading) {
        let mut known: HashMap<(String, String, u32), &Unit> = HashMap::new();
        for units in read.units_before.values() {
            let mut places = UnitPlaces::default();
            known.extend(units.iter().map(|unit| (places.place(units, unit), unit)));
        }
        let mut last = self.before.last_units.clone();
        let mut kept: HashSet<(&str, u32)> = HashSet::new();
        let mut places = UnitPlaces::default();
        for unit in &read.units {
            let roster = self.roster(&unit.institution);
            let found = known.get(&places.place(&read.units, unit)).copied();
            let id = found.map_or_else(
                || {
                    let last = last.entry(roster).or_default();
                    *last += 1;
                    *last
                },
                |found| found.id,
            );
            self.ids.push(id);
            let parent = unit.parent.map(|parent| self.ids[parent as usize - 1]);
            if let Some(found) = found {
                kept.insert((&found.institution, found.id));
                if found.name == unit.name && found.parent == parent {
                    continue;
                }
                self.units_removed.push((roster, id));
            }
            self.count += 1;
            self.changes(&unit.institution);
            self.units_added.entry(roster).or_default().push(Unit { id, parent, ..unit.clone() });
        }
        for unit in read.units_before.values().flatten() {
            let is_replaced = read.report.comparison.replaces(&unit.institution);
            if is_replaced && !kept.contains(&(unit.institution.as_str(), unit.id)) {
                self.count += 1;
                let roster = self.changes(&unit.institution);
                self.units_removed.push((roster, unit.id));
            }
        }
    }

    fn amendment(self, next_numbers: Vec<(String, u64)>) -> Amendment {
        let has_none = |code: &&String| self.rosters.get(code.as_str()).copied().flatten().is_none();
        Amendment {
            roster: self.before.fresh,
            before: self.before.institutions.iter().map(InstitutionRoster::version).collect(),
            begun: self.amended.iter().filter(has_none).cloned().collect(),
            removed: self.removed,
            added: self.added.into_iter().collect(),
            units_removed: self.units_removed,
            units_added: self.units_added.into_iter().collect(),
            amended: self.amended.into_iter().collect(),
            next_numbers,
            columns: vec![],
            renames: vec![],
        }
    }
}
