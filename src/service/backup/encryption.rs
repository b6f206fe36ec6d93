//! How a backup is encrypted and opened: in the age format (age-encryption.org/v1), so that other programs open it too.
//!
//! With a passphrase or to X25519 recipients, never both: the format forbids it. Deliberately absent: prompting for a
//! passphrase.

use super::BackupFault;
use age::secrecy::SecretString;
use age::x25519::{Identity, Recipient};
use age::{DecryptError, Decryptor, Encryptor};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

/// Fewest characters of a passphrase: an attacker who has the file can guess without limit.
pub const PASSPHRASE_CHARS_MIN: usize = 12;
/// Most recipients of one backup; each costs a key agreement and a few lines of the header.
pub const RECIPIENTS_MAX: usize = 32;
/// Largest file of recipients, identities or a passphrase, in bytes.
const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;
/// scrypt's cost as a power of two: 2^17 takes 128 MiB and less than a second.
const WORK_FACTOR: u8 = 17;
/// Largest work factor of a file that is opened: 2^20 takes 1 GiB.
const WORK_FACTOR_MAX: u8 = 20;
const AGE_MAGIC: &[u8] = b"age-encryption.org/";
const ARMOR_MAGIC: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
const ZIP_MAGIC: &[u8] = b"PK\x03\x04";

/// A passphrase that is long enough. Not shown by `Debug`.
#[derive(Clone, Debug)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// Trims white space, such as the line end of a file. `PassphraseUnfit` when it is too short or holds a control
    /// character.
    pub fn parse(text: &str) -> Result<Self, BackupFault> {
        let text = text.trim();
        if text.chars().count() < PASSPHRASE_CHARS_MIN || text.chars().any(char::is_control) {
            return Err(BackupFault::PassphraseUnfit);
        }
        Ok(Self(text.to_owned().into()))
    }

    /// A passphrase of any length, to open a file that another program encrypted with a shorter one.
    pub fn of_any_length(text: &str) -> Self {
        Self(text.trim().to_owned().into())
    }
}

/// How a backup is written.
#[derive(Clone)]
pub enum Encryption {
    /// Not at all: the archive is a plain ZIP file.
    None,
    /// With a passphrase, from which scrypt derives the key.
    Passphrase(Passphrase),
    /// To X25519 recipients, 1 to [`RECIPIENTS_MAX`]; the private key of any one opens it.
    Recipients(Vec<Recipient>),
}

/// What opens an encrypted backup.
pub enum Opener {
    /// Opens a backup that is encrypted with a passphrase.
    Passphrase(Passphrase),
    /// Opens a backup that is encrypted to the recipient of any of these private keys.
    Identities(Vec<Identity>),
}

/// How a file is encrypted, according to its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncryptionKind {
    /// A plain ZIP file.
    Plain,
    /// The age format with a passphrase.
    Passphrase,
    /// The age format with recipients.
    Recipients,
}

/// Parses an X25519 recipient, `age1…`. `RecipientUnfit` when it isn't one.
pub fn recipient(text: &str) -> Result<Recipient, BackupFault> {
    text.trim().parse().map_err(|_| BackupFault::RecipientUnfit(shown(text)))
}

/// Reads recipients, one per line; skips empty lines and those that begin with `#`. `NoRecipients` when there are none.
pub fn recipients(path: &Path) -> Result<Vec<Recipient>, BackupFault> {
    let text = key_file(path)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let found: Vec<Recipient> = lines.map(recipient).collect::<Result<_, _>>()?;
    if found.is_empty() { Err(BackupFault::NoRecipients(path.into())) } else { Ok(found) }
}

/// Reads private keys as `age-keygen` writes them, one per line; skips empty lines and those that begin with `#`.
pub fn identities(path: &Path) -> Result<Vec<Identity>, BackupFault> {
    let text = key_file(path)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    // The file's text is secret: the error doesn't repeat it.
    let found: Option<Vec<Identity>> = lines.map(|line| line.parse().ok()).collect();
    found.filter(|found| !found.is_empty()).ok_or_else(|| BackupFault::NoIdentities(path.into()))
}

