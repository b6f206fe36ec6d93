//! How many people of each institution and unit have signed.

use super::overview::percent;
use crate::i18n::Localizer;
use crate::service::progress::{SigningProgress, by_kind};
use crate::service::roster_file::employment_word;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::layout::{Layout, Tab};
use crate::web::console::shell::pagination::Pagination;
use crate::web::console::shell::query::QueryName;
use crate::web::error::Problem;
use crate::web::page::page;
use askama::Template;
use axum::response::Response;

/// Rows of one page.
const ROWS_PER_PAGE: usize = 50;

#[derive(Template)]
#[template(path = "console/campaign/progress.html")]
struct ProgressPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    /// The institution whose units are shown; `None`: institutions.
    of: Option<String>,
    rows: Vec<Row>,
    pagination: Pagination,
    /// Of all pages.
    total: Row,
    /// The same people by kind of employment.
    kinds: Vec<Row>,
}

struct Row {
    /// The institution's code.
    code: String,
    name: String,
    people: String,
    signed: String,
    waiting: String,
    percent: String,
}

pub async fn show(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, query, .. } = &context;
    let w = context.w;
    let asked = query.get(QueryName::Institution);
    let institutions = state.progress.institutions(campaign, actor.scope()).await?;
    let (of, rows) = match asked {
        Some(code) => {
            actor.must_see(code)?;
            let institution = institutions.iter().find(|one| one.key == code).ok_or(Problem::Unknown)?;
            (Some(institution.name.clone()), state.progress.units(campaign.id, code).await?)
        }
        None => (None, institutions),
    };
    let sum = |of: fn(&SigningProgress) -> u64| rows.iter().map(of).sum();
    let total = SigningProgress {
        key: String::new(),
        name: w.t("console-progress-total"),
        people: sum(|row| row.people),
        signed: sum(|row| row.signed),
    };
    let total = row(w, &total);
    let employment = state.progress.employment(campaign.id, actor.scope()).await?;
    let kinds = by_kind(employment.iter().filter(|one| asked.is_none_or(|code| one.institution == code)));
    let kind = |(kind, people, signed)| {
        row(w, &SigningProgress { key: String::new(), name: employment_word(kind, w), people, signed })
    };
    let path = match asked {
        // A code is letters, digits and dots.
        Some(code) => format!("{}?institution={code}&", context.path("/progress")),
        None => format!("{}?", context.path("/progress")),
    };
    let (rows, pagination) = Pagination::cut(w, rows, ROWS_PER_PAGE, query, &path);
    page(&ProgressPage {
        w,
        layout: context.layout(Tab::Progress).await,
        slug: campaign.slug.clone(),
        of,
        rows: rows.iter().map(|one| row(w, one)).collect(),
        pagination,
        total,
        kinds: kinds.into_iter().map(kind).collect(),
    })
}

fn row(w: Localizer, progress: &SigningProgress) -> Row {
    let name = if progress.name.is_empty() { w.t("console-no-unit") } else { progress.name.clone() };
    Row {
        code: progress.key.clone(),
        name,
        people: w.number(progress.people),
        signed: w.number(progress.signed),
        waiting: w.number(progress.people.saturating_sub(progress.signed)),
        percent: percent(w, progress.signed, progress.people),
    }
}
