//! Lets the ZIP writer go back over what only goes forward.
//!
//! The writer notes an entry's length and checksum in its head once the entry is written, and goes back no further. So
//! the bytes of one entry are held here, and passed on as soon as the writer returns to their end. Without going back
//! it would write the lengths behind each entry, where programs that read an archive front to back don't find them.

use sha2::{Digest, Sha256};
use std::io::{self, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A sink, and the hash of everything that was passed on to it.
pub struct ForwardSink<W> {
    sink: W,
    is_abandoned: Arc<AtomicBool>,
    hash: Sha256,
    /// How many bytes were passed on.
    passed: u64,
    held: Vec<u8>,
    /// Where in `held` is written.
    at: usize,
}

/// Nothing is passed on any more once it is dropped: a ZIP writer that is dropped early writes the end of an archive,
/// and what was broken off would look whole.
pub struct AbandonGuard(Arc<AtomicBool>);

impl Drop for AbandonGuard {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<W: Write> ForwardSink<W> {
    pub fn new(sink: W) -> (Self, AbandonGuard) {
        let is_abandoned = Arc::new(AtomicBool::new(false));
        let guard = AbandonGuard(is_abandoned.clone());
        (Self { sink, is_abandoned, hash: Sha256::new(), passed: 0, held: Vec::new(), at: 0 }, guard)
    }

    /// Passes the rest on. Returns the sink and the hash of all bytes.
    pub fn finish(mut self) -> io::Result<(W, [u8; 32])> {
        self.pass_on()?;
        self.sink.flush()?;
        Ok((self.sink, self.hash.finalize().into()))
    }

    fn pass_on(&mut self) -> io::Result<()> {
        if !self.is_abandoned.load(Ordering::Relaxed) {
            self.hash.update(&self.held);
            // What comes after bytes that are missing is worth nothing.
            let passed = self.sink.write_all(&self.held);
            passed.inspect_err(|_| self.is_abandoned.store(true, Ordering::Relaxed))?;
        }
        self.passed += self.held.len() as u64;
        self.held.clear();
        self.at = 0;
        Ok(())
    }
}

impl<W: Write> Write for ForwardSink<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let over = bytes.len().min(self.held.len() - self.at);
        self.held[self.at..self.at + over].copy_from_slice(&bytes[..over]);
        self.held.extend_from_slice(&bytes[over..]);
        self.at += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> Seek for ForwardSink<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (here, end) = (self.passed + self.at as u64, self.passed + self.held.len() as u64);
        let to = match to {
            SeekFrom::Start(to) => Some(to),
            SeekFrom::Current(by) => here.checked_add_signed(by),
            SeekFrom::End(by) => end.checked_add_signed(by),
        };
        let to = to.filter(|to| (self.passed..=end).contains(to)).ok_or(io::ErrorKind::InvalidInput)?;
        let was_behind = self.at < self.held.len();
        self.at = usize::try_from(to - self.passed).map_err(|_| io::ErrorKind::InvalidInput)?;
        if was_behind && to == end {
            self.pass_on()?;
        }
        Ok(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Read};
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipArchive, ZipWriter};

    #[test]
    fn an_archive_is_what_a_seekable_file_would_hold_and_each_entry_is_passed_on_when_it_is_whole() {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let (sink, _guard) = ForwardSink::new(Vec::new());
        let mut forward = ZipWriter::new(sink);
        let mut seekable = ZipWriter::new(Cursor::new(Vec::new()));
        for number in 0..20_u8 {
            let content = vec![number; 1_000 * usize::from(number)];
            for result in
                [forward.start_file(format!("{number}"), options), seekable.start_file(format!("{number}"), options)]
            {
                result.unwrap();
            }
            forward.write_all(&content).unwrap();
            seekable.write_all(&content).unwrap();
        }
        let (bytes, hash) = forward.finish().unwrap().finish().unwrap();
        assert_eq!(bytes, seekable.finish().unwrap().into_inner());
        assert_eq!(hash, <[u8; 32]>::from(Sha256::digest(&bytes)));
        let mut read = Vec::new();
        ZipArchive::new(Cursor::new(bytes)).unwrap().by_name("7").unwrap().read_to_end(&mut read).unwrap();
        assert_eq!(read, vec![7; 7_000]);
    }

    #[test]
    fn an_archive_that_is_abandoned_never_gets_an_end() {
        let mut file = tempfile::tempfile().unwrap();
        let (sink, guard) = ForwardSink::new(file.try_clone().unwrap());
        let mut zip = ZipWriter::new(sink);
        zip.start_file("a", SimpleFileOptions::default()).unwrap();
        zip.write_all(b"content").unwrap();
        zip.start_file("b", SimpleFileOptions::default()).unwrap();
        drop(guard);
        drop(zip);
        let mut written = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut written).unwrap();
        assert!(!written.is_empty());
        assert!(ZipArchive::new(Cursor::new(written)).is_err());
    }

    #[test]
    fn no_more_than_one_entry_is_held() {
        let (mut sink, _guard) = ForwardSink::new(Vec::new());
        sink.write_all(b"head....body").unwrap();
        sink.seek(SeekFrom::Start(4)).unwrap();
        sink.write_all(b"1234").unwrap();
        assert_eq!(sink.sink, b"");
        sink.seek(SeekFrom::Start(12)).unwrap();
        assert_eq!(sink.sink, b"head1234body");
        assert!(sink.seek(SeekFrom::Start(11)).is_err(), "what was passed on can't be changed");
        assert!(sink.seek(SeekFrom::Current(1)).is_err());
        sink.write_all(b"next").unwrap();
        assert_eq!((sink.stream_position().unwrap(), sink.finish().unwrap().0), (16, b"head1234bodynext".to_vec()));
    }
}
