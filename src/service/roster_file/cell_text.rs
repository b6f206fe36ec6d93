//! The text of a cell: how it is read, and which characters refuse it.
//!
//! What a program left in the text beside the words (entities of HTML, characters that only format) is decoded or left
//! out where that is certain. What can't be told with certainty, or can't be printed, refuses the row by name: a name
//! is never guessed.

use super::fault::FaultKind;
use crate::certificate::printable::printable;
use crate::domain::characters::{self, CharacterFault, only_formats};
use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1252};
use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// How often a text may have been encoded by programs that each took it for plain text: `&amp;#039;` is twice.
const ENCODED_TIMES_MAX: usize = 3;
/// Longest entity that is looked for, in bytes with its ends.
const ENTITY_BYTES_MAX: usize = 10;
/// The entities of HTML that programs write into cells.
const ENTITIES: [(&str, char); 12] = [
    ("amp", '&'),
    ("apos", '\''),
    ("quot", '"'),
    ("lt", '<'),
    ("gt", '>'),
    ("nbsp", ' '),
    ("lsquo", '\u{2018}'),
    ("rsquo", '\u{2019}'),
    ("ldquo", '\u{201C}'),
    ("rdquo", '\u{201D}'),
    ("ndash", '\u{2013}'),
    ("mdash", '\u{2014}'),
];

/// The text as it is read: entities decoded, white space collapsed, characters that only format left out, composed.
pub fn tidy(text: &str) -> Cow<'_, str> {
    if is_tidy(text) { Cow::Borrowed(text) } else { Cow::Owned(tidied(text)) }
}

/// Whether a text of ASCII is already as it is read.
fn is_tidy(text: &str) -> bool {
    let mut before = b' ';
    for byte in text.bytes() {
        if !matches!(byte, b' '..=b'~') || byte == b'&' || (byte == b' ' && before == b' ') {
            return false;
        }
        before = byte;
    }
    before != b' ' || text.is_empty()
}

fn tidied(text: &str) -> String {
    let text = decoded(text);
    let mut tidy = String::with_capacity(text.len());
    if text.is_ascii() {
        for word in text.split(|c: char| c == ' ' || c.is_ascii_control()).filter(|word| !word.is_empty()) {
            if !tidy.is_empty() {
                tidy.push(' ');
            }
            tidy.push_str(word);
        }
        return tidy;
    }
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let mut visible = word.chars().filter(|c| !only_formats(*c)).peekable();
        if visible.peek().is_some() {
            if !tidy.is_empty() {
                tidy.push(' ');
            }
            tidy.extend(visible);
        }
    }
    if is_nfc_quick(tidy.chars()) == IsNormalized::Yes { tidy } else { tidy.nfc().collect() }
}

/// Why a text that is printed, of at most `chars_max` characters, refuses its row; `None` if it doesn't.
pub fn fault(text: &str, chars_max: usize) -> Option<FaultKind> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'&' | b'<' | b'=' | b'+' | b'@');
    if text.len() <= chars_max && text.bytes().all(is_plain) {
        return None;
    }
    if is_formula(text) {
        return Some(FaultKind::Formula);
    }
    let tidy = tidy(text);
    if let Some(found) = markup(&tidy) {
        return Some(FaultKind::Markup { found });
    }
    match characters::kept(&tidy) {
        Err(CharacterFault::Direction { character, place }) => return Some(FaultKind::Direction { character, place }),
        Err(CharacterFault::Marks { character, place }) => return Some(FaultKind::Marks { character, place }),
        Err(CharacterFault::Control { .. }) => return Some(FaultKind::BrokenText),
        Ok(_) => {}
    }
    // Half of such a letter may be a space or a soft hyphen, so it is looked for in the text as it was written.
    if let Some((found, meant)) = garbled(text) {
        return Some(FaultKind::Garbled { found, meant });
    }
    let is_too_long = |text: &str| text.chars().count() > chars_max;
    match printable(&tidy) {
        Err(unprintable) => Some(FaultKind::Unprintable { character: unprintable.character, place: unprintable.place }),
        Ok(printed) if is_too_long(&tidy) || is_too_long(&printed) => Some(FaultKind::TooLong { limit: chars_max }),
        Ok(_) => None,
    }
}

/// Whether a text is a formula that wasn't computed, such as `=HYPERLINK("…")` in a CSV file.
pub fn is_formula(text: &str) -> bool {
    let text = text.trim_start();
    match text.strip_prefix(['=', '+', '@']) {
        Some(rest) if text.starts_with('=') => !rest.trim().is_empty(),
        Some(rest) => rest.starts_with(|c: char| c.is_ascii_alphabetic()) && rest.contains(['(', '!']),
        None => false,
    }
}

/// The text with the entities of HTML decoded.
fn decoded(text: &str) -> Cow<'_, str> {
    let mut decoded = Cow::Borrowed(text);
    for _ in 0..ENCODED_TIMES_MAX {
        match decoded_once(&decoded) {
            Some(once) => decoded = Cow::Owned(once),
            None => break,
        }
    }
    decoded
}

