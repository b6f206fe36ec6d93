//! The budget of reading a file: steps, bytes unpacked, bytes held in memory, and cancellation.
//!
//! Every pass over uploaded bytes is counted here and ends with an error that names the exceeded limit. Memory is
//! counted for all readers of the process together. Deliberately absent: elapsed time, which depends more on the
//! machine than on the file.

use super::RosterFileError;
use std::cell::{Cell, RefCell};
use std::io::{self, Read};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

/// Most bytes that a file may unpack to, counted while unpacking.
pub const INFLATED_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Most bytes of a single tag or text run in an XLSX part, or of one record of a text file. It is held in memory.
pub const TOKEN_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Most steps of one reading. A step is a cell, an element, or [`STEP_TEXT_BYTES`] of text. The limit admits a file
/// with the most rows (6,000,000) of 69 columns each.
pub const STEPS_MAX: u64 = 1_000_000_000;
/// Steps that a file of any size may take. A small file gets this many plus [`STEPS_PER_FILE_BYTE`] for each of its
/// bytes, where that is less than [`STEPS_MAX`].
const STEPS_ANY_FILE: u64 = 20_000_000;
/// Further steps for each byte of the file.
const STEPS_PER_FILE_BYTE: u64 = 64;
/// Bytes of text that cost one step.
const STEP_TEXT_BYTES: usize = 16;
/// Most bytes of shared strings that all readers together hold in memory. The rest goes to disk.
pub const STRINGS_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most bytes of people, numbers, units and faults that all readers together hold.
pub const HELD_BYTES_MAX: usize = 768 * 1024 * 1024;
/// A share grows in pieces of this size while the pool has them, so that readers rarely contend for the pool.
const PIECE_BYTES: usize = 256 * 1024;

static STRINGS: LazyLock<Arc<Pool>> = LazyLock::new(|| Arc::new(Pool::new(STRINGS_BYTES_MAX)));
static HELD: LazyLock<Arc<Pool>> = LazyLock::new(|| Arc::new(Pool::new(HELD_BYTES_MAX)));

/// A limit on the bytes that several readers hold together.
pub struct Pool {
    limit: usize,
    taken: AtomicUsize,
}

impl Pool {
    pub fn new(limit: usize) -> Self {
        Self { limit, taken: AtomicUsize::new(0) }
    }

    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

/// What one reader holds of a pool. Dropping it gives the bytes back.
pub struct Share {
    pool: Arc<Pool>,
    taken: usize,
    used: usize,
}

impl Share {
    pub fn of(pool: &Arc<Pool>) -> Self {
        Self { pool: pool.clone(), taken: 0, used: 0 }
    }

    /// Takes more bytes. Returns `false` and takes nothing if the pool doesn't have enough left.
    pub fn grow(&mut self, bytes: usize) -> bool {
        if self.used + bytes > self.taken {
            let limit = self.pool.limit;
            let more = |piece: usize| {
                let next = |taken: usize| taken.checked_add(piece).filter(|sum| *sum <= limit);
                self.pool.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok().then_some(piece)
            };
            let missing = self.used + bytes - self.taken;
            let Some(piece) = more(missing.max(PIECE_BYTES)).or_else(|| more(missing)) else { return false };
            self.taken += piece;
        }
        self.used += bytes;
        true
    }

