//! A folder that one process made for itself, readable only by its owner, and what dead processes left.
//!
//! Each process locks its own folder, and a crash releases the lock. A later process clears what dead processes left
//! and doesn't touch the folders of running ones: several nodes and commands may share one data folder.

use std::ffi::OsStr;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

const MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// Attempts to make a folder: another process that starts at the same moment may clear it before it is locked.
const ATTEMPTS_MAX: usize = 4;
/// Holds the path of a file that its process writes outside of the data folder.
const ELSEWHERE: &str = "elsewhere";

/// A folder of this process, locked for as long as this value lives.
pub struct ProcessFolder {
    path: PathBuf,
    /// The open folder, locked.
    _lock: File,
}

/// What a dead process left.
#[derive(Debug)]
pub struct Leftover {
    /// The file or folder that was left.
    pub path: PathBuf,
    /// Its size in bytes before it was removed; of a folder, the files directly in it.
    pub bytes: u64,
    /// Whether it is gone now.
    pub removed: io::Result<()>,
}

impl ProcessFolder {
    /// Makes a new folder within `root`. `name` must return another name on each call. `ResourceBusy` when several
    /// attempts fail.
    pub fn make(root: &Path, name: impl Fn() -> String) -> io::Result<Self> {
        for _ in 0..ATTEMPTS_MAX {
            DirBuilder::new().recursive(true).mode(MODE).create(root)?;
            let path = root.join(name());
            match std::fs::set_permissions(root, Permissions::from_mode(MODE))
                .and_then(|()| DirBuilder::new().mode(MODE).create(&path))
            {
                // The last process to leave has removed the root too.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                made => made?,
            }
            let Ok(lock) = File::open(&path) else { continue };
            if lock.try_lock().is_ok() && path.is_dir() {
                return Ok(Self { path, _lock: lock });
            }
        }
        Err(io::ErrorKind::ResourceBusy.into())
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it with all that is in it, and `root` where nothing else is there: another user may make it next.
    pub fn remove(self) {
        // What can't be removed now is cleared later.
        let _ = std::fs::remove_dir_all(&self.path);
        if let Some(root) = self.path.parent() {
            let _ = std::fs::remove_dir(root);
        }
    }

    /// Notes a file that this process writes outside this folder and keeps locked meanwhile: if the process dies,
    /// [`clear`] removes that file too.
    pub fn note(&self, elsewhere: &Path) -> io::Result<()> {
        let path = std::path::absolute(elsewhere)?;
        write_private(&self.path.join(ELSEWHERE), path.as_os_str().as_bytes())
    }
}

/// Writes a file that only its owner can read (mode 0600 when it is new), over an older one.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(FILE_MODE).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Removes what dead processes left within `root`, and the files that they noted.
pub fn clear(root: &Path) -> Vec<Leftover> {
    let Ok(entries) = std::fs::read_dir(root) else { return vec![] };
    let mut found = vec![];
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_folder = path.symlink_metadata().is_ok_and(|found| found.is_dir());
        if !is_folder {
            // Earlier versions of the program left files here, without a folder for each process.
            found.push(Leftover { bytes: bytes_of(&path), removed: std::fs::remove_file(&path), path });
        } else if let Ok(folder) = File::open(&path)
            && folder.try_lock().is_ok()
        {
            let elsewhere = elsewhere(&path);
            let is_gone = elsewhere.as_ref().is_none_or(|left| left.removed.is_ok());
            found.extend(elsewhere);
            let bytes = bytes_of(&path);
            // The note stays as long as what it names.
            let removed = if is_gone { std::fs::remove_dir_all(&path) } else { remove_but_note(&path) };
            // A process that ends normally leaves its empty folder, which isn't worth reporting.
            if bytes > 0 || removed.is_err() {
                found.push(Leftover { path, bytes, removed });
            }
        }
    }
    found
}

