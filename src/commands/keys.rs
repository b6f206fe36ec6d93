//! `ikrar keys`: lists and changes the installation's keys.

use super::{open, terminal_words};
use crate::app::Resources;
use crate::atomic_file;
use crate::config::ConfigOptions;
use crate::domain::key::KeyRole;
use crate::domain::seal_key::SealKeyRole;
use crate::domain::time::UnixMillis;
use crate::i18n::Localizer;
use crate::output::outln;
use crate::service::keys::{
    BroughtFault, KeyAdministration, KeyChangeError, KeyInfo, PEM_BYTES_MAX, SealKeyError, SealKeyInfo, brought_seal,
    private_key, private_key_pem,
};
use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

#[derive(Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// What each key is for, how it stands, and which one is used
    List,
    /// Make a new key. It is published at once and used as soon as every node knows it: copy the keyring to each of
    /// them
    Rotate {
        #[arg(long, value_parser = role)]
        role: RotatedRole,
        /// With --role seal: the authority's private key (PEM), where it was taken out of the database
        #[arg(long, value_name = "FILE.pem")]
        authority_key: Option<PathBuf>,
    },
    /// Seal with a key of your own authority from now on: an unencrypted P-256 key and its certificates, the key's own
    /// first
    ImportSeal {
        /// The private key (PKCS#8, PEM)
        #[arg(long, value_name = "FILE.pem")]
        key: PathBuf,
        /// The certificates (PEM)
        #[arg(long, value_name = "FILE.pem")]
        chain: PathBuf,
    },
    /// Write the authority's private key to a file, which only its owner can read
    ExportAuthority {
        /// Where to write it (PKCS#8, PEM, unencrypted)
        #[arg(long, value_name = "FILE.pem")]
        out: PathBuf,
        /// Take it out of the database once it is written. Seals go on; a new one then needs --authority-key
        #[arg(long)]
        remove: bool,
    },
    /// End a key that isn't used any more. What it signed stays valid
    Retire {
        #[arg(value_name = "KEY", allow_hyphen_values = true)]
        kid: String,
    },
    /// Say that somebody else may have a key. It signs nothing more, and what it signed counts only where the records
    /// hold it. If it was the one in use, a new one takes its place at once
    Compromised {
        #[arg(value_name = "KEY", allow_hyphen_values = true)]
        kid: String,
        /// When somebody else may have got it first, as 2029-02-01T02:00:00Z (default: now)
        #[arg(long, value_name = "TIME", value_parser = time)]
        since: Option<UnixMillis>,
    },
    /// Print the published keys, as /.well-known/jwks.json answers them
    ExportPublic {
        /// Write them to a file instead
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// What a new key is for.
#[derive(Clone, Copy)]
enum RotatedRole {
    /// A key of the keyring.
    Keyring(KeyRole),
    /// The key that seals certificates.
    Seal,
}

fn role(text: &str) -> Result<RotatedRole, String> {
    let seal = (text == SealKeyRole::Seal.as_str()).then_some(RotatedRole::Seal);
    let role = KeyRole::parse(text).map(RotatedRole::Keyring).or(seal);
    role.ok_or_else(|| "credential, log, session or seal".into())
}

fn time(text: &str) -> Result<UnixMillis, String> {
    UnixMillis::parse_rfc3339(text).ok_or_else(|| "a time such as 2029-02-01T02:00:00Z".into())
}

pub async fn run(settings: ConfigOptions, args: KeysArgs) -> anyhow::Result<u8> {
    let w = terminal_words();
    let Resources { config, clock, entropy, store, keyring } = open::existing_resources(settings).await?;
    let keys = KeyAdministration::open(&config, store, clock.clone(), entropy, keyring).await?;
    let in_words = |error| refused(error, w);
    let (done, kid) = match args.command {
        KeysCommand::List => {
            list(&keys.list(), &keys.seals().await?, args.json, w)?;
            return Ok(0);
        }
        KeysCommand::ExportPublic { out } => {
            export(&keys, out)?;
            return Ok(0);
        }
        KeysCommand::Rotate { role: RotatedRole::Keyring(_), authority_key: Some(_) } => {
            bail!(w.t("keys-authority-key-for-seal"));
        }
        KeysCommand::Rotate { role: RotatedRole::Keyring(role), authority_key: None } => {
            ("keys-rotated", keys.rotate(role).await.map_err(in_words)?)
        }
        KeysCommand::Rotate { role: RotatedRole::Seal, authority_key } => {
            ("keys-seal-rotated", rotate_seal(&keys, authority_key, w).await?)
        }
        KeysCommand::ImportSeal { key, chain } => {
            let now = u64::try_from(clock.now_ms() / 1000).unwrap_or_default();
            ("keys-seal-imported", import_seal(&keys, (&key, &chain), now, w).await?)
        }
        KeysCommand::ExportAuthority { out, remove } => {
            let done = if remove { "keys-authority-removed" } else { "keys-authority-exported" };
            (done, export_authority(&keys, &out, remove, w).await?)
        }
        KeysCommand::Retire { kid } => {
            keys.retire(&kid).await.map_err(in_words)?;
            ("keys-retired", kid)
        }
        KeysCommand::Compromised { kid, since } if keys.compromised_seal(&kid, since).await.map_err(in_words)? => {
            ("keys-compromised-seal", kid)
        }
        KeysCommand::Compromised { kid, since } => {
            let words = match keys.compromised(&kid, since).await.map_err(in_words)? {
                KeyRole::Credential => "keys-compromised-credential",
                KeyRole::Log => "keys-compromised-log",
                KeyRole::Session => "keys-compromised-session",
            };
            (words, kid)
        }
    };
    if args.json {
        outln!("{}", as_json(&keys.list(), &keys.seals().await?)?);
    } else {
        outln!("{}", w.with(done, &[("kid", &kid)]));
    }
    Ok(0)
}

/// A key in JSON.
#[derive(Serialize)]
struct KeyJson<'k> {
    kid: &'k str,
    role: &'static str,
    status: &'static str,
    in_use: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    made_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
}

