//! The names of one person's units, as the columns of a row say them.

use super::field::Field;
use super::unit_tree::UnitCode;
use crate::domain::institution::folded;
use std::borrow::Cow;

/// The columns of units, from the top of the tree down.
pub const UNIT_COLUMNS: [Field; 3] = [Field::ParentUnit, Field::Unit, Field::SubUnit];

/// The names from the top down, each below the one before. No name stands twice: a unit that has the name of its agency
/// is the agency.
#[derive(Debug, Default)]
pub struct UnitNames<'v> {
    pub names: Vec<Cow<'v, str>>,
    /// Whether the first name is an agency's by its column, so that nothing is above it.
    pub has_agency: bool,
    /// What tells the last unit apart: the file's own id belongs to the narrowest column of units that the sheet has.
    pub code: UnitCode<'v>,
}

impl<'v> UnitNames<'v> {
    /// Adds a name below the others, unless it is one of them.
    pub fn push(&mut self, field: Field, name: Cow<'v, str>) -> bool {
        let is_new = !self.has(&name);
        if is_new {
            self.has_agency |= field == Field::ParentUnit;
            self.names.push(name);
        }
        is_new
    }

    /// Puts an agency above the others.
    pub fn put_above(&mut self, agency: String) {
        if self.names.last().is_some_and(|last| folded(last) == folded(&agency)) {
            self.code = UnitCode::default();
        }
        self.names.retain(|name| folded(name) != folded(&agency));
        self.names.insert(0, Cow::Owned(agency));
        self.has_agency = true;
    }

    /// Takes the names of the roster in force instead.
    pub fn replace(&mut self, names: &[&str]) {
        self.names = names.iter().map(|name| Cow::Owned((*name).to_owned())).collect();
        self.has_agency = true;
    }

    fn has(&self, name: &str) -> bool {
        let wanted = folded(name);
        self.names.iter().any(|known| folded(known) == wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_that_is_named_like_its_agency_is_no_level() {
        let mut units = UnitNames::default();
        for (field, name, is_new) in [
            (Field::ParentUnit, "Dinas Sosial", true),
            (Field::Unit, "Sekretariat", true),
            (Field::SubUnit, "DINAS SOSIAL", false),
        ] {
            assert_eq!(units.push(field, name.into()), is_new, "{name}");
        }
        assert_eq!(units.names, ["Dinas Sosial", "Sekretariat"]);
        units.code.text = "7".into();
        units.put_above("Sekretariat".into());
        assert_eq!((units.names.join("/"), &*units.code.text), ("Sekretariat/Dinas Sosial".into(), ""));
    }
}
