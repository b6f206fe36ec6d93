//! Counts events that are too frequent for a line each, and writes one line for each kind, account and minute when the
//! minute is over. One task makes at most one commit of a few lines a second, so a flood doesn't occupy the database's
//! writer.
//!
//! A stop writes the counts so far; a crash loses those of its last minute.

use crate::clock::{Clock, Entropy};
use crate::domain::audit::{ACTOR_SERVICE, AuditEntry, AuditEvent};
use crate::domain::time::UnixMillis;
use crate::store::counted_event_channel::{CountedEvent, CountedEventReceiver, CountedEventSender, QUEUED_EVENTS_MAX};
use crate::store::{SharedStore, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

const EVERY: Duration = Duration::from_secs(1);
/// A commit that takes longer is given up and tried again in the next round.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Most lines in one commit, and so in one second.
pub const LINES_WRITTEN_MAX: usize = 64;
/// Most counts that wait to be written. Further events are only counted as not written.
const COUNTS_MAX: usize = 16_384;
/// Most commits at a stop.
const FLUSH_COMMITS_MAX: usize = COUNTS_MAX / LINES_WRITTEN_MAX + 1;
const MINUTE_MS: i64 = 60_000;

/// The counts of one node.
pub struct AuditCounter {
    store: SharedStore,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
    round: Mutex<WriteRound>,
}

struct WriteRound {
    received: CountedEventReceiver,
    /// By minute since the epoch and event. `None` counts the events that get no line of their own.
    counts: BTreeMap<(i64, Option<CountedEvent>), EventCount>,
}

struct EventCount {
    first_at: UnixMillis,
    events: u64,
}

impl AuditCounter {
    /// Returns the counter and the sender by which services report events.
    pub fn new(store: SharedStore, clock: Arc<dyn Clock>, entropy: Arc<Entropy>) -> (Self, CountedEventSender) {
        let (sender, received) = CountedEventSender::channel();
        (Self { store, clock, entropy, round: Mutex::new(WriteRound { received, counts: BTreeMap::new() }) }, sender)
    }

    /// Counts and writes for as long as the process runs.
    pub async fn run(&self) {
        let mut seconds = tokio::time::interval(EVERY);
        seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            seconds.tick().await;
            let written = self.write_due().await;
            if let (Err(error), false) = (&written, failing) {
                tracing::warn!(%error, "counted lines of the audit trail wait until they can be written");
            }
            failing = written.is_err();
        }
    }

    /// Writes the counts of minutes that are over, in one commit of at most [`LINES_WRITTEN_MAX`] lines. Returns how
    /// many.
    ///
    /// # Errors
    /// See [`AuditStore::record_all`]; the counts are kept for the next call.
    ///
    /// [`AuditStore::record_all`]: crate::store::audit::AuditStore::record_all
    pub async fn write_due(&self) -> Result<usize, StoreError> {
        let minute = minute_of(self.now());
        self.round.lock().await.write(self, minute).await
    }

    /// Writes all counts, those of the current minute too. Call it at a stop.
    pub async fn flush(&self) {
        let mut round = self.round.lock().await;
        for _ in 0..FLUSH_COMMITS_MAX {
            match round.write(self, i64::MAX).await {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "counted lines of the audit trail couldn't be written at the stop");
                    return;
                }
            }
        }
    }

    fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.now_ms())
    }

    fn line(&self, counted: Option<&CountedEvent>, count: &EventCount) -> AuditEntry {
        let events = count.events;
        let (campaign, actor, event) = match counted {
            Some(CountedEvent::SignInFailed { login }) => {
                (None, ACTOR_SERVICE, AuditEvent::SignInFailed { login: login.clone(), count: events })
            }
            Some(CountedEvent::CodeFailed { login }) => {
                (None, ACTOR_SERVICE, AuditEvent::CodeFailed { login: login.clone(), count: events })
            }
            Some(CountedEvent::SignersCodeWrong { campaign }) => {
                (Some(*campaign), ACTOR_SERVICE, AuditEvent::SignersCodeWrong { count: events })
            }
            Some(CountedEvent::AccessRefused { login, route }) => {
                (None, login.as_str(), AuditEvent::AccessRefused { route: route.clone(), count: events })
            }
            Some(CountedEvent::PersonalPageOpened { campaign, actor, institution, participant }) => {
                let (institution, participant) = (institution.clone(), participant.clone());
                let event = AuditEvent::PersonalPageOpened { institution, participant, count: events };
                (Some(*campaign), actor.as_str(), event)
            }
            Some(CountedEvent::SealedReportsOpened { campaign, actor }) => {
                (Some(*campaign), actor.as_str(), AuditEvent::SealedReportsOpened { count: events })
            }
            None => (None, ACTOR_SERVICE, AuditEvent::NotWritten { count: events }),
        };
        AuditEntry::new(campaign, count.first_at, self.entropy.bytes(), actor, event)
    }
}

