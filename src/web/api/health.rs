//! `/healthz`: the process responds. `/readyz`: the node can take requests; each condition is checked and named.

use crate::app::readiness::{ReadinessCheck, ReadinessFault};
use crate::i18n::Localizer;
use crate::service::data_folder::FREE_BYTES_MIN;
use crate::web::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

const TEXT: &str = "text/plain; charset=utf-8";

/// One condition.
#[derive(Serialize)]
struct CheckJson {
    name: &'static str,
    ok: bool,
    /// Why it doesn't hold, in the reader's language, where there is more than one reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
struct ReadinessJson {
    ready: bool,
    checks: Vec<CheckJson>,
}

impl CheckJson {
    fn new(w: Localizer, check: &ReadinessCheck) -> Self {
        let reason = check.fault.and_then(|fault| match fault {
            ReadinessFault::Failed => None,
            ReadinessFault::StorageFails => Some(w.t("error-ready-failed")),
            ReadinessFault::StorageFull => {
                let mib = (FREE_BYTES_MIN / 1024 / 1024).to_string();
                Some(w.with("error-ready-full", &[("limit", &mib)]))
            }
        });
        Self { name: check.name, ok: check.fault.is_none(), reason }
    }
}

pub async fn healthz() -> Response {
    ([(CONTENT_TYPE, TEXT)], "ok\n").into_response()
}

/// 200 when every condition holds, else 503; both with the same JSON.
pub async fn readyz(State(state): State<AppState>, w: Localizer) -> Response {
    let checks = state.readiness().await;
    let checks: Vec<_> = checks.iter().map(|check| CheckJson::new(w, check)).collect();
    let ready = checks.iter().all(|check| check.ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(ReadinessJson { ready, checks })).into_response()
}
