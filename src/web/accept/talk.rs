//! A connection is polled until it is over: it has ended, has done nothing for too long, or the program stops. Or until an
//! answer without an end has its head written, to go on without HTTP. A stop lets an answer that is on its way arrive; the
//! drain limit is for those who take too long.

use super::activity::Activity;
use super::endless::Rest;
use super::limits::LEAVE_TIMEOUT;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// What both protocols' connections can do.
pub trait Connection: Future<Output = hyper::Result<()>> + Unpin {
    /// Answers what is under way, and nothing after it.
    fn finish(self: Pin<&mut Self>);
}

pub struct Talk<C> {
    pub connection: C,
    pub activity: Arc<Activity>,
}

impl<C: Connection> Talk<C> {
    /// The rest of an answer without an end whose head has been written, `None` when the connection is over.
    pub async fn until_over(&mut self, stopping: &mut watch::Receiver<bool>) -> hyper::Result<Option<Rest>> {
        let Self { connection, activity } = self;
        let mut timer = pin!(sleep_until(activity.deadline()));
        let mut leaving = false;
        loop {
            tokio::select! {
                biased;
                over = next(connection, activity) => return over,
                // An error means that whoever would stop us is gone, so it is as good as a stop.
                _ = stopping.wait_for(|stopping| *stopping), if !leaving => {}
                () = timer.as_mut() => {
                    let (deadline, now) = (activity.deadline(), Instant::now());
                    let is_late = deadline <= now;
                    // Whoever takes nothing of their answer is waited for no longer, whether they are to leave or not.
                    if is_late && activity.is_offering() || leaving && (is_late || !activity.is_working()) {
                        return Ok(None);
                    }
                    if !leaving && !is_late {
                        timer.as_mut().reset(deadline);
                        continue;
                    }
                }
            }
            if !leaving {
                leaving = true;
                Pin::new(&mut *connection).finish();
            }
            timer.as_mut().reset(Instant::now() + LEAVE_TIMEOUT);
        }
    }
}

async fn next<C: Connection>(connection: &mut C, activity: &Activity) -> hyper::Result<Option<Rest>> {
    poll_fn(|cx| match Pin::new(&mut *connection).poll(cx) {
        Poll::Ready(ended) => Poll::Ready(ended.map(|()| None)),
        // Heads are written in no other place, so a look after each turn misses none.
        Poll::Pending => activity.kept().map_or(Poll::Pending, |body| Poll::Ready(Ok(Some(body)))),
    })
    .await
}
