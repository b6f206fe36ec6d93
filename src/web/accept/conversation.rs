//! One connection: its requests are answered until it has done nothing for too long, or the program stops.

use super::activity::Activity;
use super::body::{Incoming, Outgoing};
use super::limits::{BUFFER_BYTES_MAX, HANDSHAKE_TIMEOUT, IDLE_TIMEOUT, LEAVE_TIMEOUT, Patience, STREAMS_MAX};
use super::stream::Stream;
use crate::web::caller::{Peer, Slow};
use axum::Router;
use futures_util::TryFutureExt;
use hyper::Request;
use hyper::body::Body;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tower::Service;

pub type Ended = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// What all connections share.
#[derive(Clone)]
pub struct Host {
    pub http: Builder<TokioExecutor>,
    pub tls: Option<TlsAcceptor>,
    pub router: Router,
    /// Becomes true when the program stops; closed when nobody holds a connection any more.
    pub stopping: watch::Receiver<bool>,
}

/// HTTP/1.1 and HTTP/2. hyper's own timer for headers isn't used: it doesn't run before the first byte has come.
pub fn http() -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(None::<Duration>).max_buf_size(BUFFER_BYTES_MAX);
    http.http2().timer(TokioTimer::new()).keep_alive_interval(IDLE_TIMEOUT).max_concurrent_streams(STREAMS_MAX);
    http
}

impl Host {
    pub async fn receive(self, stream: TcpStream, peer: IpAddr) -> Ended {
        // Answers are small and whole; waiting to fill packets would only delay them.
        let _ = stream.set_nodelay(true);
        let activity = Activity::begin(Patience::default());
        let stream = Stream::new(stream, activity.clone());
        match self.tls.clone() {
            None => self.converse(stream, peer, activity).await,
            // Apart, so that a connection without TLS doesn't hold room for a handshake for as long as it lasts.
            Some(acceptor) => Box::pin(self.agree(acceptor, stream, peer, activity)).await,
        }
    }

    async fn agree(
        self,
        acceptor: TlsAcceptor,
        stream: Stream<TcpStream>,
        peer: IpAddr,
        activity: Arc<Activity>,
    ) -> Ended {
        let agreed = timeout(HANDSHAKE_TIMEOUT, Box::pin(acceptor.accept(stream))).await;
        let stream = agreed.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        activity.touch();
        self.converse(stream, peer, activity).await
    }

    async fn converse<S>(self, stream: S, peer: IpAddr, activity: Arc<Activity>) -> Ended
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { http, router, mut stopping, .. } = self;
        let requests = activity.clone();
        let service = service_fn(move |request| {
            let under_way = requests.request();
            let answered = router.clone().call(prepared(request, peer, requests.patience));
            answered.map_ok(move |answer| answer.map(|body| Outgoing::new(body, under_way)))
        });
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        let mut timer = pin!(sleep_until(activity.deadline()));
        let mut leaving = false;
        loop {
            tokio::select! {
                biased;
                ended = connection.as_mut() => return ended,
                // An error means that whoever would stop us is gone, so it is as good as a stop.
                _ = stopping.wait_for(|stopping| *stopping), if !leaving => {}
                () = timer.as_mut() => {
                    if leaving && !activity.is_working() {
                        return Ok(());
                    }
                    if !leaving && activity.deadline() > Instant::now() {
                        timer.as_mut().reset(activity.deadline());
                        continue;
                    }
                }
            }
            if !leaving {
                leaving = true;
                connection.as_mut().graceful_shutdown();
            }
            timer.as_mut().reset(Instant::now() + LEAVE_TIMEOUT);
        }
    }
}

/// The request with what is known of its connection, and a limit on how long its body takes.
fn prepared(
    request: Request<hyper::body::Incoming>,
    peer: IpAddr,
    patience: Patience,
) -> Request<Incoming<hyper::body::Incoming>> {
    let slow = (!request.body().is_end_stream()).then(Slow::default);
    let mut request = request.map(|body| Incoming::new(body, patience, slow.clone()));
    request.extensions_mut().insert(Peer(peer));
    if let Some(slow) = slow {
        request.extensions_mut().insert(slow);
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// Beside hyper's own buffers. Ten thousand watch at once, and each of them holds it for hours.
    const CONNECTION_BYTES_MAX: usize = 4 * 1024;

    #[tokio::test]
    async fn a_connection_without_tls_holds_no_room_for_a_handshake() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (_stop, stopping) = watch::channel(false);
        let host = Host { http: http(), tls: None, router: Router::new(), stopping };
        let bytes = size_of_val(&host.receive(stream, [127, 0, 0, 1].into()));
        assert!(bytes <= CONNECTION_BYTES_MAX, "{bytes}");
    }
}
