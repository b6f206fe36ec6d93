//! Recent wrong pairs, counted by minute. They show organizers that slips were mixed up or that someone is guessing.
//! Nothing here records whose they were, and no decision depends on them.

use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Minutes counted, including the current one.
pub const LATELY_MINUTES: usize = 15;

/// Wrong pairs of one campaign at this node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WrongLately {
    /// In the current minute and the one before.
    pub now: u64,
    /// In the last [`LATELY_MINUTES`] minutes.
    pub all: u64,
}

/// By campaign, of which there are few: the count of each minute is at the index of that minute modulo
/// [`LATELY_MINUTES`].
#[derive(Default)]
pub struct RecentSignIns(Mutex<HashMap<CampaignId, [(i64, u64); LATELY_MINUTES]>>);

impl RecentSignIns {
    pub fn wrong(&self, campaign: CampaignId, now: UnixMillis) {
        let minute = minute(now);
        let mut minutes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (kept, count) = &mut minutes.entry(campaign).or_default()[place(minute)];
        if *kept != minute {
            (*kept, *count) = (minute, 0);
        }
        *count += 1;
    }

    pub fn count(&self, campaign: CampaignId, now: UnixMillis) -> WrongLately {
        let newest = minute(now);
        let minutes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(minutes) = minutes.get(&campaign) else { return WrongLately::default() };
        let since = |first: i64| {
            minutes.iter().filter(|(minute, _)| (first..=newest).contains(minute)).map(|(_, count)| count).sum()
        };
        let oldest = newest - i64::try_from(LATELY_MINUTES).unwrap_or(0) + 1;
        WrongLately { now: since(newest - 1), all: since(oldest) }
    }
}

fn minute(at: UnixMillis) -> i64 {
    at.0.div_euclid(60_000)
}

fn place(minute: i64) -> usize {
    let minutes = i64::try_from(LATELY_MINUTES).unwrap_or(1);
    usize::try_from(minute.rem_euclid(minutes)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_by_campaign_and_forgets_after_a_quarter_of_an_hour() {
        let (lately, one, other) = (RecentSignIns::default(), CampaignId([1; 16]), CampaignId([2; 16]));
        let at = |minutes: i64| UnixMillis(1_800_000_000_000 + minutes * 60_000);
        for minute in 0..20 {
            lately.wrong(one, at(minute));
            lately.wrong(one, at(minute));
        }
        assert_eq!(lately.count(one, at(19)), WrongLately { now: 4, all: 30 });
        assert_eq!(lately.count(one, at(21)), WrongLately { now: 0, all: 26 });
        assert_eq!(lately.count(one, at(60)), WrongLately::default());
        assert_eq!(lately.count(other, at(19)), WrongLately::default());
        assert_eq!(lately.count(one, at(-100)), WrongLately::default());
    }
}
