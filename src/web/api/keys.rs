//! `/.well-known/jwks.json` and `/.well-known/did.json`: the keys that credentials are checked with.

use crate::credential::jwks::Jwks;
use crate::web::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

/// The published keys, a JSON Web Key Set (RFC 7517)
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "trust",
    responses((status = 200, body = Object, content_type = "application/jwk-set+json")),
)]
pub async fn jwks(State(state): State<AppState>) -> Response {
    let key = &state.keyring.credential;
    let set = Jwks::publish(&state.config.public_url, [(key.kid.as_str(), key.public())]);
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
    let key = &state.keyring.credential;
    Json(document(state.config.host(), &key.kid, key.public().as_bytes()))
}

fn document(host: &str, kid: &str, public_key: &[u8; 32]) -> Value {
    // In did:web a port's colon is percent-encoded: a bare one would begin a path.
    let did = format!("did:web:{}", host.replace(':', "%3A"));
    let method = format!("{did}#{kid}");
    json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": did,
        "verificationMethod": [{
            "id": method,
            "type": "JsonWebKey",
            "controller": did,
            "publicKeyJwk": {
                "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": BASE64URL_NOPAD.encode(public_key),
            },
        }],
        "assertionMethod": [method],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_part_of_the_name() {
        let document = document("127.0.0.1:8080", "abc", &[1; 32]);
        assert_eq!(document["id"], "did:web:127.0.0.1%3A8080");
        assert_eq!(document["assertionMethod"][0], "did:web:127.0.0.1%3A8080#abc");
    }
}
