//! The kind of employment (*jenis pegawai*) of a participant, as a roster says it.
//!
//! Deliberately absent: the words of rosters, and any guess. A number's shape doesn't say whose employment it is.

use crate::every_variant::every_variant;
use std::fmt;

/// A kind of employment. Where a roster doesn't say it, there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EmploymentKind {
    /// A civil servant (*pegawai negeri sipil*).
    Pns,
    /// A candidate civil servant.
    Cpns,
    /// A contract civil servant (*pegawai pemerintah dengan perjanjian kerja*).
    Pppk,
    /// A part-time contract civil servant (*PPPK paruh waktu*).
    PppkPartTime,
    /// Staff of a government who are no civil servants: *honorer*, *THL*, *tenaga kontrak*.
    NonAsn,
    /// The head of a village (*kepala desa*).
    VillageHead,
    /// Staff of a village (*perangkat desa*).
    VillageStaff,
    /// What the roster says is none of these.
    Other,
}

impl EmploymentKind {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 8] = every_variant!(EmploymentKind:
        Pns, Cpns, Pppk, PppkPartTime, NonAsn, VillageHead, VillageStaff, Other
    );

    /// The number that is stored, from 1.
    pub fn code(self) -> u8 {
        match self {
            Self::Pns => 1,
            Self::Cpns => 2,
            Self::Pppk => 3,
            Self::PppkPartTime => 4,
            Self::NonAsn => 5,
            Self::VillageHead => 6,
            Self::VillageStaff => 7,
            Self::Other => 8,
        }
    }

    /// The kind of a stored number; `None` if no kind has it.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The name in JSON, which also ends its message key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pns => "pns",
            Self::Cpns => "cpns",
            Self::Pppk => "pppk",
            Self::PppkPartTime => "pppk-part-time",
            Self::NonAsn => "non-asn",
            Self::VillageHead => "village-head",
            Self::VillageStaff => "village-staff",
            Self::Other => "other",
        }
    }
}

/// The name in JSON and in message keys of people whose kind isn't filled in.
pub const EMPLOYMENT_UNSET: &str = "unset";

/// How many people are of each kind.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct EmploymentCounts([u64; EmploymentKind::ALL.len() + 1]);

impl EmploymentCounts {
    /// Counts people; `None`: their kind isn't filled in.
    pub fn add(&mut self, kind: Option<EmploymentKind>, people: u64) {
        self.0[kind.map_or(0, |kind| usize::from(kind.code()))] += people;
    }

    /// People of a kind; `None`: those whose kind isn't filled in.
    pub fn of(&self, kind: Option<EmploymentKind>) -> u64 {
        self.0[kind.map_or(0, |kind| usize::from(kind.code()))]
    }

    /// The name and the number of people of each kind that has some, those whose kind isn't filled in last.
    pub fn filled(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let kinds = EmploymentKind::ALL.into_iter().map(Some).chain([None]);
        let named = kinds.map(|kind| (kind.map_or(EMPLOYMENT_UNSET, EmploymentKind::as_str), self.of(kind)));
        named.filter(|(_, people)| *people > 0)
    }
}

impl fmt::Debug for EmploymentCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.filled()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_number_is_one_kind_and_stays_so() {
        let codes = EmploymentKind::ALL.map(EmploymentKind::code);
        assert_eq!(codes, [1, 2, 3, 4, 5, 6, 7, 8]);
        for kind in EmploymentKind::ALL {
            assert_eq!(EmploymentKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!((EmploymentKind::from_code(0), EmploymentKind::from_code(9)), (None, None));
    }

    #[test]
    fn people_are_counted_by_kind() {
        let mut counts = EmploymentCounts::default();
        counts.add(Some(EmploymentKind::Other), 2);
        counts.add(None, 1);
        counts.add(Some(EmploymentKind::Pns), 3);
        assert_eq!(counts.filled().collect::<Vec<_>>(), [("pns", 3), ("other", 2), ("unset", 1)]);
    }
}
