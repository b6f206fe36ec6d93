//! `ikrar keys`: the keys of the installation over time.

use super::{open, terminal_words};
use crate::app::Resources;
use crate::clock::{Clock, Entropy, SystemClock};
use crate::config::{Config, Settings};
use crate::credential::jwks::Jwks;
use crate::domain::audit::{ACTOR_COMMAND_LINE, Entry, Event};
use crate::domain::key::KeyRole;
use crate::domain::time::UnixMillis;
use crate::i18n::Words;
use crate::keyring::{Key, Keyring, SEALING_BYTES, Status};
use crate::output::outln;
use crate::service::key_rotation::{self, KEYRING_FILE};
use crate::store::SharedStore;
use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;
use std::sync::Arc;

/// Locked while the file is changed, so that two commands at once don't undo each other.
const LOCK: &str = "keys.lock";

#[derive(Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    command: Keys,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Keys {
    /// What each key is for, how it stands, and which one is used
    List,
    /// Make a new key. It is published at once and used as soon as every node knows it: copy the keyring to each of them
    Rotate {
        #[arg(long, value_parser = role)]
        role: KeyRole,
    },
    /// End a key that isn't used any more. What it signed stays valid
    Retire {
        #[arg(value_name = "KEY", allow_hyphen_values = true)]
        kid: String,
    },
    /// Say that somebody else may have a key. It signs nothing more, and what it signed counts only where the records hold it. If it
    /// was the one in use, a new one takes its place at once
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

fn role(text: &str) -> Result<KeyRole, String> {
    KeyRole::parse(text).ok_or_else(|| "credential, log or session".into())
}

fn time(text: &str) -> Result<UnixMillis, String> {
    UnixMillis::parse_rfc3339(text).ok_or_else(|| "a time such as 2029-02-01T02:00:00Z".into())
}

pub async fn run(settings: Settings, args: KeysArgs) -> anyhow::Result<u8> {
    let w = terminal_words();
    let Resources { config, keyring, store, .. } = open::existing(settings).await?;
    keyring.note_in_use(store.keys_in_use().await?);
    let desk = Desk { config, keyring, store, w, json: args.json };
    match args.command {
        Keys::List => desk.list()?,
        Keys::Rotate { role } => desk.rotate(role).await?,
        Keys::Retire { kid } => desk.retire(&kid).await?,
        Keys::Compromised { kid, since } => desk.compromised(&kid, since).await?,
        Keys::ExportPublic { out } => desk.export(out)?,
    }
    Ok(0)
}

struct Desk {
    config: Config,
    keyring: Arc<Keyring>,
    store: SharedStore,
    w: Words,
    json: bool,
}

/// A key as it is told.
#[derive(Serialize)]
struct Told {
    kid: String,
    role: &'static str,
    status: &'static str,
    in_use: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    made_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
}

impl Desk {
    fn list(&self) -> anyhow::Result<()> {
        let keys = self.keyring.keys();
        let told: Vec<Told> = keys.all().iter().map(|key| told(key, keys.used(key.role))).collect();
        if self.json {
            outln!("{}", serde_json::to_string_pretty(&told)?);
            return Ok(());
        }
        for key in told {
            let used = if key.in_use { self.w.t("keys-in-use") } else { String::new() };
            let at = key.ended_at.or(key.made_at).unwrap_or_default();
            outln!("{:<12} {:<12} {:<12} {:<25} {used}", key.kid, key.role, key.status, at);
        }
        Ok(())
    }

    async fn rotate(&self, role: KeyRole) -> anyhow::Result<()> {
        let _lock = self.locked()?;
        let kid = self.add(role)?;
        self.save(Event::KeyRotated { purpose: role.as_str().into(), key: kid.clone() }).await?;
        self.say("keys-rotated", &kid)
    }

    async fn retire(&self, kid: &str) -> anyhow::Result<()> {
        let _lock = self.locked()?;
        let key = self.key(kid)?;
        if self.keyring.keys().used(key.role).is_some_and(|used| used.kid == kid) {
            bail!(self.w.with("keys-retire-in-use", &[("kid", kid), ("role", key.role.as_str())]));
        }
        if matches!(key.status, Status::Compromised(_)) {
            bail!(self.w.with("keys-compromised-already", &[("kid", kid)]));
        }
        self.keyring.end(kid, Status::Retired(now()))?;
        self.save(Event::KeyRetired { purpose: key.role.as_str().into(), key: kid.into() }).await?;
        self.say("keys-retired", kid)
    }

