//! `/k/{slug}/leave`: ends the session and removes everything of the person from the device: cookie, storage, page.
//!
//! GET works too: without scripts, a page on a shared device signs out through its own refresh. That address carries a
//! token that only the person's page has, so another site can't sign a person out, even if the browser doesn't say
//! where a request comes from.

use super::context::SignerContext;
use super::cookie;
use crate::domain::pledge::Method;
use crate::i18n::Localizer;
use crate::service::sign_in::SignOutOutcome;
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
    let context = SignerContext::open(state, w, &slug, &headers)?;
    Ok(sign_out(&context, &headers).await)
}

/// The GET of a page's refresh. Without its token, or from another site, it changes nothing.
pub async fn leave_by_refresh(
    State(state): State<AppState>,
    w: Localizer,
    Path(slug): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = SignerContext::open(state, w, &slug, &headers)?;
    let token = cookie::token(&context.state.config, &headers).unwrap_or_default();
    let sign_out_token = query.iter().find(|(key, _)| key == "tanda").map_or("", |(_, sent)| sent.as_str());
    if is_cross_site(&headers) || !context.state.sign_in.is_sign_out_token(token, sign_out_token) {
        return Ok(context.redirect(&context.path("sign"), None));
    }
    Ok(sign_out(&context, &headers).await)
}

async fn sign_out(context: &SignerContext, headers: &HeaderMap) -> Response {
    let token = cookie::token(&context.state.config, headers).unwrap_or_default();
    let (session, until) = match context.state.sign_in.sign_out(token).await {
        SignOutOutcome::NoSession => (None, String::new()),
        SignOutOutcome::SignedOut { session } => (Some(session), String::new()),
        SignOutOutcome::NotStored { session } => {
            let until = format!("&sampai={}", session.expires_at.0);
            (Some(session), until)
        }
    };
    let shared = if session.is_some_and(|session| session.method == Method::SharedDevice) { "&bersama" } else { "" };
    let next = context.path(&format!("sign?selesai{shared}{until}"));
    let mut response = context.redirect(&next, Some(cookie::clear(&context.state.config)));
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), CLEARED);
    response
}

/// Trusts `Sec-Fetch-Site` (Fetch Metadata Request Headers) where the browser sends it; elsewhere the token alone
/// protects.
fn is_cross_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}
