//! Which request a log line belongs to: the template of its route, and an id that the response carries too, so that a
//! person can read it to the help desk over the telephone. Path and query aren't kept, since both may hold what people
//! typed.
//!
//! It costs a request a few words of memory; nothing is written or formatted unless a line is.

use super::log_rate_limit::LogRateLimit;
use super::traces;
use axum::extract::MatchedPath;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::Response;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;

/// Carries the id, in and out.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Bounds of an id that a proxy gives, in bytes.
const GIVEN_BYTES: std::ops::RangeInclusive<usize> = 8..=64;
/// Crockford's base 32: no letter is taken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Odd, so that multiplying with it only permutes the numbers (the golden ratio's fraction).
const DEAL: u64 = 0x9E37_79B9_7F4A_7C15;
/// Characters in each of three groups. An access code has two groups of five and can't be mistaken for it.
const GROUP: usize = 4;
/// Log lines for failed requests per second: a full disk in a busy minute must not fill up with log lines as well.
const FAILURES_TOLD_PER_SEC_MAX: u32 = 20;

static FAILURES: LogRateLimit = LogRateLimit::per_second(FAILURES_TOLD_PER_SEC_MAX);

tokio::task_local! {
    static CURRENT: CurrentRequest;
}

/// The request that this task answers.
#[derive(Clone)]
pub struct CurrentRequest {
    id: RequestId,
    route: Option<MatchedPath>,
}

/// `7KQ2-M9XD-04TR`, or as a trusted proxy wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

/// Gives ids that don't repeat while the process runs, and hardly in all its runs.
pub struct RequestIds(AtomicU64);

impl RequestIds {
    /// `start` is drawn at random, so that two nodes and two runs give different ones.
    pub fn starting_at(start: u64) -> Self {
        Self(AtomicU64::new(start))
    }

    pub fn next(&self) -> RequestId {
        let mut rest = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(DEAL);
        let mut text = *b"0000-0000-0000";
        for (place, letter) in text.iter_mut().enumerate() {
            if place % (GROUP + 1) != GROUP {
                *letter = ALPHABET[usize::from((rest & 31) as u8)];
                rest >>= 5;
            }
        }
        RequestId(HeaderValue::from_bytes(&text).expect("letters, digits and hyphens"))
    }
}

impl RequestId {
    /// One that a proxy gave, if it is 8-64 of `A-Z a-z 0-9 . _ -`: anything else could forge a log line.
    pub fn given(value: &HeaderValue) -> Option<Self> {
        let plain = |c: &u8| c.is_ascii_alphanumeric() || b"._-".contains(c);
        let bytes = value.as_bytes();
        (GIVEN_BYTES.contains(&bytes.len()) && bytes.iter().all(plain)).then(|| Self(value.clone()))
    }

    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl CurrentRequest {
    pub fn id(&self) -> &RequestId {
        &self.id
    }

    /// The template, such as `/k/{slug}/sign`; `None` where no route matched.
    pub fn route(&self) -> Option<&str> {
        self.route.as_ref().map(MatchedPath::as_str)
    }
}

/// The request that is being answered here; `None` in a task of the program's own.
pub fn current() -> Option<CurrentRequest> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Answers a request: each log line on the way says which one it was. With `ikrar::request=debug` in `RUST_LOG` every
/// answer is a line of its own; by default none is, since a province signing would be a line per person.
pub async fn followed(
    id: RequestId,
    route: Option<MatchedPath>,
    method: Method,
    answering: impl Future<Output = Response>,
) -> Response {
    let current = CurrentRequest { id, route };
    let span = traces::request(current.id().as_str(), current.route(), &method);
    let answered = async move {
        let began = Instant::now();
        let response = answering.await;
        let status = response.status().as_u16();
        traces::status(status);
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(target: "ikrar::request", %method, status, took_ms, "answered");
        response
    };
    CURRENT.scope(current, traces::within(span, answered)).await
}

/// A request failed on our side: told with its problem's code.
pub fn failed(status: u16, code: &'static str) {
    if let Some(untold) = FAILURES.admit() {
        tracing::warn!(status, code, untold, "a request failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_don_t_repeat_and_can_be_said() {
        let ids = RequestIds::starting_at(u64::MAX - 500);
        let given: HashSet<String> = (0..10_000).map(|_| ids.next().as_str().to_owned()).collect();
        assert_eq!(given.len(), 10_000);
        let sayable = |id: &String| {
            id.len() == 14
                && id.bytes().enumerate().all(|(at, c)| if at % 5 == 4 { c == b'-' } else { ALPHABET.contains(&c) })
        };
        assert!(given.iter().all(sayable));
    }

    #[test]
    fn only_a_plain_id_is_taken_over() {
        let given = |text: &[u8]| RequestId::given(&HeaderValue::from_bytes(text).unwrap()).is_some();
        assert!(given(b"0190f3c8-7e2a-7000-8000-0123456789ab") && given(b"abc_DEF.12") && given(&[b'a'; 64]));
        for bad in [&b"short"[..], &[b'a'; 65], b"with space 1", b"quote\"quote", b"caf\xc3\xa9-1234"] {
            assert!(!given(bad), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn a_task_of_its_own_belongs_to_no_request() {
        assert!(current().is_none());
        let id = RequestIds::starting_at(1).next();
        let inside = async {
            assert_eq!(current().unwrap().id(), &RequestIds::starting_at(1).next());
            assert!(tokio::spawn(async { current().is_none() }).await.unwrap());
            Response::default()
        };
        followed(id, None, Method::GET, inside).await;
    }
}
