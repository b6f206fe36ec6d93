//! `ikrar bench burst`: all people sign at once, compared with the ceilings of the machine.

pub mod report;
mod table;

use crate::bench::context::BenchContext;
use crate::bench::figures::chart::{self, TimeChart};
use crate::bench::figures::recount;
use crate::bench::figures::report::{BenchReport, RunSetup, SharedFigures};
use crate::bench::load::file_descriptors;
use crate::bench::load::http_connection::HttpConnection;
use crate::bench::processes::environment::{Environment, Transport};
use crate::bench::processes::pgbench;
use crate::bench::scenarios::post_checks::MeasuredRun;
use crate::bench::scenarios::roster_changes::RosterChanges;
use crate::bench::scenarios::rounds::{self, Beside, SigningRun, run_rounds};
use crate::bench::scenarios::sessions::{self, OpenSessions};
use crate::bench::scenarios::shared_args::{self, SharedArgs};
use crate::bench::scenarios::synthetic_campaign::SyntheticCampaign;
use crate::i18n::Localizer;
use crate::service::synthetic::PARTICIPANTS;
use clap::Args;
use report::BurstFigures;
use std::path::PathBuf;

const CONNECTIONS: u32 = 1_000;
pub const CONNECTIONS_MAX: i64 = 50_000;
const ROUNDS: u32 = 3;
pub const ROUNDS_MAX: i64 = 100;

#[derive(Args)]
pub struct BurstArgs {
    /// How many people sign
    #[arg(long, default_value_t = PARTICIPANTS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    participants: u32,
    /// Over how many keep-alive connections
    #[arg(long, default_value_t = CONNECTIONS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=CONNECTIONS_MAX))]
    connections: u32,
    /// Into how many rounds the run is cut; each is measured beside its own ceilings
    #[arg(long, default_value_t = ROUNDS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=ROUNDS_MAX))]
    rounds: u32,
    /// Add, correct and excuse so many people while the others sign, a third each, as an operator at the console does:
    /// at most one in ten. Whoever is excused doesn't sign. Each round is then two, one without changes
    #[arg(long, default_value_t = 0, value_name = "N")]
    changed_people: u32,
    #[command(flatten)]
    shared: SharedArgs,
    /// Also draw throughput and latency over time here, as SVG
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
}

pub async fn run(context: &BenchContext, args: &BurstArgs) -> anyhow::Result<u8> {
    let words = context.words;
    file_descriptors::raise_for(args.connections.into(), words)?;
    let mut environment =
        Environment::start(context, args.shared.database, args.shared.nodes, Transport::Plain).await?;
    let campaign =
        SyntheticCampaign::create(context, &environment.services, args.participants, args.shared.groups).await?;
    environment.start_nodes().await?;
    environment.start_noop_store_servers(&campaign.record.slug).await?;
    environment.start_echo_servers().await?;
    let mut sessions = sessions::open(&environment, &campaign, args.connections, words).await?;
    let changes = match usize::try_from(args.changed_people)? {
        0 => None,
        count => {
            let planned = |everybody| rounds::planned(rounds::loaded(everybody), args.rounds, true);
            Some(RosterChanges::prepare(context, &environment, &campaign, &mut sessions, count, planned).await?)
        }
    };
    let OpenSessions { clients, took: sign_in, .. } = sessions;

    let jwks = HttpConnection::open(environment.nodes[0].address).await?.get("/.well-known/jwks.json").await?.body;
    let pgbench = environment.postgres.as_ref().map(pgbench::prepare).transpose()?.flatten();
    let beside = Beside { pgbench: pgbench.as_ref(), changes: changes.as_ref() };
    let running = MeasuredRun::start(&environment);
    let run = run_rounds(&environment, &clients, beside, args.rounds, words).await?;
    let killed_run = running.kill_nodes(&mut environment, words);

    let receipts = recount::verify_receipts(run.receipts(), &jwks)?;
    let post = killed_run.recount(&environment, campaign.record.id, &receipts).await?;
    let setup = RunSetup {
        scenario: "burst",
        database: environment.engine,
        nodes: args.shared.nodes,
        participants: clients.requests.len(),
        connections: args.connections,
    };
    let batches = post.batches;
    let mut shared = SharedFigures::of(setup, run.load(), post);
    let changed = match changes {
        Some(changes) => Some(changes.figures(&environment, campaign.record.id).await?),
        None => None,
    };
    let own = BurstFigures::of(&run, sign_in, batches, changed, &mut shared);
    let report = BenchReport { shared, own };
    if let Some(file) = &args.chart {
        shared_args::write_file(file, &chart::svg(&drawing(&run, &report, words), words))?;
    }
    args.shared.print_and_save(&report, &table::table(&report, words))
}

fn drawing(run: &SigningRun, report: &BenchReport<BurstFigures>, words: Localizer) -> TimeChart {
    let SharedFigures { participants, no_store_per_s, echo_per_s, .. } = report.shared;
    let title = words.with("bench-chart-title", &[("people", &words.number(participants))]);
    let mut drawing = TimeChart::of(title, words.t("bench-chart-signings"), run.wall);
    drawing.answers = run.answers.iter().map(|answer| (answer.at, answer.took)).collect();
    drawing.round_ends = run.rounds.iter().map(|round| round.until).collect();
    drawing.ceilings = [(words.t("bench-no-store"), no_store_per_s), (words.t("bench-echo"), echo_per_s)]
        .into_iter()
        .filter_map(|(name, most)| Some((name, most?)))
        .collect();
    drawing
}
