//! Examines submissions off the threads that answer requests: few files at once, each within a time limit, and no
//! client takes more than its share.
//!
//! A thread can't be stopped from outside. An examination that is given up keeps its permit until it has really ended,
//! so however many such files come in, no more than [`AT_ONCE_MAX`] threads are busy with them.

use super::trust::TrustCache;
use crate::background;
use crate::fair_permits::{FairPermits, Requester};
use crate::verification::{EXAMINE_TIME_MAX, Examined, Input, examine};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Examinations that run at the same time. Reading a PDF is work for the processor, and signing needs it more.
pub const AT_ONCE_MAX: usize = 4;
/// Files that wait for a permit. A client beyond its share of them is refused at once.
pub const WAITING_MAX: usize = 64;
/// Longer inputs are examined as files are. A credential has at most 320 bytes, a QR code's text about 800.
const SHORT_BYTES_MAX: usize = 4 * 1024;

/// Why a submission wasn't examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExamineError {
    /// No permit for this client: it may try again in a few seconds.
    #[error("too many files are examined")]
    Busy,
    /// Reading it takes too long.
    #[error("the file takes too long to read")]
    TooLarge,
    /// Reading it panicked.
    #[error("the examination panicked")]
    Panicked,
}

/// Runs examinations.
pub struct Examinations {
    trust: TrustCache,
    time_max: Duration,
    permits: FairPermits,
}

impl Examinations {
    /// Examines against these keys. `key` seeds the table of clients.
    pub fn new(trust: TrustCache, key: [u8; 32]) -> Self {
        Self::within(EXAMINE_TIME_MAX, trust, key)
    }

    fn within(time_max: Duration, trust: TrustCache, key: [u8; 32]) -> Self {
        Self { trust, time_max, permits: FairPermits::new(key, AT_ONCE_MAX, WAITING_MAX) }
    }

    /// A short text or credential is checked at once, within microseconds. A file may take long, so it needs a permit.
    ///
    /// # Errors
    /// Those of [`Self::run`]; none for a short input.
    pub async fn examine(&self, requester: Requester<'_>, input: Input) -> Result<Examined, ExamineError> {
        let is_short = match &input {
            Input::Text(text) => text.len() <= SHORT_BYTES_MAX,
            Input::Cose(bytes) => bytes.len() <= SHORT_BYTES_MAX,
            Input::File(_) => false,
        };
        let trust = self.trust.current();
        if is_short {
            return Ok(examine(&input, &trust));
        }
        self.run(requester, move || examine(&input, &trust)).await
    }

    /// Runs `work` on a thread of its own and answers within the time limit, counted from now.
    ///
    /// # Errors
    /// `Busy` when there is no permit for this client, `TooLarge` when it takes too long, `Panicked` when it panicked.
    async fn run<T: Send + 'static>(
        &self,
        requester: Requester<'_>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ExamineError> {
        let deadline = Instant::now() + self.time_max;
        let waiting = timeout_at(deadline, self.permits.acquire(requester));
        let permit = waiting.await.map_err(|_| ExamineError::Busy)?.map_err(|_| ExamineError::Busy)?;
        let examining = background::run(move || {
            let done = work();
            drop(permit);
            done
        });
        match timeout_at(deadline, examining).await {
            Ok(Ok(done)) => Ok(done),
            // The permit came back when the thread unwound.
            Ok(Err(_)) => Err(ExamineError::Panicked),
            Err(_) => Err(ExamineError::TooLarge),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::Keyring;
    use futures_util::future::join_all;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::task::{Context, Waker};

    fn nobody() -> TrustCache {
        TrustCache::new(Arc::new(Keyring::generate(&[1; 128])), "https://ikrar.example")
    }

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(60);
    /// What one client may have of the permits.
    const SHARE: usize = AT_ONCE_MAX / 2;

    fn client(number: u8) -> Requester<'static> {
        Requester::Address([192, 0, 2, number].into())
    }