/// As [`clear`], and logs each leftover as a warning.
pub fn clear_and_log(root: &Path) {
    for left in clear(root) {
        let (path, bytes) = (left.path.display(), left.bytes);
        match left.removed {
            Ok(()) => tracing::warn!(%path, bytes, "removed what a process left that had ended early"),
            Err(error) => tracing::warn!(%path, bytes, %error, "what a process left can't be removed"),
        }
    }
}

/// Removes the noted file, if it exists and no process is writing it.
fn elsewhere(folder: &Path) -> Option<Leftover> {
    let noted = std::fs::read(folder.join(ELSEWHERE)).ok().filter(|noted| !noted.is_empty())?;
    let path = PathBuf::from(std::ffi::OsString::from_vec(noted));
    let metadata = path.symlink_metadata().ok().filter(std::fs::Metadata::is_file)?;
    if File::open(&path).is_ok_and(|file| file.try_lock().is_err()) {
        return None;
    }
    Some(Leftover { bytes: metadata.len(), removed: std::fs::remove_file(&path), path })
}

fn remove_but_note(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() != OsStr::new(ELSEWHERE) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Bytes of a file, or of the files directly in a folder; 0 where they can't be read.
fn bytes_of(path: &Path) -> u64 {
    let of_one = |path: &Path| path.symlink_metadata().map_or(0, |found| if found.is_file() { found.len() } else { 0 });
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|entry| of_one(&entry.path())).sum(),
        Err(_) => of_one(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    static NEXT: AtomicU32 = AtomicU32::new(0);

    fn made(root: &Path) -> ProcessFolder {
        ProcessFolder::make(root, || NEXT.fetch_add(1, Ordering::Relaxed).to_string()).unwrap()
    }

    #[test]
    fn what_a_dead_process_noted_goes_with_its_folder_and_a_living_one_s_stays() {
        let data = tempfile::tempdir().unwrap();
        let root = data.path().join("copying");
        let (dead, living) = (made(&root), made(&root));
        let at = |name: &str| data.path().join(name);
        for (folder, name) in [(&dead, "a.part"), (&living, "b.part")] {
            std::fs::write(at(name), "12345").unwrap();
            std::fs::write(folder.path().join("copy"), "1234567").unwrap();
            folder.note(&at(name)).unwrap();
        }
        std::fs::write(at("mine.part"), "not the program's").unwrap();
        let gone = dead.path().to_owned();
        drop(dead);
        let found = clear(&root);
        assert!(found.iter().all(|left| left.removed.is_ok()), "{found:?}");
        let told: Vec<_> = found.iter().map(|left| left.path.clone()).collect();
        assert_eq!(told, [at("a.part"), gone.clone()]);
        assert!(found[0].bytes == 5 && found[1].bytes > 7);
        assert!(!gone.exists() && !at("a.part").exists());
        assert!(at("b.part").exists() && living.path().join("copy").exists() && at("mine.part").exists());
        assert!(clear(&root).is_empty());
    }

    #[test]
    fn the_last_to_leave_takes_the_root_along_and_the_next_makes_it_again() {
        let data = tempfile::tempdir().unwrap();
        let root = data.path().join("copying");
        let (first, second) = (made(&root), made(&root));
        std::fs::write(first.path().join("copy"), "1").unwrap();
        first.remove();
        assert!(second.path().exists());
        second.remove();
        assert!(!root.exists());
        assert!(made(&root).path().exists());
    }

    #[test]
    fn what_is_written_under_a_noted_name_again_and_what_isn_t_a_file_stay() {
        let data = tempfile::tempdir().unwrap();
        let root = data.path().join("copying");
        let (part, folder) = (data.path().join("a.part"), data.path().join("folder"));
        std::fs::create_dir(&folder).unwrap();
        for noted in [&part, &folder] {
            let dead = made(&root);
            dead.note(noted).unwrap();
            drop(dead);
        }
        // Another process writes to the same name now.
        let again = File::create(&part).unwrap();
        again.lock().unwrap();
        assert_eq!(clear(&root).len(), 2);
        assert!(part.exists() && folder.exists());
    }
}
