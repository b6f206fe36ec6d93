//! Live: the newest published numbers of every campaign, for any number of readers.
//!
//! One task reads the store once a second, so that what another process committed appears too; readers and watchers
//! share what it read and never touch the database. A checkpoint is published only after the high-water mark holds it,
//! and nothing is published once the database is known to have gone back. Deliberately absent: rendering, HTTP, and any
//! change to the database.

mod high_water;
mod pace;
mod rollback;
mod shared_reading;
mod snapshot;

pub use high_water::{HIGH_WATER_FILE, HighWater, HighWaterFault};
pub use pace::{BUCKET_SECS, LastBatch, PACE_SECS, Pace};
pub use rollback::OldDatabase;
pub use snapshot::{InstitutionNumbers, Phase, Snapshot, TEMPO_SECS, Tempo};

use crate::clock::Clock;
use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::ids::CampaignId;
use crate::domain::text::PledgeText;
use crate::domain::time::UnixMillis;
pub use crate::store::campaigns::GroupCount;
use crate::store::pledges::{KnownSizes, LogKind};
pub use crate::store::public_numbers::PublicNumbers;
use crate::store::{SharedStore, StoreError};
use crate::tlog::checkpoint::Checkpoint;
use rollback::heads;
use shared_reading::SharedReading;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Most watchers of all campaigns together, on one node; one more gets [`HallFull`].
pub const WATCHERS_MAX: usize = 20_000;
/// Time between two readings, and so the shortest between two events to a watcher.
const READ_EVERY: Duration = Duration::from_secs(1);
/// A reading that takes longer fails and is repeated: the database doesn't answer.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// Seconds after which a watcher gets the numbers even if they haven't changed, while they can be read.
pub const HEARTBEAT_SECS: i64 = 10;
/// Seconds between two readings of a closed or cancelled campaign, whose pledges may still be revoked.
const FINAL_READ_SECS: i64 = 10;

/// A campaign as the public sees it.
#[derive(Debug)]
pub struct Shown {
    /// The campaign's row as it was last read.
    pub campaign: Campaign,
    /// The text in force, with the campaign's placeholders filled; `None` while there is none.
    pub text: Option<Arc<PledgeText>>,
    /// The numbers as they were last published.
    pub snapshot: Arc<Snapshot>,
}

impl Shown {
    /// Whether somebody may have signed, so that there may be a signature to report.
    pub fn has_opened(&self) -> bool {
        match self.campaign.state {
            CampaignState::Draft | CampaignState::Locked => false,
            CampaignState::Open | CampaignState::Paused | CampaignState::Closing | CampaignState::Closed => true,
            CampaignState::Cancelled => self.snapshot.signed > 0,
        }
    }
}

/// One public campaign: what is shown now, and its watchers.
struct WatchedCampaign {
    shown: RwLock<Arc<Shown>>,
    tempo: Mutex<Tempo>,
    known: KnownLogs,
    pace: Mutex<Pace>,
    /// The last batch that this node committed.
    last_batch: Mutex<Option<LastBatch>>,
    /// The last numbers sent to the watchers; `None` ends them.
    told: watch::Sender<Option<Arc<Snapshot>>>,
}

#[derive(Default)]
struct Index {
    by_slug: HashMap<String, Arc<WatchedCampaign>>,
    by_id: HashMap<CampaignId, Arc<WatchedCampaign>>,
    /// Oldest first.
    order: Vec<Arc<WatchedCampaign>>,
}

/// Sizes that each log has at least: this node has committed or published them.
#[derive(Default)]
struct KnownLogs([AtomicU64; LogKind::ALL.len()]);

impl KnownLogs {
    fn raise(&self, log: LogKind, size: u64) {
        self.0[log as usize].fetch_max(size, Ordering::Relaxed);
    }

    fn raise_to(&self, heads: &[(LogKind, Checkpoint)]) {
        heads.iter().for_each(|(log, head)| self.raise(*log, head.size));
    }

    fn sizes(&self) -> KnownSizes {
        let [pledges, roster, notices] = LogKind::ALL.map(|log| self.0[log as usize].load(Ordering::Relaxed));
        KnownSizes { pledges, roster, notices }
    }
}

