//! The folder of uploaded files: this process's own, within the data folder, readable only by its owner.

use crate::clock::Entropy;
use crate::process_folder::{self, ProcessFolder};
use data_encoding::HEXLOWER;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

const FOLDER: &str = "uploads";
const FILE_MODE: u32 = 0o600;

pub(super) struct UploadFolder {
    root: PathBuf,
    entropy: Arc<Entropy>,
    own: Mutex<Option<ProcessFolder>>,
}

/// A file in the folder. Dropping this removes it.
#[derive(Debug)]
pub(super) struct UploadFile {
    path: PathBuf,
}

impl UploadFile {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for UploadFile {
    fn drop(&mut self) {
        // Nothing is lost when the file is gone already.
        let _gone = std::fs::remove_file(&self.path);
    }
}

impl UploadFolder {
    pub fn new(data: &Path, entropy: Arc<Entropy>) -> Self {
        Self { root: data.join(FOLDER), entropy, own: Mutex::default() }
    }

    /// This process's folder; made when it is asked for first.
    pub fn path(&self) -> io::Result<PathBuf> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = own.as_ref()
            && own.path().is_dir()
        {
            return Ok(own.path().to_owned());
        }
        let made = ProcessFolder::make(&self.root, || self.name())?;
        let path = made.path().to_owned();
        *own = Some(made);
        Ok(path)
    }

    /// A new file, open for writing.
    pub fn create(&self) -> io::Result<(UploadFile, File)> {
        let path = self.path()?.join(self.name());
        let file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&path)?;
        Ok((UploadFile { path }, file))
    }

    /// Removes what dead processes left, and logs it.
    pub fn clear_leftovers(&self) {
        process_folder::clear_and_log(&self.root);
    }

    fn name(&self) -> String {
        HEXLOWER.encode(&self.entropy.bytes::<16>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn folder(data: &Path, seed: u64) -> UploadFolder {
        UploadFolder::new(data, Arc::new(Entropy::seeded(seed)))
    }

    #[test]
    fn files_are_their_owner_s_alone_and_go_with_who_holds_them() {
        let data = tempfile::tempdir().unwrap();
        std::fs::create_dir(data.path().join(FOLDER)).unwrap();
        let folder = folder(data.path(), 1);
        let (held, _open) = folder.create().unwrap();
        assert_eq!((mode(&data.path().join(FOLDER)), mode(&folder.path().unwrap())), (0o700, 0o700));
        assert_eq!(mode(held.path()), 0o600);
        let path = held.path().to_owned();
        drop(held);
        assert!(!path.exists());
    }

    #[test]
    fn what_a_dead_process_left_is_cleared_and_a_living_one_keeps_its_files() {
        let data = tempfile::tempdir().unwrap();
        let (dead, living, next) = (folder(data.path(), 1), folder(data.path(), 2), folder(data.path(), 3));
        let (left, _) = dead.create().unwrap();
        let (kept, _) = living.create().unwrap();
        let old = data.path().join(FOLDER).join("of-an-earlier-version");
        std::fs::write(&old, "x").unwrap();
        let left_at = left.path().to_owned();
        // As after a kill: the lock is gone and nothing was tidied up.
        std::mem::forget(left);
        drop(dead);
        assert!(left_at.exists());
        next.clear_leftovers();
        assert!(!left_at.exists() && !old.exists() && kept.path().exists());
        // A folder that was removed meanwhile is created again.
        std::fs::remove_dir_all(living.path().unwrap()).unwrap();
        assert!(living.create().is_ok());
    }
}
