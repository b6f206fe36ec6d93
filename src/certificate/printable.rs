//! What of a text can be printed: the measure by which names and settings are checked before anybody signs, and how a
//! text that was stored before the check is printed all the same.

use super::fonts::Fonts;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Printed where a character can't be: a white square.
pub const MARK: char = '\u{25A1}';

/// A character that can't be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unprintable {
    /// The character.
    pub character: char,
    /// Its place in the composed text (NFC), from 1.
    pub place: usize,
}

/// A text as it is printed.
pub(super) struct PrintedText {
    pub(super) text: String,
    /// Whether [`MARK`] stands for a character somewhere.
    pub(super) has_marks: bool,
}

/// The first character of a text that certificates and slips can't print; `None` if they can print all.
pub fn unprintable(text: &str) -> Option<Unprintable> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    printable(text).err()
}

/// The text as it can be printed: composed (NFC), with white space collapsed, characters that the fonts lack replaced
/// by similar ones, and diacritics that they lack dropped.
///
/// # Errors
/// The first character that has no replacement.
pub fn printable(text: &str) -> Result<String, Unprintable> {
    composed(text, |character, place| Err(Unprintable { character, place }))
}

/// The text as it is printed whatever it holds: as [`printable`] makes it, with [`MARK`] for each character that has no
/// replacement.
pub(super) fn printed_text(text: &str) -> PrintedText {
    let mut has_marks = false;
    let mark = |character: char, _| {
        // A mark of another script belongs to the letter before it, which has a mark of ours already.
        if is_combining_mark(character) {
            return Ok::<_, std::convert::Infallible>("");
        }
        has_marks = true;
        Ok(MARK_TEXT)
    };
    let Ok(text) = composed(text, mark);
    PrintedText { text, has_marks }
}

const MARK_TEXT: &str = "\u{25A1}";

/// Composes a text; `missing` gives what stands for a character without a replacement, by its place from 1.
fn composed<E>(text: &str, mut missing: impl FnMut(char, usize) -> Result<&'static str, E>) -> Result<String, E> {
    let fonts = Fonts::get();
    let mut printed = String::with_capacity(text.len());
    for (place, character) in (1..).zip(text.nfc()) {
        if character.is_whitespace() && character != '\u{A0}' {
            if !printed.is_empty() && !printed.ends_with(' ') {
                printed.push(' ');
            }
        } else if character != MARK && fonts.has_glyph(character) {
            printed.push(character);
        } else {
            match replacement(character) {
                Some(text) => printed.push_str(&text),
                None => printed.push_str(missing(character, place)?),
            }
        }
    }
    printed.truncate(printed.trim_end_matches(' ').len());
    Ok(printed)
}

fn replacement(character: char) -> Option<Cow<'static, str>> {
    let plain = match character {
        // Characters without a width, and marks that couldn't be composed with their letter.
        '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}' | '\u{300}'..='\u{36F}' => "",
        '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => "",
        MARK => return None,
        '\u{2010}' | '\u{2011}' | '\u{2043}' => "-",
        '\u{2012}' | '\u{2212}' => "\u{2013}",
        '\u{2015}' => "\u{2014}",
        // Apostrophes, and the letters for hamza and ain in romanised Arabic names.
        '\u{2032}' | '\u{2BC}' | '\u{2B9}' => "\u{2019}",
        '\u{2BB}' | '\u{201B}' => "\u{2018}",
        '\u{2033}' => "\u{201D}",
        '\u{25CF}' | '\u{2219}' | '\u{00B7}' => "\u{2022}",
        _ => {
            let fonts = Fonts::get();
            let bare: String = std::iter::once(character).nfkd().filter(|&c| fonts.has_glyph(c)).collect();
            return (!bare.is_empty()).then_some(Cow::Owned(bare));
        }
    };
    Some(Cow::Borrowed(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_fonts_lack_is_mapped_or_refused() {
        assert_eq!(
            printable("  Nur\u{A0}Ḥidāyat \u{2BF}Umar \u{2BB}Ali\n\t, S.E.\u{200B} "),
            Ok("Nur\u{A0}Ḥidāyat \u{2BF}Umar \u{2018}Ali , S.E.".into())
        );
        assert_eq!(printable("e\u{301}"), Ok("é".into()));
        assert_eq!(printable("名"), Err(Unprintable { character: '名', place: 1 }));
        assert_eq!(printable("a🎉"), Err(Unprintable { character: '🎉', place: 2 }));
    }

    #[test]
    fn names_are_spelled_as_they_are_written() {
        for name in ["Ḥasan Ṣāliḥ", "Nguyễn Văn Đỗ", "Trương Mỹ Hạnh", "ʿAbd al-Raḥmān ʾIbrāhīm", "Ẓāhir Ṭāhā Ḍiyāʾ"]
        {
            assert_eq!(printable(name).as_deref(), Ok(name));
            assert_eq!(unprintable(name), None);
        }
    }

    #[test]
    fn a_mark_stands_for_what_cannot_be_printed() {
        for (text, expected) in [
            ("Budi → Siti ✓", "Budi □ Siti □"),
            ("عمر\u{64E}", "□□□"),
            ("Budi 👩\u{200D}🏫\u{FE0F}", "Budi □□"),
            ("a\u{202E}b\u{2066}c\u{61C}", "a□b□c□"),
            ("□", "□"),
            ("\u{FFFD}\u{7F}\u{0}", "□□□"),
        ] {
            let printed = printed_text(text);
            assert_eq!((printed.text.as_str(), printed.has_marks), (expected, true), "{text:?}");
            assert!(unprintable(text).is_some(), "{text:?}");
        }
        assert!(!printed_text("Dr. H. Budi Santoso, S.E.").has_marks);
    }
}
