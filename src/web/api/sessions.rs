//! `POST /api/v1/campaigns/{slug}/sessions`: an identifier and an access code become a bearer token.

use crate::domain::pledge::Method;
use crate::service::sign_in::{SignInAttempt, SignInRefusal};
use crate::web::AppState;
use crate::web::error::{Problem, ProblemJson};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// NIP, NI PPPK, or a participant number as printed on its slip; spaces are forgiven.
    identifier: String,
    /// As printed; case, spaces and hyphens are forgiven.
    #[schema(example = "ABCDE-FGHJK")]
    access_code: String,
}

#[derive(Serialize, ToSchema)]
pub struct SessionOpened {
    /// To be sent as `Authorization: Bearer …`.
    token: String,
    /// RFC 3339, UTC.
    expires_at: String,
    participant: SessionParticipant,
}

#[derive(Serialize, ToSchema)]
pub struct SessionParticipant {
    name: String,
    institution: String,
    /// The path of the unit, `Dinas Pendidikan / SMP Negeri 1`; empty when the roster names no unit.
    unit: String,
}

/// Signs a participant in
///
/// Possible before the opening, to read the text, and after closing, to fetch the receipt.
#[utoipa::path(
    post,
    path = "/api/v1/campaigns/{slug}/sessions",
    tag = "signing",
    params(("slug" = String, Path, description = "The campaign's short name")),
    request_body = Credentials,
    responses(
        (status = 200, body = SessionOpened),
        (status = 400, description = "`malformed`", body = ProblemJson, content_type = "application/problem+json"),
        (status = 401, description = "`credentials_wrong`: any wrong pair, with one answer", body = ProblemJson,
            content_type = "application/problem+json"),
        (status = 404, description = "`unknown`", body = ProblemJson, content_type = "application/problem+json"),
        (status = 408, description = "`slow`: the body did not arrive in time", body = ProblemJson, content_type = "application/problem+json"),
        (status = 415, description = "`media_unsupported`", body = ProblemJson,
            content_type = "application/problem+json"),
        (status = 422, description = "`identifier_invalid`", body = ProblemJson,
            content_type = "application/problem+json"),
    ),
)]
pub async fn sign_in(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    Json(typed): Json<Credentials>,
) -> Result<Json<SessionOpened>, Problem> {
    let active = state.signing.campaign(&slug).ok_or(Problem::Unknown)?;
    let attempt = SignInAttempt {
        campaign: &active.campaign,
        secret: &active.secret,
        identifier: &typed.identifier,
        access_code: &typed.access_code,
        method: Method::OwnDevice,
    };
    let signed_in = state.sign_in.sign_in(attempt).await.map_err(problem)?;
    let signer = signed_in.signer;
    Ok(Json(SessionOpened {
        token: signed_in.token,
        expires_at: signed_in.session.expires_at.rfc3339(),
        participant: SessionParticipant {
            name: signer.participant.shown_name,
            institution: signer.institution_name,
            unit: signer.unit_name,
        },
    }))
}

fn problem(refusal: SignInRefusal) -> Problem {
    match refusal {
        SignInRefusal::Unknown => Problem::Unknown,
        SignInRefusal::Identifier(_) => Problem::IdentifierInvalid,
        SignInRefusal::Wrong => Problem::CredentialsWrong,
        SignInRefusal::Store(error) => error.into(),
    }
}
