//! A wall clock that a test steps while the program runs, by a library that is compiled for this purpose and preloaded.

use super::program::PROGRAM;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/process/support/stepped_clock.c");

pub struct SteppedClock {
    folder: TempDir,
}

impl SteppedClock {
    pub fn new(seconds: i64) -> Self {
        let clock = Self { folder: tempfile::tempdir().unwrap() };
        clock.step_to(seconds);
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .arg(clock.library())
            .arg(SOURCE)
            .status();
        assert!(compiled.unwrap().success(), "the C compiler that building needs doesn't compile {SOURCE}");
        clock
    }

    /// So many seconds ahead of the machine's clock from now on.
    pub fn step_to(&self, seconds: i64) {
        // In place: the program has the file mapped.
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(self.file()).unwrap();
        file.write_all_at(&seconds.to_ne_bytes(), 0).unwrap();
    }

    /// The program with this clock.
    pub fn program(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        command.env("LD_PRELOAD", self.library()).env("STEPPED_CLOCK", self.file());
        command
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("clock.so")
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("seconds")
    }
}
