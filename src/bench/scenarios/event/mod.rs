//! `ikrar bench event`: each person arrives over their own TLS connection and does everything from the campaign's page
//! to the receipt.

mod arrivals;
mod journey;
mod page_forms;
mod receipts;
mod report;

use crate::bench::context::BenchContext;
use crate::bench::figures::chart::{self, TimeChart};
use crate::bench::figures::progress::LoadProgress;
use crate::bench::figures::report::{BenchReport, LoadTotals, RunSetup, SharedFigures};
use crate::bench::load::file_descriptors;
use crate::bench::load::tls_connection::TlsDialer;
use crate::bench::processes::cpu_time::{CpuSnapshot, CpuUsage};
use crate::bench::processes::environment::{Environment, Transport};
use crate::bench::scenarios::burst::CONNECTIONS_MAX;
use crate::bench::scenarios::duration_arg;
use crate::bench::scenarios::post_checks::MeasuredRun;
use crate::bench::scenarios::shared_args::{self, SharedArgs};
use crate::bench::scenarios::synthetic_campaign::SyntheticCampaign;
use crate::credential::jwks::Jwks;
use crate::i18n::Localizer;
use crate::output::errln;
use crate::service::synthetic::PARTICIPANTS;
use anyhow::Context;
use arrivals::ArrivalsOutcome;
use clap::Args;
use journey::JourneySetup;
use report::{EventFigures, EventMeasurements};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const CONNECTIONS: u32 = 1_000;

#[derive(Args)]
pub struct EventArgs {
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
    shared: SharedArgs,
    /// Also draw journeys and their latency over time here, as SVG
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
}

pub async fn run(context: &BenchContext, args: &EventArgs) -> anyhow::Result<u8> {
    let words = context.words;
    file_descriptors::raise_for(args.connections.into(), words)?;
    let mut environment = Environment::start(context, args.shared.database, args.shared.nodes, Transport::Tls).await?;
    let campaign =
        SyntheticCampaign::create(context, &environment.services, args.participants, args.shared.groups).await?;
    environment.start_nodes().await?;
    let SyntheticCampaign { record: campaign, people, .. } = campaign;
    let setup = Arc::new(JourneySetup {
        dialer: TlsDialer::trusting(environment.certificate_der().context("the nodes have no TLS certificate")?)?,
        addresses: environment.nodes.iter().map(|node| node.address).collect(),
        origin: environment.services.config.public_url.clone(),
        page: format!("/k/{}", campaign.slug),
        people,
        leave: args.leave,
    });
    let jwks = setup.dialer.connect(setup.addresses[0], 0).await?.get("/.well-known/jwks.json").await?.body;
    let jwks = Jwks::parse(&jwks)?;

    let connections = usize::try_from(args.connections)?;
    errln!("{}", words.t("bench-handshaking"));
    let handshakes = Some(arrivals::handshakes(&setup, connections).await?);
    let (running, ramp) = (MeasuredRun::start(&environment), args.ramp.unwrap_or_default());
    let progress = LoadProgress::of(setup.people.len(), &words.t("bench-progress-journeys"));
    let (mut cpu, before) = (CpuUsage::default(), CpuSnapshot::take(&environment));
    let outcome = arrivals::run_all(&setup, connections, ramp, &progress.done).await?;
    cpu.add(&before, &CpuSnapshot::take(&environment));
    drop(progress);
    let killed_run = running.kill_nodes(&mut environment, words);

    let found =
        receipts::verify((&environment.resources.store, campaign.id), &jwks, &setup.people, &outcome.completed).await?;
    let certificates = receipts::verify_certificates(&outcome.completed, &jwks)?;
    let post = killed_run.recount(&environment, campaign.id, &found).await?;
    let per_journey = cpu.per_operation(setup.people.len());
    let measurements = EventMeasurements {
        ramp,
        leave: args.leave,
        handshakes,
        certificates,
        batches: post.batches,
        cpu: per_journey,
    };
    let scale = RunSetup {
        scenario: "event",
        database: environment.engine,
        nodes: args.shared.nodes,
        participants: setup.people.len(),
        connections: args.connections,
    };
    let mut shared = SharedFigures::of(scale, load(&outcome), post);
    shared.sound &= certificates.expected == certificates.valid;
    let report = BenchReport { shared, own: EventFigures::of(&outcome, measurements) };
    if let Some(file) = &args.chart {
        shared_args::write_file(file, &chart::svg(&drawing(&outcome, words), words))?;
    }
    args.shared.print_and_save(&report, &report::table(&report, words))
}

fn load(outcome: &ArrivalsOutcome) -> LoadTotals {
    LoadTotals {
        wall: outcome.wall,
        latencies: outcome.completed.iter().map(|completed| completed.took).collect(),
        retries: outcome.retries,
        errors: outcome.errors,
        first_error: outcome.first_error.clone(),
    }
}

fn drawing(outcome: &ArrivalsOutcome, words: Localizer) -> TimeChart {
    let people = words.number(outcome.queue_waits.len());
    let title = words.with("bench-chart-event", &[("people", &people)]);
    let mut drawing = TimeChart::of(title, words.t("bench-journeys"), outcome.wall);
    drawing.answers = outcome.completed.iter().map(|completed| (completed.at, completed.took)).collect();
    drawing
}
