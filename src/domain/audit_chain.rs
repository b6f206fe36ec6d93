//! The audit trail as a hash chain: each line's hash covers the line as it is stored and the hash of the line before
//! it, so that the newest hash, written down on paper, vouches for every line up to it.
//!
//! The hash is unkeyed: it doesn't detect an attacker who rewrites the whole database, unless a hash was noted before.

use super::audit::AuditEntryId;
use super::time::UnixMillis;
use sha2::{Digest, Sha256};

/// Ends with a zero byte, so that no label is a prefix of another.
const LABEL: &[u8] = b"ikrar/audit-line/v1\0";

/// SHA-256 of a line; see [`StoredLine::hash`].
pub type LineHash = [u8; 32];

/// The hash that precedes a trail's first line.
pub const BEGINNING: LineHash = [0; 32];

/// A line with every column as it is stored: JSON is the text that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLine {
    /// The campaign's id, or 16 zero bytes for the installation.
    pub trail: [u8; 16],
    /// Orders the lines of a trail.
    pub id: AuditEntryId,
    /// When it happened.
    pub at: UnixMillis,
    /// Who did it: a login or a `system/` actor.
    pub actor: String,
    /// The institution it concerns, if it concerns one.
    pub institution: Option<String>,
    /// The event's name.
    pub event: String,
    /// The event's fields, a JSON object.
    pub detail: String,
}

/// A stored line with its place, counted from 1, and its stored hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedLine {
    /// Counts from 1 without gaps.
    pub place: i64,
    /// 32 bytes, unless the row was tampered with.
    pub hash: Vec<u8>,
    /// `None` when a column holds an invalid value.
    pub line: Option<StoredLine>,
}

/// The end of a trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrailHead {
    /// How many lines the trail has.
    pub lines: u64,
    /// The highest id among the lines.
    pub newest: AuditEntryId,
    /// The last line's hash; [`BEGINNING`] for an empty trail.
    pub hash: LineHash,
}

impl StoredLine {
    /// SHA-256 over, numbers big-endian: `ikrar/audit-line/v1` and a zero byte ‖ hash before 32 ‖ place u64 ‖ trail 16
    /// ‖ id 16 ‖ at i64, milliseconds ‖ actor ‖ 1 byte, 0 without an institution and else 1 and the institution ‖ event
    /// ‖ detail. Each text is its length in bytes, u64, and its UTF-8 bytes.
    pub fn hash(&self, before: &LineHash, place: u64) -> LineHash {
        let mut hash = Sha256::new_with_prefix(LABEL);
        hash.update(before);
        hash.update(place.to_be_bytes());
        hash.update(self.trail);
        hash.update(self.id.0);
        hash.update(self.at.0.to_be_bytes());
        text(&mut hash, &self.actor);
        match &self.institution {
            None => hash.update([0]),
            Some(institution) => {
                hash.update([1]);
                text(&mut hash, institution);
            }
        }
        text(&mut hash, &self.event);
        text(&mut hash, &self.detail);
        hash.finalize().into()
    }
}

fn text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn line() -> StoredLine {
        StoredLine {
            trail: [1; 16],
            id: AuditEntryId([2; 16]),
            at: UnixMillis(3),
            actor: "bkd".into(),
            institution: None,
            event: "signed_in".into(),
            detail: "{}".into(),
        }
    }

    /// The layout can't change any more, so the test writes it out by hand.
    #[test]
    fn the_bytes_are_those_of_the_layout() {
        let mut bytes = b"ikrar/audit-line/v1\0".to_vec();
        bytes.extend([9; 32]);
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 7]);
        bytes.extend([1; 16]);
        bytes.extend([2; 16]);
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 3]);
        bytes.extend(b"\0\0\0\0\0\0\0\x03bkd");
        bytes.extend(b"\x01\0\0\0\0\0\0\0\x0216");
        bytes.extend(b"\0\0\0\0\0\0\0\x09signed_in");
        bytes.extend(b"\0\0\0\0\0\0\0\x02{}");
        let line = StoredLine { institution: Some("16".into()), ..line() };
        assert_eq!(line.hash(&[9; 32], 7), <[u8; 32]>::from(Sha256::digest(&bytes)));
    }

    #[test]
    fn each_field_and_where_it_ends_is_covered() {
        let changed = [
            line(),
            StoredLine { trail: [0; 16], ..line() },
            StoredLine { id: AuditEntryId([3; 16]), ..line() },
            StoredLine { at: UnixMillis(4), ..line() },
            StoredLine { actor: "bkds".into(), event: "igned_in".into(), ..line() },
            StoredLine { institution: Some(String::new()), ..line() },
            StoredLine { event: "signed_in{".into(), detail: "}".into(), ..line() },
            StoredLine { detail: "{ }".into(), ..line() },
        ];
        let mut hashes: BTreeSet<LineHash> = changed.iter().map(|line| line.hash(&BEGINNING, 1)).collect();
        hashes.insert(line().hash(&BEGINNING, 2));
        hashes.insert(line().hash(&[1; 32], 1));
        assert_eq!(hashes.len(), changed.len() + 2);
    }
}
