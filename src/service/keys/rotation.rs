//! Key rotation: a new key comes into use when every live node knows it.
//!
//! Each node reads its keyring's file again when it changes, or when it is told to. On a shared database every node
//! reports every few seconds that it is alive and which keys it knows. The first node to see that all know a published
//! key records it as in use, and every node follows that record. The embedded database has one node, which knows what
//! it has read. Deliberately absent: adding and ending keys, which `administration` does to the file.

use super::{KEYRING_FILE, publish, published_seals};
use crate::background;
use crate::clock::{Clock, Entropy};
use crate::config::{Config, Database};
use crate::credential::jwks::Jwks;
use crate::credential::vc;
use crate::domain::key::KeyInUse;
use crate::domain::time::UnixMillis;
use crate::keyring::{Keyring, KeyringFault, PublishedSeal};
use crate::store::nodes::ServingNode;
use crate::store::{SharedStore, StoreError};
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::Notify;

const EVERY: Duration = Duration::from_secs(3);
/// A database that doesn't answer for so long is asked anew.
const TIMEOUT: Duration = Duration::from_secs(5);
/// A node that wasn't seen for so long is gone, or it can't reach the database and commits nothing.
const LIVE_MS: i64 = 15_000;
/// Beyond it nobody wonders about a node any more.
const FORGOTTEN_MS: i64 = 24 * 60 * 60 * 1_000;

/// One node's part in it.
pub struct KeyRotation {
    store: SharedStore,
    clock: Arc<dyn Clock>,
    keyring: Arc<Keyring>,
    node: [u8; 16],
    /// Other nodes may be there.
    shared: bool,
    file: PathBuf,
    passphrase_file: PathBuf,
    folder: PathBuf,
    public_url: String,
    /// What the file was when it was read last.
    read: Mutex<Option<Stamp>>,
    /// The seals that the published keys in the data folder hold.
    seals: Mutex<Vec<PublishedSeal>>,
    again: Notify,
}

/// Tells a file from the one that was there before: each is a new one, put there by a rename.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    changed: SystemTime,
}

#[derive(Debug, thiserror::Error)]
enum KeyringReadFault {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Keyring(#[from] KeyringFault),
}

impl KeyRotation {
    /// The keyring was read from the data folder's file just now.
    pub fn start(
        config: &Config,
        store: &SharedStore,
        clock: &Arc<dyn Clock>,
        keyring: &Arc<Keyring>,
        entropy: &Entropy,
    ) -> Arc<Self> {
        let file = config.data.join(KEYRING_FILE);
        Arc::new(Self {
            store: store.clone(),
            clock: clock.clone(),
            keyring: keyring.clone(),
            node: entropy.bytes(),
            shared: matches!(config.database, Database::Server { .. }),
            read: Mutex::new(stamp(&file)),
            seals: Mutex::new(keyring.keys().seals().to_vec()),
            file,
            passphrase_file: config.passphrase_file.clone(),
            folder: config.data.clone(),
            public_url: config.public_url.clone(),
            again: Notify::new(),
        })
    }

    /// The published keys: those that credentials are checked with.
    pub fn published(&self) -> Jwks {
        Jwks::of_keyring(&self.public_url, &self.keyring)
    }

    /// The issuer as a `did:web` document (W3C DID 1.0) with the trusted keys.
    pub fn did_document(&self) -> serde_json::Value {
        let keys = self.keyring.keys();
        vc::did_document(&self.public_url, keys.trusted().map(|key| (key.kid.as_str(), key.public())))
    }

    /// Reads the file again at once, whether it looks changed or not.
    pub fn read_again(&self) {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.again.notify_one();
    }

    /// For as long as the process runs.
    pub async fn run(&self) {
        let (mut unreadable, mut failing) = (false, false);
        loop {
            let reread = self.reread().await;
            tell_once(reread, &mut unreadable, "the keyring can't be read again; its keys are used as they were");
            let turned = tokio::time::timeout(TIMEOUT, self.turn()).await;
            let turned = turned.unwrap_or_else(|_| Err(StoreError::no_answer()));
            tell_once(turned, &mut failing, "no rotated key comes into use for now");
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = self.again.notified() => {}
            }
        }
    }