impl WriteRound {
    /// Writes minutes before `minute`.
    async fn write(&mut self, by: &AuditCounter, minute: i64) -> Result<usize, StoreError> {
        self.count(by.now());
        let due: Vec<(i64, Option<CountedEvent>)> =
            self.counts.keys().take_while(|(of, _)| *of < minute).take(LINES_WRITTEN_MAX).cloned().collect();
        if due.is_empty() {
            return Ok(0);
        }
        let lines: Vec<AuditEntry> = due.iter().map(|key| by.line(key.1.as_ref(), &self.counts[key])).collect();
        let written = tokio::time::timeout(TIMEOUT, by.store.record_all(&lines)).await;
        match written.unwrap_or_else(|_| Err(StoreError::no_answer())) {
            // With an unknown outcome the lines may be written, and writing them twice would be worse than losing them.
            Ok(()) | Err(StoreError::UnknownOutcome(_)) => {
                for key in &due {
                    self.counts.remove(key);
                }
                Ok(lines.len())
            }
            Err(error) => Err(error),
        }
    }

    /// Counts what is queued, at most a full channel.
    fn count(&mut self, now: UnixMillis) {
        for _ in 0..QUEUED_EVENTS_MAX {
            let Some((at, event)) = self.received.next_queued() else { break };
            let key = (minute_of(at), Some(event));
            if self.counts.len() < COUNTS_MAX || self.counts.contains_key(&key) {
                self.add(key, at, 1);
            } else {
                self.add((minute_of(at), None), at, 1);
            }
        }
        let dropped = self.received.take_dropped();
        if dropped > 0 {
            self.add((minute_of(now), None), now, dropped);
        }
    }

    fn add(&mut self, key: (i64, Option<CountedEvent>), at: UnixMillis, events: u64) {
        self.counts.entry(key).or_insert(EventCount { first_at: at, events: 0 }).events += events;
    }
}

