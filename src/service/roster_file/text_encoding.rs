//! The encoding of a text file: UTF-8 with or without a byte order mark, or Windows-1252.
//!
//! Almost any bytes can be read as Windows-1252, which turns a damaged UTF-8 file into garbled names. A file therefore
//! counts as Windows-1252 only if it holds no character in the multi-byte form of UTF-8.

use super::RosterFileError;
use super::budget::Budget;
use super::line_feeds::{LineFeeds, line_feeds};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use std::io::Read;

/// Bytes that Windows-1252 leaves undefined.
const UNDEFINED: [u8; 5] = [0x81, 0x8D, 0x8F, 0x90, 0x9D];

/// Detects the encoding by reading the whole file. A broken file is refused with the number of its first broken line.
pub fn detect(file: impl Read, budget: &Budget) -> Result<&'static Encoding, RosterFileError> {
    let mut file = LineFeeds::new(file);
    let mut scan = Scan { line: 1, ..Scan::default() };
    let mut block = vec![0u8; 64 * 1024];
    let mut held = 0;
    let mut at_start = true;
    loop {
        let read = file.read(&mut block[held..])?;
        // Checks for cancellation. The bytes themselves cost almost nothing.
        budget.step(1)?;
        let filled = held + read;
        if at_start && filled >= 3 {
            scan.marked = block.starts_with(b"\xEF\xBB\xBF");
            at_start = false;
        }
        let used = scan.take(&block[..filled], read == 0);
        block.copy_within(used..filled, 0);
        held = filled - used;
        if read == 0 {
            return scan.verdict();
        }
    }
}

#[derive(Default)]
struct Scan {
    marked: bool,
    line: u64,
    multibyte: bool,
    broken_line: Option<u64>,
    undefined: bool,
}

impl Scan {
    /// Scans bytes and returns how many were used. A character cut off at the end is left for the next call, unless
    /// this is the last.
    fn take(&mut self, bytes: &[u8], last: bool) -> usize {
        let mut from = 0;
        loop {
            let rest = &bytes[from..];
            let (valid, error) = match std::str::from_utf8(rest) {
                Ok(_) => (rest.len(), None),
                Err(error) => (error.valid_up_to(), Some(error)),
            };
            self.multibyte |= !rest[..valid].is_ascii() && (from > 0 || !self.marked || rest[..valid].len() > 3);
            self.line += line_feeds(&rest[..valid]);
            let Some(error) = error else { return bytes.len() };
            let length = match error.error_len() {
                None if !last => return from + valid,
                None => rest.len() - valid,
                Some(length) => length,
            };
            self.broken_line.get_or_insert(self.line);
            self.undefined |= rest[valid..valid + length].iter().any(|byte| UNDEFINED.contains(byte));
            from += valid + length;
        }
    }

    fn verdict(&self) -> Result<&'static Encoding, RosterFileError> {
        match self.broken_line {
            None => Ok(UTF_8),
            Some(line) if self.marked || self.multibyte || self.undefined => Err(RosterFileError::BrokenText { line }),
            Some(_) => Ok(WINDOWS_1252),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(file: impl Read) -> Result<&'static Encoding, RosterFileError> {
        super::detect(file, &Budget::for_test(1_000))
    }

    #[test]
    fn encodings_are_told_apart() {
        assert_eq!(detect("NAMA\nSiti\n".as_bytes()).unwrap(), UTF_8);
        assert_eq!(detect("\u{FEFF}NAMA\nAndré\n".as_bytes()).unwrap(), UTF_8);
        assert_eq!(detect(&b"NAMA\nAndr\xE9 d'Fretes\n"[..]).unwrap(), WINDOWS_1252);
    }

    #[test]
    fn broken_utf8_names_its_line() {
        let mixed = [&b"NAMA\n"[..], "André\n".as_bytes(), b"Jos\xC3 da\n"].concat();
        assert!(matches!(detect(&mixed[..]), Err(RosterFileError::BrokenText { line: 3 })));
        let marked = b"\xEF\xBB\xBFNAMA\nJos\xE9\n".to_vec();
        assert!(matches!(detect(&marked[..]), Err(RosterFileError::BrokenText { line: 2 })));
        assert!(matches!(detect(&b"NAMA\n\x81\x8D\n"[..]), Err(RosterFileError::BrokenText { line: 2 })));
        assert!(matches!(detect(&b"A\rB\r\nC\n\x81\r"[..]), Err(RosterFileError::BrokenText { line: 4 })));
    }

    #[test]
    fn a_character_across_two_blocks_is_whole() {
        let mut long = "a".repeat(64 * 1024 - 1);
        long.push('é');
        assert_eq!(detect(long.as_bytes()).unwrap(), UTF_8);
    }
}
