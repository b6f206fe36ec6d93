//! A table of fixed size that a throttle counts in, by names that it doesn't keep.
//!
//! A name, such as a login or an address, chooses its bucket by a hash under a key, so nobody can fill the memory or
//! choose whose bucket to share. Names in the same bucket share what it holds. Nothing is evicted: a bucket forgets by
//! time alone. Deliberately absent: what a bucket counts and when it forgets. Each throttle has its own rule (a count
//! that halves, a rate that drains, a limit in any hour), and each rule its reason.

use sha2::{Digest, Sha256};
use std::sync::{Mutex, PoisonError};

/// Most buckets of a table: what a 16-bit number can address.
pub const TABLE_BUCKETS_MAX: usize = 1 << 16;

/// A fixed number of buckets, each holding a `B`.
pub struct BucketTable<B>(Mutex<Box<[B]>>);

impl<B: Clone> BucketTable<B> {
    /// A table of `buckets` buckets, from one to [`TABLE_BUCKETS_MAX`], each holding `empty`.
    pub fn new(buckets: usize, empty: B) -> Self {
        Self(Mutex::new(vec![empty; buckets.clamp(1, TABLE_BUCKETS_MAX)].into()))
    }
}

impl<B> BucketTable<B> {
    /// Runs `act` on a bucket, by its number modulo the table's size. All of the table waits for `act`.
    pub fn with<T>(&self, bucket: u16, act: impl FnOnce(&mut B) -> T) -> T {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = usize::from(bucket) % buckets.len();
        act(&mut buckets[bucket])
    }

    /// How many buckets there are.
    pub fn size(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// A name's hash: SHA-256 over the key and the parts, with nothing in between. Two names whose parts differ only in
/// where they are divided have the same hash; a caller for whom that matters adds their lengths.
pub fn keyed_hash(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    parts.iter().fold(Sha256::new().chain_update(key), |hash, part| hash.chain_update(part)).finalize().into()
}

/// The number of the bucket of a name with this hash: the first 16 bits, big-endian. Nodes that share the key agree on
/// it.
pub fn bucket_of(hash: &[u8; 32]) -> u16 {
    u16::from_be_bytes([hash[0], hash[1]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread;

    fn bucket(key: u8, name: &str) -> u16 {
        bucket_of(&keyed_hash(&[key; 32], &[name.as_bytes()]))
    }

    #[test]
    fn any_number_of_names_fits_into_a_table_of_fixed_size() {
        for size in [1, 1_000, TABLE_BUCKETS_MAX] {
            let table = BucketTable::new(size, 0_u32);
            for number in 0..20_000_u32 {
                table.with(bucket(1, &number.to_string()), |count| *count += 1);
            }
            assert_eq!(table.size(), size);
            let counted =
                (0..size).map(|number| table.with(u16::try_from(number).unwrap(), |count| *count)).sum::<u32>();
            assert_eq!(counted, 20_000, "nothing is evicted");
        }
        assert_eq!(BucketTable::new(TABLE_BUCKETS_MAX + 1, 0).size(), TABLE_BUCKETS_MAX);
        assert_eq!(BucketTable::new(0, 0).size(), 1);
    }

    #[test]
    fn a_name_has_one_bucket_and_the_key_says_which() {
        let names: Vec<String> = (0..1_000).map(|number| format!("orang{number}")).collect();
        let buckets = |key| names.iter().map(|name| bucket(key, name)).collect::<Vec<_>>();
        assert_eq!(buckets(1), buckets(1));
        assert_ne!(buckets(1), buckets(2));
        assert!(buckets(1).iter().collect::<HashSet<_>>().len() > 950, "names spread over the table");
        let whole = keyed_hash(&[1; 32], &[b"orang1"]);
        assert_eq!(whole, keyed_hash(&[1; 32], &[b"orang", b"1"]));
    }

    #[test]
    fn names_in_one_bucket_share_it_and_others_have_their_own() {
        let table = BucketTable::new(16, 0);
        table.with(3, |count| *count = 5);
        assert_eq!((table.with(3 + 16, |count| *count), table.with(4, |count| *count)), (5, 0));
    }

    #[test]
    fn concurrent_counts_are_all_kept_and_a_panic_leaves_the_table_in_use() {
        let table = BucketTable::new(16, 0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| table.with(7, |count| *count += 1)));
            }
        });
        assert!(catch_unwind(AssertUnwindSafe(|| table.with(7, |_| panic!("a rule that fails")))).is_err());
        assert_eq!(table.with(7, |count| *count), 40_000);
    }
}
