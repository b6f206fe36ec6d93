//! One connection: answers its requests until it idles for too long or the program stops.

use super::activity::Activity;
use super::body::{TimedBody, TrackedBody};
use super::detached::{ConnectionPermit, DetachedBody};
use super::driver::{ConnectionDriver, GracefulConnection};
use super::limits::{BUFFER_BYTES_MAX, HANDSHAKE_TIMEOUT, IDLE_TIMEOUT, STREAMS_MAX, Timeouts};
use super::peer::{PeerAddr, SlowBody};
use super::timed_stream::TimedStream;
use super::{detached, protocol};
use crate::config::IpNetwork;
use axum::Router;
use axum::response::Response;
use futures_util::TryFutureExt;
use hyper::body::Body;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::{http1, http2};
use hyper::service::{HttpService, service_fn};
use hyper::{Request, body};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Sleep, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tower::Service;

pub type ServeResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// What all connections share.
#[derive(Clone)]
pub struct ConnectionContext {
    pub http: Arc<HttpProtocols>,
    pub tls: Option<TlsAcceptor>,
    pub router: Router,
    /// Becomes true when the program stops. Closed once no connection holds a receiver.
    pub stopping: watch::Receiver<bool>,
    /// Trusted proxies.
    pub proxies: Arc<[IpNetwork]>,
}

/// hyper's settings for both protocols.
pub struct HttpProtocols {
    timeouts: Timeouts,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl HttpProtocols {
    /// HTTP/1.1 and HTTP/2. hyper's own header timeout isn't used: it starts only with the first byte.
    pub fn new(timeouts: Timeouts) -> Arc<Self> {
        let (mut http1, mut http2) = (http1::Builder::new(), http2::Builder::new(TokioExecutor::new()));
        http1.timer(TokioTimer::new()).header_read_timeout(None::<Duration>).max_buf_size(BUFFER_BYTES_MAX);
        // Without this, hyper reads ahead into another 8 KB buffer while a request is answered, to notice the end of
        // the connection. With it, a client that left is noticed only when its answer is written, and its request is
        // completed.
        http1.half_close(true);
        http2.timer(TokioTimer::new()).keep_alive_interval(IDLE_TIMEOUT).max_concurrent_streams(STREAMS_MAX);
        Arc::new(Self { timeouts, http1, http2 })
    }
}

impl ConnectionContext {
    pub async fn serve(self, stream: TcpStream, peer: IpAddr, permit: OwnedSemaphorePermit) -> ServeResult {
        // Responses are small and written at once; Nagle's algorithm would only delay them.
        let _ = stream.set_nodelay(true);
        let is_proxy = self.proxies.iter().any(|network| network.contains(peer));
        let peer = Peer { address: peer, is_proxy, activity: Activity::begin(self.http.timeouts), permit };
        match self.tls.clone() {
            None => self.serve_plain(stream, peer).await,
            // Boxed, so that a connection without TLS doesn't carry the handshake's state for its whole life.
            Some(acceptor) => Box::pin(self.serve_tls(acceptor, stream, peer)).await,
        }
    }

    /// Waits for the first bytes before it allocates anything for the protocol.
    async fn serve_plain(mut self, stream: TcpStream, peer: Peer) -> ServeResult {
        let is_http2 = tokio::select! {
            biased;
            protocol = protocol::is_http2(&stream) => protocol?,
            _ = self.stopping.wait_for(|stopping| *stopping) => return Ok(()),
            () = sleep_until(peer.activity.deadline()) => return Ok(()),
        };
        let stream = TimedStream::new(stream, peer.activity.clone());
        match is_http2 {
            false => self.serve_http1(stream, peer).await,
            true => Box::pin(self.serve_http2(stream, peer)).await,
        }
    }

    async fn serve_tls(mut self, acceptor: TlsAcceptor, stream: TcpStream, peer: Peer) -> ServeResult {
        let stream = TimedStream::new(stream, peer.activity.clone());
        let agreed = tokio::select! {
            agreed = timeout(HANDSHAKE_TIMEOUT, Box::pin(acceptor.accept(stream))) => agreed,
            _ = self.stopping.wait_for(|stopping| *stopping) => return Ok(()),
        };
        let stream = agreed.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        peer.activity.touch();
        // ALPN decides (RFC 9113, section 3.2). A client that sends the HTTP/2 preface without having negotiated it is
        // cut off as malformed HTTP/1.1.
        match stream.get_ref().1.alpn_protocol() {
            Some(b"h2") => Box::pin(self.serve_http2(stream, peer)).await,
            _ => self.serve_http1(stream, peer).await,
        }
    }