fn decoded_once(text: &str) -> Option<String> {
    let mut rest = text;
    let mut decoded = String::new();
    let mut has_any = false;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let (taken, character) = match entity(rest) {
            Some((length, character)) => {
                has_any = true;
                (length, character)
            }
            None => (1, '&'),
        };
        decoded.push(character);
        rest = &rest[taken..];
    }
    has_any.then(|| decoded + rest)
}

/// Length and character of the entity that a text begins with, if it is known.
fn entity(text: &str) -> Option<(usize, char)> {
    let end = text.bytes().take(ENTITY_BYTES_MAX).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let character = match name.strip_prefix('#') {
        Some(number) => {
            let number = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(number.ok()?).filter(|c| !c.is_control() || c.is_whitespace())?
        }
        None => ENTITIES.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((end + 1, character))
}

/// What is left of HTML in a text: an entity that isn't known, or a tag.
fn markup(text: &str) -> Option<String> {
    for (at, _) in text.match_indices('&') {
        let end = text.bytes().skip(at).take(ENTITY_BYTES_MAX).position(|byte| byte == b';');
        let Some(end) = end else { continue };
        let name = &text[at + 1..at + end];
        let is_name = |name: &str| {
            let is_known_shape = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
            is_known_shape && name.len() >= 2 && name.bytes().any(|byte| byte.is_ascii_lowercase())
        };
        if is_name(name) || name.starts_with('#') {
            return Some(text[at..=at + end].to_owned());
        }
    }
    // A file separated by `;` splits an entity that isn't in quotes.
    if let Some(at) = text.rfind('&') {
        let name = &text[at + 1..];
        let digits = name.strip_prefix('#').map_or("", |number| number.trim_start_matches(['x', 'X']));
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_cut = is_number || ENTITIES.iter().any(|(known, _)| *known == name);
        if is_cut {
            return Some(text[at..].to_owned());
        }
    }
    let (at, _) = text.match_indices('<').find(|(at, _)| {
        let inside = text[at + 1..].trim_start_matches('/');
        inside.starts_with(|c: char| c.is_ascii_alphabetic()) && inside.contains('>')
    })?;
    let end = text[at..].find('>')?;
    Some(text[at..=at + end].to_owned())
}

/// Letters that were written as UTF-8 and read as Windows-1252 or Mac Roman, such as `â€™` for `’`, and what they were.
fn garbled(text: &str) -> Option<(String, String)> {
    let mut runs = text.split(|c: char| c.is_ascii()).filter(|run| run.chars().nth(1).is_some());
    runs.find_map(|run| {
        let mut starts = run.char_indices().map(|(at, _)| &run[at..]);
        starts.find_map(|rest| {
            let in_windows = || once_encoded(rest, WINDOWS_1252, is_likely);
            let in_mac = || once_encoded(rest, MACINTOSH, |c| is_likely(c) && !is_far(c));
            in_windows().or_else(in_mac).or_else(|| cut_quote(rest))
        })
    })
}

/// The first letters of a text if their bytes in this encoding are one character of UTF-8 that is likely in a name.
fn once_encoded(text: &str, encoding: &'static Encoding, is_likely: fn(char) -> bool) -> Option<(String, String)> {
    (2..=4).find_map(|length| {
        let (end, last) = text.char_indices().nth(length - 1)?;
        let found = &text[..end + last.len_utf8()];
        let (bytes, _, has_unmappable) = encoding.encode(found);
        let meant = std::str::from_utf8(&bytes).ok().filter(|_| !has_unmappable)?;
        let mut characters = meant.chars();
        let is_one = characters.next().is_some_and(is_likely) && characters.next().is_none();
        is_one.then(|| (found.to_owned(), meant.to_owned()))
    })
}

/// Whether a garbled text may have meant this character: Latin, marks, Arabic, punctuation, signs and emoji.
fn is_likely(c: char) -> bool {
    matches!(c, '\u{A0}'..='\u{17F}' | '\u{218}'..='\u{21B}' | '\u{2B9}'..='\u{2BF}' | '\u{300}'..='\u{36F}')
        || matches!(c, '\u{600}'..='\u{6FF}' | '\u{1E00}'..='\u{1EFF}' | '\u{2000}'..='\u{27BF}' | '\u{3000}'..)
}

/// What in Mac Roman looks like usual letters with marks, so that good text would count as garbled.
fn is_far(c: char) -> bool {
    matches!(c, '\u{218}'..='\u{6FF}' | '\u{2100}'..)
}

/// `â€` alone is a closing quotation mark whose last byte Windows-1252 doesn't define.
fn cut_quote(text: &str) -> Option<(String, String)> {
    text.starts_with("â€").then(|| ("â€".into(), "\u{201D}".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_that_is_tidy_is_read_as_it_is(text in "[ a-c&;#~\\t\u{7F}é]{0,9}|[a-c]( ?[a-c]){0,6}") {
            prop_assert_eq!(tidy(&text), tidied(&text));
        }
    }

    #[test]
    fn what_programs_leave_in_a_cell_is_decoded_and_left_out() {
        for (written, read) in [
            ("Nur&apos;aini", "Nur'aini"),
            ("Nur&#039;aini", "Nur'aini"),
            ("Nur&#39;aini &amp; Co", "Nur'aini & Co"),
            ("Nur&amp;#x27;aini", "Nur'aini"),
            ("&quot;Ucok&quot;&nbsp;Harahap", "\"Ucok\" Harahap"),
            ("Ma&rsquo;ruf", "Ma\u{2019}ruf"),
            ("R&D; B & C", "R&D; B & C"),
            ("Siti\r\n\tAminah\u{B}", "Siti Aminah"),
            ("\u{FEFF}Si\u{AD}ti \u{200B} A\u{200D}minah\u{FE0F}", "Siti Aminah"),
            ("Jose\u{301}", "José"),
        ] {
            assert_eq!(tidy(written), read, "{written:?}");
            assert_eq!(fault(written, 100), None, "{written:?}");
        }
    }

    #[test]
    fn letters_of_another_encoding_are_told_with_what_they_were() {
        for (written, found, meant) in [
            ("Maâ€™ruf", "â€™", "’"),
            ("AndrÃ© d'Fretes", "Ã©", "é"),
            ("Ma\u{E2}\u{20AC}\u{2DC}ruf", "â€˜", "‘"),
            ("Ã¢â‚¬â„¢", "Ã¢", "â"),
            ("Ma‚Äôruf", "‚Äô", "’"),
            ("Andr√©", "√©", "é"),
            ("Mar\u{C3}\u{AD}a", "Ã\u{AD}", "í"),
            ("Siti\u{C2}\u{A0}Aminah", "Â\u{A0}", "\u{A0}"),
            ("á¸¤asan", "á¸¤", "Ḥ"),
            ("Dinas â€“ Bidang", "â€“", "–"),
            ("\"Ucokâ€", "â€", "\u{201D}"),
            ("Budi ðŸŽ‰", "ðŸŽ‰", "🎉"),
        ] {
            let expected = FaultKind::Garbled { found: found.into(), meant: meant.into() };
            assert_eq!(fault(written, 100), Some(expected), "{written:?}");
        }
        for good in [
            "JOÃO",
            "“Éva”",
            "«É»",
            "‘Áéí",
            "ÀÉ…é–É",
            "André–Marie",
            "Ñuñez",
            "“José”",
            "MÜLLER",
            "d’Été",
            "Ḥasan Ṣāliḥ",
            "Nguyễn Thị Đỗ",
        ] {
            assert_eq!(fault(good, 100), None, "{good}");
        }
    }

    #[test]
    fn formulas_and_leftovers_of_pages_are_refused() {
        for formula in ["=HYPERLINK(\"http://x\";\"Budi\")", " =A1&B1", "=CONCATENATE(A2)", "+SUM(A1)", "@SUM(A1)"] {
            assert_eq!(fault(formula, 100), Some(FaultKind::Formula), "{formula}");
        }
        for (written, found) in [
            ("Siti<br>Aminah", "<br>"),
            ("Jos&eacute;", "&eacute;"),
            ("<b>Budi</b>", "<b>"),
            ("Nur&apos", "&apos"),
            ("Nur&#039", "&#039"),
        ] {
            assert_eq!(fault(written, 100), Some(FaultKind::Markup { found: found.into() }), "{written}");
        }
        for good in ["A < B", "Seksi P&K;", "x = y", "R & D", "=", "@ Kantor", "PNS+PPPK (A)", "Bidang A&KLB; B"] {
            assert_eq!(fault(good, 100), None, "{good}");
        }
    }

    #[test]
    fn what_cannot_be_printed_is_named_with_its_place() {
        for (written, character, place) in
            [("Budi → Siti", '→', 6), ("✓Budi", '✓', 1), ("Budi 🎉", '🎉', 6), ("عمر", 'ع', 1), ("王", '王', 1)]
        {
            assert_eq!(fault(written, 100), Some(FaultKind::Unprintable { character, place }), "{written}");
        }
        assert_eq!(fault("Bu\u{202E}di", 100), Some(FaultKind::Direction { character: '\u{202E}', place: 3 }));
        assert!(matches!(fault(&format!("Z{}", "\u{335}".repeat(5)), 100), Some(FaultKind::Marks { .. })));
        assert_eq!(fault(&"a".repeat(101), 100), Some(FaultKind::TooLong { limit: 100 }));
        // Longer in print than in the cell.
        assert_eq!(fault(&"㎏".repeat(60), 100), Some(FaultKind::TooLong { limit: 100 }));
    }
}
