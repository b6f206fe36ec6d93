//! The edge of a real server: a limit of connections, a stop that drains, and TLS whose certificate is renewed.

use crate::support::{Client, Folder, Served};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

const PEOPLE: u32 = 60;
const ANSWER_TIME_MAX: Duration = Duration::from_secs(20);
/// What the log says when a stop didn't wait any longer.
const CUT: &str = "connections were cut after the drain limit";
/// More than an address may look up at once, and fewer than everybody together may.
const LOOK_UPS: usize = 350;
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// An empty SETTINGS frame (RFC 9113, section 6.5).
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

fn demo() -> Folder {
    let folder = Folder::new(PEOPLE);
    folder.start().kill();
    folder
}

/// Speaks HTTP/2 without asking first, and returns the type of the first frame that comes back.
async fn first_frame(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> u8 {
    stream.write_all(&[PREFACE, SETTINGS].concat()).await.unwrap();
    let mut head = [0; 9];
    timeout(ANSWER_TIME_MAX, stream.read_exact(&mut head)).await.unwrap().unwrap();
    head[3]
}

/// The whole answer to a request that asks for the connection to end.
async fn asked(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![];
    // A server that says nothing more than it must closes TLS without saying so.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_beyond_the_limit_waits_until_another_ends() {
    let served = Served::start(&demo(), &["--connections-max", "4"]);
    served.until_it_says("\"connections\":4", 1).await;
    // The one that saw the server listen may still hold a place.
    let mut silent = vec![];
    for _ in 0..4 {
        silent.push(TcpStream::connect(served.address).await.unwrap());
    }
    served.until_it_says("every connection is taken", 1).await;
    let late = TcpStream::connect(served.address).await.unwrap();
    let mut waiting = tokio::spawn(async move { asked(late, "/healthz").await });
    assert!(timeout(Duration::from_secs(1), &mut waiting).await.is_err(), "a fifth connection was served");
    silent.clear();
    let answer = timeout(ANSWER_TIME_MAX, waiting).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_ends_watchers_and_silent_connections_and_exits_cleanly() {
    let demo = demo();
    let mut served = Served::start(&demo, &[]);
    let client = Client::new(&served.url()).await;
    let receipt = client.sign(&client.session(&demo.people()[0]).await.unwrap()).await.unwrap();
    assert_eq!(receipt.status, 201, "{}", receipt.json());

    let mut watcher = TcpStream::connect(served.address).await.unwrap();
    watcher.write_all(b"GET /k/sumsel/live/events HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let ours = watcher.local_addr().unwrap();
    let mut seen = vec![0; 4_096];
    let read = timeout(ANSWER_TIME_MAX, watcher.read(&mut seen)).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&seen[..read]).starts_with("HTTP/1.1 200"));
    let mut silent = TcpStream::connect(served.address).await.unwrap();
    let mut half = TcpStream::connect(served.address).await.unwrap();
    half.write_all(b"GET / HTTP/1.1\r\nHost").await.unwrap();
    assert_eq!(first_frame(TcpStream::connect(served.address).await.unwrap()).await, 4);

    served.signal("TERM");
    let mut rest = vec![];
    timeout(ANSWER_TIME_MAX, watcher.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "the stream was cut instead of ended");
    for connection in [&mut silent, &mut half] {
        let _ = timeout(ANSWER_TIME_MAX, connection.read_to_end(&mut vec![])).await.unwrap();
    }
    assert_eq!(served.ended().await, 0, "{}", served.log());
    assert!(!served.log().contains(CUT), "a connection that does nothing kept the server: {}", served.log());
    assert!(TcpStream::connect(served.address).await.is_err());
    assert!(!served.log().contains(&ours.to_string()), "a client's address is in the log: {}", served.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_never_ends_is_cut_by_the_drain_limit() {
    let mut served = Served::start(&demo(), &[]);
    let mut slow = TcpStream::connect(served.address).await.unwrap();
    let head = "POST /api/v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.unwrap();
    // Nothing says that the request has begun; one that is answered after it does.
    assert!(asked(TcpStream::connect(served.address).await.unwrap(), "/healthz").await.starts_with("HTTP/1.1 200"));
    served.signal("TERM");
    assert_eq!(served.ended().await, 0, "{}", served.log());
    assert!(served.log().contains(CUT), "{}", served.log());
}

/// All that comes until the server closes the connection.
async fn until_closed(served: &Served, said: &str) -> String {
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(said.as_bytes()).await.unwrap();
    let mut answer = vec![];
    // Where more was sent than is read, the system may say so instead of ending the connection.
    let _ = timeout(ANSWER_TIME_MAX, stream.read_to_end(&mut answer)).await.expect("the connection stays open");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_long_or_for_another_host_is_refused_by_its_head() {
    let served = Served::start(&demo(), &["--also-host", "ikrar_nodes", "--also-host", "10.9.8.7"]);
    let verify = |length: &str| {
        format!("POST /api/v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pdf\r\n{length}\r\n")
    };
    // The body never comes, and the client doesn't ask for an end.
    let refused = until_closed(&served, &verify("Content-Length: 3000000\r\n")).await;
    assert!(refused.starts_with("HTTP/1.1 413") && refused.contains("connection: close"), "{refused}");
    let refused = until_closed(&served, &verify("Content-Length: 3000000\r\nExpect: 100-continue\r\n")).await;
    assert!(refused.starts_with("HTTP/1.1 413"), "{refused}");

    let get = |lines: &str| format!("GET / HTTP/1.1\r\n{lines}Connection: close\r\n\r\n");
    let long = format!("Host: localhost\r\nX-Long: {}\r\n", "x".repeat(40 * 1024));
    for (lines, status) in [
        ("Host: ikrar_nodes\r\n", "200"),
        ("Host: 10.9.8.7:80\r\n", "200"),
        ("Host: lain.example\r\n", "421"),
        ("Host: localhost\r\nHost: localhost\r\n", "400"),
        (&long, "431"),
    ] {
        let answer = until_closed(&served, &get(lines)).await;
        let start = &answer[..answer.len().min(60)];
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{start}");
    }
    served.until_it_says("--also-host", 1).await;
    assert!(served.log().contains("lain.example"), "{}", served.log());
}

/// Asks for one certificate number very often at once, each time with what a proxy would say; how many were told to
/// wait.
async fn told_to_wait(served: &Served, serial: &str, claim: impl Fn(usize) -> String) -> usize {
    let mut asking = JoinSet::new();
    for number in 0..LOOK_UPS {
        let body = format!("{{\"serial\":\"{serial}\"}}");
        let request = format!(
            "POST /api/v1/verify HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
             X-Forwarded-For: {}\r\nContent-Length: {}\r\n\r\n{body}",
            claim(number),
            body.len()
        );
        let address = served.address;
        asking.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        });
    }
    let answers = asking.join_all().await;
    let with = |status: &str| answers.iter().filter(|answer| answer.starts_with(&format!("HTTP/1.1 {status}"))).count();
    assert_eq!(with("200") + with("429"), LOOK_UPS);
    with("429")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_trusted_proxy_says_for_whom_it_asks() {
    let demo = demo();
    let address_of = |number: usize| format!("198.51.{}.{}", number / 250, number % 250);
    let served = Served::start(&demo, &["--trusted-proxy", "127.0.0.0/8"]);
    let client = Client::new(&served.url()).await;
    let receipt = client.sign(&client.session(&demo.people()[0]).await.unwrap()).await.unwrap().json();
    let serial = receipt["serial"].as_str().unwrap();
    assert_eq!(told_to_wait(&served, serial, address_of).await, 0, "callers were taken for one");
    let one = told_to_wait(&served, serial, |number| format!("{}, 203.0.113.9", address_of(number))).await;
    assert!(one > 0, "what stands left of the nearest stranger was believed");

    let served = Served::start(&demo, &[]);
    assert!(told_to_wait(&served, serial, address_of).await > 0, "anybody's header was believed");
}

/// A certificate for this machine, written beside its key.
fn renew(chain: &Path, key: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).unwrap();
    std::fs::write(key, made.signing_key.serialize_pem()).unwrap();
    std::fs::write(chain, made.cert.pem()).unwrap();
    CertificateDer::from_pem_slice(made.cert.pem().as_bytes()).unwrap()
}

/// A TLS connection that trusts this certificate and no other, offering these protocols.
async fn over_tls(
    served: &Served,
    trusted: &CertificateDer<'static>,
    protocols: &[&str],
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(served.address).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_certificate_is_served_without_a_restart_and_a_broken_one_isn_t() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    let first = renew(&chain, &key);
    let files = ["--tls-cert", chain.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let served = Served::start(&demo(), &files);

    let stream = over_tls(&served, &first, &["h2", "http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    assert_eq!(first_frame(stream).await, 4);
    let stream = over_tls(&served, &first, &["http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"http/1.1".as_slice()));
    assert!(asked(stream, "/readyz").await.starts_with("HTTP/1.1 200"));

    let second = renew(&chain, &key);
    served.signal("HUP");
    served.until_it_says("the TLS certificate was read again", 1).await;
    assert!(over_tls(&served, &first, &[]).await.is_err(), "the old certificate is still served");
    assert!(asked(over_tls(&served, &second, &[]).await.unwrap(), "/readyz").await.starts_with("HTTP/1.1 200"));

    std::fs::write(&chain, "not a certificate").unwrap();
    served.signal("HUP");
    served.until_it_says("the new TLS certificate isn't used", 1).await;
    assert!(asked(over_tls(&served, &second, &[]).await.unwrap(), "/readyz").await.starts_with("HTTP/1.1 200"));
}
