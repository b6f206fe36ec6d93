//! Polls a connection until it ends, times out, or the program stops; or until the head of an endless response is
//! written, which then continues outside hyper. Shutdown lets a response in flight finish; the drain limit cuts off
//! what takes longer.

use super::activity::Activity;
use super::detached::DetachedBody;
use super::limits::CLOSE_TIMEOUT;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// A connection of either protocol that can be shut down gracefully.
pub trait GracefulConnection: Future<Output = hyper::Result<()>> + Unpin {
    /// Finishes the requests in flight and accepts no further ones.
    fn shut_down_gracefully(self: Pin<&mut Self>);
}

/// A connection and its activity.
pub struct ConnectionDriver<C> {
    pub connection: C,
    pub activity: Arc<Activity>,
}

impl<C: GracefulConnection> ConnectionDriver<C> {
    /// The body of an endless response whose head has been written; `None` when the connection is over.
    pub async fn run(&mut self, stopping: &mut watch::Receiver<bool>) -> hyper::Result<Option<DetachedBody>> {
        let Self { connection, activity } = self;
        let mut timer = pin!(sleep_until(activity.deadline()));
        let mut closing = false;
        loop {
            tokio::select! {
                biased;
                over = next(connection, activity) => return over,
                // An error means that the sender is gone, which counts as a stop.
                _ = stopping.wait_for(|stopping| *stopping), if !closing => {}
                () = timer.as_mut() => {
                    let (deadline, now) = (activity.deadline(), Instant::now());
                    let is_late = deadline <= now;
                    // A client that doesn't read its response isn't given more time, whether the connection is closing
                    // or not.
                    if is_late && activity.has_unsent() || closing && (is_late || !activity.is_working()) {
                        return Ok(None);
                    }
                    if !closing && !is_late {
                        timer.as_mut().reset(deadline);
                        continue;
                    }
                }
            }
            if !closing {
                closing = true;
                Pin::new(&mut *connection).shut_down_gracefully();
            }
            timer.as_mut().reset(Instant::now() + CLOSE_TIMEOUT);
        }
    }
}

async fn next<C: GracefulConnection>(connection: &mut C, activity: &Activity) -> hyper::Result<Option<DetachedBody>> {
    poll_fn(|cx| match Pin::new(&mut *connection).poll(cx) {
        Poll::Ready(ended) => Poll::Ready(ended.map(|()| None)),
        // Only polling writes heads, so a check after each poll misses none.
        Poll::Pending => activity.take_detached().map_or(Poll::Pending, |body| Poll::Ready(Ok(Some(body)))),
    })
    .await
}
