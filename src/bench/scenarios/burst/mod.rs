//! `ikrar bench burst`: everybody of the province signs in the same minute, beside what the machine could do at most.

pub mod report;
mod table;

use crate::bench::context::BenchContext;
use crate::bench::figures::chart::{self, Drawing};
use crate::bench::figures::recount;
use crate::bench::figures::report::{Basics, Report, Scale};
use crate::bench::load::file_descriptors;
use crate::bench::load::http_connection::Connection;
use crate::bench::processes::environment::{Over, Stage};
use crate::bench::processes::pgbench;
use crate::bench::scenarios::post_checks::Running;
use crate::bench::scenarios::rounds::{Run, sign_all};
use crate::bench::scenarios::sessions;
use crate::bench::scenarios::shared_args::{self, Given};
use crate::bench::scenarios::synthetic_campaign::Province;
use crate::i18n::Words;
use crate::service::synthetic::PARTICIPANTS;
use clap::Args;
use report::Signing;
use std::path::PathBuf;

const CONNECTIONS: u32 = 1_000;
pub const CONNECTIONS_MAX: i64 = 50_000;
const ROUNDS: u32 = 3;
pub const ROUNDS_MAX: i64 = 100;

#[derive(Args)]
pub struct Burst {
    /// How many people sign
    #[arg(long, default_value_t = PARTICIPANTS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    participants: u32,
    /// Over how many keep-alive connections
    #[arg(long, default_value_t = CONNECTIONS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=CONNECTIONS_MAX))]
    connections: u32,
    /// Into how many rounds the run is cut; each is measured beside its own ceilings
    #[arg(long, default_value_t = ROUNDS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=ROUNDS_MAX))]
    rounds: u32,
    #[command(flatten)]
    given: Given,
    /// Also draw throughput and latency over time here, as SVG
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
}

pub async fn run(context: &BenchContext, burst: &Burst) -> anyhow::Result<u8> {
    let words = context.words;
    file_descriptors::raise_for(burst.connections.into(), words)?;
    let mut stage = Stage::set(context, burst.given.database, burst.given.nodes, Over::Plain).await?;
    let province = Province::make(context, &stage.state, burst.participants).await?;
    stage.serve().await?;
    stage.serve_without_store(&province.campaign.slug).await?;
    stage.serve_echo().await?;
    let (crowd, sign_in) = sessions::open(&stage, &province, burst.connections, words).await?;

    let jwks = Connection::open(stage.nodes[0].address).await?.get("/.well-known/jwks.json").await?.body;
    let bench = stage.postgres.as_ref().map(pgbench::prepare).transpose()?.flatten();
    let running = Running::begin(&stage);
    let run = sign_all(&stage, &crowd, bench.as_ref(), burst.rounds, words).await?;
    let killed = running.kill(&mut stage, words);

    let receipts = recount::receipts(run.receipts(), &jwks)?;
    let after = killed.recount(&stage, province.campaign.id, &receipts).await?;
    let scale = Scale {
        scenario: "burst",
        database: stage.engine,
        nodes: burst.given.nodes,
        participants: province.people.len(),
        connections: burst.connections,
    };
    let batches = after.batches;
    let mut basics = Basics::of(scale, run.load(), after);
    let own = Signing::of(&run, sign_in, batches, &mut basics);
    let report = Report { basics, own };
    if let Some(file) = &burst.chart {
        shared_args::write(file, &chart::svg(&drawing(&run, &report, words), words))?;
    }
    burst.given.tell(&report, &table::table(&report, words))
}

fn drawing(run: &Run, report: &Report<Signing>, words: Words) -> Drawing {
    let Basics { participants, no_store_per_s, echo_per_s, .. } = report.basics;
    let title = words.with("bench-chart-title", &[("people", &words.number(participants))]);
    let mut drawing = Drawing::of(title, words.t("bench-chart-signings"), run.wall);
    drawing.answers = run.answers.iter().map(|answer| (answer.at, answer.took)).collect();
    drawing.until = run.rounds.iter().map(|round| round.until).collect();
    drawing.ceilings = [(words.t("bench-no-store"), no_store_per_s), (words.t("bench-echo"), echo_per_s)]
        .into_iter()
        .filter_map(|(name, most)| Some((name, most?)))
        .collect();
    drawing
}
