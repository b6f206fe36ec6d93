//! The published list of groups, whose hash the first roster leaf fixes.

use super::GroupKind;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// An institution, or institutions that are too small to be shown alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstitutionGroup {
    /// The institution's code, or [`COMBINED_GROUP_CODE`](super::COMBINED_GROUP_CODE).
    pub code: String,
    /// The name shown in public.
    pub name: String,
    /// Codes of the institutions whose people it holds.
    pub institutions: Vec<String>,
}

/// A reporting group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its index, as in roster and pledge leaves.
    pub index: u32,
    /// Where in [`GroupList::institutions`] it belongs.
    pub institution: usize,
    /// A code that no other group of the campaign has.
    pub code: String,
    /// The name shown in public.
    pub name: String,
    /// What it is made of.
    pub kind: GroupKind,
    /// People on the locked roster who belong to it.
    pub eligible: u64,
    /// Names of the agencies whose people it holds, for [`GroupKind::OtherAgencies`] without those of no agency; empty
    /// where groups are institutions.
    pub agencies: Vec<String>,
}

/// The published list of groups of a locked roster. Groups of one institution follow each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupList {
    /// Where groups are institutions, the list has layout 1, else 2. See [`Self::canonical`].
    pub layout: u8,
    /// In official order, combined ones last.
    pub institutions: Vec<InstitutionGroup>,
    /// In official order.
    pub groups: Vec<Group>,
}

/// The layout of a list of institutions.
pub const LAYOUT_INSTITUTIONS: u8 = 1;
/// The layout of a list with agencies.
pub const LAYOUT_AGENCIES: u8 = 2;

/// A group in layout 1.
#[derive(Serialize)]
struct InstitutionLine<'g> {
    index: u32,
    code: &'g str,
    name: &'g str,
    eligible: u64,
    institutions: &'g [String],
}

impl GroupList {
    /// The canonical JSON (RFC 8785) that the first roster leaf fixes. Layout 1 is an array of objects with `index`,
    /// `code`, `name`, `eligible` and `institutions`; layout 2 is an object with the fields of this struct.
    pub fn canonical(&self) -> Vec<u8> {
        let canonical = if self.layout == LAYOUT_INSTITUTIONS {
            let lines: Vec<InstitutionLine> = self
                .groups
                .iter()
                .map(|group| InstitutionLine {
                    index: group.index,
                    code: &group.code,
                    name: &group.name,
                    eligible: group.eligible,
                    institutions: &self.institutions[group.institution].institutions,
                })
                .collect();
            serde_json_canonicalizer::to_vec(&lines)
        } else {
            serde_json_canonicalizer::to_vec(self)
        };
        canonical.expect("numbers and strings have a canonical form")
    }

    /// SHA-256 over [`Self::canonical`].
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.canonical()).into()
    }
}
