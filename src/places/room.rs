//! Who holds a place and who waits for one, in a bounded list; the rules of shares and turns.
//!
//! True between two calls: nobody waits who could have a place.

use super::asker::{Side, Sides};
use super::{Full, Place};
use std::collections::HashMap;
use tokio::sync::oneshot;

#[derive(Debug)]
pub struct Room {
    at_once: usize,
    waiting_max: usize,
    /// The number of the next arrival or service.
    next: u64,
    held: Vec<(u64, Sides)>,
    /// In the order in which they came.
    queue: Vec<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    id: u64,
    sides: Sides,
    /// For each side, when it was served last since this one came; else when this one came. The smallest is next.
    turn: [u64; Sides::COUNT],
    caller: oneshot::Sender<Place>,
}

impl Room {
    pub fn new(at_once: usize, waiting_max: usize) -> Self {
        Self { at_once, waiting_max, next: 0, held: vec![], queue: vec![] }
    }

    pub fn held(&self) -> usize {
        self.held.len()
    }

    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Takes a place at once, if there is one for these sides.
    pub fn enter(&mut self, sides: Sides) -> Option<u64> {
        let may = self.held.len() < self.at_once && sides.iter().all(|side| self.has_place_for(side));
        may.then(|| self.hold(sides))
    }

    /// Waits for a place.
    pub fn queue(&mut self, sides: Sides, caller: oneshot::Sender<Place>) -> Result<u64, Full> {
        if self.waiting_max == 0 {
            return Err(Full);
        }
        let fits = |side: Side| {
            self.queue.iter().filter(|other| other.sides.holds(side)).count() < side.share_of(self.waiting_max)
        };
        if !sides.iter().all(fits) {
            return Err(Full);
        }
        if self.queue.len() >= self.waiting_max {
            let crowded = self.last_of_the_most_crowded(sides).ok_or(Full)?;
            self.queue.remove(crowded);
        }
        let id = self.number();
        self.queue.push(Waiter { id, sides, turn: [id; Sides::COUNT], caller });
        Ok(id)
    }

    /// Whoever was waiting and doesn't any more, if they still do.
    pub fn give_up(&mut self, id: u64) {
        self.queue.retain(|waiter| waiter.id != id);
    }

    pub fn leave(&mut self, id: u64) {
        self.held.retain(|(held, _)| *held != id);
    }

    /// Whose turn it is, if there is a place for them: from here on they hold it.
    pub fn call(&mut self) -> Option<(u64, oneshot::Sender<Place>)> {
        if self.held.len() >= self.at_once {
            return None;
        }
        let full: Vec<Side> =
            self.held.iter().flat_map(|(_, sides)| sides.iter()).filter(|side| !self.has_place_for(*side)).collect();
        let may = |waiter: &&Waiter| !waiter.caller.is_closed() && !full.iter().any(|side| waiter.sides.holds(*side));
        let next = self.queue.iter().filter(may).min_by_key(|waiter| (waiter.turn, waiter.id))?.id;
        let at = self.queue.iter().position(|waiter| waiter.id == next)?;
        let waiter = self.queue.remove(at);
        let id = self.hold(waiter.sides);
        for other in &mut self.queue {
            for (place, turn) in other.turn.iter_mut().enumerate() {
                if other.sides.at(place).is_some() && other.sides.at(place) == waiter.sides.at(place) {
                    *turn = id;
                }
            }
        }
        Some((id, waiter.caller))
    }

    fn hold(&mut self, sides: Sides) -> u64 {
        let id = self.number();
        self.held.push((id, sides));
        id
    }

    fn has_place_for(&self, side: Side) -> bool {
        self.held.iter().filter(|(_, sides)| sides.holds(side)).count() < side.share_of(self.at_once)
    }

    /// Where it is much more crowded than it would be where the newcomer stands.
    fn last_of_the_most_crowded(&self, newcomer: Sides) -> Option<usize> {
        let mut crowds: HashMap<[u8; 16], usize> = HashMap::new();
        for side in self.queue.iter().filter_map(|waiter| waiter.sides.first()) {
            *crowds.entry(side.name()).or_default() += 1;
        }
        let crowd = |sides: &Sides| sides.first().and_then(|side| crowds.get(&side.name())).copied().unwrap_or(0);
        let (at, most) =
            self.queue.iter().map(|waiter| crowd(&waiter.sides)).enumerate().max_by_key(|(_, size)| *size)?;
        (most > crowd(&newcomer) + 1).then_some(at)
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}
