//! A backup: one ZIP file with the database, the keys, the high-water mark and a list of their hashes. The database is
//! a file of the embedded database, also when the installation keeps it on a server.
//!
//! The file is encrypted in the age format unless a plain one was asked for; see [`encryption`].
//!
//! `manifest.json` comes last, since it lists the files written before it: `{"v":1,"program":…,"at":…,"files":[{"name",
//! "bytes","sha256"}]}`. Only names from [`NAMES`] are ever read or written, so an archive can't reach outside its
//! folder.

mod archive;
mod database;
pub mod encryption;
#[cfg(test)]
mod encryption_tests;
mod extract;

pub use archive::{ArchiveSource, part_of, write};
pub use database::{FillError, RowProgress, copy_database, fill_server, fits_keyring};
pub use encryption::{Encryption, Opener};
pub use extract::{Unpacked, restore, unpack};

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Name of the database in an archive: a file of the embedded database.
pub const DATABASE: &str = "ikrar.sqlite";
/// Name of the keyring in an archive and in the data folder.
pub const KEYRING: &str = "keyring";
/// Name of the file with the keyring's passphrase.
pub const PASSPHRASE: &str = "keyring.passphrase";
/// Name of the file that marks an installation as a demo.
pub const DEMO: &str = "demo.json";
/// Name of the high-water mark in an archive and in the data folder.
pub const MARK: &str = "high-water.json";
/// Folder in the data folder that a backup copies the database into first.
pub const COPYING: &str = "copying";
/// Every name that an archive may hold besides its manifest.
pub const NAMES: [&str; 5] = [DATABASE, KEYRING, PASSPHRASE, DEMO, MARK];
/// Files that every installation has; a backup without one is refused.
const NEEDED: [&str; 3] = [DATABASE, KEYRING, PASSPHRASE];

const MANIFEST: &str = "manifest.json";
const MANIFEST_BYTES_MAX: u64 = 64 * 1024;
const LAYOUT: u8 = 1;
/// Bytes copied in one step.
const BLOCK_BYTES: usize = 256 * 1024;

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    v: u8,
    /// Version of the program that wrote the backup.
    program: String,
    /// RFC 3339.
    at: String,
    files: Vec<Listed>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    name: String,
    bytes: u64,
    /// Lower-case hexadecimal.
    sha256: String,
}

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// When it was made, RFC 3339.
    pub at: String,
    /// Bytes of all files together.
    pub bytes: u64,
}

/// Why a backup can't be written, opened or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    /// The file to be written, or the temporary `.part` file or folder, exists already; holds its path.
    #[error("{0} is there already")]
    Exists(PathBuf),
    /// The folder to restore into holds something; holds its path.
    #[error("{0} isn't an empty folder")]
    NotEmpty(PathBuf),
    /// A folder can't replace a mount point, and this one isn't a file system of its own, inside which files could be
    /// unpacked.
    #[error("{0} is mounted from elsewhere on the same file system: restore into a folder inside it")]
    Mounted(PathBuf),
    /// Not an archive of this program, or one of a later layout.
    #[error("not a backup of this program")]
    Foreign,
    /// A file is missing or differs from the length or hash in the manifest, or the age header is broken. Holds what is
    /// damaged.
    #[error("the backup is damaged: {0}")]
    Damaged(&'static str),
    /// A passphrase for a new backup has fewer than [`encryption::PASSPHRASE_CHARS_MIN`] characters, or holds a line
    /// break or another control character.
    #[error("a passphrase has at least 12 letters on one line")]
    PassphraseUnfit,
    /// The text isn't an X25519 recipient; holds the text, but never a private key given by mistake.
    #[error("{0} isn't a recipient of the form age1…")]
    RecipientUnfit(String),
    /// The file of recipients names none; holds its path.
    #[error("there is no recipient in {0}")]
    NoRecipients(PathBuf),
    /// The file holds no private key, or a line that isn't one. Holds the file's path, never its text.
    #[error("{0} isn't a file of private keys (AGE-SECRET-KEY-1…)")]
    NoIdentities(PathBuf),
    /// The backup is encrypted with a passphrase, and none was given.
    #[error("the backup is encrypted with a passphrase")]
    NeedsPassphrase,
    /// The backup is encrypted to recipients, and no private key was given.
    #[error("the backup is encrypted to recipients")]
    NeedsIdentity,
    /// The passphrase or key isn't the one that it was encrypted with, or its header was changed.
    #[error("the backup doesn't open with this passphrase or key")]
    WrongKey,
    /// Deriving the key from the passphrase would take more than 1 GiB of memory (a scrypt work factor above 20).
    #[error("the backup asks for too much work to be opened")]
    TooMuchWork,
    /// The file is in the text form of the age format, which isn't read.
    #[error("the backup is in text form (armor)")]
    Armored,
    /// Reading or writing this path failed, or a file of keys is longer than 64 KiB.
    #[error("{0}: {1}")]
    Io(PathBuf, #[source] std::io::Error),
    /// The ZIP archive can't be read or written.
    #[error("the archive can't be read or written: {0}")]
    Zip(#[from] zip::result::ZipError),
}