    /// HTTP/1.1 or 1.0.
    async fn serve_http1<S: IoStream>(self, stream: S, peer: Peer) -> ServeResult {
        let Peer { address, is_proxy, activity, permit } = peer;
        let service = connection_service(self.router, address, is_proxy, activity.clone());
        let connection = self.http.http1.serve_connection(TokioIo::new(stream), service);
        drop(self.http);
        let mut stopping = self.stopping;
        let mut driver = ConnectionDriver { connection, activity };
        match driver.run(&mut stopping).await? {
            None => Ok(()),
            Some(rest) => {
                let stream = driver.connection.into_parts().io.into_inner();
                let permit = ConnectionPermit { _permit: permit, _stopping: stopping };
                // Runs in a new task, since this one still holds the state of everything before.
                tokio::spawn(async move {
                    if let Err(error) = detached::send(stream, rest, permit).await {
                        tracing::debug!(%error, "a watcher's connection ended early");
                    }
                });
                Ok(())
            }
        }
    }

    async fn serve_http2<S: IoStream>(self, stream: S, peer: Peer) -> ServeResult {
        let Peer { address, is_proxy, activity, permit } = peer;
        let service = connection_service(self.router, address, is_proxy, activity.clone());
        let connection = self.http.http2.serve_connection(TokioIo::new(stream), service);
        let mut stopping = self.stopping;
        ConnectionDriver { connection, activity }.run(&mut stopping).await?;
        drop(permit);
        Ok(())
    }
}

/// The other end of a connection.
struct Peer {
    address: IpAddr,
    is_proxy: bool,
    activity: Arc<Activity>,
    permit: OwnedSemaphorePermit,
}

/// The service that answers a connection's requests.
fn connection_service(
    router: Router,
    peer: IpAddr,
    is_proxy: bool,
    activity: Arc<Activity>,
) -> impl HttpService<body::Incoming, ResBody = TrackedBody, Error = Infallible, Future: Send + 'static> + Send + Unpin
{
    service_fn(move |request: Request<body::Incoming>| {
        let in_flight = activity.request();
        let (activity, coding) = (activity.clone(), detached::transfer_coding(&request));
        let answered = router.clone().call(with_peer(request, peer, activity.timeouts));
        let patient = activity.clone();
        let timely = answered.and_then(move |answer| {
            // A proxy's connection carries the wrong entries of many clients.
            let wait = if is_proxy { None } else { patient.refusal_wait(&answer) };
            DelayedResponse { wait: wait.map(|wait| Box::pin(sleep(wait))), answer: Some(answer) }
        });
        timely.map_ok(move |answer| {
            let Some(coding) = coding.filter(|_| detached::is_endless(&answer)) else {
                return answer.map(|body| TrackedBody::new(body, in_flight));
            };
            let mut answer = answer.map(|body| {
                activity.set_detached(DetachedBody { body, coding });
                TrackedBody::detached(in_flight)
            });
            // No further request is read from this connection.
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            answer
        })
    })
}

/// A response that is delayed until it is due. Most aren't delayed, so the timer is boxed.
struct DelayedResponse {
    wait: Option<Pin<Box<Sleep>>>,
    answer: Option<Response>,
}

impl Future for DelayedResponse {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(cx));
        }
        Poll::Ready(Ok(self.answer.take().expect("not polled again once it is ready")))
    }
}

