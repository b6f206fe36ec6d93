//! The kind of a file, detected from its bytes and not from its name.

use super::RosterFileError;
use super::budget::Budget;
use super::foreign_format::ForeignFormat;
use super::utf16_text::utf16;
use encoding_rs::{Encoding, WINDOWS_1252};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Most bytes of a file that is read.
pub const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Most entries of an XLSX container. A sheet has several: itself, its settings for printing, its pictures and notes.
pub const ZIP_ENTRIES_MAX: usize = 10_000;

/// The length of the file that an office program puts beside a workbook that is open.
const OWNER_FILE_BYTES: usize = 165;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    Xlsx,
    /// Text in this encoding, which is one of UTF-16.
    Utf16(&'static Encoding),
    /// Any file without a known signature.
    Text,
}

/// The size of a file in bytes. Fails for an empty file and for one above [`FILE_BYTES_MAX`].
pub fn size(file: &File) -> Result<u64, RosterFileError> {
    match file.metadata()?.len() {
        0 => Err(RosterFileError::Empty),
        size if size > FILE_BYTES_MAX => Err(RosterFileError::FileTooLarge),
        size => Ok(size),
    }
}

/// Detects the kind of a file from its first 4 KiB.
pub fn recognise(file: &mut File, budget: &Budget) -> Result<Container, RosterFileError> {
    let mut head = [0u8; 4096];
    let read = read_up_to(file, &mut head)?;
    file.seek(SeekFrom::Start(0))?;
    match &head[..read] {
        [b'P', b'K', 3, 4, ..] => Ok(Container::Xlsx),
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => Err(old_container(file, budget)?),
        // A workbook of Excel 2 to 4, which has no container.
        [9, 0 | 2 | 4 | 8, 4 | 6 | 8 | 16, 0, ..] => Err(RosterFileError::OldExcel),
        [0xFF, 0xD8, 0xFF, ..] | [0x89, b'P', b'N', b'G', ..] | [b'G', b'I', b'F', b'8', ..] => {
            Err(RosterFileError::NotASpreadsheet("gambar"))
        }
        [b'%', b'P', b'D', b'F', ..] => Err(RosterFileError::NotASpreadsheet("PDF")),
        [b'P', b'K', ..] => Err(RosterFileError::Damaged),
        [b'R', b'a', b'r', b'!', ..] | [b'7', b'z', 0xBC, 0xAF, ..] | [0x1F, 0x8B, ..] => {
            Err(RosterFileError::Foreign(ForeignFormat::Archive))
        }
        head if is_owner_file(head) => Err(RosterFileError::NotASpreadsheet("sementara")),
        head => text(head),
    }
}

/// The file `~$NAME.xlsx` that says who has a workbook open: a name behind its length, in 54 bytes, and once more in
/// UTF-16.
fn is_owner_file(head: &[u8]) -> bool {
    head.len() == OWNER_FILE_BYTES
        && (1..=54).contains(&head[0])
        && head[1..55].iter().skip(head[0].into()).all(|byte| matches!(byte, b' ' | 0))
}

/// The kind of a file that has no signature.
fn text(head: &[u8]) -> Result<Container, RosterFileError> {
    let encoding = utf16(head);
    if encoding.is_none() && head.contains(&0) {
        return Err(RosterFileError::NotASpreadsheet("biner"));
    }
    let (shown, _, _) = encoding.unwrap_or(WINDOWS_1252).decode(head);
    match ForeignFormat::of_text(&shown) {
        Some(format) => Err(RosterFileError::Foreign(format)),
        None => Ok(encoding.map_or(Container::Text, Container::Utf16)),
    }
}

