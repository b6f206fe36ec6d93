//! The roster page: a file is sent, compared with the roster in force, and imported once confirmed.

mod folder;
mod receive;
mod report;
mod uploads;

pub use uploads::Uploads;

use crate::domain::account::Scope;
use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::institution::Institution;
use crate::i18n::Localizer;
use crate::service::progress::SigningProgress;
use crate::service::roster_file::{Limits, RosterFile, annotate};
use crate::web::AppState;
use crate::web::access::Actor;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::export::{self, Export};
use crate::web::console::shell::layout::{Done, Layout, Tab};
use crate::web::console::shell::query::QueryName;
use crate::web::error::Problem;
use crate::web::page::page;
use askama::Template;
use axum::extract::{Multipart, Path};
use axum::http::{HeaderValue, StatusCode, header::REFRESH};
use axum::response::{IntoResponse, Redirect, Response};
use report::ReportView;
use std::sync::Arc;
use uploads::{Sent, Upload, UploadId};

/// The page of a running import refreshes after this many seconds.
const LOOK_AGAIN_SECS: &str = "2";
const FULL_RETRY_SECS: u32 = 60;
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

#[derive(Template)]
#[template(path = "console/campaign/roster.html")]
struct RosterPage {
    w: Localizer,
    layout: Layout,
    institutions: Vec<Institution>,
    people: Vec<SigningProgress>,
    total: String,
    may_replace_all: bool,
    is_draft: bool,
}

pub async fn show(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, query, .. } = &context;
    let w = context.w;
    let layout = context.layout(Tab::Roster).await.after(w, query);
    page(&roster_page(state, w, actor, layout, campaign).await?)
}

/// Receives a file and starts the dry run. Whether the account may send it is checked before the file is read.
pub async fn send(context: CampaignContext, form: Multipart) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, query, .. } = &context;
    let w = context.w;
    if campaign.state != CampaignState::Draft {
        return Err(Problem::Conflict);
    }
    let named = query.get(QueryName::Institution).map(str::to_owned);
    named.as_deref().map_or(Ok(()), |code| may_replace(actor, code))?;
    let permit = state.uploads.permit(actor.login(), state.now()).await;
    let permit = permit.map_err(|_| Problem::Busy { retry_after_secs: FULL_RETRY_SECS })?;
    let received = receive::receive(&state.uploads, named, |code| may_replace(actor, code), form).await?;
    let Some(file) = received.file else {
        let layout = context.layout(Tab::Roster).await.refused(w.t("console-roster-no-file"));
        let again = page(&roster_page(state, w, actor, layout, campaign).await?)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
    };
    let id = UploadId(state.entropy.bytes());
    let institution = Some(received.institution).filter(|code| !code.is_empty());
    let sent = Sent { id, campaign: campaign.id, by: actor.login().into(), institution, at: state.now(), permit };
    let upload = state.uploads.keep(Upload::new(sent, file));
    run(state, campaign, &upload, true)?;
    Ok(Redirect::to(&context.path(&format!("/roster/{id}"))).into_response())
}

/// Whether this account may replace the people of an institution, or, without a code, of all.
fn may_replace(actor: &Actor, code: &str) -> Result<(), Problem> {
    match code {
        "" if *actor.scope() != Scope::All => Err(Problem::NotAllowed),
        "" => Ok(()),
        code => actor.must_see(code),
    }
}

#[derive(Template)]
#[template(path = "console/campaign/roster_upload.html")]
struct UploadPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    id: String,
    file_name: String,
    institution: Option<String>,
    is_dry: bool,
    percent: u8,
    rows: String,
    /// What came of it; `None` while it runs.
    report: Option<ReportView>,
}

