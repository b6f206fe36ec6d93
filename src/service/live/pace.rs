//! How fast a campaign's log grew: its sizes of the last minutes, for the organizers' chart. Kept in memory, so that
//! showing it reads no database; a restart empties it.

use super::Live;
use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use std::collections::VecDeque;
use std::time::Duration;

/// Seconds that one bar of the chart covers.
pub const BUCKET_SECS: i64 = 10;
/// How far back the chart goes, in seconds.
pub const PACE_SECS: i64 = 15 * 60;
/// Bars, and one before them to count the first from.
const BUCKETS_MAX: usize = (PACE_SECS / BUCKET_SECS) as usize + 1;
const MINUTE_SECS: i64 = 60;
/// A batch of so many pledges was committed by a node at which others wait for the commit of the next one.
const CROWDED_PLEDGES: u64 = 100;
/// Seconds after such a batch in which it is taken for granted that pledges still wait.
const CROWDED_SECS: i64 = 1;

/// A batch that this node committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastBatch {
    /// New pledges in it.
    pub pledges: u64,
    /// How long its commit took.
    pub took: Duration,
    /// When it was committed, by this node's clock.
    pub at: UnixMillis,
}

impl LastBatch {
    /// Whether so many signed just now that pledges waited for the commit of others.
    fn is_crowded(&self, now: UnixMillis) -> bool {
        self.pledges >= CROWDED_PLEDGES && (self.at..self.at.plus_secs(CROWDED_SECS)).contains(&now)
    }
}

impl Live {
    /// Whether so many sign at this node that pledges wait for the commit of others.
    pub fn is_crowded(&self, campaign: CampaignId) -> bool {
        let last = self.pace(campaign).and_then(|(_, last)| last);
        last.is_some_and(|batch| batch.is_crowded(UnixMillis(self.clock.now_ms())))
    }
}

/// The sizes of the last [`PACE_SECS`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// The log's size before the first bucket that is kept.
    before: u64,
    /// The size at the end of each bucket of [`BUCKET_SECS`], oldest first.
    buckets: VecDeque<(i64, u64)>,
}

impl Pace {
    /// Records the log's size at an instant. An instant before the newest bucket changes nothing, since a clock may be
    /// set back.
    pub fn record(&mut self, at: UnixMillis, size: u64) {
        let bucket = at.0.div_euclid(BUCKET_SECS * 1000);
        if self.buckets.is_empty() {
            self.before = size;
        }
        match self.buckets.back_mut() {
            Some((newest, kept)) if *newest == bucket => *kept = size.max(*kept),
            Some((newest, _)) if *newest > bucket => {}
            _ => self.buckets.push_back((bucket, size)),
        }
        while self.buckets.len() > BUCKETS_MAX
            && let Some((_, size)) = self.buckets.pop_front()
        {
            self.before = size;
        }
    }

    /// Pledges in each of the last buckets, the newest last: always [`PACE_SECS`] / [`BUCKET_SECS`] of them. Buckets
    /// before the first reading are 0.
    pub fn bars(&self, now: UnixMillis) -> Vec<u64> {
        let newest = now.0.div_euclid(BUCKET_SECS * 1000);
        let bars = PACE_SECS / BUCKET_SECS;
        (newest - bars + 1..=newest).map(|bucket| self.within(bucket - 1, bucket)).collect()
    }

    /// Pledges in about the last minute: the newest bucket so far and the whole ones before it.
    pub fn last_minute(&self, now: UnixMillis) -> u64 {
        let newest = now.0.div_euclid(BUCKET_SECS * 1000);
        self.within(newest - MINUTE_SECS / BUCKET_SECS, newest)
    }

    /// How much the log grew after bucket `from` until the end of bucket `to`.
    fn within(&self, from: i64, to: i64) -> u64 {
        let until = |bucket: i64| self.buckets.iter().rev().find(|(kept, _)| *kept <= bucket).map(|(_, size)| *size);
        until(to).map_or(0, |after| after.saturating_sub(until(from).unwrap_or(self.before)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_800_000_000_000;

    fn at(secs: i64) -> UnixMillis {
        UnixMillis(START + secs * 1000)
    }

    #[test]
    fn bars_tell_what_was_signed_in_each_ten_seconds() {
        let mut pace = Pace::default();
        for second in 0..40u64 {
            pace.record(at(second as i64), 100 + 5 * second);
        }
        let bars = pace.bars(at(39));
        assert_eq!(bars.len(), 90);
        assert_eq!(bars[86..], [45, 50, 50, 50]);
        assert_eq!(pace.last_minute(at(39)), 195);
        assert_eq!(pace.bars(at(79))[86..], [0, 0, 0, 0]);
        assert_eq!(pace.last_minute(at(200)), 0);
        assert_eq!(Pace::default().bars(at(0)), vec![0; 90]);
    }

    #[test]
    fn a_large_batch_says_for_a_second_that_pledges_wait() {
        let batch = |pledges| LastBatch { pledges, took: Duration::ZERO, at: at(0) };
        let crowded = |pledges, secs| batch(pledges).is_crowded(at(secs));
        assert_eq!([crowded(100, 0), crowded(99, 0), crowded(100, 1), crowded(100, -1)], [true, false, false, false]);
    }

    #[test]
    fn it_stays_small_and_a_clock_that_jumps_breaks_nothing() {
        let mut pace = Pace::default();
        for second in 0..20_000 {
            pace.record(at(second), second as u64);
        }
        assert!(pace.buckets.len() <= BUCKETS_MAX);
        let before = pace.clone();
        pace.record(at(-3600), 7);
        assert_eq!(pace, before);
        pace.record(at(100_000), 20_010);
        assert_eq!(pace.bars(at(100_000)).last(), Some(&11));
    }
}
