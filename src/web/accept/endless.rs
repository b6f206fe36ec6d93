//! An answer without an end, such as the live numbers: once its head is written, the rest of it goes on without HTTP's
//! machinery, whose buffers (8 KB to read, 8 KB to write) a watcher would hold for hours and hardly use.
//!
//! What remains of HTTP/1.1 is chunked transfer coding (RFC 9112, section 7.1), and of HTTP/1.0, which many proxies speak to
//! a server, nothing but the bytes. Over HTTP/2 such an answer is one like any other. No second request is read from
//! such a connection, so none is ever misread.

use super::conversation::Place;
use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::StreamExt;
use hyper::{Method, Request, Version};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Marks an answer, in its extensions, whose body comes piece by piece for as long as somebody listens.
#[derive(Clone, Copy)]
pub struct Endless;

const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// How the pieces of such an answer are sent.
#[derive(Clone, Copy)]
pub enum Coding {
    Chunked,
    /// As they are; it ends with the connection.
    Bare,
}

/// The rest of an answer whose head HTTP has written.
pub struct Rest {
    pub body: Body,
    pub coding: Coding,
}

/// How such an answer to this request is sent; `None` where it stays within HTTP.
pub fn coding<B>(request: &Request<B>) -> Option<Coding> {
    match request.version() {
        _ if request.method() != Method::GET => None,
        Version::HTTP_11 => Some(Coding::Chunked),
        Version::HTTP_10 => Some(Coding::Bare),
        _ => None,
    }
}

pub fn is_endless(answer: &Response) -> bool {
    answer.extensions().get::<Endless>().is_some()
}

/// Sends it until either side ends it or the client takes nothing any more.
pub async fn go_on<S>(mut stream: S, rest: Rest, place: Place) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Rest { body, coding } = rest;
    let mut pieces = body.into_data_stream();
    let (mut heard, mut is_silent) = ([0; 1], true);
    loop {
        tokio::select! {
            biased;
            piece = pieces.next() => match piece {
                Some(piece) => send(&mut stream, coding, piece.map_err(io::Error::other)?).await?,
                None => break,
            },
            // Whoever leaves is noticed; whoever asks for something more isn't answered, nor read any further.
            bytes = stream.read(&mut heard), if is_silent => match bytes? {
                0 => return Ok(()),
                _ => is_silent = false,
            },
        }
    }
    if let Coding::Chunked = coding {
        stream.write_all(LAST_CHUNK).await?;
    }
    stream.shutdown().await?;
    drop(place);
    Ok(())
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, coding: Coding, piece: Bytes) -> io::Result<()> {
    match coding {
        // An empty chunk would be the last one.
        Coding::Chunked if piece.is_empty() => return Ok(()),
        // Copied, since a piece is short: a call into the system costs more with three parts than with one.
        Coding::Chunked => {
            let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat();
            stream.write_all(&chunk).await?;
        }
        Coding::Bare => stream.write_all(&piece).await?,
    }
    stream.flush().await
}

#[cfg(test)]
mod tests {
    use super::super::{Edge, listen};
    use super::*;
    use axum::routing::get;
    use axum::{Extension, Router};
    use futures_util::{Stream, stream};
    use std::convert::Infallible;
    use std::net::SocketAddr;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::net::TcpStream;
    use tokio::sync::{Semaphore, oneshot, watch};
    use tokio::task::JoinHandle;

    /// What a watcher holds besides its socket and its body. Ten thousand watch at once, and for hours.
    const WATCHER_BYTES_MAX: usize = 512;
    const NEWS: [&[u8]; 4] = [b"one", b"", b"and two", &[b'x'; 300_000]];

    fn news() -> impl Stream<Item = Result<&'static [u8], Infallible>> {
        stream::iter(NEWS.into_iter().map(Ok))
    }

    /// Serves news with an end at `/some` and without one at `/more`.
    fn served() -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
        let some = async || (Extension(Endless), Body::from_stream(news()));
        let more = async || (Extension(Endless), Body::from_stream(news().chain(stream::pending())));
        let router = Router::new().route("/some", get(some)).route("/more", get(more));
        let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let edge = Edge { listener, tls: None, connections_max: 4, proxies: vec![] };
        let serving = edge.serve(router, async {
            let _ = stopped.await;
        });
        (address, stop, tokio::spawn(serving))
    }

    async fn asked(address: SocketAddr, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// Head and the rest, once the server has ended the connection.
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
        let expected = [b"3\r\none\r\n7\r\nand two\r\n493e0\r\n", NEWS[3], b"\r\n", LAST_CHUNK].concat();
        assert!(body == expected, "{} bytes", body.len());
    }

    #[tokio::test]
    async fn an_older_client_gets_them_bare_and_who_asks_for_the_head_gets_that() {
        let (address, _stop, _serving) = served();
        let (head, body) = answer(address, "GET /some HTTP/1.0\r\nHost: x\r\n\r\n").await;
        assert!(!head.contains("chunked") && body == NEWS.concat(), "{head}, {} bytes", body.len());
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
        let rest = Rest { body: Body::empty(), coding: Coding::Chunked };
        let bytes = size_of_val(&go_on(stream, rest, Place { _permit: permit, _stopping: stopping }));
        assert!(bytes <= WATCHER_BYTES_MAX, "{bytes}");
    }
}
