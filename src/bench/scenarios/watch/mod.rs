//! `ikrar bench watch`: what watchers of the live numbers cost while people sign. Each round signs the same number of
//! people without and with watchers, in alternating order.

mod report;
mod watchers;

use crate::bench::context::BenchContext;
use crate::bench::figures::progress::LoadProgress;
use crate::bench::figures::recount;
use crate::bench::figures::report::{BenchReport, LoadTotals, RunSetup, SharedFigures};
use crate::bench::load::client_pool::{ClientPool, LoadOutcome};
use crate::bench::load::file_descriptors;
use crate::bench::load::http_connection::HttpConnection;
use crate::bench::processes::environment::{Environment, Transport};
use crate::bench::processes::procfs;
use crate::bench::scenarios::burst::{CONNECTIONS_MAX, ROUNDS_MAX};
use crate::bench::scenarios::post_checks::MeasuredRun;
use crate::bench::scenarios::rounds::split_rounds;
use crate::bench::scenarios::sessions;
use crate::bench::scenarios::shared_args::SharedArgs;
use crate::bench::scenarios::synthetic_campaign::SyntheticCampaign;
use crate::i18n::Localizer;
use crate::output::errln;
use crate::service::live::WATCHERS_MAX;
use crate::service::synthetic::PARTICIPANTS;
use anyhow::ensure;
use clap::Args;
use report::{EventsReceived, WatchFigures, WatchRound};
use std::net::SocketAddr;
use std::ops::Range;
use watchers::WatcherPool;

const WATCHERS: u32 = 10_000;
const CONNECTIONS: u32 = 1_000;
const ROUNDS: u32 = 3;

#[derive(Args)]
pub struct WatchArgs {
    /// How many people sign, all rounds together: half of them without and half with watchers
    #[arg(long, default_value_t = PARTICIPANTS, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    participants: u32,
    /// How many watch the live numbers
    #[arg(long, default_value_t = WATCHERS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    watchers: u32,
    /// Over how many keep-alive connections people sign
    #[arg(long, default_value_t = CONNECTIONS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=CONNECTIONS_MAX))]
    connections: u32,
    /// How often signing with watchers is measured beside signing without
    #[arg(long, default_value_t = ROUNDS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=ROUNDS_MAX))]
    rounds: u32,
    #[command(flatten)]
    shared: SharedArgs,
}

pub async fn run(context: &BenchContext, args: &WatchArgs) -> anyhow::Result<u8> {
    let words = context.words;
    let watchers_max = u64::try_from(WATCHERS_MAX)? * u64::from(args.shared.nodes);
    ensure!(
        u64::from(args.watchers) <= watchers_max,
        words.with("bench-seats", &[("seats", &words.number(watchers_max))])
    );
    file_descriptors::raise_for(u64::from(args.connections) + u64::from(args.watchers), words)?;
    let mut environment =
        Environment::start(context, args.shared.database, args.shared.nodes, Transport::Plain).await?;
    let campaign =
        SyntheticCampaign::create(context, &environment.services, args.participants, args.shared.groups).await?;
    environment.start_nodes().await?;
    let mut run = WatchRun::of(&environment, campaign.live_paths(), usize::try_from(args.watchers)?, words);
    // Before the servers have done any work, so that no freed memory is reused.
    run.measure_idle_memory().await?;
    let clients = sessions::open(&environment, &campaign, args.connections, words).await?.clients;
    let jwks = HttpConnection::open(environment.nodes[0].address).await?.get("/.well-known/jwks.json").await?.body;
    let running = MeasuredRun::start(&environment);
    let rounds = args.rounds.min(args.participants / 2);
    let all = split_rounds(0..clients.requests.len(), usize::try_from(rounds)?);
    for (number, people) in all.iter().enumerate() {
        run.round(number, &clients, people).await?;
        let pair = run.pairs.last().map_or((0.0, 0.0), |pair| (pair.alone, pair.watched));
        errln!("{}", round_message(number + 1, all.len(), pair, words));
    }
    let killed_run = running.kill_nodes(&mut environment, words);
    let receipts = recount::verify_receipts(run.receipts.iter().map(Vec::as_slice), &jwks)?;
    let post = killed_run.recount(&environment, campaign.record.id, &receipts).await?;
    let scale = RunSetup {
        scenario: "watch",
        database: environment.engine,
        nodes: args.shared.nodes,
        participants: campaign.people.len(),
        connections: args.connections,
    };
    let mut shared = SharedFigures::of(scale, run.load, post);
    let own = WatchFigures::of(args.watchers, &run.pairs, &run.received, run.watcher_bytes);
    shared.sound &= u32::try_from(own.caught_up)? == args.watchers;
    let report = BenchReport { shared, own };
    args.shared.print_and_save(&report, &report::table(&report, words))
}

fn round_message(number: usize, of: usize, (alone, watched): (f64, f64), words: Localizer) -> String {
    let rate = |rate| words.rounded(rate);
    let (number, of) = (number.to_string(), of.to_string());
    words.with(
        "bench-watch-round",
        &[("number", &number), ("of", &of), ("alone", &rate(alone)), ("watched", &rate(watched))],
    )
}

