//! Tracks what a connection is doing, to distinguish an idle one from one that works or streams.

use super::detached::DetachedBody;
use super::limits::Timeouts;
use super::refusal_rate::{RefusalRate, is_refusal};
use hyper::Response;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Shared by a connection's timer, its stream, and its requests.
pub struct Activity {
    /// The limits this connection is held to.
    pub timeouts: Timeouts,
    refusals: RefusalRate,
    began: Instant,
    /// Requests whose response isn't handed over to hyper yet.
    in_flight: AtomicUsize,
    /// Chunks of responses that hyper holds until the client reads them.
    unsent: AtomicUsize,
    was_asked: AtomicBool,
    /// Milliseconds from `began` to the last progress of the client.
    last_ms: AtomicU64,
    /// Whether every written byte has left the buffers.
    is_flushed: AtomicBool,
    /// The body of an endless response, of which hyper writes only the head.
    detached: Mutex<Option<DetachedBody>>,
}

impl Activity {
    /// For a connection that was just accepted.
    pub fn begin(timeouts: Timeouts) -> Arc<Self> {
        Arc::new(Self {
            timeouts,
            refusals: RefusalRate::default(),
            began: Instant::now(),
            in_flight: AtomicUsize::new(0),
            unsent: AtomicUsize::new(0),
            was_asked: AtomicBool::new(false),
            last_ms: AtomicU64::new(0),
            is_flushed: AtomicBool::new(true),
            detached: Mutex::default(),
        })
    }

    /// Counts a request as in flight until the guard is dropped.
    pub fn request(self: &Arc<Self>) -> InFlight {
        self.was_asked.store(true, Ordering::Relaxed);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self.clone())
    }

    /// Counts bytes as unsent until the guard is dropped. From now on the client's write timeout runs.
    pub fn unsent(self: &Arc<Self>) -> Unsent {
        self.touch();
        self.unsent.fetch_add(1, Ordering::Relaxed);
        Unsent(self.clone())
    }

    /// Whether a request is in flight, or its response isn't fully written: part of it may be in hyper or in a buffer
    /// below.
    pub fn is_working(&self) -> bool {
        self.in_flight.load(Ordering::Relaxed) > 0 || self.has_unsent() || !self.is_flushed.load(Ordering::Relaxed)
    }

    /// Whether the connection waits only for the client.
    pub fn has_unsent(&self) -> bool {
        self.unsent.load(Ordering::Relaxed) > 0
    }

    /// How long to delay this response; `None` if it is sent at once.
    pub fn refusal_wait<B>(&self, answer: &Response<B>) -> Option<Duration> {
        if is_refusal(answer) { self.refusals.wait(self.began.elapsed()) } else { None }
    }

    /// Notes that the client made progress.
    pub fn touch(&self) {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(elapsed, Ordering::Relaxed);
    }

    /// Keeps the body of an endless response until its head is written.
    pub fn set_detached(&self, body: DetachedBody) {
        // The head isn't in the buffer yet, so an earlier flush didn't cover it.
        self.flushed(false);
        *self.detached.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
    }

    /// Takes the body of the endless response once everything before it is flushed.
    pub fn take_detached(&self) -> Option<DetachedBody> {
        if !self.is_flushed.load(Ordering::Relaxed) {
            return None;
        }
        self.detached.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Sets whether every written byte has left the buffers.
    pub fn flushed(&self, is_flushed: bool) {
        self.is_flushed.store(is_flushed, Ordering::Relaxed);
    }

    /// When the connection times out, unless it makes progress before.
    pub fn deadline(&self) -> Instant {
        let Timeouts { headers, idle, write, .. } = self.timeouts;
        let timeout = if self.has_unsent() {
            write
        } else if self.in_flight.load(Ordering::Relaxed) > 0 {
            return Instant::now() + idle;
        } else if self.was_asked.load(Ordering::Relaxed) {
            idle
        } else {
            headers
        };
        self.began + Duration::from_millis(self.last_ms.load(Ordering::Relaxed)) + timeout
    }
}

/// Held by a response until its last byte is handed over.
pub struct InFlight(pub Arc<Activity>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.touch();
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Held by bytes that are ready for the client but not yet read.
pub struct Unsent(Arc<Activity>);

impl Unsent {
    /// The client read some of it.
    pub fn record_progress(&self) {
        self.0.touch();
    }
}

impl Drop for Unsent {
    fn drop(&mut self) {
        self.0.touch();
        self.0.unsent.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_silent_connection_has_little_time_and_a_working_one_has_none_to_lose() {
        let timeouts = Timeouts::default();
        let activity = Activity::begin(timeouts);
        assert_eq!(activity.deadline(), activity.began + timeouts.headers);
        let request = activity.request();
        let before = Instant::now();
        assert!(activity.is_working() && activity.deadline() >= before + timeouts.idle);
        tokio::time::sleep(Duration::from_millis(30)).await;
        drop(request);
        assert!(!activity.is_working());
        let idle_since = activity.deadline() - timeouts.idle;
        assert!(idle_since >= activity.began + Duration::from_millis(30) && idle_since <= Instant::now());
    }

    #[tokio::test]
    async fn what_is_offered_is_work_that_has_only_so_much_time() {
        let timeouts = Timeouts { write: Duration::from_secs(7), ..Timeouts::default() };
        let activity = Activity::begin(timeouts);
        let request = activity.request();
        let unsent = activity.unsent();
        let before = Instant::now();
        assert!(activity.is_working() && activity.deadline() <= before + timeouts.write);
        tokio::time::sleep(Duration::from_millis(30)).await;
        unsent.record_progress();
        assert!(activity.deadline() >= before + timeouts.write + Duration::from_millis(30));
        drop((unsent, request));
        assert!(!activity.is_working());
        activity.flushed(false);
        assert!(activity.is_working(), "what waits in a buffer isn't written");
    }
}