/// The published numbers of all public campaigns, and the watchers they are sent to. One per node.
pub struct Live {
    store: SharedStore,
    clock: Arc<dyn Clock>,
    high_water: Arc<Mutex<HighWater>>,
    index: RwLock<Index>,
    reading: SharedReading,
    seats: Arc<Semaphore>,
    seats_max: usize,
    /// See [`Self::rollback_detected`].
    rollback_detected: AtomicBool,
    stopped: AtomicBool,
    stopping: tokio::sync::Notify,
}

/// All seats are taken. Clients try again later, or poll the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{WATCHERS_MAX} are watching already")]
pub struct HallFull;

impl Live {
    /// Shows nothing until the first [`Self::reread`]. Has [`WATCHERS_MAX`] seats.
    pub fn new(store: SharedStore, clock: Arc<dyn Clock>, high_water: HighWater) -> Arc<Self> {
        Self::with_seats(store, clock, high_water, WATCHERS_MAX)
    }

    /// As [`Self::new`] with fewer seats, up to [`WATCHERS_MAX`], to test what happens when all are taken.
    pub fn with_seats(store: SharedStore, clock: Arc<dyn Clock>, high_water: HighWater, seats: usize) -> Arc<Self> {
        Arc::new(Self {
            store,
            clock,
            high_water: Arc::new(Mutex::new(high_water)),
            index: RwLock::default(),
            reading: SharedReading::default(),
            seats: Arc::new(Semaphore::new(seats.min(WATCHERS_MAX))),
            seats_max: seats.min(WATCHERS_MAX),
            rollback_detected: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            stopping: tokio::sync::Notify::new(),
        })
    }

    /// Reads the numbers and sends them to the watchers once a second, until [`Self::stop`].
    pub async fn run(&self) {
        let mut seconds = tokio::time::interval(READ_EVERY);
        seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut failing = false;
        while !self.is_stopped() {
            tokio::select! {
                _ = seconds.tick() => {}
                () = self.stopping.notified() => break,
            }
            let read = tokio::time::timeout(READ_TIMEOUT, self.reread()).await;
            let read = read.unwrap_or_else(|_| Err(StoreError::no_answer()));
            report(&read, failing);
            failing = read.is_err();
            self.tell();
        }
    }

