//! The sessions that were signed out, in memory. They are checked before every pledge and every signer's page, so the
//! check doesn't read the database.

use super::token::SessionKey;
use crate::domain::time::UnixMillis;
use crate::store::sign_outs::SignedOutSession;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Signed-out sessions held in memory. Beyond it the person sees when their session expires by itself.
pub const SIGNED_OUT_SESSIONS_MAX: usize = 1_000_000;
/// Parts of the table, so that a growing part blocks only a sixty-fourth of the checks.
const PARTS: usize = 64;

type SignedOutPart = HashMap<[u8; 16], SignedOutEntry>;

pub(super) struct SignedOutSessions {
    parts: [RwLock<SignedOutPart>; PARTS],
    count: AtomicUsize,
    max: AtomicUsize,
}

#[derive(Clone, Copy)]
struct SignedOutEntry {
    /// Unix seconds, rounded up.
    expires_at: u32,
    /// Whether the database has it.
    stored: bool,
}

/// The result of recording a sign-out in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordOutcome {
    /// In force at this node, not stored yet.
    NotStoredYet,
    /// Stored already.
    Stored,
    /// The table is full.
    Full,
}

impl Default for SignedOutSessions {
    fn default() -> Self {
        Self {
            parts: std::array::from_fn(|_| RwLock::default()),
            count: AtomicUsize::new(0),
            max: AtomicUsize::new(SIGNED_OUT_SESSIONS_MAX),
        }
    }
}

impl SignedOutSessions {
    pub fn contains(&self, key: &SessionKey) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.read(&key.0).contains_key(&key.0)
    }

    /// Ends the session at this node, unless the table is full.
    pub fn record(&self, session: &SignedOutSession) -> RecordOutcome {
        let mut part = self.write(&session.key);
        match part.entry(session.key) {
            Entry::Occupied(known) if known.get().stored => RecordOutcome::Stored,
            Entry::Occupied(_) => RecordOutcome::NotStoredYet,
            // Concurrent calls in other parts may exceed the limit by up to the number of parts.
            Entry::Vacant(_) if self.count.load(Ordering::Acquire) >= self.max.load(Ordering::Acquire) => {
                RecordOutcome::Full
            }
            Entry::Vacant(free) => {
                free.insert(SignedOutEntry { expires_at: seconds(session.expires_at), stored: false });
                self.count.fetch_add(1, Ordering::AcqRel);
                RecordOutcome::NotStoredYet
            }
        }
    }

    /// The database has these sessions: own ones are stored now, and those signed out at other nodes end here too.
    pub fn merge_stored(&self, sessions: &[SignedOutSession]) {
        for session in sessions {
            let entry = SignedOutEntry { expires_at: seconds(session.expires_at), stored: true };
            if self.write(&session.key).insert(session.key, entry).is_none() {
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
            part.retain(|_, entry| i64::from(entry.expires_at) > until);
            self.count.fetch_sub(before - part.len(), Ordering::AcqRel);
        }
    }

    pub fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    pub fn limit_to(&self, max: usize) {
        self.max.store(max, Ordering::Release);
    }

    fn read(&self, key: &[u8; 16]) -> RwLockReadGuard<'_, SignedOutPart> {
        self.parts[usize::from(key[0]) % PARTS].read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, key: &[u8; 16]) -> RwLockWriteGuard<'_, SignedOutPart> {
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
        let signed_out = SignedOutSessions::default();
        assert!(!signed_out.contains(&SessionKey([1; 16])));
        assert_eq!(signed_out.record(&session(1, 1_500)), RecordOutcome::NotStoredYet);
        assert_eq!(signed_out.record(&session(1, 1_500)), RecordOutcome::NotStoredYet);
        signed_out.merge_stored(&[session(1, 1_500), session(2, 3_000)]);
        assert_eq!(signed_out.record(&session(1, 1_500)), RecordOutcome::Stored);
        assert!(signed_out.contains(&SessionKey([1; 16])) && signed_out.contains(&SessionKey([2; 16])));
        signed_out.drop_expired(UnixMillis(1_500));
        assert_eq!(signed_out.count(), 2);
        signed_out.drop_expired(UnixMillis(2_000));
        assert!(!signed_out.contains(&SessionKey([1; 16])) && signed_out.contains(&SessionKey([2; 16])));
        signed_out.drop_expired(UnixMillis(i64::MAX));
        assert_eq!(signed_out.count(), 0);
    }

    #[test]
    fn beyond_the_limit_nothing_is_taken_and_what_others_took_still_holds() {
        let signed_out = SignedOutSessions::default();
        signed_out.limit_to(2);
        let taken: Vec<RecordOutcome> = (1..=3).map(|number| signed_out.record(&session(number, 1_000))).collect();
        assert_eq!(taken, [RecordOutcome::NotStoredYet, RecordOutcome::NotStoredYet, RecordOutcome::Full]);
        assert!(!signed_out.contains(&SessionKey([3; 16])));
        signed_out.merge_stored(&[session(4, 1_000)]);
        assert!(signed_out.contains(&SessionKey([4; 16])));
        signed_out.drop_expired(UnixMillis(1_000));
        assert_eq!(signed_out.record(&session(3, 2_000)), RecordOutcome::NotStoredYet);
    }
}
