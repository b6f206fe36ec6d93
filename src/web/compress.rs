//! Compresses responses (gzip, RFC 1952) where the client accepts it and it is worth it.
//!
//! A page made for one person is compressed at the fastest level, by a compressor that each thread keeps: creating one
//! takes longer than compressing a page. What is the same for all visitors brings its compressed form along
//! ([`Compressed`]). Deliberately absent: streamed bodies; there is only one, and it has no end.

use super::middleware::{Middleware, ResponseFuture};
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What is shorter fits into one packet with its headers, compressed or not.
const WORTH_BYTES_MIN: usize = 1024;
/// Longer bodies go out as they are, rather than keep a thread busy; a result of a province has some kilobytes.
const WORTH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// RFC 1952, section 2.3: deflate, no flags, no time, an unknown system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// The compressed form of an answer's body, among its extensions.
#[derive(Clone)]
pub struct Compressed(pub Bytes);

impl Compressed {
    /// Takes its time: for what is sent more than once. `None` where it isn't worth it.
    pub fn of(body: &[u8]) -> Option<Self> {
        let mut compress = Compress::new(Compression::best(), false);
        worth(body.len()).then(|| gzip(&mut compress, body)).flatten().map(Self)
    }
}

/// The compressed forms of files that never change, each from when it is first asked for. There are no more than files.
#[derive(Default)]
pub struct CompressedFiles(Mutex<HashMap<String, Option<Compressed>>>);

impl CompressedFiles {
    /// `data` is what the file called so always holds.
    pub fn of(&self, file: &str, data: &[u8]) -> Option<Compressed> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known().get(file).cloned();
        before.unwrap_or_else(|| {
            let made = Compressed::of(data);
            known().insert(file.into(), made.clone());
            made
        })
    }
}

thread_local! {
    static QUICKEST: RefCell<Compress> = RefCell::new(Compress::new(Compression::fast(), false));
}

/// Compresses responses that are worth it, for clients that accept it.
#[derive(Clone)]
pub struct Compressing;

impl Middleware for Compressing {
    /// Whether they take it.
    type Seen = bool;

    fn on_request(&self, request: &Request) -> bool {
        takes_gzip(request.headers())
    }

    async fn on_response(taken: bool, answer: impl ResponseFuture) -> Response {
        compressed(answer.await, taken).await
    }
}

async fn compressed(mut response: Response, taken: bool) -> Response {
    if !is_text(response.headers()) {
        return response;
    }
    let Some(length) = response.body().size_hint().exact().and_then(|length| usize::try_from(length).ok()) else {
        return response;
    };
    if !worth(length) {
        return response;
    }
    response.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
    if !taken {
        return response;
    }
    if let Some(Compressed(bytes)) = response.extensions_mut().remove() {
        return encoded(response, bytes);
    }
    let (parts, body) = response.into_parts();
    // The whole of it is there already.
    let Ok(whole) = to_bytes(body, WORTH_BYTES_MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    match QUICKEST.with_borrow_mut(|compress| gzip(compress, &whole)) {
        Some(bytes) => encoded(Response::from_parts(parts, Body::empty()), bytes),
        None => Response::from_parts(parts, Body::from(whole)),
    }
}

fn encoded(mut response: Response, bytes: Bytes) -> Response {
    response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response.headers_mut().remove(CONTENT_LENGTH);
    *response.body_mut() = Body::from(bytes);
    response
}

fn worth(bytes: usize) -> bool {
    (WORTH_BYTES_MIN..=WORTH_BYTES_MAX).contains(&bytes)
}

/// Pictures, fonts, PDF and archives are compressed already, and so is what says so.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let kind = kind.split(|&byte| byte == b';').next().unwrap_or_default();
    let text = (kind.starts_with(b"text/") && kind != b"text/event-stream")
        || kind.ends_with(b"json")
        || kind.ends_with(b"xml");
    text && !headers.contains_key(CONTENT_ENCODING)
}

/// Whether gzip is among the codings that are taken (RFC 9110, section 12.5.3). Nothing said means none here.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let weight = |wanted: &str| {
        let lines = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(',')).find_map(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            // Names are taken in any case, that of the weight, too (RFC 5234, section 2.3).
            let is_wanted = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
            let mut parameters = parts.filter_map(|part| part.split_once('='));
            let weight = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
            is_wanted.then(|| weight.map_or(1.0, |(_, weight)| weight.trim().parse().unwrap_or(0.0)))
        })
    };
    weight("gzip").or_else(|| weight("*")).is_some_and(|weight: f32| weight > 0.0)
}

