//! One connection: its requests are answered until it has done nothing for too long, or the program stops.

use super::activity::Activity;
use super::body::{Incoming, Outgoing};
use super::endless::Rest;
use super::limits::{BUFFER_BYTES_MAX, HANDSHAKE_TIMEOUT, IDLE_TIMEOUT, Patience, STREAMS_MAX};
use super::stream::Stream;
use super::talk::{Connection, Talk};
use super::{endless, opening};
use crate::config::Network;
use crate::web::caller::{Peer, Slow};
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

pub type Ended = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// What all connections share.
#[derive(Clone)]
pub struct Host {
    pub http: Arc<Http>,
    pub tls: Option<TlsAcceptor>,
    pub router: Router,
    /// Becomes true when the program stops; closed when nobody holds a connection any more.
    pub stopping: watch::Receiver<bool>,
    /// Whose connections bring many people's requests.
    pub proxies: Arc<[Network]>,
}

/// Held for as long as the connection lasts.
pub struct Place {
    pub _permit: OwnedSemaphorePermit,
    /// The program waits for those that hold it.
    pub _stopping: watch::Receiver<bool>,
}

/// The protocols that are spoken.
pub struct Http {
    patience: Patience,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Http {
    /// HTTP/1.1 and HTTP/2. hyper's own timer for headers isn't used: it doesn't run before the first byte has come.
    pub fn new(patience: Patience) -> Arc<Self> {
        let (mut http1, mut http2) = (http1::Builder::new(), http2::Builder::new(TokioExecutor::new()));
        http1.timer(TokioTimer::new()).header_read_timeout(None::<Duration>).max_buf_size(BUFFER_BYTES_MAX);
        // Otherwise it listens, while a request is answered, for the end of the connection, with another 8 KB to read
        // into. Whoever left is noticed when their answer is written, and what they asked for is done to its end.
        http1.half_close(true);
        http2.timer(TokioTimer::new()).keep_alive_interval(IDLE_TIMEOUT).max_concurrent_streams(STREAMS_MAX);
        Arc::new(Self { patience, http1, http2 })
    }
}

impl Host {
    pub async fn receive(self, stream: TcpStream, peer: IpAddr, permit: OwnedSemaphorePermit) -> Ended {
        // Answers are small and whole; waiting to fill packets would only delay them.
        let _ = stream.set_nodelay(true);
        let is_proxy = self.proxies.iter().any(|network| network.holds(peer));
        let guest = Guest { peer, is_proxy, activity: Activity::begin(self.http.patience), permit };
        match self.tls.clone() {
            None => self.greet(stream, guest).await,
            // Apart, so that a connection without TLS doesn't hold room for a handshake for as long as it lasts.
            Some(acceptor) => Box::pin(self.agree(acceptor, stream, guest)).await,
        }
    }

    /// Until the first bytes have come there is nothing to hold room for.
    async fn greet(mut self, stream: TcpStream, guest: Guest) -> Ended {
        let is_http2 = tokio::select! {
            biased;
            protocol = opening::is_http2(&stream) => protocol?,
            _ = self.stopping.wait_for(|stopping| *stopping) => return Ok(()),
            () = sleep_until(guest.activity.deadline()) => return Ok(()),
        };
        let stream = Stream::new(stream, guest.activity.clone());
        match is_http2 {
            false => self.converse(stream, guest).await,
            true => Box::pin(self.converse_http2(stream, guest)).await,
        }
    }

    async fn agree(mut self, acceptor: TlsAcceptor, stream: TcpStream, guest: Guest) -> Ended {
        let stream = Stream::new(stream, guest.activity.clone());
        let agreed = tokio::select! {
            agreed = timeout(HANDSHAKE_TIMEOUT, Box::pin(acceptor.accept(stream))) => agreed,
            _ = self.stopping.wait_for(|stopping| *stopping) => return Ok(()),
        };
        let stream = agreed.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        guest.activity.touch();
        // A client says here whether it speaks HTTP/2, as RFC 9113, section 3.2 has it. One that begins to speak it without
        // having said so is left, since that is no HTTP/1.1.
        match stream.get_ref().1.alpn_protocol() {
            Some(b"h2") => Box::pin(self.converse_http2(stream, guest)).await,
            _ => self.converse(stream, guest).await,
        }
    }

    /// HTTP/1.1, or 1.0.
    async fn converse<S: Wire>(self, stream: S, guest: Guest) -> Ended {
        let Guest { peer, is_proxy, activity, permit } = guest;
        let service = answering(self.router, peer, is_proxy, activity.clone());
        let connection = self.http.http1.serve_connection(TokioIo::new(stream), service);
        drop(self.http);
        let mut stopping = self.stopping;
        let mut talk = Talk { connection, activity };
        match talk.until_over(&mut stopping).await? {
            None => Ok(()),
            Some(rest) => {
                let stream = talk.connection.into_parts().io.into_inner();
                let place = Place { _permit: permit, _stopping: stopping };
                // A task of its own, since this one holds room for all that came before.
                tokio::spawn(async move {
                    if let Err(error) = endless::go_on(stream, rest, place).await {
                        tracing::debug!(%error, "a watcher's connection ended early");
                    }
                });
                Ok(())
            }
        }
    }

