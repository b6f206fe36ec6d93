//! `ikrar keys`: lists and changes the installation's keys.

use super::{open, terminal_words};
use crate::app::Resources;
use crate::config::ConfigOptions;
use crate::domain::key::KeyRole;
use crate::domain::seal_key::SealKeyRole;
use crate::domain::time::UnixMillis;
use crate::i18n::Localizer;
use crate::output::outln;
use crate::service::keys::{KeyAdministration, KeyChangeError, KeyInfo, SealKeyInfo};
use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::PathBuf;

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
    let keys = KeyAdministration::open(&config, store, clock, entropy, keyring).await?;
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
        KeysCommand::Rotate { role: RotatedRole::Keyring(role) } => {
            ("keys-rotated", keys.rotate(role).await.map_err(in_words)?)
        }
        KeysCommand::Rotate { role: RotatedRole::Seal } => ("keys-seal-rotated", keys.rotate_seal().await?),
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
