//! `/k/{slug}/leave`: ends the session and removes everything of the person from the device: cookie, storage, page.
//!
//! GET works too: without scripts, a page on a shared device signs out through its own refresh. That address carries a
//! mark that only the person's page has, so another site can't sign a person out, even if the browser doesn't say where
//! a request comes from.

use super::cookie;
use super::visit::Visit;
use crate::domain::pledge::Method;
use crate::i18n::Localizer;
use crate::service::sign_in::Departure;
use crate::web::AppState;
use crate::web::error::Problem;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;

/// Not "cookies": that would also drop the language and sign an operator out of the console, so our cookie is cleared
/// by name. Not "cache": pages that name a person are not cached.
const CLEARED: HeaderValue = HeaderValue::from_static("\"storage\"");

pub async fn leave(
    State(state): State<AppState>,
    w: Localizer,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let visit = Visit::open(state, w, &slug, &headers)?;
    Ok(left(&visit, &headers).await)
}

/// The GET of a page's refresh. Without the mark, or from another site, it changes nothing.
pub async fn by_itself(
    State(state): State<AppState>,
    w: Localizer,
    Path(slug): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let visit = Visit::open(state, w, &slug, &headers)?;
    let token = cookie::token(&visit.state.config, &headers).unwrap_or_default();
    let mark = query.iter().find(|(key, _)| key == "tanda").map_or("", |(_, mark)| mark.as_str());
    if is_from_elsewhere(&headers) || !visit.state.sign_in.is_leaving_mark(token, mark) {
        return Ok(visit.go(&visit.address("sign"), None));
    }
    Ok(left(&visit, &headers).await)
}

async fn left(visit: &Visit, headers: &HeaderMap) -> Response {
    let token = cookie::token(&visit.state.config, headers).unwrap_or_default();
    let (session, until) = match visit.state.sign_in.leave(token).await {
        Departure::Nobody => (None, String::new()),
        Departure::Left { session } => (Some(session), String::new()),
        Departure::NotKept { session } => {
            let until = format!("&sampai={}", session.expires_at.0);
            (Some(session), until)
        }
    };
    let shared = if session.is_some_and(|session| session.method == Method::SharedDevice) { "&bersama" } else { "" };
    let next = visit.address(&format!("sign?selesai{shared}{until}"));
    let mut response = visit.go(&next, Some(cookie::clear(&visit.state.config)));
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), CLEARED);
    response
}

/// Trusts `Sec-Fetch-Site` (Fetch Metadata Request Headers) where the browser sends it; elsewhere the mark alone
/// protects.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}
