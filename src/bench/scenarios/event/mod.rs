//! `ikrar bench event`: the whole province comes, each over a TLS connection of their own, and does everything from the
//! event's page to the receipt.

mod arrivals;
mod journey;
mod page_forms;
mod receipts;
mod report;

use crate::bench::context::BenchContext;
use crate::bench::figures::chart::{self, Drawing};
use crate::bench::figures::progress::Progress;
use crate::bench::figures::report::{Basics, Load, Report, Scale};
use crate::bench::load::file_descriptors;
use crate::bench::load::tls_connection::Phones;
use crate::bench::processes::cpu_time::{Spent, Used};
use crate::bench::processes::environment::{Over, Stage};
use crate::bench::scenarios::burst::CONNECTIONS_MAX;
use crate::bench::scenarios::duration_arg;
use crate::bench::scenarios::post_checks::Running;
use crate::bench::scenarios::shared_args::{self, Given};
use crate::bench::scenarios::synthetic_campaign::Province;
use crate::credential::jwks::Jwks;
use crate::i18n::Words;
use crate::output::errln;
use crate::service::synthetic::PARTICIPANTS;
use anyhow::Context;
use arrivals::Outcome;
use clap::Args;
use journey::Road;
use report::{Beside, Journeys};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const CONNECTIONS: u32 = 1_000;

#[derive(Args)]
pub struct Event {
    /// How many people come. Each has a TCP and TLS connection of their own, with a full handshake
    #[arg(long, default_value_t = PARTICIPANTS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    participants: u32,
    /// How many of them are on their way at once. One machine can't hold a province's connections open at the same
    /// time; whoever comes while so many are, waits for their turn to connect. That wait is reported by itself
    #[arg(long, default_value_t = CONNECTIONS, value_name = "N", verbatim_doc_comment,
          value_parser = clap::value_parser!(u32).range(1..=CONNECTIONS_MAX))]
    connections: u32,
    /// Over how long people come, evenly: 90s, 5m, 1h [default: all at once]
    #[arg(long, value_name = "DURATION", value_parser = duration_arg::parse)]
    ramp: Option<Duration>,
    /// Everybody also ends their session at the end, which is written down
    #[arg(long)]
    leave: bool,
    #[command(flatten)]
    given: Given,
    /// Also draw journeys and their latency over time here, as SVG
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
}

pub async fn run(context: &BenchContext, event: &Event) -> anyhow::Result<u8> {
    let words = context.words;
    file_descriptors::raise_for(event.connections.into(), words)?;
    let mut stage = Stage::set(context, event.given.database, event.given.nodes, Over::Tls).await?;
    let province = Province::make(context, &stage.state, event.participants).await?;
    stage.serve().await?;
    let campaign = province.campaign;
    let road = Arc::new(Road {
        phones: Phones::trusting(stage.certificate_der().context("the stage is served over TLS")?)?,
        addresses: stage.nodes.iter().map(|node| node.address).collect(),
        origin: stage.state.config.public_url.clone(),
        page: format!("/k/{}", campaign.slug),
        people: province.people,
        leave: event.leave,
    });
    let jwks = road.phones.connect(road.addresses[0], 0).await?.get("/.well-known/jwks.json").await?.body;
    let jwks = Jwks::parse(&jwks)?;

    let connections = usize::try_from(event.connections)?;
    errln!("{}", words.t("bench-handshaking"));
    let handshakes = Some(arrivals::handshakes(&road, connections).await?);
    let (running, ramp) = (Running::begin(&stage), event.ramp.unwrap_or_default());
    let progress = Progress::of(road.people.len(), &words.t("bench-progress-journeys"));
    let (mut spent, before) = (Spent::default(), Used::by(&stage));
    let outcome = arrivals::all(&road, connections, ramp, &progress.done).await?;
    spent.add(&before, &Used::by(&stage));
    drop(progress);
    let killed = running.kill(&mut stage, words);

    let found = receipts::verified((&stage.state.store, campaign.id), &jwks, &road.people, &outcome.walked).await?;
    let certificates = receipts::certificates(&outcome.walked, &jwks)?;
    let after = killed.recount(&stage, campaign.id, &found).await?;
    let each = spent.each(road.people.len());
    let beside = Beside { ramp, leave: event.leave, handshakes, certificates, batches: after.batches, each };
    let scale = Scale {
        scenario: "event",
        database: stage.engine,
        nodes: event.given.nodes,
        participants: road.people.len(),
        connections: event.connections,
    };
    let mut basics = Basics::of(scale, load(&outcome), after);
    basics.sound &= certificates.0 == certificates.1;
    let report = Report { basics, own: Journeys::of(&outcome, beside) };
    if let Some(file) = &event.chart {
        shared_args::write(file, &chart::svg(&drawing(&outcome, words), words))?;
    }
    event.given.tell(&report, &report::table(&report, words))
}

fn load(outcome: &Outcome) -> Load {
    Load {
        wall: outcome.wall,
        took: outcome.walked.iter().map(|walked| walked.took).collect(),
        retries: outcome.retries,
        errors: outcome.errors,
        first_error: outcome.first_error.clone(),
    }
}

fn drawing(outcome: &Outcome, words: Words) -> Drawing {
    let people = words.number(outcome.waited.len());
    let title = words.with("bench-chart-event", &[("people", &people)]);
    let mut drawing = Drawing::of(title, words.t("bench-journeys"), outcome.wall);
    drawing.answers = outcome.walked.iter().map(|walked| (walked.at, walked.took)).collect();
    drawing
}
