//! Endless responses, such as the live numbers: hyper writes the head, then the body is sent without hyper, whose
//! buffers (8 KB to read, 8 KB to write) each watcher would occupy for hours and hardly use.
//!
//! Over HTTP/1.1 the body uses chunked transfer coding (RFC 9112, section 7.1); over HTTP/1.0, which many proxies use
//! towards servers, it is sent as plain bytes. Over HTTP/2 hyper sends an endless response as any other. No second
//! request is read from a detached connection, so none can be misread.

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::StreamExt;
use hyper::{Method, Request, Version};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, watch};

/// Marks a response, in its extensions, whose body is streamed for as long as the client listens.
#[derive(Clone, Copy)]
pub struct Endless;

/// Held for as long as the connection lives.
pub struct ConnectionPermit {
    pub _permit: OwnedSemaphorePermit,
    /// Shutdown waits until every receiver is dropped.
    pub _stopping: watch::Receiver<bool>,
}

const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// How the chunks of a detached body are framed.
#[derive(Clone, Copy)]
pub enum TransferCoding {
    Chunked,
    /// No framing: the body ends with the connection.
    Bare,
}

/// The body of a response whose head hyper has written.
pub struct DetachedBody {
    pub body: Body,
    pub coding: TransferCoding,
}

/// The transfer coding for an endless response to this request; `None` if hyper sends it.
pub fn transfer_coding<B>(request: &Request<B>) -> Option<TransferCoding> {
    match request.version() {
        _ if request.method() != Method::GET => None,
        Version::HTTP_11 => Some(TransferCoding::Chunked),
        Version::HTTP_10 => Some(TransferCoding::Bare),
        _ => None,
    }
}

pub fn is_endless(answer: &Response) -> bool {
    answer.extensions().get::<Endless>().is_some()
}

/// Sends the body until either side ends it or the client stops reading.
pub async fn send<S>(mut stream: S, detached: DetachedBody, permit: ConnectionPermit) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let DetachedBody { body, coding } = detached;
    let mut chunks = body.into_data_stream();
    let (mut received, mut is_silent) = ([0; 1], true);
    loop {
        tokio::select! {
            biased;
            chunk = chunks.next() => match chunk {
                Some(chunk) => send_chunk(&mut stream, coding, chunk.map_err(io::Error::other)?).await?,
                None => break,
            },
            // Notices a client that leaves. If the client sends another request, it is neither answered nor read
            // further.
            bytes = stream.read(&mut received), if is_silent => match bytes? {
                0 => return Ok(()),
                _ => is_silent = false,
            },
        }
    }
    if let TransferCoding::Chunked = coding {
        stream.write_all(LAST_CHUNK).await?;
    }
    stream.shutdown().await?;
    drop(permit);
    Ok(())
}

async fn send_chunk<S: AsyncWrite + Unpin>(stream: &mut S, coding: TransferCoding, bytes: Bytes) -> io::Result<()> {
    match coding {
        // An empty chunk would be the last one.
        TransferCoding::Chunked if bytes.is_empty() => return Ok(()),
        // Copied, since chunks are short: a system call with three slices costs more than one with a single slice.
        TransferCoding::Chunked => {
            let chunk = [format!("{:x}\r\n", bytes.len()).as_bytes(), &bytes, b"\r\n"].concat();
            stream.write_all(&chunk).await?;
        }
        TransferCoding::Bare => stream.write_all(&bytes).await?,
    }
    stream.flush().await
}

#[cfg(test)]
mod tests {
    use super::super::{HttpServer, listen};
    use super::*;
    use axum::routing::get;
    use axum::{Extension, Router};
    use futures_util::{Stream, stream};
    use std::convert::Infallible;
    use std::net::SocketAddr;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::net::TcpStream;
    use tokio::sync::{Semaphore, oneshot};
    use tokio::task::JoinHandle;

    /// Most memory of a watcher besides its socket and body: ten thousand watch at once, for hours.
    const WATCHER_BYTES_MAX: usize = 512;
    const CHUNKS: [&[u8]; 4] = [b"one", b"", b"and two", &[b'x'; 300_000]];

