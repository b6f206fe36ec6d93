//! `ikrar bench growth`: measures whether a signing costs more when ten times as many people have signed. It runs a
//! burst with a tenth of the people, with all of them, and with ten times as many, each on its own database.

mod report;

use crate::bench::context::BenchContext;
use crate::bench::figures::recount;
use crate::bench::figures::report::{BenchReport, RunSetup, SharedFigures};
use crate::bench::load::file_descriptors;
use crate::bench::load::http_connection::HttpConnection;
use crate::bench::processes::environment::{Environment, Transport};
use crate::bench::scenarios::burst::CONNECTIONS_MAX;
use crate::bench::scenarios::post_checks::MeasuredRun;
use crate::bench::scenarios::rounds::{Beside, run_rounds};
use crate::bench::scenarios::sessions;
use crate::bench::scenarios::shared_args::SharedArgs;
use crate::bench::scenarios::synthetic_campaign::SyntheticCampaign;
use crate::service::synthetic::PARTICIPANTS;
use clap::Args;
use report::{GrowthFigures, GrowthSize};

const CONNECTIONS: u32 = 1_000;
/// Rounds of each size. Each is compared with the echo servers, so that a slower machine isn't mistaken for a slower
/// database.
const ROUNDS: u32 = 3;
/// People of the middle size at most; ten times as many still fit into a roster.
const PARTICIPANTS_MAX: i64 = 500_000;

#[derive(Args)]
pub struct GrowthArgs {
    /// The middle size; a tenth of it and ten times it are measured, too
    #[arg(long, default_value_t = PARTICIPANTS, value_name = "N", value_parser = clap::value_parser!(u32).range(10..=PARTICIPANTS_MAX))]
    participants: u32,
    /// Over how many keep-alive connections
    #[arg(long, default_value_t = CONNECTIONS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=CONNECTIONS_MAX))]
    connections: u32,
    #[command(flatten)]
    shared: SharedArgs,
}

pub async fn run(context: &BenchContext, args: &GrowthArgs) -> anyhow::Result<u8> {
    let words = context.words;
    file_descriptors::raise_for(args.connections.into(), words)?;
    let mut sizes = Vec::new();
    for people in [args.participants / 10, args.participants] {
        sizes.push(burst(context, args, people).await?);
    }
    let largest = burst(context, args, args.participants * 10).await?;
    let mut shared = largest.shared.clone();
    sizes.push(largest);
    shared.sound = sizes.iter().all(|size| size.shared.sound);
    shared.retries = sizes.iter().map(|size| size.shared.retries).sum();
    shared.errors = sizes.iter().map(|size| size.shared.errors).sum();
    shared.first_error = sizes.iter().find_map(|size| size.shared.first_error.clone());
    let report = BenchReport { shared, own: GrowthFigures::of(sizes) };
    args.shared.print_and_save(&report, &report::table(&report, words))
}

/// A burst of `people`.
async fn burst(context: &BenchContext, args: &GrowthArgs, people: u32) -> anyhow::Result<GrowthSize> {
    let words = context.words;
    let mut environment =
        Environment::start(context, args.shared.database, args.shared.nodes, Transport::Plain).await?;
    let campaign = SyntheticCampaign::create(context, &environment.services, people, args.shared.groups).await?;
    environment.start_nodes().await?;
    environment.start_echo_servers().await?;
    let clients = sessions::open(&environment, &campaign, args.connections, words).await?.clients;
    let jwks = HttpConnection::open(environment.nodes[0].address).await?.get("/.well-known/jwks.json").await?.body;
    let running = MeasuredRun::start(&environment);
    let run = run_rounds(&environment, &clients, Beside::default(), ROUNDS, words).await?;
    let killed_run = running.kill_nodes(&mut environment, words);
    let receipts = recount::verify_receipts(run.receipts(), &jwks)?;
    let post = killed_run.recount(&environment, campaign.record.id, &receipts).await?;
    let scale = RunSetup {
        scenario: "growth",
        database: environment.engine,
        nodes: args.shared.nodes,
        participants: campaign.people.len(),
        connections: args.connections,
    };
    let batches = post.batches;
    let mut shared = SharedFigures::of(scale, run.load(), post);
    shared.echo_per_s = run.ceiling(|round| round.echo).map(f64::round);
    let signings = u32::try_from(run.answers.len())?;
    let cpu = run.cpu.per_operation(run.answers.len());
    Ok(GrowthSize::of(shared, (run.wall, signings), cpu, run.share_of(|round| round.echo), batches))
}
