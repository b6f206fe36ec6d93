//! Bodies on their way in and out: one that comes too slowly fails, and one that goes out keeps its connection working.

use super::activity::{Offered, UnderWay};
use super::limits::{BODY_BYTES_PER_SEC_MIN, Patience};
use crate::web::caller::Slow;
use axum::body::Bytes;
use hyper::body::{Body, Buf, Frame, SizeHint};
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// A request's body.
pub struct Incoming<B> {
    inner: B,
    patience: Patience,
    /// `None` where no body was announced.
    slow: Option<Slow>,
    /// Since the body was waited for the first time. One that came with its headers never needs a timer.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    received_bytes: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
struct TooSlow;

impl<B> Incoming<B> {
    pub fn new(inner: B, patience: Patience, slow: Option<Slow>) -> Self {
        Self { inner, patience, slow, waiting: None, received_bytes: 0 }
    }

    fn is_too_slow(&mut self, cx: &mut Context<'_>) -> bool {
        let allowed = self.patience.body + Duration::from_secs(self.received_bytes / u64::from(BODY_BYTES_PER_SEC_MIN));
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

impl<B> Body for Incoming<B>
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
                self.slow.iter().for_each(Slow::set);
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

/// An answer's body: its request is under way until it is dropped.
pub struct Outgoing {
    /// `None` where it is sent apart once the head is written.
    inner: Option<axum::body::Body>,
    /// While it is the client's turn: more of the body is at hand than HTTP has asked for.
    offered: Option<Offered>,
    under_way: UnderWay,
}

/// A part of an answer, offered until the last byte of it is on its way.
pub struct Piece {
    bytes: Bytes,
    offered: Option<Offered>,
}

impl Outgoing {
    pub fn new(inner: axum::body::Body, under_way: UnderWay) -> Self {
        Self { inner: Some(inner), offered: Some(under_way.0.offer()), under_way }
    }

    /// A body of which nothing comes, however long it is waited for.
    pub fn apart(under_way: UnderWay) -> Self {
        Self { inner: None, offered: None, under_way }
    }
}

impl Body for Outgoing {
    type Data = Piece;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Piece>, axum::Error>>> {
        let Self { inner, offered, under_way } = &mut *self;
        let polled = inner.as_mut().map_or(Poll::Pending, |inner| Pin::new(inner).poll_frame(cx));
        if polled.is_pending() {
            // It is our own turn.
            *offered = None;
            return Poll::Pending;
        }
        offered.get_or_insert_with(|| under_way.0.offer());
        polled.map_ok(|frame| frame.map_data(|bytes| Piece { offered: Some(under_way.0.offer()), bytes }))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_some_and(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        match &self.offered {
            Some(offered) if !self.bytes.is_empty() => offered.taken(),
            _ => self.offered = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body as AxumBody;
    use futures_util::stream;

    /// A body that sends `bytes` after every `pause`, `times` times.
    fn dripping(bytes: usize, pause: Duration, times: usize) -> (AxumBody, Slow) {
        let drops = stream::unfold(0, move |sent| async move {
            tokio::time::sleep(pause).await;
            (sent < times).then(|| (Ok::<_, std::convert::Infallible>(vec![b'x'; bytes]), sent + 1))
        });
        let slow = Slow::default();
        let patience = Patience { body: Duration::from_millis(200), ..Patience::default() };
        let body = Incoming::new(AxumBody::from_stream(drops), patience, Some(slow.clone()));
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
