//! Limits how many wrong passwords for one login are checked: a few dozen in any hour, from all sources together.
//!
//! There are two allowances. One is for devices that have signed in to the account before and for its open sessions,
//! each with a part of it; strangers can't use it up. The other is for everyone else, and each site gets only a part of
//! it. Beyond both a password is refused whether it is right or wrong, so a guesser learns nothing from it.
//!
//! An attempt counts before its password is hashed, so concurrent attempts can't exceed the allowance, and is given
//! back if the password is right. The same wrong password again isn't counted twice (`repeats`), but beyond the
//! allowance it is refused like any other. The tables have a fixed size; logins and devices in the same bucket share an
//! allowance. Strangers have their own tables, so they can't fill those of known devices. Deliberately absent: who is
//! known, and what happens to an attempt that isn't counted.

use super::repeats::{Repeats, Typed};
use crate::bucket_table::{BucketTable, bucket_of, keyed_hash};
use crate::domain::time::UnixMillis;
use crate::fair_permits::end_site;
use crate::store::wrong_attempt_channel::WrongAttemptSender;
use crate::store::wrong_attempts::{BucketCount, ThrottleKind};
use std::net::IpAddr;

/// Wrong passwords for one login in any hour, from its known devices and open sessions together.
pub const KNOWN_DEVICES_MAX: u32 = 20;
/// Wrong passwords for one login in any hour, from one known device or open session.
pub const KNOWN_DEVICE_MAX: u32 = 6;
/// Wrong passwords for one login in any hour, from everyone else together.
pub const STRANGERS_MAX: u32 = 30;
/// Wrong passwords for one login in any hour, from one other site: an IPv4 address, or 48 bits of IPv6.
pub const STRANGERS_OF_A_SITE_MAX: u32 = 10;
/// Slots of [`SLOT_MS`] kept; any hour lies within this many.
const SLOTS: usize = 7;
/// Milliseconds of one slot.
const SLOT_MS: i64 = 10 * 60 * 1_000;
/// Buckets of each throttle's table.
const GUESS_BUCKETS: usize = 1 << 16;
/// The throttles of this file, in the order of their tables.
const THROTTLES: [ThrottleKind; 4] =
    [ThrottleKind::KnownDevices, ThrottleKind::KnownDevice, ThrottleKind::Strangers, ThrottleKind::StrangersOfASite];

/// The source of an attempt.
#[derive(Clone, Copy)]
pub enum Guesser<'a> {
    /// A device that has signed in to the account. Beyond its own allowance it uses the strangers' one.
    Device {
        id: &'a [u8],
        address: IpAddr,
    },
    Stranger(IpAddr),
    /// An open session of the account, by its token's hash.
    Session(&'a [u8; 32]),
}

/// An attempt whose password may be checked.
#[derive(Clone, Copy)]
pub struct CountedGuess {
    typed: Typed,
    /// Buckets where it is counted; `None` if the same password was tried before.
    buckets: Option<BucketPair>,
    slot: i32,
}

type BucketPair = [(ThrottleKind, u16); 2];

/// The wrong passwords of the last hour in one bucket.
#[derive(Clone, Copy)]
struct GuessWindow {
    newest: i32,
    counts: [u8; SLOTS],
}

/// The wrong passwords of the last hour, by login and source.
pub struct Guesses {
    key: [u8; 32],
    /// One for each of [`THROTTLES`].
    tables: [BucketTable<GuessWindow>; THROTTLES.len()],
    repeats: Repeats,
    attempt_sender: WrongAttemptSender,
}

impl Guesses {
    /// `key` is shared by all nodes of a database; `own_key` belongs to this process alone.
    pub fn new(key: [u8; 32], own_key: [u8; 32], attempt_sender: WrongAttemptSender) -> Self {
        let tables = THROTTLES.map(|_| BucketTable::new(GUESS_BUCKETS, GuessWindow { newest: 0, counts: [0; SLOTS] }));
        Self { key, tables, repeats: Repeats::new(own_key, SLOTS as i32), attempt_sender }
    }

