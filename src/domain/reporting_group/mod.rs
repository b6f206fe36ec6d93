//! Reporting groups: the institutions and agencies whose numbers are shown in public.
//!
//! A group has at least [`GROUP_PEOPLE_MIN`] people unless the whole campaign has fewer. What is too small to be shown
//! alone is put together under a name of its own.

mod forming;
mod list;

pub use forming::{
    AgencyPeople, CombinedNames, FormedGroups, GROUPS_MAX, InstitutionPeople, TooManyGroups, form_groups,
};
pub use list::{Group, GroupList, InstitutionGroup, LAYOUT_AGENCIES, LAYOUT_INSTITUTIONS};

use crate::every_variant::every_variant;
use serde::{Deserialize, Serialize};

/// A reporting group is never smaller than this, so that a public number can't point at a person.
pub const GROUP_PEOPLE_MIN: u64 = 20;
/// The code of the group that combines institutions; where an institution has it, a number follows.
pub const COMBINED_GROUP_CODE: &str = "gabungan";
/// What the public sees of the roster, chosen before the lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupLevel {
    /// Agencies where there is one institution, else institutions.
    #[default]
    Automatic,
    /// Each institution.
    Institution,
    /// Each agency of each institution.
    Agency,
}

impl GroupLevel {
    /// Every level, in the order in which forms offer them.
    pub const ALL: [Self; 3] = every_variant!(GroupLevel: Automatic, Institution, Agency);

    /// As forms and the command line write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Institution => "institution",
            Self::Agency => "agency",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

/// What a group is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    /// One institution.
    Institution,
    /// One agency.
    Agency,
    /// Several institutions.
    CombinedInstitutions,
    /// All people of an institution who aren't in the group of an agency.
    OtherAgencies,
}

impl GroupKind {
    /// Every kind.
    pub const ALL: [Self; 4] = every_variant!(GroupKind: Institution, Agency, CombinedInstitutions, OtherAgencies);

    /// As stored, from 1; groups of before have 0.
    pub fn code(self) -> u8 {
        match self {
            Self::Institution => 1,
            Self::Agency => 2,
            Self::CombinedInstitutions => 3,
            Self::OtherAgencies => 4,
        }
    }

    /// The kind of a group of a list of institutions, by the group's code.
    pub fn of_earlier_list(code: &str) -> Self {
        if code == COMBINED_GROUP_CODE { Self::CombinedInstitutions } else { Self::Institution }
    }

    /// The kind with this [`Self::code`].
    pub fn of_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_kinds_are_read_as_they_are_written() {
        assert_eq!(GroupLevel::ALL.map(|level| GroupLevel::parse(level.as_str())), GroupLevel::ALL.map(Some));
        assert_eq!(GroupKind::ALL.map(|kind| GroupKind::of_code(kind.code())), GroupKind::ALL.map(Some));
        assert_eq!((GroupLevel::parse(""), GroupKind::of_code(0)), (None, None));
    }
}
