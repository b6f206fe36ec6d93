//! Reports "that wasn't me": read, and resolved with a word on what was found.

use super::form::Fields;
use super::frame::{Frame, done};
use super::opening::Opening;
use super::people::scoped;
use crate::domain::audit::Event;
use crate::i18n::Words;
use crate::store::reports::{Report, ReportId, Resolution};
use crate::web::error::Problem;
use crate::web::page::page;
use crate::web::when;
use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;

/// Longest word on what was found, in characters.
const RESOLUTION_CHARS_MAX: usize = 1_000;

#[derive(Template)]
#[template(path = "console/reports.html")]
struct ReportsPage {
    w: Words,
    f: Frame,
    slug: String,
    reports: Vec<ReportView>,
}

struct ReportView {
    id: String,
    participant: String,
    name: String,
    institution: String,
    contact: String,
    message: String,
    at: String,
    resolved: Option<(String, String)>,
}

pub async fn list(opening: Opening, Query(query): Query<Vec<(String, String)>>) -> Result<Response, Problem> {
    let Opening { state, w, who, campaign } = opening;
    let zone = campaign.settings.zone;
    let mut reports = vec![];
    for report in state.store.reports(campaign.id, who.scope()).await? {
        let signer = scoped(&state, &who, &campaign, report.participant).await?;
        reports.push(ReportView {
            id: BASE64URL_NOPAD.encode(&report.id),
            participant: report.participant.to_string(),
            name: signer.as_ref().map_or(String::new(), |signer| signer.participant.shown_name.clone()),
            institution: signer.map_or(report.institution, |signer| signer.institution_name),
            contact: report.contact,
            message: report.message,
            at: when::exact(w, zone, report.reported_at),
            resolved: report.resolved.map(|resolution| (when::exact(w, zone, resolution.at), resolution.words)),
        });
    }
    // What waits stands on top; within that the newest.
    reports.sort_by_key(|report| report.resolved.is_some());
    let f = Frame::of(&state, w, &who, "reports", &campaign).await.after(w, &query);
    page(&ReportsPage { w, f, slug: campaign.slug, reports })
}

pub async fn resolve(opening: Opening, fields: Fields) -> Result<Response, Problem> {
    let Opening { state, who, campaign, .. } = opening;
    let id = parse(fields.get("id")).ok_or(Problem::Malformed)?;
    let report: Report = state.store.report(campaign.id, &id).await?.ok_or(Problem::Unknown)?;
    who.must_see(&report.institution)?;
    let words: String = fields.get("words").trim().chars().take(RESOLUTION_CHARS_MAX).collect();
    let resolution = Resolution { at: state.now(), words };
    let event = Event::ReportResolved { institution: report.institution, report: BASE64URL_NOPAD.encode(&id) };
    let audit = state.accounts.line(Some(campaign.id), who.login(), event);
    state.store.resolve_report(campaign.id, &id, &resolution, &audit).await?;
    state.day.forget_reports(campaign.id).await;
    Ok(done(&format!("/console/k/{}/reports", campaign.slug), "resolved").into_response())
}

fn parse(text: &str) -> Option<ReportId> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()
}
