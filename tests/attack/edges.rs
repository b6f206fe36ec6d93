//! Requests for somebody else, and heads and bodies beyond their limits: refused by the head, before anything of a body
//! is read.

use crate::support::{Answer, PUBLIC_URL, TestPlatform};
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode, Version, header};
use hyper::body::{Frame, SizeHint};
use ikrar::server::PeerAddr;
use ikrar::web;
use ikrar::web::BODY_BYTES_MAX;
use ikrar::web::entrance::HEAD_BYTES_MAX;
use ikrar::web::verify::body_permit::LONG_BODIES_MAX;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use tower::ServiceExt;

/// Turns that everything else gets before it is looked whether more has happened.
const TURNS: usize = 2_000;

/// A body of an announced length of which nothing comes. Counts itself when it is read.
struct Withheld {
    bytes: u64,
    read: Arc<AtomicUsize>,
    is_read: bool,
}

impl Withheld {
    fn body(bytes: u64, read: &Arc<AtomicUsize>) -> Body {
        Body::new(Self { bytes, read: read.clone(), is_read: false })
    }
}

impl hyper::body::Body for Withheld {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if !self.is_read {
            self.is_read = true;
            self.read.fetch_add(1, Ordering::SeqCst);
        }
        Poll::Pending
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes)
    }
}

#[tokio::test]
async fn a_body_announced_as_too_long_is_refused_on_every_route_before_it_is_read() {
    let platform = TestPlatform::open(1).await;
    let read = Arc::new(AtomicUsize::new(0));
    let routes = web::table(&platform.state);
    assert!(routes.iter().any(|route| route.body_bytes_max > BODY_BYTES_MAX));
    for route in routes {
        let path = route.path.replace(['{', '}', '*'], "");
        for bytes in [route.body_bytes_max as u64 + 1, u64::MAX] {
            let request = Request::post(&path).header("sec-fetch-site", "same-origin");
            let answer = platform.send(request.body(Withheld::body(bytes, &read)).unwrap()).await;
            let closes = answer.header("connection");
            assert_eq!((answer.status, closes), (StatusCode::PAYLOAD_TOO_LARGE, "close"), "{path}: {bytes}");
        }
    }
    assert_eq!(read.load(Ordering::SeqCst), 0);
    // HTTP/2 has a stream to end, and no such header.
    let request = Request::post("/api/v1/verify").version(Version::HTTP_2);
    let answer = platform.send(request.body(Withheld::body(u64::MAX, &read)).unwrap()).await;
    assert_eq!((answer.status, answer.header("connection")), (StatusCode::PAYLOAD_TOO_LARGE, ""));
}

async fn turns() {
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
}

fn handed_in(path: &str, host: u8, announced: Option<u64>, body: Body) -> Request<Body> {
    let kind = if path == "/v" { "multipart/form-data; boundary=batas" } else { "application/pdf" };
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, kind)
        .header("sec-fetch-site", "same-origin")
        .extension(PeerAddr([192, 0, 2, host].into()));
    match announced {
        Some(bytes) => request.header(header::CONTENT_LENGTH, bytes),
        None => request,
    }
    .body(body)
    .unwrap()
}

#[tokio::test]
async fn files_that_never_come_hold_few_places_and_others_are_checked() {
    for path in ["/v", "/api/v1/verify"] {
        let platform = TestPlatform::open(1).await;
        let read = Arc::new(AtomicUsize::new(0));
        let send = |host: u8, announced: Option<u64>| {
            let request = handed_in(path, host, announced, Withheld::body(announced.unwrap_or_default(), &read));
            tokio::spawn(platform.router.clone().oneshot(request))
        };
        let mut sending = vec![];
        for number in 0..LONG_BODIES_MAX {
            sending.push(send(1, (number % 2 == 0).then_some(2 << 20)));
        }
        turns().await;
        assert_eq!(read.load(Ordering::SeqCst), LONG_BODIES_MAX / 2, "one side has no more than its share");

        // Another one has its file checked, and what is short needs no place.
        let body = if path == "/v" {
            "--batas\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--batas--\r\n"
        } else {
            "%PDF-1.7"
        };
        for (host, announced) in [(2, None), (1, Some(body.len() as u64))] {
            assert_eq!(platform.send(handed_in(path, host, announced, Body::from(body))).await.status, StatusCode::OK);
        }

        for host in 2..9 {
            for _ in 0..LONG_BODIES_MAX / 4 {
                sending.push(send(host, None));
            }
        }
        turns().await;
        assert_eq!(read.load(Ordering::SeqCst), LONG_BODIES_MAX);
        sending.into_iter().for_each(|sending| sending.abort());
    }
}

