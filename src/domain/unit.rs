//! The tree of units below an institution: agencies at its top, units and sub-units below them.

use super::institution::folded;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What stands between the names of a path.
pub const BETWEEN_UNITS: &str = " / ";

/// Most levels of a tree. Files have up to three; what lies deeper, or is its own ancestor, has a path from there on.
pub const UNIT_LEVELS_MAX: usize = 16;

/// Longest path on a certificate, in characters.
pub const PRINTED_PATH_CHARS_MAX: usize = 240;

/// Stands for the names that are left out of a path.
const LEFT_OUT: &str = "…";

/// A unit (*unit kerja*) in an institution's tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Numbered from 1 within a roster import.
    pub id: u32,
    /// The code of the institution it belongs to.
    pub institution: String,
    /// The unit above it; `None` at the top of the tree.
    pub parent: Option<u32>,
    /// The name as printed.
    pub name: String,
}

/// The units of one institution, by number.
pub struct UnitsById<'u>(HashMap<u32, &'u Unit>);

impl<'u> UnitsById<'u> {
    /// Numbers must be distinct.
    pub fn new(units: impl IntoIterator<Item = &'u Unit>) -> Self {
        Self(units.into_iter().map(|unit| (unit.id, unit)).collect())
    }

    /// The unit and those above it, from the top down, at most [`UNIT_LEVELS_MAX`].
    pub fn lineage(&self, unit: u32) -> Vec<&'u Unit> {
        lineage(unit, |id| self.0.get(&id).copied())
    }

    /// The unit's agency (*perangkat daerah*): the one at the top of the tree.
    pub fn agency(&self, unit: u32) -> Option<&'u Unit> {
        self.lineage(unit).first().copied()
    }
}

/// The unit and those above it, from the top down, at most [`UNIT_LEVELS_MAX`].
pub fn lineage<'u>(unit: u32, of: impl Fn(u32) -> Option<&'u Unit>) -> Vec<&'u Unit> {
    let above = |unit: &&'u Unit| unit.parent.and_then(&of);
    let mut names: Vec<&Unit> = std::iter::successors(of(unit), above).take(UNIT_LEVELS_MAX).collect();
    names.reverse();
    names
}

/// The path of names from the top down, such as `Dinas Kesehatan / Bidang Promosi`.
pub fn path_of<'u>(lineage: impl IntoIterator<Item = &'u Unit>) -> String {
    let mut path = String::new();
    for unit in lineage {
        if !path.is_empty() {
            path.push_str(BETWEEN_UNITS);
        }
        path.push_str(&unit.name);
    }
    path
}

/// The path of each unit, by its number: an institution often has units of the same name below different parents.
pub fn unit_paths(units: &[Unit]) -> HashMap<u32, String> {
    let by_id = UnitsById::new(units);
    units.iter().map(|unit| (unit.id, path_of(by_id.lineage(unit.id)))).collect()
}

/// The units with names that tell them apart: where several have one name below the same unit, or at the top of an
/// institution's tree, a number follows in their order, `Kelurahan Sukajadi (2)`. Other names stay as they are.
///
/// Printed are the names as the roster has them; this is for lists from which one is to be chosen, and for sums.
pub fn told_apart(mut units: Vec<Unit>) -> Vec<Unit> {
    let place = |unit: &Unit, name: &str| (unit.institution.clone(), unit.parent, folded(name));
    let mut namesakes: HashMap<(String, Option<u32>, String), Vec<usize>> = HashMap::with_capacity(units.len());
    for (at, unit) in units.iter().enumerate() {
        namesakes.entry(place(unit, &unit.name)).or_default().push(at);
    }
    for alike in namesakes.values().filter(|alike| alike.len() > 1) {
        let mut numbers = 1..;
        for at in alike {
            let unit = &units[*at];
            let mut names = numbers.by_ref().map(|number: u64| format!("{} ({number})", unit.name));
            let free = names.find(|name| !namesakes.contains_key(&place(unit, name)));
            units[*at].name = free.expect("there are more numbers than units");
        }
    }
    units
}

/// A path in at most so many characters. Names in the middle are left out first, `Dinas / … / SMP Negeri 1`; then the
/// end of the agency's name, and at last the agency. The unit's own name stays whole as long as it has room by itself.
pub fn shortened_path(path: &str, chars_max: usize) -> String {
    let fits = |text: &str| text.chars().count() <= chars_max;
    if fits(path) {
        return path.to_owned();
    }
    let parts: Vec<&str> = path.split(BETWEEN_UNITS).collect();
    let (Some(agency), Some(own)) = (parts.first(), parts.last()) else { return String::new() };
    let without_middle = format!("{agency}{BETWEEN_UNITS}{LEFT_OUT}{BETWEEN_UNITS}{own}");
    if parts.len() > 2 && fits(&without_middle) {
        return without_middle;
    }
    let rest = if parts.len() > 2 { format!("{LEFT_OUT}{BETWEEN_UNITS}{own}") } else { String::from(*own) };
    let room = chars_max.saturating_sub(rest.chars().count() + BETWEEN_UNITS.len());
    if parts.len() > 1 && room >= AGENCY_CHARS_MIN {
        return format!("{}{BETWEEN_UNITS}{rest}", cut(agency, room));
    }
    cut(own, chars_max)
}

