//! `ikrar bench growth`: does a signing cost more when ten times as many have signed? A burst at a tenth of the people, at
//! all of them, and at ten times as many, each on a database of its own.

mod report;

use crate::bench::context::BenchContext;
use crate::bench::figures::recount;
use crate::bench::figures::report::{Basics, Report, Scale};
use crate::bench::load::file_descriptors;
use crate::bench::load::http_connection::Connection;
use crate::bench::processes::environment::{Over, Stage};
use crate::bench::scenarios::burst::CONNECTIONS_MAX;
use crate::bench::scenarios::post_checks::Running;
use crate::bench::scenarios::rounds::sign_all;
use crate::bench::scenarios::sessions;
use crate::bench::scenarios::shared_args::Given;
use crate::bench::scenarios::synthetic_campaign::Province;
use crate::service::synthetic::PARTICIPANTS;
use clap::Args;
use report::{Growth, Size};

const CONNECTIONS: u32 = 1_000;
/// Each is measured beside the echo, so that a machine that slows down meanwhile isn't taken for a database that does.
const ROUNDS: u32 = 3;
/// Of the middle size; ten times as many are still fewer than a roster may have.
const PARTICIPANTS_MAX: i64 = 500_000;

#[derive(Args)]
pub struct Grow {
    /// The middle size; a tenth of it and ten times it are measured, too
    #[arg(long, default_value_t = PARTICIPANTS, value_name = "N", value_parser = clap::value_parser!(u32).range(10..=PARTICIPANTS_MAX))]
    participants: u32,
    /// Over how many keep-alive connections
    #[arg(long, default_value_t = CONNECTIONS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=CONNECTIONS_MAX))]
    connections: u32,
    #[command(flatten)]
    given: Given,
}

pub async fn run(context: &BenchContext, grow: &Grow) -> anyhow::Result<u8> {
    let words = context.words;
    file_descriptors::raise_for(grow.connections.into(), words)?;
    let mut sizes = Vec::new();
    for people in [grow.participants / 10, grow.participants] {
        sizes.push(burst(context, grow, people).await?);
    }
    let largest = burst(context, grow, grow.participants * 10).await?;
    let mut basics = largest.basics.clone();
    sizes.push(largest);
    basics.sound = sizes.iter().all(|size| size.basics.sound);
    basics.retries = sizes.iter().map(|size| size.basics.retries).sum();
    basics.errors = sizes.iter().map(|size| size.basics.errors).sum();
    basics.first_error = sizes.iter().find_map(|size| size.basics.first_error.clone());
    let report = Report { basics, own: Growth::of(sizes) };
    grow.given.tell(&report, &report::table(&report, words))
}

/// Everybody of so many signs.
async fn burst(context: &BenchContext, grow: &Grow, people: u32) -> anyhow::Result<Size> {
    let words = context.words;
    let mut stage = Stage::set(context, grow.given.database, grow.given.nodes, Over::Plain).await?;
    let province = Province::make(context, &stage.state, people).await?;
    stage.serve().await?;
    stage.serve_echo().await?;
    let (crowd, _) = sessions::open(&stage, &province, grow.connections, words).await?;
    let jwks = Connection::open(stage.nodes[0].address).await?.get("/.well-known/jwks.json").await?.body;
    let running = Running::begin(&stage);
    let run = sign_all(&stage, &crowd, None, ROUNDS, words).await?;
    let killed = running.kill(&mut stage, words);
    let receipts = recount::receipts(run.receipts(), &jwks)?;
    let after = killed.recount(&stage, province.campaign.id, &receipts).await?;
    let scale = Scale {
        scenario: "growth",
        database: stage.engine,
        nodes: grow.given.nodes,
        participants: province.people.len(),
        connections: grow.connections,
    };
    let batches = after.batches;
    let mut basics = Basics::of(scale, run.load(), after);
    basics.echo_per_s = run.ceiling(|round| round.echo).map(f64::round);
    let signings = u32::try_from(run.answers.len())?;
    let each = run.spent.each(run.answers.len());
    Ok(Size::of(basics, (run.wall, signings), each, run.share_of(|round| round.echo), batches))
}
