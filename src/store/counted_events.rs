//! What happens too often to be written each time: it is counted, and written as one line of the audit trail for each
//! minute.

use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// Events that wait to be counted. What comes beyond them is only counted as not written.
pub const WAITING_MAX: usize = 16_384;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CountedEvent {
    /// A wrong password or one beyond how many are taken, or none such login: then nothing of what was typed, which may
    /// be a password in the wrong field.
    SignInFailed { login: Option<String> },
    /// A wrong code after the right password.
    CodeFailed { login: String },
    /// A wrong pair of number and access code, whosever: one line for the event tells nobody who is on its roster.
    SignersCodeWrong { campaign: CampaignId },
    /// Something in the console that an account may not do or see.
    AccessRefused { login: String, route: String },
    /// Somebody looked at a person's page in the console.
    PersonalPageOpened { campaign: CampaignId, actor: String, institution: String, participant: String },
}

/// Where they are told. It never waits; without anybody who hears it does nothing.
#[derive(Clone, Default)]
pub struct CountedEventSender(Option<Told>);

#[derive(Clone)]
struct Told {
    queue: mpsc::Sender<(UnixMillis, CountedEvent)>,
    unheard: Arc<AtomicU64>,
}

impl CountedEventSender {
    /// And who hears them.
    pub fn channel() -> (Self, CountedEventReceiver) {
        let (queue, heard) = mpsc::channel(WAITING_MAX);
        let unheard = Arc::new(AtomicU64::new(0));
        (Self(Some(Told { queue, unheard: unheard.clone() })), CountedEventReceiver { queue: heard, unheard })
    }

    pub fn saw(&self, at: UnixMillis, sighting: CountedEvent) {
        if let Some(told) = &self.0
            && told.queue.try_send((at, sighting)).is_err()
        {
            told.unheard.fetch_add(1, Ordering::Relaxed);
        }
    }
}

pub struct CountedEventReceiver {
    queue: mpsc::Receiver<(UnixMillis, CountedEvent)>,
    unheard: Arc<AtomicU64>,
}

impl CountedEventReceiver {
    /// The next one that waits.
    pub fn next_waiting(&mut self) -> Option<(UnixMillis, CountedEvent)> {
        self.queue.try_recv().ok()
    }

    /// How many found no room since this was last asked.
    pub fn take_unheard(&self) -> u64 {
        self.unheard.swap(0, Ordering::Relaxed)
    }
}
