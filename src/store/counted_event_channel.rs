//! The channel of events that are too frequent for an audit line each: services send them, and the audit counter
//! writes one line for each minute.
//!
//! It stores nothing. It is on this floor because several services send and another receives, and services don't
//! import each other.

use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// Capacity of the channel. Events beyond it are dropped, and only their number is kept.
pub const QUEUED_EVENTS_MAX: usize = 16_384;

/// An event that is counted by minute. Equal events share a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CountedEvent {
    /// A sign-in to the console was refused: a wrong password, too many attempts, or no such login.
    SignInFailed {
        /// `None` if there is no such login: what was typed may be a password in the wrong field.
        login: Option<String>,
    },
    /// A wrong second-factor code after the right password.
    CodeFailed {
        /// Login of the account.
        login: String,
    },
    /// A wrong pair of number and access code. One line for the whole campaign reveals nobody on its roster.
    SignersCodeWrong {
        /// The campaign that was signed in to.
        campaign: CampaignId,
    },
    /// A console request that the account's role or scope doesn't allow.
    AccessRefused {
        /// Login of the account.
        login: String,
        /// The route as the route table writes it, without the values of its parameters.
        route: String,
    },
    /// An account opened a person's page in the console.
    PersonalPageOpened {
        /// The person's campaign.
        campaign: CampaignId,
        /// Login of the account.
        actor: String,
        /// Code of the person's institution.
        institution: String,
        /// The person's id, as text.
        participant: String,
    },
    /// An account was shown what reports of people without a code contain.
    SealedReportsOpened {
        /// The reports' campaign.
        campaign: CampaignId,
        /// Login of the account.
        actor: String,
    },
}

/// The sending end. Sending never waits. The default has no receiver and drops everything.
#[derive(Clone, Default)]
pub struct CountedEventSender(Option<Sender>);

#[derive(Clone)]
struct Sender {
    queue: mpsc::Sender<(UnixMillis, CountedEvent)>,
    dropped: Arc<AtomicU64>,
}

impl CountedEventSender {
    /// A channel of [`QUEUED_EVENTS_MAX`] events.
    pub fn channel() -> (Self, CountedEventReceiver) {
        let (sender, queue) = mpsc::channel(QUEUED_EVENTS_MAX);
        let dropped = Arc::new(AtomicU64::new(0));
        (Self(Some(Sender { queue: sender, dropped: dropped.clone() })), CountedEventReceiver { queue, dropped })
    }

    /// Reports an event that happened at `at`. If the channel is full, the event is dropped and counted as dropped.
    pub fn report(&self, at: UnixMillis, event: CountedEvent) {
        if let Some(sender) = &self.0
            && sender.queue.try_send((at, event)).is_err()
        {
            sender.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The receiving end.
pub struct CountedEventReceiver {
    queue: mpsc::Receiver<(UnixMillis, CountedEvent)>,
    dropped: Arc<AtomicU64>,
}

impl CountedEventReceiver {
    /// The next queued event and its time; `None` if the queue is empty.
    pub fn next_queued(&mut self) -> Option<(UnixMillis, CountedEvent)> {
        self.queue.try_recv().ok()
    }

    /// Number of events dropped since the last call.
    pub fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }
}
