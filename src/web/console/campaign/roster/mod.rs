//! The roster page: a file is sent, compared with the roster in force, and imported once confirmed.

mod answers;
pub mod files;
mod form;
mod report;

use crate::domain::account::Scope;
use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::institution::Institution;
use crate::i18n::Localizer;
use crate::service::progress::SigningProgress;
use crate::service::roster_file::ReadingChoices;
use crate::web::AppState;
use crate::web::access::Actor;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::export::{self, Export, XLSX};
use crate::web::console::shell::layout::{Done, Layout, Tab};
use crate::web::console::shell::query::QueryName;
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use answers::Questions;
use askama::Template;
use axum::extract::{Multipart, Path};
use axum::http::{HeaderValue, StatusCode, header::REFRESH};
use axum::response::{IntoResponse, Redirect, Response};
use report::ReportView;

/// The page of a running import refreshes after this many seconds.
const LOOK_AGAIN_SECS: &str = "2";

#[derive(Template)]
#[template(path = "console/campaign/roster.html")]
struct RosterPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    institutions: Vec<Institution>,
    people: Vec<SigningProgress>,
    total: String,
    may_replace_all: bool,
    /// Whether the account sees units and no institution as a whole.
    is_units_only: bool,
    is_draft: bool,
}

pub async fn show(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, query, .. } = &context;
    let w = context.w;
    let layout = context.layout(Tab::Roster).await.after(w, query);
    page(&roster_page(state, w, actor, layout, campaign).await?)
}

/// Receives a file and starts the dry run.
pub async fn send(context: CampaignContext, form: Multipart) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, query, .. } = &context;
    let w = context.w;
    let institution = query.get(QueryName::Institution);
    let mut incoming = state.roster_uploads.receive(campaign, actor.account(), institution).await?;
    form::read(&mut incoming, form).await?;
    let Some(upload) = incoming.finish()? else {
        let layout = context.layout(Tab::Roster).await.refused(w.t("console-roster-no-file"));
        let again = page(&roster_page(state, w, actor, layout, campaign).await?)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
    };
    Ok(Redirect::to(&context.path(&format!("/roster/{}", upload.id))).into_response())
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
    replace_all: bool,
    reading: ReadingChoices,
    is_dry: bool,
    percent: u8,
    rows: String,
    /// What is asked about the file; `None` while it is read, and where nothing was seen of it.
    questions: Option<Questions>,
    /// What came of it; `None` while it runs.
    report: Option<ReportView>,
}

pub async fn upload(context: CampaignContext, Path((_, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let Ok(upload) = state.roster_uploads.find(campaign, actor.account(), &id).await else {
        // It was imported or cancelled meanwhile.
        return Ok(Redirect::to(&context.path("/roster")).into_response());
    };
    let progress = upload.progress();
    if let Some(Ok(report)) = progress.result.as_deref()
        && !progress.is_dry
        && report.applied
    {
        state.roster_uploads.forget(&upload);
        let done = if report.is_unchanged { Done::ImportedUnchanged } else { Done::Imported };
        return Ok(context.done("/roster", done));
    }
    let is_running = progress.result.is_none();
    let known = state.campaigns.institutions(campaign.id, actor.scope()).await?;
    let visible = state.campaigns.visible_institutions(campaign.id, actor.scope()).await?;
    let mut response = page(&UploadPage {
        w,
        layout: context.layout(Tab::Roster).await,
        slug: campaign.slug.clone(),
        id: upload.id.to_string(),
        file_name: upload.file_name.clone(),
        institution: upload.institution.clone(),
        replace_all: upload.replace_all,
        reading: upload.reading,
        is_dry: progress.is_dry,
        percent: progress.percent,
        rows: w.number(progress.rows),
        questions: progress.result.as_deref().and_then(|result| Questions::of(w, result, &progress.answers)),
        report: progress.result.as_deref().map(|result| ReportView::of(w, &known, &visible, result)),
    })?;
    if is_running {
        response.headers_mut().insert(REFRESH, HeaderValue::from_static(LOOK_AGAIN_SECS));
    }
    Ok(response)
}

/// Checks a file again, with what the columns are said to hold and what rows without a number are.
pub async fn check_again(
    context: CampaignContext,
    Path((_, id)): Path<(String, String)>,
    fields: FormFields,
) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let upload = state.roster_uploads.find(campaign, actor.account(), &id).await?;
    let Some(result) = upload.progress().result else { return Err(Problem::Conflict) };
    let answers = answers::read(&fields, &result)?;
    state.roster_uploads.check_again(campaign, actor.account(), &id, answers).await?;
    Ok(Redirect::to(&context.path(&format!("/roster/{id}"))).into_response())
}

/// Imports a file whose dry run found no faults.
pub async fn confirm(context: CampaignContext, Path((_, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    state.roster_uploads.confirm(campaign, actor.account(), &id).await?;
    Ok(Redirect::to(&context.path(&format!("/roster/{id}"))).into_response())
}

pub async fn cancel(context: CampaignContext, Path((_, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    if let Ok(upload) = state.roster_uploads.find(campaign, actor.account(), &id).await {
        state.roster_uploads.forget(&upload);
    }
    Ok(context.done("/roster", Done::ImportCancelled))
}

/// The file that was sent, with a column of remarks to send back.
pub async fn remarks(context: CampaignContext, Path((_, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let upload = state.roster_uploads.find(campaign, actor.account(), &id).await?;
    if upload.progress().result.is_none() {
        return Err(Problem::Conflict);
    }
    let permit = export::permit(state, actor).await?;
    let uploads = state.roster_uploads.clone();
    let bytes = export::made(permit, move || uploads.annotated(&upload, w)).await??;
    Export::new(bytes).download("keterangan.xlsx", XLSX)
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
        slug: campaign.slug.clone(),
        total: w.number(people.iter().map(|one| one.people).sum::<u64>()),
        institutions,
        people,
        may_replace_all: *actor.scope() == Scope::All,
        is_units_only: actor.sees_units_only(state, campaign.id).await?,
        is_draft: campaign.state == CampaignState::Draft,
    })
}
