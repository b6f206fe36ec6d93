//! `POST /api/v1/campaigns/{slug}/pledges`: signs a pledge. The hot path: it reads no database.

use crate::domain::ids::CampaignId;
use crate::domain::pledge::Strokes;
use crate::service::sign_in::{Session, SessionFault};
use crate::service::signing::{SignRefusal, SignRequest};
use crate::web::AppState;
use crate::web::error::{Problem, ProblemJson};
use crate::web::receipt::ReceiptBody;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// SHA-256 of the canonical text that was read, base64url without padding.
    text_hash: String,
    /// The ids of all clauses.
    #[schema(max_items = 20)]
    agreed: Vec<String>,
    /// A drawn signature: strokes of points `[x, y]` from the top left, each 0 to 1000 in thousandths of the drawing
    /// field's width on both axes, at most 2 KiB when packed.
    #[schema(value_type = Option<Vec<Vec<Vec<u16>>>>)]
    strokes: Option<Vec<Vec<[i64; 2]>>>,
}

/// Signs
///
/// Who has signed already is answered 200 with the receipt of the first time, byte for byte.
#[utoipa::path(
    post,
    path = "/api/v1/campaigns/{slug}/pledges",
    tag = "signing",
    params(("slug" = String, Path, description = "The campaign's short name")),
    request_body = Agreement,
    security(("session" = [])),
    responses(
        (status = 201, description = "Signed: the pledge is on disk", body = ReceiptBody),
        (status = 200, description = "Signed before: the same receipt", body = ReceiptBody),
        (status = 400, description = "`malformed`", body = ProblemJson, content_type = "application/problem+json"),
        (status = 401, description = "`session_invalid`", body = ProblemJson,
            content_type = "application/problem+json"),
        (status = 403, description = "`wrong_campaign`", body = ProblemJson,
            content_type = "application/problem+json"),
        (status = 404, description = "`unknown`", body = ProblemJson, content_type = "application/problem+json"),
        (status = 409, description = "`not_open`, `paused`, `closed`, `cancelled`, `excused`, `text_outdated`",
            body = ProblemJson, content_type = "application/problem+json"),
        (status = 408, description = "`slow`: the body did not arrive in time", body = ProblemJson, content_type = "application/problem+json"),
        (status = 415, description = "`media_unsupported`", body = ProblemJson,
            content_type = "application/problem+json"),
        (status = 422, description = "`clauses_missing`, `strokes_invalid`", body = ProblemJson,
            content_type = "application/problem+json"),
        (status = 503, description = "`busy`, `storage`: try again after `Retry-After`; nothing is counted twice",
            body = ProblemJson, content_type = "application/problem+json"),
    ),
)]
pub async fn sign(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    headers: HeaderMap,
    Json(agreement): Json<Agreement>,
) -> Result<(StatusCode, Json<ReceiptBody>), Problem> {
    let request = request(&state, &slug, &headers, agreement)?;
    // Many requests wait for their receipts at once; free what is no longer needed.
    drop((slug, headers));
    let signed = state.signing.sign(request).await.map_err(problem)?;
    let status = if signed.repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(ReceiptBody::of(&signed.pledge, &state.config.public_url))))
}

fn request(state: &AppState, slug: &str, headers: &HeaderMap, agreement: Agreement) -> Result<SignRequest, Problem> {
    let active = state.signing.campaign(slug).ok_or(Problem::Unknown)?;
    let session = session(state, headers, active.campaign.id)?;
    let text_hash = BASE64URL_NOPAD.decode(agreement.text_hash.as_bytes()).ok().and_then(|hash| hash.try_into().ok());
    Ok(SignRequest {
        campaign: session.campaign,
        participant: session.participant,
        code_version: session.code_version,
        text_hash: text_hash.ok_or(Problem::Malformed)?,
        agreed: agreement.agreed,
        strokes: agreement.strokes.map(drawn).transpose()?,
        method: session.method,
        name_typed: false,
        placed: session.placed,
    })
}

fn session(state: &AppState, headers: &HeaderMap, campaign: CampaignId) -> Result<Session, Problem> {
    let token = headers.get(AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    match state.sign_in.session(token.ok_or(Problem::SessionInvalid)?, campaign) {
        Ok((session, _)) => Ok(session),
        Err(SessionFault::Foreign | SessionFault::Expired | SessionFault::SignedOut) => Err(Problem::SessionInvalid),
        Err(SessionFault::OtherCampaign) => Err(Problem::WrongCampaign),
    }
}

/// Refuses a drawing without points, out of range, or too long.
fn drawn(strokes: Vec<Vec<[i64; 2]>>) -> Result<Strokes, Problem> {
    let coordinate = |value: i64| u16::try_from(value).map_err(|_| Problem::StrokesInvalid);
    let point = |[x, y]: [i64; 2]| Ok([coordinate(x)?, coordinate(y)?]);
    let strokes = strokes.into_iter().map(|stroke| stroke.into_iter().map(point).collect());
    Strokes::new(strokes.collect::<Result<_, Problem>>()?).map_err(|_| Problem::StrokesInvalid)
}

fn problem(refusal: SignRefusal) -> Problem {
    match refusal {
        SignRefusal::Unknown => Problem::Unknown,
        SignRefusal::NotOpen => Problem::NotOpen,
        SignRefusal::Paused => Problem::Paused,
        SignRefusal::Closed => Problem::Closed,
        SignRefusal::Cancelled => Problem::Cancelled,
        SignRefusal::TextOutdated => Problem::TextOutdated,
        SignRefusal::ClausesMissing(_) => Problem::ClausesMissing,
        SignRefusal::StrokesMissing => Problem::StrokesInvalid,
        SignRefusal::SessionInvalid => Problem::SessionInvalid,
        SignRefusal::Excused => Problem::Excused,
        SignRefusal::Busy { retry_after_secs } => Problem::Busy { retry_after_secs },
        SignRefusal::Storage => Problem::Storage,
        SignRefusal::Internal => Problem::Internal,
    }
}
