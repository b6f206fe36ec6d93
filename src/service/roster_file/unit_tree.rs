//! The units that a file names, as a tree below the institution.

use crate::domain::institution::folded;
use crate::domain::unit::{Unit, lineage, path_of};
use std::collections::HashMap;

/// Most units in one import.
pub const UNITS_MAX: usize = 1_000_000;
/// Bytes that a unit takes in memory besides its name, which is stored twice, and the code of its institution.
const UNIT_BYTES: usize = 192;

/// Numbers units from 1 in the order they are first placed.
#[derive(Default)]
pub struct UnitTree {
    units: Vec<Unit>,
    places: HashMap<(usize, u32, String), u32>,
    is_full: bool,
    bytes: usize,
}

impl UnitTree {
    /// The id of a person's unit, whose names stand from the top down, each below the one before. `own_id` is the
    /// file's own id for the unit and tells apart two units of the same name; empty if there is none. Returns `None` if
    /// there are no names or the tree is full.
    pub fn place<N: AsRef<str>>(&mut self, institution: (usize, &str), names: &[N], own_id: &str) -> Option<u32> {
        let mut above = 0;
        for (left, name) in names.iter().map(AsRef::as_ref).enumerate().map(|(at, name)| (names.len() - at - 1, name)) {
            let own_id = if left == 0 { own_id } else { "" };
            above = self.id(institution, above, name, folded(name) + "\u{1f}" + own_id)?;
        }
        (above > 0).then_some(above)
    }

    /// The id of a name. The key is its folded name with the file's own id.
    fn id(&mut self, institution: (usize, &str), parent: u32, name: &str, key: String) -> Option<u32> {
        let key = (institution.0, parent, key);
        if let Some(id) = self.places.get(&key) {
            return Some(*id);
        }
        if self.units.len() >= UNITS_MAX {
            self.is_full = true;
            return None;
        }
        let id = u32::try_from(self.units.len() + 1).expect("fewer units than fit 32 bits");
        self.bytes += UNIT_BYTES + key.2.len() + name.len() + institution.1.len();
        self.places.insert(key, id);
        self.units.push(Unit {
            id,
            institution: institution.1.to_owned(),
            parent: (parent > 0).then_some(parent),
            name: name.to_owned(),
        });
        Some(id)
    }

    /// All units, in the order of their ids. Nothing may be placed afterwards.
    pub fn take(&mut self) -> Vec<Unit> {
        self.places.clear();
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
        let first = tree.place((0, "16"), &["Dinas Kesehatan", "Bidang Promosi"], "");
        assert_eq!(tree.place((0, "16"), &["DINAS  KESEHATAN", "Bidang promosi."], ""), first);
        assert_ne!(tree.place((0, "16"), &["Dinas Sosial", "Bidang Promosi"], ""), first);
        assert_ne!(tree.place((1, "17"), &["Dinas Kesehatan", "Bidang Promosi"], ""), first);
        assert_eq!(tree.path(first), "Dinas Kesehatan / Bidang Promosi");
        let below = tree.place((0, "16"), &["Dinas Kesehatan", "Bidang Promosi", "Seksi Gizi"], "7");
        assert_eq!(tree.path(below), "Dinas Kesehatan / Bidang Promosi / Seksi Gizi");
        assert_eq!(below.and_then(|id| tree.known()[id as usize - 1].parent), first);
        assert_eq!(tree.place((0, "16"), &["Dinas Kesehatan"], ""), Some(1));
        assert_eq!(tree.place::<&str>((0, "16"), &[], ""), None);
        assert_ne!(tree.place((0, "16"), &["UPT"], "a"), tree.place((0, "16"), &["UPT"], "b"));
    }
}
