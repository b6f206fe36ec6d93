//! Text files in UTF-16, as spreadsheets save "Unicode text". They are read as the same text in UTF-8.

use super::RosterFileError;
use super::budget::Budget;
use super::scratch_file::unnamed;
use encoding_rs::{CoderResult, Encoding, UTF_16BE, UTF_16LE};
use std::fs::File;
use std::io::{Read, Seek, Write};

const BLOCK_BYTES: usize = 64 * 1024;

/// The encoding of a text that begins with these bytes, if it is UTF-16: by its byte order mark, or because nearly
/// every other byte is zero, as in any text of Latin letters.
pub fn utf16(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        // The mark of UTF-32.
        [0xFF, 0xFE, 0, 0, ..] => return None,
        [0xFF, 0xFE, ..] => return Some(UTF_16LE),
        [0xFE, 0xFF, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let (pairs, _) = head.as_chunks::<2>();
    let latin = |low: usize| pairs.iter().filter(|pair| pair[low] != 0 && pair[1 - low] == 0).count();
    let is_mostly = |count: usize| !pairs.is_empty() && count * 4 >= pairs.len() * 3;
    let has_zero_character = pairs.contains(&[0, 0]);
    [(0, UTF_16LE), (1, UTF_16BE)]
        .into_iter()
        .find(|(low, _)| !has_zero_character && is_mostly(latin(*low)))
        .map(|(_, encoding)| encoding)
}

/// The text of a file in UTF-8, in a file without a name. What isn't a character becomes U+FFFD, which is a fault of
/// its cell.
pub fn in_utf8(mut file: File, encoding: &'static Encoding, budget: &Budget) -> Result<File, RosterFileError> {
    let mut utf8 = unnamed(budget.scratch())?;
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let (mut from, mut into) = (vec![0; BLOCK_BYTES], vec![0; 2 * BLOCK_BYTES]);
    loop {
        let read = file.read(&mut from)?;
        budget.text(read)?;
        let mut rest = &from[..read];
        loop {
            let (result, taken, written, _) = decoder.decode_to_utf8(rest, &mut into, read == 0);
            utf8.write_all(&into[..written])?;
            rest = &rest[taken..];
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        if read == 0 {
            utf8.rewind()?;
            return Ok(utf8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, high_first: bool) -> Vec<u8> {
        let bytes = |unit: u16| if high_first { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn utf16_is_known_with_and_without_a_mark() {
        let text = "NIP;Nama\r\n1;“Đỗ” – André\r\n";
        for (high_first, encoding) in [(false, UTF_16LE), (true, UTF_16BE)] {
            assert_eq!(utf16(&encoded(text, high_first)), Some(encoding));
            assert_eq!(utf16(&encoded(&format!("\u{FEFF}{text}"), high_first)), Some(encoding));
        }
        for other in [&b"NIP;Nama\n"[..], b"", b"N", b"NIP\0Nama\0", b"\0\0\0\0", b"\xFF\xFE\0\0N\0\0\0"] {
            assert_eq!(utf16(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_text_of_many_blocks_is_whole_and_a_half_character_is_marked() {
        for high_first in [false, true] {
            let text = "é€😀a".repeat(50_000);
            let mut bytes = encoded(&format!("\u{FEFF}{text}"), high_first);
            bytes.push(b'x');
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            file.rewind().unwrap();
            let encoding = utf16(&bytes).unwrap();
            let mut utf8 = in_utf8(file, encoding, &Budget::for_test(1_000_000)).unwrap();
            let mut read = String::new();
            utf8.read_to_string(&mut read).unwrap();
            assert!(read == format!("{text}\u{FFFD}"), "{}", read.len());
        }
    }
}
