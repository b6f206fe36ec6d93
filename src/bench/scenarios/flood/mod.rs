//! `ikrar bench flood`: what ten concurrent floods cost the people who sign. Each round signs the same number of people
//! without and with floods, in alternating order. During the floods an organizer signs in, a verifier checks a
//! credential, and the key that signs credentials is rotated.

mod attack_kinds;
mod attackers;
mod key_rotation;
mod probes;
mod report;

use crate::bench::context::BenchContext;
use crate::bench::figures::progress::LoadProgress;
use crate::bench::figures::recount;
use crate::bench::figures::report::{BenchReport, LoadTotals, RunSetup, SharedFigures};
use crate::bench::load::client_pool::{ClientPool, LoadOutcome};
use crate::bench::load::file_descriptors;
use crate::bench::load::http_connection::HttpConnection;
use crate::bench::processes::environment::{Environment, Transport};
use crate::bench::scenarios::burst::{CONNECTIONS_MAX, ROUNDS_MAX};
use crate::bench::scenarios::post_checks::MeasuredRun;
use crate::bench::scenarios::rounds::split_rounds;
use crate::bench::scenarios::sessions;
use crate::bench::scenarios::shared_args::SharedArgs;
use crate::bench::scenarios::synthetic_campaign::SyntheticCampaign;
use crate::bench::scenarios::verify;
use crate::i18n::Localizer;
use crate::output::errln;
use anyhow::Context;
use attack_kinds::{AttackKind, AttackTarget};
use attackers::{AttackTally, Attackers};
use clap::Args;
use key_rotation::KeyRotations;
use probes::{LOGIN, OrganizerAccount, ProbeResult, ProbeTask, Probes};
use report::{FloodFigures, FloodRound, HalfRound, RotatedKeys};
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;

const PARTICIPANTS: u32 = 120_000;
const CONNECTIONS: u32 = 1_000;
const ATTACKERS: u32 = 8;
const ATTACKERS_MAX: i64 = 200;
const ROUNDS: u32 = 3;

#[derive(Args)]
pub struct FloodArgs {
    /// How many people sign, all rounds together: half of them without and half with floods
    #[arg(long, default_value_t = PARTICIPANTS, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    participants: u32,
    /// Over how many keep-alive connections people sign
    #[arg(long, default_value_t = CONNECTIONS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=CONNECTIONS_MAX))]
    connections: u32,
    /// Connections of each of the ten kinds of flood
    #[arg(long, default_value_t = ATTACKERS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=ATTACKERS_MAX))]
    attackers: u32,
    /// How often signing under floods is measured beside signing without
    #[arg(long, default_value_t = ROUNDS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=ROUNDS_MAX))]
    rounds: u32,
    #[command(flatten)]
    shared: SharedArgs,
}

pub async fn run(context: &BenchContext, args: &FloodArgs) -> anyhow::Result<u8> {
    let words = context.words;
    file_descriptors::raise_for(u64::from(args.connections) + 10 * u64::from(args.attackers), words)?;
    let mut environment =
        Environment::start(context, args.shared.database, args.shared.nodes, Transport::Plain).await?;
    let campaign =
        SyntheticCampaign::create(context, &environment.services, args.participants, args.shared.groups).await?;
    let organizer = OrganizerAccount::create(&environment.services, &context.disclosure).await?;
    environment.start_nodes().await?;
    let clients = sessions::open(&environment, &campaign, args.connections, words).await?.clients;
    let running = MeasuredRun::start(&environment);
    let target = AttackTarget {
        slug: campaign.record.slug.clone(),
        identifier: campaign.people[0].identifier.clone(),
        login: LOGIN.into(),
    };
    let mut run = FloodRun::of(&environment, target, usize::try_from(args.attackers)?, words);
    let all = split_rounds(0..clients.requests.len(), usize::try_from(args.rounds.min(args.participants / 2))?);
    for (number, people) in all.iter().enumerate() {
        run.round(number, &clients, people, &organizer).await?;
        errln!("{}", run.round_message(number + 1, all.len()));
    }
    let jwks = HttpConnection::open(environment.nodes[0].address).await?.get("/.well-known/jwks.json").await?.body;
    let killed_run = running.kill_nodes(&mut environment, words);
    let receipts = recount::verify_receipts(run.receipts.iter().map(Vec::as_slice), &jwks)?;
    let post = killed_run.recount(&environment, campaign.record.id, &receipts).await?;
    let scale = RunSetup {
        scenario: "flood",
        database: environment.engine,
        nodes: args.shared.nodes,
        participants: campaign.people.len(),
        connections: args.connections,
    };
    let signed = run.keys.iter().filter_map(|kid| receipts.signed_by.get(kid)).sum();
    let rotated = RotatedKeys { keys: run.keys.len(), signed };
    let own = FloodFigures::of(run.attackers, &run.pairs, &run.floods, run.probes, rotated);
    let mut shared = SharedFigures::of(scale, run.load, post);
    shared.sound &= own.holds();
    let refusals = [&own.organizer, &own.verifier].into_iter().find_map(|probe| probe.first_refusal.clone());
    shared.first_error = shared.first_error.take().or(refusals);
    let report = BenchReport { shared, own };
    args.shared.print_and_save(&report, &report::table(&report, words))
}

