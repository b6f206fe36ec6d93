//! Examining what was handed in, off the threads that answer requests: few files at once, each within its time, and of
//! one caller no more than their share.
//!
//! A thread can't be stopped from outside. So an examination that is given up keeps its place until it has really
//! ended, and however many such files come in, no more threads than [`AT_ONCE_MAX`] are busy with them.

use super::room::{LONG_BODIES_MAX, LONG_BODIES_WAITING_MAX};
use super::trust::Trust;
use crate::background;
use crate::places::{Asker, Places};
use crate::verification::{EXAMINE_TIME_MAX, Examined, Input, examine};
use crate::web::caller::Caller;
use crate::web::error::Problem;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Examinations that run at the same time. Reading a PDF is work for the processor; signing needs it more.
pub const AT_ONCE_MAX: usize = 4;
/// Files that wait for a place. Beyond its share of them a caller is answered at once.
pub const WAITING_MAX: usize = 64;
/// What who is turned away is told to wait.
const RETRY_SECS: u32 = 5;
/// Longer inputs are examined as files are. A credential has at most 320 bytes, a QR code's text some 800.
const SHORT_BYTES_MAX: usize = 4 * 1024;

pub struct Examinations {
    trust: Trust,
    time_max: Duration,
    places: Places,
    /// Where bodies that are still coming are held.
    pub bodies: Places,
}

impl Examinations {
    /// Examines against these keys.
    pub fn trusting(trust: Trust, key: [u8; 32]) -> Self {
        Self::within(EXAMINE_TIME_MAX, trust, key)
    }

    fn within(time_max: Duration, trust: Trust, key: [u8; 32]) -> Self {
        let bodies = Places::new(key, LONG_BODIES_MAX, LONG_BODIES_WAITING_MAX);
        Self { trust, time_max, places: Places::new(key, AT_ONCE_MAX, WAITING_MAX), bodies }
    }

    /// Checking a short text or credential takes microseconds. A file may take its reader long, so it gets a place of its
    /// own.
    ///
    /// # Errors
    /// Those of [`Self::run`]; none for a short input.
    pub async fn examine(&self, caller: Caller, input: Input) -> Result<Examined, Problem> {
        let is_short = match &input {
            Input::Text(text) => text.len() <= SHORT_BYTES_MAX,
            Input::Cose(bytes) => bytes.len() <= SHORT_BYTES_MAX,
            Input::File(_) => false,
        };
        if is_short {
            return Ok(examine(&input, &self.trust.now()));
        }
        let trust = self.trust.now();
        self.run(caller, move || examine(&input, &trust)).await
    }

    /// Runs `work` on a thread of its own and answers within the limit, counted from now.
    ///
    /// # Errors
    /// `Busy` when there is no place for this caller, `TooLarge` when it takes too long, `Internal` when it panicked.
    async fn run<T: Send + 'static>(
        &self,
        caller: Caller,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let busy = || Problem::Busy { retry_after_secs: RETRY_SECS };
        let deadline = Instant::now() + self.time_max;
        let waiting = timeout_at(deadline, self.places.take(Asker::Address(caller.0)));
        let place = waiting.await.map_err(|_| busy())?.map_err(|_| busy())?;
        let examining = background::run(move || {
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
    use crate::keyring::Keyring;
    use futures_util::future::join_all;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::task::{Context, Waker};

    fn nobody() -> Trust {
        Trust::of(Arc::new(Keyring::generate(&[1; 128])), "https://ikrar.example")
    }

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(60);
    /// What one caller may have of the places.
    const SHARE: usize = AT_ONCE_MAX / 2;

    fn caller(number: u8) -> Caller {
        Caller([192, 0, 2, number].into())
    }

    fn within(time_max: Duration) -> Examinations {
        Examinations::within(time_max, nobody(), [0; 32])
    }

    /// Work that begins and never ends, until the gates are dropped.
    #[derive(Default)]
    struct Endless {
        gates: Vec<mpsc::Sender<()>>,
        begun: Arc<AtomicUsize>,
    }

    impl Endless {
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
        let mut endless = Endless::default();
        let of = |number: usize| caller(u8::try_from(number).unwrap());
        let first: Vec<_> = (0..AT_ONCE_MAX).map(|n| examinations.run(of(n), endless.work())).collect();
        let later: Vec<_> = (0..AT_ONCE_MAX).map(|n| examinations.run(of(n), endless.work())).collect();
        assert!(join_all(first).await.into_iter().all(|answer| answer == Err(Problem::TooLarge)));
        // The threads are still busy, so nobody else gets one.
        let turned_away = join_all(later).await;
        assert!(turned_away.iter().all(|answer| matches!(answer, Err(Problem::Busy { .. }))), "{turned_away:?}");
        assert!(matches!(examinations.run(caller(99), || ()).await, Err(Problem::Busy { .. })));
        assert_eq!(endless.begun.load(Ordering::SeqCst), AT_ONCE_MAX);

        // Once they end, the places are free again.
        let begun = endless.begun.clone();
        drop(endless);
        let freed = async {
            while examinations.places.taken() != (0, 0) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), freed).await.unwrap();
        assert_eq!(examinations.run(caller(0), || 7).await, Ok(7));
        assert_eq!(begun.load(Ordering::SeqCst), AT_ONCE_MAX);
    }

    #[tokio::test]
    async fn one_caller_s_files_that_never_end_leave_half_of_the_places_to_the_others() {
        // Long enough for an honest file on a busy machine.
        let examinations = within(Duration::from_secs(2));
        let mut endless = Endless::default();
        let flood: Vec<_> = (0..40).map(|_| examinations.run(caller(1), endless.work())).collect();
        let heard = join_all(flood).await;
        assert_eq!(heard.iter().filter(|answer| **answer == Err(Problem::TooLarge)).count(), SHARE);
        assert_eq!(endless.begun.load(Ordering::SeqCst), SHARE);
        for number in 2..40 {
            assert_eq!(examinations.run(caller(number), || 7).await, Ok(7));
        }
    }

    #[tokio::test]
    async fn beyond_their_share_of_the_queue_a_caller_is_answered_at_once_and_others_wait() {
        let examinations = within(LONG);
        let mut endless = Endless::default();
        let mut flood: Vec<_> =
            (0..SHARE + WAITING_MAX / 2).map(|_| Box::pin(examinations.run(caller(1), endless.work()))).collect();
        for waiting in &mut flood {
            assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        assert!(matches!(examinations.run(caller(1), || ()).await, Err(Problem::Busy { .. })));
        assert_eq!(examinations.run(caller(2), || 7).await, Ok(7));
        drop(endless);
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_fault_and_gives_its_place_back() {
        let examinations = within(LONG);
        for _ in 0..2 * AT_ONCE_MAX {
            let panicking = examinations.run(caller(1), || -> u8 { panic!("on purpose") });
            assert_eq!(panicking.await, Err(Problem::Internal));
        }
        assert_eq!(examinations.run(caller(1), || 7).await, Ok(7));
    }
}
