//! One reading for all who ask for one during the reading before it: an operator who changes people, and others who do,
//! wait for numbers that are at least as new as their change.

use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Mutex;

/// Readings take turns, so that an older one never overwrites a newer one.
#[derive(Default)]
pub(super) struct SharedReading {
    /// Readings that have begun.
    begun: AtomicU64,
    /// The number of the last one that succeeded, from 1. Held through a reading.
    last: Mutex<u64>,
}

impl SharedReading {
    /// Reads, unless a reading that began after this call has succeeded meanwhile.
    pub async fn take<E>(&self, read: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        let begun = self.begun.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if *last > begun {
            return Ok(());
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        read.await?;
        *last = number;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use tokio::task::yield_now;

    /// Nine who ask while another reads. Returns how often was read.
    async fn ten_ask(shared: &SharedReading, fails: &AtomicBool) -> u64 {
        let before = shared.begun.load(Ordering::SeqCst);
        let ask = || {
            shared.take(async {
                for _ in 0..5 {
                    yield_now().await;
                }
                if fails.load(Ordering::SeqCst) { Err(()) } else { Ok(()) }
            })
        };
        let answers = futures_util::future::join_all((0..10).map(|_| ask())).await;
        assert!(answers.iter().all(|answer| answer.is_ok() != fails.load(Ordering::SeqCst)), "{answers:?}");
        shared.begun.load(Ordering::SeqCst) - before
    }

    #[tokio::test]
    async fn who_asks_during_a_reading_shares_the_next_one_and_a_failed_one_is_nobody_s() {
        let (shared, fails) = (SharedReading::default(), AtomicBool::new(false));
        assert_eq!(ten_ask(&shared, &fails).await, 2);
        // Whoever asks alone reads each time.
        for _ in 0..3 {
            let before = shared.begun.load(Ordering::SeqCst);
            shared.take(async { Ok::<(), ()>(()) }).await.unwrap();
            assert_eq!(shared.begun.load(Ordering::SeqCst), before + 1);
        }
        fails.store(true, Ordering::SeqCst);
        assert_eq!(ten_ask(&shared, &fails).await, 10);
        fails.store(false, Ordering::SeqCst);
        assert_eq!(ten_ask(&shared, &fails).await, 2);
    }
}
