//! Detects HTTP/2 without TLS by peeking at the first bytes. A client that sends nothing costs only its socket.

use rustix::net::{RecvFlags, recv};
use std::io;
use tokio::io::Interest;
use tokio::net::TcpStream;

/// The first bytes of every HTTP/2 connection (RFC 9113, section 3.4), and a reserved method name.
const PREFACE: &[u8; 3] = b"PRI";

/// Whether the client speaks HTTP/2. Waits for the first bytes without a limit of its own.
pub async fn is_http2(stream: &TcpStream) -> io::Result<bool> {
    loop {
        let ready = stream.ready(Interest::READABLE).await?;
        match stream.try_io(Interest::READABLE, || peek(stream)) {
            // The client sent part of the preface and closed its side. The socket stays readable, so waiting would
            // spin; HTTP/1 then answers the malformed request.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && ready.is_read_closed() => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            decided => return decided,
        }
    }
}

/// Returns `WouldBlock` as long as the first one or two bytes don't decide it, as if nothing had arrived.
fn peek(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0; PREFACE.len()];
    let (read, _) = recv(stream, &mut first, RecvFlags::PEEK)?;
    if read > 0 && read < PREFACE.len() && first[..read] == PREFACE[..read] {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    Ok(first == *PREFACE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    const PAUSE: Duration = Duration::from_millis(30);

    async fn told(parts: &[&[u8]]) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        client.set_nodelay(true).unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let parts: Vec<Vec<u8>> = parts.iter().map(|part| part.to_vec()).collect();
        let saying = tokio::spawn(async move {
            for part in parts {
                client.write_all(&part).await.unwrap();
                tokio::time::sleep(PAUSE).await;
            }
        });
        let told = is_http2(&stream).await.unwrap();
        saying.await.unwrap();
        told
    }

    #[tokio::test]
    async fn the_protocol_is_told_from_the_first_bytes_however_they_come() {
        assert!(told(&[b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]).await);
        assert!(told(&[b"P", b"R", b"I * HTTP/2.0\r\n\r\n"]).await);
        assert!(!told(&[b"GET / HTTP/1.1\r\n"]).await);
        assert!(!told(&[b"P", b"O", b"ST / HTTP/1.1\r\n"]).await);
        assert!(!told(&[b"G"]).await && !told(&[]).await);
    }

    /// On several threads, since a busy loop can't be cancelled from its own.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_leaves_in_the_middle_of_it_speaks_no_http2() {
        for part in [&b"P"[..], b"PR"] {
            let telling = tokio::spawn(async move { told(&[part]).await });
            let told = tokio::time::timeout(Duration::from_secs(5), telling).await.expect("nobody waits for it");
            assert!(!told.unwrap());
        }
    }
}
