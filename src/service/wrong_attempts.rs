//! Shares the counts of wrong attempts between the nodes of one database, so that throttling doesn't depend on the
//! node.
//!
//! Once a second a node reports its counts in one row that replaces an older one, and reads the reports of the others.
//! A right code or password touches none of this. Deliberately absent: who may enter, and how long a wrong attempt
//! waits; the throttles decide.

use crate::clock::{Clock, Entropy};
use crate::domain::time::UnixMillis;
use crate::store::wrong_attempt_channel::WrongAttemptSender;
use crate::store::wrong_attempts::{AttemptReport, BUCKET_COUNTS_MAX, BucketCount, ThrottleKind};
use crate::store::{SharedStore, StoreError};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};

const EVERY: Duration = Duration::from_secs(1);
/// A query that takes longer is given up and repeated in the next round.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Older reports are ignored by a node that has just started.
const REPORTS_READ_MS: i64 = 60 * 1000;
/// Older rows are of nodes that are gone; they are deleted.
const FORGOTTEN_MS: i64 = 60 * 60 * 1000;

/// The throttles that count attempts made at other nodes, too.
pub trait SharedThrottles: Send + Sync {
    /// Adds another node's count to this node's. `now` is this node's clock.
    fn merge_remote(&self, count: &BucketCount, now: UnixMillis);
}

/// One node's part of the exchange.
pub struct WrongAttempts {
    store: SharedStore,
    clock: Arc<dyn Clock>,
    node: [u8; 16],
    turn: Mutex<ExchangeRound>,
}

struct ExchangeRound {
    unreported: UnreportedAttempts,
    /// For each other node that reported recently, the number after its last report.
    last_numbers: HashMap<[u8; 16], u64>,
}

struct UnreportedAttempts {
    received: mpsc::Receiver<(ThrottleKind, u16)>,
    /// Attempts at this node that weren't reported yet: at most one count for each bucket of each throttle.
    attempts: HashMap<(ThrottleKind, u16), u16>,
    /// The number of the next report.
    number: u64,
}

impl WrongAttempts {
    /// With the sender by which the throttles report an attempt.
    pub fn new(store: SharedStore, clock: Arc<dyn Clock>, entropy: &Entropy) -> (Self, WrongAttemptSender) {
        let (sender, received) = WrongAttemptSender::channel();
        let turn = ExchangeRound {
            unreported: UnreportedAttempts { received, attempts: HashMap::new(), number: 0 },
            last_numbers: HashMap::new(),
        };
        (Self { store, clock, node: entropy.bytes(), turn: Mutex::new(turn) }, sender)
    }

    /// Reports and reads reports for as long as the process runs.
    pub async fn run(&self, throttles: &dyn SharedThrottles) {
        let mut seconds = tokio::time::interval(EVERY);
        seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            seconds.tick().await;
            let turned = tokio::time::timeout(TIMEOUT, self.exchange(throttles)).await;
            let turned = turned.unwrap_or_else(|_| Err(StoreError::no_answer()));
            if let (Err(error), false) = (&turned, failing) {
                tracing::warn!(%error, "wrong attempts count at this node only for now");
            }
            failing = turned.is_err();
        }
    }

    /// Sends a report and reads the new ones. Neither waits for the other: a node that can't write still reads.
    ///
    /// Reports carry the database's time, which all nodes share; otherwise a node with a wrong clock would be ignored,
    /// or would drop the others' reports.
    async fn exchange(&self, throttles: &dyn SharedThrottles) -> Result<(), StoreError> {
        let mut turn = self.turn.lock().await;
        let ExchangeRound { unreported, last_numbers } = &mut *turn;
        let own = UnixMillis(self.clock.now_ms());
        let shared = self.store.database_clock_ms().await?.map_or(own, UnixMillis);
        let (sent, read) =
            tokio::join!(self.send_report(unreported, shared), self.read_reports(last_numbers, throttles, shared, own));
        sent.and(read)
    }

    /// The throttles count by this node's own clock.
    async fn read_reports(
        &self,
        last_numbers: &mut HashMap<[u8; 16], u64>,
        throttles: &dyn SharedThrottles,
        shared: UnixMillis,
        own: UnixMillis,
    ) -> Result<(), StoreError> {
        let told = self.store.attempt_reports(self.node, UnixMillis(shared.0 - REPORTS_READ_MS)).await?;
        let mut next = HashMap::new();
        for report in told {
            if last_numbers.get(&report.node).is_none_or(|next| report.number >= *next) {
                report.counts.iter().for_each(|count| throttles.merge_remote(count, own));
            }
            next.insert(report.node, report.number + 1);
        }
        *last_numbers = next;
        Ok(())
    }

    async fn send_report(&self, unreported: &mut UnreportedAttempts, shared: UnixMillis) -> Result<(), StoreError> {
        while let Ok(attempt) = unreported.received.try_recv() {
            let wrong = unreported.attempts.entry(attempt).or_default();
            *wrong = wrong.saturating_add(1);
        }
        let counts: Vec<BucketCount> = unreported
            .attempts
            .iter()
            .take(BUCKET_COUNTS_MAX)
            .map(|((throttle, bucket), wrong)| BucketCount { throttle: *throttle, bucket: *bucket, wrong: *wrong })
            .collect();
        if counts.is_empty() {
            return Ok(());
        }
        let report = AttemptReport { node: self.node, number: unreported.number, at: shared, counts };
        // A report whose answer is lost keeps its number: a node that read it misses a few rather than counting them
        // twice.
        self.store.report_attempts(&report, UnixMillis(shared.0 - FORGOTTEN_MS)).await?;
        for count in &report.counts {
            unreported.attempts.remove(&(count.throttle, count.bucket));
        }
        unreported.number += 1;
        Ok(())
    }
}