    pub fn give_back(&mut self) {
        self.pool.taken.fetch_sub(self.taken, Ordering::Relaxed);
        (self.taken, self.used) = (0, 0);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// What the caller provides for a reading.
pub struct Limits {
    /// The caller sets it to end the reading.
    pub cancelled: Arc<AtomicBool>,
    /// A folder for data that does not fit into memory. Files there have no name once they are open.
    pub scratch: PathBuf,
    /// This reading's share of the memory for shared strings, of which all readers get [`STRINGS_BYTES_MAX`].
    pub strings: Share,
    /// This reading's share of the memory for people, numbers, units and faults, of which all readers get
    /// [`HELD_BYTES_MAX`].
    pub held: Share,
    /// Most steps of the reading. Less than `STEPS_MAX` only in a test.
    pub steps_max: u64,
}

impl Limits {
    /// Limits of a reading in production: empty shares of the process-wide pools, and `STEPS_MAX` steps.
    pub fn new(cancelled: Arc<AtomicBool>, scratch: PathBuf) -> Self {
        let (strings, held) = (Share::of(&STRINGS), Share::of(&HELD));
        Self { cancelled, scratch, strings, held, steps_max: STEPS_MAX }
    }
}

/// Which limit was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Cancelled,
    Steps,
    Inflated,
    Token,
    Memory,
}

/// The budget of one reading, shared by its passes. It belongs to the reading thread.
#[derive(Clone)]
pub struct Budget(Rc<MemoryAccount>);

struct MemoryAccount {
    cancelled: Arc<AtomicBool>,
    scratch: PathBuf,
    strings: RefCell<Share>,
    held: RefCell<Share>,
    steps: Cell<u64>,
    /// Steps for what the reading can do without.
    spare_steps: Cell<u64>,
    steps_max: u64,
    inflated: Cell<u64>,
    since_token: Cell<u64>,
    over: Cell<Option<Over>>,
}

impl Budget {
    pub fn new(limits: Limits, file_bytes: u64) -> Self {
        let for_this_file = STEPS_ANY_FILE.saturating_add(file_bytes.saturating_mul(STEPS_PER_FILE_BYTE));
        Self(Rc::new(MemoryAccount {
            cancelled: limits.cancelled,
            scratch: limits.scratch,
            strings: RefCell::new(limits.strings),
            held: RefCell::new(limits.held),
            steps: Cell::new(0),
            spare_steps: Cell::new(0),
            steps_max: limits.steps_max.min(for_this_file),
            inflated: Cell::new(0),
            since_token: Cell::new(0),
            over: Cell::new(None),
        }))
    }

    /// Counts steps that are about to be taken. Fails when they exceed the limit or the reading was cancelled.
    pub fn step(&self, steps: u64) -> Result<(), RosterFileError> {
        let sum = self.0.steps.get().saturating_add(steps);
        self.0.steps.set(sum);
        if self.0.cancelled.load(Ordering::Relaxed) {
            return Err(self.over(Over::Cancelled));
        }
        if sum > self.0.steps_max { Err(self.over(Over::Steps)) } else { Ok(()) }
    }

    /// Counts text that is about to be scanned, in addition to the cell that holds it.
    pub fn text(&self, bytes: usize) -> Result<(), RosterFileError> {
        self.step((bytes / STEP_TEXT_BYTES) as u64)
    }

    /// Counts text that the reading can do without. Returns `false` if there are no steps left for it. What is counted
    /// here takes none of the steps that [`Self::step`] counts.
    pub fn has_steps_for_text(&self, bytes: usize) -> bool {
        let sum = self.0.spare_steps.get().saturating_add((bytes / STEP_TEXT_BYTES) as u64);
        let fits = self.0.steps.get().saturating_add(sum) <= self.0.steps_max;
        if fits {
            self.0.spare_steps.set(sum);
        }
        fits
    }

    pub fn steps(&self) -> u64 {
        self.0.steps.get()
    }

    /// Counts bytes that stay in memory until the reading ends.
    pub fn hold(&self, bytes: usize) -> Result<(), RosterFileError> {
        if self.0.held.borrow_mut().grow(bytes) { Ok(()) } else { Err(self.over(Over::Memory)) }
    }

    /// Counts bytes that the reading can do without. Returns `false` if there is no room for them.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.0.held.borrow_mut().grow(bytes)
    }

    /// Counts shared strings that are to stay in memory. Returns `false` if there is no room for them.
    pub fn hold_strings(&self, bytes: usize) -> bool {
        self.0.strings.borrow_mut().grow(bytes)
    }

    /// Gives back the memory of the shared strings once they are on disk or dropped.
    pub fn strings_gone(&self) {
        self.0.strings.borrow_mut().give_back();
    }

    pub fn scratch(&self) -> &std::path::Path {
        &self.0.scratch
    }

    /// Ends a token. The next one may again be [`TOKEN_BYTES_MAX`] long.
    pub fn token_done(&self) {
        self.0.since_token.set(0);
    }

    pub fn inflated(&self) -> u64 {
        self.0.inflated.get()
    }

    /// The cause of a failure: the limit that was exceeded first, or else the failure itself.
    pub fn told(&self, error: RosterFileError) -> RosterFileError {
        self.0.over.get().map_or(error, |over| self.fault(over))
    }

    pub fn count<R: Read>(&self, inner: R) -> CountedReader<R> {
        CountedReader { inner, budget: self.clone() }
    }

