//! How far each institution and unit is, in numbers.

use super::frame::{Frame, campaign};
use super::overview::percent;
use super::units::paths;
use crate::domain::campaign::Campaign;
use crate::i18n::Words;
use crate::store::desk::Progress;
use crate::web::AppState;
use crate::web::access::Who;
use crate::web::error::Problem;
use crate::web::page::page;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;

#[derive(Template)]
#[template(path = "console/progress.html")]
struct ProgressPage {
    w: Words,
    f: Frame,
    slug: String,
    /// The institution whose units are shown; `None`: institutions.
    of: Option<String>,
    rows: Vec<Row>,
    total: Row,
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

pub async fn show(
    State(state): State<AppState>,
    w: Words,
    who: Who,
    Path(slug): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let campaign = campaign(&state, &slug).await?;
    let asked = query.iter().find(|(key, _)| key == "institution").map(|(_, code)| code.as_str());
    let mut institutions = state.store.institution_progress(campaign.id).await?;
    institutions.retain(|one| who.scope().holds(&one.key));
    let (of, rows) = match asked {
        Some(code) => {
            who.must_see(code)?;
            let institution = institutions.iter().find(|one| one.key == code).ok_or(Problem::Unknown)?;
            (Some(institution.name.clone()), units(&state, &campaign, code).await?)
        }
        None => (None, institutions),
    };
    let sum = |of: fn(&Progress) -> u64| rows.iter().map(of).sum();
    let total = Progress {
        key: String::new(),
        name: w.t("console-progress-total"),
        people: sum(|row| row.people),
        signed: sum(|row| row.signed),
    };
    page(&ProgressPage {
        w,
        f: Frame::of(w, &who, "progress", &campaign),
        slug,
        of,
        rows: rows.iter().map(|one| row(w, one)).collect(),
        total: row(w, &total),
    })
}

/// An institution's units, named by their paths and in their order; people without a unit come last.
async fn units(state: &AppState, campaign: &Campaign, code: &str) -> Result<Vec<Progress>, Problem> {
    let paths = paths(&state.store.units(campaign.id, Some(code)).await?);
    let mut units = state.store.unit_progress(campaign.id, code).await?;
    for unit in &mut units {
        if let Some(path) = unit.key.parse().ok().and_then(|id: u32| paths.get(&id)) {
            unit.name.clone_from(path);
        }
    }
    units.sort_by(|one, other| (one.key.is_empty(), &one.name).cmp(&(other.key.is_empty(), &other.name)));
    Ok(units)
}

fn row(w: Words, progress: &Progress) -> Row {
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
