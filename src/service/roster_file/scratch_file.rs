//! Files without a name, for what a reading can't hold in memory. Nothing remains of them however the process ends.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

const NAMES_TRIED_MAX: usize = 16;

/// Number of the next file of this process. Its name exists only for a moment.
static FILES: AtomicU64 = AtomicU64::new(0);

/// A file without a name, for reading and writing by this process only.
pub fn unnamed(folder: &Path) -> io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).mode(0o600);
    let mut tries = 0..NAMES_TRIED_MAX;
    loop {
        let number = FILES.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!(".scratch-{}-{number}", std::process::id()));
        match options.open(&path) {
            // Left by a process with the same id that was killed before it unlinked the file.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries.next().is_some() => {}
            opened => {
                let file = opened?;
                std::fs::remove_file(&path)?;
                return Ok(file);
            }
        }
    }
}
