//! `/.well-known/jwks.json` and `/.well-known/did.json`: the keys that credentials are checked with.

use crate::credential::vc;
use crate::service::key_rotation::published;
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
    let set = published(&state.config.public_url, &state.keyring);
    ([(CONTENT_TYPE, "application/jwk-set+json")], set.to_json()).into_response()
}

/// The issuer as a `did:web` document (W3C DID 1.0), with the key that signs credentials
#[utoipa::path(
    get,
    path = "/.well-known/did.json",
    tag = "trust",
    responses((status = 200, body = Object, content_type = "application/json")),
)]
pub async fn did(State(state): State<AppState>) -> Json<Value> {
    let keys = state.keyring.keys();
    let trusted = keys.trusted().map(|key| (key.kid.as_str(), key.public()));
    Json(vc::did_document(&state.config.public_url, trusted))
}
