//! `/k/{slug}/report`: reports a pledge that the person didn't make. Requires signing in, so the help desk knows who
//! reports it.

use super::context::SignerContext;
use super::notice_message::NoticeMessage;
use super::pages::{NoticeTone, ReportPage, ReportStateView, SignNotice};
use crate::i18n::Localizer;
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use crate::web::{AppState, local_time};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

pub async fn show(
    State(state): State<AppState>,
    w: Localizer,
    Path(slug): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = SignerContext::open(state, w, &slug, &headers)?;
    let done = query.iter().any(|(key, _)| key == "terkirim");
    report_page(&context, done, None).await
}

pub async fn submit(
    State(state): State<AppState>,
    w: Localizer,
    Path(slug): Path<String>,
    headers: HeaderMap,
    fields: FormFields,
) -> Result<Response, Problem> {
    let context = SignerContext::open(state, w, &slug, &headers)?;
    let Some((_, signer)) = context.signer().await? else {
        return Ok(context.redirect(&context.path("sign"), None));
    };
    let (contact, message) = (fields.trimmed("contact"), fields.trimmed("message"));
    if message.is_empty() {
        let mut response =
            report_page(&context, false, Some(SignNotice::new(w, NoticeTone::Bad, NoticeMessage::ReportEmpty))).await?;
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(response);
    }
    let campaign = context.active.campaign.id;
    context.state.help_desk.add_report(campaign, &signer.participant, contact, message).await?;
    Ok(context.redirect(&format!("{}?terkirim", context.path("report")), None))
}

async fn report_page(context: &SignerContext, done: bool, notice: Option<SignNotice>) -> Result<Response, Problem> {
    let Some((_, signer)) = context.signer().await? else {
        return Ok(context.redirect(&context.path("sign"), None));
    };
    let signed_on =
        signer.pledge.as_ref().map(|pledge| local_time::moment(context.w, context.campaign.zone, pledge.signed_at));
    let newest = context.state.help_desk.newest_report_of(context.active.campaign.id, &signer.participant).await?;
    page(&ReportPage {
        w: context.w,
        campaign: context.campaign.clone(),
        person: context.person(&signer),
        signed_on: signed_on.unwrap_or_default(),
        done,
        notice,
        report: newest.as_ref().map(|state| ReportStateView::of(context.w, &context.campaign, state)),
    })
}
