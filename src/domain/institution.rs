//! Institutions, and the reporting groups shown in public. The units below them are in `unit`.

use super::identifier::ISSUER_CHARS_MAX;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A reporting group is never smaller than this, so that a public number can't point at a person.
pub const GROUP_PEOPLE_MIN: u64 = 20;

/// The code of the group that combines small institutions.
pub const COMBINED_GROUP_CODE: &str = "gabungan";

/// Longest code of an institution, in characters.
pub const CODE_CHARS_MAX: usize = ISSUER_CHARS_MAX;

/// Whether a text may be an institution's code: letters and digits, in parts that single dots separate, as in `16.71`.
/// A hyphen separates the code from a participant number, so it isn't part of one.
pub fn is_code(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.len() <= CODE_CHARS_MAX && text.split('.').all(is_part)
}

/// An institution (*instansi*) of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Institution {
    /// As printed: `16.71`. See [`is_code`].
    pub code: String,
    /// The name as printed.
    pub name: String,
    /// Its place in the official order, from 0.
    pub position: u32,
    /// Whom its people ask for help; empty: the organizer's contact.
    pub help_contact: String,
}

/// The name in lower case, with each run of other characters than letters and digits as one space.
pub fn folded(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            folded.push(c.to_ascii_lowercase());
        } else if c.is_alphanumeric() {
            folded.extend(c.to_lowercase());
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// A reporting group: what the public sees of an institution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its index, as in roster and pledge leaves.
    pub index: u32,
    /// The institution's code, or [`COMBINED_GROUP_CODE`].
    pub code: String,
    /// The name shown in public.
    pub name: String,
    /// People on the locked roster who belong to it.
    pub eligible: u64,
    /// Codes of the institutions whose people it holds.
    pub institutions: Vec<String>,
}

/// Forms the reporting groups from the institutions in their official order and the number of people of each.
///
/// An institution with at least [`GROUP_PEOPLE_MIN`] people is a group of its own. The smaller ones are combined; if
/// together they still have too few people, they join the smallest other group. Institutions without people aren't in
/// any group.
pub fn groups(institutions: &[(Institution, u64)], gathered_name: &str) -> Vec<Group> {
    let alone = |(institution, people): &(Institution, u64)| Group {
        index: 0,
        code: institution.code.clone(),
        name: institution.name.clone(),
        eligible: *people,
        institutions: vec![institution.code.clone()],
    };
    let (large, small): (Vec<_>, Vec<_>) =
        institutions.iter().filter(|(_, people)| *people > 0).partition(|(_, people)| *people >= GROUP_PEOPLE_MIN);
    let mut groups: Vec<Group> = large.into_iter().map(alone).collect();
    let gathered_people: u64 = small.iter().map(|(_, people)| people).sum();
    let gathered_codes = small.iter().map(|(institution, _)| institution.code.clone());
    if let [only] = small.as_slice()
        && groups.is_empty()
    {
        groups.push(alone(only));
    } else if gathered_people >= GROUP_PEOPLE_MIN || (groups.is_empty() && gathered_people > 0) {
        groups.push(Group {
            index: 0,
            code: COMBINED_GROUP_CODE.into(),
            name: gathered_name.into(),
            eligible: gathered_people,
            institutions: gathered_codes.collect(),
        });
    } else if gathered_people > 0
        && let Some(smallest) = groups.iter_mut().min_by_key(|group| group.eligible)
    {
        smallest.eligible += gathered_people;
        smallest.institutions.extend(gathered_codes);
    }
    for (index, group) in (0u32..).zip(&mut groups) {
        group.index = index;
    }
    groups
}

/// SHA-256 over the canonical JSON (RFC 8785) of the published list of groups; the first roster leaf fixes it.
pub fn groups_hash(groups: &[Group]) -> [u8; 32] {
    let canonical = serde_json_canonicalizer::to_vec(&groups).expect("numbers and strings have a canonical form");
    Sha256::digest(canonical).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn institution(code: &str, people: u64) -> (Institution, u64) {
        let name = format!("Instansi {code}");
        (Institution { code: code.into(), name, position: 0, help_contact: String::new() }, people)
    }

    #[test]
    fn a_code_is_letters_and_digits_between_single_dots() {
        for good in ["16", "16.71", "OPD", "a1.B2.3", "1234567890123456"] {
            assert!(is_code(good), "{good}");
        }
        for bad in ["", ".", "..", ".16", "16.", "16..71", "16/71", "16-71", "16 71", "é", "12345678901234567", "a\0"]
        {
            assert!(!is_code(bad), "{bad:?}");
        }
    }

    #[test]
    fn no_public_group_is_smaller_than_the_limit_and_nobody_is_left_out() {
        let roster =
            [institution("16", 500), institution("16.01", 12), institution("16.02", 30), institution("16.03", 9)];
        let formed = groups(&roster, "Gabungan");
        assert_eq!(formed.iter().map(|g| g.eligible).collect::<Vec<_>>(), [500, 30, 21]);
        assert_eq!(formed[2].institutions, ["16.01", "16.03"]);
        assert_eq!(formed[2].index, 2);
    }

    #[test]
    fn too_few_together_join_the_smallest_other() {
        let formed = groups(&[institution("16", 500), institution("16.01", 30), institution("16.02", 3)], "Gabungan");
        assert_eq!(formed.iter().map(|g| g.eligible).collect::<Vec<_>>(), [500, 33]);
    }

    #[test]
    fn a_tiny_campaign_is_one_group() {
        assert_eq!(groups(&[institution("16", 3)], "Gabungan")[0].code, "16");
        assert_eq!(groups(&[institution("16", 3), institution("17", 2)], "Gabungan")[0].eligible, 5);
        assert!(groups(&[], "Gabungan").is_empty());
    }
}
