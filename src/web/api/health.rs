//! `/healthz`: the process answers. `/readyz`: it may be sent people; the database answers, and it isn't stopping.

use crate::web::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use std::time::Duration;

/// A database that takes longer isn't ready.
const DATABASE_ANSWER_MAX: Duration = Duration::from_secs(2);
const TEXT: &str = "text/plain; charset=utf-8";

pub async fn healthz() -> Response {
    ([(CONTENT_TYPE, TEXT)], "ok\n").into_response()
}

pub async fn readyz(State(state): State<AppState>) -> Response {
    let answered = tokio::time::timeout(DATABASE_ANSWER_MAX, state.store.campaigns()).await;
    let (status, word) = match answered {
        _ if state.live.is_stopped() => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
        Ok(Ok(_)) => (StatusCode::OK, "ready\n"),
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database doesn't answer\n"),
    };
    (status, [(CONTENT_TYPE, TEXT)], word).into_response()
}
