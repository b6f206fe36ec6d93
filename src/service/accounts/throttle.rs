//! Delays the answers to wrong passwords. They are counted in a table of fixed size.
//!
//! Nobody is refused here: after a few wrong passwords the answer to each further wrong one is delayed, at most by
//! [`DELAY_MAX`]; an accepted password isn't looked up here. How many wrong ones are checked is limited in `guesses`.
//! Wrong passwords count for the login and for the address that they come from, so trying many logins is slow too;
//! people in an office share an address, and so share only the delay of their mistakes. Deliberately absent: waiting
//! itself.

use crate::bucket_table::{BucketTable, bucket_of, keyed_hash};
use crate::domain::time::UnixMillis;
use crate::fair_permits::Requester;
use crate::store::wrong_attempt_channel::WrongAttemptSender;
use crate::store::wrong_attempts::ThrottleKind;
use std::net::IpAddr;
use std::time::Duration;

const PASSWORD_BUCKETS: usize = 4_096;
/// Wrong passwords without a delay, because people mistype.
const FREE: u32 = 3;
const DELAY_FIRST: Duration = Duration::from_millis(250);
/// Longest delay of the answer to a wrong password.
pub const DELAY_MAX: Duration = Duration::from_secs(4);
/// First byte of the hash input that chooses a login's bucket.
const LOGIN: u8 = 1;
/// First byte of the hash input that chooses an address's bucket.
const ADDRESS: u8 = 2;
/// Milliseconds without a wrong password after which a bucket starts from zero.
const FORGET_MS: i64 = 15 * 60 * 1_000;

#[derive(Clone, Copy)]
struct WrongPasswords {
    wrong: u32,
    last: UnixMillis,
}

/// Recent wrong passwords, by login and by address. Those in the same bucket delay each other's answers.
pub struct ConsoleThrottle {
    key: [u8; 32],
    buckets: BucketTable<WrongPasswords>,
    attempt_sender: WrongAttemptSender,
}

impl ConsoleThrottle {
    /// `key` is shared by all nodes of a database.
    pub fn new(key: [u8; 32], attempt_sender: WrongAttemptSender) -> Self {
        let none = WrongPasswords { wrong: 0, last: UnixMillis(0) };
        Self { key, buckets: BucketTable::new(PASSWORD_BUCKETS, none), attempt_sender }
    }

    /// Delay of the answer to the next wrong password for this login, by the login's own count.
    pub fn delay(&self, login: &str, now: UnixMillis) -> Duration {
        self.asked(self.bucket(LOGIN, login.as_bytes()), now)
    }

    /// Counts a wrong password and returns the delay of its answer.
    pub fn was_wrong(&self, requester: Requester<'_>, login: &str, now: UnixMillis) -> Duration {
        let bucket = self.bucket(LOGIN, login.as_bytes());
        let address = match requester {
            Requester::Claimed { address, .. } | Requester::Address(address) => {
                Some(self.bucket(ADDRESS, &network(address)))
            }
            Requester::Account(_) => None,
        };
        let buckets = std::iter::once(bucket).chain(address);
        buckets.map(|bucket| self.counted(bucket, now)).max().unwrap_or_default()
    }

    fn counted(&self, bucket: u16, now: UnixMillis) -> Duration {
        let delay = self.asked(bucket, now);
        self.attempt_sender.report(ThrottleKind::Password, bucket);
        self.merge_remote(bucket, 1, now);
        delay
    }

    fn asked(&self, bucket: u16, now: UnixMillis) -> Duration {
        self.buckets.with(bucket, |counted| {
            forget(counted, now);
            delay_after(counted.wrong)
        })
    }

    /// Counts wrong passwords that were tried here or at another node.
    pub fn merge_remote(&self, bucket: u16, wrong: u16, now: UnixMillis) {
        self.buckets.with(bucket, |counted| {
            forget(counted, now);
            *counted = WrongPasswords { wrong: counted.wrong.saturating_add(wrong.into()), last: now };
        });
    }

    pub fn was_right(&self, login: &str) {
        self.buckets.with(self.bucket(LOGIN, login.as_bytes()), |counted| counted.wrong = 0);
    }

    fn bucket(&self, kind: u8, name: &[u8]) -> u16 {
        bucket_of(&keyed_hash(&self.key, &[&[kind], name]))
    }
}

