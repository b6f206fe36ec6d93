//! Checks a request before a route sees it: it must name this installation, and its head and body must be within their
//! limits. The head alone decides, so that nothing of a body beyond the limit is read. Deliberately absent: allocations
//! for a request that passes.

use super::BODY_BYTES_MAX;
use super::error::Problem;
use super::routes::RouteEntry;
use crate::config::AllowedHosts;
use crate::telemetry::log_rate_limit::LogRateLimit;
use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request};
use axum::http::header::HOST;

/// Address, names and values of a request's head.
pub const HEAD_BYTES_MAX: usize = 32 * 1024;
/// What a line of a head takes beside its name and value.
const LINE_BYTES: usize = 4;
/// Who checks a node's health knows its address only, and the page that refuses a host needs its style sheet.
const FOR_ANY_HOST: [&str; 3] = ["/healthz", "/readyz", "/assets/"];
/// A foreign name is logged up to this length.
const LOGGED_HOST_BYTES_MAX: usize = 100;
const MISDIRECTED_TOLD_PER_SEC_MAX: u32 = 1;
static MISDIRECTED: LogRateLimit = LogRateLimit::per_second(MISDIRECTED_TOLD_PER_SEC_MAX);

pub struct Entrance {
    hosts: AllowedHosts,
    /// Routes that take longer bodies than others, and how long.
    long_bodies: Vec<(String, u64)>,
}

impl Entrance {
    pub fn new(hosts: AllowedHosts, routes: &[RouteEntry]) -> Self {
        let long = routes.iter().filter(|route| route.body_bytes_max > BODY_BYTES_MAX);
        let long_bodies = long.map(|route| (route.path.clone(), route.body_bytes_max as u64)).collect();
        Self { hosts, long_bodies }
    }

    /// Why it isn't let in.
    pub fn refusal(&self, request: &Request) -> Option<Problem> {
        // No name or code holds a NUL, and not every database takes one.
        if request.uri().path_and_query().is_some_and(|address| address.as_str().contains("%00")) {
            return Some(Problem::Malformed);
        }
        if head_bytes(request) > HEAD_BYTES_MAX {
            return Some(Problem::HeadTooLarge);
        }
        self.of_host(request).or_else(|| self.of_body(request))
    }

    /// The host stands in the address (HTTP/2: `:authority`), in the header, or in both; no more than one header of it
    /// is allowed (RFC 9112, section 3.2).
    fn of_host(&self, request: &Request) -> Option<Problem> {
        let mut headers = request.headers().get_all(HOST).iter();
        let header = headers.next();
        if headers.next().is_some() {
            return Some(Problem::Malformed);
        }
        let address = request.uri().authority().map(|authority| authority.as_str().as_bytes());
        let named = [address, header.map(|header| header.as_bytes())];
        let foreign = named.into_iter().flatten().find(|host| !self.hosts.allows(host))?;
        let path = request.uri().path();
        if FOR_ANY_HOST.iter().any(|open| path == *open || open.ends_with('/') && path.starts_with(open)) {
            return None;
        }
        if let Some(untold) = MISDIRECTED.admit() {
            tracing::warn!(
                host = loggable(foreign),
                untold,
                "a request for another host was refused: if a proxy in front sends it, let the proxy keep the Host header, or \
                 name the host with --also-host (IKRAR_ALSO_HOST)"
            );
        }
        Some(Problem::Misdirected)
    }

    /// The length that was announced. A body that isn't announced is counted while it is read.
    fn of_body(&self, request: &Request) -> Option<Problem> {
        let announced = request.body().size_hint().lower();
        if announced <= BODY_BYTES_MAX as u64 {
            return None;
        }
        let route = request.extensions().get::<MatchedPath>()?.as_str();
        let long = self.long_bodies.iter().find(|(path, _)| path == route);
        (announced > long.map_or(BODY_BYTES_MAX as u64, |(_, max)| *max)).then_some(Problem::TooLarge)
    }
}

fn head_bytes(request: &Request) -> usize {
    let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    let lines = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + LINE_BYTES);
    address + lines.sum::<usize>()
}

/// A name as it may stand in a log line.
fn loggable(host: &[u8]) -> &str {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(byte);
    let is_name = host.len() <= LOGGED_HOST_BYTES_MAX && host.iter().all(is_plain);
    std::str::from_utf8(host).ok().filter(|_| is_name).unwrap_or("(no name)")
}
