//! A rate limit for log lines that could come with every request. The next line that is written says how many weren't.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// A limit of lines per second, counted in windows of one second.
pub struct LogRateLimit {
    lines_max: u32,
    window: Mutex<Window>,
}

struct Window {
    began: Option<Instant>,
    written: u32,
    suppressed: u64,
}

impl LogRateLimit {
    pub const fn per_second(lines_max: u32) -> Self {
        Self { lines_max, window: Mutex::new(Window { began: None, written: 0, suppressed: 0 }) }
    }

    /// `Some` if a line may be written now, with the number of lines suppressed since the last one that was.
    pub fn admit(&self) -> Option<u64> {
        self.admit_at(Instant::now())
    }

    fn admit_at(&self, now: Instant) -> Option<u64> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.began.is_none_or(|began| now.duration_since(began) >= SECOND) {
            window.began = Some(now);
            window.written = 0;
        }
        if window.written >= self.lines_max {
            window.suppressed += 1;
            return None;
        }
        window.written += 1;
        Some(std::mem::take(&mut window.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_limit_are_counted_and_the_next_line_says_how_many() {
        let (limit, now) = (LogRateLimit::per_second(3), Instant::now());
        let admitted: Vec<Option<u64>> = (0..10).map(|_| limit.admit_at(now)).collect();
        assert_eq!(admitted.iter().filter(|admitted| admitted.is_some()).count(), 3);
        let later = now + Duration::from_millis(1_100);
        assert_eq!(limit.admit_at(later), Some(7));
        assert_eq!(limit.admit_at(later), Some(0));
    }
}
