//! A backup: one ZIP file with the database, the keys and the mark of what was published, and a list of their hashes.
//! The database is a file of the embedded one, wherever it was kept.
//!
//! The file is encrypted in the age format unless a plain one was asked for; [`encryption`] says with what.
//!
//! `manifest.json` stands last, since it holds what was written before it: `{"v":1,"program":…,"at":…,"files":[{"name",
//! "bytes","sha256"}]}`. Only names from [`NAMES`] are ever read or written, so that an archive can't reach elsewhere.

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

pub const DATABASE: &str = "ikrar.sqlite";
pub const KEYRING: &str = "keyring";
pub const PASSPHRASE: &str = "keyring.passphrase";
/// Says that the installation is a demo.
pub const DEMO: &str = "demo.json";
pub const MARK: &str = "high-water.json";
/// In the data folder: where a backup copies the database first.
pub const COPYING: &str = "copying";
/// All that an archive may hold besides its manifest.
pub const NAMES: [&str; 5] = [DATABASE, KEYRING, PASSPHRASE, DEMO, MARK];
/// What an installation can't be without.
const NEEDED: [&str; 3] = [DATABASE, KEYRING, PASSPHRASE];

const MANIFEST: &str = "manifest.json";
const MANIFEST_BYTES_MAX: u64 = 64 * 1024;
const LAYOUT: u8 = 1;
/// Bytes copied at once.
const BLOCK_BYTES: usize = 256 * 1024;

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    v: u8,
    /// Version of the program that wrote it.
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

/// What a backup is made of, or was found to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// When it was made, RFC 3339.
    pub at: String,
    /// Bytes of all files together.
    pub bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    #[error("{0} is there already")]
    Exists(PathBuf),
    #[error("{0} isn't an empty folder")]
    NotEmpty(PathBuf),
    /// A folder can't take the place of what is mounted, and it isn't a file system of its own, into which it could
    /// move.
    #[error("{0} is mounted from elsewhere on the same file system: restore into a folder inside it")]
    Mounted(PathBuf),
    /// Not an archive of ours, or one of a later layout.
    #[error("not a backup of this program")]
    Foreign,
    /// A file is missing, too long, or has another hash than the manifest says.
    #[error("the backup is damaged: {0}")]
    Damaged(&'static str),
    #[error("a passphrase has at least 12 letters on one line")]
    PassphraseUnfit,
    #[error("{0} isn't a recipient of the form age1…")]
    RecipientUnfit(String),
    #[error("there is no recipient in {0}")]
    NoRecipients(PathBuf),
    #[error("{0} isn't a file of private keys (AGE-SECRET-KEY-1…)")]
    NoIdentities(PathBuf),
    #[error("the backup is encrypted with a passphrase")]
    NeedsPassphrase,
    #[error("the backup is encrypted to recipients")]
    NeedsIdentity,
    /// Another passphrase or key than it was encrypted with, or its head was changed.
    #[error("the backup doesn't open with this passphrase or key")]
    WrongKey,
    /// Its passphrase would cost more memory than is given for it.
    #[error("the backup asks for too much work to be opened")]
    TooMuchWork,
    /// The age format as text.
    #[error("the backup is in text form (armor)")]
    Armored,
    #[error("{0}: {1}")]
    Io(PathBuf, #[source] std::io::Error),
    #[error("the archive can't be read or written: {0}")]
    Zip(#[from] zip::result::ZipError),
}
