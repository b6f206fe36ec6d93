//! The units that a file names, as a tree of at most two levels below the institution.

use crate::domain::institution::Unit;
use std::collections::HashMap;

/// Most units in one import.
pub const UNITS_MAX: usize = 1_000_000;
/// What a unit takes in memory besides its name, which is kept twice, and its institution's code.
const UNIT_BYTES: usize = 192;

/// Numbers units as they come.
#[derive(Default)]
pub struct UnitTree {
    units: Vec<Unit>,
    places: HashMap<(usize, u32, String), u32>,
    is_full: bool,
    bytes: usize,
}

impl UnitTree {
    /// The id of the unit in which a person works: `unit` below `parent`, either of them empty. `own_id` keeps apart
    /// two units of one name, where the file gives it.
    pub fn place(&mut self, institution: (usize, &str), parent: &str, unit: &str, own_id: &str) -> Option<u32> {
        let above = if parent.is_empty() { 0 } else { self.id(institution, 0, parent, "")? };
        if unit.is_empty() || folded(unit) == folded(parent) {
            return (above > 0).then_some(above);
        }
        self.id(institution, above, unit, own_id)
    }

    fn id(&mut self, institution: (usize, &str), parent: u32, name: &str, own_id: &str) -> Option<u32> {
        let key = (institution.0, parent, folded(name) + "\u{1f}" + own_id);
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

    /// All units, in the order of their ids. Nothing is placed after it.
    pub fn take(&mut self) -> Vec<Unit> {
        self.places.clear();
        std::mem::take(&mut self.units)
    }

    /// About how much memory the units take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// `Dinas Kesehatan / Bidang Promosi`; empty for no unit.
    pub fn path(&self, unit: Option<u32>) -> String {
        path(&self.units, unit)
    }
}

/// The names from the top to a unit. Units are in the order of their ids.
pub fn path(units: &[Unit], unit: Option<u32>) -> String {
    let of = |id: u32| units.binary_search_by_key(&id, |unit| unit.id).ok().map(|at| &units[at]);
    let Some(unit) = unit.and_then(of) else { return String::new() };
    match unit.parent.and_then(of) {
        Some(parent) => format!("{} / {}", parent.name, unit.name),
        None => unit.name.clone(),
    }
}

/// Lower case, with everything but letters and digits as one space.
pub fn folded(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_alphanumeric() {
            folded.extend(c.to_lowercase());
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_one_however_it_is_spaced_and_below_its_parent() {
        let mut tree = UnitTree::default();
        let first = tree.place((0, "16"), "Dinas Kesehatan", "Bidang Promosi", "");
        assert_eq!(tree.place((0, "16"), "DINAS  KESEHATAN", "Bidang promosi.", ""), first);
        assert_ne!(tree.place((0, "16"), "Dinas Sosial", "Bidang Promosi", ""), first);
        assert_ne!(tree.place((1, "17"), "Dinas Kesehatan", "Bidang Promosi", ""), first);
        assert_eq!(tree.path(first), "Dinas Kesehatan / Bidang Promosi");
        assert_eq!(tree.place((0, "16"), "Dinas Kesehatan", "", ""), Some(1));
        assert_eq!(tree.place((0, "16"), "", "", ""), None);
        assert_ne!(tree.place((0, "16"), "", "UPT", "a"), tree.place((0, "16"), "", "UPT", "b"));
    }
}