/// The delay after `wrong` earlier wrong passwords.
fn delay_after(wrong: u32) -> Duration {
    match wrong.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(doublings) => (DELAY_FIRST * 2u32.pow(doublings.min(8))).min(DELAY_MAX),
    }
}

/// The part of an address that counts: an IPv6 household can use any address within its 64 bits.
fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}

fn forget(counted: &mut WrongPasswords, now: UnixMillis) {
    // If the clock was set back, a mistake must not last until the clock catches up.
    if now.0.abs_diff(counted.last.0) > FORGET_MS.unsigned_abs() {
        counted.wrong = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(throttle: &ConsoleThrottle, login: &str, now: UnixMillis) -> Duration {
        throttle.was_wrong(Requester::Account(login), login, now)
    }

    #[test]
    fn wrong_passwords_wait_longer_and_never_for_ever() {
        let throttle = ConsoleThrottle::new([0; 32], WrongAttemptSender::default());
        let now = UnixMillis(1_000_000);
        let delays: Vec<Duration> = (0..12).map(|_| wrong(&throttle, "admin", now)).collect();
        assert_eq!(delays[..3], [Duration::ZERO; 3]);
        assert_eq!(delays[3], DELAY_FIRST);
        assert_eq!(delays[11], DELAY_MAX);
        assert_eq!(throttle.delay("operator", now), Duration::ZERO);
        throttle.was_right("admin");
        assert_eq!(throttle.delay("admin", now), Duration::ZERO);
    }

    #[test]
    fn many_logins_tried_from_one_address_are_slowed_down_and_those_from_elsewhere_are_not() {
        let throttle = ConsoleThrottle::new([0; 32], WrongAttemptSender::default());
        let now = UnixMillis(1_000_000);
        let from = |address: &str, login| {
            let requester = Requester::Claimed { address: address.parse().unwrap(), login };
            throttle.was_wrong(requester, login, now)
        };
        let logins: Vec<String> = (0..20).map(|number| format!("orang{number}")).collect();
        let delays: Vec<Duration> = logins.iter().map(|login| from("2001:db8::1", login)).collect();
        assert_eq!((delays[2], delays[19]), (Duration::ZERO, DELAY_MAX));
        assert_eq!(from("2001:db8::2", "kota"), DELAY_MAX);
        assert_eq!(from("2001:db8:0:1::1", "admin"), Duration::ZERO);
        // The right password of one login doesn't make another attempt free.
        throttle.was_right("orang0");
        assert_eq!(from("2001:db8::1", "orang0"), DELAY_MAX);
    }

    #[test]
    fn a_quiet_quarter_of_an_hour_is_forgiven() {
        let throttle = ConsoleThrottle::new([0; 32], WrongAttemptSender::default());
        for _ in 0..9 {
            wrong(&throttle, "admin", UnixMillis(0));
        }
        assert!(throttle.delay("admin", UnixMillis(FORGET_MS)) > Duration::ZERO);
        assert_eq!(throttle.delay("admin", UnixMillis(FORGET_MS + 1)), Duration::ZERO);
    }

    #[test]
    fn a_clock_that_is_set_back_forgives_too() {
        let throttle = ConsoleThrottle::new([0; 32], WrongAttemptSender::default());
        for _ in 0..9 {
            wrong(&throttle, "admin", UnixMillis(4 * FORGET_MS));
        }
        assert_eq!(throttle.delay("admin", UnixMillis(0)), Duration::ZERO);
    }

    #[test]
    fn passwords_tried_elsewhere_count_here() {
        let (attempt_sender, mut told) = WrongAttemptSender::channel();
        let (here, elsewhere) = (
            ConsoleThrottle::new([0; 32], WrongAttemptSender::default()),
            ConsoleThrottle::new([0; 32], attempt_sender),
        );
        for _ in 0..5 {
            wrong(&elsewhere, "admin", UnixMillis(0));
            let (_, bucket) = told.try_recv().unwrap();
            here.merge_remote(bucket, 1, UnixMillis(0));
        }
        assert_eq!(here.delay("admin", UnixMillis(0)), elsewhere.delay("admin", UnixMillis(0)));
        assert!(here.delay("admin", UnixMillis(0)) > Duration::ZERO);
    }
}