    /// Ends every watcher, and the task.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.stopping.notify_one();
        for place in &self.index().order {
            place.told.send_replace(None);
        }
    }

    /// Whether [`Self::stop`] was called.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// The ledger has committed: the log of this campaign has at least `size` entries.
    pub fn committed(&self, campaign: CampaignId, size: u64) {
        if let Some(place) = self.index().by_id.get(&campaign) {
            place.known.raise(LogKind::Pledges, size);
        }
    }

    /// This node has committed a batch.
    pub fn batch(&self, campaign: CampaignId, batch: LastBatch) {
        if let Some(place) = self.index().by_id.get(&campaign) {
            *place.last_batch.lock().unwrap_or_else(PoisonError::into_inner) = Some(batch);
        }
    }

    /// How fast a campaign's log grew recently on all nodes, and the last batch of this node; `None` for a campaign
    /// that isn't shown.
    pub fn pace(&self, campaign: CampaignId) -> Option<(Pace, Option<LastBatch>)> {
        let place = self.index().by_id.get(&campaign).cloned()?;
        let pace = place.pace.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let last = *place.last_batch.lock().unwrap_or_else(PoisonError::into_inner);
        Some((pace, last))
    }

    /// What the public sees of the campaign with this slug; `None` for drafts and unknown ones.
    pub fn shown(&self, slug: &str) -> Option<Arc<Shown>> {
        self.index().by_slug.get(slug).map(|place| place.now())
    }

    /// All public campaigns, oldest first.
    pub fn all(&self) -> Vec<Arc<Shown>> {
        self.index().order.iter().map(|place| place.now()).collect()
    }

    /// Takes a seat and watches a campaign. `Ok(None)` when no public campaign has this slug.
    pub fn watch(&self, slug: &str) -> Result<Option<Watcher>, HallFull> {
        let Some(place) = self.index().by_slug.get(slug).cloned() else { return Ok(None) };
        let seat = Arc::clone(&self.seats).try_acquire_owned().map_err(|_| HallFull)?;
        let mut told = place.told.subscribe();
        told.mark_changed();
        Ok(Some(Watcher { told, _seat: seat }))
    }

    /// Seats that are taken now.
    pub fn watchers(&self) -> usize {
        self.seats_max.saturating_sub(self.seats.available_permits())
    }

    /// Reads everything now. The task does so once a second; after a change it can be called at once. Those who call it
    /// during a reading share the next one.
    pub async fn reread(&self) -> Result<(), StoreError> {
        self.reading.take(self.read_all()).await
    }

    async fn read_all(&self) -> Result<(), StoreError> {
        if self.rollback_detected() {
            return Ok(());
        }
        let campaigns = self.store.campaigns().await?;
        self.check_none_vanished(&campaigns);
        let mut readings = Vec::new();
        for campaign in campaigns.into_iter().filter(|campaign| campaign.state.is_public()) {
            readings.push(self.read(campaign).await?);
        }
        let allowed = self.raise_high_water(&readings).await;
        if !self.rollback_detected() {
            self.publish(readings, allowed);
        }
        Ok(())
    }

    async fn read(&self, campaign: Campaign) -> Result<Reading, StoreError> {
        let place = self.index().by_id.get(&campaign.id).cloned();
        let before = place.as_ref().map(|place| place.now());
        // Taken before the reading: the log may grow meanwhile, but never shrinks.
        let known = place.map_or_else(KnownSizes::default, |place| place.known.sizes());
        let now = UnixMillis(self.clock.now_ms());
        let text = match (&before, campaign.text_hash) {
            (Some(before), hash) if before.campaign.text_hash == hash => before.text.clone(),
            (_, Some(hash)) => self.text(&hash).await?,
            (_, None) => None,
        };
        let settled = before.is_some_and(|before| {
            before.campaign == campaign
                && campaign.state.is_final()
                && !is_past(now, before.snapshot.as_of, FINAL_READ_SECS)
        });
        let numbers = if settled { None } else { Some(self.store.public_numbers(campaign.id).await?) };
        let heads = numbers.as_ref().map(|numbers| heads(&campaign, numbers)).unwrap_or_default();
        if numbers.is_some() {
            self.check_not_shorter(&campaign, &heads, known);
        }
        Ok(Reading { campaign, text, numbers, heads, at: now })
    }

    async fn text(&self, hash: &[u8; 32]) -> Result<Option<Arc<PledgeText>>, StoreError> {
        let canonical = self.store.canonical_text(hash).await?;
        let text = canonical.map(|canonical| serde_json::from_str(&canonical)).transpose();
        Ok(text.map_err(|_| StoreError::Corrupt("canonical"))?.map(Arc::new))
    }

    /// Moves the high-water mark to the readings' heads. `true` when the mark holds them, and so the readings may be
    /// published.
    async fn raise_high_water(&self, readings: &[Reading]) -> bool {
        let heads: Vec<Checkpoint> =
            readings.iter().flat_map(|reading| &reading.heads).map(|(_, head)| head.clone()).collect();
        let high_water = Arc::clone(&self.high_water);
        let raised = tokio::task::spawn_blocking(move || {
            high_water.lock().unwrap_or_else(PoisonError::into_inner).advance(&heads)
        });
        match raised.await {
            Ok(Ok(())) => true,
            Ok(Err(fault @ (HighWaterFault::Behind { .. } | HighWaterFault::Forked { .. }))) => {
                self.halt_signing(&fault);
                false
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "no new checkpoint is published: the high-water mark can't be written");
                false
            }
            // The thread that was to write it is gone.
            Err(_) => false,
        }
    }

    fn publish(&self, readings: Vec<Reading>, allowed: bool) {
        let mut next = Index::default();
        for reading in readings {
            let known = self.index().by_id.get(&reading.campaign.id).cloned();
            let place = match known {
                Some(place) => {
                    place.take(reading, allowed);
                    place
                }
                None => Arc::new(WatchedCampaign::opened(reading, allowed)),
            };
            let shown = place.now();
            next.by_slug.insert(shown.campaign.slug.clone(), Arc::clone(&place));
            next.by_id.insert(shown.campaign.id, Arc::clone(&place));
            next.order.push(place);
        }
        // A campaign that went back to draft loses its place here, and with it its watchers.
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = next;
    }

    fn tell(&self) {
        for place in &self.index().order {
            place.tell();
        }
    }

    fn index(&self) -> std::sync::RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was read of one campaign; `numbers` is `None` where those that are shown still hold.