    fn over(&self, over: Over) -> RosterFileError {
        let first = self.0.over.get().unwrap_or(over);
        self.0.over.set(Some(first));
        self.fault(first)
    }

    fn fault(&self, over: Over) -> RosterFileError {
        match over {
            Over::Cancelled => RosterFileError::Cancelled,
            Over::Steps => RosterFileError::TooMuchWork { limit: self.0.steps_max },
            Over::Inflated => RosterFileError::InflatesTooLarge,
            Over::Token => RosterFileError::RowTooLong,
            Over::Memory => RosterFileError::TooMuchMemory,
        }
    }
}

/// A reader that fails as soon as it yields more than the budget allows, or the reading is cancelled.
pub struct CountedReader<R> {
    inner: R,
    budget: Budget,
}

impl<R: Read> Read for CountedReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        let account = &self.budget.0;
        account.inflated.set(account.inflated.get() + read as u64);
        account.since_token.set(account.since_token.get() + read as u64);
        let over = if account.cancelled.load(Ordering::Relaxed) {
            Over::Cancelled
        } else if account.inflated.get() > INFLATED_BYTES_MAX {
            Over::Inflated
        } else if account.since_token.get() > TOKEN_BYTES_MAX {
            Over::Token
        } else {
            return Ok(read);
        };
        Err(io::Error::other(self.budget.over(over)))
    }
}

#[cfg(test)]
impl Budget {
    /// A budget with its own pools, and the system folder for temporary files as scratch folder.
    pub fn for_test(steps_max: u64) -> Self {
        Self::with_pools(steps_max, STRINGS_BYTES_MAX, HELD_BYTES_MAX)
    }

    pub fn with_pools(steps_max: u64, strings: usize, held: usize) -> Self {
        let limits = Limits {
            cancelled: Arc::default(),
            scratch: std::env::temp_dir(),
            strings: Share::of(&Arc::new(Pool::new(strings))),
            held: Share::of(&Arc::new(Pool::new(held))),
            steps_max,
        };
        Self::new(limits, u64::MAX)
    }

    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_longer_than_allowed_is_refused() {
        let budget = Budget::for_test(STEPS_MAX);
        let mut counted = budget.count(io::repeat(b' '));
        let mut block = vec![0; 1 << 20];
        for _ in 0..4 {
            counted.read_exact(&mut block).unwrap();
        }
        assert!(counted.read(&mut block).is_err());
        assert!(matches!(budget.told(RosterFileError::Damaged), RosterFileError::RowTooLong));
    }

    #[test]
    fn readers_share_one_pool_and_give_it_back() {
        let pool = Arc::new(Pool::new(1 << 20));
        let (mut one, mut other) = (Share::of(&pool), Share::of(&pool));
        assert!(one.grow(700_000) && !other.grow(700_000) && other.grow(300_000));
        drop(one);
        assert!(other.grow(700_000) && !other.grow(100_000));
        drop(other);
        assert_eq!(pool.taken(), 0);
    }

    #[test]
    fn steps_memory_and_a_word_from_outside_end_a_reading_each_by_its_name() {
        let budget = Budget::with_pools(10, 0, 1_000);
        assert!(budget.step(10).is_ok() && matches!(budget.step(1), Err(RosterFileError::TooMuchWork { limit: 10 })));
        let budget = Budget::with_pools(10, 0, 1_000);
        assert!(budget.hold(1_000).is_ok() && matches!(budget.hold(1), Err(RosterFileError::TooMuchMemory)));
        let budget = Budget::with_pools(10, 0, 1_000);
        budget.cancel();
        assert!(matches!(budget.step(0), Err(RosterFileError::Cancelled)));
        assert!(budget.count(&b"x"[..]).read(&mut [0]).is_err());
        assert!(matches!(budget.told(RosterFileError::Damaged), RosterFileError::Cancelled));
    }

    /// A small file doesn't get the steps of a large one; the largest legitimate file passes.
    #[test]
    fn a_small_file_gets_fewer_steps_and_the_most_rows_of_69_columns_pass() {
        let small = Budget::new(Limits::new(Arc::default(), std::env::temp_dir()), 1_000_000);
        assert!(small.step(100_000_000).is_err());
        let large = Budget::new(Limits::new(Arc::default(), std::env::temp_dir()), 200 << 20);
        assert!(large.step(super::super::ROWS_MAX * (69 + 14 * 3)).is_ok());
    }
}
