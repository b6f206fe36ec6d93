//! One keep-alive HTTP/1.1 connection, as cheap as possible: the client shares the machine with the servers it loads.
//!
//! Hand-written. hyper's client was measured with the connection driven by the sending task and one write and one read
//! per request: it takes 3 µs more CPU time per request, a sixth of what this client spends on a signing.

use anyhow::{Context, bail};
use flate2::bufread::GzDecoder;
use std::io::Read;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A larger response is an error: the scenarios request nothing of that size.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// A server that takes longer for a connection or a response isn't serving.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(120);
/// The longest line of a response head.
const LINE_BYTES_MAX: usize = 16 * 1024;

pub struct HttpConnection<S = TcpStream> {
    stream: BufReader<S>,
    host: String,
    line: String,
}

#[derive(Default)]
pub struct HttpResponse {
    pub status: u16,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// The first `Set-Cookie`, without its attributes.
    pub cookie: Option<String>,
    /// Decompressed if it was compressed.
    pub body: Vec<u8>,
}

/// What the head says about the body.
#[derive(Default)]
struct Framing {
    length: usize,
    chunked: bool,
    gzip: bool,
}

/// Fails after [`RESPONSE_TIMEOUT`], so that no run waits forever for a server that is stuck.
pub async fn in_time<T>(answer: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    with_timeout(RESPONSE_TIMEOUT, answer).await
}

async fn with_timeout<T>(limit: Duration, answer: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    timeout(limit, answer).await.unwrap_or_else(|_| bail!("no response within {} s", limit.as_secs()))
}

