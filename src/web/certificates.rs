//! `/c/{pledge_id}.pdf`, `.json` and `.html`: for anyone who has the pledge id, and not for search engines.

use super::AppState;
use super::caller::Caller;
use super::certificate_file::of_file;
use super::error::Problem;
use super::page::page;
use super::routes::{Access, Cache, Routes};
use crate::credential::cwt::Credential;
use crate::domain::campaign::Campaign;
use crate::domain::edition::FIRST_EDITION;
use crate::domain::ids::{PledgeId, Serial};
use crate::fair_permits::{NoPermit, Permit, Requester};
use crate::i18n::Localizer;
use crate::service::certificates::{CertificatesError, Status};
use crate::service::signing::ActiveCampaign;
use askama::Template;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const BUSY_RETRY_SECS: u32 = 5;

pub fn routes(table: Routes) -> Routes {
    table.route("/c/{file}", Access::Anyone, Cache::NoStore, get(show))
}

#[derive(Deserialize)]
struct EditionQuery {
    edition: Option<u32>,
}

/// What anybody with the pledge id may know. Times RFC 3339, hashes base64url, addresses absolute.
#[derive(Serialize, ToSchema)]
pub struct StatusJson {
    pledge_id: String,
    serial: String,
    /// How the pledge stands in the records, `valid` or `revoked`. It says nothing of a file that shows it.
    #[schema(example = "valid")]
    status: &'static str,
    revoked_at: Option<String>,
    name: String,
    institution: String,
    campaign: CampaignJson,
    signed_at: String,
    text_hash: String,
    text_url: String,
    certificate_url: String,
    /// A page with images of the certificate that are marked as a copy; absent when it was revoked, and where there are
    /// no such images.
    #[serde(skip_serializing_if = "Option::is_none")]
    inspection_copy_url: Option<String>,
    edition: u32,
    /// The credential that is recorded, base64url: one of the same pledge with other bytes isn't in the records.
    credential: String,
    /// The claims as a W3C Verifiable Credential 2.0.
    #[schema(value_type = Object)]
    vc: serde_json::Value,
}

#[derive(Serialize, ToSchema)]
pub struct CampaignJson {
    slug: String,
    title: String,
    /// `neutrality_pledge` or `integrity_pact`.
    #[schema(example = "neutrality_pledge")]
    kind: &'static str,
    /// The event's time zone: `WIB`, `WITA` or `WIT`.
    zone: &'static str,
}

/// The ending decides: `.pdf` the certificate, `.json` its status, `.html` the copy to be laid beside a print.
async fn show(
    State(state): State<AppState>,
    caller: Caller,
    w: Localizer,
    Path(file): Path<String>,
    Query(asked): Query<EditionQuery>,
) -> Result<Response, Problem> {
    let (id, ending) = file.rsplit_once('.').ok_or(Problem::Unknown)?;
    let id = PledgeId::parse(id).ok_or(Problem::Unknown)?;
    match ending {
        "pdf" => {
            let permit = state.drawing.acquire(Requester::Address(caller.0));
            pdf(&state, permit, id, asked.edition.unwrap_or(FIRST_EDITION)).await
        }
        "html" => copy(&state, state.drawing.acquire(Requester::Address(caller.0)), id, w).await,
        "json" => Ok(Json(json(&state, id).await?).into_response()),
        _ => Err(Problem::Unknown),
    }
}

/// A certificate
///
/// The same bytes each time; a revocation doesn't change them.
#[utoipa::path(
    get,
    path = "/c/{pledge_id}.pdf",
    tag = "verification",
    params(
        ("pledge_id" = String, Path, description = "16 bytes, base64url"),
        ("edition" = Option<u32>, Query, description = "The newest one when it isn't named"),
    ),
    responses(
        (status = 200, description = "The PDF, with the credential attached as `ikrar.cose`", content_type = "application/pdf"),
        (status = 404, description = "No such pledge or edition; a page", content_type = "text/html"),
    ),
)]
pub(super) async fn pdf<P: Future<Output = Result<Permit, NoPermit>>>(
    state: &AppState,
    permit: P,
    id: PledgeId,
    edition: u32,
) -> Result<Response, Problem> {
    let active = state.signing.campaign_by_tag(id.campaign_tag());
    Ok(of_file(state.certificates.render(known(active.as_deref()), id, edition, permit).await?))
}

