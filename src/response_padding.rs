//! Pads the response time of failed requests: their answers leave at one of a few fixed steps after the request
//! arrived. So the response time doesn't reveal which logins and codes exist.
//!
//! A padded answer holds only its own memory while it waits, and the number of padded answers is bounded. Successful
//! answers aren't padded.

use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

/// Times after the request's arrival at which a failed answer may leave. One that takes longer leaves when it is ready.
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
/// How many answers may be slowed down at the same time because there were many failures. Further answers are padded to
/// their step, without the delay.
pub const SLOWED_MAX: usize = 4_096;
/// How many answers may be padded to their step without a delay. Further answers leave when they are ready.
pub const PADDED_MAX: usize = 16_384;

/// The padding of one kind of request, such as sign-in, with its own bounds.
pub struct ResponsePadding {
    slowed: Semaphore,
    padded: Semaphore,
}

impl Default for ResponsePadding {
    fn default() -> Self {
        Self { slowed: Semaphore::new(SLOWED_MAX), padded: Semaphore::new(PADDED_MAX) }
    }
}

impl ResponsePadding {
    /// Waits for the first step that isn't over yet and is at least `delay` after `arrived`.
    pub async fn wait_for_step(&self, arrived: Instant, delay: Duration) {
        if let Some((_permit, delay)) = self.permit_for(delay)
            && let Some(step) = step(arrived.elapsed().max(delay))
        {
            sleep_until(arrived + step).await;
        }
    }

    /// A permit to wait, and the delay that it covers: `delay`, or zero beyond [`SLOWED_MAX`].
    fn permit_for(&self, delay: Duration) -> Option<(SemaphorePermit<'_>, Duration)> {
        let slowed = if delay.is_zero() { None } else { self.slowed.try_acquire().ok() };
        let padded = || self.padded.try_acquire().ok().map(|permit| (permit, Duration::ZERO));
        slowed.map(|permit| (permit, delay)).or_else(padded)
    }
}

fn step(least: Duration) -> Option<Duration> {
    STEPS.into_iter().find(|step| *step >= least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_differ_a_little_leave_at_the_same_step() {
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
        let (padding, arrived) = (ResponsePadding::default(), Instant::now());
        padding.wait_for_step(arrived, Duration::ZERO).await;
        assert!(arrived.elapsed() >= STEPS[0]);
        padding.wait_for_step(arrived, STEPS[1]).await;
        assert!(arrived.elapsed() >= STEPS[1]);
        let long_ago = arrived.checked_sub(2 * STEPS[STEPS.len() - 1]).unwrap();
        padding.wait_for_step(long_ago, STEPS[0]).await;
    }

    #[tokio::test]
    async fn beyond_the_caps_an_answer_is_slowed_no_more_and_then_padded_no_more() {
        let padding = ResponsePadding::default();
        let second = Duration::from_secs(1);
        let permit = |delay| padding.permit_for(delay).map(|(_permit, delay)| delay);
        assert_eq!(permit(second), Some(second));
        let _slowed = padding.slowed.acquire_many(u32::try_from(SLOWED_MAX).unwrap()).await.unwrap();
        assert_eq!(permit(second), Some(Duration::ZERO));
        let _padded = padding.padded.acquire_many(u32::try_from(PADDED_MAX).unwrap()).await.unwrap();
        assert_eq!(permit(second), None);
    }
}
