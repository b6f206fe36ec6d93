//! How often SQLite's write-ahead log was restarted, from its header (sqlite.org/fileformat2.html, section 4.1).

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of the header up to and including the first salt.
const HEADER_BYTES: usize = 20;
const MAGIC: [u32; 2] = [0x377f_0682, 0x377f_0683];
/// A checkpoint syncs the log, then the database; the restarted log's header is the third sync.
const SYNCS_PER_RESTART: u64 = 3;

/// The first salt. It starts at random and grows by one with each restart of the log, by any connection; the checkpoint
/// sequence number beside it is per connection. `None` if the file isn't a write-ahead log.
pub fn first_salt(wal: &Path) -> Option<u32> {
    let mut header = [0; HEADER_BYTES];
    File::open(wal).ok()?.read_exact(&mut header).ok()?;
    let number = |at: usize| Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?));
    number(0).filter(|magic| MAGIC.contains(magic)).and_then(|_| number(16))
}

/// Disk syncs that signings waited for: one per committed batch, and those of each restart. The high-water mark outside
/// the database isn't counted.
pub fn fsyncs(batches: u64, before: Option<u32>, after: Option<u32>) -> Option<u64> {
    let restarts = after?.wrapping_sub(before?);
    Some(batches + SYNCS_PER_RESTART * u64::from(restarts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_write_ahead_log_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x-wal");
        assert_eq!(first_salt(&file), None);
        let mut header = MAGIC[1].to_be_bytes().to_vec();
        header.extend([0, 45, 226, 24, 0, 0, 16, 0, 0, 0, 0, 3, 0, 0, 0, 7]);
        std::fs::write(&file, &header).unwrap();
        assert_eq!(first_salt(&file), Some(7));
        header[0] = 0;
        std::fs::write(&file, &header).unwrap();
        assert_eq!(first_salt(&file), None);
    }

    #[test]
    fn a_restart_counts_with_the_batches_and_an_unknown_one_leaves_nothing_to_tell() {
        assert_eq!(fsyncs(400, Some(2), Some(3)), Some(403));
        assert_eq!(fsyncs(400, Some(u32::MAX), Some(1)), Some(406));
        assert_eq!(fsyncs(400, None, Some(3)), None);
    }
}
