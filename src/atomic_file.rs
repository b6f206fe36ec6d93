//! Atomic file writes: write a copy in the same folder, sync it, rename it over the old file, sync the folder. After a
//! crash either the old file or the new one is there, and concurrent writers don't disturb each other. Deliberately
//! absent: what is in the files, and files that are appended to.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Unix mode of a file that only its owner may read and write.
pub const PRIVATE_MODE: u32 = 0o600;
/// Unix mode of a file that everyone may read and its owner may write.
pub const PUBLIC_MODE: u32 = 0o644;
/// How many names are tried for the copy. A name may be taken: processes in two containers can have the same id, and a
/// killed process leaves its copy behind.
const NAMES_TRIED_MAX: usize = 64;

static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Writes a file, replacing an older one. When this returns, the new content is durable; until then, and on an error,
/// the old file is unchanged. `mode` is a Unix mode and ignored elsewhere.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let copy = write_copy(path, bytes, mode)?;
    if let Err(error) = std::fs::rename(&copy, path) {
        let _ = std::fs::remove_file(&copy);
        return Err(error);
    }
    sync_folder_of(path)
}

/// Creates a file. The error kind `AlreadyExists` means that the file exists; it stays unchanged.
pub fn create(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let copy = write_copy(path, bytes, mode)?;
    // Unlike a rename, a link fails if another process has just created the file.
    let linked = std::fs::hard_link(&copy, path);
    let _ = std::fs::remove_file(&copy);
    linked.and_then(|()| sync_folder_of(path))
}

/// Writes a copy in the same folder under a unique name; it is durable when this returns.
fn write_copy(path: &Path, bytes: &[u8], mode: u32) -> io::Result<PathBuf> {
    let (copy, mut file) = create_unique(path, mode)?;
    match file.write_all(bytes).and_then(|()| file.sync_all()) {
        Ok(()) => Ok(copy),
        Err(error) => {
            let _ = std::fs::remove_file(&copy);
            Err(error)
        }
    }
}

fn create_unique(path: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    for _ in 0..NAMES_TRIED_MAX {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}-{}.new", std::process::id(), WRITTEN.fetch_add(1, Ordering::Relaxed)));
        let copy = path.with_file_name(name);
        match options.open(&copy) {
            Ok(file) => return Ok((copy, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// A new name is durable once its folder is synced.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<std::ffi::OsString> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn concurrent_writers_leave_one_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::thread::scope(|scope| {
            for writer in 0..4u8 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..50 {
                        replace(path, &[writer; 4_096], PRIVATE_MODE).unwrap();
                    }
                });
            }
        });
        let kept = std::fs::read(&path).unwrap();
        assert!(kept.len() == 4_096 && kept.iter().all(|byte| *byte == kept[0]));
        assert_eq!(names(folder.path()), ["f"]);
    }

    #[test]
    fn the_second_create_leaves_the_first_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        create(&path, b"first", PRIVATE_MODE).unwrap();
        assert_eq!(create(&path, b"second", PRIVATE_MODE).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!((std::fs::read(&path).unwrap(), names(folder.path())), (b"first".to_vec(), vec!["f".into()]));
    }

    #[test]
    fn a_failed_rename_leaves_no_copy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::create_dir(&path).unwrap();
        assert!(replace(&path, b"x", PRIVATE_MODE).is_err() && create(&path, b"x", PRIVATE_MODE).is_err());
        assert_eq!(names(folder.path()), ["f"]);
    }

    #[test]
    fn a_copy_left_by_a_killed_process_is_no_hindrance() {
        let folder = tempfile::tempdir().unwrap();
        let next = WRITTEN.load(Ordering::Relaxed);
        let left = |number: u64| folder.path().join(format!("f.{}-{number}.new", std::process::id()));
        // Other tests advance the counter, too.
        (next..next + 8).for_each(|number| std::fs::write(left(number), "half").unwrap());
        replace(&folder.path().join("f"), b"whole", PRIVATE_MODE).unwrap();
        assert_eq!(std::fs::read(folder.path().join("f")).unwrap(), b"whole");
        assert_eq!(std::fs::read(left(next)).unwrap(), b"half");
    }
}
