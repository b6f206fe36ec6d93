//! `/.well-known/jwks.json` and `/.well-known/did.json`: the keys that credentials are checked with.

use crate::web::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// The published keys, a JSON Web Key Set (RFC 7517)
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "trust",
    responses((status = 200, body = Object, content_type = "application/jwk-set+json")),
)]
pub async fn jwks(State(state): State<AppState>) -> Response {
    ([(CONTENT_TYPE, "application/jwk-set+json")], state.key_rotation.published().to_json()).into_response()
}

/// The issuer as a `did:web` document (W3C DID 1.0), with the key that signs credentials
#[utoipa::path(
    get,
    path = "/.well-known/did.json",
    tag = "trust",
    responses((status = 200, body = Object, content_type = "application/json")),
)]
pub async fn did(State(state): State<AppState>) -> Json<Value> {
    Json(state.key_rotation.did_document())
}
