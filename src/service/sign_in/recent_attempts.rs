//! Recent wrong pairs, counted by minute. They show organizers that slips were mixed up or that someone is guessing.
//! Nothing here records whose they were, and no decision depends on them.

use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Minutes counted, including the current one.
pub const RECENT_MINUTES: usize = 15;

/// Wrong pairs of one campaign at this node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecentWrongAttempts {
    /// In the current minute and the one before.
    pub now: u64,
    /// In the last [`RECENT_MINUTES`] minutes.
    pub all: u64,
}

/// By campaign, of which there are few: the count of each minute is at the index of that minute modulo
/// [`RECENT_MINUTES`].
#[derive(Default)]
pub struct WrongAttemptsByMinute(Mutex<HashMap<CampaignId, [(i64, u64); RECENT_MINUTES]>>);

impl WrongAttemptsByMinute {
    pub fn wrong(&self, campaign: CampaignId, now: UnixMillis) {
        let minute = minute(now);
        let mut minutes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (kept, count) = &mut minutes.entry(campaign).or_default()[place(minute)];
        if *kept != minute {
            (*kept, *count) = (minute, 0);
        }
        *count += 1;
    }

    pub fn count(&self, campaign: CampaignId, now: UnixMillis) -> RecentWrongAttempts {
        let newest = minute(now);
        let minutes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(minutes) = minutes.get(&campaign) else { return RecentWrongAttempts::default() };
        let since = |first: i64| {
            minutes.iter().filter(|(minute, _)| (first..=newest).contains(minute)).map(|(_, count)| count).sum()
        };
        let oldest = newest - i64::try_from(RECENT_MINUTES).unwrap_or(0) + 1;
        RecentWrongAttempts { now: since(newest - 1), all: since(oldest) }
    }
}

fn minute(at: UnixMillis) -> i64 {
    at.0.div_euclid(60_000)
}

fn place(minute: i64) -> usize {
    let minutes = i64::try_from(RECENT_MINUTES).unwrap_or(1);
    usize::try_from(minute.rem_euclid(minutes)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_by_campaign_and_forgets_after_a_quarter_of_an_hour() {
        let (recent_wrong, one, other) = (WrongAttemptsByMinute::default(), CampaignId([1; 16]), CampaignId([2; 16]));
        let at = |minutes: i64| UnixMillis(1_800_000_000_000 + minutes * 60_000);
        for minute in 0..20 {
            recent_wrong.wrong(one, at(minute));
            recent_wrong.wrong(one, at(minute));
        }
        assert_eq!(recent_wrong.count(one, at(19)), RecentWrongAttempts { now: 4, all: 30 });
        assert_eq!(recent_wrong.count(one, at(21)), RecentWrongAttempts { now: 0, all: 26 });
        assert_eq!(recent_wrong.count(one, at(60)), RecentWrongAttempts::default());
        assert_eq!(recent_wrong.count(other, at(19)), RecentWrongAttempts::default());
        assert_eq!(recent_wrong.count(one, at(-100)), RecentWrongAttempts::default());
    }
}
