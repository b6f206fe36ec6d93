//! `POST /api/v1/verify`: the same checks for programs.

use super::answer::{SerialReport, look_up, verdict};
use super::examination::Examinations;
use super::throttle::Throttle;
use crate::domain::ids::Serial;
use crate::verification::{Input, Report};
use crate::web::AppState;
use crate::web::caller::Caller;
use crate::web::error::{Problem, ProblemJson};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Seconds until a number may be tried again.
const THROTTLED_SECS: u32 = 5;

/// Exactly one of these, or a receipt as `POST …/pledges` answered it.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Asked {
    /// A QR code's text.
    text: Option<String>,
    /// A certificate number.
    serial: Option<String>,
    #[schema(ignore)]
    credential: Option<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    Checked(Report),
    Found(SerialReport),
}

/// Checks a PDF, a credential, a receipt, a QR code's text, or a certificate number
///
/// The body is `application/pdf`, `application/cose`, or JSON: `{text}`, `{serial}`, or a receipt. A number is answered
/// with status, institution, date and initials only, and no more often than a limit allows.
#[utoipa::path(
    post,
    path = "/api/v1/verify",
    tag = "verification",
    request_body(content = Asked, content_type = "application/json"),
    responses(
        (status = 200, description = "`{verdict, revocation, log, page, issuer, claims?}`", body = Object),
        (status = 400, description = "`malformed`", body = ProblemJson, content_type = "application/problem+json"),
        (status = 408, description = "`slow`: the body did not arrive in time", body = ProblemJson, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`: in bytes, or in what it takes to read it", body = ProblemJson, content_type = "application/problem+json"),
        (status = 415, description = "`media_unsupported`", body = ProblemJson, content_type = "application/problem+json"),
        (status = 429, description = "`too_many`", body = ProblemJson, content_type = "application/problem+json"),
        (status = 503, description = "`busy`", body = ProblemJson, content_type = "application/problem+json"),
    ),
)]
pub async fn verify(
    State(state): State<AppState>,
    Extension(throttle): Extension<Arc<Throttle>>,
    Extension(examinations): Extension<Arc<Examinations>>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Answer>, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let input = match kind.as_str() {
        "application/pdf" | "application/octet-stream" => Input::File(body.to_vec()),
        "application/cose" => Input::Cose(body.to_vec()),
        "application/json" => match serde_json::from_slice(&body).map_err(|_| Problem::Malformed)? {
            Asked { credential: Some(_), .. } => Input::File(body.to_vec()),
            Asked { text: Some(text), serial: None, .. } => Input::Text(text),
            Asked { serial: Some(serial), text: None, .. } => {
                let serial = Serial::parse(&serial).ok_or(Problem::Malformed)?;
                return Ok(Json(Answer::Found(admitted(&state, &throttle, caller, serial).await?)));
            }
            _ => return Err(Problem::Malformed),
        },
        _ => return Err(Problem::MediaUnsupported),
    };
    Ok(Json(Answer::Checked(verdict(&state, &examinations, caller, input).await?)))
}

/// Looks a number up unless too many are being looked up, by this caller or by everybody.
pub async fn admitted(
    state: &AppState,
    throttle: &Throttle,
    caller: Caller,
    serial: Serial,
) -> Result<SerialReport, Problem> {
    if !throttle.admits(caller.0, state.now()) {
        return Err(Problem::TooMany { retry_after_secs: THROTTLED_SECS });
    }
    look_up(state, serial).await
}
