//! `/k/{slug}/leave`: nothing of the person stays on the device: cookie, storage and page.
//!
//! Also by GET, since without scripts a shared device leaves by itself through a page's refresh. All that a foreign site
//! could do with it is to sign somebody out.

use super::cookie;
use super::visit::Visit;
use crate::domain::pledge::Method;
use crate::i18n::Words;
use crate::web::AppState;
use crate::web::error::Problem;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;

/// Not "cookies", which would forget the language too and sign an operator out of the console; our cookie is cleared
/// by name. Not "cache": no page that names a person is kept.
const CLEARED: HeaderValue = HeaderValue::from_static("\"storage\"");

pub async fn leave(
    State(state): State<AppState>,
    w: Words,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let visit = Visit::open(state, w, &slug, &headers)?;
    let shared = visit.session.as_ref().is_ok_and(|session| session.method == Method::SharedDevice);
    let next = visit.address(if shared { "sign?selesai&bersama" } else { "sign?selesai" });
    let mut response = visit.go(&next, Some(cookie::clear(&visit.state.config)));
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), CLEARED);
    Ok(response)
}
