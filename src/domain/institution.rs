//! Institutions. The units below them are in `unit`, their public numbers in `reporting_group`.

use super::identifier::ISSUER_CHARS_MAX;
use serde::{Deserialize, Serialize};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
