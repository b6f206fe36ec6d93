//! Examining what was handed in, off the threads that answer requests: few files at once, each within its time.
//!
//! A thread can't be stopped from outside. So an examination that is given up keeps its place until it has really
//! ended, and however many such files come in, no more threads than [`AT_ONCE_MAX`] are busy with them.

use crate::verification::{EXAMINE_TIME_MAX, Examined, Input, TrustRoots, examine};
use crate::web::error::Problem;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

/// Examinations that run at the same time. Reading a PDF is work for the processor; signing needs it more.
pub const AT_ONCE_MAX: usize = 4;
/// Files that wait for a place or are being examined. Beyond it an answer goes out at once.
pub const HANDED_IN_MAX: usize = 64;
/// What who is turned away is told to wait.
const RETRY_SECS: u32 = 5;
/// Longer inputs are examined as files are. A credential has at most 320 bytes, a QR code's text some 800.
const SHORT_BYTES_MAX: usize = 4 * 1024;

pub struct Examinations {
    trust: Arc<TrustRoots>,
    time_max: Duration,
    handed_in: Semaphore,
    places: Arc<Semaphore>,
}

impl Examinations {
    /// Examines against these keys.
    pub fn trusting(trust: TrustRoots) -> Self {
        Self::within(EXAMINE_TIME_MAX, trust)
    }

    fn within(time_max: Duration, trust: TrustRoots) -> Self {
        let (handed_in, places) = (Semaphore::new(HANDED_IN_MAX), Arc::new(Semaphore::new(AT_ONCE_MAX)));
        Self { trust: Arc::new(trust), time_max, handed_in, places }
    }

    /// Checking a short text or credential takes microseconds. A file may take its reader long, so it gets a place of its
    /// own.
    ///
    /// # Errors
    /// Those of [`Self::run`]; none for a short input.
    pub async fn examine(&self, input: Input) -> Result<Examined, Problem> {
        let is_short = match &input {
            Input::Text(text) => text.len() <= SHORT_BYTES_MAX,
            Input::Cose(bytes) => bytes.len() <= SHORT_BYTES_MAX,
            Input::File(_) => false,
        };
        if is_short {
            return Ok(examine(&input, &self.trust));
        }
        let trust = self.trust.clone();
        self.run(move || examine(&input, &trust)).await
    }

    /// Runs `work` on a thread of its own and answers within the limit, counted from now.
    ///
    /// # Errors
    /// `Busy` when there is no place for it, `TooLarge` when it takes too long, `Internal` when it panicked.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let busy = || Problem::Busy { retry_after_secs: RETRY_SECS };
        let deadline = Instant::now() + self.time_max;
        let _counted = self.handed_in.try_acquire().map_err(|_| busy())?;
        let waiting = timeout_at(deadline, self.places.clone().acquire_owned());
        let place = waiting.await.map_err(|_| busy())?.map_err(|_| Problem::Internal)?;
        let examining = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        match timeout_at(deadline, examining).await {
            Ok(Ok(done)) => Ok(done),
            // The place came back when the thread unwound.
            Ok(Err(_)) => Err(Problem::Internal),
            Err(_) => Err(Problem::TooLarge),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    const SHORT: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn what_never_ends_is_answered_and_takes_no_more_threads_than_there_are_places() {
        let examinations = Examinations::within(SHORT, TrustRoots::default());
        let begun = Arc::new(AtomicUsize::new(0));
        let mut gates = vec![];
        let mut endless = || {
            let (gate, shut) = mpsc::channel::<()>();
            gates.push(gate);
            let begun = begun.clone();
            examinations.run(move || {
                begun.fetch_add(1, Ordering::SeqCst);
                let _ = shut.recv();
            })
        };
        let first: Vec<_> = (0..AT_ONCE_MAX).map(|_| endless()).collect();
        let later: Vec<_> = (0..AT_ONCE_MAX).map(|_| endless()).collect();
        assert!(join_all(first).await.into_iter().all(|answer| answer == Err(Problem::TooLarge)));
        // The threads are still busy, so nobody else gets one.
        let turned_away = join_all(later).await;
        assert!(turned_away.iter().all(|answer| matches!(answer, Err(Problem::Busy { .. }))), "{turned_away:?}");
        assert!(matches!(examinations.run(|| ()).await, Err(Problem::Busy { .. })));
        assert_eq!(begun.load(Ordering::SeqCst), AT_ONCE_MAX);

        // Once they end, the places are free again.
        drop(gates);
        let all: Vec<_> = (0..AT_ONCE_MAX).map(|_| examinations.places.clone().acquire_owned()).collect();
        drop(tokio::time::timeout(Duration::from_secs(10), join_all(all)).await.unwrap());
        assert_eq!(examinations.run(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn beyond_the_limit_of_waiting_files_an_answer_goes_out_at_once() {
        let examinations = Examinations::within(Duration::from_secs(60), TrustRoots::default());
        let _all = examinations.handed_in.acquire_many(u32::try_from(HANDED_IN_MAX).unwrap()).await.unwrap();
        assert!(matches!(examinations.run(|| ()).await, Err(Problem::Busy { .. })));
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_fault_and_gives_its_place_back() {
        let examinations = Examinations::within(Duration::from_secs(60), TrustRoots::default());
        for _ in 0..2 * AT_ONCE_MAX {
            assert_eq!(examinations.run(|| -> u8 { panic!("on purpose") }).await, Err(Problem::Internal));
        }
        assert_eq!(examinations.run(|| 7).await, Ok(7));
    }
}
