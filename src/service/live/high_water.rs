//! The high-water mark: the newest checkpoint that this node has published, kept outside the database.
//!
//! A database restored from an old backup would sign a second history of the same log. The mark is written and synced
//! before a checkpoint is published, so such a database is noticed and refused at start.
//!
//! The file is JSON, `{"v":1,"marks":{ORIGIN:{"size":N,"root":"BASE64"}}}`, replaced as a whole by renaming a synced
//! copy.

use crate::atomic_file;
use crate::tlog::checkpoint::Checkpoint;
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The file's name in the data folder.
pub const HIGH_WATER_FILE: &str = "high-water.json";
/// Largest file that is read, in bytes; about 30,000 logs fit.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
const LAYOUT: u8 = 1;

/// Why a head isn't published or a database isn't served, or why the mark can't be kept.
#[derive(Debug, thiserror::Error)]
pub enum HighWaterFault {
    /// The log is shorter than what was published: the database is an old copy.
    #[error("{origin} has {size} entries, but {marked} were already published: the database is an old copy")]
    Behind {
        /// Origin of the log.
        origin: String,
        /// Entries of the log in the database; 0 where the log is gone.
        size: u64,
        /// Entries that were published.
        marked: u64,
    },
    /// The log has the published size but another root: another history.
    #[error("{origin} differs from what was already published at {size} entries: the database has another history")]
    Forked {
        /// Origin of the log.
        origin: String,
        /// Entries of the log, as many as were published.
        size: u64,
    },
    /// The file isn't JSON of this layout, or is larger than 4 MiB.
    #[error("the high-water mark {path} can't be read as one")]
    Malformed {
        /// Path of the file.
        path: PathBuf,
    },
    /// The file can't be read or replaced.
    #[error("the high-water mark can't be kept: {0}")]
    Io(#[from] io::Error),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    size: u64,
    root: String,
}

#[derive(Serialize, Deserialize)]
struct MarkFile {
    v: u8,
    marks: BTreeMap<String, Mark>,
}

/// The marks of all logs of this node, and the file that holds them.
#[derive(Debug)]
pub struct HighWater {
    path: PathBuf,
    marks: BTreeMap<String, Mark>,
}

impl HighWater {
    /// Reads the marks of a data folder; none when the file isn't there yet.
    pub fn load(folder: &Path) -> Result<Self, HighWaterFault> {
        let path = folder.join(HIGH_WATER_FILE);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self { path, marks: BTreeMap::new() }),
            Err(error) => return Err(error.into()),
        };
        let mut bytes = Vec::new();
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
        match serde_json::from_slice(&bytes) {
            Ok(MarkFile { v: LAYOUT, marks }) => Ok(Self { path, marks }),
            _ => Err(HighWaterFault::Malformed { path }),
        }
    }

    /// Compares a log's head with its mark. A longer log passes, as does one without a mark.
    pub fn check(&self, head: &Checkpoint) -> Result<(), HighWaterFault> {
        let Some(mark) = self.marks.get(&head.origin) else { return Ok(()) };
        if head.size < mark.size {
            let (origin, marked) = (head.origin.clone(), mark.size);
            return Err(HighWaterFault::Behind { origin, size: head.size, marked });
        }
        if head.size == mark.size && BASE64.encode(&head.root) != mark.root {
            return Err(HighWaterFault::Forked { origin: head.origin.clone(), size: head.size });
        }
        Ok(())
    }

    /// Compares every mark with the heads of all logs there are. A log that is gone is one of size 0.
    pub fn check_all(&self, heads: &[Checkpoint]) -> Result<(), HighWaterFault> {
        for (origin, mark) in &self.marks {
            match heads.iter().find(|head| head.origin == *origin) {
                Some(head) => self.check(head)?,
                None if mark.size == 0 => {}
                None => return Err(HighWaterFault::Behind { origin: origin.clone(), size: 0, marked: mark.size }),
            }
        }
        Ok(())
    }

    /// The published size of a log, 0 without a mark.
    pub fn size(&self, origin: &str) -> u64 {
        self.marks.get(origin).map_or(0, |mark| mark.size)
    }

    /// Moves the marks to these heads. When it returns, they are on the disk and may be published.
    ///
    /// Nothing is written when no mark moves. On an error no mark has moved.
    pub fn advance(&mut self, heads: &[Checkpoint]) -> Result<(), HighWaterFault> {
        let mut marks = self.marks.clone();
        for head in heads {
            self.check(head)?;
            marks.insert(head.origin.clone(), Mark { size: head.size, root: BASE64.encode(&head.root) });
        }
        if marks == self.marks {
            return Ok(());
        }
        let layout = MarkFile { v: LAYOUT, marks };
        let bytes = serde_json::to_vec(&layout).map_err(io::Error::from)?;
        atomic_file::replace(&self.path, &bytes, atomic_file::PRIVATE_MODE)?;
        self.marks = layout.marks;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(origin: &str, size: u64, root: u8) -> Checkpoint {
        Checkpoint { origin: origin.into(), size, root: [root; 32] }
    }

    #[test]
    fn a_mark_survives_and_refuses_an_older_or_other_log() {
        let folder = tempfile::tempdir().unwrap();
        let mut marks = HighWater::load(folder.path()).unwrap();
        marks.advance(&[head("a/log/x", 5, 1), head("a/log/y", 7, 2)]).unwrap();
        marks.advance(&[head("a/log/x", 6, 3)]).unwrap();

        let marks = HighWater::load(folder.path()).unwrap();
        assert_eq!((marks.size("a/log/x"), marks.size("a/log/y"), marks.size("a/log/z")), (6, 7, 0));
        assert!(marks.check(&head("a/log/x", 6, 3)).is_ok());
        assert!(marks.check(&head("a/log/x", 9, 8)).is_ok());
        assert!(marks.check(&head("a/log/z", 0, 0)).is_ok());
        let behind = marks.check(&head("a/log/x", 5, 1));
        assert!(matches!(behind, Err(HighWaterFault::Behind { size: 5, marked: 6, .. })));
        assert!(matches!(marks.check(&head("a/log/x", 6, 4)), Err(HighWaterFault::Forked { size: 6, .. })));
    }

    #[test]
    fn a_published_log_that_is_gone_is_noticed_and_an_empty_one_may_go() {
        let folder = tempfile::tempdir().unwrap();
        let mut marks = HighWater::load(folder.path()).unwrap();
        marks.advance(&[head("x", 0, 1)]).unwrap();
        assert!(marks.check_all(&[]).is_ok());
        marks.advance(&[head("x", 1, 1)]).unwrap();
        assert!(marks.check_all(&[head("x", 2, 2), head("y", 1, 1)]).is_ok());
        assert!(matches!(marks.check_all(&[head("y", 1, 1)]), Err(HighWaterFault::Behind { size: 0, marked: 1, .. })));
    }

    #[test]
    fn a_refused_head_moves_no_mark() {
        let folder = tempfile::tempdir().unwrap();
        let mut marks = HighWater::load(folder.path()).unwrap();
        marks.advance(&[head("x", 5, 1)]).unwrap();
        assert!(marks.advance(&[head("y", 1, 1), head("x", 4, 1)]).is_err());
        assert_eq!(HighWater::load(folder.path()).unwrap().size("y"), 0);
        assert_eq!(marks.size("y"), 0);
    }

    #[test]
    fn when_the_file_can_t_be_written_no_mark_moves() {
        let folder = tempfile::tempdir().unwrap();
        let mut marks = HighWater::load(folder.path()).unwrap();
        std::fs::create_dir(folder.path().join(HIGH_WATER_FILE)).unwrap();
        assert!(matches!(marks.advance(&[head("x", 5, 1)]), Err(HighWaterFault::Io(_))));
        assert_eq!(marks.size("x"), 0);
    }

    /// For example a command that checks the log and a server that starts beside it.
    #[test]
    fn whoever_moves_marks_at_once_stands_in_nobody_s_way() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let mut marks = HighWater::load(folder.path()).unwrap();
                scope.spawn(move || {
                    for size in 1..=50 {
                        marks.advance(&[head("x", size, 1)]).unwrap();
                    }
                });
            }
        });
        assert_eq!(HighWater::load(folder.path()).unwrap().size("x"), 50);
    }

    #[test]
    fn a_file_cut_short_before_the_rename_is_no_harm_and_after_it_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut marks = HighWater::load(folder.path()).unwrap();
        marks.advance(&[head("x", 5, 1)]).unwrap();
        std::fs::write(folder.path().join("high-water.json.1-0.new"), b"{\"v\":1,").unwrap();
        assert_eq!(HighWater::load(folder.path()).unwrap().size("x"), 5);
        std::fs::write(folder.path().join(HIGH_WATER_FILE), b"{\"v\":1,").unwrap();
        assert!(matches!(HighWater::load(folder.path()), Err(HighWaterFault::Malformed { .. })));
    }
}