struct Reading {
    campaign: Campaign,
    text: Option<Arc<PledgeText>>,
    numbers: Option<PublicNumbers>,
    /// The heads that the high-water mark must hold before they are published.
    heads: Vec<(LogKind, Checkpoint)>,
    at: UnixMillis,
}

impl WatchedCampaign {
    fn opened(reading: Reading, allowed: bool) -> Self {
        let numbers = reading.numbers.filter(|_| allowed).unwrap_or_default();
        let known = KnownLogs::default();
        if allowed {
            known.raise_to(&reading.heads);
        }
        let mut tempo = Tempo::default();
        let size = numbers.log_size;
        let signed_recently = tempo.record(reading.at, size);
        let mut pace = Pace::default();
        pace.record(reading.at, size);
        let snapshot = Arc::new(Snapshot::new(Phase::of(&reading.campaign), numbers, signed_recently, reading.at));
        let told = watch::Sender::new(Some(Arc::clone(&snapshot)));
        Self {
            shown: RwLock::new(Arc::new(Shown { campaign: reading.campaign, text: reading.text, snapshot })),
            tempo: Mutex::new(tempo),
            known,
            pace: Mutex::new(pace),
            last_batch: Mutex::default(),
            told,
        }
    }

    fn now(&self) -> Arc<Shown> {
        Arc::clone(&self.shown.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self, reading: Reading, allowed: bool) {
        let before = self.now();
        let snapshot = match reading.numbers {
            Some(numbers) if allowed => {
                let mut tempo = self.tempo.lock().unwrap_or_else(PoisonError::into_inner);
                let signed_recently = tempo.record(reading.at, numbers.log_size);
                self.known.raise_to(&reading.heads);
                self.pace.lock().unwrap_or_else(PoisonError::into_inner).record(reading.at, numbers.log_size);
                Arc::new(Snapshot::new(Phase::of(&reading.campaign), numbers, signed_recently, reading.at))
            }
            _ if before.snapshot.phase() == Phase::of(&reading.campaign) => Arc::clone(&before.snapshot),
            _ => Arc::new(before.snapshot.in_phase(Phase::of(&reading.campaign))),
        };
        let shown = Shown { campaign: reading.campaign, text: reading.text, snapshot };
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(shown);
    }

    /// Sends the watchers the numbers when they changed, or when the last ones are [`HEARTBEAT_SECS`] old.
    fn tell(&self) {
        let snapshot = Arc::clone(&self.now().snapshot);
        self.told.send_if_modified(|told| {
            let due = told
                .as_ref()
                .is_some_and(|told| !snapshot.looks_like(told) || is_past(snapshot.as_of, told.as_of, HEARTBEAT_SECS));
            if due {
                *told = Some(snapshot);
            }
            due
        });
    }
}

/// One watcher of a campaign. Dropping it frees its seat.
pub struct Watcher {
    told: watch::Receiver<Option<Arc<Snapshot>>>,
    _seat: OwnedSemaphorePermit,
}

impl Watcher {
    /// The newest numbers, at once the first time, then whenever they changed; at most one a second.
    /// `None` when the program is stopping or the campaign is gone.
    pub async fn next(&mut self) -> Option<Arc<Snapshot>> {
        self.told.changed().await.ok()?;
        self.told.borrow_and_update().clone()
    }
}

/// Logs once that reading fails, and once that it works again.
fn report(read: &Result<(), StoreError>, failing: bool) {
    match read {
        Ok(()) if failing => tracing::info!("the live numbers are read again"),
        Err(error) if !failing => tracing::warn!(%error, "the live numbers can't be read; the last ones stay"),
        _ => {}
    }
}

/// Whether `secs` seconds have passed since `since`, or the clock was set back meanwhile, which ends every wait.
fn is_past(now: UnixMillis, since: UnixMillis, secs: i64) -> bool {
    now < since || now >= since.plus_secs(secs)
}
