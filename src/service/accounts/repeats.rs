//! Wrong passwords that were tried before. The same one again isn't another guess, so a phone that keeps sending an old
//! saved password uses up no allowance.
//!
//! A typed password is kept as a keyed hash of 48 bits, in memory, for about an hour, and isn't sent anywhere; the key
//! is drawn when the process starts. The table has a fixed size. On a collision the older entry is forgotten and would
//! count again.

use crate::bucket_table::{BucketTable, bucket_of, keyed_hash};

/// Passwords remembered at most.
const SEEN_BUCKETS: usize = 1 << 16;

/// A login and a password typed for it, as a keyed hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typed {
    bucket: u16,
    tag: u32,
}

#[derive(Clone, Copy)]
struct SeenPassword {
    tag: u32,
    slot: i32,
}

pub struct Repeats {
    key: [u8; 32],
    /// Slots for which an entry is remembered.
    slots: i32,
    seen: BucketTable<Option<SeenPassword>>,
}

impl Repeats {
    pub fn new(key: [u8; 32], slots: i32) -> Self {
        Self { key, slots, seen: BucketTable::new(SEEN_BUCKETS, None) }
    }

    pub fn typed(&self, login: &str, password: &str) -> Typed {
        let hash = keyed_hash(&self.key, &[&login.len().to_be_bytes(), login.as_bytes(), password.as_bytes()]);
        Typed { bucket: bucket_of(&hash), tag: u32::from_be_bytes([hash[2], hash[3], hash[4], hash[5]]) }
    }

    /// Remembers an entry from this slot on. Returns whether it was remembered before.
    pub fn remember(&self, typed: Typed, slot: i32) -> bool {
        self.seen.with(typed.bucket, |seen| {
            let is_known = seen
                .is_some_and(|seen| seen.tag == typed.tag && (0..self.slots).contains(&slot.saturating_sub(seen.slot)));
            if !is_known {
                *seen = Some(SeenPassword { tag: typed.tag, slot });
            }
            is_known
        })
    }

    /// Forgets a password that was right or isn't known to be wrong.
    pub fn forget(&self, typed: Typed) {
        self.seen.with(typed.bucket, |seen| {
            if seen.is_some_and(|seen| seen.tag == typed.tag) {
                *seen = None;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_remembered_for_its_login_and_its_time() {
        let repeats = Repeats::new([7; 32], 7);
        let typed = repeats.typed("bkd", "kuda laut biru");
        assert!(!repeats.remember(typed, 10));
        assert!(repeats.remember(typed, 10) && repeats.remember(typed, 16));
        // Counted from the first attempt; a clock that was set back forgets.
        assert!(!repeats.remember(typed, 17));
        assert!(!repeats.remember(typed, 3));
        repeats.forget(typed);
        assert!(!repeats.remember(typed, 3));
        for other in [repeats.typed("kota", "kuda laut biru"), repeats.typed("bk", "dkuda laut biru")] {
            assert_ne!(other, typed);
        }
        assert_ne!(Repeats::new([8; 32], 7).typed("bkd", "kuda laut biru"), typed);
    }

    #[test]
    fn what_takes_another_s_place_is_not_taken_for_it() {
        let repeats = Repeats::new([7; 32], 7);
        let one = Typed { bucket: 5, tag: 1 };
        let other = Typed { bucket: 5, tag: 2 };
        assert!(!repeats.remember(one, 10));
        assert!(!repeats.remember(other, 10));
        assert!(!repeats.remember(one, 10));
        repeats.forget(other);
        assert!(repeats.remember(one, 10));
    }
}