    fn within(time_max: Duration) -> Examinations {
        Examinations::within(time_max, nobody(), [0; 32])
    }

    /// Work that begins and never ends, until the gates are dropped.
    #[derive(Default)]
    struct NeverEnding {
        gates: Vec<mpsc::Sender<()>>,
        begun: Arc<AtomicUsize>,
    }

    impl NeverEnding {
        fn work(&mut self) -> impl FnOnce() + Send + use<> {
            let (gate, shut) = mpsc::channel::<()>();
            self.gates.push(gate);
            let begun = self.begun.clone();
            move || {
                begun.fetch_add(1, Ordering::SeqCst);
                let _ = shut.recv();
            }
        }
    }

    #[tokio::test]
    async fn what_never_ends_is_answered_and_takes_no_more_threads_than_there_are_places() {
        let examinations = within(SHORT);
        let mut never_ending = NeverEnding::default();
        let of = |number: usize| client(u8::try_from(number).unwrap());
        let first: Vec<_> = (0..AT_ONCE_MAX).map(|n| examinations.run(of(n), never_ending.work())).collect();
        let later: Vec<_> = (0..AT_ONCE_MAX).map(|n| examinations.run(of(n), never_ending.work())).collect();
        assert!(join_all(first).await.into_iter().all(|answer| answer == Err(ExamineError::TooLarge)));
        // The threads are still busy, so nobody else gets one.
        let turned_away = join_all(later).await;
        assert!(turned_away.iter().all(|answer| matches!(answer, Err(ExamineError::Busy))), "{turned_away:?}");
        assert!(matches!(examinations.run(client(99), || ()).await, Err(ExamineError::Busy)));
        assert_eq!(never_ending.begun.load(Ordering::SeqCst), AT_ONCE_MAX);

        // Once they end, the permits are free again.
        let begun = never_ending.begun.clone();
        drop(never_ending);
        let freed = async {
            while examinations.permits.usage() != (0, 0) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), freed).await.unwrap();
        assert_eq!(examinations.run(client(0), || 7).await, Ok(7));
        assert_eq!(begun.load(Ordering::SeqCst), AT_ONCE_MAX);
    }

    #[tokio::test]
    async fn one_client_s_files_that_never_end_leave_half_of_the_places_to_the_others() {
        // Long enough for an honest file on a busy machine.
        let examinations = within(Duration::from_secs(2));
        let mut never_ending = NeverEnding::default();
        let flood: Vec<_> = (0..40).map(|_| examinations.run(client(1), never_ending.work())).collect();
        let heard = join_all(flood).await;
        assert_eq!(heard.iter().filter(|answer| **answer == Err(ExamineError::TooLarge)).count(), SHARE);
        assert_eq!(never_ending.begun.load(Ordering::SeqCst), SHARE);
        for number in 2..40 {
            assert_eq!(examinations.run(client(number), || 7).await, Ok(7));
        }
    }

    #[tokio::test]
    async fn beyond_their_share_of_the_queue_a_client_is_answered_at_once_and_others_wait() {
        let examinations = within(LONG);
        let mut never_ending = NeverEnding::default();
        let mut flood: Vec<_> =
            (0..SHARE + WAITING_MAX / 2).map(|_| Box::pin(examinations.run(client(1), never_ending.work()))).collect();
        for waiting in &mut flood {
            assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        assert!(matches!(examinations.run(client(1), || ()).await, Err(ExamineError::Busy)));
        assert_eq!(examinations.run(client(2), || 7).await, Ok(7));
        drop(never_ending);
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_fault_and_gives_its_place_back() {
        let examinations = within(LONG);
        for _ in 0..2 * AT_ONCE_MAX {
            let panicking = examinations.run(client(1), || -> u8 { panic!("on purpose") });
            assert_eq!(panicking.await, Err(ExamineError::Panicked));
        }
        assert_eq!(examinations.run(client(1), || 7).await, Ok(7));
    }
}