impl HttpConnection {
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = in_time(async { Ok(TcpStream::connect(address).await?) }).await;
        let stream = stream.context("the server takes no connection")?;
        stream.set_nodelay(true)?;
        Ok(Self::over(stream, address))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> HttpConnection<S> {
    /// Over a stream that is already connected, for example one inside TLS.
    pub fn over(stream: S, address: SocketAddr) -> Self {
        Self { stream: BufReader::new(stream), host: address.to_string(), line: String::new() }
    }

    pub async fn get(&mut self, path: &str) -> anyhow::Result<HttpResponse> {
        self.request("GET", path, "", "").await
    }

    /// Posts JSON; `bearer` may be empty.
    pub async fn post(&mut self, path: &str, bearer: &str, body: &str) -> anyhow::Result<HttpResponse> {
        let authorization =
            if bearer.is_empty() { String::new() } else { format!("authorization: Bearer {bearer}\r\n") };
        let headers = format!("content-type: application/json\r\n{authorization}content-length: {}\r\n", body.len());
        self.request("POST", path, &headers, body).await
    }

    /// `headers` are whole lines, and include `content-length` if there is a body.
    pub async fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> anyhow::Result<HttpResponse> {
        in_time(self.whole_response(method, path, headers, body)).await
    }

    async fn whole_response(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> anyhow::Result<HttpResponse> {
        let (mut answer, framing) = self.head_of(method, path, headers, body).await?;
        if framing.chunked {
            while self.chunk(&mut answer.body).await? > 0 {}
        } else {
            if framing.length > BODY_BYTES_MAX {
                bail!("an answer of {} bytes", framing.length);
            }
            answer.body = vec![0; framing.length];
            self.stream.read_exact(&mut answer.body).await?;
        }
        if framing.gzip {
            answer.body = inflated(&answer.body)?;
        }
        Ok(answer)
    }

    /// Requests an event stream and returns the status; its chunks are read by [`Self::chunk`].
    pub async fn watch(&mut self, path: &str) -> anyhow::Result<u16> {
        let head = self.head_of("GET", path, "accept: text/event-stream\r\n", "");
        let (answer, framing) = in_time(head).await?;
        if answer.status == 200 && !framing.chunked {
            bail!("the events have an end");
        }
        Ok(answer.status)
    }

    /// Appends the next chunk to `body` and returns its length; 0 is the end (RFC 9112, section 7.1).
    pub async fn chunk(&mut self, body: &mut Vec<u8>) -> anyhow::Result<usize> {
        let line = self.next_line().await?;
        let length = line.split(';').next().and_then(|hex| usize::from_str_radix(hex.trim(), 16).ok());
        let length = length.context("a chunk without its length")?;
        let before = body.len();
        if length > BODY_BYTES_MAX - before.min(BODY_BYTES_MAX) {
            bail!("an answer of more than {BODY_BYTES_MAX} bytes");
        }
        body.resize(before + length, 0);
        self.stream.read_exact(&mut body[before..]).await?;
        if !self.next_line().await?.is_empty() {
            bail!("a chunk without its end");
        }
        Ok(length)
    }

    /// Closes the connection as its transport requires, for example with TLS's `close_notify`.
    pub async fn close(mut self) {
        // The server may have closed it first.
        let _ = self.stream.shutdown().await;
    }

    async fn head_of(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> anyhow::Result<(HttpResponse, Framing)> {
        let request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n{headers}\r\n{body}", self.host);
        self.stream.write_all(request.as_bytes()).await?;
        self.stream.flush().await?;
        let status = self.next_line().await?.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut answer = HttpResponse { status: status.context("the answer isn't HTTP")?, ..HttpResponse::default() };
        let mut framing = Framing::default();
        loop {
            let line = self.next_line().await?;
            if line.is_empty() {
                return Ok((answer, framing));
            }
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                framing.length = value.parse()?;
            } else if name.eq_ignore_ascii_case("retry-after") {
                answer.retry_after = value.parse().ok();
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                framing.chunked = value.eq_ignore_ascii_case("chunked");
            } else if name.eq_ignore_ascii_case("content-encoding") {
                framing.gzip = value.eq_ignore_ascii_case("gzip");
            } else if name.eq_ignore_ascii_case("set-cookie") && answer.cookie.is_none() {
                answer.cookie = value.split(';').next().map(str::to_owned);
            }
        }
    }

    async fn next_line(&mut self) -> anyhow::Result<&str> {
        self.line.clear();
        let read = (&mut self.stream).take(LINE_BYTES_MAX as u64).read_line(&mut self.line).await?;
        if read == 0 {
            bail!("the server closed the connection");
        }
        if !self.line.ends_with('\n') {
            bail!("a line of the answer doesn't end");
        }
        Ok(self.line.trim_end())
    }
}

fn inflated(body: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut whole = Vec::with_capacity(body.len() * 4);
    let read = GzDecoder::new(body).take(BODY_BYTES_MAX as u64 + 1).read_to_end(&mut whole)?;
    if read > BODY_BYTES_MAX {
        bail!("an answer of more than {BODY_BYTES_MAX} bytes");
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;
    use tokio::io::duplex;

    /// The response when the server sends these bytes.
    async fn response_to(bytes: &[u8]) -> anyhow::Result<HttpResponse> {
        let (near, mut far) = duplex(64 * 1024);
        far.write_all(bytes).await.unwrap();
        far.shutdown().await.unwrap();
        // Kept open in the other direction.
        let answer = HttpConnection::over(near, "127.0.0.1:1".parse().unwrap()).get("/").await;
        drop(far);
        answer
    }

    #[tokio::test]
    async fn a_server_that_says_nothing_is_not_waited_for_without_end() {
        let (near, mut far) = duplex(64 * 1024);
        far.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na").await.unwrap();
        let mut connection = HttpConnection::over(near, "127.0.0.1:1".parse().unwrap());
        let answer = with_timeout(Duration::from_millis(10), connection.whole_response("GET", "/", "", "")).await;
        assert!(answer.is_err_and(|error| error.to_string().starts_with("no response within")));
    }

    #[tokio::test]
    async fn a_whole_a_chunked_and_a_compressed_body_are_read() {
        let whole = response_to(b"HTTP/1.1 503 x\r\nRetry-After: 2\r\nContent-Length: 3\r\n\r\nabc").await.unwrap();
        assert_eq!((whole.status, whole.retry_after, whole.body.as_slice()), (503, Some(2), &b"abc"[..]));

        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(b"a page").unwrap();
        let gzip = gzip.finish().unwrap();
        let head = "HTTP/1.1 200 OK\r\nset-cookie: a=b; Path=/\r\nset-cookie: c=d\r\ncontent-encoding: gzip\r\n\
                    transfer-encoding: chunked\r\n\r\n";
        let (first, second) = gzip.split_at(5);
        let mut bytes = head.as_bytes().to_vec();
        for part in [first, second] {
            bytes.extend(format!("{:x}\r\n", part.len()).as_bytes());
            bytes.extend(part);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"0\r\n\r\n");
        let page = response_to(&bytes).await.unwrap();
        assert_eq!((page.cookie.as_deref(), page.body.as_slice()), (Some("a=b"), &b"a page"[..]));
    }

    #[tokio::test]
    async fn what_is_cut_or_too_large_is_an_error() {
        for bytes in [
            &b""[..],
            b"HTTP/1.1 200 OK\r\ncontent-le",
            b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab",
            b"HTTP/1.1 200 OK\r\ncontent-length: 2000000\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffff\r\n",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabcd\r\n",
        ] {
            assert!(response_to(bytes).await.is_err(), "{}", String::from_utf8_lossy(bytes));
        }
    }
}
