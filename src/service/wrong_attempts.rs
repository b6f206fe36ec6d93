//! Wrong attempts are slowed down at every node of a shared database, wherever they were made.
//!
//! Once a second a node tells how many there were here, in one row that takes the place of an older one, and hears what
//! the others have told. A right code or password meets none of this. Deliberately absent: who may enter, and how long
//! somebody waits; the throttles know.

use crate::clock::{Clock, Entropy};
use crate::domain::time::UnixMillis;
use crate::store::wrong_attempts::{AttemptReport, AttemptSender, BUCKET_COUNTS_MAX, BucketCount, ThrottleKind};
use crate::store::{SharedStore, StoreError};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};

const EVERY: Duration = Duration::from_secs(1);
/// A database that doesn't answer for so long is asked anew.
const TIMEOUT: Duration = Duration::from_secs(5);
/// What was told longer ago says nothing new to a node that has just started.
const HEARD_MS: i64 = 60 * 1000;
/// Beyond it a row is of a node that is gone.
const FORGOTTEN_MS: i64 = 60 * 60 * 1000;

/// The throttles that learn what was tried elsewhere.
pub trait Gates: Send + Sync {
    fn learn(&self, tally: &BucketCount, now: UnixMillis);
}

/// One node's part in it.
pub struct WrongAttempts {
    store: SharedStore,
    clock: Arc<dyn Clock>,
    node: [u8; 16],
    turn: Mutex<ExchangeRound>,
}

struct ExchangeRound {
    untold: Untold,
    /// For each other node that told something lately, the number behind its last telling.
    heard: HashMap<[u8; 16], u64>,
}

struct Untold {
    news: mpsc::Receiver<(ThrottleKind, u16)>,
    /// Attempts here that the others don't know of: at most one count for each bucket of each gate.
    attempts: HashMap<(ThrottleKind, u16), u16>,
    /// The number of the next telling.
    number: u64,
}

impl WrongAttempts {
    /// And where the throttles tell of an attempt.
    pub fn new(store: SharedStore, clock: Arc<dyn Clock>, entropy: &Entropy) -> (Self, AttemptSender) {
        let (told, news) = AttemptSender::channel();
        let turn =
            ExchangeRound { untold: Untold { news, attempts: HashMap::new(), number: 0 }, heard: HashMap::new() };
        (Self { store, clock, node: entropy.bytes(), turn: Mutex::new(turn) }, told)
    }

    /// Tells and hears for as long as the process runs.
    pub async fn run(&self, gates: &dyn Gates) {
        let mut seconds = tokio::time::interval(EVERY);
        seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            seconds.tick().await;
            let turned = tokio::time::timeout(TIMEOUT, self.turn(gates)).await;
            let turned = turned.unwrap_or_else(|_| Err(StoreError::no_answer()));
            if let (Err(error), false) = (&turned, failing) {
                tracing::warn!(%error, "wrong attempts count at this node only for now");
            }
            failing = turned.is_err();
        }
    }

    /// Tells what is untold, and learns what is new. Neither waits for the other: a node that can't write hears on.
    ///
    /// When something was told is said by the database's clock, which all nodes share; a node whose own is wrong would
    /// otherwise not be heard, or would forget what the others told.
    async fn turn(&self, gates: &dyn Gates) -> Result<(), StoreError> {
        let mut turn = self.turn.lock().await;
        let ExchangeRound { untold, heard } = &mut *turn;
        let own = UnixMillis(self.clock.now_ms());
        let shared = self.store.database_clock_ms().await?.map_or(own, UnixMillis);
        let (told, learnt) = tokio::join!(self.tell(untold, shared), self.hear(heard, gates, shared, own));
        told.and(learnt)
    }

    /// The throttles count by this node's own clock.
    async fn hear(
        &self,
        heard: &mut HashMap<[u8; 16], u64>,
        gates: &dyn Gates,
        shared: UnixMillis,
        own: UnixMillis,
    ) -> Result<(), StoreError> {
        let told = self.store.attempt_reports(self.node, UnixMillis(shared.0 - HEARD_MS)).await?;
        let mut next = HashMap::new();
        for telling in told {
            if heard.get(&telling.node).is_none_or(|next| telling.number >= *next) {
                telling.tallies.iter().for_each(|tally| gates.learn(tally, own));
            }
            next.insert(telling.node, telling.number + 1);
        }
        *heard = next;
        Ok(())
    }

    async fn tell(&self, untold: &mut Untold, shared: UnixMillis) -> Result<(), StoreError> {
        while let Ok(attempt) = untold.news.try_recv() {
            let wrong = untold.attempts.entry(attempt).or_default();
            *wrong = wrong.saturating_add(1);
        }
        let tallies: Vec<BucketCount> = untold
            .attempts
            .iter()
            .take(BUCKET_COUNTS_MAX)
            .map(|((gate, bucket), wrong)| BucketCount { gate: *gate, bucket: *bucket, wrong: *wrong })
            .collect();
        if tallies.is_empty() {
            return Ok(());
        }
        let telling = AttemptReport { node: self.node, number: untold.number, at: shared, tallies };
        // A telling whose answer is lost keeps its number: whoever heard it rather misses a few than counts them twice.
        self.store.report_attempts(&telling, UnixMillis(shared.0 - FORGOTTEN_MS)).await?;
        for tally in &telling.tallies {
            untold.attempts.remove(&(tally.gate, tally.bucket));
        }
        untold.number += 1;
        Ok(())
    }
}
