//! What kind of file it is, told from its bytes and never from its name, and the limits on what it unpacks to.

use super::RosterFileError;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

/// Largest file that is read.
pub const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Most entries in an XLSX container.
pub const ZIP_ENTRIES_MAX: usize = 64;
/// Most bytes that the parts of an XLSX container may unpack to, counted while unpacking.
pub const INFLATED_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Most bytes of a single tag or run of text inside an XLSX part; this much is held in memory.
pub const TOKEN_BYTES_MAX: u64 = 4 * 1024 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    Xlsx,
    /// Anything without a known signature is taken for text.
    Text,
}

/// Looks at a file's size and first bytes.
pub fn recognise(path: &Path) -> Result<(Container, File), RosterFileError> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    if size == 0 {
        return Err(RosterFileError::Empty);
    }
    if size > FILE_BYTES_MAX {
        return Err(RosterFileError::FileTooLarge);
    }
    let mut head = [0u8; 4096];
    let read = read_up_to(&mut file, &mut head)?;
    file.seek(SeekFrom::Start(0))?;
    match &head[..read] {
        [b'P', b'K', 3, 4, ..] => Ok((Container::Xlsx, file)),
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => Err(old_container(&mut file)?),
        [0xFF, 0xD8, 0xFF, ..] | [0x89, b'P', b'N', b'G', ..] | [b'G', b'I', b'F', b'8', ..] => {
            Err(RosterFileError::NotASpreadsheet("gambar"))
        }
        [b'%', b'P', b'D', b'F', ..] => Err(RosterFileError::NotASpreadsheet("PDF")),
        [b'P', b'K', ..] => Err(RosterFileError::Damaged),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Err(RosterFileError::Utf16),
        head if head.contains(&0) => Err(RosterFileError::NotASpreadsheet("biner")),
        _ => Ok((Container::Text, file)),
    }
}

/// An OLE container is either an XLSX that a password encrypts (stream `EncryptedPackage`, MS-OFFCRYPTO 2.3.4) or the
/// old XLS. Stream names stand in UTF-16 in its directory.
fn old_container(file: &mut File) -> io::Result<RosterFileError> {
    let needle: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut window = Vec::new();
    let mut block = vec![0u8; 64 * 1024];
    loop {
        let read = read_up_to(file, &mut block)?;
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

/// Counts what comes out of a container, shared by all its parts.
#[derive(Clone, Default)]
pub struct Budget(Rc<Counters>);

#[derive(Default)]
struct Counters {
    inflated: Cell<u64>,
    since_token: Cell<u64>,
    exceeded: Cell<bool>,
}

impl Budget {
    /// A token has been consumed; the next one may again be as long as allowed.
    pub fn token_done(&self) {
        self.0.since_token.set(0);
    }

    pub fn is_exceeded(&self) -> bool {
        self.0.exceeded.get()
    }

    pub fn inflated(&self) -> u64 {
        self.0.inflated.get()
    }

    pub fn count<R: Read>(&self, inner: R) -> Counted<R> {
        Counted { inner, budget: self.clone() }
    }
}

/// A reader that fails as soon as more comes out than the budget allows.
pub struct Counted<R> {
    inner: R,
    budget: Budget,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        let counters = &self.budget.0;
        counters.inflated.set(counters.inflated.get() + read as u64);
        counters.since_token.set(counters.since_token.get() + read as u64);
        if counters.inflated.get() > INFLATED_BYTES_MAX || counters.since_token.get() > TOKEN_BYTES_MAX {
            counters.exceeded.set(true);
            return Err(io::Error::other("unpacks to more than the limit"));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn recognised(bytes: &[u8]) -> Result<Container, RosterFileError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        recognise(file.path()).map(|(container, _)| container)
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

    #[test]
    fn a_token_longer_than_allowed_is_refused() {
        let budget = Budget::default();
        let mut counted = budget.count(io::repeat(b' '));
        let mut block = vec![0; 1 << 20];
        for _ in 0..4 {
            counted.read_exact(&mut block).unwrap();
        }
        assert!(counted.read(&mut block).is_err() && budget.is_exceeded());
    }
}
