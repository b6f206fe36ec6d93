//! Sign-outs: a session ends before its expiry, at this node at once and at every other node about a second later.
//!
//! All who sign out within a moment share one row and one commit, and are answered after it. A row that can't be
//! written is in force at this node and is retried until it is written; the person sees when the session expires at the
//! latest. Deliberately absent: a clock in what nodes exchange (see [`crate::store::sign_outs`]).

use super::signed_out::{RecordOutcome, SignedOutSessions};
use super::token::SessionKey;
use crate::clock::{Clock, Entropy};
use crate::domain::time::UnixMillis;
use crate::store::sign_outs::{NodeId, ROW_SIGN_OUTS_MAX, SIGN_OUT_ROWS_FORGOTTEN_MAX, SignOutRow, SignedOutSession};
use crate::store::{SharedStore, StoreError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

/// Sessions that may wait to be written. Beyond it the person sees when their session expires by itself.
pub const SIGN_OUT_QUEUE_MAX: usize = 16_384;
/// How long the first session of a row waits for others.
const LINGER: Duration = Duration::from_millis(100);
/// Longest wait for an answer.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// Pause before a row that couldn't be written is retried.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// How often a node reads who signed out elsewhere.
const EVERY: Duration = Duration::from_secs(1);
/// A query without an answer for this long is given up and repeated.
const TIMEOUT: Duration = Duration::from_secs(5);
/// A node that has read nothing for this long isn't ready.
const UNREAD_MAX: Duration = Duration::from_secs(10);
/// Expired sessions are forgotten once in this many rounds of [`EVERY`].
const FORGET_EVERY: u32 = 60;
/// Milliseconds between expiry and forgetting. Clocks differ by less, so the session has expired at every node.
const EXPIRED_FOR_MS: i64 = 10 * 60 * 1000;
/// Deletions of one node's rows in one round; the remaining rows wait for the next.
const FORGET_ROUNDS_MAX: usize = 64;

pub(super) struct SignOuts {
    store: SharedStore,
    clock: Arc<dyn Clock>,
    signed_out: Arc<SignedOutSessions>,
    queue: mpsc::Sender<PendingSignOut>,
    /// Whether other nodes may write too.
    shared: bool,
    positions: Mutex<ReadPositions>,
}

struct ReadPositions {
    /// For each node, the number after its last row read.
    nodes: HashMap<NodeId, u64>,
    at: Instant,
}

struct PendingSignOut {
    session: SignedOutSession,
    written: oneshot::Sender<()>,
}

impl SignOuts {
    /// Reads all sessions that were signed out, before anyone is served.
    pub async fn start(
        store: SharedStore,
        clock: Arc<dyn Clock>,
        entropy: &Entropy,
        shared: bool,
    ) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel(SIGN_OUT_QUEUE_MAX);
        let positions = Mutex::new(ReadPositions { nodes: HashMap::new(), at: Instant::now() });
        let sign_outs = Self { store: store.clone(), clock, signed_out: Arc::default(), queue, shared, positions };
        sign_outs.read_remote().await?;
        let node = entropy.bytes();
        let number = sign_outs.positions().nodes.get(&node).copied().unwrap_or(0);
        tokio::spawn(SignOutWriter { store, signed_out: sign_outs.signed_out.clone(), waiting, node, number }.run());
        Ok(sign_outs)
    }

    pub fn is_signed_out(&self, key: &SessionKey) -> bool {
        self.signed_out.contains(key)
    }

    /// Ends a session. Returns whether it is known to be stored; if not, the session may open again until it expires.
    pub async fn sign_out(&self, key: SessionKey, expires_at: UnixMillis) -> bool {
        let session = SignedOutSession { key: key.0, expires_at };
        match self.signed_out.record(&session) {
            RecordOutcome::Stored => return true,
            RecordOutcome::Full => return false,
            RecordOutcome::NotStoredYet => {}
        }
        let (written, is_written) = oneshot::channel();
        if self.queue.try_send(PendingSignOut { session, written }).is_err() {
            return false;
        }
        matches!(timeout(WAIT_MAX, is_written).await, Ok(Ok(())))
    }

    /// Sessions that were signed out before their expiry, as far as this node knows.
    pub fn count(&self) -> usize {
        self.signed_out.count()
    }

    pub fn limit_to(&self, max: usize) {
        self.signed_out.limit_to(max);
    }

    /// Whether this node has read who signed out elsewhere within [`UNREAD_MAX`].
    pub fn is_current(&self) -> bool {
        !self.shared || self.positions().at.elapsed() < UNREAD_MAX
    }

    /// Reads who signs out elsewhere and forgets expired sessions, for as long as the process runs.
    pub async fn run(&self) {
        let mut seconds = interval(EVERY);
        seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        for second in (0..FORGET_EVERY).cycle() {
            seconds.tick().await;
            let turned =
                timeout(TIMEOUT, self.turn(second == 0)).await.unwrap_or_else(|_| Err(StoreError::no_answer()));
            if let (Err(error), false) = (&turned, failing) {
                tracing::warn!(%error, "sessions that were left elsewhere aren't heard of for now");
            }
            failing = turned.is_err();
        }
    }

    async fn turn(&self, forgets: bool) -> Result<(), StoreError> {
        if self.shared {
            self.read_remote().await?;
        }
        if forgets { self.forget().await } else { Ok(()) }
    }

    async fn read_remote(&self) -> Result<(), StoreError> {
        let began = Instant::now();
        for (node, next) in self.store.sign_out_nodes().await? {
            let known = self.positions().nodes.get(&node).copied().unwrap_or(0);
            if next > known {
                self.read_node(node, known, next).await?;
            }
        }
        self.positions().at = began;
        Ok(())
    }

    /// Reads a node's rows from `from` up to `until`. A missing row has expired.
    async fn read_node(&self, node: NodeId, mut from: u64, until: u64) -> Result<(), StoreError> {
        while from < until {
            let rows = self.store.sign_outs_from(node, from).await?;
            rows.iter().for_each(|row| self.signed_out.merge_stored(&row.sessions));
            from = rows.last().map_or(until, |row| row.number + 1);
            self.positions().nodes.insert(node, from);
        }
        Ok(())
    }

    /// Uses the earlier of this node's clock and the database's, so a fast clock deletes no row that another node
    /// needs.
    async fn forget(&self) -> Result<(), StoreError> {
        let own = self.clock.now_ms();
        self.signed_out.drop_expired(UnixMillis(own - EXPIRED_FOR_MS));
        let shared = self.store.database_clock_ms().await?.unwrap_or(own);
        let until = UnixMillis(own.min(shared) - EXPIRED_FOR_MS);
        for (node, _) in self.store.sign_out_nodes().await? {
            for _ in 0..FORGET_ROUNDS_MAX {
                let all = SIGN_OUT_ROWS_FORGOTTEN_MAX as u64;
                if self.store.forget_sign_outs(node, until).await? < all {
                    break;
                }
            }
        }
        Ok(())
    }

    fn positions(&self) -> std::sync::MutexGuard<'_, ReadPositions> {
        self.positions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes this node's rows one after another. Ends when the last sender is dropped.
struct SignOutWriter {
    store: SharedStore,
    signed_out: Arc<SignedOutSessions>,
    waiting: mpsc::Receiver<PendingSignOut>,
    node: NodeId,
    /// Number of the next row.
    number: u64,
}

impl SignOutWriter {
    async fn run(mut self) {
        let mut pending = Vec::with_capacity(ROW_SIGN_OUTS_MAX);
        while self.waiting.recv_many(&mut pending, ROW_SIGN_OUTS_MAX).await > 0 {
            if pending.len() + self.waiting.len() < ROW_SIGN_OUTS_MAX {
                sleep(LINGER).await;
            }
            while pending.len() < ROW_SIGN_OUTS_MAX {
                let Ok(next) = self.waiting.try_recv() else { break };
                pending.push(next);
            }
            let sessions = pending.iter().map(|waiting| waiting.session).collect();
            self.write(SignOutRow { node: self.node, number: self.number, sessions }).await;
            self.number += 1;
            for PendingSignOut { written, .. } in pending.drain(..) {
                // The waiter may have given up.
                let _ = written.send(());
            }
        }
    }

    /// Retries until the row is written, because no node may read the next row before this one. The wait of a person
    /// has its own limit, [`WAIT_MAX`].
    async fn write(&self, row: SignOutRow) {
        let mut failing = false;
        while let Err(error) = self.store.add_sign_outs(&row).await {
            if !failing {
                tracing::warn!(%error, "sessions that were left can't be written for now");
            }
            failing = true;
            sleep(RETRY_PAUSE).await;
        }
        // From here on the sessions stay ended after a restart.
        self.signed_out.merge_stored(&row.sessions);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FixedClock;
    use crate::store::sqlite::Sqlite;
    use futures_util::FutureExt;

    const NOW: i64 = 1_709_600_000_000;
    const EXPIRES_AT: UnixMillis = UnixMillis(NOW + 3_600_000);

    fn key(number: usize) -> SessionKey {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&(number as u64).to_le_bytes());
        SessionKey(key)
    }

    #[tokio::test]
    async fn beyond_the_queue_a_person_is_told_that_it_isn_t_kept_and_the_queue_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let store: SharedStore = Arc::new(Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap());
        let start =
            async || SignOuts::start(store.clone(), Arc::new(FixedClock::at(NOW)), &Entropy::seeded(1), false).await;
        let sign_outs = start().await.unwrap();
        // This test has one thread, so nothing is written until it awaits.
        for number in 0..SIGN_OUT_QUEUE_MAX {
            assert_eq!(sign_outs.sign_out(key(number), EXPIRES_AT).now_or_never(), None, "{number}");
        }
        assert_eq!(sign_outs.sign_out(key(SIGN_OUT_QUEUE_MAX), EXPIRES_AT).now_or_never(), Some(false));
        assert!(sign_outs.is_signed_out(&key(SIGN_OUT_QUEUE_MAX)), "here it is over all the same");
        // Once there is room, asking again queues it behind all the others.
        while sign_outs.queue.capacity() == 0 {
            tokio::task::yield_now().await;
        }
        assert!(sign_outs.sign_out(key(SIGN_OUT_QUEUE_MAX), EXPIRES_AT).await);
        let read = start().await.unwrap();
        assert!((0..=SIGN_OUT_QUEUE_MAX).all(|number| read.is_signed_out(&key(number))));
    }
}
