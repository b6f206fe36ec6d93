//! Files that are written whole or not at all: after a crash the old one is there or the new one, and two who write at once
//! don't stand in each other's way. Deliberately absent: what is in them, and files that only grow.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Only its owner may read it.
pub const PRIVATE: u32 = 0o600;
/// Everybody may read it.
pub const PUBLIC: u32 = 0o644;
/// Names that are tried for the copy. One may be taken: processes of two containers have the same number, and one that was
/// killed left its copy.
const NAMES_TRIED_MAX: usize = 64;

static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Writes a file over an older one. When it returns, the new one is on the disk; until then, and on an error, the old one is.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let beside = written_beside(path, bytes, mode)?;
    if let Err(error) = std::fs::rename(&beside, path) {
        let _ = std::fs::remove_file(&beside);
        return Err(error);
    }
    sync_folder_of(path)
}

/// Makes a file where there is none. An error of the kind `AlreadyExists` says that there was one, which stays as it is.
pub fn create(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let beside = written_beside(path, bytes, mode)?;
    // A link, unlike a rename, is refused where somebody else made the file in this moment.
    let linked = std::fs::hard_link(&beside, path);
    let _ = std::fs::remove_file(&beside);
    linked.and_then(|()| sync_folder_of(path))
}

/// A copy in the same folder, durable when this returns, with a name of its own.
fn written_beside(path: &Path, bytes: &[u8], mode: u32) -> io::Result<PathBuf> {
    let (beside, mut file) = own_file(path, mode)?;
    match file.write_all(bytes).and_then(|()| file.sync_all()) {
        Ok(()) => Ok(beside),
        Err(error) => {
            let _ = std::fs::remove_file(&beside);
            Err(error)
        }
    }
}

fn own_file(path: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    for _ in 0..NAMES_TRIED_MAX {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}-{}.new", std::process::id(), WRITTEN.fetch_add(1, Ordering::Relaxed)));
        let beside = path.with_file_name(name);
        match options.open(&beside) {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// A new name is durable only when its folder is.
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
    fn whoever_writes_at_once_stands_in_nobody_s_way_and_leaves_a_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::thread::scope(|scope| {
            for writer in 0..4u8 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..50 {
                        replace(path, &[writer; 4_096], PRIVATE).unwrap();
                    }
                });
            }
        });
        let kept = std::fs::read(&path).unwrap();
        assert!(kept.len() == 4_096 && kept.iter().all(|byte| *byte == kept[0]));
        assert_eq!(names(folder.path()), ["f"]);
    }

    #[test]
    fn who_makes_a_file_second_leaves_the_first_one_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        create(&path, b"first", PRIVATE).unwrap();
        assert_eq!(create(&path, b"second", PRIVATE).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!((std::fs::read(&path).unwrap(), names(folder.path())), (b"first".to_vec(), vec!["f".into()]));
    }

    #[test]
    fn what_can_t_take_its_place_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::create_dir(&path).unwrap();
        assert!(replace(&path, b"x", PRIVATE).is_err() && create(&path, b"x", PRIVATE).is_err());
        assert_eq!(names(folder.path()), ["f"]);
    }

    #[test]
    fn a_copy_that_somebody_left_is_no_hindrance() {
        let folder = tempfile::tempdir().unwrap();
        let next = WRITTEN.load(Ordering::Relaxed);
        let left = |number: u64| folder.path().join(format!("f.{}-{number}.new", std::process::id()));
        // Other tests count on, too.
        (next..next + 8).for_each(|number| std::fs::write(left(number), "half").unwrap());
        replace(&folder.path().join("f"), b"whole", PRIVATE).unwrap();
        assert_eq!(std::fs::read(folder.path().join("f")).unwrap(), b"whole");
        assert_eq!(std::fs::read(left(next)).unwrap(), b"half");
    }
}
