//! What stands at the head of printed documents: the lines of an office's letterhead and its emblem.

use serde::{Deserialize, Serialize};

/// Most lines of a letterhead.
pub const LETTERHEAD_LINES_MAX: usize = 5;
/// Longest line, in characters.
pub const LETTERHEAD_LINE_CHARS_MAX: usize = 120;

/// A letterhead of a campaign. An edition keeps it as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letterhead {
    /// Code of the institution whose documents have it; empty: of all institutions that have none of their own.
    pub institution: String,
    /// From the top, none empty; at least one.
    pub lines: Vec<String>,
    /// SHA-256 of the emblem's picture, in hexadecimal; `None` without one.
    pub emblem: Option<String>,
}

/// The letterhead of an institution's documents: its own, else that of all; `None` if there is neither.
pub fn letterhead_of<'a>(letterheads: &'a [Letterhead], institution: &str) -> Option<&'a Letterhead> {
    let of = |code: &str| letterheads.iter().find(|one| one.institution == code);
    of(institution).or_else(|| of(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_institution_has_its_own_letterhead_or_that_of_all() {
        let letterhead = |code: &str| Letterhead { institution: code.into(), ..Letterhead::default() };
        let both = [letterhead(""), letterhead("16.71")];
        assert_eq!(letterhead_of(&both, "16.71"), Some(&both[1]));
        assert_eq!(letterhead_of(&both, "16"), Some(&both[0]));
        assert_eq!(letterhead_of(&both[1..], "16"), None);
    }
}
