//! Writes indirect objects (ISO 32000-1, 7.3.10) and the cross-reference table at the end.

use crate::domain::time::UnixMillis;
use lopdf::{Dictionary, Object};
use std::io::Write;

/// A PDF file being written.
#[derive(Clone, Default)]
pub struct ObjectWriter {
    /// The file so far.
    pub bytes: Vec<u8>,
    /// Where each object begins, by its number.
    offsets: Vec<Option<usize>>,
}

impl ObjectWriter {
    /// A file with room for `capacity` more bytes that begins as another does.
    pub fn after(beginning: &Self, capacity: usize) -> Self {
        let mut bytes = Vec::with_capacity(beginning.bytes.len() + capacity);
        bytes.extend_from_slice(&beginning.bytes);
        let mut offsets = Vec::with_capacity(beginning.offsets.len() + OBJECTS_EXPECTED);
        offsets.extend_from_slice(&beginning.offsets);
        Self { bytes, offsets }
    }

    /// Appends the objects of another file, whose numbers aren't written yet.
    pub fn append(&mut self, other: &Self) {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.offsets.resize(self.offsets.len().max(other.offsets.len()), None);
        for (offset, added) in self.offsets.iter_mut().zip(&other.offsets) {
            *offset = offset.or(added.map(|added| at + added));
        }
    }

    /// Writes an object whose content is written by `content`.
    pub fn object(&mut self, number: usize, content: impl FnOnce(&mut Vec<u8>)) {
        if self.offsets.len() <= number {
            self.offsets.resize(number + 1, None);
        }
        self.offsets[number] = Some(self.bytes.len());
        push_number(&mut self.bytes, number);
        self.bytes.extend_from_slice(b" 0 obj\n");
        content(&mut self.bytes);
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    /// Writes a stream; `entries` are those of its dictionary besides `/Length`.
    pub fn stream(&mut self, number: usize, entries: &str, content: &[u8]) {
        self.object(number, |bytes| {
            put(bytes, format_args!("<<{entries}/Length {}>>stream\n", content.len()));
            bytes.extend_from_slice(content);
            bytes.extend_from_slice(b"\nendstream");
        });
    }

    /// Writes the cross-reference table and the trailer (ISO 32000-1, 7.5.4 and 7.5.5). Every number is written.
    pub fn finish(&mut self, root: usize, id: &str) {
        let start = self.bytes.len();
        let count = self.offsets.len();
        put(&mut self.bytes, format_args!("xref\n0 {count}\n0000000000 65535 f \n"));
        for &offset in &self.offsets[1..] {
            let mut entry = *b"0000000000 00000 n \n";
            let mut left = offset.unwrap_or_default();
            for digit in entry[..10].iter_mut().rev() {
                *digit = b'0' + u8::try_from(left % 10).unwrap_or_default();
                left /= 10;
            }
            self.bytes.extend_from_slice(&entry);
        }
        let trailer =
            format_args!("trailer\n<</Size {count}/Root {root} 0 R/ID[<{id}><{id}>]>>\nstartxref\n{start}\n%%EOF\n");
        put(&mut self.bytes, trailer);
    }

    /// The first number that is larger than all written ones.
    pub fn next_number(&self) -> usize {
        self.offsets.len().max(1)
    }

    /// Whether each number has its object; a number that was left out would make the table wrong.
    pub fn is_complete(&self) -> bool {
        self.offsets.iter().skip(1).all(Option::is_some)
    }
}

/// A certificate has some hundred objects.
const OBJECTS_EXPECTED: usize = 128;

/// Writes formatted text.
pub fn put(bytes: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    bytes.write_fmt(text).expect("writing to memory never fails");
}

/// `D:YYYYMMDDHHMMSSZ` (ISO 32000-1, 7.9.4).
pub fn date(at: UnixMillis) -> String {
    at.timestamp().strftime("D:%Y%m%d%H%M%SZ").to_string()
}

/// Writes a whole number.
pub fn push_number(bytes: &mut Vec<u8>, number: usize) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut left = number;
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(left % 10).unwrap_or_default();
        left /= 10;
        if left == 0 {
            break;
        }
    }
    bytes.extend_from_slice(&digits[at..]);
}

/// Writes a number with at most `decimals` decimals, without zeros at its end.
pub fn push_decimal(bytes: &mut Vec<u8>, number: f32, decimals: u32) {
    let unit = 10_i64.pow(decimals);
    // No position on a page and no colour is near the limits of an i64.
    let scaled = (f64::from(number) * unit as f64).round() as i64;
    if scaled < 0 {
        bytes.push(b'-');
    }
    let scaled = scaled.unsigned_abs();
    let unit = unit.unsigned_abs();
    push_number(bytes, usize::try_from(scaled / unit).unwrap_or_default());
    let mut rest = scaled % unit;
    if rest == 0 {
        return;
    }
    bytes.push(b'.');
    let mut place = unit / 10;
    while rest > 0 {
        bytes.push(b'0' + u8::try_from(rest / place).unwrap_or_default());
        rest %= place;
        place /= 10;
    }
}

