//! `GET /api/v1/campaigns/{slug}/count`: the published numbers; all requests within a second get the same bytes.

use crate::service::live::{GroupCount, InstitutionNumbers, Snapshot};
use crate::web::AppState;
use crate::web::error::{Problem, ProblemJson};
use crate::web::institution_query::InstitutionQuery;
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
    /// Institutions in official order, never under 20 people; empty before the campaign is locked.
    by_institution: Vec<InstitutionCount>,
    /// With `?institution=CODE`: the numbers of this institution.
    #[serde(skip_serializing_if = "Option::is_none")]
    institution: Option<InstitutionCount>,
    /// With `?institution=CODE`: its agencies in official order, never under 20 people; one entry, the institution
    /// itself, where agencies have no numbers of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    by_agency: Option<Vec<InstitutionCount>>,
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
    params(
        ("slug" = String, Path, description = "The campaign's short name"),
        ("institution" = Option<String>, Query, description = "An institution's `code`: adds its agencies"),
    ),
    responses(
        (status = 200, description = "At most a second old", body = Count),
        (status = 404, description = "`unknown`", body = ProblemJson, content_type = "application/problem+json"),
    ),
)]
pub async fn count(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    asked: InstitutionQuery,
) -> Result<Response, Problem> {
    let shown = state.live.shown(&slug).ok_or(Problem::Unknown)?;
    let institution = asked.of(&shown.snapshot)?;
    let body = institution.map_or(&shown.snapshot.count_body, |one| &one.count_body);
    let body = body.get_or_init(|| written(&shown.snapshot, institution)).clone();
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

impl InstitutionCount {
    fn of(group: &GroupCount) -> Self {
        Self {
            code: group.code.clone(),
            name: group.name.clone(),
            signed: group.signed,
            eligible: group.eligible,
            added: group.added,
            excused: group.excused,
            target: group.target(),
        }
    }
}

fn written(snapshot: &Snapshot, institution: Option<&InstitutionNumbers>) -> Bytes {
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
        by_institution: snapshot.institutions.iter().map(|one| InstitutionCount::of(&one.total)).collect(),
        institution: institution.map(|one| InstitutionCount::of(&one.total)),
        by_agency: institution.map(|one| snapshot.groups_of(one).iter().map(InstitutionCount::of).collect()),
    };
    serde_json::to_vec(&count).expect("numbers and plain words always serialise").into()
}
