//! Strings as they are written in a file (ISO 32000-1, 7.3.4 and 7.9).

use crate::domain::time::UnixMillis;
use std::fmt::Write;

/// ASCII as it is, anything else as UTF-16 with a byte order mark (7.9.2.2).
pub(super) fn text_string(text: &str) -> String {
    if text.is_ascii() {
        return literal(text);
    }
    let bytes: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    hexadecimal(&bytes)
}

/// In parentheses (7.3.4.2). Within them only what would be read as something else is escaped: a backslash, a carriage
/// return, and parentheses without a partner.
pub(super) fn literal(text: &str) -> String {
    let (mut open, mut alone) = (Vec::new(), Vec::new());
    for (at, character) in text.char_indices() {
        match character {
            '(' => open.push(at),
            ')' if open.pop().is_none() => alone.push(at),
            _ => {}
        }
    }
    alone.append(&mut open);
    let mut written = String::with_capacity(text.len() + 2);
    written.push('(');
    for (at, character) in text.char_indices() {
        match character {
            '\r' => written.push_str("\\r"),
            '\\' => written.push_str("\\\\"),
            '(' | ')' if alone.contains(&at) => written.extend(['\\', character]),
            _ => written.push(character),
        }
    }
    written.push(')');
    written
}

/// In angle brackets (7.3.4.3).
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let mut written = String::with_capacity(2 * bytes.len() + 2);
    written.push('<');
    for byte in bytes {
        write!(written, "{byte:02X}").expect("writing to a string never fails");
    }
    written.push('>');
    written
}

/// A name (7.3.5). A byte that would end it or begin something else is written as its number.
pub(super) fn name(name: &str) -> String {
    let mut written = String::from("/");
    for byte in name.bytes() {
        if byte.is_ascii_graphic() && !b"()<>[]{}/%#".contains(&byte) {
            written.push(byte.into());
        } else {
            write!(written, "#{byte:02X}").expect("writing to a string never fails");
        }
    }
    written
}

/// `(D:YYYYMMDDHHMMSSZ)` (7.9.4).
pub(super) fn date(at: UnixMillis) -> String {
    at.timestamp().strftime("(D:%Y%m%d%H%M%SZ)").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lopdf::content::{Content, Operation};
    use lopdf::{Object, StringFormat};
    use proptest::prelude::*;

    fn written(object: Object) -> String {
        let content = Content { operations: [Operation::new("", vec![object])] }.encode().unwrap();
        String::from_utf8(content).unwrap().strip_suffix(' ').unwrap().into()
    }

    proptest! {
        #[test]
        fn strings_and_names_are_written_as_another_writer_writes_them(text in "[()\\\\\r\n a-c/#<>%]{0,24}") {
            prop_assert_eq!(literal(&text), written(Object::string_literal(text.as_str())));
            prop_assert_eq!(name(&text), written(Object::Name(text.clone().into_bytes())));
            let hex = Object::String(text.clone().into_bytes(), StringFormat::Hexadecimal);
            prop_assert_eq!(hexadecimal(text.as_bytes()), written(hex));
        }
    }

    #[test]
    fn letters_beyond_ascii_are_utf_16() {
        assert_eq!(text_string("Budi (Bagian Umum"), "(Budi \\(Bagian Umum)");
        assert_eq!(text_string("–"), "<FEFF2013>");
    }
}
