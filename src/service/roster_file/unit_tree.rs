//! The units that a file names, as a tree below the institution.

use crate::domain::institution::folded;
use crate::domain::unit::{Unit, lineage, path_of};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Most units in one import.
pub const UNITS_MAX: usize = 1_000_000;
/// Bytes that a unit takes in memory besides its name, which is stored twice, and the code of its institution.
const UNIT_BYTES: usize = 256;

/// A place in the tree: the institution, the unit above, and a folded name, with the file's own id where it has one.
type UnitPlace = (usize, u32, String);

/// Numbers units from 1 in the order they are first placed.
#[derive(Default)]
pub struct UnitTree {
    units: Vec<Unit>,
    places: HashMap<UnitPlace, u32>,
    /// Units that are known only from what is below them: their own ids may follow.
    above_only: HashSet<u32>,
    /// The first unit of a name that had an id of its own.
    first_coded: HashMap<UnitPlace, u32>,
    is_full: bool,
    bytes: usize,
}

/// What tells apart two units of the same name.
#[derive(Clone, Debug, Default)]
pub struct UnitCode<'v> {
    /// Empty if there is nothing.
    pub text: Cow<'v, str>,
    /// Whether it is the file's own id, which the unit has also where only its name stands above another.
    pub is_of_file: bool,
}

impl UnitTree {
    /// The id of a person's unit, whose names stand from the top down, each below the one before. `code` is of the last
    /// one. Returns `None` if there are no names or the tree is full.
    pub fn place<N: AsRef<str>>(
        &mut self,
        institution: (usize, &str),
        names: &[N],
        code: &UnitCode<'_>,
    ) -> Option<u32> {
        let (own, above_it) = names.split_last()?;
        let mut above = 0;
        for name in above_it {
            above = self.above(institution, above, name.as_ref())?;
        }
        self.own(institution, above, own.as_ref(), code)
    }

    /// A unit that another is below.
    fn above(&mut self, institution: (usize, &str), above: u32, name: &str) -> Option<u32> {
        let place = (institution.0, above, folded(name));
        if let Some(id) = self.places.get(&place) {
            return Some(*id);
        }
        if let Some(id) = self.first_coded.get(&place).copied() {
            self.places.insert(place, id);
            return Some(id);
        }
        let id = self.add(institution, name, place)?;
        self.above_only.insert(id);
        Some(id)
    }

    /// A unit that somebody is in.
    fn own(&mut self, institution: (usize, &str), above: u32, name: &str, code: &UnitCode<'_>) -> Option<u32> {
        let place = (institution.0, above, folded(name));
        if code.text.is_empty() {
            if let Some(id) = self.places.get(&place).copied() {
                self.above_only.remove(&id);
                return Some(id);
            }
            return self.add(institution, name, place);
        }
        let coded = (place.0, place.1, format!("{}\u{1f}{}", place.2, code.text));
        if let Some(id) = self.places.get(&coded) {
            return Some(*id);
        }
        if code.is_of_file
            && let Some(id) = self.places.get(&place).copied()
            && self.above_only.remove(&id)
        {
            self.bytes += UNIT_BYTES + coded.2.len();
            self.places.insert(coded, id);
            return Some(id);
        }
        let id = self.add(institution, name, coded)?;
        if code.is_of_file {
            self.bytes += place.2.len();
            self.first_coded.entry(place).or_insert(id);
        }
        Some(id)
    }

    fn add(&mut self, institution: (usize, &str), name: &str, place: UnitPlace) -> Option<u32> {
        if self.units.len() >= UNITS_MAX {
            self.is_full = true;
            return None;
        }
        let id = u32::try_from(self.units.len() + 1).expect("fewer units than fit 32 bits");
        let above = place.1;
        self.bytes += UNIT_BYTES + place.2.len() + name.len() + institution.1.len();
        self.places.insert(place, id);
        self.units.push(Unit {
            id,
            institution: institution.1.to_owned(),
            parent: (above > 0).then_some(above),
            name: name.to_owned(),
        });
        Some(id)
    }