    /// Counts an attempt as wrong before its password is checked, unless the same one is already counted. `None` beyond
    /// the allowance; then nothing is counted.
    pub fn count(&self, guesser: Guesser<'_>, login: &str, password: &str, now: UnixMillis) -> Option<CountedGuess> {
        let (typed, slot) = (self.repeats.typed(login, password), slot(now));
        let is_repeat = self.repeats.remember(typed, slot);
        let take = |buckets: BucketPair| self.take(buckets, u8::from(!is_repeat), slot);
        let login = login.as_bytes();
        let known = |id: &[u8]| {
            let known = self.bucket(ThrottleKind::KnownDevices, &[login]);
            let buckets = [known, self.bucket(ThrottleKind::KnownDevice, &[login, id])];
            take(buckets).then_some(buckets)
        };
        let stranger = |address: IpAddr| {
            let from = [login, &end_site(address)];
            let strangers = self.bucket(ThrottleKind::Strangers, &[login]);
            let buckets = [strangers, self.bucket(ThrottleKind::StrangersOfASite, &from)];
            take(buckets).then_some(buckets)
        };
        let buckets = match guesser {
            Guesser::Device { id, address } => known(id).or_else(|| stranger(address)),
            Guesser::Stranger(address) => stranger(address),
            Guesser::Session(token_hash) => known(token_hash),
        };
        if buckets.is_none() && !is_repeat {
            self.repeats.forget(typed);
        }
        buckets.map(|buckets| CountedGuess { typed, buckets: (!is_repeat).then_some(buckets), slot })
    }

    /// Takes back an attempt whose password was right or wasn't checked.
    pub fn forget(&self, counted: Option<CountedGuess>) {
        let Some(CountedGuess { typed, buckets, slot }) = counted else { return };
        self.repeats.forget(typed);
        for (throttle, bucket) in buckets.into_iter().flatten() {
            self.table(throttle).with(bucket, |window| window.give_back(slot));
        }
    }

    /// Reports a wrong password to the other nodes.
    pub fn was_wrong(&self, counted: CountedGuess) {
        for (throttle, bucket) in counted.buckets.into_iter().flatten() {
            self.attempt_sender.report(throttle, bucket);
        }
    }

    /// Counts wrong passwords that were tried at another node.
    pub fn merge_remote(&self, count: &BucketCount, now: UnixMillis) {
        let wrong = u8::try_from(count.wrong).unwrap_or(u8::MAX);
        self.table(count.throttle).with(count.bucket, |window| window.add(slot(now), wrong));
    }

    /// Counts `wrong` in both buckets, or in neither if one has no room. Every pair is locked in the order of
    /// [`THROTTLES`], so no two attempts wait for each other.
    fn take(&self, [(throttle, bucket), (part, part_bucket)]: BucketPair, wrong: u8, slot: i32) -> bool {
        self.table(throttle).with(bucket, |window| {
            self.table(part).with(part_bucket, |part_window| {
                let has_room = window.sum(slot) < most(throttle) && part_window.sum(slot) < most(part);
                if has_room {
                    window.add(slot, wrong);
                    part_window.add(slot, wrong);
                }
                has_room
            })
        })
    }

    /// The bucket of a name; the parts' lengths tell apart where it is divided.
    fn bucket(&self, throttle: ThrottleKind, name: &[&[u8]]) -> (ThrottleKind, u16) {
        let mut hashed = vec![throttle.number()];
        for part in name {
            hashed.extend_from_slice(&part.len().to_be_bytes());
            hashed.extend_from_slice(part);
        }
        (throttle, bucket_of(&keyed_hash(&self.key, &[&hashed])))
    }

    fn table(&self, throttle: ThrottleKind) -> &BucketTable<GuessWindow> {
        let table =
            THROTTLES.iter().position(|one| *one == throttle).expect("a password's throttle is one of the four");
        &self.tables[table]
    }
}

impl GuessWindow {
    /// Advances to this slot. If the clock was set back a little, attempts count in the newest slot; if it was set back
    /// by more, the counts are cleared.
    fn move_to(&mut self, slot: i32) {
        let ahead = i64::from(slot) - i64::from(self.newest);
        if ahead.unsigned_abs() >= SLOTS as u64 {
            *self = Self { newest: slot, counts: [0; SLOTS] };
        } else if ahead > 0 {
            (self.newest + 1..=slot).for_each(|passed| *self.in_slot(passed) = 0);
            self.newest = slot;
        }
    }

    fn sum(&mut self, slot: i32) -> u32 {
        self.move_to(slot);
        self.counts.iter().copied().map(u32::from).sum()
    }

    fn add(&mut self, slot: i32, wrong: u8) {
        self.move_to(slot);
        let newest = self.newest;
        let count = self.in_slot(newest);
        *count = count.saturating_add(wrong);
    }

    fn give_back(&mut self, slot: i32) {
        if (0..SLOTS as i64).contains(&(i64::from(self.newest) - i64::from(slot))) {
            let count = self.in_slot(slot);
            *count = count.saturating_sub(1);
        }
    }

    fn in_slot(&mut self, slot: i32) -> &mut u8 {
        &mut self.counts[usize::try_from(slot.rem_euclid(SLOTS as i32)).unwrap_or_default()]
    }
}

