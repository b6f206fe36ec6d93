//! Certificates in bulk: an archive of an institution's, a unit's or all of them, which is made while it is downloaded.
//!
//! The page that asks for it goes on standing, and shows how far the archive is.

use super::archive_downloads::{ArchiveDownload, ArchiveDownloads, DownloadState};
use crate::domain::account::Scope;
use crate::domain::audit::AuditEvent;
use crate::domain::campaign::CampaignState;
use crate::domain::certificate_copy::CertificateCopy;
use crate::domain::file_name::{Disposition, disposition};
use crate::domain::institution::Institution;
use crate::fair_permits::{Permit, Requester};
use crate::i18n::Localizer;
use crate::service::accounts::DisclosureSize;
use crate::service::certificates::{ArchivePlan, PlanError, SelectionError};
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::layout::{Layout, Tab};
use crate::web::console::shell::password_proof::ConfirmedForm;
use crate::web::console::shell::query::QueryName;
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::Query;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Pieces of an archive that wait for the client to read them; each is one certificate.
const PIECES_WAITING_MAX: usize = 64;
/// How long an archive may take, and with it a client that reads it slowly.
pub const ARCHIVE_TIME_MAX: Duration = Duration::from_secs(12 * 60 * 60);
const BUSY_RETRY_SECS: u32 = 60;

#[derive(Template)]
#[template(path = "console/people/archive.html")]
struct ArchivePage {
    w: Localizer,
    layout: Layout,
    slug: String,
    institutions: Vec<Institution>,
    may_take_all: bool,
    institution: String,
    units: Vec<String>,
    unit: String,
    needs_password: bool,
    is_locked: bool,
    has_own_copies: bool,
    /// Under which the page asks how far its archive is.
    download: String,
}

pub async fn form(context: CampaignContext) -> Result<Response, Problem> {
    let asked = context.query.get(QueryName::Institution).unwrap_or("").to_string();
    page(&archive_page(&context, &asked, "").await?)
}

/// The archive; requires a password typed within the last minutes.
pub async fn download(
    context: CampaignContext,
    Extension(downloads): Extension<Arc<ArchiveDownloads>>,
    confirmed: ConfirmedForm,
) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, w, .. } = &context;
    let fields = confirmed.fields;
    let (institution, unit) = selection(&context, &fields).await?;
    let permit = downloads.permits.acquire(Requester::Account(actor.login())).await;
    let permit = permit.map_err(|_| Problem::Busy { retry_after_secs: BUSY_RETRY_SECS })?;
    let chosen = (institution.as_deref(), unit.as_deref());
    let copy = if fields.get("copy") == "own" { CertificateCopy::Own } else { CertificateCopy::Public };
    let plan = match state.certificates.archive_plan(campaign, actor.scope(), chosen, copy).await {
        Ok(plan) if plan.people() == 0 => return again(&context, &fields, w.t("console-archive-nobody")).await,
        Ok(plan) => plan,
        Err(fault) => {
            let key = match fault {
                PlanError::Selection(SelectionError::NoSuchInstitution) => "list-no-such-institution",
                PlanError::Selection(SelectionError::NoSuchUnit) => "list-no-such-unit",
                PlanError::Selection(SelectionError::Store(error)) => return Err(error.into()),
                PlanError::NoOwnCopies => "certificates-no-own-copies",
            };
            return again(&context, &fields, w.t(key)).await;
        }
    };
    let recorded_unit = recorded_unit(&context, institution.as_deref(), unit).await?;
    let event = AuditEvent::CertificatesRequested {
        institution: institution.clone(),
        unit: recorded_unit.clone(),
        copy: copy.as_str().into(),
        people: plan.people(),
    };
    state.audit_trail.record(Some(campaign.id), actor.login(), event).await?;
    let known = downloads.begin(actor.login(), fields.get("download"), plan.people());
    let name = format!("piagam-{}.zip", institution.as_deref().unwrap_or(&campaign.slug));
    let saved_as = HeaderValue::from_str(&disposition(Disposition::Attachment, &name));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/zip")),
        (CONTENT_DISPOSITION, saved_as.map_err(|_| Problem::Malformed)?),
    ];
    let order = Order { permit, plan, known, institution, unit: recorded_unit };
    Ok((headers, stream(context, order)).into_response())
}

/// What one download needs besides the request's context.
struct Order {
    permit: Permit,
    plan: ArchivePlan,
    known: Arc<ArchiveDownload>,
    institution: Option<String>,
    unit: Option<String>,
}

/// The archive as it is made. A client that leaves ends the work.
fn stream(context: CampaignContext, order: Order) -> Body {
    let (send, receive) = mpsc::channel(PIECES_WAITING_MAX);
    tokio::spawn(async move {
        let known = order.known.clone();
        let made = timeout(ARCHIVE_TIME_MAX, make(&context, order, send.clone())).await;
        match made.unwrap_or_else(|_| Err("it takes too long".into())) {
            Ok(faults) => {
                known.add_faults(faults);
                known.end(DownloadState::Done);
            }
            Err(error) => {
                tracing::warn!(error, "an archive of certificates wasn't made to its end");
                known.end(DownloadState::Failed);
                // The connection is cut, so that nobody takes what came for the whole.
                let _ = send.send(Err(io::ErrorKind::BrokenPipe.into())).await;
            }
        }
    });
    Body::from_stream(futures_util::stream::unfold(receive, |mut receive| async {
        receive.recv().await.map(|piece| (piece, receive))
    }))
}

