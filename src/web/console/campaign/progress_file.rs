//! How many people of each institution and kind of employment have signed, as a file. It names no person.

use crate::i18n::Localizer;
use crate::service::progress::EmploymentProgress;
use crate::service::roster_file::employment_word;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::export::{self, CSV, Export, XLSX};
use crate::web::error::Problem;
use axum::response::Response;
use std::collections::HashMap;

/// Columns of text, left of the numbers.
const TEXT_COLUMNS: usize = 3;

/// Writes rows of cells, the first one being the headings.
type TableWriter = fn(Vec<Vec<String>>) -> Result<Vec<u8>, Problem>;

pub async fn csv(context: CampaignContext) -> Result<Response, Problem> {
    written(&context, export::csv, "capaian.csv", CSV).await
}

pub async fn xlsx(context: CampaignContext) -> Result<Response, Problem> {
    let write = |rows: Vec<Vec<String>>| export::xlsx(&rows, TEXT_COLUMNS);
    written(&context, write, "capaian.xlsx", XLSX).await
}

async fn written(
    context: &CampaignContext,
    write: TableWriter,
    name: &str,
    media_type: &'static str,
) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = context;
    let w = context.w;
    let permit = export::permit(state, actor).await?;
    let institutions = state.campaigns.institutions(campaign.id, actor.scope()).await?;
    let names: HashMap<String, String> = institutions.into_iter().map(|one| (one.code, one.name)).collect();
    let progress = state.progress.employment(campaign.id, actor.scope()).await?;
    let headings = ["institution-code", "institution", "employment", "eligible", "signed", "waiting"];
    let headings = headings.map(|key| w.t(&format!("console-progress-file-{key}"))).to_vec();
    let rows = progress.iter().map(|row| cells(w, row, names.get(&row.institution).map_or("", String::as_str)));
    let rows: Vec<Vec<String>> = std::iter::once(headings).chain(rows).collect();
    Export::new(export::made(permit, move || write(rows)).await??).download(name, media_type)
}

fn cells(w: Localizer, row: &EmploymentProgress, institution: &str) -> Vec<String> {
    let numbers = [row.people, row.signed, row.people.saturating_sub(row.signed)].map(|number| number.to_string());
    let texts = [row.institution.clone(), institution.to_owned(), employment_word(row.kind, w)];
    texts.into_iter().chain(numbers).collect()
}

#[cfg(test)]
mod tests {
    use crate::i18n::check_built_keys;

    #[test]
    fn every_column_has_a_heading() {
        let headings = ["institution-code", "institution", "employment", "eligible", "signed", "waiting"];
        check_built_keys("console-progress-file-{}", headings);
    }
}
