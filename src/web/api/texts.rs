//! `GET /api/v1/texts/{text_hash}`: a canonical text, for ever.

use crate::web::AppState;
use crate::web::error::{Problem, ProblemJson};
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;

/// The canonical bytes of a text
///
/// `text_hash` is the SHA-256 of exactly these bytes: JSON by RFC 8785 over
/// `{v, kind, locale, title, legal_basis, clauses, closing}`.
#[utoipa::path(
    get,
    path = "/api/v1/texts/{text_hash}",
    tag = "campaigns",
    params(("text_hash" = String, Path, description = "SHA-256, base64url without padding, 43 characters")),
    responses(
        (status = 200, description = "Never changes", body = Object, content_type = "application/json"),
        (status = 404, description = "`unknown`", body = ProblemJson, content_type = "application/problem+json"),
    ),
)]
pub async fn text(State(state): State<AppState>, Path(text_hash): Path<String>) -> Result<Response, Problem> {
    let hash = BASE64URL_NOPAD.decode(text_hash.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    let hash: [u8; 32] = hash.ok_or(Problem::Unknown)?;
    let canonical = state.records.canonical_text(&hash).await?.ok_or(Problem::Unknown)?;
    Ok(([(CONTENT_TYPE, "application/json")], canonical).into_response())
}