/// `None` only if the compressor breaks its own rules; then the body goes out as it is.
fn gzip(compress: &mut Compress, body: &[u8]) -> Option<Bytes> {
    compress.reset();
    let mut bytes = Vec::with_capacity(body.len() / 2 + 64);
    bytes.extend_from_slice(&HEAD);
    loop {
        let read = usize::try_from(compress.total_in()).ok()?;
        match compress.compress_vec(body.get(read..)?, &mut bytes, FlushCompress::Finish).ok()? {
            Status::StreamEnd => break,
            Status::Ok | Status::BufError => bytes.reserve(body.len() / 4 + 64),
        }
    }
    let mut check = Crc::new();
    check.update(body);
    bytes.extend_from_slice(&check.sum().to_le_bytes());
    bytes.extend_from_slice(&check.amount().to_le_bytes());
    Some(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::middleware::MiddlewareLayer;
    use axum::Router;
    use axum::response::{Html, IntoResponse};
    use axum::routing::get;
    use flate2::read::GzDecoder;
    use std::io::Read;
    use tower::ServiceExt;

    fn inflated(bytes: &[u8]) -> Vec<u8> {
        let mut whole = Vec::new();
        GzDecoder::new(bytes).read_to_end(&mut whole).unwrap();
        whole
    }

    async fn asked(codings: &str, answered: Response) -> (HeaderMap, Bytes) {
        let answered = std::sync::Mutex::new(Some(answered));
        let answered = std::sync::Arc::new(answered);
        let router = Router::new().route("/", get(async move || answered.lock().unwrap().take().unwrap()));
        let request = Request::get("/").header(ACCEPT_ENCODING, codings).body(Body::empty()).unwrap();
        let (parts, body) = router.layer(MiddlewareLayer(Compressing)).oneshot(request).await.unwrap().into_parts();
        (parts.headers, to_bytes(body, usize::MAX).await.unwrap())
    }

    #[tokio::test]
    async fn one_compressor_makes_page_after_page() {
        for size in [WORTH_BYTES_MIN, 5_000, 40_000, 1_000_000, WORTH_BYTES_MIN] {
            // Hardly any two pieces are alike, so that the first room is never enough.
            let page: String =
                (0u32..).map(|n| char::from((n.wrapping_mul(0x9E37_79B9) >> 25) as u8)).take(size).collect();
            let (headers, body) = asked("br;q=1.0, GZIP ; q=0.5", Html(page.clone()).into_response()).await;
            assert_eq!(
                (headers[CONTENT_ENCODING].as_bytes(), headers[VARY].as_bytes()),
                (&b"gzip"[..], &b"accept-encoding"[..])
            );
            assert_eq!(headers[CONTENT_LENGTH], body.len().to_string());
            assert!(inflated(&body) == page.as_bytes());
        }
    }

    #[tokio::test]
    async fn what_is_small_or_compressed_or_unwanted_goes_out_as_it_is() {
        let long = "x".repeat(2 * WORTH_BYTES_MIN);
        let pdf = ([(CONTENT_TYPE, "application/pdf")], long.clone()).into_response();
        let done = ([(CONTENT_TYPE, "text/css"), (CONTENT_ENCODING, "br")], long.clone()).into_response();
        let small = Html("x".repeat(WORTH_BYTES_MIN - 1)).into_response();
        for plain in [pdf, done, small] {
            let before = plain.headers().get(CONTENT_ENCODING).cloned();
            let (headers, body) = asked("gzip", plain).await;
            assert!(headers.get(CONTENT_ENCODING) == before.as_ref() && body.iter().all(|&byte| byte == b'x'));
        }
        for codings in [
            "",
            "br",
            "gzip;q=0",
            "gzip;Q=0",
            "GZIP ; Q = 0.000",
            "gzip;Q=0, *",
            "*;Q=0",
            "identity",
            "gzip;q=x",
            "gzip;level=1;q=0",
        ] {
            let (headers, body) = asked(codings, Html(long.clone()).into_response()).await;
            assert!(!headers.contains_key(CONTENT_ENCODING) && body == long.as_bytes(), "{codings}");
            assert_eq!(headers[VARY], "accept-encoding");
        }
    }

    #[tokio::test]
    async fn a_weight_in_either_case_lets_gzip_in() {
        for codings in ["gzip;Q=0.1", "gzip;q=1", "br;Q=0, *;Q=0.5", "gzip;level=1"] {
            let (headers, _) = asked(codings, Html("x".repeat(2 * WORTH_BYTES_MIN)).into_response()).await;
            assert_eq!(headers[CONTENT_ENCODING], "gzip", "{codings}");
        }
    }

    #[tokio::test]
    async fn what_brings_its_compressed_form_isn_t_compressed_again() {
        let long = "x".repeat(2 * WORTH_BYTES_MIN);
        let known = Compressed::of(long.as_bytes()).unwrap();
        assert!(inflated(&known.0) == long.as_bytes() && Compressed::of(b"short").is_none());
        for (codings, expected) in [("*", known.0.clone()), ("br", long.clone().into())] {
            let mut response = Html(long.clone()).into_response();
            response.extensions_mut().insert(known.clone());
            assert_eq!(asked(codings, response).await.1, expected);
        }
    }
}
