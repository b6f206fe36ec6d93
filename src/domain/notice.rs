//! Notices: what changed on a locked roster, and which pledges were revoked. Each is an entry of the campaign's notices
//! log, whose leaves commit to the details without revealing them (`domain::leaf`).
//!
//! Deliberately absent: who may do what, and words.

use super::employment::EmploymentKind;
use super::identifier::Identifier;
use super::ids::ParticipantId;
use super::participant::Participant;
use crate::every_variant::every_variant;
use serde::{Deserialize, Serialize};

/// What a notice records. The code is in its leaf; codes 7 to 11 are kept for extensions, statements, erasures,
/// forks and freezes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// A person was added to the roster after the lock (*peserta susulan*).
    Added,
    /// A person needn't sign any more (*dikecualikan*).
    Excused,
    /// An earlier addition or exclusion no longer holds.
    Undone,
    /// A pledge was revoked.
    Revoked,
    /// A person whose pledge was revoked, because they hadn't made it, can sign anew with another slot and code.
    AdmittedAnew,
    /// A person's name, titles, unit or position was corrected before they signed.
    Corrected,
}

impl NoticeKind {
    /// Every kind, in the order of their codes.
    pub const ALL: [Self; 6] = every_variant!(NoticeKind: Added, Excused, Undone, Revoked, AdmittedAnew, Corrected);

    /// The byte in the leaf, which is also what is stored.
    pub fn code(self) -> u8 {
        match self {
            Self::Added => 1,
            Self::Excused => 2,
            Self::Undone => 3,
            Self::Revoked => 4,
            Self::AdmittedAnew => 5,
            Self::Corrected => 6,
        }
    }

    /// The kind of a stored code; `None` if no kind has it.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Why a person needn't sign. Leave, illness and duty elsewhere are no reasons, and health is never asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExcuseReason {
    /// Retired (*pensiun*).
    Retired,
    /// Died (*meninggal dunia*).
    Died,
    /// Moved to another institution (*pindah instansi*).
    Moved,
    /// On leave outside of the state's responsibility (*cuti di luar tanggungan negara*).
    UnpaidLeave,
    /// Dismissed (*diberhentikan*).
    Dismissed,
    /// Listed twice (*data ganda*).
    Duplicate,
}

impl ExcuseReason {
    /// Every reason, in the order of forms.
    pub const ALL: [Self; 6] = every_variant!(ExcuseReason: Retired, Died, Moved, UnpaidLeave, Dismissed, Duplicate);

    /// The name in forms, files and message keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retired => "retired",
            Self::Died => "died",
            Self::Moved => "moved",
            Self::UnpaidLeave => "unpaid-leave",
            Self::Dismissed => "dismissed",
            Self::Duplicate => "duplicate",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// Whether a person on a locked roster counts and may sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RosterStanding {
    /// The person counts and may sign.
    #[default]
    Listed,
    /// The person needn't sign, and can't.
    Excused,
    /// The person was added after the lock, and that was undone.
    Withdrawn,
    /// The person was admitted anew: another row, with a slot and a code of its own, is in this one's place.
    Superseded,
}

impl RosterStanding {
    /// Every standing, in the order of their codes.
    pub const ALL: [Self; 4] = every_variant!(RosterStanding: Listed, Excused, Withdrawn, Superseded);

    /// What is stored.
    pub fn code(self) -> u8 {
        match self {
            Self::Listed => 0,
            Self::Excused => 1,
            Self::Withdrawn => 2,
            Self::Superseded => 3,
        }
    }

    /// The standing of a stored code; `None` if none has it.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.code() == code)
    }
}

/// A person's row as a notice recorded it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticedPerson {
    /// Name with titles, as printed.
    pub name: String,
    /// The institution's code.
    pub institution: String,
    /// The number of their unit; `None` without one.
    pub unit: Option<u32>,
    /// Where they work; may be empty.
    pub location: String,
    /// Rank; may be empty.
    pub rank: String,
    /// Position; may be empty.
    pub position: String,
    /// The kind of employment; `None`: it isn't filled in.
    pub employment: Option<String>,
}

impl NoticedPerson {
    /// The participant with this row.
    pub fn participant(&self, id: ParticipantId, identifier: Identifier) -> Participant {
        let kind = |name: &String| EmploymentKind::ALL.into_iter().find(|kind| kind.as_str() == name);
        Participant {
            id,
            identifier,
            shown_name: self.name.clone(),
            institution: self.institution.clone(),
            unit: self.unit,
            location: self.location.clone(),
            rank: self.rank.clone(),
            position: self.position.clone(),
            employment: self.employment.as_ref().and_then(kind),
        }
    }
}

impl From<&Participant> for NoticedPerson {
    fn from(person: &Participant) -> Self {
        Self {
            name: person.shown_name.clone(),
            institution: person.institution.clone(),
            unit: person.unit,
            location: person.location.clone(),
            rank: person.rank.clone(),
            position: person.position.clone(),
            employment: person.employment.map(EmploymentKind::as_str).map(str::to_string),
        }
    }
}

/// The details that a notice's leaf commits to. They stay with the organizer: what is public is the leaf, with the
/// kind, the time and the slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NoticeDetails {
    /// A person was added.
    Added {
        /// The person's row from now on.
        person: NoticedPerson,
        /// As typed by the account that added.
        reason: String,
    },
    /// A person was excused.
    Excused {
        /// Why.
        reason: ExcuseReason,
    },
    /// An addition or an exclusion was undone.
    Undone {
        /// As typed by the account that undid it.
        reason: String,
    },
    /// A pledge was revoked.
    Revoked {
        /// The pledge's public id.
        pledge: String,
        /// As typed by the account that revoked.
        reason: String,
    },
    /// A person was admitted anew.
    AdmittedAnew {
        /// The row of the new admission.
        person: NoticedPerson,
        /// Which admission of the number it is, from 2.
        admission: u8,
        /// As typed by the account that admitted.
        reason: String,
    },
    /// A row was corrected.
    Corrected {
        /// The row before.
        before: NoticedPerson,
        /// The row from now on.
        after: NoticedPerson,
        /// As typed by the account that corrected.
        reason: String,
    },
}

impl NoticeDetails {
    /// The kind that the leaf names.
    pub fn kind(&self) -> NoticeKind {
        match self {
            Self::Added { .. } => NoticeKind::Added,
            Self::Excused { .. } => NoticeKind::Excused,
            Self::Undone { .. } => NoticeKind::Undone,
            Self::Revoked { .. } => NoticeKind::Revoked,
            Self::AdmittedAnew { .. } => NoticeKind::AdmittedAnew,
            Self::Corrected { .. } => NoticeKind::Corrected,
        }
    }

    /// The canonical JSON (RFC 8785), which is stored and hashed into the leaf.
    pub fn canonical(&self) -> String {
        serde_json_canonicalizer::to_string(self).expect("texts and numbers have a canonical form")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_read_back_and_differ() {
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::from_code(kind.code()), Some(kind));
        }
        for standing in RosterStanding::ALL {
            assert_eq!(RosterStanding::from_code(standing.code()), Some(standing));
        }
        for reason in ExcuseReason::ALL {
            assert_eq!(ExcuseReason::parse(reason.as_str()), Some(reason));
            let stored = NoticeDetails::Excused { reason }.canonical();
            assert_eq!(stored, format!(r#"{{"kind":"excused","reason":"{}"}}"#, reason.as_str()));
        }
    }
}