fn minute_of(at: UnixMillis) -> i64 {
    at.0.div_euclid(MINUTE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FixedClock;
    use crate::domain::ids::CampaignId;
    use crate::store::sqlite::Sqlite;

    const START: i64 = 1_864_605_600_000;
    const CAMPAIGN: CampaignId = CampaignId([1; 16]);

    struct Scene {
        counter: AuditCounter,
        sender: CountedEventSender,
        clock: Arc<FixedClock>,
        store: SharedStore,
        _folder: tempfile::TempDir,
    }

    async fn scene() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let store: SharedStore = Arc::new(Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap());
        let clock = Arc::new(FixedClock::at(START));
        let (counter, sender) = AuditCounter::new(store.clone(), clock.clone(), Arc::new(Entropy::seeded(1)));
        Scene { counter, sender, clock, store, _folder: folder }
    }

    impl Scene {
        fn failed(&self, login: Option<&str>) {
            self.sender.report(self.counter.now(), CountedEvent::SignInFailed { login: login.map(str::to_owned) });
        }

        fn opened(&self, participant: &str) {
            let (actor, institution, participant) = ("bkd".into(), "16".into(), participant.into());
            let event = CountedEvent::PersonalPageOpened { campaign: CAMPAIGN, actor, institution, participant };
            self.sender.report(self.counter.now(), event);
        }

        async fn events(&self, of: Option<CampaignId>) -> Vec<AuditEvent> {
            let mut page = self.store.audit_page(of, None, 1_000).await.unwrap();
            page.reverse();
            page.into_iter().map(|entry| entry.event).collect()
        }
    }

    fn failed(login: Option<&str>, count: u64) -> AuditEvent {
        AuditEvent::SignInFailed { login: login.map(str::to_owned), count }
    }

    #[tokio::test]
    async fn a_minute_is_one_line_for_each_kind_and_account() {
        let scene = scene().await;
        for login in [Some("bkd"), None, Some("kota"), Some("bkd"), None, None] {
            scene.failed(login);
        }
        scene.opened("AAAA");
        scene.opened("AAAA");
        assert_eq!(scene.counter.write_due().await.unwrap(), 0, "the minute isn't over");
        scene.clock.advance_ms(MINUTE_MS);
        scene.failed(Some("bkd"));
        assert_eq!(scene.counter.write_due().await.unwrap(), 4);
        assert_eq!(scene.counter.write_due().await.unwrap(), 0);
        assert_eq!(scene.events(None).await, [failed(None, 3), failed(Some("bkd"), 2), failed(Some("kota"), 1)]);
        let opened = AuditEvent::PersonalPageOpened { institution: "16".into(), participant: "AAAA".into(), count: 2 };
        let page = scene.store.audit_page(Some(CAMPAIGN), None, 9).await.unwrap();
        assert_eq!((page[0].actor.as_str(), &page[0].event, page[0].at.0), ("bkd", &opened, START));
        // A stop writes the minute that isn't over.
        scene.counter.flush().await;
        assert_eq!(scene.events(None).await.pop(), Some(failed(Some("bkd"), 1)));
    }

    #[tokio::test]
    async fn a_hundred_thousand_failures_are_two_lines() {
        let scene = scene().await;
        for _ in 0..100_000 {
            scene.failed(None);
        }
        scene.clock.advance_ms(MINUTE_MS);
        let mut commits = 0;
        while scene.counter.write_due().await.unwrap() > 0 {
            commits += 1;
            scene.clock.advance_ms(MINUTE_MS);
        }
        assert!(commits <= 2, "{commits} commits");
        let counted = QUEUED_EVENTS_MAX as u64;
        let events = scene.events(None).await;
        assert_eq!(events, [failed(None, counted), AuditEvent::NotWritten { count: 100_000 - counted }]);
    }

    #[tokio::test]
    async fn many_accounts_are_written_a_few_lines_a_second() {
        let scene = scene().await;
        for number in 0..200 {
            scene.failed(Some(&format!("akun-{number:03}")));
        }
        scene.clock.advance_ms(MINUTE_MS);
        let mut written = vec![];
        while let Ok(lines @ 1..) = scene.counter.write_due().await {
            written.push(lines);
        }
        assert_eq!(written, [64, 64, 64, 8]);
        assert_eq!(scene.events(None).await.len(), 200);
    }

    #[tokio::test]
    async fn events_beyond_the_limits_are_counted_as_not_written() {
        let scene = scene().await;
        for round in 0..2 {
            for number in 0..QUEUED_EVENTS_MAX {
                scene.failed(Some(&format!("{round}-{number}")));
            }
            assert_eq!(scene.counter.write_due().await.unwrap(), 0);
        }
        scene.counter.flush().await;
        let written = scene.store.audit_head(None).await.unwrap().unwrap().lines;
        assert_eq!(written, COUNTS_MAX as u64 + 1);
        let first = scene.store.audit_chain(None, 0, 1).await.unwrap().remove(0).line.unwrap();
        assert_eq!((first.event.as_str(), first.detail), ("not_written", format!("{{\"count\":{QUEUED_EVENTS_MAX}}}")));
    }
}
