//! When a batch last failed because the storage couldn't be reached or written, until one is committed.

use crate::domain::time::UnixMillis;
use std::sync::atomic::{AtomicI64, Ordering};

/// Seconds for which a fault is reported. A node that gets no traffic commits nothing, so it would not notice that
/// storage is back.
pub const STORAGE_FAULT_SECS: i64 = 30;
const NONE: i64 = i64::MIN;

pub(super) struct StorageFault(AtomicI64);

impl Default for StorageFault {
    fn default() -> Self {
        Self(AtomicI64::new(NONE))
    }
}

impl StorageFault {
    pub(super) fn happened(&self, now: UnixMillis) {
        self.0.store(now.0, Ordering::Relaxed);
    }

    pub(super) fn is_over(&self) {
        // Nearly always there is no fault, and other cores read the value: don't write it again.
        if self.0.load(Ordering::Relaxed) != NONE {
            self.0.store(NONE, Ordering::Relaxed);
        }
    }

    pub(super) fn is_recent(&self, now: UnixMillis) -> bool {
        let at = self.0.load(Ordering::Relaxed);
        at != NONE && now.0 < UnixMillis(at).plus_secs(STORAGE_FAULT_SECS).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_the_storage_is_told_of_until_a_batch_is_committed_or_for_a_while() {
        let (fault, at) = (StorageFault::default(), UnixMillis(1_864_605_600_000));
        assert!(!fault.is_recent(at));
        fault.happened(at);
        assert!(fault.is_recent(at) && fault.is_recent(at.plus_secs(STORAGE_FAULT_SECS - 1)));
        assert!(!fault.is_recent(at.plus_secs(STORAGE_FAULT_SECS)));
        fault.is_over();
        assert!(!fault.is_recent(at));
    }
}