    /// Takes over what the file holds now, if it is another one.
    async fn reread(&self) -> Result<(), KeyringReadFault> {
        let now = stamp(&self.file);
        if now.is_none() || now == *self.read.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(());
        }
        let passphrase = std::fs::read_to_string(&self.passphrase_file)?;
        let file = self.file.clone();
        // The passphrase costs a core a moment and 64 MiB.
        let read = background::run(move || Keyring::load(&file, passphrase.trim())).await;
        let read = read.map_err(io::Error::other)??;
        if self.keyring.take_over(&read)? {
            publish(&self.folder, &self.public_url, &self.keyring)?;
            tracing::info!(keys = self.keyring.keys().all().len(), "the keyring was read again");
        }
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = now;
        Ok(())
    }

    /// Publishes the seals that the database has.
    async fn follow_seals(&self) -> Result<(), StoreError> {
        let seals = published_seals(&self.store.seal_keys().await?);
        self.keyring.note_seals(seals.clone());
        if *self.seals.lock().unwrap_or_else(PoisonError::into_inner) == seals {
            return Ok(());
        }
        match publish(&self.folder, &self.public_url, &self.keyring) {
            Ok(()) => *self.seals.lock().unwrap_or_else(PoisonError::into_inner) = seals,
            Err(error) => tracing::warn!(%error, "the published keys can't be written"),
        }
        Ok(())
    }

    /// Says that this node is there, lets come into use what all know, and follows what is in use.
    pub async fn turn(&self) -> Result<(), StoreError> {
        let own = UnixMillis(self.clock.now_ms());
        let now = if self.shared { self.store.database_clock_ms().await?.map_or(own, UnixMillis) } else { own };
        let keys = self.keyring.keys();
        if self.shared {
            let known = keys.all().iter().map(|key| key.kid.clone()).collect();
            let node = ServingNode { id: self.node, keys: known, seen_at: now };
            self.store.report_node(&node, UnixMillis(now.0 - FORGOTTEN_MS)).await?;
        }
        self.keyring.note_in_use(self.store.keys_in_use().await?);
        self.follow_seals().await?;
        let keys = self.keyring.keys();
        if keys.waiting().next().is_none() {
            return Ok(());
        }
        let nodes = if self.shared { self.store.nodes_since(UnixMillis(now.0 - LIVE_MS)).await? } else { vec![] };
        for key in keys.waiting().filter(|key| nodes.iter().all(|node| node.keys.contains(&key.kid))) {
            tracing::info!(role = key.role.as_str(), "every node knows the new key: it is used from now on");
            self.store.begin_key(&KeyInUse { role: key.role, kid: key.kid.clone(), since: now }).await?;
        }
        self.keyring.note_in_use(self.store.keys_in_use().await?);
        Ok(())
    }
}

/// Of failures in a row the log tells the first.
fn tell_once<E: Display>(outcome: Result<(), E>, failing: &mut bool, what: &'static str) {
    if let (Err(error), false) = (&outcome, *failing) {
        tracing::error!(%error, "{what}");
    }
    *failing = outcome.is_err();
}

fn stamp(file: &Path) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::metadata(file).ok()?;
    Some(Stamp { inode: found.ino(), length: found.len(), changed: found.modified().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::keys::JWKS_FILE;

    const PUBLIC_URL: &str = "https://ikrar.example";

    #[test]
    fn whoever_publishes_at_once_stands_in_nobody_s_way() {
        let folder = tempfile::tempdir().unwrap();
        let keyring = Keyring::generate(&[1; 128]);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        publish(folder.path(), PUBLIC_URL, &keyring).unwrap();
                    }
                });
            }
        });
        let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.collect::<Vec<_>>(), [JWKS_FILE]);
        let kept = std::fs::read(folder.path().join(JWKS_FILE)).unwrap();
        assert_eq!(kept, Jwks::of_keyring(PUBLIC_URL, &keyring).to_json().as_bytes());
    }
}
