//! Reports of pledges that people say they didn't make: listed, found by their number, taken, and resolved with a note
//! on what was found and a sentence for whoever has the number.

use crate::domain::misuse_report::{ReportNumber, ReportOutcome};
use crate::i18n::Localizer;
use crate::service::help_desk::{ListedReport, ReportId};
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::layout::{Done, Layout, Tab};
use crate::web::console::shell::outcome_words::outcome_words;
use crate::web::console::shell::pagination::Pagination;
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::local_time;
use crate::web::page::page;
use askama::Template;
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;

/// Reports on one page.
const PER_PAGE: usize = 50;

#[derive(Template)]
#[template(path = "console/people/misuse_reports.html")]
struct ReportsPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    /// As typed, to find one report.
    asked: String,
    reports: Vec<MisuseReportView>,
    /// What whoever has a number can be told: as the form has it, and its words.
    outcomes: Vec<(&'static str, String)>,
    /// How many reports can be closed at once; `None`: none, or not by this account.
    unlisted: Option<String>,
    pagination: Option<Pagination>,
}

struct MisuseReportView {
    id: String,
    number: String,
    without_code: bool,
    /// The claimed number of a report without a code.
    claimed: String,
    /// Of the person on the roster; empty where there is none.
    participant: String,
    name: String,
    institution: String,
    /// `None` where it wasn't kept or doesn't open.
    contact: Option<String>,
    message: String,
    at: String,
    taken: Option<String>,
    resolved: Option<ResolvedView>,
}

struct ResolvedView {
    at: String,
    finding: String,
    /// What whoever has the number is told.
    told: String,
}

pub async fn list(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, query, .. } = &context;
    let all = state.help_desk.reports(actor.account(), campaign).await?;
    let unlisted = all.iter().filter(|report| report.is_unlisted()).count();
    let path = format!("/console/k/{}/reports?", campaign.slug);
    let (shown, pagination) = Pagination::cut(context.w, all, PER_PAGE, query, &path);
    reports_page(&context, String::new(), &shown, Some((pagination, unlisted))).await
}

/// The one report with the number that somebody read out.
pub async fn find(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let asked = fields.trimmed("number");
    let found = match ReportNumber::parse(asked) {
        Some(number) => state.help_desk.report_with_number(actor.account(), campaign, number).await?,
        None => None,
    };
    reports_page(&context, asked.chars().take(40).collect(), found.as_slice(), None).await
}

pub async fn take(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let id = parse(fields.get("id")).ok_or(Problem::Malformed)?;
    state.help_desk.take_report(actor.account(), campaign, &id).await?;
    Ok(context.done("/reports", Done::ReportTaken))
}

/// What a flood leaves behind: reports whose number is on no roster.
pub async fn resolve_unlisted(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    state.help_desk.resolve_unlisted_reports(actor.account(), campaign).await?;
    Ok(context.done("/reports", Done::UnlistedResolved))
}

pub async fn resolve(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let id = parse(fields.get("id")).ok_or(Problem::Malformed)?;
    let outcome = match fields.get("outcome") {
        "" => ReportOutcome::AskHelpDesk,
        named => ReportOutcome::parse(named).ok_or(Problem::Malformed)?,
    };
    state.help_desk.resolve_report(actor.account(), campaign, &id, fields.get("words"), outcome).await?;
    Ok(context.done("/reports", Done::Resolved))
}

async fn reports_page(
    context: &CampaignContext,
    asked: String,
    shown: &[ListedReport],
    of_all: Option<(Pagination, usize)>,
) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, query, .. } = context;
    let w = context.w;
    let mut reports = vec![];
    for report in shown {
        let person = state.help_desk.reported_person(actor.account(), campaign, report).await?;
        let zone = campaign.settings.zone;
        let participant = person.as_ref().map(|person| &person.participant);
        reports.push(MisuseReportView {
            id: BASE64URL_NOPAD.encode(&report.id),
            number: report.number.to_string(),
            without_code: report.without_code,
            claimed: report.claimed.as_ref().map_or_else(String::new, |claimed| claimed.shown()),
            participant: participant.map_or_else(String::new, |person| person.id.to_string()),
            name: participant.map_or_else(String::new, |person| person.shown_name.clone()),
            institution: match &person {
                Some(person) => person.institution_name.clone(),
                None => report.institution().unwrap_or_default().to_owned(),
            },
            contact: report.contact.clone(),
            message: report.message.clone(),
            at: local_time::exact(w, zone, report.reported_at),
            taken: report.taken_at.map(|at| local_time::exact(w, zone, at)),
            resolved: report.resolved.as_ref().map(|resolution| ResolvedView {
                at: local_time::exact(w, zone, resolution.at),
                finding: resolution.finding.clone(),
                told: outcome_words(resolution.outcome, w),
            }),
        });
    }
    let layout = context.layout(Tab::Reports).await.after(w, query);
    let outcomes = ReportOutcome::ALL.map(|outcome| (outcome.as_str(), outcome_words(outcome, w))).into();
    let (pagination, unlisted) = of_all.unzip();
    let unlisted = unlisted.filter(|count| *count > 0 && actor.is_organizer()).map(|count| w.number(count));
    let slug = campaign.slug.clone();
    page(&ReportsPage { w, layout, slug, asked, reports, outcomes, unlisted, pagination })
}

fn parse(text: &str) -> Option<ReportId> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()
}
