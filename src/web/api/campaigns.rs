//! `GET /api/v1/campaigns` and `/api/v1/campaigns/{slug}`: what can be signed, and its text in force.

use crate::domain::campaign::Campaign;
use crate::domain::text;
use crate::service::live::Shown;
use crate::web::AppState;
use crate::web::error::{Problem, ProblemJson};
use axum::Json;
use axum::extract::{Path, State};
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct CampaignSummary {
    #[schema(example = "sumsel")]
    slug: String,
    title: String,
    /// `neutrality_pledge` or `integrity_pact`.
    #[schema(example = "neutrality_pledge")]
    kind: &'static str,
    /// `locked`, `open`, `paused`, `closing`, `closed` or `cancelled`.
    #[schema(example = "open")]
    state: &'static str,
    /// RFC 3339, UTC; `null` when it is opened by hand.
    opens_at: Option<String>,
    closes_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct CampaignDetail {
    #[serde(flatten)]
    summary: CampaignSummary,
    /// SHA-256 of the canonical text, base64url; what a signer sends back.
    text_hash: Option<String>,
    /// Every one of these is agreed to, by its id.
    clauses: Vec<ClauseJson>,
    /// Whether a drawn signature is asked for.
    signature_required: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Clause)]
pub struct ClauseJson {
    id: String,
    /// Placeholders of the person, such as `{nama}`, stay as they are.
    text: String,
}

/// All campaigns the public may know of, oldest first
#[utoipa::path(
    get,
    path = "/api/v1/campaigns",
    tag = "campaigns",
    responses((status = 200, description = "Drafts are left out", body = [CampaignSummary])),
)]
pub async fn list(State(state): State<AppState>) -> Json<Vec<CampaignSummary>> {
    Json(state.live.all().iter().map(|shown| CampaignSummary::of(&shown.campaign)).collect())
}

/// One campaign with the text in force
#[utoipa::path(
    get,
    path = "/api/v1/campaigns/{slug}",
    tag = "campaigns",
    params(("slug" = String, Path, description = "The campaign's short name")),
    responses(
        (status = 200, body = CampaignDetail),
        (status = 404, description = "`unknown`", body = ProblemJson, content_type = "application/problem+json"),
    ),
)]
pub async fn one(State(state): State<AppState>, Path(slug): Path<String>) -> Result<Json<CampaignDetail>, Problem> {
    let shown = state.live.shown(&slug).ok_or(Problem::Unknown)?;
    Ok(Json(CampaignDetail::of(&shown)))
}

impl CampaignSummary {
    fn of(campaign: &Campaign) -> Self {
        Self {
            slug: campaign.slug.clone(),
            title: campaign.settings.title.clone(),
            kind: campaign.kind.as_str(),
            state: campaign.state.as_str(),
            opens_at: campaign.opens_at.map(|at| at.rfc3339()),
            closes_at: campaign.closes_at.map(|at| at.rfc3339()),
        }
    }
}

impl CampaignDetail {
    fn of(shown: &Shown) -> Self {
        let campaign = &shown.campaign;
        let clauses = shown.text.as_ref().map_or(&[][..], |text| &text.clauses);
        Self {
            summary: CampaignSummary::of(campaign),
            text_hash: campaign.text_hash.map(|hash| BASE64URL_NOPAD.encode(&hash)),
            clauses: clauses.iter().map(ClauseJson::of).collect(),
            signature_required: campaign.settings.signature_required,
        }
    }
}

impl ClauseJson {
    fn of(clause: &text::Clause) -> Self {
        Self { id: clause.id.clone(), text: clause.text.clone() }
    }
}
