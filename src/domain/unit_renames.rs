//! Units that a file names otherwise than before: what is said of them, and what there is to ask. A unit is known by
//! its name below its parent, so one that is renamed is a new one, unless somebody says which unit it was.
//!
//! Deliberately absent: how the questions are found, and words for people.

use super::registry::node_number;

/// Most renames that can be said of one file.
pub const RENAMES_SAID_MAX: usize = 200;

/// What somebody says: a registered unit has another name in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRename {
    /// The code of its node.
    pub node: String,
    /// Its name in the file, where it is below the same unit as before.
    pub name: String,
}

impl UnitRename {
    /// Reads `16.71/4=Dinas Baru`.
    pub fn parse(text: &str) -> Option<Self> {
        let (node, name) = text.split_once('=')?;
        let (node, name) = (node.trim().to_owned(), name.trim().to_owned());
        (node_number(&node).is_some() && !name.is_empty()).then_some(Self { node, name })
    }
}

/// Why what somebody says isn't so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenameFault {
    /// The node is no unit of an institution that the file replaces.
    NoSuchUnit(UnitRename),
    /// The file has no unit of this name there.
    NotInFile(UnitRename),
    /// The file has the unit by a name that was known before.
    StillThere {
        /// What was said.
        said: UnitRename,
        /// The name that the unit has in the file.
        known: String,
    },
    /// The name is another unit's.
    OtherUnit {
        /// What was said.
        said: UnitRename,
        /// The other unit's node.
        other: String,
    },
    /// The node or the name is said twice.
    Twice(UnitRename),
    /// More than [`RENAMES_SAID_MAX`] are said.
    TooMany,
}

/// A registered unit that matters to somebody: it is on the roster in force, or an account is of it or of one below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownUnit {
    /// The code of its node.
    pub node: String,
    /// Its name.
    pub name: String,
    /// How many accounts are of this very unit.
    pub accounts: u64,
}

/// A new unit of a file, and what it may have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameQuestion {
    /// The node above it.
    pub parent: String,
    /// Its name in the file.
    pub name: String,
    /// The names from its agency down to it, in the file.
    pub path: String,
    /// The units that it may have been, the likeliest first.
    pub choices: Vec<RenameChoice>,
    /// The node that it was said to be.
    pub same: Option<String>,
}

/// A unit that a new one may have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameChoice {
    /// The unit.
    pub unit: KnownUnit,
    /// How many people were in it, or below it, and are in the new one.
    pub people: u64,
}

/// A unit that was said to have another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenamedUnit {
    /// The code of its node.
    pub node: String,
    /// The name before.
    pub before: String,
    /// The name in the file.
    pub after: String,
}

impl RenamedUnit {
    /// What is to be registered.
    pub fn rename(&self) -> UnitRename {
        UnitRename { node: self.node.clone(), name: self.after.clone() }
    }
}

/// What a file does to the units of a registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitRenames {
    /// New units that may have been others, the likeliest first. They are new unless it is said.
    pub asked: Vec<RenameQuestion>,
    /// How many more new units may have been others.
    pub more: u64,
    /// Units that the file doesn't have and that accounts are of.
    pub gone: Vec<KnownUnit>,
    /// Units that have another name from now on.
    pub said: Vec<RenamedUnit>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_is_a_unit_s_node_and_its_name_in_the_file() {
        for text in ["16=Kota", "16/1", "16/1= ", "=Dinas", "16/a=Dinas"] {
            assert_eq!(UnitRename::parse(text), None, "{text}");
        }
        let parsed = UnitRename::parse(" 16.71~2/4/1 = Dinas A=B ").unwrap();
        assert_eq!((parsed.node.as_str(), parsed.name.as_str()), ("16.71~2/4/1", "Dinas A=B"));
    }
}
