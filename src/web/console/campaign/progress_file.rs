//! How many people of each institution and kind of employment, or of each unit of one institution, have signed, as a
//! file. It names no person.

use crate::domain::unit::BETWEEN_UNITS;
use crate::i18n::Localizer;
use crate::service::roster_file::employment_word;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::export::{self, CSV, Export, XLSX};
use crate::web::console::shell::query::QueryName;
use crate::web::error::Problem;
use axum::response::Response;
use std::collections::HashMap;

/// Columns of text, left of the numbers.
const TEXT_COLUMNS: [&str; 3] = ["institution-code", "institution", "employment"];
/// The same of one institution's units.
const UNIT_TEXT_COLUMNS: [&str; 5] = ["institution-code", "institution", "agency", "unit", "sub-unit"];
const NUMBER_COLUMNS: [&str; 3] = ["eligible", "signed", "waiting"];

/// Writes rows of cells, the first one being the headings.
type TableWriter = fn(FileTable) -> Result<Vec<u8>, Problem>;

struct FileTable {
    rows: Vec<Vec<String>>,
    /// Columns of text, left of the numbers.
    texts: usize,
}

pub async fn csv(context: CampaignContext) -> Result<Response, Problem> {
    written(&context, |table| export::csv(table.rows), "capaian.csv", CSV).await
}

pub async fn xlsx(context: CampaignContext) -> Result<Response, Problem> {
    written(&context, |table| export::xlsx(&table.rows, table.texts), "capaian.xlsx", XLSX).await
}

async fn written(
    context: &CampaignContext,
    write: TableWriter,
    name: &str,
    media_type: &'static str,
) -> Result<Response, Problem> {
    let permit = export::permit(&context.state, &context.actor).await?;
    let table = match context.query.get(QueryName::Institution) {
        Some(code) => {
            context.actor.must_see_part(&context.state, context.campaign.id, code).await?;
            of_units(context, code).await?
        }
        None => of_institutions(context).await?,
    };
    Export::new(export::made(permit, move || write(table)).await??).download(name, media_type)
}

async fn of_institutions(context: &CampaignContext) -> Result<FileTable, Problem> {
    let ConsoleContext { state, actor, campaign, w, .. } = context;
    let institutions = state.progress.institutions(campaign, actor.scope()).await?;
    let names: HashMap<String, String> = institutions.into_iter().map(|one| (one.key, one.name)).collect();
    let progress = state.progress.employment(campaign.id, actor.scope()).await?;
    let rows = progress.iter().map(|row| {
        let name = names.get(&row.institution).cloned().unwrap_or_default();
        cells([row.institution.clone(), name, employment_word(row.kind, *w)], row.people, row.signed)
    });
    Ok(FileTable { rows: headed(*w, &TEXT_COLUMNS, rows), texts: TEXT_COLUMNS.len() })
}

/// A row for the own people of each unit.
async fn of_units(context: &CampaignContext, code: &str) -> Result<FileTable, Problem> {
    let ConsoleContext { state, actor, campaign, w, .. } = context;
    let known = state.campaigns.institutions_in_part(campaign.id, actor.scope()).await?;
    let institution = known.into_iter().find(|one| one.code == code).ok_or(Problem::Unknown)?;
    let tree = state.progress.tree(campaign.id, actor.scope(), code).await?;
    let leaves = tree.leaves();
    let rows = leaves.iter().map(|leaf| {
        let name = |at: usize| leaf.path.get(at).map_or_else(String::new, |name| (*name).to_owned());
        let below = leaf.path.get(2..).unwrap_or_default().join(BETWEEN_UNITS);
        let texts = [institution.code.clone(), institution.name.clone(), name(0), name(1), below];
        cells(texts, leaf.sum.people, leaf.sum.signed)
    });
    Ok(FileTable { rows: headed(*w, &UNIT_TEXT_COLUMNS, rows), texts: UNIT_TEXT_COLUMNS.len() })
}

fn headed(w: Localizer, texts: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    let headings =
        texts.iter().chain(&NUMBER_COLUMNS).map(|key| w.t(&format!("console-progress-file-{key}"))).collect();
    std::iter::once(headings).chain(rows).collect()
}

fn cells<const N: usize>(texts: [String; N], people: u64, signed: u64) -> Vec<String> {
    let numbers = [people, signed, people.saturating_sub(signed)].map(|number| number.to_string());
    texts.into_iter().chain(numbers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_column_has_a_heading() {
        let headings = TEXT_COLUMNS.iter().chain(&UNIT_TEXT_COLUMNS).chain(&NUMBER_COLUMNS);
        check_built_keys("console-progress-file-{}", headings);
    }
}
