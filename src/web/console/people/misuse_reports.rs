//! Reports of pledges that people say they didn't make: listed, and resolved with a note on what was found.

use crate::i18n::Localizer;
use crate::service::help_desk::{ListedReport, ReportId};
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::layout::{Done, Layout, Tab};
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::local_time;
use crate::web::page::page;
use askama::Template;
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;

#[derive(Template)]
#[template(path = "console/people/misuse_reports.html")]
struct ReportsPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    reports: Vec<MisuseReportView>,
}

struct MisuseReportView {
    id: String,
    participant: String,
    name: String,
    institution: String,
    contact: String,
    message: String,
    at: String,
    resolved: Option<(String, String)>,
}

pub async fn list(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, query, .. } = &context;
    let w = context.w;
    let zone = campaign.settings.zone;
    let view = |ListedReport { report, signer }: ListedReport| MisuseReportView {
        id: BASE64URL_NOPAD.encode(&report.id),
        participant: report.participant.to_string(),
        name: signer.as_ref().map_or(String::new(), |signer| signer.participant.shown_name.clone()),
        institution: signer.map_or(report.institution, |signer| signer.institution_name),
        contact: report.contact,
        message: report.message,
        at: local_time::exact(w, zone, report.reported_at),
        resolved: report.resolved.map(|resolution| (local_time::exact(w, zone, resolution.at), resolution.finding)),
    };
    let reports = state.help_desk.reports(actor.account(), campaign).await?.into_iter().map(view).collect();
    let layout = context.layout(Tab::Reports).await.after(w, query);
    page(&ReportsPage { w, layout, slug: campaign.slug.clone(), reports })
}

pub async fn resolve(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let id = parse(fields.get("id")).ok_or(Problem::Malformed)?;
    state.help_desk.resolve_report(actor.account(), campaign, &id, fields.get("words")).await?;
    Ok(context.done("/reports", Done::Resolved))
}

fn parse(text: &str) -> Option<ReportId> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()
}