#[derive(Template)]
#[template(path = "verify/copy.html")]
struct CopyPage {
    w: Localizer,
    serial: String,
    /// SVG documents; none when there is no copy of this certificate.
    pages: Vec<String>,
}

/// A copy of a certificate
///
/// A page with its pages as images, marked as a copy, without a drawn signature: to be laid beside a print.
#[utoipa::path(
    get,
    path = "/c/{pledge_id}.html",
    tag = "verification",
    params(("pledge_id" = String, Path, description = "16 bytes, base64url")),
    responses(
        (status = 200, description = "The page; it says so where there is no copy, as after a revocation", content_type = "text/html"),
        (status = 404, description = "No such pledge; a page", content_type = "text/html"),
    ),
)]
pub(super) async fn copy<P: Future<Output = Result<Permit, NoPermit>>>(
    state: &AppState,
    permit: P,
    id: PledgeId,
    w: Localizer,
) -> Result<Response, Problem> {
    let active = state.signing.campaign_by_tag(id.campaign_tag());
    let copy = state.certificates.inspection_copy(known(active.as_deref()), id, permit).await?;
    page(&CopyPage { w, serial: Serial::of(id).to_string(), pages: copy.map_or_else(Vec::new, |copy| copy.pages) })
}

/// How a pledge stands in the records
///
/// For who holds its id. Nothing signs this answer.
#[utoipa::path(
    get,
    path = "/c/{pledge_id}.json",
    tag = "verification",
    params(("pledge_id" = String, Path, description = "16 bytes, base64url")),
    responses(
        (status = 200, body = StatusJson),
        (status = 404, description = "No such pledge; a page", content_type = "text/html"),
    ),
)]
pub(super) async fn json(state: &AppState, id: PledgeId) -> Result<StatusJson, Problem> {
    let active = state.signing.campaign_by_tag(id.campaign_tag());
    let status = state.certificates.status(known(active.as_deref()), id).await?;
    let credential = Credential::decode(&status.pledge.credential).map_err(|_| {
        tracing::error!("a stored credential can't be read");
        Problem::Internal
    })?;
    let vc = state.certificates.verifiable_credential(&credential.claims);
    Ok(StatusJson::new(&status, &state.config.public_url, vc))
}

/// What is in memory may be a moment old, so it serves only once what is printed can't change any more.
fn known(active: Option<&ActiveCampaign>) -> Option<&Campaign> {
    active.map(|active| &active.campaign).filter(|campaign| campaign.state.is_settled())
}

impl StatusJson {
    fn new(status: &Status, public_url: &str, vc: serde_json::Value) -> Self {
        let pledge = &status.pledge;
        let text_hash = BASE64URL_NOPAD.encode(&pledge.text_hash);
        Self {
            pledge_id: pledge.id.to_string(),
            serial: Serial::of(pledge.id).to_string(),
            status: status.word(),
            revoked_at: status.revoked_at().map(|at| at.rfc3339()),
            name: status.shown_name.clone(),
            institution: status.institution.clone(),
            campaign: CampaignJson {
                slug: status.campaign.slug.clone(),
                title: status.campaign.settings.title.clone(),
                kind: status.campaign.kind.as_str(),
                zone: status.campaign.settings.zone.abbreviation(),
            },
            signed_at: pledge.signed_at.rfc3339(),
            text_url: format!("{public_url}/api/v1/texts/{text_hash}"),
            text_hash,
            certificate_url: format!("{public_url}/c/{}.pdf", pledge.id),
            inspection_copy_url: status.has_inspection_copy.then(|| format!("{public_url}/c/{}.html", pledge.id)),
            edition: FIRST_EDITION,
            credential: BASE64URL_NOPAD.encode(&pledge.credential),
            vc,
        }
    }
}

impl From<CertificatesError> for Problem {
    fn from(error: CertificatesError) -> Self {
        match error {
            CertificatesError::Unknown => Self::Unknown,
            CertificatesError::Store(error) => error.into(),
            CertificatesError::Busy(NoPermit) => Self::Busy { retry_after_secs: BUSY_RETRY_SECS },
            CertificatesError::Stopped => Self::Busy { retry_after_secs: 1 },
            CertificatesError::Unprintable(fault) => {
                // The part is named, never what stands in it.
                tracing::error!(%fault, "a certificate can't be printed");
                Self::Internal
            }
        }
    }
}
