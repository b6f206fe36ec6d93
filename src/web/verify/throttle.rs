//! Slows the checking of certificate numbers down: a number has 65 random bits, so nobody finds one by trying, but
//! nobody shall keep the database busy by trying either.

use crate::domain::time::UnixMillis;
use std::sync::{Mutex, PoisonError};

/// Numbers that may be checked a second, by everybody together, in the long run.
const SERIALS_PER_SEC: i64 = 20;
/// Numbers that may be checked at once after a quiet time.
const SERIALS_BURST: i64 = 100;
const MS_PER_SERIAL: i64 = 1000 / SERIALS_PER_SEC;

/// A leaky bucket: the instant at which all that was admitted so far is worked off.
#[derive(Default)]
pub struct Throttle(Mutex<i64>);

impl Throttle {
    /// Whether one more number may be checked now.
    pub fn admits(&self, now: UnixMillis) -> bool {
        let mut worked_off = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = (*worked_off).max(now.0) + MS_PER_SERIAL;
        let admitted = next - now.0 <= SERIALS_BURST * MS_PER_SERIAL;
        if admitted {
            *worked_off = next;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_admitted_and_then_as_many_as_the_rate_allows() {
        let throttle = Throttle::default();
        let start = 1_703_643_300_000;
        assert!((0..SERIALS_BURST).all(|_| throttle.admits(UnixMillis(start))));
        assert!(!throttle.admits(UnixMillis(start)));
        let a_second_later = UnixMillis(start + 1000);
        assert!((0..SERIALS_PER_SEC).all(|_| throttle.admits(a_second_later)));
        assert!(!throttle.admits(a_second_later));
    }
}
