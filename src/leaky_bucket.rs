//! The measure of a leaky bucket: how much is admitted at once, and how fast that is worked off.
//!
//! A bucket is one number, the instant at which all that was admitted so far is worked off. Deliberately absent: whose
//! bucket it is; each throttle keeps its own (`bucket_table`).

/// A leaky bucket's measure.
#[derive(Clone, Copy)]
pub struct LeakyRate {
    /// Milliseconds in which one is worked off.
    pub each_ms: i64,
    /// How many are admitted at once after a quiet time.
    pub burst: i64,
}

impl LeakyRate {
    /// The instant at which all is worked off with one more, unless that is one too many.
    pub fn with_one_more(self, worked_off: i64, now_ms: i64) -> Option<i64> {
        let burst_ms = self.burst * self.each_ms;
        // More than a whole burst ahead can only be a clock that was set back: nobody waits until it has caught up.
        let worked_off = if worked_off - now_ms > burst_ms { now_ms } else { worked_off.max(now_ms) };
        (worked_off + self.each_ms - now_ms <= burst_ms).then_some(worked_off + self.each_ms)
    }
}
