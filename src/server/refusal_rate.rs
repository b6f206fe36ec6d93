//! Limits the rate of refused requests of one connection, so that a client that only sends those doesn't slow down
//! signing. The first few are answered at once, enough for wrong entries and early arrivals; the rest are delayed.
//!
//! The generic cell rate algorithm (ITU-T I.371, annex A) needs one number per connection. Deliberately absent:
//! addresses. A whole office shares one, and each of its phones has connections of its own.

use hyper::{Response, StatusCode};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Refusals of one connection that are sent at once (the burst).
pub const REFUSALS_AT_ONCE_MAX: u32 = 20;
/// The interval between refusals after the burst.
pub const REFUSAL_EVERY: Duration = Duration::from_millis(50);
/// The longest delay. Without it, many HTTP/2 streams refused together would wait longer.
pub const REFUSAL_WAIT_MAX: Duration = Duration::from_secs(2);

/// Response extension: counts as a refusal whatever its status, since the submitted file held nothing genuine.
#[derive(Clone, Copy)]
pub struct NothingGenuine;

/// Whether a response counts as a refusal.
pub fn is_refusal<B>(answer: &Response<B>) -> bool {
    let status = answer.status();
    status.is_client_error()
        || status == StatusCode::SERVICE_UNAVAILABLE
        || answer.extensions().get::<NothingGenuine>().is_some()
}

/// The rate of one connection's refusals.
#[derive(Default)]
pub struct RefusalRate {
    /// The algorithm's theoretical arrival time, in microseconds since the connection began.
    due_us: AtomicU64,
}

impl RefusalRate {
    /// Counts a refusal that is ready `since` after the connection began. Returns its delay; `None` if it is sent at
    /// once.
    pub fn wait(&self, since: Duration) -> Option<Duration> {
        let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let (now, free) = (micros(since), micros(REFUSAL_EVERY * REFUSALS_AT_ONCE_MAX));
        let most = now.saturating_add(free).saturating_add(micros(REFUSAL_WAIT_MAX));
        let next = |due: u64| due.max(now).saturating_add(micros(REFUSAL_EVERY)).min(most);
        let due = self.due_us.update(Ordering::Relaxed, Ordering::Relaxed, next);
        let wait = next(due).saturating_sub(now.saturating_add(free));
        (wait > 0).then(|| Duration::from_micros(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn refusals_beyond_the_first_few_leave_at_a_bounded_rate() {
        let refusals = RefusalRate::default();
        let wait = || refusals.wait(SECOND);
        for _ in 0..REFUSALS_AT_ONCE_MAX {
            assert_eq!(wait(), None);
        }
        assert_eq!((wait(), wait(), wait()), (Some(REFUSAL_EVERY), Some(2 * REFUSAL_EVERY), Some(3 * REFUSAL_EVERY)));
        let longest = (0..1_000).filter_map(|_| wait()).max();
        assert_eq!(longest, Some(REFUSAL_WAIT_MAX));
    }

    #[test]
    fn whoever_waits_is_as_free_as_before() {
        let refusals = RefusalRate::default();
        for _ in 0..1_000 {
            refusals.wait(SECOND);
        }
        let later = SECOND + REFUSAL_WAIT_MAX + REFUSAL_EVERY * REFUSALS_AT_ONCE_MAX;
        for _ in 0..REFUSALS_AT_ONCE_MAX {
            assert_eq!(refusals.wait(later), None);
        }
        assert_eq!(refusals.wait(later), Some(REFUSAL_EVERY));
    }

    #[test]
    fn what_was_found_done_or_led_elsewhere_is_no_refusal() {
        let answer = |status: StatusCode| Response::builder().status(status).body(()).unwrap();
        for status in [StatusCode::OK, StatusCode::CREATED, StatusCode::SEE_OTHER, StatusCode::NOT_MODIFIED] {
            assert!(!is_refusal(&answer(status)));
        }
        for status in [StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND, StatusCode::SERVICE_UNAVAILABLE] {
            assert!(is_refusal(&answer(status)));
        }
        let mut empty = answer(StatusCode::OK);
        empty.extensions_mut().insert(NothingGenuine);
        assert!(is_refusal(&empty));
    }
}