/// The state of a run over its rounds.
struct WatchRun {
    addresses: Vec<SocketAddr>,
    pids: Vec<u32>,
    /// Paths of live numbers.
    paths: Vec<String>,
    watchers: usize,
    words: Localizer,
    pairs: Vec<WatchRound>,
    received: EventsReceived,
    watcher_bytes: Option<f64>,
    /// Totals of the signings with watchers.
    load: LoadTotals,
    /// Receipts of all signings.
    receipts: Vec<Vec<u8>>,
}

impl WatchRun {
    fn of(environment: &Environment, paths: Vec<String>, watchers: usize, words: Localizer) -> Self {
        Self {
            addresses: environment.nodes.iter().map(|node| node.address).collect(),
            pids: environment.nodes.iter().map(crate::bench::processes::environment::NodeProcess::pid).collect(),
            paths,
            watchers,
            words,
            pairs: vec![],
            received: EventsReceived::default(),
            watcher_bytes: None,
            load: LoadTotals::default(),
            receipts: vec![],
        }
    }

    /// Connects half of the watchers, then the other half. The first half also uses memory that the servers had already
    /// allocated, so the second half is measured separately.
    async fn measure_idle_memory(&mut self) -> anyhow::Result<()> {
        let half = self.watchers / 2;
        let nobody = self.memory();
        let first = self.connect(half).await?;
        let some = self.memory();
        let second = self.connect(self.watchers - half).await?;
        self.record_memory(some, self.watchers - half);
        self.record_memory(nobody, self.watchers);
        first.disconnect().await;
        second.disconnect().await;
        Ok(())
    }

    /// Signs half of the people without and half with watchers.
    async fn round(&mut self, number: usize, clients: &ClientPool, people: &Range<usize>) -> anyhow::Result<()> {
        let half = people.start + people.len().div_ceil(2);
        let (first, second) = (people.start..half, half..people.end);
        let (alone, watched) = if number.is_multiple_of(2) {
            let alone = self.sign(clients, first).await?;
            // Measured after the signings, so that memory they left behind isn't attributed to watchers.
            let before = self.memory();
            (alone, self.sign_watched(clients, second, before).await?)
        } else {
            let watched = self.sign_watched(clients, first, None).await?;
            (self.sign(clients, second).await?, watched)
        };
        self.pairs.push(WatchRound { alone, watched });
        Ok(())
    }

    /// `before` is the servers' memory without watchers, if it is to be compared.
    async fn sign_watched(
        &mut self,
        clients: &ClientPool,
        people: Range<usize>,
        before: Option<u64>,
    ) -> anyhow::Result<f64> {
        let watchers = self.connect(self.watchers).await?;
        watchers.start_interval();
        let progress = LoadProgress::of(people.len(), &self.words.t("bench-progress-signing"));
        let outcome = clients.post(people, &progress.done).await?;
        drop(progress);
        let rate = outcome.per_second();
        self.load.wall += outcome.wall;
        self.load.latencies.extend(outcome.answers.iter().map(|answer| answer.took));
        self.record(outcome);
        let totals = watchers.finish_interval(u64::try_from(self.receipts.len())?).await;
        self.received.events += totals.events;
        self.received.longest_gap = self.received.longest_gap.max(totals.longest_gap);
        let fewest = self.received.caught_up.map_or(totals.caught_up, |fewest| fewest.min(totals.caught_up));
        self.received.caught_up = Some(fewest);
        self.record_memory(before, self.watchers);
        watchers.disconnect().await;
        Ok(rate)
    }

    async fn sign(&mut self, clients: &ClientPool, people: Range<usize>) -> anyhow::Result<f64> {
        let progress = LoadProgress::of(people.len(), &self.words.t("bench-progress-signing"));
        let outcome = clients.post(people, &progress.done).await?;
        let rate = outcome.per_second();
        self.record(outcome);
        Ok(rate)
    }

    fn record(&mut self, outcome: LoadOutcome) {
        self.load.retries += outcome.retries;
        self.load.errors += outcome.errors;
        self.load.first_error = self.load.first_error.take().or(outcome.first_error);
        self.receipts.extend(outcome.answers.into_iter().map(|answer| answer.body));
    }

    async fn connect(&self, watchers: usize) -> anyhow::Result<WatcherPool> {
        let progress = LoadProgress::of(watchers, &self.words.t("bench-progress-watchers"));
        WatcherPool::connect(&self.addresses, &self.paths, watchers, &progress.done).await
    }

    fn memory(&self) -> Option<u64> {
        self.pids.iter().map(|pid| procfs::rss_bytes(*pid)).sum()
    }

    /// Keeps the largest measurement.
    fn record_memory(&mut self, before: Option<u64>, watchers: usize) {
        let Some((before, now)) = before.zip(self.memory()) else { return };
        let bytes = crate::bench::figures::statistics::per_item(now.saturating_sub(before), watchers);
        self.watcher_bytes = Some(self.watcher_bytes.map_or(bytes, |known| known.max(bytes)));
    }
}
