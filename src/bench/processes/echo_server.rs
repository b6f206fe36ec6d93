//! The first ceiling: a POST behind the same accept loop, with JSON of the same sizes as a signing. It measures the
//! cost of HTTP alone; it checks, signs and stores nothing.

use crate::config::ConfigOptions;
use crate::server::{self, HttpServer, limits};
use crate::web::receipt::ReceiptBody;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use std::path::Path;

/// The usual length of a credential in base64url.
const CREDENTIAL_CHARS: usize = 252;
const PLEDGE_ID: &str = "AAAAAAAAAAAAAAAAAAAAAA";

/// The body of a signing.
#[derive(Deserialize)]
struct EchoAgreement {
    text_hash: String,
    agreed: Vec<String>,
}

/// Serves until `shutdown` completes.
pub async fn serve(settings: ConfigOptions, shutdown: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<u8> {
    let config = settings.resolve(Path::new("."))?;
    let listener = server::listen(config.listen)?;
    let router = Router::new().route("/api/v1/campaigns/{slug}/pledges", post(echo));
    let edge = HttpServer { listener, tls: None, connections_max: limits::connection_limit(None), proxies: vec![] };
    edge.serve(router, shutdown).await;
    Ok(0)
}

/// Reads the whole body and returns a receipt of the usual size.
async fn echo(Json(agreement): Json<EchoAgreement>) -> (StatusCode, Json<ReceiptBody>) {
    let read = agreement.text_hash.len() + agreement.agreed.len();
    let receipt = ReceiptBody {
        pledge_id: PLEDGE_ID.into(),
        serial: "XXXXX-XXXXX-XXXX".into(),
        log_index: u64::try_from(read).unwrap_or_default(),
        signed_at: "2029-01-01T00:00:00.000Z".into(),
        credential: "A".repeat(CREDENTIAL_CHARS),
        certificate_url: format!("http://127.0.0.1:8080/c/{PLEDGE_ID}.pdf"),
        signed_count: 180_751,
    };
    (StatusCode::CREATED, Json(receipt))
}
