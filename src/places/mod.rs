//! Bounded places with shares: only so much is done at once, only so many wait for it, and whatever one side does, at
//! least half of both stay for the others.
//!
//! Whoever takes a place says who asks ([`Asker`]). From that follow the *sides* it belongs to: its address or network,
//! its login, its account. No side holds more than its share. Beyond its share a side is told [`Full`]; when all waiting
//! places are taken, whoever comes from a less crowded side takes the place of the one who came last on the most
//! crowded side. Turns go round: a side that was just served stands behind everybody who already waits.
//!
//! Memory is bounded by the places themselves: a side is known only as long as somebody of it is here, by a keyed hash,
//! so that nobody can choose to share somebody else's side.
//! Deliberately absent: addresses, who may do what, how long work may take, and any count that outlasts the work.

mod asker;
mod held_back;
mod room;

pub use asker::{Asker, site};
pub use held_back::{HeldBack, PADDED_MAX, SLOWED_MAX, STEPS};

use asker::Sides;
use room::Room;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// There is no place for one more of this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no place for one more of this side")]
pub struct Full;

/// A fixed number of places, and of places to wait for one.
pub struct Places {
    key: [u8; 32],
    room: Arc<Mutex<Room>>,
}

/// A place that is held. It comes back when this is dropped.
#[derive(Debug)]
pub struct Place {
    id: u64,
    room: Arc<Mutex<Room>>,
}

/// Waits for a place. Whoever goes away leaves the queue.
struct Waiting<'p> {
    id: u64,
    places: &'p Places,
    call: oneshot::Receiver<Place>,
}

impl Places {
    /// `at_once` places, at least two, and so many that wait. `key` is drawn anew for each.
    pub fn new(key: [u8; 32], at_once: usize, waiting_max: usize) -> Self {
        Self { key, room: Arc::new(Mutex::new(Room::new(at_once.max(2), waiting_max))) }
    }

    /// Takes a place, or waits for one. Whoever stops waiting leaves nothing behind.
    pub async fn take(&self, asker: Asker<'_>) -> Result<Place, Full> {
        let sides = Sides::of(asker, &self.key);
        let (id, call) = {
            let mut room = locked(&self.room);
            if let Some(id) = room.enter(sides) {
                return Ok(Place { id, room: self.room.clone() });
            }
            let (caller, call) = oneshot::channel();
            (room.queue(sides, caller)?, call)
        };
        let mut waiting = Waiting { id, places: self, call };
        // Dropped without a place: somebody of a less crowded side came.
        (&mut waiting.call).await.map_err(|_| Full)
    }

    /// Places that are held, and how many wait.
    pub fn taken(&self) -> (usize, usize) {
        let room = locked(&self.room);
        (room.held(), room.waiting())
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        locked(&self.places.room).give_up(self.id);
        // A place that was handed over and not received comes back with the channel.
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut called = vec![];
        {
            let mut room = locked(&self.room);
            room.leave(self.id);
            while let Some((id, caller)) = room.call() {
                called.push((Self { id, room: self.room.clone() }, caller));
            }
        }
        for (place, caller) in called {
            // Whoever went away meanwhile gives the place on.
            drop(caller.send(place));
        }
    }
}

fn locked(room: &Mutex<Room>) -> MutexGuard<'_, Room> {
    room.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
