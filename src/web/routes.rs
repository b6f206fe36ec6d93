//! The one route table: each route states who may use it and how long its response may be cached.

pub use super::access::Access;
use super::access::{SessionAge, guard};
use super::{AppState, BODY_BYTES_MAX};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;
use tower::ServiceBuilder;
use tower_http::set_header::SetResponseHeaderLayer;

/// How long a response may be cached, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// Names people or depends on the visitor: not cached, and not indexed by search engines.
    NoStore,
    /// The same for all visitors, for this many seconds.
    Seconds(u32),
    /// Its address names its contents.
    Immutable,
}

/// A line of the table: a path, who may use it, and how long its response may be cached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteEntry {
    /// With its parameters in braces.
    pub path: String,
    pub access: Access,
    pub cache: Cache,
    /// Of a request.
    pub body_bytes_max: usize,
}

/// Collects the routes. What is served stands in the table: a route comes in no other way.
pub struct Routes {
    state: AppState,
    router: Router<AppState>,
    entries: Vec<RouteEntry>,
}

impl Routes {
    pub fn new(state: AppState) -> Self {
        Self { state, router: Router::new(), entries: vec![] }
    }

    /// For what a room of routes makes at the start and keeps to itself.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    pub fn route(self, path: &str, access: Access, cache: Cache, handler: MethodRouter<AppState>) -> Self {
        self.enter(path, (access, SessionAge::Now), cache, BODY_BYTES_MAX, handler)
    }

    /// A route that one account may use many times a second: its session isn't read for each request.
    pub fn route_for_many(self, path: &str, access: Access, cache: Cache, handler: MethodRouter<AppState>) -> Self {
        self.enter(path, (access, SessionAge::Recent), cache, BODY_BYTES_MAX, handler)
    }

    /// A route that takes longer bodies than others.
    pub fn route_with_body(
        self,
        path: &str,
        access: Access,
        cache: Cache,
        body_bytes_max: usize,
        handler: MethodRouter<AppState>,
    ) -> Self {
        let handler = handler.layer(DefaultBodyLimit::max(body_bytes_max));
        self.enter(path, (access, SessionAge::Now), cache, body_bytes_max, handler)
    }

    fn enter(
        mut self,
        path: &str,
        (access, age): (Access, SessionAge),
        cache: Cache,
        body_bytes_max: usize,
        handler: MethodRouter<AppState>,
    ) -> Self {
        let handler = match access {
            Access::Anyone => handler,
            // A method that the path lacks is refused to all alike, with the methods it has.
            guarded => handler.route_layer(from_fn_with_state((self.state.clone(), guarded, age), guard)),
        };
        self.entries.push(RouteEntry { path: path.into(), access, cache, body_bytes_max });
        self.router = self.router.route(path, cache.declare(handler));
        self
    }

    pub fn entries(&self) -> &[RouteEntry] {
        &self.entries
    }

    pub fn finish(self) -> Router {
        self.router.with_state(self.state)
    }
}

impl Cache {
    /// A header that the handler set itself stands.
    fn declare(self, handler: MethodRouter<AppState>) -> MethodRouter<AppState> {
        let policy = match self {
            Self::NoStore => HeaderValue::from_static("no-store"),
            Self::Seconds(secs) => {
                HeaderValue::from_str(&format!("public, max-age={secs}")).expect("a number and plain words")
            }
            Self::Immutable => HeaderValue::from_static("public, max-age=31536000, immutable"),
        };
        let unfound = (self == Self::NoStore).then(|| {
            SetResponseHeaderLayer::if_not_present(
                HeaderName::from_static("x-robots-tag"),
                HeaderValue::from_static("noindex"),
            )
        });
        let cached = SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, policy);
        handler.layer(ServiceBuilder::new().layer(cached).option_layer(unfound))
    }
}
