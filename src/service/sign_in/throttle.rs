//! Delays the answers to wrong attempts, and only to wrong ones.
//!
//! A table of fixed size counts wrong attempts per person, at this node and, on a shared database, at the others. It
//! doesn't decide who may enter: a right code isn't looked up here. Deliberately absent: waiting itself.

use crate::bucket_table::{BucketTable, bucket_of};
use crate::store::wrong_attempt_channel::WrongAttemptSender;
use crate::store::wrong_attempts::ThrottleKind;
use std::time::Duration;

/// Buckets of the table. Two people in the same bucket share only the delay of their wrong attempts.
pub const ACCESS_CODE_BUCKETS: usize = 65_536;
/// Wrong attempts without a delay, because people mistype.
const FREE_ATTEMPTS: u64 = 4;
const FIRST_DELAY: Duration = Duration::from_millis(250);
/// Longest delay of a wrong answer.
pub const DELAY_MAX: Duration = Duration::from_secs(4);
/// Milliseconds after which a count halves.
const HALVING_MS: i64 = 5 * 60 * 1000;
/// A bucket packs the time in ms (upper 48 bits) and the count (lower 16).
const COUNT_BITS: u32 = 16;
const COUNT_MAX: u64 = (1 << COUNT_BITS) - 1;

pub struct SignInThrottle {
    buckets: BucketTable<u64>,
    attempt_sender: WrongAttemptSender,
}

impl SignInThrottle {
    pub fn new(attempt_sender: WrongAttemptSender) -> Self {
        Self { buckets: BucketTable::new(ACCESS_CODE_BUCKETS, 0), attempt_sender }
    }

    /// Counts a wrong attempt in the bucket of the keyed hash, and returns the delay of its answer.
    pub fn wrong(&self, keyed_hash: &[u8; 32], now_ms: i64) -> Duration {
        let bucket = bucket_of(keyed_hash);
        self.attempt_sender.report(ThrottleKind::AccessCode, bucket);
        delay_of(self.count(bucket, 1, now_ms))
    }

    /// Counts attempts that were made at another node.
    pub fn merge_remote(&self, bucket: u16, wrong: u16, now_ms: i64) {
        self.count(bucket, wrong, now_ms);
    }

    /// Adds to a bucket's count and returns the result.
    fn count(&self, bucket: u16, more: u16, now_ms: i64) -> u64 {
        self.buckets.with(bucket, |packed| {
            let then = i64::try_from(*packed >> COUNT_BITS).expect("48 bits fit");
            let halvings = u32::try_from(((now_ms - then) / HALVING_MS).clamp(0, 63)).expect("at most 63");
            let count = (((*packed & COUNT_MAX) >> halvings) + u64::from(more)).min(COUNT_MAX);
            let now = u64::try_from(now_ms).unwrap_or(0) & (u64::MAX >> COUNT_BITS);
            // The time moves on only when the count halves; otherwise a steady trickle would prevent every halving.
            let at = if halvings > 0 || *packed == 0 { now } else { *packed >> COUNT_BITS };
            *packed = (at << COUNT_BITS) | count;
            count
        })
    }
}

/// 250 ms after the free attempts, doubled with each further one up to [`DELAY_MAX`].
fn delay_of(count: u64) -> Duration {
    let Some(over) = count.checked_sub(FREE_ATTEMPTS + 1) else {
        return Duration::ZERO;
    };
    let doublings = u32::try_from(over.min(10)).expect("at most 10");
    (FIRST_DELAY * 2u32.pow(doublings)).min(DELAY_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_800_000_000_000;

    #[test]
    fn a_few_mistakes_cost_nothing_and_many_a_bounded_time() {
        let throttle = SignInThrottle::new(WrongAttemptSender::default());
        let delays: Vec<u128> = (0..12).map(|_| delay_of(throttle.count(1, 1, NOW_MS)).as_millis()).collect();
        assert_eq!(delays, [0, 0, 0, 0, 250, 500, 1000, 2000, 4000, 4000, 4000, 4000]);
        assert_eq!(delay_of(throttle.count(2, 1, NOW_MS)), Duration::ZERO);
    }

    #[test]
    fn three_million_mistakes_stay_within_the_table_and_are_forgiven() {
        let throttle = SignInThrottle::new(WrongAttemptSender::default());
        for attempt in 0..3_000_000i64 {
            assert!(delay_of(throttle.count(1, 1, NOW_MS + attempt / 100)) <= DELAY_MAX);
        }
        assert_eq!(throttle.buckets.size(), ACCESS_CODE_BUCKETS);
        assert_eq!(delay_of(throttle.count(1, 1, NOW_MS)), DELAY_MAX);
        assert_eq!(delay_of(throttle.count(1, 1, NOW_MS + 20 * HALVING_MS)), Duration::ZERO);
    }

    #[test]
    fn a_clock_that_jumps_back_breaks_nothing() {
        let throttle = SignInThrottle::new(WrongAttemptSender::default());
        throttle.count(1, 1, NOW_MS);
        assert_eq!(delay_of(throttle.count(1, 1, -5)), Duration::ZERO);
        assert_eq!(delay_of(throttle.count(1, 1, i64::MAX / 2)), Duration::ZERO);
    }

    #[test]
    fn attempts_made_elsewhere_slow_the_next_one_here_and_are_not_told_on() {
        let (attempt_sender, mut told) = WrongAttemptSender::channel();
        let throttle = SignInThrottle::new(attempt_sender);
        throttle.merge_remote(1, 5, NOW_MS);
        assert_eq!(delay_of(throttle.count(1, 1, NOW_MS)), FIRST_DELAY * 2);
        throttle.merge_remote(1, u16::MAX, NOW_MS);
        assert_eq!(delay_of(throttle.count(1, 1, NOW_MS)), DELAY_MAX);
        assert!(told.try_recv().is_err());
    }
}
