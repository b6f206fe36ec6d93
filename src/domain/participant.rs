//! A participant (*peserta*): one person on a campaign's roster.

use super::employment::EmploymentKind;
use super::identifier::Identifier;
use super::ids::ParticipantId;
use std::fmt;

/// Longest shown name, in characters.
pub const SHOWN_NAME_CHARS_MAX: usize = 120;
/// Longest shown name, in bytes of UTF-8, so that a credential stays within its own size limit.
pub const SHOWN_NAME_BYTES_MAX: usize = 145;
/// Longest unit or institution name and longest position, in characters.
pub const LABEL_CHARS_MAX: usize = 200;
/// Longest rank or location, in characters.
pub const SHORT_LABEL_CHARS_MAX: usize = 100;

/// Everything that is stored about a person.
#[derive(Clone, Debug)]
pub struct Participant {
    /// Derived from the identifier under the campaign's secret.
    pub id: ParticipantId,
    /// The number that the person signs in with.
    pub identifier: Identifier,
    /// Front title, name, back titles, as on the certificate.
    pub shown_name: String,
    /// The institution's code.
    pub institution: String,
    /// The number of their unit in the institution's tree; `None` when the roster names no unit.
    pub unit: Option<u32>,
    /// Where they work (*lokasi kerja*), which isn't the institution; may be empty.
    pub location: String,
    /// Rank (*pangkat/golongan*), for the integrity pact; may be empty.
    pub rank: String,
    /// Position (*jabatan*), for the integrity pact; may be empty.
    pub position: String,
    /// The kind of employment; `None`: the roster doesn't say it. It is in no credential, certificate or public list.
    pub employment: Option<EmploymentKind>,
}

/// A person's entry in a locked roster, as signing needs it. Unlocking and locking again reassigns slots, so an entry
/// is valid only for its `epoch`.
#[derive(Clone, PartialEq, Eq)]
pub struct RosterEntry {
    /// The locking for which slot and group are valid.
    pub roster_epoch: RosterEpoch,
    /// Rises with each change of the person's row or standing after the lock; 0 before the first.
    pub place_version: u32,
    /// Index of the person's leaf in the roster log, from 1.
    pub slot: u32,
    /// Index of the reporting group.
    pub group: u32,
    /// The name as printed on the certificate.
    pub shown_name: String,
    /// The institution's code.
    pub institution: String,
    /// The identifier's last four characters.
    pub last4: String,
}

/// Identifies one locking of a roster: the first 8 bytes of its roster log's root hash as that locking left it.
pub type RosterEpoch = [u8; 8];

impl RosterEntry {
    /// The epoch of a locked roster, from the root of its log.
    pub fn roster_epoch(roster_root: &[u8; 32]) -> RosterEpoch {
        let [a, b, c, d, e, f, g, h, ..] = *roster_root;
        [a, b, c, d, e, f, g, h]
    }
}

/// Hides the personal data.
impl fmt::Debug for RosterEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RosterEntry(…)")
    }
}

/// Joins a front title, a name and back titles, such as `Dr. H. Budi Santoso, S.E., M.Si.`; titles may be empty. White
/// space is folded; titles within the name are left as they are.
pub fn shown_name(front: &str, name: &str, back: &str) -> String {
    let mut shown = String::with_capacity(front.len() + name.len() + back.len() + ", ".len() + 1);
    for word in front.split_whitespace() {
        shown.push_str(word);
        shown.push(' ');
    }
    push_words(&mut shown, name.split_whitespace());
    let back = back.trim_matches(|c: char| c == ',' || c.is_whitespace());
    if !back.is_empty() {
        shown.push_str(", ");
        push_words(&mut shown, back.split_whitespace());
    }
    shown
}

fn push_words<'a>(text: &mut String, words: impl Iterator<Item = &'a str>) {
    for (place, word) in words.enumerate() {
        if place > 0 {
            text.push(' ');
        }
        text.push_str(word);
    }
}

/// The initials of the first three words of a shown name, as a look-up by serial returns them: `B.S.`. Words that end
/// in a dot, such as titles, and everything after a comma are skipped.
pub fn initials(shown_name: &str) -> String {
    shown_name
        .split(',')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .filter(|word| !word.ends_with('.'))
        .filter_map(|word| word.chars().find(|c| c.is_alphabetic()))
        .take(3)
        .flat_map(|c| c.to_uppercase().chain(['.']))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_joined() {
        assert_eq!(shown_name("Dr. H.", "Budi  Santoso", "S.E., M.Si."), "Dr. H. Budi Santoso, S.E., M.Si.");
        assert_eq!(shown_name("", "SITI AMINAH", ""), "SITI AMINAH");
        assert_eq!(shown_name("", "Siti", ", A.Md."), "Siti, A.Md.");
        assert_eq!(shown_name(" Dr.\tH. ", " Budi \u{A0}S. ", " , S.E.,  M.Si., "), "Dr. H. Budi S., S.E., M.Si.");
        assert_eq!(shown_name("", "", " , "), "");
    }

    #[test]
    fn initials_leave_titles_out() {
        assert_eq!(initials("Dr. H. Budi Santoso, S.E., M.Si."), "B.S.");
        assert_eq!(initials("siti"), "S.");
    }
}
