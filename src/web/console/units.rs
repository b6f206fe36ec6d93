//! Units by their path, since many institutions have a unit of the same name under several others.

use crate::domain::institution::Unit;
use std::collections::HashMap;

/// `Parent / Unit` by the unit's number. Trees are two levels deep.
pub fn paths(units: &[Unit]) -> HashMap<u32, String> {
    let names: HashMap<u32, &str> = units.iter().map(|unit| (unit.id, unit.name.as_str())).collect();
    let above = |unit: &Unit| unit.parent.and_then(|parent| names.get(&parent).copied());
    let path = |unit: &Unit| above(unit).map_or_else(|| unit.name.clone(), |name| format!("{name} / {}", unit.name));
    units.iter().map(|unit| (unit.id, path(unit))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_told_from_its_namesake_by_what_is_above_it() {
        let unit = |id, parent, name: &str| Unit { id, institution: "16".into(), parent, name: name.into() };
        let units = [unit(1, None, "Dinas Sosial"), unit(2, Some(1), "Sekretariat"), unit(3, None, "Sekretariat")];
        let paths = paths(&units);
        assert_eq!((paths[&2].as_str(), paths[&3].as_str()), ("Dinas Sosial / Sekretariat", "Sekretariat"));
    }
}
