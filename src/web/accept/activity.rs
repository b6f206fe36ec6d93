//! What a connection is doing, so that one that does nothing can be told from one that works or watches.

use super::limits::Patience;
use axum::body::Body;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Shared by a connection's timer, its stream, and its requests.
pub struct Activity {
    pub patience: Patience,
    began: Instant,
    /// Requests whose answer isn't written yet.
    under_way: AtomicUsize,
    was_asked: AtomicBool,
    /// Milliseconds from `began` to the last sign of life.
    last_ms: AtomicU64,
    /// Nothing of what was to be written waits in a buffer any more.
    is_flushed: AtomicBool,
    /// The body of an answer without an end, whose head HTTP is to write and nothing more.
    endless: Mutex<Option<Body>>,
}

impl Activity {
    pub fn begin(patience: Patience) -> Arc<Self> {
        Arc::new(Self {
            patience,
            began: Instant::now(),
            under_way: AtomicUsize::new(0),
            was_asked: AtomicBool::new(false),
            last_ms: AtomicU64::new(0),
            is_flushed: AtomicBool::new(false),
            endless: Mutex::default(),
        })
    }

    /// A request is under way until the guard is dropped.
    pub fn request(self: &Arc<Self>) -> UnderWay {
        self.was_asked.store(true, Ordering::Relaxed);
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(self.clone())
    }

    pub fn is_working(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0
    }

    /// The client did something.
    pub fn touch(&self) {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(elapsed, Ordering::Relaxed);
    }

    /// Keeps the body of an answer without an end, to be taken once its head is written.
    pub fn keep(&self, body: Body) {
        // Its head isn't in the buffer yet, so whatever was flushed before wasn't that.
        self.flushed(false);
        *self.endless.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
    }

    /// The body that was kept, if it is time to go on with it. Clears nothing before.
    pub fn kept(&self) -> Option<Body> {
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
        if self.is_working() {
            return Instant::now() + self.patience.idle;
        }
        let Patience { headers, idle, .. } = self.patience;
        let patience = if self.was_asked.load(Ordering::Relaxed) { idle } else { headers };
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
}