impl<S: IoStream, A> GracefulConnection for http1::Connection<TokioIo<S>, A>
where
    A: HttpService<body::Incoming, ResBody = TrackedBody, Error = Infallible> + Unpin,
{
    fn shut_down_gracefully(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<S: IoStream, A> GracefulConnection for http2::Connection<TokioIo<S>, A, TokioExecutor>
where
    A: HttpService<body::Incoming, ResBody = TrackedBody, Error = Infallible, Future: Send + 'static> + Unpin,
{
    fn shut_down_gracefully(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// A byte stream in both directions: TCP or TLS.
pub trait IoStream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> IoStream for S {}

/// Adds the peer to the request and a time limit to its body.
fn with_peer(request: Request<body::Incoming>, peer: IpAddr, timeouts: Timeouts) -> Request<TimedBody<body::Incoming>> {
    let slow = (!request.body().is_end_stream()).then(SlowBody::default);
    let mut request = request.map(|body| TimedBody::new(body, timeouts, slow.clone()));
    request.extensions_mut().insert(PeerAddr(peer));
    if let Some(slow) = slow {
        request.extensions_mut().insert(slow);
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::refusal_rate::{REFUSAL_EVERY, REFUSALS_AT_ONCE_MAX};
    use axum::routing::post;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::sync::Semaphore;
    use tokio::time::Instant;

    const WORK: Duration = Duration::from_millis(150);

    async fn connected(router: Router) -> (TcpStream, impl Future<Output = ServeResult>) {
        connected_behind(router, vec![]).await
    }

    async fn connected_behind(
        router: Router,
        proxies: Vec<IpNetwork>,
    ) -> (TcpStream, impl Future<Output = ServeResult>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let (stop, stopping) = watch::channel(false);
        let proxies = proxies.into();
        let context =
            ConnectionContext { http: HttpProtocols::new(Timeouts::default()), tls: None, router, stopping, proxies };
        let permit = Arc::new(Semaphore::new(1)).acquire_owned().await.unwrap();
        let received = context.serve(stream, [127, 0, 0, 1].into(), permit);
        (client, async move {
            let ended = received.await;
            drop(stop);
            ended
        })
    }

    /// A handler that takes a while and counts its runs.
    fn working(done: &Arc<AtomicUsize>) -> Router {
        let done = done.clone();
        let work = async move || {
            tokio::time::sleep(WORK).await;
            done.fetch_add(1, Ordering::Relaxed);
            "done"
        };
        Router::new().route("/", post(work))
    }

    #[tokio::test]
    async fn whoever_says_no_more_is_answered_and_what_a_leaver_asked_for_is_done() {
        let done = Arc::new(AtomicUsize::new(0));
        let asked = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
        let (mut client, ended) = connected(working(&done)).await;
        let serving = tokio::spawn(ended);
        client.write_all(asked).await.unwrap();
        client.shutdown().await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("done"), "{answer}");
        serving.await.unwrap().unwrap();

        let (mut client, ended) = connected(working(&done)).await;
        let serving = tokio::spawn(ended);
        client.write_all(asked).await.unwrap();
        tokio::time::sleep(WORK / 3).await;
        drop(client);
        // The client is gone; whether writing fails depends on when the system reports it.
        let _ = tokio::time::timeout(IDLE_TIMEOUT / 2, serving).await.unwrap().unwrap();
        assert_eq!(done.load(Ordering::Relaxed), 2);
    }

    /// How long `times` refusals take, one after the other over one connection.
    async fn refused(times: u32, proxies: Vec<IpNetwork>) -> Duration {
        let (mut client, ended) = connected_behind(Router::new(), proxies).await;
        let serving = tokio::spawn(ended);
        let began = Instant::now();
        let mut answer = [0; 1024];
        for _ in 0..times {
            client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
            let length = client.read(&mut answer).await.unwrap();
            assert!(answer[..length].starts_with(b"HTTP/1.1 404"));
        }
        let took = began.elapsed();
        drop(client);
        serving.await.unwrap().unwrap();
        took
    }

    #[tokio::test]
    async fn whoever_asks_only_for_what_is_refused_waits_for_it() {
        assert!(refused(REFUSALS_AT_ONCE_MAX + 5, vec![]).await >= 5 * REFUSAL_EVERY);
    }

    #[tokio::test]
    async fn a_trusted_proxy_never_waits_for_the_refusals_of_the_many_behind_it() {
        let many = 400;
        assert!(
            refused(REFUSALS_AT_ONCE_MAX + many, vec!["127.0.0.0/8".parse().unwrap()]).await < many * REFUSAL_EVERY / 2
        );
    }

    /// Most memory of a connection besides hyper's buffers: ten thousand connections sign at once.
    const CONNECTION_BYTES_MAX: usize = 3 * 1024;

    #[tokio::test]
    async fn a_connection_without_tls_holds_no_room_for_a_handshake() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (_stop, stopping) = watch::channel(false);
        let context = ConnectionContext {
            http: HttpProtocols::new(Timeouts::default()),
            tls: None,
            router: Router::new(),
            stopping,
            proxies: Arc::default(),
        };
        let permit = Arc::new(Semaphore::new(1)).acquire_owned().await.unwrap();
        let bytes = size_of_val(&context.serve(stream, [127, 0, 0, 1].into(), permit));
        assert!(bytes <= CONNECTION_BYTES_MAX, "{bytes}");
    }
}
