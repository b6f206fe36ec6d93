//! `POST /api/v1/verify`: the checks of `/v` for programs.

use super::body_permit::BodyPermit;
use crate::domain::ids::Serial;
use crate::fair_permits::Requester;
use crate::server::refusal_rate::NothingGenuine;
use crate::service::records::SerialMatch;
use crate::verification::{Input, LogCheck, Page, RevocationCheck, Verdict, VerificationReport};
use crate::web::AppState;
use crate::web::caller::Caller;
use crate::web::error::{Problem, ProblemJson};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One of these.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Asked {
    Text(AskedText),
    Serial(AskedSerial),
    Receipt(AskedReceipt),
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedText {
    /// A QR code's text: the link or its digits.
    text: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedSerial {
    /// A certificate number; case, spaces and hyphens are forgiven.
    #[schema(example = "XXXXX-XXXXX-XXXX")]
    serial: String,
}

/// A receipt as `POST …/pledges` answered it. Its other fields may be missing; what contradicts the credential makes it
/// `altered`, and a field that no receipt has makes it `data_only`.
#[derive(Deserialize, ToSchema)]
pub struct AskedReceipt {
    /// The credential's bytes, base64url.
    #[serde(rename = "credential")]
    _credential: String,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Answer {
    Checked(VerificationReport),
    Found(SerialReport),
}

/// Checks a PDF, a credential, a receipt, a QR code's text, or a certificate number
///
/// The body is `application/pdf`, `application/cose`, or JSON: `{text}`, `{serial}`, or a receipt. A number is answered
/// with status, institution, date and initials only, and no more often than a limit allows. A genuine credential in a
/// PDF whose page nothing vouches for is `data_only`, never `valid`.
#[utoipa::path(
    post,
    path = "/api/v1/verify",
    tag = "verification",
    request_body(content(
        (Asked = "application/json"),
        (String = "application/pdf"),
        (String = "application/cose"),
    )),
    responses(
        (status = 200, description = "Only `valid` vouches for everything that was handed in", body = Answer),
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
    caller: Caller,
    headers: HeaderMap,
    _permit: BodyPermit,
    body: Bytes,
) -> Result<(Paced, Json<Answer>), Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let input = match kind.as_str() {
        "application/pdf" | "application/octet-stream" => Input::File(body.to_vec()),
        "application/cose" => Input::Cose(body.to_vec()),
        "application/json" => match serde_json::from_slice(&body).map_err(|_| Problem::Malformed)? {
            Asked::Receipt(_) => Input::File(body.to_vec()),
            Asked::Text(asked) => Input::Text(asked.text),
            Asked::Serial(asked) => {
                let serial = Serial::parse(&asked.serial).ok_or(Problem::Malformed)?;
                let found = state.records.look_up(caller.0, serial).await?;
                return Ok((None, Json(Answer::Found(SerialReport::new(&state, found)))));
            }
        },
        _ => return Err(Problem::MediaUnsupported),
    };
    let report = state.records.verdict(Requester::Address(caller.0), input).await?;
    Ok((paced(report.verdict), Json(Answer::Checked(report))))
}

/// Marks a response to a file without anything genuine, so that the sender is slowed down as after a refusal.
pub type Paced = Option<Extension<NothingGenuine>>;

pub fn paced(verdict: Verdict) -> Paced {
    (!verdict.is_genuine()).then_some(Extension(NothingGenuine))
}

/// The answer for a certificate number: nothing that tells a stranger who signed.
#[derive(Serialize, ToSchema)]
pub struct SerialReport {
    verdict: Verdict,
    revocation: RevocationCheck,
    log: LogCheck,
    page: Page,
    issuer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<SerialClaims>,
}

/// What a certificate number shows.
#[derive(Serialize, ToSchema)]
pub struct SerialClaims {
    serial: String,
    initials: String,
    /// The institution's name.
    institution: String,
    /// The day of signing in the event's zone, `2027-01-31`.
    signed_on: String,
}

impl SerialReport {
    fn new(state: &AppState, found: SerialMatch) -> Self {
        let claims = found.pledge.map(|pledge| SerialClaims {
            serial: pledge.serial.to_string(),
            initials: pledge.initials,
            institution: pledge.institution,
            signed_on: pledge.zone.civil(pledge.signed_at).date().to_string(),
        });
        Self {
            verdict: found.verdict,
            revocation: RevocationCheck::Checked,
            log: LogCheck::NotChecked,
            page: Page::None,
            issuer: claims.as_ref().map(|_| state.config.public_url.clone()),
            claims,
        }
    }
}
