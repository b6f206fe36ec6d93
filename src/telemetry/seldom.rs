//! Lines that would come with every request are written up to a number each second; the next one says how many weren't.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

pub struct Seldom {
    told_max: u32,
    window: Mutex<Window>,
}

struct Window {
    began: Option<Instant>,
    told: u32,
    untold: u64,
}

impl Seldom {
    pub const fn per_second(told_max: u32) -> Self {
        Self { told_max, window: Mutex::new(Window { began: None, told: 0, untold: 0 }) }
    }

    /// Whether a line may be written now, and how many weren't since the last one that was.
    pub fn may_tell(&self) -> Option<u64> {
        self.may_tell_at(Instant::now())
    }

    fn may_tell_at(&self, now: Instant) -> Option<u64> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.began.is_none_or(|began| now.duration_since(began) >= SECOND) {
            window.began = Some(now);
            window.told = 0;
        }
        if window.told >= self.told_max {
            window.untold += 1;
            return None;
        }
        window.told += 1;
        Some(std::mem::take(&mut window.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_a_second_and_the_next_says_how_many_not() {
        let (seldom, now) = (Seldom::per_second(3), Instant::now());
        let told: Vec<Option<u64>> = (0..10).map(|_| seldom.may_tell_at(now)).collect();
        assert_eq!(told.iter().filter(|told| told.is_some()).count(), 3);
        let later = now + Duration::from_millis(1_100);
        assert_eq!(seldom.may_tell_at(later), Some(7));
        assert_eq!(seldom.may_tell_at(later), Some(0));
    }
}