    /// All units, in the order of their ids. Nothing may be placed afterwards.
    pub fn take(&mut self) -> Vec<Unit> {
        self.places.clear();
        self.first_coded.clear();
        self.above_only.clear();
        std::mem::take(&mut self.units)
    }

    /// The units so far, in the order of their ids, from 1.
    pub fn known(&self) -> &[Unit] {
        &self.units
    }

    /// Approximate bytes that the units take in memory.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether a unit beyond [`UNITS_MAX`] was refused.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// The path of a unit, such as `Dinas Kesehatan / Bidang Promosi`; empty for `None`.
    pub fn path(&self, unit: Option<u32>) -> String {
        path(&self.units, unit)
    }
}

/// The names from the top down to a unit. `units` must be in the order of their ids.
pub fn path(units: &[Unit], unit: Option<u32>) -> String {
    unit.map_or_else(String::new, |unit| path_of(levels(units, unit)))
}

/// A unit and those above it, from the top down. `units` must be in the order of their ids.
pub fn levels(units: &[Unit], unit: u32) -> Vec<&Unit> {
    lineage(unit, |id| units.binary_search_by_key(&id, |unit| unit.id).ok().map(|at| &units[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_one_however_it_is_spaced_and_below_its_parent() {
        let mut tree = UnitTree::default();
        let mut place = |at: usize, names: &[&str], code: &str| {
            let code = UnitCode { text: Cow::Borrowed(code), is_of_file: false };
            tree.place((at, if at == 0 { "16" } else { "17" }), names, &code)
        };
        let first = place(0, &["Dinas Kesehatan", "Bidang Promosi"], "");
        assert_eq!(place(0, &["DINAS  KESEHATAN", "Bidang promosi."], ""), first);
        assert_ne!(place(0, &["Dinas Sosial", "Bidang Promosi"], ""), first);
        assert_ne!(place(1, &["Dinas Kesehatan", "Bidang Promosi"], ""), first);
        let below = place(0, &["Dinas Kesehatan", "Bidang Promosi", "Seksi Gizi"], "7");
        assert_eq!(place(0, &["Dinas Kesehatan"], ""), Some(1));
        assert_eq!(place(0, &[], ""), None);
        assert_ne!(place(0, &["UPT"], "a"), place(0, &["UPT"], "b"));
        assert_eq!(tree.path(first), "Dinas Kesehatan / Bidang Promosi");
        assert_eq!(tree.path(below), "Dinas Kesehatan / Bidang Promosi / Seksi Gizi");
        assert_eq!(below.and_then(|id| tree.known()[id as usize - 1].parent), first);
    }

    /// In SIASN's files the head of a division has its id, and its sections have its name above theirs.
    #[test]
    fn a_unit_with_an_id_is_the_one_that_stands_above_others_in_whatever_order_they_come() {
        let rows: [(&[&str], &str); 3] =
            [(&["Dinas", "Bidang"], "b"), (&["Dinas", "Bidang", "Seksi"], "s"), (&["Dinas"], "")];
        for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [1, 2, 0]] {
            let mut tree = UnitTree::default();
            let mut placed = [None; 3];
            for at in order {
                let (names, code) = rows[at];
                let code = UnitCode { text: Cow::Borrowed(code), is_of_file: true };
                placed[at] = tree.place((0, "16"), names, &code);
            }
            assert_eq!(tree.known().len(), 3, "{order:?}");
            assert_eq!(placed.map(|unit| tree.path(unit)), ["Dinas / Bidang", "Dinas / Bidang / Seksi", "Dinas"]);
            // Another one of the name has an id of its own.
            let other = UnitCode { text: Cow::Borrowed("other"), is_of_file: true };
            assert_ne!(tree.place((0, "16"), &["Dinas", "Bidang"], &other), placed[0]);
        }
    }
}
