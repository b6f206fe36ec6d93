//! The ledger: takes all admitted pledges that are waiting, signs them on all cores, and commits them in one
//! transaction while the next ones are being signed. A waiter wakes only after its commit is on disk.
//!
//! Committing has its own thread. A commit is a chain of statements, and among a thousand connections each answer of
//! the database would wait behind requests that only join the next batch.

mod batch;
mod draft;
mod recent_signers;
mod storage_fault;
mod waiting;

use self::batch::PreparedBatch;
pub use self::storage_fault::STORAGE_FAULT_SECS;
use self::storage_fault::StorageFault;
use crate::clock::{Clock, Entropy};
use crate::domain::campaign::{CampaignKind, CampaignState};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::participant::RosterEntry;
use crate::domain::pledge::{Method, Pledge, Strokes};
use crate::domain::time::UnixMillis;
use crate::keyring::Keyring;
use crate::service::live::Live;
use crate::store::pledges::PledgeStore;
use crate::telemetry::traces;
use std::sync::Arc;
use std::{io, thread};
use tokio::runtime;
use tokio::sync::{mpsc, oneshot};

/// Admitted pledges that may wait. Beyond it a pledge is refused as [`PledgeRefusal::Busy`].
pub const QUEUE_PLEDGES_MAX: usize = 16_384;
/// Pledges of one batch; the rest wait for the next.
pub const BATCH_PLEDGES_MAX: usize = 4_096;
/// Seconds that a busy refusal asks the client to wait.
const BUSY_RETRY_SECS: u32 = 2;

/// What all pledges of a campaign share.
#[derive(Debug)]
pub struct PledgeTerms {
    /// The campaign that the pledges belong to.
    pub campaign: CampaignId,
    /// The kind of text that is signed.
    pub kind: CampaignKind,
    /// SHA-256 of the canonical text in force.
    pub text_hash: [u8; 32],
    /// Origin of the campaign's pledge log, as in its checkpoints.
    pub origin: String,
    /// Id of the key that signs the log's checkpoints.
    pub log_key: String,
}

/// An admitted pledge, not committed yet.
pub struct AdmittedPledge {
    /// What it shares with the campaign's other pledges.
    pub terms: Arc<PledgeTerms>,
    /// The person who signs.
    pub participant: ParticipantId,
    /// The session's access code version; a re-issued code voids older sessions.
    pub code_version: u32,
    /// When it was admitted, Unix ms. This is the time in the pledge.
    pub signed_at: UnixMillis,
    /// The session's method.
    pub method: Method,
    /// The drawn signature; `None` if nothing was drawn.
    pub strokes: Option<Strokes>,
    /// The session's roster entry. If it is missing or of an earlier roster epoch, the batch reads the person again.
    pub placed: Option<RosterEntry>,
}

/// A pledge that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedPledge {
    /// The pledge as stored.
    pub pledge: Pledge,
    /// Whether it was stored before this request.
    pub repeated: bool,
}

/// Why the ledger didn't acknowledge an admitted pledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PledgeRefusal {
    /// The queue is full, or the ledger has stopped. The client retries.
    Busy {
        /// Seconds after which the client may retry.
        retry_after_secs: u32,
    },
    /// The person isn't on the roster any more, or their code was re-issued. They sign in again.
    SessionInvalid,
    /// The person needn't sign any more.
    Excused,
    /// The campaign took no pledges when the batch was committed; this is its state then.
    NotAccepting(CampaignState),
    /// The database can't be reached or written, or signing is halted after a rollback. The client retries later; a
    /// pledge that was committed after all is returned then.
    Storage,
    /// A fault in the program or in stored data. Retrying is safe; the operator reads the log.
    Internal,
}

type PledgeReply = oneshot::Sender<Result<CommittedPledge, PledgeRefusal>>;

enum QueueItem {
    Pledge(Box<AdmittedPledge>, PledgeReply),
    /// Answered when everything queued before it is committed or refused.
    Barrier(oneshot::Sender<()>),
}

/// The sending end of the ledger's queue.
#[derive(Clone)]
pub struct Ledger {
    queue: mpsc::Sender<QueueItem>,
    live: Arc<Live>,
    storage_fault: Arc<StorageFault>,
}

