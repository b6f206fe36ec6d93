//! What a connection is doing, so that one that does nothing can be told from one that works or watches.

use super::endless::Rest;
use super::limits::Patience;
use super::refusals::{Refusals, is_refusal};
use hyper::Response;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Shared by a connection's timer, its stream, and its requests.
pub struct Activity {
    pub patience: Patience,
    refusals: Refusals,
    began: Instant,
    /// Requests whose answer isn't handed over to HTTP yet.
    under_way: AtomicUsize,
    /// Parts of answers that HTTP keeps until the client takes them.
    offered: AtomicUsize,
    was_asked: AtomicBool,
    /// Milliseconds from `began` to the last sign of life.
    last_ms: AtomicU64,
    /// Nothing of what was to be written waits in a buffer any more.
    is_flushed: AtomicBool,
    /// The rest of an answer without an end, whose head HTTP is to write and nothing more.
    endless: Mutex<Option<Rest>>,
}

impl Activity {
    pub fn begin(patience: Patience) -> Arc<Self> {
        Arc::new(Self {
            patience,
            refusals: Refusals::default(),
            began: Instant::now(),
            under_way: AtomicUsize::new(0),
            offered: AtomicUsize::new(0),
            was_asked: AtomicBool::new(false),
            last_ms: AtomicU64::new(0),
            is_flushed: AtomicBool::new(true),
            endless: Mutex::default(),
        })
    }

    /// A request is under way until the guard is dropped.
    pub fn request(self: &Arc<Self>) -> UnderWay {
        self.was_asked.store(true, Ordering::Relaxed);
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(self.clone())
    }

    /// Something is offered until the guard is dropped. Time begins to count against the client.
    pub fn offer(self: &Arc<Self>) -> Offered {
        self.touch();
        self.offered.fetch_add(1, Ordering::Relaxed);
        Offered(self.clone())
    }

    /// Whether a request is under way, or its answer isn't wholly written: it may lie with HTTP, or in a buffer below it.
    pub fn is_working(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0 || self.is_offering() || !self.is_flushed.load(Ordering::Relaxed)
    }

    /// Whether something waits for nobody but the client.
    pub fn is_offering(&self) -> bool {
        self.offered.load(Ordering::Relaxed) > 0
    }

    /// How long this answer waits before it goes out.
    pub fn refusal_wait<B>(&self, answer: &Response<B>) -> Option<Duration> {
        if is_refusal(answer) { self.refusals.wait(self.began.elapsed()) } else { None }
    }

    /// The client did something.
    pub fn touch(&self) {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(elapsed, Ordering::Relaxed);
    }

    /// Keeps the rest of an answer without an end, to be taken once its head is written.
    pub fn keep(&self, rest: Rest) {
        // Its head isn't in the buffer yet, so whatever was flushed before wasn't that.
        self.flushed(false);
        *self.endless.lock().unwrap_or_else(PoisonError::into_inner) = Some(rest);
    }

    /// What was kept, if it is time to go on with it. Clears nothing before.
    pub fn kept(&self) -> Option<Rest> {
        if !self.is_flushed.load(Ordering::Relaxed) {
            return None;
        }
        self.endless.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Something is to be written, or all of it has been.
    pub fn flushed(&self, is_flushed: bool) {
        self.is_flushed.store(is_flushed, Ordering::Relaxed);
    }

    /// When the connection has done nothing for too long, as it looks now.
    pub fn deadline(&self) -> Instant {
        let Patience { headers, idle, write, .. } = self.patience;
        let patience = if self.is_offering() {
            write
        } else if self.under_way.load(Ordering::Relaxed) > 0 {
            return Instant::now() + idle;
        } else if self.was_asked.load(Ordering::Relaxed) {
            idle
        } else {
            headers
        };
        self.began + Duration::from_millis(self.last_ms.load(Ordering::Relaxed)) + patience
    }
}

/// Held by a request's answer until its last byte is handed over.
pub struct UnderWay(pub Arc<Activity>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.touch();
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Held by what is at hand for the client, which hasn't taken it yet.
pub struct Offered(Arc<Activity>);

impl Offered {
    /// The client took some of it.
    pub fn taken(&self) {
        self.0.touch();
    }
}

impl Drop for Offered {
    fn drop(&mut self) {
        self.0.touch();
        self.0.offered.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_silent_connection_has_little_time_and_a_working_one_has_none_to_lose() {
        let patience = Patience::default();
        let activity = Activity::begin(patience);
        assert_eq!(activity.deadline(), activity.began + patience.headers);
        let request = activity.request();
        let before = Instant::now();
        assert!(activity.is_working() && activity.deadline() >= before + patience.idle);
        tokio::time::sleep(Duration::from_millis(30)).await;
        drop(request);
        assert!(!activity.is_working());
        let idle_since = activity.deadline() - patience.idle;
        assert!(idle_since >= activity.began + Duration::from_millis(30) && idle_since <= Instant::now());
    }

    #[tokio::test]
    async fn what_is_offered_is_work_that_has_only_so_much_time() {
        let patience = Patience { write: Duration::from_secs(7), ..Patience::default() };
        let activity = Activity::begin(patience);
        let request = activity.request();
        let offered = activity.offer();
        let before = Instant::now();
        assert!(activity.is_working() && activity.deadline() <= before + patience.write);
        tokio::time::sleep(Duration::from_millis(30)).await;
        offered.taken();
        assert!(activity.deadline() >= before + patience.write + Duration::from_millis(30));
        drop((offered, request));
        assert!(!activity.is_working());
        activity.flushed(false);
        assert!(activity.is_working(), "what waits in a buffer isn't written");
    }
}