#[tokio::test]
async fn a_head_is_taken_up_to_its_limit_and_not_a_byte_further() {
    let platform = TestPlatform::open(1).await;
    let path = "/api/v1/campaigns";
    let others = path.len() + "x-long".len() + 4;
    for (bytes, status) in [(HEAD_BYTES_MAX, 200), (HEAD_BYTES_MAX + 1, 431)] {
        let request = Request::get(path).header("x-long", "x".repeat(bytes - others));
        let answer = platform.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{bytes}");
        assert!(status == 200 || answer.code() == "head_too_large");
    }
    let many = (0..4_000).fold(Request::get(path), |request, number| request.header(format!("x-{number}"), "x"));
    assert_eq!(platform.send(many.body(Body::empty()).unwrap()).await.status, 431);
}

async fn asked_as(platform: &TestPlatform, hosts: &[&str], address: &str) -> Answer {
    let request = hosts.iter().fold(Request::get(address), |request, host| request.header(header::HOST, *host));
    platform.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_request_for_another_host_is_refused_in_plain_words() {
    let platform = TestPlatform::open(1).await;
    let own = PUBLIC_URL.strip_prefix("http://").unwrap();
    for host in [own, "uji.example", "UJI.EXAMPLE:80", "localhost:8080", "127.0.0.1", "[::1]:8080"] {
        assert_eq!(asked_as(&platform, &[host], "/api/v1/campaigns").await.status, StatusCode::OK, "{host}");
    }
    for host in ["lain.example", "uji.example.lain.example", "10.0.0.1", "budi@uji.example", "", "uji.example, x"] {
        let refused = asked_as(&platform, &[host], "/api/v1/campaigns").await;
        assert_eq!((refused.status, &*refused.code()), (StatusCode::MISDIRECTED_REQUEST, "misdirected"), "{host}");
        for path in ["/readyz/", "/assets", "/x/assets/"] {
            let refused = asked_as(&platform, &[host], path).await;
            assert_eq!(refused.status, StatusCode::MISDIRECTED_REQUEST, "{host} {path}");
        }
        for (lang, words) in [("id", "tidak melayani alamat"), ("en", "answer under that address")] {
            let page = asked_as(&platform, &[host], &format!("/?lang={lang}")).await;
            assert_eq!(page.status, StatusCode::MISDIRECTED_REQUEST);
            assert!(page.text().contains(words), "{}", page.text());
        }
        let css = ikrar::web::assets::url("css/ikrar.css");
        for path in ["/healthz", "/readyz", &css] {
            assert_eq!(asked_as(&platform, &[host], path).await.status, StatusCode::OK, "{host} {path}");
        }
    }
    for hosts in [[own, own], [own, "lain.example"], ["lain.example", own]] {
        let refused = asked_as(&platform, &hosts, "/api/v1/campaigns").await;
        assert_eq!((refused.status, &*refused.code()), (StatusCode::BAD_REQUEST, "malformed"));
    }
    // As HTTP/2 names it, alone or beside the header.
    for (address, hosts, status) in [
        ("http://uji.example:8080/", &[][..], StatusCode::OK),
        ("http://uji.example:8080/", &["uji.example:8080"], StatusCode::OK),
        ("http://lain.example/", &[], StatusCode::MISDIRECTED_REQUEST),
        ("http://lain.example/", &["uji.example:8080"], StatusCode::MISDIRECTED_REQUEST),
        ("http://uji.example:8080/", &["lain.example"], StatusCode::MISDIRECTED_REQUEST),
    ] {
        assert_eq!(asked_as(&platform, hosts, address).await.status, status, "{address} {hosts:?}");
    }
}
