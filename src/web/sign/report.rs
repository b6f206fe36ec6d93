//! `/k/{slug}/report`: reports a pledge that the person didn't make. Requires signing in, so the help desk knows who
//! reports it.

use super::notice_message::NoticeMessage;
use super::pages::{NoticeTone, ReportPage, SignNotice};
use super::visit::Visit;
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
    let visit = Visit::open(state, w, &slug, &headers)?;
    let done = query.iter().any(|(key, _)| key == "terkirim");
    written(&visit, done, None).await
}

pub async fn submit(
    State(state): State<AppState>,
    w: Localizer,
    Path(slug): Path<String>,
    headers: HeaderMap,
    fields: FormFields,
) -> Result<Response, Problem> {
    let visit = Visit::open(state, w, &slug, &headers)?;
    let Some((_, signer)) = visit.signer().await? else {
        return Ok(visit.go(&visit.address("sign"), None));
    };
    let (contact, message) = (fields.trimmed("contact"), fields.trimmed("message"));
    if message.is_empty() {
        let mut response =
            written(&visit, false, Some(SignNotice::new(w, NoticeTone::Bad, NoticeMessage::ReportEmpty))).await?;
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(response);
    }
    let campaign = visit.active.campaign.id;
    visit.state.help_desk.add_report(campaign, &signer.participant, contact, message).await?;
    Ok(visit.go(&format!("{}?terkirim", visit.address("report")), None))
}

async fn written(visit: &Visit, done: bool, notice: Option<SignNotice>) -> Result<Response, Problem> {
    let Some((_, signer)) = visit.signer().await? else {
        return Ok(visit.go(&visit.address("sign"), None));
    };
    let signed_on =
        signer.pledge.as_ref().map(|pledge| local_time::moment(visit.w, visit.campaign.zone, pledge.signed_at));
    page(&ReportPage {
        w: visit.w,
        campaign: visit.campaign.clone(),
        person: visit.person(&signer),
        signed_on: signed_on.unwrap_or_default(),
        done,
        notice,
    })
}