/// A text string: ASCII as it is, anything else as UTF-16 with a byte order mark (ISO 32000-1, 7.9.2.2).
pub fn push_text_string(bytes: &mut Vec<u8>, text: &str) {
    if text.is_ascii() {
        return push_literal(bytes, text.as_bytes());
    }
    let wide: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    push_literal(bytes, &wide);
}

/// A literal string (ISO 32000-1, 7.3.4.2).
pub fn push_literal(bytes: &mut Vec<u8>, content: &[u8]) {
    bytes.push(b'(');
    push_escaped(bytes, content);
    bytes.push(b')');
}

/// What stands between the brackets of a literal string. A carriage return is escaped, since readers may take it for a
/// line feed.
pub fn push_escaped(bytes: &mut Vec<u8>, content: &[u8]) {
    for &byte in content {
        match byte {
            b'(' | b')' | b'\\' => bytes.extend_from_slice(&[b'\\', byte]),
            b'\r' => bytes.extend_from_slice(b"\\r"),
            _ => bytes.push(byte),
        }
    }
}

/// A reference to an object.
pub fn push_reference(bytes: &mut Vec<u8>, number: usize) {
    push_number(bytes, number);
    bytes.extend_from_slice(b" 0 R");
}

/// References, as an array holds them.
pub fn push_references(bytes: &mut Vec<u8>, numbers: impl Iterator<Item = usize>) {
    for (place, number) in numbers.enumerate() {
        if place > 0 {
            bytes.push(b' ');
        }
        push_reference(bytes, number);
    }
}

/// Writes an object of `lopdf`; `number` gives the number in this file of an object that is referred to.
pub fn push_object(bytes: &mut Vec<u8>, object: &Object, number: &dyn Fn(u32) -> usize) {
    match object {
        Object::Null => bytes.extend_from_slice(b"null"),
        Object::Boolean(value) => put(bytes, format_args!("{value}")),
        Object::Integer(value) => put(bytes, format_args!("{value}")),
        Object::Real(value) => put(bytes, format_args!("{value}")),
        Object::Name(name) => push_name(bytes, name),
        Object::String(text, _) => push_literal(bytes, text),
        Object::Array(items) => {
            bytes.push(b'[');
            for item in items {
                bytes.push(b' ');
                push_object(bytes, item, number);
            }
            bytes.push(b']');
        }
        Object::Dictionary(dictionary) => {
            bytes.extend_from_slice(b"<<");
            push_entries(bytes, dictionary, number);
            bytes.extend_from_slice(b">>");
        }
        Object::Stream(_) => unreachable!("a stream is an indirect object, written with `stream`"),
        Object::Reference((of, _)) => put(bytes, format_args!("{} 0 R", number(*of))),
    }
}

/// Writes a dictionary's entries without its brackets.
pub fn push_entries(bytes: &mut Vec<u8>, dictionary: &Dictionary, number: &dyn Fn(u32) -> usize) {
    for (key, value) in dictionary.iter() {
        push_name(bytes, key);
        bytes.push(b' ');
        push_object(bytes, value, number);
    }
}

/// A name; bytes that aren't regular characters are written in hexadecimal (ISO 32000-1, 7.3.5).
fn push_name(bytes: &mut Vec<u8>, name: &[u8]) {
    bytes.push(b'/');
    for &byte in name {
        if byte.is_ascii_graphic() && !b"()<>[]{}/%#".contains(&byte) {
            bytes.push(byte);
        } else {
            put(bytes, format_args!("#{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(number: f32, decimals: u32) -> String {
        let mut bytes = Vec::new();
        push_decimal(&mut bytes, number, decimals);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn numbers_are_short() {
        let written = [decimal(1.0, 2), decimal(0.256, 2), decimal(-0.001, 2), decimal(10.5, 2), decimal(-3.05, 2)];
        assert_eq!(written, ["1", "0.26", "0", "10.5", "-3.05"]);
        assert_eq!([decimal(0.0588, 4), decimal(1.0, 4)], ["0.0588", "1"]);
    }

    #[test]
    fn strings_escape_what_would_end_or_change_them() {
        let mut bytes = Vec::new();
        push_text_string(&mut bytes, "a(b)\\c\rd");
        assert_eq!(bytes, br"(a\(b\)\\c\rd)");
        bytes.clear();
        push_text_string(&mut bytes, "–(");
        assert_eq!(bytes, [b'(', 0xFE, 0xFF, 0x20, 0x13, 0, b'\\', b'(', b')']);
    }
}
