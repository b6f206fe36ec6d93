//! Limits how many certificate numbers are looked up. A number has 53 random bits, so guessing finds none, but guessing
//! must not keep the database busy either. Each address has its own rate, in a table of fixed size, and all together
//! have one that a few machines can't use up.

use crate::bucket_table::{BucketTable, bucket_of, keyed_hash};
use crate::domain::time::UnixMillis;
use crate::leaky_bucket::LeakyRate;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// What one address may ask for. An office behind one address is many people.
const ADDRESS: LeakyRate = LeakyRate { each_ms: 50, burst: 100 };
/// What everybody together may ask for.
const EVERYBODY: LeakyRate = LeakyRate { each_ms: 5, burst: 1_000 };
/// Addresses that share a bucket slow each other down.
const ADDRESS_BUCKETS: usize = 16_384;

/// Leaky buckets: for each, the instant at which all that was admitted so far is worked off.
pub struct SerialThrottle {
    /// So that nobody can choose an address that shares somebody else's bucket.
    key: [u8; 32],
    addresses: BucketTable<i64>,
    everybody: Mutex<i64>,
}

impl SerialThrottle {
    pub fn new(key: [u8; 32]) -> Self {
        Self { key, addresses: BucketTable::new(ADDRESS_BUCKETS, 0), everybody: Mutex::new(0) }
    }

    /// Whether this address may have one more number checked now.
    pub fn admits(&self, client: IpAddr, now: UnixMillis) -> bool {
        self.addresses.with(self.bucket(client), |address| {
            let mut everybody = self.everybody.lock().unwrap_or_else(PoisonError::into_inner);
            let next = (ADDRESS.with_one_more(*address, now.0), EVERYBODY.with_one_more(*everybody, now.0));
            let (Some(next_of_address), Some(next_of_everybody)) = next else { return false };
            (*address, *everybody) = (next_of_address, next_of_everybody);
            true
        })
    }

    fn bucket(&self, client: IpAddr) -> u16 {
        bucket_of(&match client {
            IpAddr::V4(address) => keyed_hash(&self.key, &[&address.octets()]),
            // A household of IPv6 has 64 bits of its own to choose from.
            IpAddr::V6(address) => keyed_hash(&self.key, &[&address.octets()[..8]]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const START: i64 = 1_703_643_300_000;

    fn at(ms: i64) -> UnixMillis {
        UnixMillis(START + ms)
    }

    #[test]
    fn an_address_has_a_burst_and_then_as_many_as_its_rate_allows_and_others_have_theirs() {
        let throttle = SerialThrottle::new([0; 32]);
        let (one, other) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        assert!((0..ADDRESS.burst).all(|_| throttle.admits(one, at(0))));
        assert!(!throttle.admits(one, at(0)) && throttle.admits(other, at(0)));
        assert!((0..1000 / ADDRESS.each_ms).all(|_| throttle.admits(one, at(1000))));
        assert!(!throttle.admits(one, at(1000)));
    }

    #[test]
    fn a_thousand_addresses_together_have_what_everybody_may_have() {
        let throttle = SerialThrottle::new([0; 32]);
        let asked =
            |ms| (0..2_000u32).filter(|n| throttle.admits(Ipv4Addr::from(0x0a00_0000 + n).into(), at(ms))).count();
        assert_eq!(i64::try_from(asked(0)).unwrap(), EVERYBODY.burst);
        assert_eq!(i64::try_from(asked(1000)).unwrap(), 1000 / EVERYBODY.each_ms);
    }

    #[test]
    fn a_clock_that_is_set_back_an_hour_keeps_nobody_out() {
        let throttle = SerialThrottle::new([0; 32]);
        let one = [192, 0, 2, 1].into();
        let admitted = |ms: i64| (0..2 * ADDRESS.burst).filter(|_| throttle.admits(one, at(ms))).count();
        for ms in [0, -3_600_000, 3_600_000, 0] {
            assert_eq!(i64::try_from(admitted(ms)).unwrap(), ADDRESS.burst);
        }
    }

    #[test]
    fn a_household_of_ipv6_is_one_address() {
        let throttle = SerialThrottle::new([0; 32]);
        let of = |address: &str| throttle.bucket(address.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2::9"));
        assert_ne!(of("2001:db8:1:2::4"), of("2001:db8:1:3::4"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }

    #[test]
    fn whoever_is_refused_uses_up_nobody_s_share() {
        let throttle = SerialThrottle::new([0; 32]);
        let one = [192, 0, 2, 1].into();
        let admitted = (0..100_000).filter(|_| throttle.admits(one, at(0))).count();
        assert_eq!(i64::try_from(admitted).unwrap(), ADDRESS.burst);
        assert!(throttle.admits([192, 0, 2, 2].into(), at(0)));
    }
}
