//! The kind of a file, detected from its bytes and not from its name.

use super::RosterFileError;
use super::budget::Budget;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Most bytes of a file that is read.
pub const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Most entries of an XLSX container.
pub const ZIP_ENTRIES_MAX: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    Xlsx,
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
        [0xFF, 0xD8, 0xFF, ..] | [0x89, b'P', b'N', b'G', ..] | [b'G', b'I', b'F', b'8', ..] => {
            Err(RosterFileError::NotASpreadsheet("gambar"))
        }
        [b'%', b'P', b'D', b'F', ..] => Err(RosterFileError::NotASpreadsheet("PDF")),
        [b'P', b'K', ..] => Err(RosterFileError::Damaged),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Err(RosterFileError::Utf16),
        head if head.contains(&0) => Err(RosterFileError::NotASpreadsheet("biner")),
        _ => Ok(Container::Text),
    }
}

/// An OLE container is either an encrypted XLSX (stream `EncryptedPackage`, MS-OFFCRYPTO 2.3.4) or an old XLS. Its
/// directory holds stream names in UTF-16.
fn old_container(file: &mut File, budget: &Budget) -> Result<RosterFileError, RosterFileError> {
    let needle: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut window = Vec::new();
    let mut block = vec![0u8; 64 * 1024];
    loop {
        let read = read_up_to(file, &mut block)?;
        budget.text(read)?;
        if read == 0 {
            return Ok(RosterFileError::OldExcel);
        }
        window.extend_from_slice(&block[..read]);
        if window.windows(needle.len()).any(|bytes| bytes == needle) {
            return Ok(RosterFileError::Password);
        }
        window.drain(..window.len().saturating_sub(needle.len()));
    }
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
        assert!(matches!(recognised(b"\xFF\xFEN\0I\0P\0"), Err(RosterFileError::Utf16)));
    }

    #[test]
    fn an_encrypted_workbook_is_told_from_an_old_one() {
        let ole = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
        let mut encrypted = ole.clone();
        encrypted.extend(vec![7; 70_000]);
        encrypted.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        assert!(matches!(recognised(&encrypted), Err(RosterFileError::Password)));
        assert!(matches!(recognised(&[&ole[..], &[1; 600]].concat()), Err(RosterFileError::OldExcel)));
    }
}
