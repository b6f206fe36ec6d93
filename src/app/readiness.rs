//! Whether this node is ready for requests: each condition is checked and has a name.

use super::Services;
use crate::config::Database;
use crate::service::StoreError;
use crate::service::data_folder::{FREE_BYTES_MIN, has_room};
use crate::store::installation::KEYRING;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// A database that takes longer for a single answer isn't ready.
const DATABASE_ANSWER_MAX: Duration = Duration::from_secs(2);

/// One condition.
pub struct ReadinessCheck {
    /// The name in `/readyz`. It stays the same, since monitoring relies on it.
    pub name: &'static str,
    /// What is wrong; `None` when the condition holds.
    pub fault: Option<ReadinessFault>,
}

/// Why a condition doesn't hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadinessFault {
    /// The condition doesn't hold; there is no further detail.
    Failed,
    /// The last write to the storage failed.
    StorageFails,
    /// A file system has less than [`FREE_BYTES_MIN`] free.
    StorageFull,
}

impl Services {
    /// Checks every condition, each within two seconds.
    pub async fn readiness(&self) -> Vec<ReadinessCheck> {
        let store = &self.store;
        let (database, migrations, keys, clock, storage) = tokio::join!(
            holds(async { store.campaigns().await.map(|_| true) }),
            holds(store.has_migrations()),
            holds(async {
                let fits =
                    store.pinned(KEYRING).await?.is_none_or(|fingerprint| fingerprint == self.keyring.fingerprint());
                Ok(fits && self.keyring.keys().knows_all_in_use())
            }),
            holds(self.campaigns.clock_agrees()),
            self.storage_fault(),
        );
        let check = |name, is_met: bool| ReadinessCheck { name, fault: (!is_met).then_some(ReadinessFault::Failed) };
        vec![
            check("database", database),
            check("migrations", migrations),
            check("keys", keys),
            check("clock", clock),
            check("leaving", self.sign_in.sign_outs_are_current()),
            check("ledger", self.signing.accepts_pledges()),
            ReadinessCheck { name: "storage", fault: storage },
            check("log", !self.live.rollback_detected()),
            check("not_stopping", !self.live.is_stopped()),
        ]
    }

    /// Why pledges can't be written, as far as this is known without writing one.
    async fn storage_fault(&self) -> Option<ReadinessFault> {
        if self.signing.storage_fails() {
            return Some(ReadinessFault::StorageFails);
        }
        let mut paths = vec![self.config.data.clone()];
        if let Database::File(path) = &self.config.database {
            paths.push(path.clone());
        }
        // Asking a network file system may block, so it is done on another thread and with a limit.
        let looking = spawn_blocking(move || paths.iter().all(|path| has_room(path, FREE_BYTES_MIN).unwrap_or(false)));
        let has_room = matches!(timeout(DATABASE_ANSWER_MAX, looking).await, Ok(Ok(true)));
        (!has_room).then_some(ReadinessFault::StorageFull)
    }
}

/// No answer in time, or an error, counts as no.
async fn holds(question: impl Future<Output = Result<bool, StoreError>>) -> bool {
    matches!(timeout(DATABASE_ANSWER_MAX, question).await, Ok(Ok(true)))
}
