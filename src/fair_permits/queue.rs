//! Which requesters hold a permit and which wait, in bounded lists; the rules of shares and turns.
//!
//! Invariant between two calls: no waiter is in the queue that could have a permit.

use super::requester::{ShareKey, ShareKeys};
use super::{NoPermit, Permit};
use std::collections::HashMap;
use tokio::sync::oneshot;

#[derive(Debug)]
pub struct PermitQueue {
    permits_max: usize,
    waiters_max: usize,
    /// The id that was given last; arrivals and grants count up together, so an id also says when.
    last_id: u64,
    held: Vec<(u64, ShareKeys)>,
    /// In order of arrival.
    waiters: Vec<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    id: u64,
    keys: ShareKeys,
    /// For each key, the id of its latest grant since this waiter arrived, or else the waiter's own. The smallest is
    /// next.
    turn: [u64; ShareKeys::COUNT],
    grant: oneshot::Sender<Permit>,
}

impl PermitQueue {
    pub fn new(permits_max: usize, waiters_max: usize) -> Self {
        Self { permits_max, waiters_max, last_id: 0, held: vec![], waiters: vec![] }
    }

    pub fn held(&self) -> usize {
        self.held.len()
    }

    pub fn waiting(&self) -> usize {
        self.waiters.len()
    }

    /// Takes a permit if one is free and every key is below its share.
    pub fn try_acquire(&mut self, keys: ShareKeys) -> Option<u64> {
        let may = self.held.len() < self.permits_max && keys.iter().all(|key| self.is_below_share(key));
        may.then(|| self.hold(keys))
    }

    /// Adds a waiter. `grant` is dropped if the waiter is evicted.
    pub fn enqueue(&mut self, keys: ShareKeys, grant: oneshot::Sender<Permit>) -> Result<u64, NoPermit> {
        if self.waiters_max == 0 {
            return Err(NoPermit);
        }
        let fits = |key: ShareKey| {
            self.waiters.iter().filter(|other| other.keys.contains(key)).count() < key.share_of(self.waiters_max)
        };
        if !keys.iter().all(fits) {
            return Err(NoPermit);
        }
        if self.waiters.len() >= self.waiters_max {
            let evicted = self.eviction_candidate(keys).ok_or(NoPermit)?;
            self.waiters.remove(evicted);
        }
        let id = self.next_id();
        self.waiters.push(Waiter { id, keys, turn: [id; ShareKeys::COUNT], grant });
        Ok(id)
    }

    /// Removes a waiter, if it is still in the queue.
    pub fn cancel(&mut self, id: u64) {
        self.waiters.retain(|waiter| waiter.id != id);
    }

    pub fn release(&mut self, id: u64) {
        self.held.retain(|(held, _)| *held != id);
    }

    /// Grants a free permit to the waiter whose turn it is; `None` when no waiter may have one.
    pub fn grant_next(&mut self) -> Option<(u64, oneshot::Sender<Permit>)> {
        if self.held.len() >= self.permits_max {
            return None;
        }
        let at_share: Vec<ShareKey> =
            self.held.iter().flat_map(|(_, keys)| keys.iter()).filter(|key| !self.is_below_share(*key)).collect();
        let may =
            |waiter: &&Waiter| !waiter.grant.is_closed() && !at_share.iter().any(|key| waiter.keys.contains(*key));
        let next = self.waiters.iter().filter(may).min_by_key(|waiter| (waiter.turn, waiter.id))?.id;
        let index = self.waiters.iter().position(|waiter| waiter.id == next)?;
        let waiter = self.waiters.remove(index);
        let id = self.hold(waiter.keys);
        for other in &mut self.waiters {
            for (index, turn) in other.turn.iter_mut().enumerate() {
                if other.keys.get(index).is_some() && other.keys.get(index) == waiter.keys.get(index) {
                    *turn = id;
                }
            }
        }
        Some((id, waiter.grant))
    }

    fn hold(&mut self, keys: ShareKeys) -> u64 {
        let id = self.next_id();
        self.held.push((id, keys));
        id
    }

    fn is_below_share(&self, key: ShareKey) -> bool {
        self.held.iter().filter(|(_, keys)| keys.contains(key)).count() < key.share_of(self.permits_max)
    }

    /// The latest waiter of the most crowded key, if that key would stay at least as crowded as the newcomer's.
    fn eviction_candidate(&self, newcomer: ShareKeys) -> Option<usize> {
        let mut waiters_by_key: HashMap<[u8; 16], usize> = HashMap::new();
        for key in self.waiters.iter().filter_map(|waiter| waiter.keys.widest()) {
            *waiters_by_key.entry(key.hash()).or_default() += 1;
        }
        let crowd =
            |keys: &ShareKeys| keys.widest().and_then(|key| waiters_by_key.get(&key.hash())).copied().unwrap_or(0);
        let (index, most) =
            self.waiters.iter().map(|waiter| crowd(&waiter.keys)).enumerate().max_by_key(|(_, size)| *size)?;
        (most > crowd(&newcomer) + 1).then_some(index)
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}