/// A path as certificates show it, and as it stands in the text that is agreed to.
pub fn printed_path(path: &str) -> String {
    shortened_path(path, PRINTED_PATH_CHARS_MAX)
}

/// Fewer characters of an agency's name say nothing.
const AGENCY_CHARS_MIN: usize = 8;

/// The text as it is, or as much of it as fits with a mark that more follows.
fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{}{LEFT_OUT}", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unit(id: u32, parent: Option<u32>, name: &str) -> Unit {
        Unit { id, institution: "16".into(), parent, name: name.into() }
    }

    #[test]
    fn a_unit_is_told_from_its_namesake_by_what_is_above_it() {
        let units = [unit(1, None, "Dinas Sosial"), unit(2, Some(1), "Sekretariat"), unit(3, None, "Sekretariat")];
        let paths = unit_paths(&units);
        assert_eq!((paths[&2].as_str(), paths[&3].as_str()), ("Dinas Sosial / Sekretariat", "Sekretariat"));
    }

    #[test]
    fn namesakes_in_one_place_are_numbered_and_others_keep_their_names() {
        let units = vec![
            unit(1, None, "Kelurahan Sukajadi"),
            unit(2, None, "Dinas Sosial"),
            unit(3, None, "KELURAHAN  Sukajadi"),
            unit(4, None, "Kelurahan Sukajadi (1)"),
            unit(5, Some(1), "Sekretariat"),
            unit(6, Some(2), "Sekretariat"),
            unit(7, Some(2), "Sekretariat"),
            Unit { institution: "17".into(), ..unit(8, None, "Dinas Sosial") },
        ];
        let names: Vec<String> = told_apart(units).into_iter().map(|unit| unit.name).collect();
        let expected = [
            "Kelurahan Sukajadi (2)",
            "Dinas Sosial",
            "KELURAHAN  Sukajadi (3)",
            "Kelurahan Sukajadi (1)",
            "Sekretariat",
            "Sekretariat (1)",
            "Sekretariat (2)",
            "Dinas Sosial",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_path_has_every_level_and_begins_with_the_agency() {
        let units = [
            unit(4, Some(9), "Subbagian Umum"),
            unit(7, None, "Dinas Pendidikan"),
            unit(9, Some(7), "Sekretariat"),
            unit(11, Some(404), "Tanpa induk"),
        ];
        let (paths, by_id) = (unit_paths(&units), UnitsById::new(&units));
        assert_eq!(paths[&4], "Dinas Pendidikan / Sekretariat / Subbagian Umum");
        assert_eq!(paths[&11], "Tanpa induk");
        assert_eq!(by_id.agency(4).map(|agency| agency.id), Some(7));
        assert_eq!(by_id.agency(7).map(|agency| agency.id), Some(7));
        assert_eq!(by_id.agency(404), None);
    }

    #[test]
    fn units_that_are_above_each_other_have_a_path_that_ends() {
        let units = [unit(1, Some(2), "A"), unit(2, Some(1), "B"), unit(3, Some(3), "C")];
        let paths = unit_paths(&units);
        assert_eq!(paths[&1].split(BETWEEN_UNITS).count(), UNIT_LEVELS_MAX);
        assert_eq!(paths[&3].split(BETWEEN_UNITS).last(), Some("C"));
    }

    #[test]
    fn a_path_is_shortened_in_the_middle_first() {
        let path = "Dinas Pendidikan dan Kebudayaan / Bidang Pembinaan SMP / SMP Negeri 1";
        for (chars, shown) in [
            (80, path),
            (60, "Dinas Pendidikan dan Kebudayaan / … / SMP Negeri 1"),
            (40, "Dinas Pendidikan dan… / … / SMP Negeri 1"),
            (26, "SMP Negeri 1"),
            (6, "SMP N…"),
        ] {
            assert_eq!(shortened_path(path, chars), shown, "{chars}");
        }
        assert_eq!(shortened_path("Dinas Pendidikan / SMP Negeri 1", 28), "Dinas Pendid… / SMP Negeri 1");
        assert_eq!(shortened_path("", 10), "");
    }

    proptest! {
        #[test]
        fn a_shortened_path_has_room(names in prop::collection::vec("[a-zé ]{1,30}", 1..5), chars in 1usize..90) {
            let path = names.join(BETWEEN_UNITS);
            let shown = shortened_path(&path, chars);
            prop_assert!(shown.chars().count() <= chars, "{shown}");
            prop_assert!(path.chars().count() > chars || shown == path);
        }
    }
}
