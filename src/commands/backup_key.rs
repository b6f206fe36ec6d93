//! The keys that encrypt or open a backup, named on the command line or asked for on a terminal.

use crate::app::open;
use crate::config::Config;
use crate::i18n::Localizer;
use crate::service::backup::encryption::{
    EncryptionKind, PASSPHRASE_CHARS_MIN, Passphrase, RECIPIENTS_MAX, identities, key_file, kind, recipient, recipients,
};
use crate::service::backup::{BackupFault, Encryption, Opener};
use anyhow::{anyhow, bail};
use clap::Args;
use console::Term;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct PassphraseFile {
    /// File with the backup's passphrase, which isn't the keyring's (default: asked for, on a terminal)
    #[arg(long, env = "IKRAR_BACKUP_PASSPHRASE_FILE", value_name = "FILE")]
    backup_passphrase_file: Option<PathBuf>,
}

#[derive(Args)]
pub struct EncryptWith {
    #[command(flatten)]
    passphrase: PassphraseFile,
    /// Encrypt to this public key, so that this machine can't open it; may be given several times
    #[arg(long = "recipient", value_name = "age1…")]
    recipients: Vec<String>,
    /// Encrypt to each public key of this file, one per line
    #[arg(long, env = "IKRAR_BACKUP_RECIPIENTS_FILE", value_name = "FILE")]
    recipients_file: Option<PathBuf>,
    /// Don't encrypt: whoever has the file has the keys and everybody's data
    #[arg(long)]
    plain: bool,
}

impl EncryptWith {
    pub fn encryption(&self, config: &Config, w: Localizer) -> anyhow::Result<Encryption> {
        let mut to = vec![];
        for text in &self.recipients {
            to.push(recipient(text).map_err(|fault| fault_message(fault, w))?);
        }
        if let Some(path) = &self.recipients_file {
            to.extend(recipients(path).map_err(|fault| fault_message(fault, w))?);
        }
        if to.len() > RECIPIENTS_MAX {
            bail!(w.with("backup-too-many-recipients", &[("max", &RECIPIENTS_MAX.to_string())]));
        }
        let file = self.passphrase.backup_passphrase_file.as_deref();
        match (self.plain, to.is_empty(), file) {
            (true, true, None) => Ok(Encryption::None),
            (false, false, None) => Ok(Encryption::Recipients(to)),
            (false, true, Some(path)) => {
                let text = key_file(path).map_err(|fault| fault_message(fault, w))?;
                let passphrase = passphrase(&text, config, w)?;
                if lies_in(path, &config.data) {
                    bail!(w.t("backup-passphrase-inside"));
                }
                Ok(Encryption::Passphrase(passphrase))
            }
            (false, true, None) if on_terminal() => read_passphrase_twice(config, w),
            (false, true, None) => bail!(w.t("backup-how")),
            _ => bail!(w.t("backup-one-way")),
        }
    }
}

#[derive(Args)]
pub struct OpenWith {
    #[command(flatten)]
    passphrase: PassphraseFile,
    /// File with the private key of a recipient, as `age-keygen` writes it
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

impl OpenWith {
    /// `None` if the backup isn't encrypted.
    pub fn opener(&self, backup: &Path, w: Localizer) -> anyhow::Result<Option<Opener>> {
        let fault_message = |fault| fault_message(fault, w);
        let file = self.passphrase.backup_passphrase_file.as_deref();
        match (kind(backup).map_err(fault_message)?, &self.identity, file) {
            (EncryptionKind::Plain, ..) => Ok(None),
            (EncryptionKind::Recipients, Some(path), _) => {
                Ok(Some(Opener::Identities(identities(path).map_err(fault_message)?)))
            }
            (EncryptionKind::Passphrase, _, Some(path)) => {
                Ok(Some(Opener::Passphrase(Passphrase::of_any_length(&key_file(path).map_err(fault_message)?))))
            }
            (EncryptionKind::Passphrase, ..) if on_terminal() => {
                Ok(Some(Opener::Passphrase(Passphrase::of_any_length(&read_passphrase("restore-ask", w)?))))
            }
            (EncryptionKind::Passphrase, ..) => Err(fault_message(BackupFault::NeedsPassphrase)),
            (EncryptionKind::Recipients, ..) => Err(fault_message(BackupFault::NeedsIdentity)),
        }
    }
}

/// The message for a fault of a backup.
pub fn fault_message(fault: BackupFault, w: Localizer) -> anyhow::Error {
    let at = |key: &str, path: &Path| w.with(key, &[("path", &path.display().to_string())]);
    anyhow!(match &fault {
        BackupFault::PassphraseUnfit => {
            w.with("backup-passphrase-unfit", &[("min", &PASSPHRASE_CHARS_MIN.to_string())])
        }
        BackupFault::RecipientUnfit(text) => w.with("backup-recipient-unfit", &[("text", text)]),
        BackupFault::NoRecipients(path) => at("backup-no-recipients", path),
        BackupFault::NoIdentities(path) => at("restore-no-identities", path),
        BackupFault::NeedsPassphrase => w.t("restore-needs-passphrase"),
        BackupFault::NeedsIdentity => w.t("restore-needs-identity"),
        BackupFault::WrongKey => w.t("restore-wrong-key"),
        BackupFault::TooMuchWork => w.t("restore-too-much-work"),
        BackupFault::Armored => w.t("restore-armored"),
        BackupFault::Foreign => w.t("restore-foreign"),
        BackupFault::Damaged(_) => w.t("restore-damaged"),
        _ => return fault.into(),
    })
}

fn on_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for a passphrase on the terminal, which doesn't show it.
fn read_passphrase(key: &str, w: Localizer) -> anyhow::Result<String> {
    let terminal = Term::stderr();
    terminal.write_str(&w.t(key))?;
    Ok(tokio::task::block_in_place(|| terminal.read_secure_line())?)
}

fn read_passphrase_twice(config: &Config, w: Localizer) -> anyhow::Result<Encryption> {
    let terminal = Term::stderr();
    terminal.write_line(&w.with("backup-ask-about", &[("min", &PASSPHRASE_CHARS_MIN.to_string())]))?;
    let first = read_passphrase("backup-ask", w)?;
    let found = passphrase(&first, config, w)?;
    if read_passphrase("backup-ask-again", w)?.trim() != first.trim() {
        bail!(w.t("backup-ask-differs"));
    }
    Ok(Encryption::Passphrase(found))
}

/// Checks that the passphrase is long enough and isn't the keyring's, which is lost together with the data folder.
fn passphrase(text: &str, config: &Config, w: Localizer) -> anyhow::Result<Passphrase> {
    let found = Passphrase::parse(text).map_err(|fault| fault_message(fault, w))?;
    if open::keyring_passphrase(config).is_ok_and(|own| own.trim() == text.trim()) {
        bail!(w.t("backup-passphrase-is-keyring-s"));
    }
    Ok(found)
}

fn lies_in(path: &Path, folder: &Path) -> bool {
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => false,
    }
}
