//! The recapitulation, to be printed and signed, and as a workbook. It names no person.

use crate::service::progress::{
    PublishedFacts, Recapitulation, RecapitulationHead, recapitulation, write_recapitulation_xlsx,
};
use crate::service::roster_file::employment_word;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::export::{self, Export, XLSX};
use crate::web::console::shell::query::QueryName;
use crate::web::error::Problem;
use crate::web::live::numbers::target_sum;
use crate::web::local_time;
use axum::response::Response;

pub async fn pdf(context: CampaignContext) -> Result<Response, Problem> {
    let permit = export::permit(&context.state, &context.actor).await?;
    let (what, w) = (numbers(&context).await?, context.w);
    let bytes = export::made(permit, move || recapitulation(&what, w)).await?;
    Export::new(bytes).download("rekapitulasi.pdf", "application/pdf")
}

pub async fn xlsx(context: CampaignContext) -> Result<Response, Problem> {
    let permit = export::permit(&context.state, &context.actor).await?;
    let (what, w) = (numbers(&context).await?, context.w);
    let written = export::made(permit, move || write_recapitulation_xlsx(&what, w)).await?;
    let bytes = written.map_err(|error| {
        tracing::error!(%error, "a recapitulation couldn't be written");
        Problem::Internal
    })?;
    Export::new(bytes).download("rekapitulasi.xlsx", XLSX)
}

async fn numbers(context: &CampaignContext) -> Result<Recapitulation, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = context;
    let (w, zone, now) = (context.w, campaign.settings.zone, state.now());
    let shown = state.live.shown(&campaign.slug).filter(|shown| !shown.snapshot.groups.is_empty());
    let moment = move |at| local_time::moment(w, zone, at);
    let head = RecapitulationHead {
        moment: &moment,
        place_and_date: format!("{}, {}", campaign.settings.place, local_time::date(w, zone, now)),
        published: shown.map(|shown| PublishedFacts {
            target: shown.snapshot.target,
            target_sum: target_sum(w, &shown.snapshot),
            committed_at: shown.snapshot.committed_at,
        }),
        now,
    };
    let of = context.query.get(QueryName::Institution);
    if let Some(code) = of {
        actor.must_see_part(state, campaign.id, code).await?;
    }
    let made = state.progress.recapitulation(campaign, (actor.scope(), of), head, w, employment_word).await?;
    made.ok_or(Problem::Unknown)
}