/// An OLE container is an encrypted XLSX (stream `EncryptedPackage`, MS-OFFCRYPTO 2.3.4), an old XLS (`Workbook` or
/// `Book`) or a document of Word. Its directory holds stream names in UTF-16.
fn old_container(file: &mut File, budget: &Budget) -> Result<RosterFileError, RosterFileError> {
    let wide = |name: &str| name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let names = ["EncryptedPackage", "Workbook", "Book", "WordDocument"].map(wide);
    let mut found = [false; 4];
    let mut window = Vec::new();
    let mut block = vec![0u8; 64 * 1024];
    loop {
        let read = read_up_to(file, &mut block)?;
        budget.text(read)?;
        if read == 0 {
            break;
        }
        window.extend_from_slice(&block[..read]);
        for (found, name) in found.iter_mut().zip(&names) {
            *found |= window.windows(name.len()).any(|bytes| bytes == name);
        }
        window.drain(..window.len().saturating_sub(names[0].len()));
    }
    Ok(match found {
        [true, ..] => RosterFileError::Password,
        [_, false, false, true] => RosterFileError::Foreign(ForeignFormat::Word),
        _ => RosterFileError::OldExcel,
    })
}

fn read_up_to(from: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match from.read(&mut into[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn recognised(bytes: &[u8]) -> Result<Container, RosterFileError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let mut file = file.reopen().unwrap();
        size(&file)?;
        recognise(&mut file, &Budget::for_test(1_000_000))
    }

    #[test]
    fn files_are_told_by_their_bytes() {
        assert!(matches!(recognised(b"NIP;Nama\n"), Ok(Container::Text)));
        assert!(matches!(recognised(b"PK\x03\x04rest"), Ok(Container::Xlsx)));
        assert!(matches!(recognised(b""), Err(RosterFileError::Empty)));
        assert!(matches!(recognised(b"\xFF\xD8\xFF\xE0JFIF"), Err(RosterFileError::NotASpreadsheet("gambar"))));
        let mut owner = b"\x05Admin".to_vec();
        owner.resize(55, b' ');
        owner.extend([5, 0]);
        owner.extend("Admin".encode_utf16().flat_map(u16::to_le_bytes));
        owner.resize(OWNER_FILE_BYTES, 0);
        assert!(matches!(recognised(&owner), Err(RosterFileError::NotASpreadsheet("sementara"))));
    }

    #[test]
    fn other_files_are_told_from_text_in_any_encoding() {
        assert!(matches!(recognised(b"\xFF\xFEN\0I\0P\0"), Ok(Container::Utf16(_))));
        assert!(matches!(recognised(b"N\0I\0P\0;\0"), Ok(Container::Utf16(_))));
        assert!(matches!(recognised(b"NIP\0Nama"), Err(RosterFileError::NotASpreadsheet("biner"))));
        assert!(matches!(recognised(b"\x09\x08\x10\0\0\x06\x05\0"), Err(RosterFileError::OldExcel)));
        for archive in [&b"Rar!\x1A\x07\0"[..], b"7z\xBC\xAF\x27\x1C", b"\x1F\x8B\x08\0"] {
            assert!(matches!(recognised(archive), Err(RosterFileError::Foreign(ForeignFormat::Archive))));
        }
        // A web page, in any encoding.
        let page = "\u{FEFF}<html><table>";
        let wide: Vec<u8> = page.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [page.as_bytes(), b"\r\n<table border=1>", &wide, &wide[2..]] {
            assert!(matches!(recognised(bytes), Err(RosterFileError::Foreign(ForeignFormat::Html))), "{bytes:?}");
        }
    }

    #[test]
    fn an_encrypted_workbook_is_told_from_an_old_one_and_from_a_document() {
        let ole = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
        let mut encrypted = ole.clone();
        encrypted.extend(vec![7; 70_000]);
        encrypted.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        assert!(matches!(recognised(&encrypted), Err(RosterFileError::Password)));
        assert!(matches!(recognised(&[&ole[..], &[1; 600]].concat()), Err(RosterFileError::OldExcel)));
        let streams = |names: &str| {
            let names = names.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
            recognised(&[&ole[..], &[1; 600], &names].concat())
        };
        assert!(matches!(streams("WordDocument"), Err(RosterFileError::Foreign(ForeignFormat::Word))));
        // A workbook may hold a document.
        assert!(matches!(streams("Workbook WordDocument"), Err(RosterFileError::OldExcel)));
    }
}
