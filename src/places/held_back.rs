//! Wrong answers go out at one of a few fixed times, counted from when the question came: how long it took to find out
//! that it was wrong, which tells who is known here, can't be seen.
//!
//! A held back answer holds nothing but its own memory, and only so many are held back at the same time. A right answer
//! is never handed to this.

use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

/// After so long a wrong answer may go out. What takes longer goes out when it is there.
pub const STEPS: [Duration; 9] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];
/// Answers that may be held back at the same time because there were many wrong ones. Beyond it an answer is slowed down no
/// more.
pub const SLOWED_MAX: usize = 4_096;
/// Answers that may be held back until their step alone. Beyond it an answer goes out when it is there.
pub const PADDED_MAX: usize = 16_384;

/// The answers of one gate that are held back.
pub struct HeldBack {
    slowed: Semaphore,
    padded: Semaphore,
}

impl Default for HeldBack {
    fn default() -> Self {
        Self { slowed: Semaphore::new(SLOWED_MAX), padded: Semaphore::new(PADDED_MAX) }
    }
}

impl HeldBack {
    /// Waits until the first step that lies neither before now nor before `delay` after the question came.
    pub async fn until_step(&self, asked: Instant, delay: Duration) {
        if let Some((_held, delay)) = self.room_for(delay)
            && let Some(step) = step(asked.elapsed().max(delay))
        {
            sleep_until(asked + step).await;
        }
    }

    /// Room to be held back, and the delay that there is room for.
    fn room_for(&self, delay: Duration) -> Option<(SemaphorePermit<'_>, Duration)> {
        let slowed = if delay.is_zero() { None } else { self.slowed.try_acquire().ok() };
        let padded = || self.padded.try_acquire().ok().map(|held| (held, Duration::ZERO));
        slowed.map(|held| (held, delay)).or_else(padded)
    }
}

fn step(least: Duration) -> Option<Duration> {
    STEPS.into_iter().find(|step| *step >= least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_a_little_longer_ends_on_the_same_step() {
        let of = |took: Duration, delay: u64| step(took.max(Duration::from_millis(delay)));
        let (us, ms) = (Duration::from_micros, Duration::from_millis);
        assert_eq!((of(us(226), 0), of(us(288), 0)), (Some(STEPS[0]), Some(STEPS[0])));
        for (short, long, delay, step) in
            [(0, 50, 0, 50), (51, 99, 0, 100), (3, 240, 250, 250), (0, 900, 1_000, 1_000), (0, 3_900, 4_000, 4_000)]
        {
            for took in [short, long] {
                assert_eq!(of(ms(took), delay), Some(ms(step)), "{took} ms, {delay} ms");
            }
        }
        assert_eq!(of(ms(20_000), 4_000), None);
    }

    #[tokio::test]
    async fn no_answer_goes_out_before_its_step_and_one_that_took_longer_is_held_back_no_more() {
        let (held_back, asked) = (HeldBack::default(), Instant::now());
        held_back.until_step(asked, Duration::ZERO).await;
        assert!(asked.elapsed() >= STEPS[0]);
        held_back.until_step(asked, STEPS[1]).await;
        assert!(asked.elapsed() >= STEPS[1]);
        let long_ago = asked.checked_sub(2 * STEPS[STEPS.len() - 1]).unwrap();
        held_back.until_step(long_ago, STEPS[0]).await;
    }

    #[tokio::test]
    async fn beyond_the_caps_an_answer_is_slowed_no_more_and_then_padded_no_more() {
        let held_back = HeldBack::default();
        let second = Duration::from_secs(1);
        let room = |delay| held_back.room_for(delay).map(|(_held, delay)| delay);
        assert_eq!(room(second), Some(second));
        let _slowed = held_back.slowed.acquire_many(u32::try_from(SLOWED_MAX).unwrap()).await.unwrap();
        assert_eq!(room(second), Some(Duration::ZERO));
        let _padded = held_back.padded.acquire_many(u32::try_from(PADDED_MAX).unwrap()).await.unwrap();
        assert_eq!(room(second), None);
    }
}