    async fn compromised(&self, kid: &str, since: Option<UnixMillis>) -> anyhow::Result<()> {
        let at = since.unwrap_or_else(now);
        if at > now() {
            bail!(self.w.t("keys-since-later"));
        }
        let _lock = self.locked()?;
        let key = self.key(kid)?;
        if matches!(key.status, Status::Compromised(_)) {
            bail!(self.w.with("keys-compromised-already", &[("kid", kid)]));
        }
        // Its role must not be left without a key.
        let mut successor = None;
        if self.keyring.end(kid, Status::Compromised(at)).is_err() {
            successor = Some(self.add(key.role)?);
            self.keyring.end(kid, Status::Compromised(at))?;
        }
        let (purpose, key_id) = (key.role.as_str().into(), kid.into());
        self.save(Event::KeyCompromised { purpose, key: key_id, since: at.rfc3339(), successor }).await?;
        let words = match key.role {
            KeyRole::Credential => "keys-compromised-credential",
            KeyRole::Log => "keys-compromised-log",
            KeyRole::Session => "keys-compromised-session",
        };
        self.say(words, kid)
    }

    fn export(&self, out: Option<PathBuf>) -> anyhow::Result<()> {
        let json = Jwks::of_keyring(&self.config.public_url, &self.keyring).to_json();
        match out {
            None => outln!("{json}"),
            Some(path) => std::fs::write(&path, json).with_context(|| path.display().to_string())?,
        }
        Ok(())
    }

    fn key(&self, kid: &str) -> anyhow::Result<Key> {
        let keys = self.keyring.keys();
        let found = keys.all().iter().find(|key| key.kid == kid);
        found.cloned().ok_or_else(|| anyhow!(self.w.with("keys-unknown", &[("kid", kid)])))
    }

    fn add(&self, role: KeyRole) -> anyhow::Result<String> {
        Ok(self.keyring.add(role, entropy()?.bytes(), now())?)
    }

    /// First the trail, then the file: no key changes unrecorded.
    async fn save(&self, event: Event) -> anyhow::Result<()> {
        let line = Entry::new(None, now(), entropy()?.bytes(), ACTOR_COMMAND_LINE, event);
        self.store.record(&line).await?;
        let passphrase = std::fs::read_to_string(&self.config.passphrase_file)?;
        let random: [u8; SEALING_BYTES] = entropy()?.bytes();
        let path = self.config.data.join(KEYRING_FILE);
        self.keyring.save(&path, passphrase.trim(), &random).with_context(|| path.display().to_string())?;
        key_rotation::publish(&self.config.data, &self.config.public_url, &self.keyring)?;
        Ok(())
    }

    /// Whoever waits for the lock reads the file again: another command may have changed it meanwhile.
    fn locked(&self) -> anyhow::Result<File> {
        let path = self.config.data.join(LOCK);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).with_context(|| path.display().to_string())?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(self.w.t("keys-busy")),
            Err(TryLockError::Error(error)) => return Err(error).with_context(|| path.display().to_string()),
        }
        let passphrase = std::fs::read_to_string(&self.config.passphrase_file)?;
        let read = Keyring::load(&self.config.data.join(KEYRING_FILE), passphrase.trim())?;
        self.keyring.take_over(&read)?;
        Ok(file)
    }

    fn say(&self, words: &str, kid: &str) -> anyhow::Result<()> {
        let keys = self.keyring.keys();
        let told: Vec<Told> = keys.all().iter().map(|key| told(key, keys.used(key.role))).collect();
        if self.json {
            outln!("{}", serde_json::to_string_pretty(&told)?);
        } else {
            outln!("{}", self.w.with(words, &[("kid", kid)]));
        }
        Ok(())
    }
}

fn told(key: &Key, used: Option<&Key>) -> Told {
    let ended_at = match key.status {
        Status::Retired(at) | Status::Compromised(at) => Some(at.rfc3339()),
        Status::Active | Status::Published => None,
    };
    Told {
        kid: key.kid.clone(),
        role: key.role.as_str(),
        status: key.status.as_str(),
        in_use: used.is_some_and(|used| used.kid == key.kid),
        made_at: key.made_at.map(UnixMillis::rfc3339),
        ended_at,
    }
}

fn now() -> UnixMillis {
    UnixMillis(SystemClock.now_ms())
}

fn entropy() -> anyhow::Result<Entropy> {
    Entropy::from_system().context("the system gives no randomness")
}