type Piece = Result<Bytes, io::Error>;

/// Makes the archive; returns how many certificates couldn't be printed.
async fn make(context: &CampaignContext, order: Order, send: mpsc::Sender<Piece>) -> Result<u64, String> {
    let ConsoleContext { state, actor, campaign, w, .. } = context;
    let Order { permit: _permit, plan, known, institution, unit } = order;
    let progress = |signers| known.add(signers);
    let made = state.certificates.archive(campaign, &plan, PieceSink(send), *w, &progress).await;
    let archived = made.map_err(|error| error.to_string())?;
    let event = AuditEvent::CertificatesExported {
        institution,
        unit,
        copy: Some(plan.copy.as_str().into()),
        participant: None,
        people: plan.people(),
        sha256: archived.sha256,
    };
    let recorded = state.audit_trail.record(Some(campaign.id), actor.login(), event).await;
    recorded.map_err(|error| error.to_string())?;
    Ok(archived.faults.len() as u64)
}

/// Hands on what is written; waits while the client reads slowly. Used on threads that may wait.
struct PieceSink(mpsc::Sender<Piece>);

impl Write for PieceSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Ok(Bytes::copy_from_slice(bytes));
        self.0.blocking_send(piece).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Deserialize)]
pub struct DownloadQuery {
    download: String,
}

/// How far an archive is.
#[derive(Serialize)]
pub struct DownloadJson {
    /// `running`, `done`, `failed`, or `unknown`, as on another node.
    state: &'static str,
    done: u64,
    all: u64,
    /// Certificates that couldn't be printed, known at the end.
    faults: u64,
}

pub async fn progress(
    context: CampaignContext,
    Extension(downloads): Extension<Arc<ArchiveDownloads>>,
    Query(asked): Query<DownloadQuery>,
) -> Json<DownloadJson> {
    let known = downloads.find(context.actor.login(), &asked.download);
    let faults = known.as_ref().map_or(0, |known| known.faults());
    let (state, done, all) = known.map_or((DownloadState::Unknown, 0, 0), |known| known.standing());
    Json(DownloadJson { state: state.as_str(), done, all, faults })
}

/// The form's choice, within the account's scope. Only an account with all institutions may leave it empty.
async fn selection(
    context: &CampaignContext,
    fields: &FormFields,
) -> Result<(Option<String>, Option<String>), Problem> {
    let ConsoleContext { state, actor, campaign, .. } = context;
    let chosen = |name: &str| Some(fields.get(name).to_string()).filter(|value| !value.is_empty());
    let institution = chosen("institution");
    match &institution {
        Some(code) => actor.must_see_part(state, campaign.id, code).await?,
        None if *actor.scope() != Scope::All => return Err(Problem::NotAllowed),
        None => {}
    }
    let unit = chosen("unit").filter(|_| institution.is_some());
    Ok((institution, unit))
}

/// The unit that the audit trail names: the chosen one, or the part of the institution that the account sees.
async fn recorded_unit(
    context: &CampaignContext,
    institution: Option<&str>,
    unit: Option<String>,
) -> Result<Option<String>, Problem> {
    match (unit, institution) {
        (None, Some(code)) => {
            let visible =
                context.state.campaigns.visible_institutions(context.campaign.id, context.actor.scope()).await?;
            Ok(visible.view(code).named())
        }
        (chosen, _) => Ok(chosen),
    }
}

async fn again(context: &CampaignContext, fields: &FormFields, fault: String) -> Result<Response, Problem> {
    let mut again = archive_page(context, fields.get("institution"), fields.get("unit")).await?;
    again.layout = again.layout.refused(fault);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&again)?).into_response())
}

async fn archive_page(context: &CampaignContext, institution: &str, unit: &str) -> Result<ArchivePage, Problem> {
    let ConsoleContext { state, actor, campaign, w, .. } = context;
    let institutions = state.campaigns.institutions_in_part(campaign.id, actor.scope()).await?;
    let known = institutions.iter().any(|one| one.code == institution);
    let units = if known {
        state.campaigns.unit_paths(campaign.id, actor.scope(), institution).await?
    } else {
        BTreeSet::new()
    };
    Ok(ArchivePage {
        w: *w,
        layout: context.layout(Tab::Archive).await,
        slug: campaign.slug.clone(),
        may_take_all: *actor.scope() == Scope::All,
        institution: if known { institution.into() } else { String::new() },
        institutions,
        units: units.into_iter().collect(),
        unit: unit.into(),
        needs_password: actor.0.needs_password(DisclosureSize::Many, state.now()),
        has_own_copies: state.certificates.has_own_copies(campaign.id).await?,
        is_locked: campaign.state != CampaignState::Draft,
        download: BASE64URL_NOPAD.encode(&state.entropy.bytes::<16>()),
    })
}
