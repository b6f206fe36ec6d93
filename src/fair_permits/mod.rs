//! Fair permits: a bounded semaphore with a bounded queue, in which no requester can take more than a share of either.
//!
//! A caller says who it asks for ([`Requester`]). From that follow the *share keys* it is counted under: its address or
//! network, its login, its account. No key holds more than its share, at most half of all permits and of the queue.
//! Beyond its share a requester gets [`NoPermit`]. When the queue is full, a newcomer from a less crowded key evicts
//! the latest waiter of the most crowded one. Permits go round-robin: a key that was just served goes behind every key
//! that already waits.
//!
//! Memory is bounded by the permits and the queue: a key exists only while a requester of it holds a permit or waits.
//! It is a keyed hash, so a requester can't choose to collide with another. Deliberately absent: client addresses as
//! such, authorization, how long work may take, counts that outlast the work. `tokio::sync::Semaphore` is first come,
//! first served and knows no shares, so it can't be used here.

mod queue;
mod requester;

pub use requester::{Requester, end_site};

use queue::PermitQueue;
use requester::ShareKeys;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// The requester already has its share of the permits and of the queue, or the queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no permit for this requester now")]
pub struct NoPermit;

/// A fixed number of permits and a bounded queue of waiters.
pub struct FairPermits {
    key: [u8; 32],
    queue: Arc<Mutex<PermitQueue>>,
}

/// The right to run one unit of work. Dropping it returns it and grants it to the next waiter.
#[derive(Debug)]
pub struct Permit {
    id: u64,
    queue: Arc<Mutex<PermitQueue>>,
}

/// A waiter's place in the queue. Dropping it leaves the queue.
struct QueuedRequest<'p> {
    id: u64,
    permits: &'p FairPermits,
    granted: oneshot::Receiver<Permit>,
}

impl FairPermits {
    /// `permits_max` is raised to two, so that half of it is at least one. `waiters_max` may be 0: then nothing waits.
    /// `key` hashes the share keys; draw a new one for each instance.
    pub fn new(key: [u8; 32], permits_max: usize, waiters_max: usize) -> Self {
        Self { key, queue: Arc::new(Mutex::new(PermitQueue::new(permits_max.max(2), waiters_max))) }
    }

    /// Takes a permit or waits for one. Cancel safe: dropping the future leaves the queue.
    pub async fn acquire(&self, requester: Requester<'_>) -> Result<Permit, NoPermit> {
        let keys = ShareKeys::of(requester, &self.key);
        let (id, granted) = {
            let mut queue = locked(&self.queue);
            if let Some(id) = queue.try_acquire(keys) {
                return Ok(Permit { id, queue: self.queue.clone() });
            }
            let (grant, granted) = oneshot::channel();
            (queue.enqueue(keys, grant)?, granted)
        };
        let mut request = QueuedRequest { id, permits: self, granted };
        // The sender is dropped without a permit when a waiter of a less crowded key evicts this one.
        (&mut request.granted).await.map_err(|_| NoPermit)
    }

    /// How many permits are held, and how many requesters wait.
    pub fn usage(&self) -> (usize, usize) {
        let queue = locked(&self.queue);
        (queue.held(), queue.waiting())
    }
}

impl Drop for QueuedRequest<'_> {
    fn drop(&mut self) {
        locked(&self.permits.queue).cancel(self.id);
        // A permit that was sent and not received is dropped with the channel, and so returned.
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut grants = vec![];
        {
            let mut queue = locked(&self.queue);
            queue.release(self.id);
            while let Some((id, grant)) = queue.grant_next() {
                grants.push((Self { id, queue: self.queue.clone() }, grant));
            }
        }
        for (permit, grant) in grants {
            // A waiter that left in the meantime drops the permit, which passes it on.
            drop(grant.send(permit));
        }
    }
}

fn locked(queue: &Mutex<PermitQueue>) -> MutexGuard<'_, PermitQueue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
