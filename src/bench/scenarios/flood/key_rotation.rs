//! Rotates the credential key while people sign: creates it as `ikrar keys rotate` does, copies the keyring to each
//! node, and waits until every node publishes it.

use crate::app::Resources;
use crate::background;
use crate::bench::figures::report::DatabaseEngine;
use crate::bench::load::http_connection::HttpConnection;
use crate::bench::processes::environment::Environment;
use crate::credential::jwks::Jwks;
use crate::domain::key::KeyRole;
use crate::domain::time::UnixMillis;
use crate::keyring::SEALING_BYTES;
use crate::service::keys::KEYRING_FILE;
use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A node rereads its keyring at once when signalled; a flooded one may take longer.
const PUBLISHED_TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The installation whose keys are rotated, and its nodes.
#[derive(Clone)]
pub struct KeyRotations {
    resources: Resources,
    nodes: Vec<Node>,
}

#[derive(Clone)]
struct Node {
    pid: Pid,
    folder: PathBuf,
    address: SocketAddr,
}

impl KeyRotations {
    /// `None` for an external database: it keeps its keys.
    pub fn of(environment: &Environment) -> Option<Self> {
        if environment.engine == DatabaseEngine::Postgres && environment.postgres.is_none() {
            return None;
        }
        let nodes = environment.nodes.iter().map(|node| {
            let pid = i32::try_from(node.pid()).ok().and_then(Pid::from_raw)?;
            Some(Node { pid, folder: environment.node_folder(node.address), address: node.address })
        });
        Some(Self { resources: environment.resources.clone(), nodes: nodes.collect::<Option<_>>()? })
    }

    /// Creates a new key and returns its id when every node publishes it.
    pub async fn rotate(self) -> anyhow::Result<String> {
        let (kid, file) = background::run(self.keyring_update()).await??;
        for node in &self.nodes {
            node.deliver_keyring(&file)?;
        }
        for node in &self.nodes {
            node.wait_until_published(&kid).await?;
        }
        Ok(kid)
    }

    /// Adds the key and saves the keyring; sealing it takes CPU time and 64 MiB.
    fn keyring_update(&self) -> impl FnOnce() -> anyhow::Result<(String, PathBuf)> + Send + 'static + use<> {
        let (keyring, config) = (self.resources.keyring.clone(), self.resources.config.clone());
        let (seed, random): ([u8; 32], [u8; SEALING_BYTES]) =
            (self.resources.entropy.bytes(), self.resources.entropy.bytes());
        let now = UnixMillis(self.resources.clock.now_ms());
        move || {
            let kid = keyring.add(KeyRole::Credential, seed, now)?;
            let passphrase = std::fs::read_to_string(&config.passphrase_file)?;
            let file = config.data.join(KEYRING_FILE);
            keyring.save(&file, passphrase.trim(), &random)?;
            Ok((kid, file))
        }
    }
}

impl Node {
    /// Replaces the file atomically, as an operator who copies a keyring should, and signals the node.
    fn deliver_keyring(&self, file: &Path) -> anyhow::Result<()> {
        let beside = self.folder.join("keyring.copied");
        std::fs::copy(file, &beside).with_context(|| beside.display().to_string())?;
        std::fs::rename(&beside, self.folder.join(KEYRING_FILE))?;
        kill_process(self.pid, Signal::HUP).context("a node can't be told to read its keyring")
    }

    async fn wait_until_published(&self, kid: &str) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            let answer = HttpConnection::open(self.address).await?.get("/.well-known/jwks.json").await?;
            if Jwks::parse(&answer.body)?.keys().any(|(known, _)| known == kid) {
                return Ok(());
            }
            if began.elapsed() > PUBLISHED_TIMEOUT {
                bail!("a node didn't know the new key within {} s", PUBLISHED_TIMEOUT.as_secs());
            }
            sleep(POLL_INTERVAL).await;
        }
    }
}