impl Ledger {
    /// Starts the ledger with room for `queue_pledges` waiting pledges, [`QUEUE_PLEDGES_MAX`] outside tests. It ends,
    /// with the queue drained, when the last `Ledger` is dropped. Fails if the system provides no thread.
    pub fn start(
        queue_pledges: usize,
        store: Arc<dyn PledgeStore>,
        keyring: Arc<Keyring>,
        clock: Arc<dyn Clock>,
        entropy: Arc<Entropy>,
        live: Arc<Live>,
    ) -> io::Result<Self> {
        let (queue, waiting) = mpsc::channel(queue_pledges);
        let writer = Arc::new(batch::BatchWriter::new(store, keyring, clock, entropy, live.clone()));
        let storage_fault = writer.storage_fault();
        let (ready, rounds) = mpsc::channel(1);
        let committing = commit(rounds, writer.clone());
        thread::Builder::new().name("ledger".into()).spawn(move || {
            match runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime.block_on(committing),
                Err(error) => tracing::error!(%error, "the ledger can't run"),
            }
        })?;
        tokio::spawn(prepare(waiting, ready, writer));
        Ok(Self { queue, live, storage_fault })
    }

    /// Whether the ledger still takes pledges. As long as a `Ledger` exists it ends only by a fault of its own.
    pub fn runs(&self) -> bool {
        !self.queue.is_closed()
    }

    /// Queues an admitted pledge at once; the answer comes when it is on disk or refused.
    pub fn commit(
        &self,
        admitted: AdmittedPledge,
    ) -> impl Future<Output = Result<CommittedPledge, PledgeRefusal>> + use<> {
        let (reply, answer) = oneshot::channel();
        // A full or closed queue drops the reply.
        let _ = self.queue.try_send(QueueItem::Pledge(Box::new(admitted), reply));
        async move { answer.await.unwrap_or(Err(PledgeRefusal::Busy { retry_after_secs: BUSY_RETRY_SECS })) }
    }

    /// Notes a pledge that was found in the store and is about to be acknowledged: the next batch must find it too.
    pub fn found(&self, pledge: &Pledge) {
        self.live.committed(pledge.campaign, pledge.signed_count);
    }

    /// Whether storage failed the last batch, within the last [`STORAGE_FAULT_SECS`] seconds.
    pub fn storage_fails(&self, now: UnixMillis) -> bool {
        self.storage_fault.is_recent(now)
    }

    /// Items waiting now, and the capacity of the queue.
    pub fn waiting(&self) -> (usize, usize) {
        let room = self.queue.max_capacity();
        (room - self.queue.capacity(), room)
    }

    /// Waits until everything queued so far is committed or refused.
    pub async fn drain(&self) {
        let (done, settled) = oneshot::channel();
        if self.queue.send(QueueItem::Barrier(done)).await.is_ok() {
            let _ = settled.await;
        }
    }
}

/// What is taken from the queue at once, on its way to the disk.
struct LedgerRound {
    prepared: Vec<PreparedBatch>,
    /// Answered when the round is committed.
    barriers: Vec<oneshot::Sender<()>>,
}

/// Takes rounds from the queue and prepares them, one ahead of the round being committed: the cores sign while the disk
/// works. The commit detects a person who is in two rounds.
async fn prepare(
    mut waiting: mpsc::Receiver<QueueItem>,
    ready: mpsc::Sender<LedgerRound>,
    writer: Arc<batch::BatchWriter>,
) {
    loop {
        let first = tokio::select! {
            first = waiting.recv() => first,
            // The committing thread has ended.
            () = ready.closed() => return,
        };
        let Some(first) = first else { return };
        // Until there is room for the round, more pledges join it; an idle ledger takes it at once.
        let Ok(place) = ready.reserve().await else { return };
        let mut pledges = Vec::with_capacity(waiting.len() + 1);
        let mut barriers = vec![];
        let mut next = Some(first);
        while let Some(item) = next {
            match item {
                QueueItem::Pledge(admitted, reply) => pledges.push((*admitted, reply)),
                QueueItem::Barrier(done) => barriers.push(done),
            }
            next = if pledges.len() < BATCH_PLEDGES_MAX { waiting.try_recv().ok() } else { None };
        }
        let span = traces::batch(pledges.len());
        place.send(LedgerRound { prepared: traces::within(span, writer.prepare(pledges)).await, barriers });
    }
}

/// Commits the rounds in order.
async fn commit(mut rounds: mpsc::Receiver<LedgerRound>, writer: Arc<batch::BatchWriter>) {
    while let Some(round) = rounds.recv().await {
        for prepared in round.prepared {
            writer.commit(prepared).await;
        }
        for done in round.barriers {
            let _ = done.send(());
        }
    }
}
