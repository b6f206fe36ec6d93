//! Request and response bodies: a request body that comes too slowly fails, and a response body keeps its connection
//! from idling.

use super::activity::{InFlight, Unsent};
use super::limits::{BODY_BYTES_PER_SEC_MIN, Timeouts};
use super::peer::SlowBody;
use axum::body::Bytes;
use hyper::body::{Body, Buf, Frame, SizeHint};
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// A request body with a time limit.
pub struct TimedBody<B> {
    inner: B,
    timeouts: Timeouts,
    /// `None` where no body was announced.
    slow: Option<SlowBody>,
    /// Start and timer of the first wait. A body that arrives with its headers needs no timer.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    received_bytes: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
struct TooSlow;

impl<B> TimedBody<B> {
    pub fn new(inner: B, timeouts: Timeouts, slow: Option<SlowBody>) -> Self {
        Self { inner, timeouts, slow, waiting: None, received_bytes: 0 }
    }

    fn is_too_slow(&mut self, cx: &mut Context<'_>) -> bool {
        let allowed = self.timeouts.body + Duration::from_secs(self.received_bytes / u64::from(BODY_BYTES_PER_SEC_MIN));
        let (began, timer) = self.waiting.get_or_insert_with(|| {
            let now = Instant::now();
            (now, Box::pin(sleep_until(now + allowed)))
        });
        let deadline = *began + allowed;
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(cx).is_ready()
    }
}

impl<B> Body for TimedBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.received_bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending if self.is_too_slow(cx) => {
                self.slow.iter().for_each(SlowBody::set);
                Poll::Ready(Some(Err(TooSlow.into())))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A response body: its request is in flight until the body is dropped.
pub struct TrackedBody {
    /// `None` where the body is sent outside hyper once the head is written.
    inner: Option<axum::body::Body>,
    /// Set while the connection waits for the client: more of the body is ready than hyper has asked for.
    unsent: Option<Unsent>,
    in_flight: InFlight,
}

/// A chunk of a response, unsent until its last byte is written.
pub struct TrackedBytes {
    bytes: Bytes,
    unsent: Option<Unsent>,
}

impl TrackedBody {
    pub fn new(inner: axum::body::Body, in_flight: InFlight) -> Self {
        Self { inner: Some(inner), unsent: Some(in_flight.0.unsent()), in_flight }
    }

    /// A body that stays pending, because it is sent outside hyper.
    pub fn detached(in_flight: InFlight) -> Self {
        Self { inner: None, unsent: None, in_flight }
    }
}

impl Body for TrackedBody {
    type Data = TrackedBytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<TrackedBytes>, axum::Error>>> {
        let Self { inner, unsent, in_flight } = &mut *self;
        let polled = inner.as_mut().map_or(Poll::Pending, |inner| Pin::new(inner).poll_frame(cx));
        if polled.is_pending() {
            // The connection waits for the handler, not the client.
            *unsent = None;
            return Poll::Pending;
        }
        unsent.get_or_insert_with(|| in_flight.0.unsent());
        polled.map_ok(|frame| frame.map_data(|bytes| TrackedBytes { unsent: Some(in_flight.0.unsent()), bytes }))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_some_and(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl Buf for TrackedBytes {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        match &self.unsent {
            Some(unsent) if !self.bytes.is_empty() => unsent.record_progress(),
            _ => self.unsent = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body as AxumBody;
    use futures_util::stream;

    /// A body that sends `bytes` after every `pause`, `times` times.
    fn dripping(bytes: usize, pause: Duration, times: usize) -> (AxumBody, SlowBody) {
        let drops = stream::unfold(0, move |sent| async move {
            tokio::time::sleep(pause).await;
            (sent < times).then(|| (Ok::<_, std::convert::Infallible>(vec![b'x'; bytes]), sent + 1))
        });
        let slow = SlowBody::default();
        let timeouts = Timeouts { body: Duration::from_millis(200), ..Timeouts::default() };
        let body = TimedBody::new(AxumBody::from_stream(drops), timeouts, Some(slow.clone()));
        (AxumBody::new(body), slow)
    }

    #[tokio::test]
    async fn a_byte_now_and_then_is_too_slow() {
        let began = Instant::now();
        let (body, slow) = dripping(1, Duration::from_millis(20), 1_000);
        assert!(axum::body::to_bytes(body, 10_000).await.is_err() && slow.is_set());
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(200) && took < Duration::from_secs(10), "{took:?}");
    }

    #[tokio::test]
    async fn every_so_many_bytes_buy_a_second_more() {
        let per_second = usize::try_from(BODY_BYTES_PER_SEC_MIN).unwrap();
        let (body, slow) = dripping(per_second, Duration::from_millis(90), 8);
        assert_eq!(axum::body::to_bytes(body, 8 * per_second).await.unwrap().len(), 8 * per_second);
        assert!(!slow.is_set());
    }
}