pub async fn upload(context: CampaignContext, Path((_, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let Some(upload) = find(state, actor, campaign, &id) else {
        // It was imported or given up meanwhile.
        return Ok(Redirect::to(&context.path("/roster")).into_response());
    };
    let standing = upload.standing();
    if !standing.is_dry && matches!(standing.result.as_deref(), Some(Ok(report)) if report.applied) {
        state.uploads.forget(&upload);
        return Ok(context.done("/roster", Done::Imported));
    }
    let is_running = standing.result.is_none();
    let known = state.campaigns.institutions(campaign.id, &Scope::All).await?;
    let mut response = page(&UploadPage {
        w,
        layout: context.layout(Tab::Roster).await,
        slug: campaign.slug.clone(),
        id: upload.id.to_string(),
        file_name: upload.file_name.clone(),
        institution: upload.institution.clone(),
        is_dry: standing.is_dry,
        percent: standing.percent,
        rows: w.number(standing.rows),
        report: standing.result.as_deref().map(|result| ReportView::of(w, &known, result)),
    })?;
    if is_running {
        response.headers_mut().insert(REFRESH, HeaderValue::from_static(LOOK_AGAIN_SECS));
    }
    Ok(response)
}

/// Imports a file whose dry run found no faults.
pub async fn confirm(context: CampaignContext, Path((_, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let upload = find(state, actor, campaign, &id).ok_or(Problem::Unknown)?;
    run(state, campaign, &upload, false)?;
    Ok(Redirect::to(&context.path(&format!("/roster/{id}"))).into_response())
}

pub async fn cancel(context: CampaignContext, Path((_, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    if let Some(upload) = find(state, actor, campaign, &id) {
        state.uploads.forget(&upload);
    }
    Ok(context.done("/roster", Done::ImportCancelled))
}

/// The file that was sent, with a column of remarks to send back.
pub async fn remarks(context: CampaignContext, Path((_, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let upload = find(state, actor, campaign, &id).ok_or(Problem::Unknown)?;
    let result = upload.standing().result.ok_or(Problem::Conflict)?;
    let permit = export::permit(state, actor).await?;
    let (to, _) = state.uploads.folder.create().map_err(|_| Problem::Storage)?;
    let scratch = state.uploads.folder.path().map_err(|_| Problem::Storage)?;
    let limits = Limits::new(upload.cancel.clone(), scratch);
    let write = move || {
        let Ok(report) = result.as_ref() else { return Ok(None) };
        let written = annotate(upload.file.path(), &report.faults, w, to.path(), limits);
        written.map(|()| Some(std::fs::read(to.path())))
    };
    let written = export::made(permit, write).await?;
    match written {
        Ok(Some(Ok(bytes))) => Export::new(bytes).download("keterangan.xlsx", XLSX),
        Ok(None) => Err(Problem::Conflict),
        Ok(Some(Err(_))) | Err(_) => Err(Problem::Storage),
    }
}

/// Runs the import in a task of its own and puts the result into the upload.
fn run(state: &AppState, campaign: &Campaign, upload: &Arc<Upload>, is_dry: bool) -> Result<(), Problem> {
    let progress = upload.begin(is_dry).ok_or(Problem::Conflict)?;
    let file = RosterFile {
        path: upload.file.path().to_owned(),
        scratch: state.uploads.folder.path().map_err(|_| Problem::Storage)?,
        institution: upload.institution.clone(),
        dry_run: is_dry,
        by: upload.by.clone(),
        sha256: upload.sha256.clone(),
    };
    let request = state.roster_imports.request(campaign, file)?;
    let (state, upload) = (state.clone(), upload.clone());
    tokio::spawn(async move {
        let Ok(_turn) = state.uploads.turn(&upload.by).await else {
            // There are places to wait for all uploads that can be kept.
            tracing::error!("an upload was forgotten: there was no place for it to wait");
            return state.uploads.forget(&upload);
        };
        upload.end(state.roster_imports.run_recorded(request, progress, upload.cancel.clone()).await);
    });
    Ok(())
}

/// An upload is visible to its sender and to organizers.
fn find(state: &AppState, actor: &Actor, campaign: &Campaign, id: &str) -> Option<Arc<Upload>> {
    let upload = state.uploads.find(UploadId::parse(id)?, state.now())?;
    (upload.campaign == campaign.id && (upload.by == actor.login() || actor.is_organizer())).then_some(upload)
}

async fn roster_page(
    state: &AppState,
    w: Localizer,
    actor: &Actor,
    layout: Layout,
    campaign: &Campaign,
) -> Result<RosterPage, Problem> {
    let institutions = state.campaigns.institutions(campaign.id, actor.scope()).await?;
    let people = state.progress.institutions(campaign, actor.scope()).await?;
    Ok(RosterPage {
        w,
        layout,
        total: w.number(people.iter().map(|one| one.people).sum::<u64>()),
        institutions,
        people,
        may_replace_all: *actor.scope() == Scope::All,
        is_draft: campaign.state == CampaignState::Draft,
    })
}