fn list(keys: &[KeyInfo], seals: &[SealKeyInfo], json: bool, w: Localizer) -> anyhow::Result<()> {
    if json {
        outln!("{}", as_json(keys, seals)?);
        return Ok(());
    }
    for key in rows(keys, seals) {
        let used = if key.in_use { w.t("keys-in-use") } else { String::new() };
        let at = key.ended_at.or(key.made_at).unwrap_or_default();
        outln!("{:<12} {:<12} {:<12} {:<25} {used}", key.kid, key.role, key.status, at);
    }
    Ok(())
}

fn as_json(keys: &[KeyInfo], seals: &[SealKeyInfo]) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&rows(keys, seals).collect::<Vec<_>>())?)
}

/// The keyring's keys, then the seals and their authorities.
fn rows<'k>(keys: &'k [KeyInfo], seals: &'k [SealKeyInfo]) -> impl Iterator<Item = KeyJson<'k>> {
    let keys = keys.iter().map(|key| KeyJson {
        kid: &key.kid,
        role: key.role.as_str(),
        status: key.status,
        in_use: key.in_use,
        made_at: key.made_at.map(UnixMillis::rfc3339),
        ended_at: key.ended_at.map(UnixMillis::rfc3339),
    });
    let seals = seals.iter().map(|key| KeyJson {
        kid: &key.kid,
        role: key.role.as_str(),
        status: key.status.as_str(),
        in_use: key.in_use,
        made_at: Some(key.made_at.rfc3339()),
        ended_at: key.ended_at.map(UnixMillis::rfc3339),
    });
    keys.chain(seals)
}

fn export(keys: &KeyAdministration, out: Option<PathBuf>) -> anyhow::Result<()> {
    let json = keys.published().to_json();
    match out {
        None => outln!("{json}"),
        Some(path) => std::fs::write(&path, json).with_context(|| path.display().to_string())?,
    }
    Ok(())
}