    async fn converse_http2<S: Wire>(self, stream: S, guest: Guest) -> Ended {
        let Guest { peer, is_proxy, activity, permit } = guest;
        let service = answering(self.router, peer, is_proxy, activity.clone());
        let connection = self.http.http2.serve_connection(TokioIo::new(stream), service);
        let mut stopping = self.stopping;
        Talk { connection, activity }.until_over(&mut stopping).await?;
        drop(permit);
        Ok(())
    }
}

/// The other end of a connection.
struct Guest {
    peer: IpAddr,
    is_proxy: bool,
    activity: Arc<Activity>,
    permit: OwnedSemaphorePermit,
}

/// Answers a connection's requests.
fn answering(
    router: Router,
    peer: IpAddr,
    is_proxy: bool,
    activity: Arc<Activity>,
) -> impl HttpService<body::Incoming, ResBody = Outgoing, Error = Infallible, Future: Send + 'static> + Send + Unpin {
    service_fn(move |request: Request<body::Incoming>| {
        let under_way = activity.request();
        let (activity, coding) = (activity.clone(), endless::coding(&request));
        let answered = router.clone().call(prepared(request, peer, activity.patience));
        let patient = activity.clone();
        let timely = answered.and_then(move |answer| {
            // Many people's wrong entries come over one connection of a proxy.
            let wait = if is_proxy { None } else { patient.refusal_wait(&answer) };
            Due { wait: wait.map(|wait| Box::pin(sleep(wait))), answer: Some(answer) }
        });
        timely.map_ok(move |answer| {
            let Some(coding) = coding.filter(|_| endless::is_endless(&answer)) else {
                return answer.map(|body| Outgoing::new(body, under_way));
            };
            let mut answer = answer.map(|body| {
                activity.keep(Rest { body, coding });
                Outgoing::apart(under_way)
            });
            // Nothing is read from it after that.
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            answer
        })
    })
}

/// An answer that waits until it is due. Most don't, so what waits is kept elsewhere.
struct Due {
    wait: Option<Pin<Box<Sleep>>>,
    answer: Option<Response>,
}

impl Future for Due {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(cx));
        }
        Poll::Ready(Ok(self.answer.take().expect("polled no more once it is ready")))
    }
}

impl<S: Wire, A> Connection for http1::Connection<TokioIo<S>, A>
where
    A: HttpService<body::Incoming, ResBody = Outgoing, Error = Infallible> + Unpin,
{
    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<S: Wire, A> Connection for http2::Connection<TokioIo<S>, A, TokioExecutor>
where
    A: HttpService<body::Incoming, ResBody = Outgoing, Error = Infallible, Future: Send + 'static> + Unpin,
{
    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// Bytes in both directions.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Wire for S {}

/// The request with what is known of its connection, and a limit on how long its body takes.
fn prepared(request: Request<body::Incoming>, peer: IpAddr, patience: Patience) -> Request<Incoming<body::Incoming>> {
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
    use crate::web::accept::refusals::{REFUSAL_EVERY, REFUSALS_AT_ONCE_MAX};
    use axum::routing::post;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::sync::Semaphore;
    use tokio::time::Instant;

    const WORK: Duration = Duration::from_millis(150);

    async fn host(router: Router) -> (TcpStream, impl Future<Output = Ended>) {
        host_behind(router, vec![]).await
    }

    async fn host_behind(router: Router, proxies: Vec<Network>) -> (TcpStream, impl Future<Output = Ended>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let (stop, stopping) = watch::channel(false);
        let proxies = proxies.into();
        let host = Host { http: Http::new(Patience::default()), tls: None, router, stopping, proxies };
        let permit = Arc::new(Semaphore::new(1)).acquire_owned().await.unwrap();
        let received = host.receive(stream, [127, 0, 0, 1].into(), permit);
        (client, async move {
            let ended = received.await;
            drop(stop);
            ended
        })
    }

    /// Counts what it has done, which takes a while.
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
        let (mut client, ended) = host(working(&done)).await;
        let serving = tokio::spawn(ended);
        client.write_all(asked).await.unwrap();
        client.shutdown().await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("done"), "{answer}");
        serving.await.unwrap().unwrap();

        let (mut client, ended) = host(working(&done)).await;
        let serving = tokio::spawn(ended);
        client.write_all(asked).await.unwrap();
        tokio::time::sleep(WORK / 3).await;
        drop(client);
        // The answer finds nobody; whether that shows depends on when the system tells.
        let _ = tokio::time::timeout(IDLE_TIMEOUT / 2, serving).await.unwrap().unwrap();
        assert_eq!(done.load(Ordering::Relaxed), 2);
    }

    /// How long so many refusals take, one after the other over one connection.
    async fn refused(times: u32, proxies: Vec<Network>) -> Duration {
        let (mut client, ended) = host_behind(Router::new(), proxies).await;
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

    /// Beside hyper's own buffers. Ten thousand sign at once.
    const CONNECTION_BYTES_MAX: usize = 3 * 1024;

    #[tokio::test]
    async fn a_connection_without_tls_holds_no_room_for_a_handshake() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (_stop, stopping) = watch::channel(false);
        let host = Host {
            http: Http::new(Patience::default()),
            tls: None,
            router: Router::new(),
            stopping,
            proxies: Arc::default(),
        };
        let permit = Arc::new(Semaphore::new(1)).acquire_owned().await.unwrap();
        let bytes = size_of_val(&host.receive(stream, [127, 0, 0, 1].into(), permit));
        assert!(bytes <= CONNECTION_BYTES_MAX, "{bytes}");
    }
}