/// Reads a text file of up to 64 KiB, such as one that holds a passphrase.
pub fn key_file(path: &Path) -> Result<String, BackupFault> {
    let fault = |error: io::Error| BackupFault::Io(path.into(), error);
    let mut text = String::new();
    let read =
        File::open(path).map_err(fault)?.take(KEY_FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(fault)?;
    if read as u64 > KEY_FILE_BYTES_MAX {
        return Err(fault(io::ErrorKind::FileTooLarge.into()));
    }
    Ok(text)
}

/// The text as an error shows it. A private key that was given as a recipient by mistake isn't shown.
fn shown(text: &str) -> String {
    if text.to_ascii_uppercase().contains("AGE-SECRET-KEY") { "AGE-SECRET-KEY-…".into() } else { text.trim().into() }
}

/// The archive's output, encrypted or plain.
pub(super) enum Sink {
    Plain(BufWriter<File>),
    Encrypted(Box<age::stream::StreamWriter<BufWriter<File>>>),
}

impl Sink {
    pub(super) fn new(file: File, encryption: &Encryption) -> io::Result<Self> {
        let file = BufWriter::new(file);
        let encryptor = match encryption {
            Encryption::None => return Ok(Self::Plain(file)),
            Encryption::Passphrase(passphrase) => {
                let mut recipient = age::scrypt::Recipient::new(passphrase.0.clone());
                recipient.set_work_factor(WORK_FACTOR);
                Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
            }
            Encryption::Recipients(recipients) => {
                Encryptor::with_recipients(recipients.iter().map(|recipient| recipient as &dyn age::Recipient))
            }
        };
        let encryptor = encryptor.map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self::Encrypted(Box::new(encryptor.wrap_output(file)?)))
    }

    /// Writes the end of the file, without which readers take it for truncated.
    pub(super) fn finish(self) -> io::Result<File> {
        let file = match self {
            Self::Plain(file) => file,
            Self::Encrypted(stream) => stream.finish()?,
        };
        file.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Encrypted(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Encrypted(stream) => stream.flush(),
        }
    }
}

/// Bytes that can be read at any offset.
pub(super) trait Seekable: Read + Seek {}
impl<T: Read + Seek> Seekable for T {}

/// Whether and how a file is encrypted. `Armored` or `Foreign` where it isn't a backup that can be read.
pub fn kind(path: &Path) -> Result<EncryptionKind, BackupFault> {
    let mut file = opened(path)?;
    match magic(path, &mut file)? {
        Magic::Plain => Ok(EncryptionKind::Plain),
        Magic::Armored => Err(BackupFault::Armored),
        Magic::Age => {
            let decryptor = decryptor(path, file)?;
            Ok(if decryptor.is_scrypt() { EncryptionKind::Passphrase } else { EncryptionKind::Recipients })
        }
        Magic::Foreign => Err(BackupFault::Foreign),
    }
}

/// The bytes of an archive, decrypted as they are read; a plain one needs no opener. Each chunk is authenticated before
/// it is returned.
pub(super) fn open(path: &Path, opener: Option<&Opener>) -> Result<Box<dyn Seekable>, BackupFault> {
    let mut file = opened(path)?;
    match magic(path, &mut file)? {
        Magic::Age => {}
        Magic::Plain => return Ok(Box::new(file)),
        Magic::Armored => return Err(BackupFault::Armored),
        Magic::Foreign => return Err(BackupFault::Foreign),
    }
    let decryptor = decryptor(path, file)?;
    let stream = match (decryptor.is_scrypt(), opener) {
        (true, Some(Opener::Passphrase(passphrase))) => {
            let mut identity = age::scrypt::Identity::new(passphrase.0.clone());
            identity.set_max_work_factor(WORK_FACTOR_MAX);
            decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity))
        }
        (false, Some(Opener::Identities(identities))) => {
            decryptor.decrypt(identities.iter().map(|identity| identity as &dyn age::Identity))
        }
        (true, _) => return Err(BackupFault::NeedsPassphrase),
        (false, _) => return Err(BackupFault::NeedsIdentity),
    };
    // The ZIP's list of files is at its end: a truncated file fails before anything is unpacked.
    Ok(Box::new(BufReader::new(stream.map_err(|error| unopened(path, error))?)))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Magic {
    Plain,
    Age,
    Armored,
    Foreign,
}

fn opened(path: &Path) -> Result<BufReader<File>, BackupFault> {
    Ok(BufReader::new(File::open(path).map_err(|error| BackupFault::Io(path.into(), error))?))
}

/// What a file is by its first bytes. Leaves the file at its beginning.
fn magic(path: &Path, file: &mut BufReader<File>) -> Result<Magic, BackupFault> {
    let fault = |error: io::Error| BackupFault::Io(path.into(), error);
    let mut begin = vec![];
    file.take(ARMOR_MAGIC.len() as u64).read_to_end(&mut begin).map_err(fault)?;
    file.rewind().map_err(fault)?;
    let known = [(ZIP_MAGIC, Magic::Plain), (AGE_MAGIC, Magic::Age), (ARMOR_MAGIC, Magic::Armored)];
    let found = known.into_iter().find(|(magic, _)| begin.starts_with(magic));
    Ok(found.map_or(Magic::Foreign, |(_, magic)| magic))
}

fn decryptor(path: &Path, file: BufReader<File>) -> Result<Decryptor<BufReader<File>>, BackupFault> {
    Decryptor::new_buffered(file).map_err(|error| unopened(path, error))
}

fn unopened(path: &Path, error: DecryptError) -> BackupFault {
    match error {
        DecryptError::NoMatchingKeys | DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            BackupFault::WrongKey
        }
        DecryptError::ExcessiveWork { .. } => BackupFault::TooMuchWork,
        DecryptError::InvalidHeader | DecryptError::InvalidMac => BackupFault::Damaged("its head"),
        DecryptError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => BackupFault::Damaged("its head"),
        DecryptError::Io(error) => BackupFault::Io(path.into(), error),
        DecryptError::UnknownFormat => BackupFault::Foreign,
    }
}
