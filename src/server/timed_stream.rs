//! A stream with a write timeout: it fails if the client doesn't read what is written.

use super::activity::Activity;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Wraps a client's stream and reports to [`Activity`].
pub struct TimedStream<S> {
    inner: S,
    activity: Arc<Activity>,
    /// Runs while writes are pending.
    write_timer: Option<Pin<Box<Sleep>>>,
}

impl<S> TimedStream<S> {
    pub fn new(inner: S, activity: Arc<Activity>) -> Self {
        Self { inner, activity, write_timer: None }
    }

    /// Marks the stream as unflushed, and fails a write that has been pending for too long.
    fn timed<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.activity.flushed(false);
        if written.is_ready() {
            if self.write_timer.take().is_some() {
                self.activity.touch();
            }
            return written;
        }
        let write = self.activity.timeouts.write;
        let write_timer = self.write_timer.get_or_insert_with(|| Box::pin(sleep(write)));
        write_timer.as_mut().poll(cx).map(|()| Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TimedStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.timed(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, slices);
        self.timed(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    // Flushing and shutting down a socket never wait for the client, so they need no timeout.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        // The layer above flushes after it has written everything.
        self.activity.flushed(flushed.is_ready());
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::limits::Timeouts;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::Instant;

    const WRITE: Duration = Duration::from_millis(400);

    fn stream(inner: DuplexStream) -> TimedStream<DuplexStream> {
        TimedStream::new(inner, Activity::begin(Timeouts { write: WRITE, ..Timeouts::default() }))
    }

    #[tokio::test]
    async fn a_client_that_never_reads_is_given_up() {
        let (near, _far) = duplex(8);
        let began = Instant::now();
        let fault = stream(near).write_all(&[1; 9]).await.unwrap_err();
        assert_eq!(fault.kind(), ErrorKind::TimedOut);
        assert!(began.elapsed() >= WRITE);
    }

    #[tokio::test]
    async fn a_client_that_reads_now_and_then_is_waited_for() {
        let (near, mut far) = duplex(8);
        let writing = tokio::spawn(async move { stream(near).write_all(&[1; 80]).await });
        for _ in 0..10 {
            tokio::time::sleep(WRITE / 8).await;
            far.read_exact(&mut [0; 8]).await.unwrap();
        }
        writing.await.unwrap().unwrap();
    }
}
