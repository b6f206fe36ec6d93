//! Limits how many reports come from one address, and how often states of reports are asked for. Each node counts by
//! itself, in tables of fixed size; what all nodes keep is limited in the database.
//!
//! Only the address counts here, not the claimed number: a number's limit is in the database, and a bucket that several
//! numbers share would keep out one of them.

use crate::bucket_table::{BucketTable, bucket_of, keyed_hash};
use crate::domain::time::UnixMillis;
use crate::leaky_bucket::LeakyRate;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Reports from one address: thousands of telephones share one at a mobile network, and an office shares one.
const REPORTS: LeakyRate = LeakyRate { each_ms: 2 * 60_000, burst: 30 };
/// States that one address may ask for.
const STATES: LeakyRate = LeakyRate { each_ms: 1_000, burst: 60 };
/// States that everybody together may ask for.
const STATES_OF_EVERYBODY: LeakyRate = LeakyRate { each_ms: 20, burst: 500 };
/// Addresses that share a bucket share what it admits.
const REPORT_BUCKETS: usize = 16_384;

pub(super) struct ReportThrottle {
    /// So that nobody can choose an address that shares somebody else's bucket.
    key: [u8; 32],
    reports: BucketTable<i64>,
    states: BucketTable<i64>,
    states_of_everybody: Mutex<i64>,
}

impl ReportThrottle {
    pub fn new(key: [u8; 32]) -> Self {
        let table = || BucketTable::new(REPORT_BUCKETS, 0);
        Self { key, reports: table(), states: table(), states_of_everybody: Mutex::new(0) }
    }

    /// Whether this address may send one more report now.
    pub fn admits_report(&self, from: IpAddr, now: UnixMillis) -> bool {
        self.reports.with(self.bucket(from), |bucket| match REPORTS.with_one_more(*bucket, now.0) {
            Some(next) => {
                *bucket = next;
                true
            }
            None => false,
        })
    }

    /// Whether this address may ask for one more state now.
    pub fn admits_state(&self, from: IpAddr, now: UnixMillis) -> bool {
        self.states.with(self.bucket(from), |bucket| {
            let mut everybody = self.states_of_everybody.lock().unwrap_or_else(PoisonError::into_inner);
            let next = (STATES.with_one_more(*bucket, now.0), STATES_OF_EVERYBODY.with_one_more(*everybody, now.0));
            let (Some(next_of_address), Some(next_of_everybody)) = next else { return false };
            (*bucket, *everybody) = (next_of_address, next_of_everybody);
            true
        })
    }

    /// An end site of IPv6 has a /48 at most (RFC 6177).
    fn bucket(&self, from: IpAddr) -> u16 {
        bucket_of(&match from {
            IpAddr::V4(address) => keyed_hash(&self.key, &[&address.octets()]),
            IpAddr::V6(address) => keyed_hash(&self.key, &[&address.octets()[..6]]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    fn reports(throttle: &ReportThrottle, from: &str, now: UnixMillis) -> i64 {
        let from = from.parse().unwrap();
        i64::try_from((0..1_000).filter(|_| throttle.admits_report(from, now)).count()).unwrap()
    }

    #[test]
    fn an_address_sends_some_reports_at_once_then_one_now_and_then_and_others_have_their_own() {
        let throttle = ReportThrottle::new([0; 32]);
        assert_eq!(reports(&throttle, "192.0.2.1", NOW), REPORTS.burst);
        assert_eq!(reports(&throttle, "192.0.2.1", NOW.plus_secs(119)), 0);
        assert_eq!(reports(&throttle, "192.0.2.1", NOW.plus_secs(121)), 1);
        assert_eq!(reports(&throttle, "192.0.2.2", NOW), REPORTS.burst);
        assert_eq!(reports(&throttle, "2001:db8:1:2::1", NOW), REPORTS.burst);
        assert_eq!(reports(&throttle, "2001:db8:1:9::7", NOW), 0, "one end site");
        assert_eq!(reports(&throttle, "192.0.2.1", NOW.plus_secs(-86_400)), REPORTS.burst, "a clock that was set back");
    }

    #[test]
    fn a_hundred_thousand_addresses_stay_within_the_table_and_states_within_what_everybody_may_ask() {
        let throttle = ReportThrottle::new([0; 32]);
        for number in 0..100_000 {
            throttle.admits_report(Ipv4Addr::from(0x0a00_0000 + number).into(), NOW);
        }
        assert_eq!(throttle.reports.size(), REPORT_BUCKETS);
        let one = "192.0.2.1".parse().unwrap();
        assert_eq!((0..1_000).filter(|_| throttle.admits_state(one, NOW)).count(), 60);
        let others = (0..2_000).filter(|n| throttle.admits_state(Ipv4Addr::from(0x0a00_0000 + n).into(), NOW)).count();
        assert_eq!(others, 500 - 60);
    }
}
