//! Who signed at this node recently. A person who signs again gets their first pledge, which is looked up before a
//! batch is made. If the unique key found it instead, the whole batch would need another attempt.

use crate::domain::ids::ParticipantId;
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Participants remembered, about ten bytes each. Beyond it all are forgotten, and the unique key finds who signs
/// again.
const SIGNED_PEOPLE_MAX: usize = 458_752;

#[derive(Default)]
pub(super) struct RecentSigners(Mutex<HashSet<u64>>);

/// Exclusive access, held while a batch is processed.
pub(super) struct RecentSignersGuard<'l>(MutexGuard<'l, HashSet<u64>>);

impl RecentSigners {
    pub fn signed(&self) -> RecentSignersGuard<'_> {
        RecentSignersGuard(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl RecentSignersGuard<'_> {
    /// May be true by mistake for an id with the same first half; that costs one needless look-up.
    pub fn has(&self, participant: ParticipantId) -> bool {
        self.0.contains(&mark(participant))
    }

    pub fn add(&mut self, participant: ParticipantId) {
        if self.0.len() >= SIGNED_PEOPLE_MAX {
            self.0.clear();
        }
        self.0.insert(mark(participant));
    }
}

/// An id is the output of an HMAC, so its first half is enough to tell people apart.
fn mark(participant: ParticipantId) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = participant.0;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_remembered_as_there_is_room_for() {
        let person = |number: usize| {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_be_bytes());
            ParticipantId(id)
        };
        let recent_signers = RecentSigners::default();
        for number in 0..SIGNED_PEOPLE_MAX {
            recent_signers.signed().add(person(number));
        }
        assert!(recent_signers.signed().has(person(0)) && !recent_signers.signed().has(person(SIGNED_PEOPLE_MAX)));
        recent_signers.signed().add(person(SIGNED_PEOPLE_MAX));
        assert!(!recent_signers.signed().has(person(0)) && recent_signers.signed().has(person(SIGNED_PEOPLE_MAX)));
    }
}
