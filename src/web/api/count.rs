//! `GET /api/v1/campaigns/{slug}/count`: the published numbers; all requests within a second get the same bytes.

use crate::service::live::Snapshot;
use crate::web::AppState;
use crate::web::error::{Problem, ProblemJson};
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use utoipa::ToSchema;

/// The count. `signed` is the number of pledges, the size of the log, and the number on the hall's screen.
#[derive(Serialize, ToSchema)]
pub struct Count {
    /// `locked`, `open`, `paused`, `closing`, `closed` or `cancelled`.
    #[schema(example = "open")]
    state: &'static str,
    signed: u64,
    /// People on the roster as it was locked; it never changes.
    eligible: u64,
    /// People who were added after the lock.
    added: u64,
    /// People who needn't sign; they are within `eligible` and `added`.
    excused: u64,
    /// Who is to sign: `eligible` + `added` - `excused`. Percentages are of this number.
    target: u64,
    /// Pledges revoked later; they are within `signed`.
    revoked: u64,
    /// The newest checkpoint that witness institutions countersigned; `null` while there is none.
    cosigned: Option<Cosigned>,
    /// When the numbers were read, RFC 3339, UTC.
    as_of: String,
    /// Reporting groups in official order, never under 20 people; empty before the campaign is locked.
    by_institution: Vec<InstitutionCount>,
}

#[derive(Serialize, ToSchema)]
pub struct Cosigned {
    size: u64,
    at: String,
    by: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub struct InstitutionCount {
    code: String,
    name: String,
    signed: u64,
    eligible: u64,
    added: u64,
    excused: u64,
    target: u64,
}

/// The published numbers of a campaign
#[utoipa::path(
    get,
    path = "/api/v1/campaigns/{slug}/count",
    tag = "campaigns",
    params(("slug" = String, Path, description = "The campaign's short name")),
    responses(
        (status = 200, description = "At most a second old", body = Count),
        (status = 404, description = "`unknown`", body = ProblemJson, content_type = "application/problem+json"),
    ),
)]
pub async fn count(State(state): State<AppState>, Path(slug): Path<String>) -> Result<Response, Problem> {
    let shown = state.live.shown(&slug).ok_or(Problem::Unknown)?;
    let body = shown.snapshot.count_body.get_or_init(|| written(&shown.snapshot)).clone();
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

fn written(snapshot: &Snapshot) -> Bytes {
    let groups = snapshot.groups.iter().map(|group| InstitutionCount {
        code: group.code.clone(),
        name: group.name.clone(),
        signed: group.signed,
        eligible: group.eligible,
        added: group.added,
        excused: group.excused,
        target: group.target(),
    });
    let count = Count {
        state: snapshot.state.as_str(),
        signed: snapshot.signed,
        eligible: snapshot.eligible,
        added: snapshot.added,
        excused: snapshot.excused,
        target: snapshot.target,
        revoked: snapshot.revoked,
        cosigned: None,
        as_of: snapshot.as_of.rfc3339(),
        by_institution: groups.collect(),
    };
    serde_json::to_vec(&count).expect("numbers and plain words always serialise").into()
}
