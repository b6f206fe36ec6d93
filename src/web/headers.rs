//! Headers of every response, among them the request's id, and the cookie that stores a language.

use super::AppState;
use super::caller::is_from_trusted;
use super::middleware::{Middleware, ResponseFuture};
use super::page::{LANG_COOKIE, asked};
use crate::i18n::Lang;
use crate::telemetry::request::{REQUEST_ID, RequestId, followed};
use axum::extract::{MatchedPath, Request};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, SET_COOKIE, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Method};
use axum::response::Response;

/// Scripts, styles and images come from this server only; nothing is inline; no other site may frame a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    connect-src 'self'; font-src 'self'; media-src 'self' blob:; manifest-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";
/// The camera is for reading QR codes on this server's own page.
const PERMISSIONS: &str = "camera=(self), geolocation=(), microphone=(), payment=()";
const LANG_COOKIE_SECS: u32 = 31_536_000;

/// Sets what a handler hasn't set itself.
#[derive(Clone)]
pub struct Secure(pub AppState);

pub struct SecureContext {
    state: AppState,
    id: RequestId,
    route: Option<MatchedPath>,
    method: Method,
    /// The language, in the address.
    chosen: Option<Lang>,
}

impl Middleware for Secure {
    type Seen = SecureContext;

    fn on_request(&self, request: &Request) -> SecureContext {
        SecureContext {
            state: self.0.clone(),
            id: request_id(&self.0, request),
            route: request.extensions().get::<MatchedPath>().cloned(),
            method: request.method().clone(),
            chosen: asked(request.uri().query()),
        }
    }

    async fn on_response(kept: SecureContext, answer: impl ResponseFuture) -> Response {
        let SecureContext { state, id, route, method, chosen } = kept;
        let header = id.header();
        let mut response = followed(id, route, method, answer).await;
        response.headers_mut().insert(REQUEST_ID, header);
        secure(&state, chosen, &mut response);
        response
    }
}

fn secure(state: &AppState, chosen: Option<Lang>, response: &mut Response) {
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("permissions-policy"), PERMISSIONS);
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    if state.config.is_secure() {
        set(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if let Some(lang) = chosen {
        let secure = if state.config.is_secure() { "; Secure" } else { "" };
        let cookie =
            format!("{LANG_COOKIE}={}; Path=/; Max-Age={LANG_COOKIE_SECS}; SameSite=Lax{secure}", lang.as_str());
        headers.append(SET_COOKIE, HeaderValue::from_str(&cookie).expect("a cookie of plain ASCII"));
    }
}

/// A trusted proxy may have given the request an id already; from other clients the header is ignored.
fn request_id(state: &AppState, request: &Request) -> RequestId {
    let given = request.headers().get(REQUEST_ID).filter(|_| is_from_trusted(state, request.extensions()));
    given.and_then(RequestId::given).unwrap_or_else(|| state.request_ids.next())
}