async fn rotate_seal(keys: &KeyAdministration, authority_key: Option<PathBuf>, w: Localizer) -> anyhow::Result<String> {
    let given = match authority_key {
        Some(path) => Some(private_key(&pem(&path)?).map_err(|fault| brought_words(fault, w))?),
        None => None,
    };
    let rotated = keys.rotate_seal(given.as_ref().map(|key| key.as_slice())).await;
    rotated.map_err(|error| seal_refused(error, w))
}

async fn import_seal(
    keys: &KeyAdministration,
    (key, chain): (&Path, &Path),
    now_secs: u64,
    w: Localizer,
) -> anyhow::Result<String> {
    let brought = brought_seal(&pem(key)?, &pem(chain)?, now_secs).map_err(|fault| brought_words(fault, w))?;
    keys.bring_seal(&brought).await.map_err(|error| seal_refused(error, w))
}

async fn export_authority(keys: &KeyAdministration, out: &Path, forget: bool, w: Localizer) -> anyhow::Result<String> {
    let keep = |pkcs8: &[u8]| write_key(out, pkcs8).map_err(ExportRefusal::File);
    keys.export_authority(keep, forget).await.map_err(|refusal| match refusal {
        ExportRefusal::File(error) => error,
        ExportRefusal::Seal(error) => seal_refused(error, w),
    })
}

/// Why an authority's key isn't exported.
enum ExportRefusal {
    /// The file can't be written.
    File(anyhow::Error),
    /// There is no key, or it can't be recorded.
    Seal(SealKeyError),
}

impl From<SealKeyError> for ExportRefusal {
    fn from(error: SealKeyError) -> Self {
        Self::Seal(error)
    }
}

/// Writes a private key into a new file that only its owner can read.
fn write_key(path: &Path, pkcs8: &[u8]) -> anyhow::Result<()> {
    let pem = private_key_pem(pkcs8).context("the key can't be written as PEM")?;
    atomic_file::create(path, pem.as_bytes(), atomic_file::PRIVATE_MODE).with_context(|| path.display().to_string())
}

/// A file of at most [`PEM_BYTES_MAX`].
fn pem(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let read = || -> io::Result<Zeroizing<String>> {
        let mut text = Zeroizing::new(String::new());
        File::open(path)?.take(PEM_BYTES_MAX as u64 + 1).read_to_string(&mut text)?;
        if text.len() > PEM_BYTES_MAX { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(text) }
    };
    read().with_context(|| path.display().to_string())
}

fn brought_words(fault: BroughtFault, w: Localizer) -> anyhow::Error {
    anyhow!(w.t(match fault {
        BroughtFault::KeyFile => "keys-brought-key-file",
        BroughtFault::Curve => "keys-brought-curve",
        BroughtFault::Chain => "keys-brought-chain",
        BroughtFault::OtherKey => "keys-brought-other-key",
        BroughtFault::Order => "keys-brought-order",
        BroughtFault::Expired => "keys-brought-expired",
        BroughtFault::Usage => "keys-brought-usage",
    }))
}

fn seal_refused(error: SealKeyError, w: Localizer) -> anyhow::Error {
    match error {
        SealKeyError::NoAuthorityKey => anyhow!(w.t("keys-no-authority-key")),
        SealKeyError::OtherAuthorityKey => anyhow!(w.t("keys-other-authority-key")),
        SealKeyError::Known(kid) => anyhow!(w.with("keys-seal-known", &[("kid", &kid)])),
        error => error.into(),
    }
}

fn refused(error: KeyChangeError, w: Localizer) -> anyhow::Error {
    match error {
        KeyChangeError::Unknown(kid) => anyhow!(w.with("keys-unknown", &[("kid", &kid)])),
        KeyChangeError::InUse { kid, role } => {
            anyhow!(w.with("keys-retire-in-use", &[("kid", &kid), ("role", role.as_str())]))
        }
        KeyChangeError::CompromisedAlready(kid) => anyhow!(w.with("keys-compromised-already", &[("kid", &kid)])),
        KeyChangeError::SinceLater => anyhow!(w.t("keys-since-later")),
        KeyChangeError::Busy => anyhow!(w.t("keys-busy")),
        error => error.into(),
    }
}
