//! The units that a file names, as a tree of at most two levels below the institution.

use crate::domain::institution::Unit;
use std::collections::HashMap;

/// Most units in one import.
pub const UNITS_MAX: usize = 1_000_000;
/// Names more alike than this are told apart only by a slip of the pen, from 0 to 1.
const ALIKE_FROM: f64 = 0.88;
/// Pairs of names that are compared at most.
const COMPARED_PAIRS_MAX: usize = 4_000_000;
/// Pairs that are listed at most.
pub const LOOK_ALIKES_MAX: usize = 200;

/// Numbers units as they come.
#[derive(Default)]
pub struct UnitTree {
    units: Vec<Unit>,
    places: HashMap<(usize, u32, String), u32>,
    is_full: bool,
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
        self.places.insert(key, id);
        self.units.push(Unit {
            id,
            institution: institution.1.to_owned(),
            parent: (parent > 0).then_some(parent),
            name: name.to_owned(),
        });
        Some(id)
    }

    pub fn units(&self) -> &[Unit] {
        &self.units
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

/// Pairs of sibling units whose names differ by a slip of the pen, or only in punctuation. Names that differ in a
/// number, a Roman numeral or a single letter (`SD Negeri 1` and `2`) are meant to differ.
pub fn look_alikes(units: &[Unit]) -> Vec<(&Unit, &Unit)> {
    let mut siblings: HashMap<(&str, Option<u32>), Vec<Named<'_>>> = HashMap::new();
    for unit in units {
        let words = folded(&unit.name);
        let marks = words.split(' ').filter(|word| is_mark(word)).map(str::to_owned).collect();
        let named = Named { unit, name: words.replace(' ', ""), marks };
        siblings.entry((&unit.institution, unit.parent)).or_default().push(named);
    }
    let mut groups: Vec<_> = siblings.into_values().collect();
    groups.sort_by_key(|group| group[0].unit.id);
    let (mut found, mut compared) = (Vec::new(), 0);
    for group in groups {
        for (at, one) in group.iter().enumerate() {
            for other in &group[at + 1..] {
                compared += 1;
                if compared > COMPARED_PAIRS_MAX || found.len() >= LOOK_ALIKES_MAX {
                    return found;
                }
                if one.marks == other.marks && alike(&one.name, &other.name) {
                    found.push((one.unit, other.unit));
                }
            }
        }
    }
    found
}

/// A unit as its name is compared.
struct Named<'a> {
    unit: &'a Unit,
    /// Folded, without spaces.
    name: String,
    /// The words by which units are told apart on purpose.
    marks: Vec<String>,
}

fn alike(one: &str, other: &str) -> bool {
    let (short, long) = (one.len().min(other.len()), one.len().max(other.len()));
    // The lengths alone rule most pairs out.
    #[expect(clippy::cast_precision_loss, reason = "names are short")]
    let could_be = short as f64 / long.max(1) as f64 >= ALIKE_FROM;
    could_be && strsim::normalized_damerau_levenshtein(one, other) >= ALIKE_FROM
}

fn is_mark(word: &str) -> bool {
    word.chars().count() == 1
        || word.chars().any(|c| c.is_ascii_digit())
        || word.chars().all(|c| matches!(c, 'i' | 'v' | 'x'))
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

    #[test]
    fn slips_of_the_pen_are_told_and_numbers_are_not() {
        let mut tree = UnitTree::default();
        for name in [
            "Dinas Pendidikan dan Kebudayaan",
            "Dinas Pendidkan dan Kebudayaan",
            "SD Negeri 1 Indralaya",
            "SD Negeri 2 Indralaya",
            "Inspektur Pembantu I",
            "Inspektur Pembantu II",
            "Dinas Sosial",
        ] {
            tree.place((0, "16"), "", name, "");
        }
        let found = look_alikes(tree.units());
        assert_eq!(found.iter().map(|(one, other)| (one.id, other.id)).collect::<Vec<_>>(), [(1, 2)]);
    }
}
