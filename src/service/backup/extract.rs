//! Reading an archive: into a folder beside the data folder, checked against the manifest and renamed when it is
//! complete.
//!
//! A data folder that is a file system of its own can't be replaced: there the files are unpacked into a folder inside
//! it, and moved to their places when all are complete.

use super::archive::{beside, private, sync_folder};
use super::encryption::{self, Opener, Seekable};
use super::{
    BLOCK_BYTES, BackupFault, Contents, LAYOUT, Listed, MANIFEST, MANIFEST_BYTES_MAX, Manifest, NAMES, NEEDED,
};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::fs::{DirEntry, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use zip::ZipArchive;
use zip::result::ZipError;

/// The folder at the root of a file system that is otherwise empty.
const LOST_AND_FOUND: &str = "lost+found";

type BackupArchive = ZipArchive<Box<dyn Seekable>>;

/// An unpacked archive: complete and checked, but not yet in its place. Dropping it removes the files, unless
/// [`Self::keep`] was called.
pub struct Unpacked {
    folder: PathBuf,
    part: PathBuf,
    /// The data folder is a file system of its own, and `part` is inside it.
    is_inside: bool,
    contents: Contents,
    is_kept: bool,
}

/// Restores a data folder from an archive. The folder must be empty or absent, and stays so on an error.
pub fn restore(archive: &Path, opener: Option<&Opener>, folder: &Path) -> Result<Contents, BackupFault> {
    unpack(archive, opener, folder)?.settle()
}

/// Unpacks and checks an archive for a data folder that is empty or absent; `NotEmpty` otherwise.
pub fn unpack(archive: &Path, opener: Option<&Opener>, folder: &Path) -> Result<Unpacked, BackupFault> {
    unpack_for(archive, opener, folder, is_mount_point(folder))
}

/// Whether the folder is the root of a file system of its own.
fn is_mount_point(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| std::fs::metadata(path).ok().map(|found| found.dev());
    device(folder).is_some_and(|own| device(&folder.join("..")).is_some_and(|around| around != own))
}

fn unpack_for(
    archive: &Path,
    opener: Option<&Opener>,
    folder: &Path,
    is_inside: bool,
) -> Result<Unpacked, BackupFault> {
    let is_nothing = |entry: &io::Result<DirEntry>| {
        is_inside && entry.as_ref().is_ok_and(|entry| entry.file_name() == LOST_AND_FOUND)
    };
    let is_empty = match std::fs::read_dir(folder) {
        Ok(entries) => entries.into_iter().all(|entry| is_nothing(&entry)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(BackupFault::Io(folder.into(), error)),
    };
    if !is_empty {
        return Err(BackupFault::NotEmpty(folder.into()));
    }
    let mut archive = ZipArchive::new(encryption::open(archive, opener)?).map_err(|error| match error {
        // What can't be read has been changed or cut; what isn't an archive was something else from the beginning.
        ZipError::Io(_) => BackupFault::Damaged("its list of files"),
        _ => BackupFault::Foreign,
    })?;
    let manifest = manifest(&mut archive)?;
    let part = if is_inside { folder.join("restore.part") } else { beside(folder, "part") };
    // A folder that was there before is named in the fault and left alone.
    if part.exists() {
        return Err(BackupFault::Exists(part));
    }
    let bytes = manifest.files.iter().map(|file| file.bytes).sum();
    let contents = Contents { at: manifest.at.clone(), bytes };
    let unpacked = Unpacked { folder: folder.into(), part, is_inside, contents, is_kept: false };
    unpack_files(&mut archive, &manifest, &unpacked.part)?;
    Ok(unpacked)
}

impl Unpacked {
    /// Where a file of the archive is now.
    pub fn path(&self, name: &str) -> PathBuf {
        self.part.join(name)
    }

    /// Keeps the unpacked files from now on, even if they can't be moved into place. Returns where they are.
    pub fn keep(&mut self) -> &Path {
        self.is_kept = true;
        &self.part
    }

    /// Moves the files into their place. `Mounted` when the folder is a mount point of the same file system.
    pub fn settle(self) -> Result<Contents, BackupFault> {
        let at_folder = |error: io::Error| BackupFault::Io(self.folder.clone(), error);
        if self.is_inside {
            self.move_out().map_err(at_folder)?;
            return Ok(self.contents.clone());
        }
        if self.folder.exists() {
            std::fs::remove_dir(&self.folder).map_err(|error| match error.kind() {
                io::ErrorKind::ResourceBusy => BackupFault::Mounted(self.folder.clone()),
                _ => at_folder(error),
            })?;
        }
        std::fs::rename(&self.part, &self.folder).map_err(at_folder)?;
        sync_folder(&self.folder).map_err(at_folder)?;
        Ok(self.contents.clone())
    }

    /// Moves each file out of the inner folder, the database first. After an interruption the database has no keyring
    /// beside it, and a server refuses it. In the other order the keys would have no database beside them, and a server
    /// would create an empty one.
    fn move_out(&self) -> io::Result<()> {
        for name in NAMES {
            match std::fs::rename(self.part.join(name), self.folder.join(name)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                moved => moved?,
            }
        }
        std::fs::remove_dir(&self.part)?;
        sync_folder(&self.folder.join(MANIFEST))
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        if !self.is_kept {
            // Nothing is there any more once it is settled.
            let _ = std::fs::remove_dir_all(&self.part);
        }
    }
}

fn manifest(archive: &mut BackupArchive) -> Result<Manifest, BackupFault> {
    let entry = archive.by_name(MANIFEST).map_err(|error| match error {
        ZipError::FileNotFound => BackupFault::Foreign,
        _ => BackupFault::Damaged("its manifest"),
    })?;
    let mut bytes = vec![];
    entry.take(MANIFEST_BYTES_MAX).read_to_end(&mut bytes).map_err(|_| BackupFault::Damaged("its manifest"))?;
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|_| BackupFault::Foreign)?;
    let known = |file: &Listed| NAMES.contains(&file.name.as_str());
    if manifest.v != LAYOUT || !manifest.files.iter().all(known) {
        return Err(BackupFault::Foreign);
    }
    if NEEDED.iter().any(|needed| !manifest.files.iter().any(|file| file.name == *needed)) {
        return Err(BackupFault::Damaged("a file is missing"));
    }
    Ok(manifest)
}

fn unpack_files(archive: &mut BackupArchive, manifest: &Manifest, part: &Path) -> Result<(), BackupFault> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(part).map_err(|error| BackupFault::Io(part.into(), error))?;
    for listed in &manifest.files {
        let path = part.join(&listed.name);
        let entry = archive.by_name(&listed.name).map_err(|_| BackupFault::Damaged("a file is missing"))?;
        let mut file = private(&path).map_err(|error| BackupFault::Io(path.clone(), error))?;
        let hash = copied(entry, &mut file, listed.bytes, &path)?;
        if hash != listed.sha256 {
            return Err(BackupFault::Damaged("a file differs from its hash"));
        }
        file.sync_all().map_err(|error| BackupFault::Io(path, error))?;
    }
    sync_folder(&part.join(MANIFEST)).map_err(|error| BackupFault::Io(part.into(), error))
}