/// The state of a run over its rounds.
struct FloodRun {
    addresses: Vec<SocketAddr>,
    public_url: String,
    target: Arc<AttackTarget>,
    attackers: usize,
    words: Localizer,
    pairs: Vec<FloodRound>,
    floods: Vec<(AttackKind, AttackTally)>,
    probes: [ProbeResult; 2],
    /// `None` if the keys are not rotated.
    rotations: Option<KeyRotations>,
    /// Ids of the keys that were created during floods.
    keys: Vec<String>,
    /// Totals of the signings during floods.
    load: LoadTotals,
    /// Receipts of all signings.
    receipts: Vec<Vec<u8>>,
}

impl FloodRun {
    fn of(environment: &Environment, target: AttackTarget, attackers: usize, words: Localizer) -> Self {
        Self {
            addresses: environment.nodes.iter().map(|node| node.address).collect(),
            public_url: environment.services.config.public_url.clone(),
            target: Arc::new(target),
            attackers,
            words,
            pairs: vec![],
            floods: AttackKind::ALL.map(|kind| (kind, AttackTally::default())).to_vec(),
            probes: [ProbeResult::default(), ProbeResult::default()],
            rotations: KeyRotations::of(environment),
            keys: vec![],
            load: LoadTotals::default(),
            receipts: vec![],
        }
    }

    /// Signs half of the people without and half with floods. The first round starts without: the verifier checks one
    /// of its receipts.
    async fn round(
        &mut self,
        number: usize,
        clients: &ClientPool,
        people: &Range<usize>,
        organizer: &OrganizerAccount,
    ) -> anyhow::Result<()> {
        let half = people.start + people.len().div_ceil(2);
        let (first, second) = (people.start..half, half..people.end);
        let (quiet, flooded) = if number.is_multiple_of(2) {
            (self.sign(clients, first).await?, self.sign_flooded(clients, second, organizer).await?)
        } else {
            let flooded = self.sign_flooded(clients, first, organizer).await?;
            (self.sign(clients, second).await?, flooded)
        };
        self.pairs.push(FloodRound { quiet, flooded });
        Ok(())
    }

    async fn sign_flooded(
        &mut self,
        clients: &ClientPool,
        people: Range<usize>,
        organizer: &OrganizerAccount,
    ) -> anyhow::Result<HalfRound> {
        let receipt = self.receipts.first().context("nobody has signed yet")?;
        let probes = Probes {
            address: self.addresses[0],
            organizer: organizer.clone(),
            text: verify::text_of(receipt, &self.public_url)?,
        };
        let attackers = Attackers::start(&self.addresses, &self.target, self.attackers);
        let probe_task = ProbeTask::start(Arc::new(probes));
        let rotating = self.rotations.clone().map(|rotations| tokio::spawn(rotations.rotate()));
        let outcome = self.signed(clients, people).await?;
        // If signing ends first, the floods continue until every node publishes the key.
        if let Some(rotating) = rotating {
            self.keys.push(rotating.await??);
        }
        for (sum, probe) in self.probes.iter_mut().zip(probe_task.end().await?) {
            sum.add(probe);
        }
        for ((_, sum), (_, tally)) in self.floods.iter_mut().zip(attackers.end().await) {
            sum.add(tally);
        }
        self.load.wall += outcome.wall;
        self.load.latencies.extend(outcome.answers.iter().map(|answer| answer.took));
        Ok(self.record(outcome))
    }

    async fn sign(&mut self, clients: &ClientPool, people: Range<usize>) -> anyhow::Result<HalfRound> {
        let outcome = self.signed(clients, people).await?;
        Ok(self.record(outcome))
    }

    async fn signed(&self, clients: &ClientPool, people: Range<usize>) -> anyhow::Result<LoadOutcome> {
        let progress = LoadProgress::of(people.len(), &self.words.t("bench-progress-signing"));
        clients.post(people, &progress.done).await
    }

    fn record(&mut self, outcome: LoadOutcome) -> HalfRound {
        let half = HalfRound::of(outcome.per_second(), outcome.answers.iter().map(|answer| answer.took).collect());
        self.load.retries += outcome.retries;
        self.load.errors += outcome.errors;
        self.load.first_error = self.load.first_error.take().or(outcome.first_error);
        self.receipts.extend(outcome.answers.into_iter().map(|answer| answer.body));
        half
    }

    fn round_message(&self, number: usize, of: usize) -> String {
        let (quiet, flooded) = self.pairs.last().map_or((0.0, 0.0), |pair| (pair.quiet.p99_ms, pair.flooded.p99_ms));
        let ms = |value| self.words.decimal(value, 1);
        let (number, of) = (number.to_string(), of.to_string());
        self.words.with(
            "bench-flood-round",
            &[("number", &number), ("of", &of), ("quiet", &ms(quiet)), ("flooded", &ms(flooded))],
        )
    }
}
