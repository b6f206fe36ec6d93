//! Slows wrong passwords down: a table of fixed size, so that nobody can fill the memory.
//!
//! Nobody is ever locked out: after a few wrong passwords each further attempt on that login waits, at most
//! [`DELAY_MAX`], before it is looked at, and the right one then enters.

use crate::domain::time::UnixMillis;
use crate::store::attempts::{Gate, News};
use sha2::{Digest, Sha256};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const BUCKETS: usize = 4_096;
/// Wrong passwords that cost nothing: people mistype.
const FREE: u32 = 3;
const DELAY_FIRST: Duration = Duration::from_millis(250);
pub const DELAY_MAX: Duration = Duration::from_secs(4);
/// After this long without a wrong password, a login starts anew.
const FORGET_MS: i64 = 15 * 60 * 1_000;

#[derive(Clone, Copy)]
struct Bucket {
    wrong: u32,
    last: UnixMillis,
}

/// Which logins were tried with wrong passwords lately. Logins that share a bucket slow each other down.
pub struct Throttle {
    key: [u8; 32],
    buckets: Mutex<Vec<Bucket>>,
    news: News,
}

impl Throttle {
    /// With a key that all nodes of a database share.
    pub fn new(key: [u8; 32], news: News) -> Self {
        Self { key, buckets: Mutex::new(vec![Bucket { wrong: 0, last: UnixMillis(0) }; BUCKETS]), news }
    }

    /// How long an attempt on this login waits.
    pub fn delay(&self, login: &str, now: UnixMillis) -> Duration {
        let wrong = self.with(self.place(login), |bucket| {
            forget(bucket, now);
            bucket.wrong
        });
        match wrong.checked_sub(FREE + 1) {
            None => Duration::ZERO,
            Some(doublings) => (DELAY_FIRST * 2u32.pow(doublings.min(8))).min(DELAY_MAX),
        }
    }

    pub fn was_wrong(&self, login: &str, now: UnixMillis) {
        let place = self.place(login);
        self.news.wrong(Gate::Password, place);
        self.learn(place, 1, now);
    }

    /// Counts wrong passwords, also those that were tried at another node.
    pub fn learn(&self, place: u16, wrong: u16, now: UnixMillis) {
        self.with(place, |bucket| {
            forget(bucket, now);
            *bucket = Bucket { wrong: bucket.wrong.saturating_add(wrong.into()), last: now };
        });
    }

    pub fn was_right(&self, login: &str) {
        self.with(self.place(login), |bucket| bucket.wrong = 0);
    }

    fn place(&self, login: &str) -> u16 {
        let hash = Sha256::new().chain_update(self.key).chain_update(login).finalize();
        u16::from_be_bytes([hash[0], hash[1]])
    }

    fn with<T>(&self, place: u16, act: impl FnOnce(&mut Bucket) -> T) -> T {
        act(&mut self.buckets.lock().unwrap_or_else(PoisonError::into_inner)[usize::from(place) % BUCKETS])
    }
}

fn forget(bucket: &mut Bucket, now: UnixMillis) {
    // A clock that was set back must not keep a mistake for as long as it was set back.
    if now.0.abs_diff(bucket.last.0) > FORGET_MS.unsigned_abs() {
        bucket.wrong = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_passwords_wait_longer_and_never_for_ever() {
        let throttle = Throttle::new([0; 32], News::default());
        let now = UnixMillis(1_000_000);
        let mut delays = vec![];
        for _ in 0..12 {
            delays.push(throttle.delay("admin", now));
            throttle.was_wrong("admin", now);
        }
        assert_eq!(delays[..4], [Duration::ZERO; 4]);
        assert_eq!(delays[4], DELAY_FIRST);
        assert_eq!(delays[11], DELAY_MAX);
        assert_eq!(throttle.delay("operator", now), Duration::ZERO);
        throttle.was_right("admin");
        assert_eq!(throttle.delay("admin", now), Duration::ZERO);
    }

    #[test]
    fn a_quiet_quarter_of_an_hour_is_forgiven() {
        let throttle = Throttle::new([0; 32], News::default());
        for _ in 0..9 {
            throttle.was_wrong("admin", UnixMillis(0));
        }
        assert!(throttle.delay("admin", UnixMillis(FORGET_MS)) > Duration::ZERO);
        assert_eq!(throttle.delay("admin", UnixMillis(FORGET_MS + 1)), Duration::ZERO);
    }

    #[test]
    fn a_clock_that_is_set_back_forgives_too() {
        let throttle = Throttle::new([0; 32], News::default());
        for _ in 0..9 {
            throttle.was_wrong("admin", UnixMillis(4 * FORGET_MS));
        }
        assert_eq!(throttle.delay("admin", UnixMillis(0)), Duration::ZERO);
    }

    #[test]
    fn passwords_tried_elsewhere_count_here() {
        let (news, mut told) = News::channel();
        let (here, elsewhere) = (Throttle::new([0; 32], News::default()), Throttle::new([0; 32], news));
        for _ in 0..5 {
            elsewhere.was_wrong("admin", UnixMillis(0));
            let (_, place) = told.try_recv().unwrap();
            here.learn(place, 1, UnixMillis(0));
        }
        assert_eq!(here.delay("admin", UnixMillis(0)), elsewhere.delay("admin", UnixMillis(0)));
        assert!(here.delay("admin", UnixMillis(0)) > Duration::ZERO);
    }
}
