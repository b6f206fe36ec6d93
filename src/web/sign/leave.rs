//! `/k/{slug}/leave`: the session is over, and nothing of the person stays on the device: cookie, storage and page.
//!
//! Also by GET, since without scripts a shared device leaves by itself through a page's refresh. There the address
//! carries a mark that only the person's own page has, so that no other site makes anybody leave, whatever the browser
//! tells of where a request comes from.

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

/// Not "cookies", which would forget the language too and sign an operator out of the console; our cookie is cleared
/// by name. Not "cache": no page that names a person is kept.
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

/// What comes without the mark, or from another site, changes nothing.
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

/// Browsers that say so (Fetch Metadata Request Headers, "Sec-Fetch-Site") are believed; the others have the mark
/// alone.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}