    fn chunks() -> impl Stream<Item = Result<&'static [u8], Infallible>> {
        stream::iter(CHUNKS.into_iter().map(Ok))
    }

    /// Serves a stream that ends at `/some` and one that doesn't at `/more`.
    fn served() -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
        let some = async || (Extension(Endless), Body::from_stream(chunks()));
        let more = async || (Extension(Endless), Body::from_stream(chunks().chain(stream::pending())));
        let router = Router::new().route("/some", get(some)).route("/more", get(more));
        let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = HttpServer { listener, tls: None, connections_max: 4, proxies: vec![] };
        let serving = server.serve(router, async {
            let _ = stopped.await;
        });
        (address, stop, tokio::spawn(serving))
    }

    async fn asked(address: SocketAddr, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// The head and the rest, once the server has closed the connection.
    async fn answer(address: SocketAddr, request: &str) -> (String, Vec<u8>) {
        let mut bytes = Vec::new();
        asked(address, request).await.read_to_end(&mut bytes).await.unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        (String::from_utf8(bytes[..end].to_vec()).unwrap(), bytes[end + 4..].to_vec())
    }

    #[tokio::test]
    async fn the_pieces_come_in_chunks_and_what_is_asked_after_them_is_never_answered() {
        let (address, _stop, _serving) = served();
        let twice = "GET /some HTTP/1.1\r\nHost: x\r\n\r\nGET /some HTTP/1.1\r\nHost: x\r\n\r\n";
        let (head, body) = answer(address, twice).await;
        assert!(head.starts_with("HTTP/1.1 200 OK") && head.contains("transfer-encoding: chunked"), "{head}");
        assert!(head.contains("connection: close"), "{head}");
        let expected = [b"3\r\none\r\n7\r\nand two\r\n493e0\r\n", CHUNKS[3], b"\r\n", LAST_CHUNK].concat();
        assert!(body == expected, "{} bytes", body.len());
    }

    #[tokio::test]
    async fn an_older_client_gets_them_bare_and_who_asks_for_the_head_gets_that() {
        let (address, _stop, _serving) = served();
        let (head, body) = answer(address, "GET /some HTTP/1.0\r\nHost: x\r\n\r\n").await;
        assert!(!head.contains("chunked") && body == CHUNKS.concat(), "{head}, {} bytes", body.len());
        let (head, body) = answer(address, "HEAD /more HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200 OK") && body.is_empty(), "{head}, {} bytes", body.len());
    }

    #[tokio::test]
    async fn whoever_listens_counts_as_a_connection_until_they_leave() {
        let (address, stop, serving) = served();
        let mut watchers = Vec::new();
        for version in ["1.0", "1.1", "1.1", "1.0"] {
            let mut watcher = asked(address, &format!("GET /more HTTP/{version}\r\nHost: x\r\n\r\n")).await;
            watcher.read_exact(&mut [0; 300_000]).await.unwrap();
            watchers.push(watcher);
        }
        let mut fifth = asked(address, "GET /some HTTP/1.1\r\nHost: x\r\n\r\n").await;
        let waited = tokio::time::timeout(Duration::from_millis(200), fifth.read_u8()).await;
        assert!(waited.is_err(), "there was a place for a fifth");
        watchers.pop();
        assert_eq!(fifth.read_u8().await.unwrap(), b'H');
        stop.send(()).unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(!serving.is_finished(), "the stop didn't wait for those who listen");
        drop((watchers, fifth));
        serving.await.unwrap();
    }

    #[tokio::test]
    async fn a_watcher_holds_little() {
        let (_stop, stopping) = watch::channel(false);
        let permit = Arc::new(Semaphore::new(1)).acquire_owned().await.unwrap();
        let (address, _stop, _serving) = served();
        let stream = TcpStream::connect(address).await.unwrap();
        let rest = DetachedBody { body: Body::empty(), coding: TransferCoding::Chunked };
        let bytes = size_of_val(&send(stream, rest, ConnectionPermit { _permit: permit, _stopping: stopping }));
        assert!(bytes <= WATCHER_BYTES_MAX, "{bytes}");
    }
}