fn most(throttle: ThrottleKind) -> u32 {
    match throttle {
        ThrottleKind::KnownDevices => KNOWN_DEVICES_MAX,
        ThrottleKind::KnownDevice => KNOWN_DEVICE_MAX,
        ThrottleKind::Strangers => STRANGERS_MAX,
        ThrottleKind::StrangersOfASite => STRANGERS_OF_A_SITE_MAX,
        // The throttles refuse nobody.
        ThrottleKind::AccessCode | ThrottleKind::Password => u32::MAX,
    }
}

fn slot(now: UnixMillis) -> i32 {
    i32::try_from(now.0.div_euclid(SLOT_MS)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    const HOUR_MS: i64 = 3_600_000;

    fn guesses() -> Guesses {
        Guesses::new([0; 32], [1; 32], WrongAttemptSender::default())
    }

    fn address(number: u32) -> IpAddr {
        IpAddr::from(number.to_be_bytes())
    }

    fn at(ms: i64) -> UnixMillis {
        UnixMillis(1_864_605_600_000 + ms)
    }

    /// A different password each time.
    fn count(guesses: &Guesses, guesser: Guesser<'_>, login: &str, now: UnixMillis) -> Option<CountedGuess> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        guesses.count(guesser, login, &NEXT.fetch_add(1, Ordering::Relaxed).to_string(), now)
    }

    /// How many of `of` attempts are counted.
    fn counted<'a>(guesses: &Guesses, of: u32, now: UnixMillis, guesser: impl Fn(u32) -> Guesser<'a>) -> u32 {
        (0..of).filter(|number| count(guesses, guesser(*number), "admin", now).is_some()).count().try_into().unwrap()
    }

    #[test]
    fn in_any_hour_so_many_wrong_ones_count_and_no_more() {
        let guesses = guesses();
        let ids: Vec<[u8; 2]> = (0..9_u16).map(u16::to_be_bytes).collect();
        let mut taken = vec![];
        // Everyone tries, four times a minute, with a step that meets each part of a slot.
        for turn in 0..1_000_i64 {
            let now = turn * 15_013;
            let number = u32::try_from(turn).unwrap();
            let id = ids[usize::try_from(turn).unwrap() % ids.len()];
            let device = Guesser::Device { id: &id, address: address(number) };
            for guesser in [Guesser::Stranger(address(number)), device, Guesser::Session(&[7; 32])] {
                if count(&guesses, guesser, "admin", at(now)).is_some() {
                    taken.push(now);
                }
            }
        }
        let most = taken.iter().map(|from| taken.iter().filter(|at| (*from..=*from + HOUR_MS).contains(*at)).count());
        assert_eq!(most.max(), Some(usize::try_from(KNOWN_DEVICES_MAX + STRANGERS_MAX).unwrap()));
        assert!(taken.len() > 100, "what is an hour ago is forgotten");
    }

    #[test]
    fn two_nodes_that_hear_nothing_of_each_other_take_no_more_than_a_hundred() {
        let all = 2 * (KNOWN_DEVICES_MAX + STRANGERS_MAX);
        assert!(all <= 100, "{all}");
    }

    #[test]
    fn a_site_has_a_part_of_what_strangers_have_and_a_device_of_what_known_ones_have() {
        let guesses = guesses();
        let of = |asked, guesser: &dyn Fn(u32) -> Guesser<'static>| counted(&guesses, asked, at(0), guesser);
        // One IPv6 end site with all its networks.
        let site = |number: u32| Guesser::Stranger(format!("2001:db8:1:{number:x}::1").parse().unwrap());
        assert_eq!(of(100, &site), STRANGERS_OF_A_SITE_MAX);
        assert_eq!(of(100, &|number| Guesser::Stranger(address(number))), STRANGERS_MAX - STRANGERS_OF_A_SITE_MAX);
        // Strangers have nothing left, and a device beyond its part gets nothing of theirs.
        let device = |id: &'static [u8]| move |_| Guesser::Device { id, address: address(1) };
        assert_eq!(of(100, &device(b"one")), KNOWN_DEVICE_MAX);
        assert_eq!(of(100, &|_| Guesser::Session(&[1; 32])), KNOWN_DEVICE_MAX);
        assert_eq!(of(100, &device(b"two")), KNOWN_DEVICE_MAX);
        assert!(count(&guesses, Guesser::Stranger(address(1)), "operator", at(0)).is_some(), "another login");
    }

    #[test]
    fn a_device_that_used_its_allowance_up_has_a_stranger_s() {
        let guesses = guesses();
        let device = |_| Guesser::Device { id: b"one", address: address(1) };
        assert_eq!(counted(&guesses, 100, at(0), device), KNOWN_DEVICE_MAX + STRANGERS_OF_A_SITE_MAX);
    }

    #[test]
    fn many_at_once_are_no_more_than_one_after_the_other() {
        let guesses = guesses();
        let taken: u32 = thread::scope(|scope| {
            let guesses = &guesses;
            let side =
                |thread: u32| move || counted(guesses, 50, at(0), |n| Guesser::Stranger(address(thread * 50 + n)));
            let threads: Vec<_> = (0..8).map(|thread| scope.spawn(side(thread))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(taken, STRANGERS_MAX);
    }

    #[test]
    fn what_was_right_counts_for_nothing() {
        let guesses = guesses();
        for number in 0..1_000 {
            let counted = count(&guesses, Guesser::Stranger(address(1)), "admin", at(i64::from(number) * 60_000));
            assert!(counted.is_some(), "{number}");
            guesses.forget(counted);
        }
        // Even if the result comes late, and the count doesn't fall below zero.
        let late = count(&guesses, Guesser::Stranger(address(1)), "admin", at(0));
        assert_eq!(counted(&guesses, 100, at(3 * HOUR_MS), |_| Guesser::Stranger(address(2))), STRANGERS_OF_A_SITE_MAX);
        guesses.forget(late);
        assert_eq!(counted(&guesses, 100, at(3 * HOUR_MS), |_| Guesser::Stranger(address(2))), 0);
    }

    #[test]
    fn what_was_tried_elsewhere_counts_here() {
        let (attempt_sender, mut told) = WrongAttemptSender::channel();
        let (here, elsewhere) = (guesses(), Guesses::new([0; 32], [2; 32], attempt_sender));
        for number in 0..STRANGERS_MAX {
            let counted = count(&elsewhere, Guesser::Stranger(address(number)), "admin", at(0)).unwrap();
            assert!(told.try_recv().is_err(), "nothing is told before it is known to be wrong");
            elsewhere.was_wrong(counted);
            while let Ok((throttle, bucket)) = told.try_recv() {
                here.merge_remote(&BucketCount { throttle, bucket, wrong: 1 }, at(0));
            }
        }
        assert!(count(&here, Guesser::Stranger(address(99)), "admin", at(0)).is_none());
        assert!(count(&here, Guesser::Session(&[1; 32]), "admin", at(0)).is_some());
        here.merge_remote(&BucketCount { throttle: ThrottleKind::KnownDevices, bucket: 0, wrong: u16::MAX }, at(0));
    }

    #[test]
    fn a_clock_that_is_set_back_forgives_too() {
        let guesses = guesses();
        let stranger = |number| Guesser::Stranger(address(number));
        assert_eq!(counted(&guesses, 100, at(10 * HOUR_MS), stranger), STRANGERS_MAX);
        assert_eq!(counted(&guesses, 100, at(10 * HOUR_MS - 60_000), stranger), 0);
        assert_eq!(counted(&guesses, 100, at(0), stranger), STRANGERS_MAX);
    }

    #[test]
    fn the_same_wrong_password_again_is_no_further_guess_and_beyond_the_limit_it_is_refused_too() {
        let guesses = guesses();
        let again = |guesser| guesses.count(guesser, "admin", "salah", at(0));
        let stranger = |number| Guesser::Stranger(address(number));
        assert!((0..1_000).all(|number| again(stranger(number % 5)).is_some_and(|counted| {
            guesses.was_wrong(counted);
            counted.buckets.is_some() == (number == 0)
        })));
        assert_eq!(counted(&guesses, 100, at(0), stranger), STRANGERS_MAX - 1);
        assert!(again(stranger(1)).is_none() && again(Guesser::Session(&[7; 32])).is_some());
        // A right password isn't remembered: a later guess of it counts.
        let right = |now| guesses.count(stranger(1), "operator", "benar", now);
        guesses.forget(right(at(0)));
        assert!(right(at(1)).unwrap().buckets.is_some());
    }

    #[test]
    fn what_was_refused_for_want_of_room_is_a_guess_when_there_is_room_again() {
        let guesses = guesses();
        let stranger = |number| Guesser::Stranger(address(number));
        assert_eq!(counted(&guesses, 100, at(0), stranger), STRANGERS_MAX);
        assert!(guesses.count(stranger(1), "admin", "salah", at(0)).is_none());
        let later = guesses.count(stranger(1), "admin", "salah", at(2 * HOUR_MS));
        assert!(later.unwrap().buckets.is_some());
        // For another login the first attempt is counted, and the same password again is not.
        let two = [guesses.count(stranger(2), "kota", "a", at(0)), guesses.count(stranger(2), "kota", "a", at(0))];
        assert!(two[0].unwrap().buckets.is_some() && two[1].unwrap().buckets.is_none());
    }
}
