//! The sessions that were left, in memory. They are checked before every pledge and every signer's page, so the check
//! doesn't read the database.

use super::token::SessionKey;
use crate::domain::time::UnixMillis;
use crate::store::sign_outs::SignedOutSession;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Left sessions held in memory. Beyond it the person sees when their session expires by itself.
pub const LEFT_SESSIONS_IN_FORCE_MAX: usize = 1_000_000;
/// Parts of the table, so that a growing part blocks only a sixty-fourth of the checks.
const PARTS: usize = 64;

type Part = HashMap<[u8; 16], LeftSession>;

pub(super) struct Left {
    parts: [RwLock<Part>; PARTS],
    count: AtomicUsize,
    max: AtomicUsize,
}

#[derive(Clone, Copy)]
struct LeftSession {
    /// Unix seconds, rounded up.
    expires_at: u32,
    /// Whether the database has it.
    kept: bool,
}

/// The result of leaving in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// In force at this node, not stored yet.
    ToKeep,
    /// Stored already.
    Kept,
    /// The table is full.
    Full,
}

impl Default for Left {
    fn default() -> Self {
        Self {
            parts: std::array::from_fn(|_| RwLock::default()),
            count: AtomicUsize::new(0),
            max: AtomicUsize::new(LEFT_SESSIONS_IN_FORCE_MAX),
        }
    }
}

impl Left {
    pub fn holds(&self, key: &SessionKey) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.read(&key.0).contains_key(&key.0)
    }

    /// Ends the session at this node, unless the table is full.
    pub fn take(&self, session: &SignedOutSession) -> Taken {
        let mut part = self.write(&session.key);
        match part.entry(session.key) {
            Entry::Occupied(known) if known.get().kept => Taken::Kept,
            Entry::Occupied(_) => Taken::ToKeep,
            // Concurrent calls in other parts may exceed the limit by up to the number of parts.
            Entry::Vacant(_) if self.count.load(Ordering::Acquire) >= self.max.load(Ordering::Acquire) => Taken::Full,
            Entry::Vacant(free) => {
                free.insert(LeftSession { expires_at: seconds(session.expires_at), kept: false });
                self.count.fetch_add(1, Ordering::AcqRel);
                Taken::ToKeep
            }
        }
    }

    /// The database has these sessions: own ones are stored now, and those left at other nodes end here too.
    pub fn learn(&self, sessions: &[SignedOutSession]) {
        for session in sessions {
            let standing = LeftSession { expires_at: seconds(session.expires_at), kept: true };
            if self.write(&session.key).insert(session.key, standing).is_none() {
                self.count.fetch_add(1, Ordering::AcqRel);
            }
        }
    }

    /// Drops sessions that expired up to `until`.
    pub fn drop_expired(&self, until: UnixMillis) {
        let until = until.0.div_euclid(1_000);
        for part in &self.parts {
            let mut part = part.write().unwrap_or_else(PoisonError::into_inner);
            let before = part.len();
            part.retain(|_, standing| i64::from(standing.expires_at) > until);
            self.count.fetch_sub(before - part.len(), Ordering::AcqRel);
        }
    }

    pub fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    pub fn hold_at_most(&self, max: usize) {
        self.max.store(max, Ordering::Release);
    }

    fn read(&self, key: &[u8; 16]) -> RwLockReadGuard<'_, Part> {
        self.parts[usize::from(key[0]) % PARTS].read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, key: &[u8; 16]) -> RwLockWriteGuard<'_, Part> {
        self.parts[usize::from(key[0]) % PARTS].write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seconds(at: UnixMillis) -> u32 {
    u32::try_from(at.0.saturating_add(999).div_euclid(1_000).max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(number: u8, expires_at: i64) -> SignedOutSession {
        SignedOutSession { key: [number; 16], expires_at: UnixMillis(expires_at) }
    }

    #[test]
    fn what_was_left_is_held_until_it_has_expired() {
        let left = Left::default();
        assert!(!left.holds(&SessionKey([1; 16])));
        assert_eq!(left.take(&session(1, 1_500)), Taken::ToKeep);
        assert_eq!(left.take(&session(1, 1_500)), Taken::ToKeep);
        left.learn(&[session(1, 1_500), session(2, 3_000)]);
        assert_eq!(left.take(&session(1, 1_500)), Taken::Kept);
        assert!(left.holds(&SessionKey([1; 16])) && left.holds(&SessionKey([2; 16])));
        left.drop_expired(UnixMillis(1_500));
        assert_eq!(left.count(), 2);
        left.drop_expired(UnixMillis(2_000));
        assert!(!left.holds(&SessionKey([1; 16])) && left.holds(&SessionKey([2; 16])));
        left.drop_expired(UnixMillis(i64::MAX));
        assert_eq!(left.count(), 0);
    }

    #[test]
    fn beyond_the_limit_nothing_is_taken_and_what_others_took_still_holds() {
        let left = Left::default();
        left.hold_at_most(2);
        let taken: Vec<Taken> = (1..=3).map(|number| left.take(&session(number, 1_000))).collect();
        assert_eq!(taken, [Taken::ToKeep, Taken::ToKeep, Taken::Full]);
        assert!(!left.holds(&SessionKey([3; 16])));
        left.learn(&[session(4, 1_000)]);
        assert!(left.holds(&SessionKey([4; 16])));
        left.drop_expired(UnixMillis(1_000));
        assert_eq!(left.take(&session(3, 2_000)), Taken::ToKeep);
    }
}
