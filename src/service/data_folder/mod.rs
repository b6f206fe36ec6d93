//! The folder that holds an installation: who may read it, and which process serves it.
//!
//! Deliberately absent: opening what is inside, and messages for people.

mod privacy;
mod room;
mod serving;

pub use privacy::{Exposed, Wrong, exposed, mending};
pub use room::{FREE_BYTES_MIN, has_room};
pub use serving::{Serving, ServingFault};

pub use crate::process_folder::write_private;

use crate::atomic_file;
use std::io;
use std::path::Path;

/// Makes a folder that only its owner can enter (mode 0700), and those above it. An existing one stays as it is.
pub fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Bytes that may still be written to the file system of a folder.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Makes a file that only its owner can read, complete or not at all. Returns `false` where the file exists already.
pub fn create_private(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    match atomic_file::create(path, bytes, atomic_file::PRIVATE_MODE) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        made => made.map(|()| true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_makes_a_private_file_second_leaves_the_first_one_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p");
        assert!(create_private(&path, b"first").unwrap() && !create_private(&path, b"second").unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a copy was left");
    }
}
