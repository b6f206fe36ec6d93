//! Which characters a stored text may have: one rule for rosters, settings, texts, officials, notes and accounts.
//!
//! A text is kept composed (NFC). Characters that only format are left out, since nobody sees them and two spellings of
//! one name would differ by them. What reorders or buries other letters is refused: a name must read on the console as
//! it reads on the certificate. Deliberately absent: which characters the fonts have, which `certificate` knows.

use std::borrow::Cow;
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Most combining marks in a row, after composition. Vietnamese and romanised Arabic need one.
pub const MARKS_IN_A_ROW_MAX: usize = 4;

/// Why a text can't be kept. `place` is the character's, from 1, in the text as it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CharacterFault {
    /// A control character besides tab and line ends. Not every database can store a NUL, and nothing shows the others.
    #[error("a control character, U+{:04X}, at {place}", u32::from(*character))]
    Control {
        /// The character.
        character: char,
        /// Its place.
        place: usize,
    },
    /// A character that reverses the order in which others are shown.
    #[error("a character that changes the direction of writing, U+{:04X}, at {place}", u32::from(*character))]
    Direction {
        /// The character.
        character: char,
        /// Its place.
        place: usize,
    },
    /// More than [`MARKS_IN_A_ROW_MAX`] combining marks in a row.
    #[error("more than {MARKS_IN_A_ROW_MAX} marks on one letter, the last U+{:04X} at {place}", u32::from(*character))]
    Marks {
        /// The first mark that is too many.
        character: char,
        /// Its place in the composed text.
        place: usize,
    },
}

impl CharacterFault {
    /// The last part of the message keys, such as `direction`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Control { .. } => "control",
            Self::Direction { .. } => "direction",
            Self::Marks { .. } => "marks",
        }
    }

    /// The character and its place, from 1.
    pub fn at(self) -> (char, usize) {
        match self {
            Self::Control { character, place }
            | Self::Direction { character, place }
            | Self::Marks { character, place } => (character, place),
        }
    }
}

/// The text as it is kept: composed, and without characters that only format. White space stays as it is.
///
/// # Errors
/// See [`CharacterFault`].
pub fn kept(text: &str) -> Result<Cow<'_, str>, CharacterFault> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Ok(Cow::Borrowed(text));
    }
    let mut has_format = false;
    for (place, character) in (1..).zip(text.chars()) {
        if character.is_control() && !character.is_whitespace() {
            return Err(CharacterFault::Control { character, place });
        }
        if turns_direction(character) {
            return Err(CharacterFault::Direction { character, place });
        }
        has_format |= only_formats(character);
    }
    let composed = match (has_format, is_nfc_quick(text.chars()) == IsNormalized::Yes) {
        (false, true) => Cow::Borrowed(text),
        _ => Cow::Owned(text.chars().filter(|c| !only_formats(*c)).nfc().collect()),
    };
    let mut marks = 0;
    for (place, character) in (1..).zip(composed.chars()) {
        marks = if is_combining_mark(character) { marks + 1 } else { 0 };
        if marks > MARKS_IN_A_ROW_MAX {
            return Err(CharacterFault::Marks { character, place });
        }
    }
    Ok(composed)
}

/// As [`kept`], with each run of white space as one space and none at the ends: for what is written on one line.
///
/// # Errors
/// See [`CharacterFault`].
pub fn kept_line(text: &str) -> Result<String, CharacterFault> {
    let text = kept(text)?;
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    Ok(line)
}

/// The text without characters that nobody sees: for a number that is pasted, and for what must not be refused, such as
/// a report of misuse.
pub fn without_invisible(text: &str) -> Cow<'_, str> {
    let is_invisible = |c: char| only_formats(c) || turns_direction(c);
    if text.is_ascii() || !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !is_invisible(*c)).collect())
}

/// Whether a character is invisible and changes at most how others are joined, broken or drawn: what is left out of
/// names, and of numbers that people paste.
pub fn only_formats(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}'
        | '\u{206A}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Whether a character begins or ends a run of text in another direction: embeddings, overrides and isolates (UAX #9).
pub fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A character by its number, such as `U+202E`.
pub fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

/// A character and its number, such as `→ (U+2192)`; only the number where the character isn't seen by itself.
pub fn shown_character(c: char) -> String {
    let is_seen =
        !(c.is_control() || c.is_whitespace() || only_formats(c) || turns_direction(c) || is_combining_mark(c));
    if is_seen { format!("{c} ({})", code_point(c)) } else { code_point(c) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_only_formats_is_left_out_and_names_are_composed() {
        for (text, expected) in [
            ("Nur\u{200B}\u{200D}\u{AD}ʾaini", "Nurʾaini"),
            ("\u{FEFF}Budi\u{2060} San\u{FE0F}toso\u{E0100}", "Budi Santoso"),
            ("Budi\u{200E} \u{200F}\u{61C}Santoso", "Budi Santoso"),
            ("Jose\u{301}", "José"),
            ("e\u{200D}\u{301}", "é"),
            ("H\u{323}asan", "Ḥasan"),
            ("Đỗ\tThị\r\nMỹ", "Đỗ\tThị\r\nMỹ"),
        ] {
            assert_eq!(kept(text).as_deref(), Ok(expected), "{text:?}");
        }
        assert_eq!(kept_line(" \u{200B} Siti \u{A0}\u{200B} \n Aminah\u{200B}").as_deref(), Ok("Siti Aminah"));
        assert!(matches!(kept("Siti"), Ok(Cow::Borrowed(_))) && matches!(kept("Sítí"), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn what_turns_the_direction_of_writing_is_refused() {
        for character in ('\u{202A}'..='\u{202E}').chain('\u{2066}'..='\u{2069}') {
            assert_eq!(kept(&format!("Bu{character}di")), Err(CharacterFault::Direction { character, place: 3 }));
        }
    }

    #[test]
    fn controls_are_refused_besides_white_space() {
        for character in ['\0', '\u{1}', '\u{1C}', '\u{7F}', '\u{9D}'] {
            assert_eq!(kept(&format!("{character}a")), Err(CharacterFault::Control { character, place: 1 }));
        }
        assert_eq!(kept_line("a\u{85}b").as_deref(), Ok("a b"));
    }

    #[test]
    fn piled_up_marks_are_refused_and_usual_ones_are_not() {
        let piled = |marks: usize| format!("Z{}", "\u{335}".repeat(marks));
        assert!(kept(&piled(MARKS_IN_A_ROW_MAX)).is_ok());
        assert!(matches!(
            kept(&piled(MARKS_IN_A_ROW_MAX + 1)),
            Err(CharacterFault::Marks { character: '\u{335}', place: 6 })
        ));
        // An invisible character between them doesn't hide the pile.
        assert!(kept(&format!("Z{}", "\u{335}\u{200B}".repeat(MARKS_IN_A_ROW_MAX + 1))).is_err());
    }

    proptest! {
        #[test]
        fn what_is_kept_stays_as_it_is(text in "\\PC{0,40}") {
            if let Ok(once) = kept(&text) {
                let twice = kept(&once);
                prop_assert_eq!(twice.as_deref(), Ok(once.as_ref()));
                prop_assert!(!once.chars().any(|c| only_formats(c) || turns_direction(c)));
            }
        }
    }
}
