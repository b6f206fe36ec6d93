//! Writing an archive: into a `.part` file, private from its first byte, which is renamed when it is complete and on
//! disk.

use super::encryption::{Encryption, Sink};
use super::{BLOCK_BYTES, BackupFault, Contents, LAYOUT, Listed, MANIFEST, Manifest};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A file that goes into the archive.
pub struct ArchiveSource {
    /// One of [`super::NAMES`].
    pub name: &'static str,
    /// Where the file is read from.
    pub path: PathBuf,
}

/// Writes an archive of these files to a path where nothing is yet. `at` is RFC 3339. Setting `stopped` ends it with an
/// error. After an error nothing is left behind.
pub fn write(
    out: &Path,
    sources: &[ArchiveSource],
    at: &str,
    encryption: &Encryption,
    stopped: &AtomicBool,
) -> Result<Contents, BackupFault> {
    let part = part_of(out);
    for path in [out, &part] {
        if path.exists() {
            return Err(BackupFault::Exists(path.into()));
        }
    }
    let written = write_part(&part, sources, at, encryption, stopped).and_then(|contents| {
        go_on(stopped).map_err(|error| BackupFault::Io(out.into(), error))?;
        std::fs::rename(&part, out).map_err(|error| BackupFault::Io(out.into(), error))?;
        sync_folder(out).map_err(|error| BackupFault::Io(out.into(), error))?;
        Ok(contents)
    });
    if written.is_err() {
        // A file that can't be removed only takes room, which adds nothing to the error.
        let _ = std::fs::remove_file(&part);
    }
    written
}

/// Where an archive is until it is complete: `OUT.part`. Its writer holds a lock on it.
pub fn part_of(out: &Path) -> PathBuf {
    beside(out, "part")
}

/// `FILE.ENDING`, in the same folder, so that the last step is a rename.
pub(super) fn beside(out: &Path, ending: &str) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(ending);
    out.with_file_name(name)
}

fn write_part(
    part: &Path,
    sources: &[ArchiveSource],
    at: &str,
    encryption: &Encryption,
    stopped: &AtomicBool,
) -> Result<Contents, BackupFault> {
    let io_fault = |error: io::Error| BackupFault::Io(part.into(), error);
    let file = private(part).map_err(io_fault)?;
    // The lock keeps other processes from clearing the file. Without locks on the file system, none of them clears it.
    let _ = file.try_lock();
    let mut zip = ZipWriter::new_stream(Sink::new(file, encryption).map_err(io_fault)?);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1))
        .unix_permissions(0o600)
        .large_file(true);
    let mut files = vec![];
    for source in sources {
        zip.start_file(source.name, options)?;
        files.push(add(&mut zip, source, stopped).map_err(|error| BackupFault::Io(source.path.clone(), error))?);
    }
    let bytes = files.iter().map(|file| file.bytes).sum();
    let manifest = Manifest { v: LAYOUT, program: env!("CARGO_PKG_VERSION").into(), at: at.into(), files };
    zip.start_file(MANIFEST, options)?;
    zip.write_all(&serde_json::to_vec_pretty(&manifest).map_err(|error| io_fault(error.into()))?).map_err(io_fault)?;
    let file = zip.finish()?.into_inner().finish().map_err(io_fault)?;
    file.sync_all().map_err(io_fault)?;
    Ok(Contents { at: at.into(), bytes })
}

fn go_on(stopped: &AtomicBool) -> io::Result<()> {
    if stopped.load(Ordering::Relaxed) { Err(io::Error::other("stopped")) } else { Ok(()) }
}

fn add(zip: &mut impl Write, source: &ArchiveSource, stopped: &AtomicBool) -> io::Result<Listed> {
    let mut file = File::open(&source.path)?;
    let (mut hash, mut bytes, mut block) = (Sha256::new(), 0, vec![0; BLOCK_BYTES]);
    loop {
        go_on(stopped)?;
        let read = file.read(&mut block)?;
        if read == 0 {
            break;
        }
        hash.update(&block[..read]);
        zip.write_all(&block[..read])?;
        bytes += read as u64;
    }
    Ok(Listed { name: source.name.into(), bytes, sha256: HEXLOWER.encode(&hash.finalize()) })
}

/// A new file that only its owner can read.
pub(super) fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A rename is durable only when the folder is.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
