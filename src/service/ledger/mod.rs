//! The ledger: takes all admitted pledges that are waiting, signs them on all cores, and commits them in one
//! transaction, while the next ones are being signed. A waiter wakes only after its commit is on disk.
//!
//! Committing has a thread to itself. A commit is a chain of statements, and among a thousand connections each answer
//! of the database would wait its turn behind requests that only join the next batch.

mod batch;
mod lately;
mod storage_fault;
mod waiting;

use self::batch::Prepared;
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

/// Admitted pledges that may wait. Beyond it an admission is refused as [`Refused::Busy`].
pub const QUEUE_PLEDGES_MAX: usize = 16_384;
/// Pledges of one batch; what waits beyond it is taken by the next.
pub const BATCH_PLEDGES_MAX: usize = 4_096;
/// What a refused client is told to wait.
const BUSY_RETRY_SECS: u32 = 2;

/// What all pledges of a campaign have in common.
#[derive(Debug)]
pub struct Terms {
    pub campaign: CampaignId,
    pub kind: CampaignKind,
    pub text_hash: [u8; 32],
    /// Origin of the pledge log.
    pub origin: String,
    /// The id of the key that signs it.
    pub log_key: String,
}

/// A pledge that was admitted at `signed_at`.
pub struct Admitted {
    pub terms: Arc<Terms>,
    pub participant: ParticipantId,
    /// As the session has it: a re-issued code voids older sessions.
    pub code_version: u32,
    pub signed_at: UnixMillis,
    pub method: Method,
    pub strokes: Option<Strokes>,
    /// What was read of the person when they signed in; without it, or when it holds no longer, it is read now.
    pub placed: Option<RosterEntry>,
}

/// A pledge that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    pub pledge: Pledge,
    /// It was there before.
    pub repeated: bool,
}

/// Why the ledger didn't commit an admitted pledge. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The queue is full, or the ledger has stopped.
    Busy {
        retry_after_secs: u32,
    },
    /// The person isn't on the roster any more, or their code was issued again.
    SessionInvalid,
    /// The state that the campaign had when the batch was committed.
    NotAccepting(CampaignState),
    Storage,
    Internal,
}

type Reply = oneshot::Sender<Result<Signed, Refused>>;

enum Item {
    Pledge(Box<Admitted>, Reply),
    /// Answered when everything queued before it is settled.
    Barrier(oneshot::Sender<()>),
}

/// The queue's end that admissions go into.
#[derive(Clone)]
pub struct Ledger {
    queue: mpsc::Sender<Item>,
    live: Arc<Live>,
    storage_fault: Arc<StorageFault>,
}

impl Ledger {
    /// Starts it with room for `queue_pledges` waiting ones, which is [`QUEUE_PLEDGES_MAX`] outside tests. It ends,
    /// with the queue drained, when the last `Ledger` is dropped. An error when the system gives no thread.
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

    /// Whether it still takes pledges: it never ends while somebody can ask, but by a fault of its own.
    pub fn runs(&self) -> bool {
        !self.queue.is_closed()
    }

    /// Queues an admitted pledge at once; the answer comes when it is on disk or refused.
    pub fn commit(&self, admitted: Admitted) -> impl Future<Output = Result<Signed, Refused>> + use<> {
        let (reply, answer) = oneshot::channel();
        // A queue that is full, or that nobody takes from, drops the reply.
        let _ = self.queue.try_send(Item::Pledge(Box::new(admitted), reply));
        async move { answer.await.unwrap_or(Err(Refused::Busy { retry_after_secs: BUSY_RETRY_SECS })) }
    }

    /// A pledge that was found in the store is about to be acknowledged: the next batch must find it, too.
    pub fn found(&self, pledge: &Pledge) {
        self.live.committed(pledge.campaign, pledge.signed_count);
    }

    /// Whether the last batch failed for want of storage, no longer ago than [`STORAGE_FAULT_SECS`].
    pub fn storage_fails(&self, now: UnixMillis) -> bool {
        self.storage_fault.is_recent(now)
    }

    /// Items that wait now, and room for them.
    pub fn waiting(&self) -> (usize, usize) {
        let room = self.queue.max_capacity();
        (room - self.queue.capacity(), room)
    }

    /// Waits until everything that is queued now is settled.
    pub async fn drain(&self) {
        let (done, settled) = oneshot::channel();
        if self.queue.send(Item::Barrier(done)).await.is_ok() {
            let _ = settled.await;
        }
    }
}

/// What was taken from the queue at once, on its way to the disk.
struct Round {
    prepared: Vec<Prepared>,
    /// To be answered when it is settled.
    barriers: Vec<oneshot::Sender<()>>,
}

/// Takes rounds from the queue and prepares them, one ahead of the one that is being committed: the cores sign while
/// the disk is waited for. Whoever comes twice in two rounds is told apart by the commit.
async fn prepare(mut waiting: mpsc::Receiver<Item>, ready: mpsc::Sender<Round>, writer: Arc<batch::BatchWriter>) {
    loop {
        let first = tokio::select! {
            first = waiting.recv() => first,
            // The other half died; nobody is to wait for it.
            () = ready.closed() => return,
        };
        let Some(first) = first else { return };
        // While the round before has no place yet, more pledges join this one; when idle it goes at once.
        let Ok(place) = ready.reserve().await else { return };
        let mut pledges = Vec::with_capacity(waiting.len() + 1);
        let mut barriers = vec![];
        let mut next = Some(first);
        while let Some(item) = next {
            match item {
                Item::Pledge(admitted, reply) => pledges.push((*admitted, reply)),
                Item::Barrier(done) => barriers.push(done),
            }
            next = if pledges.len() < BATCH_PLEDGES_MAX { waiting.try_recv().ok() } else { None };
        }
        let span = traces::batch(pledges.len());
        place.send(Round { prepared: traces::within(span, writer.prepare(pledges)).await, barriers });
    }
}

/// Commits the rounds in their order.
async fn commit(mut rounds: mpsc::Receiver<Round>, writer: Arc<batch::BatchWriter>) {
    while let Some(round) = rounds.recv().await {
        for prepared in round.prepared {
            writer.commit(prepared).await;
        }
        for done in round.barriers {
            let _ = done.send(());
        }
    }
}