/// Copies exactly `bytes` bytes into the file and returns their SHA-256 in lower-case hexadecimal.
fn copied(mut entry: impl Read, file: &mut File, bytes: u64, path: &Path) -> Result<String, BackupFault> {
    let (mut hash, mut left, mut block) = (Sha256::new(), bytes, vec![0; BLOCK_BYTES]);
    loop {
        let read = entry.read(&mut block).map_err(|_| BackupFault::Damaged("a file can't be read"))?;
        if read == 0 {
            break;
        }
        left = left.checked_sub(read as u64).ok_or(BackupFault::Damaged("a file is longer than it was"))?;
        hash.update(&block[..read]);
        file.write_all(&block[..read]).map_err(|error| BackupFault::Io(path.into(), error))?;
    }
    if left == 0 {
        Ok(HEXLOWER.encode(&hash.finalize()))
    } else {
        Err(BackupFault::Damaged("a file is shorter than it was"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::backup::{ArchiveSource, DATABASE, Encryption, KEYRING, MARK, PASSPHRASE, write};
    use std::sync::atomic::AtomicBool;

    static GO_ON: AtomicBool = AtomicBool::new(false);
    const PLAIN: Encryption = Encryption::None;

    fn archive(folder: &Path) -> PathBuf {
        let mut sources = vec![];
        for (name, text) in [(DATABASE, "rows".repeat(100_000)), (KEYRING, "k".into()), (PASSPHRASE, "p".into())] {
            std::fs::write(folder.join(name), text).unwrap();
            sources.push(ArchiveSource { name, path: folder.join(name) });
        }
        let out = folder.join("b.zip");
        write(&out, &sources, "2029-02-01T02:00:00Z", &PLAIN, &GO_ON).unwrap();
        out
    }

    #[test]
    fn what_was_packed_is_unpacked_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let out = archive(folder.path());
        let target = folder.path().join("new");
        std::fs::create_dir(&target).unwrap();
        assert_eq!(restore(&out, None, &target).unwrap().bytes, 400_002);
        assert_eq!(std::fs::read_to_string(target.join(DATABASE)).unwrap(), "rows".repeat(100_000));
        assert!(!target.join(MARK).exists() && !folder.path().join("new.part").exists());
        #[cfg(unix)]
        for path in [&out, &target.join(KEYRING)] {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(matches!(restore(&out, None, &target), Err(BackupFault::NotEmpty(_))));
        assert!(matches!(write(&out, &[], "", &PLAIN, &GO_ON), Err(BackupFault::Exists(_))));
    }

    #[test]
    fn a_changed_archive_is_refused_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let good = std::fs::read(archive(folder.path())).unwrap();
        let (out, target) = (folder.path().join("bad.zip"), folder.path().join("new"));
        for at in (0..good.len()).step_by(97) {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            std::fs::write(&out, bad).unwrap();
            // A bit without meaning, such as one of a timestamp, may pass; the files are then unchanged.
            if restore(&out, None, &target).is_ok() {
                assert_eq!(std::fs::read_to_string(target.join(DATABASE)).unwrap(), "rows".repeat(100_000));
                std::fs::remove_dir_all(&target).unwrap();
            }
            assert!(!target.exists() && !folder.path().join("new.part").exists());
        }
        std::fs::write(&out, &good[..good.len() / 2]).unwrap();
        assert!(matches!(restore(&out, None, &target), Err(BackupFault::Foreign)));
    }

    /// As a packer writes it, with correct checksums.
    #[test]
    fn a_file_that_was_put_in_place_of_another_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let good = archive(folder.path());
        let mut packed = ZipArchive::new(File::open(&good).unwrap()).unwrap();
        for changed in [None, Some(DATABASE), Some(KEYRING), Some(PASSPHRASE)] {
            let (out, target) = (folder.path().join("other.zip"), folder.path().join("new"));
            let mut zip = zip::ZipWriter::new(File::create(&out).unwrap());
            for name in [DATABASE, KEYRING, PASSPHRASE, MANIFEST] {
                let mut bytes = vec![];
                packed.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
                if changed == Some(name) {
                    bytes[0] ^= 1;
                }
                zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
                zip.write_all(&bytes).unwrap();
            }
            zip.finish().unwrap();
            let restored = restore(&out, None, &target);
            if changed.is_none() {
                restored.unwrap();
                std::fs::remove_dir_all(&target).unwrap();
            } else {
                assert!(matches!(restored, Err(BackupFault::Damaged("a file differs from its hash"))), "{changed:?}");
                assert!(!target.exists() && !folder.path().join("new.part").exists());
            }
        }
    }

    #[test]
    fn what_doesn_t_come_into_its_place_is_removed_unless_it_is_to_be_kept() {
        let folder = tempfile::tempdir().unwrap();
        let out = archive(folder.path());
        let (target, part) = (folder.path().join("new"), folder.path().join("new.part"));
        for keep in [false, true] {
            let mut unpacked = unpack(&out, None, &target).unwrap();
            if keep {
                assert_eq!(unpacked.keep(), part);
            }
            std::fs::create_dir(&target).unwrap();
            std::fs::write(target.join("meanwhile"), "").unwrap();
            assert!(matches!(unpacked.settle(), Err(BackupFault::Io(..))));
            assert_eq!(part.join(KEYRING).exists(), keep);
            std::fs::remove_dir_all(&target).unwrap();
        }
    }

    #[test]
    fn an_archive_without_keys_is_no_backup() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x"), "x").unwrap();
        let out = folder.path().join("b.zip");
        write(&out, &[ArchiveSource { name: DATABASE, path: folder.path().join("x") }], "", &PLAIN, &GO_ON).unwrap();
        assert!(matches!(restore(&out, None, &folder.path().join("new")), Err(BackupFault::Damaged(_))));
        write(
            &folder.path().join("c.zip"),
            &[ArchiveSource { name: "../x", path: folder.path().join("x") }],
            "",
            &PLAIN,
            &GO_ON,
        )
        .unwrap();
        let foreign = restore(&folder.path().join("c.zip"), None, &folder.path().join("new"));
        assert!(matches!(foreign, Err(BackupFault::Foreign)));
    }

    #[test]
    fn what_is_stopped_leaves_nothing_and_what_was_left_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (out, part) = (folder.path().join("c.zip"), folder.path().join("c.zip.part"));
        std::fs::write(folder.path().join("x"), "x").unwrap();
        let sources = [ArchiveSource { name: DATABASE, path: folder.path().join("x") }];
        assert!(matches!(write(&out, &sources, "", &PLAIN, &AtomicBool::new(true)), Err(BackupFault::Io(..))));
        assert!(!out.exists() && !part.exists());
        std::fs::write(&part, "").unwrap();
        assert!(matches!(write(&out, &sources, "", &PLAIN, &GO_ON), Err(BackupFault::Exists(path)) if path == part));
        assert!(part.exists());
    }

    #[test]
    fn a_file_system_of_its_own_is_filled_from_inside() {
        let folder = tempfile::tempdir().unwrap();
        let out = archive(folder.path());
        let target = folder.path().join("mounted");
        std::fs::create_dir_all(target.join(LOST_AND_FOUND)).unwrap();
        assert!(matches!(unpack_for(&out, None, &target, false), Err(BackupFault::NotEmpty(_))));
        drop(unpack_for(&out, None, &target, true).unwrap());
        assert_eq!(std::fs::read_dir(&target).unwrap().count(), 1, "something was left");
        assert_eq!(unpack_for(&out, None, &target, true).unwrap().settle().unwrap().bytes, 400_002);
        let mut names: Vec<_> = std::fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [DATABASE, KEYRING, PASSPHRASE, LOST_AND_FOUND]);
        assert!(matches!(unpack_for(&out, None, &target, true), Err(BackupFault::NotEmpty(_))));
        assert!(is_mount_point(Path::new("/proc")) && !is_mount_point(&target));
    }
}
