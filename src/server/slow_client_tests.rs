//! Clients of either protocol that read their responses slowly or not at all.

use super::connection::{ConnectionContext, HttpProtocols, ServeResult};
use super::limits::{CLOSE_TIMEOUT, Timeouts};
use axum::Router;
use axum::routing::get;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// More than the system buffers for a connection.
const LONG_BYTES: usize = 32 * 1024 * 1024;
/// Less than HTTP/2 hands over at once.
const SHORT_BYTES: u32 = 1_000;
const WAIT_MAX: Duration = Duration::from_secs(20);

/// Serves one connection.
async fn served(timeouts: Timeouts) -> (SocketAddr, watch::Sender<bool>, JoinHandle<ServeResult>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopping) = watch::channel(false);
    let router = Router::new()
        .route("/long", get(async || vec![b'x'; LONG_BYTES]))
        .route("/", get(async || vec![b'x'; usize::try_from(SHORT_BYTES).unwrap()]));
    let context =
        ConnectionContext { http: HttpProtocols::new(timeouts), tls: None, router, stopping, proxies: Arc::default() };
    let serving = tokio::spawn(async move {
        let (stream, peer) = listener.accept().await.unwrap();
        let permit = Arc::new(Semaphore::new(1)).acquire_owned().await.unwrap();
        context.serve(stream, peer.ip(), permit).await
    });
    (address, stop, serving)
}

/// A client that controls its flow-control windows (RFC 9113, section 5.2).
struct Http2Client(TcpStream);

impl Http2Client {
    /// Requests `/` on stream 1, with a window of `window` bytes for the answer.
    async fn asking(address: SocketAddr, window: u32) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        let mut client = Self(stream);
        let settings = [&[0, 4], window.to_be_bytes().as_slice()].concat();
        client.send(4, 0, 0, &settings).await;
        // GET, http, `/`, and an authority.
        client.send(1, 5, 1, &[0x82, 0x86, 0x84, 0x41, 1, b'x']).await;
        client
    }

    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let frame = [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat();
        self.0.write_all(&frame).await.unwrap();
    }

    /// Opens the window by `bytes`.
    async fn take(&mut self, bytes: u32) {
        self.send(8, 0, 1, &bytes.to_be_bytes()).await;
    }

    /// How many bytes of the answer arrive until it or the connection ends.
    async fn received(&mut self) -> u32 {
        let mut received = 0;
        let mut head = [0; 9];
        while self.0.read_exact(&mut head).await.is_ok() {
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; length.try_into().unwrap()];
            self.0.read_exact(&mut payload).await.unwrap();
            let (kind, flags) = (head[3], head[4]);
            received += if kind == 0 { length } else { 0 };
            if kind == 0 && flags & 1 == 1 {
                break;
            }
            // PING
            if (kind, flags) == (6, 0) {
                self.send(6, 1, 0, &payload).await;
            }
        }
        received
    }

    /// As [`Self::received`], but opens the window in `turns` steps.
    async fn received_in(mut self, turns: u32, pause: Duration) -> u32 {
        let taking = async move {
            for _ in 0..turns {
                sleep(pause).await;
                self.take(SHORT_BYTES / turns).await;
            }
            self.received().await
        };
        timeout(WAIT_MAX, taking).await.unwrap()
    }
}

#[tokio::test]
async fn an_answer_that_is_on_its_way_at_a_stop_arrives() {
    let (address, stop, serving) = served(Timeouts::default()).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert_eq!(client.read_u8().await.unwrap(), b'H');
    stop.send(true).unwrap();
    sleep(2 * CLOSE_TIMEOUT).await;
    let mut answer = vec![];
    let _ = timeout(WAIT_MAX, client.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.len() > LONG_BYTES, "{} bytes came", answer.len());
    timeout(WAIT_MAX, serving).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn an_answer_with_a_small_window_at_a_stop_arrives() {
    let (address, stop, serving) = served(Timeouts::default()).await;
    let client = Http2Client::asking(address, 0).await;
    sleep(CLOSE_TIMEOUT / 4).await;
    stop.send(true).unwrap();
    assert_eq!(client.received_in(10, CLOSE_TIMEOUT / 4).await, SHORT_BYTES);
    timeout(WAIT_MAX, serving).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn whoever_takes_a_little_now_and_then_is_waited_for() {
    let (idle, write) = (Duration::from_millis(200), Duration::from_millis(900));
    let (address, _stop, _serving) = served(Timeouts { headers: idle, idle, write, ..Timeouts::default() }).await;
    // In total much longer than a connection without a request may stay open.
    let client = Http2Client::asking(address, 1).await;
    assert_eq!(client.received_in(10, Duration::from_millis(250)).await, SHORT_BYTES);
}

#[tokio::test]
async fn whoever_opens_no_window_loses_their_place() {
    for window in [0, SHORT_BYTES / 2] {
        let soon = Duration::from_millis(300);
        let timeouts = Timeouts { headers: soon, idle: soon, write: soon, ..Timeouts::default() };
        let (address, _stop, serving) = served(timeouts).await;
        let mut client = Http2Client::asking(address, window).await;
        assert_eq!(timeout(WAIT_MAX, client.received()).await.expect("the place is held"), window);
        timeout(WAIT_MAX, serving).await.unwrap().unwrap().unwrap();
    }
}
