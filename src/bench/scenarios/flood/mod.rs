//! `ikrar bench flood`: what ten floods at once cost those who sign. Each round signs the same number of people without and
//! with floods, taking turns in which comes first. Under the floods an organizer signs in, somebody checks a credential, and
//! the key that credentials are signed with is replaced.

mod attack_kinds;
mod attackers;
mod key_rotation;
mod probes;
mod report;

use crate::bench::context::BenchContext;
use crate::bench::figures::number_format;
use crate::bench::figures::progress::Progress;
use crate::bench::figures::recount;
use crate::bench::figures::report::{Basics, Load, Report, Scale};
use crate::bench::load::closed_loop::{Crowd, Outcome};
use crate::bench::load::file_descriptors;
use crate::bench::load::http_connection::Connection;
use crate::bench::processes::environment::{Over, Stage};
use crate::bench::scenarios::burst::{CONNECTIONS_MAX, ROUNDS_MAX};
use crate::bench::scenarios::post_checks::Running;
use crate::bench::scenarios::rounds::parts;
use crate::bench::scenarios::sessions;
use crate::bench::scenarios::shared_args::Given;
use crate::bench::scenarios::synthetic_campaign::Province;
use crate::bench::scenarios::verify;
use crate::i18n::Words;
use crate::output::errln;
use anyhow::Context;
use attack_kinds::{Kind, Target};
use attackers::{Attackers, Tally};
use clap::Args;
use key_rotation::Rotations;
use probes::{Bystanders, Errand, Errands, LOGIN, Organizer};
use report::{Flooded, Half, Pair, Rotated};
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;

const PARTICIPANTS: u32 = 120_000;
const CONNECTIONS: u32 = 1_000;
const ATTACKERS: u32 = 8;
const ATTACKERS_MAX: i64 = 200;
const ROUNDS: u32 = 3;

#[derive(Args)]
pub struct Flood {
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
    given: Given,
}

pub async fn run(context: &BenchContext, flood: &Flood) -> anyhow::Result<u8> {
    let words = context.words;
    file_descriptors::raise_for(u64::from(flood.connections) + 10 * u64::from(flood.attackers), words)?;
    let mut stage = Stage::set(context, flood.given.database, flood.given.nodes, Over::Plain).await?;
    let province = Province::make(context, &stage.state, flood.participants).await?;
    let organizer = Organizer::make(&stage.state, &context.disclosure).await?;
    stage.serve().await?;
    let (crowd, _) = sessions::open(&stage, &province, flood.connections, words).await?;
    let running = Running::begin(&stage);
    let target = Target {
        slug: province.campaign.slug.clone(),
        identifier: province.people[0].identifier.clone(),
        login: LOGIN.into(),
    };
    let mut siege = Siege::of(&stage, target, usize::try_from(flood.attackers)?, words);
    let all = parts(0..crowd.requests.len(), usize::try_from(flood.rounds.min(flood.participants / 2))?);
    for (number, people) in all.iter().enumerate() {
        siege.round(number, &crowd, people, &organizer).await?;
        errln!("{}", siege.said(number + 1, all.len()));
    }
    let jwks = Connection::open(stage.nodes[0].address).await?.get("/.well-known/jwks.json").await?.body;
    let killed = running.kill(&mut stage, words);
    let receipts = recount::receipts(siege.receipts.iter().map(Vec::as_slice), &jwks)?;
    let after = killed.recount(&stage, province.campaign.id, &receipts).await?;
    let scale = Scale {
        scenario: "flood",
        database: stage.engine,
        nodes: flood.given.nodes,
        participants: province.people.len(),
        connections: flood.connections,
    };
    let signed = siege.keys.iter().filter_map(|kid| receipts.signed_by.get(kid)).sum();
    let rotated = Rotated { keys: siege.keys.len(), signed };
    let own = Flooded::of(siege.attackers, &siege.pairs, &siege.floods, siege.errands, rotated);
    let mut basics = Basics::of(scale, siege.load, after);
    basics.sound &= own.holds();
    let refusals = [&own.organizer, &own.verifier].into_iter().find_map(|errand| errand.first_refusal.clone());
    basics.first_error = basics.first_error.take().or(refusals);
    let report = Report { basics, own };
    flood.given.tell(&report, &report::table(&report, words))
}

/// Signings, and the floods beside them.
struct Siege {
    addresses: Vec<SocketAddr>,
    public_url: String,
    target: Arc<Target>,
    attackers: usize,
    words: Words,
    pairs: Vec<Pair>,
    floods: Vec<(Kind, Tally)>,
    errands: [Errand; 2],
    /// `None` where the keys are left alone.
    rotations: Option<Rotations>,
    /// Those that were made under floods.
    keys: Vec<String>,
    /// Of the signings under floods.
    load: Load,
    /// Of all signings.
    receipts: Vec<Vec<u8>>,
}

impl Siege {
    fn of(stage: &Stage, target: Target, attackers: usize, words: Words) -> Self {
        Self {
            addresses: stage.nodes.iter().map(|node| node.address).collect(),
            public_url: stage.state.config.public_url.clone(),
            target: Arc::new(target),
            attackers,
            words,
            pairs: vec![],
            floods: Kind::ALL.map(|kind| (kind, Tally::default())).to_vec(),
            errands: [Errand::default(), Errand::default()],
            rotations: Rotations::of(stage),
            keys: vec![],
            load: Load::default(),
            receipts: vec![],
        }
    }

    /// Signs half of these people without and half with floods. The first round begins without: its receipts are what is
    /// checked under the floods.
    async fn round(
        &mut self,
        number: usize,
        crowd: &Crowd,
        people: &Range<usize>,
        organizer: &Organizer,
    ) -> anyhow::Result<()> {
        let half = people.start + people.len().div_ceil(2);
        let (first, second) = (people.start..half, half..people.end);
        let (quiet, flooded) = if number.is_multiple_of(2) {
            (self.sign(crowd, first).await?, self.sign_flooded(crowd, second, organizer).await?)
        } else {
            let flooded = self.sign_flooded(crowd, first, organizer).await?;
            (self.sign(crowd, second).await?, flooded)
        };
        self.pairs.push(Pair { quiet, flooded });
        Ok(())
    }

    async fn sign_flooded(
        &mut self,
        crowd: &Crowd,
        people: Range<usize>,
        organizer: &Organizer,
    ) -> anyhow::Result<Half> {
        let receipt = self.receipts.first().context("nobody has signed yet")?;
        let errands = Errands {
            address: self.addresses[0],
            organizer: organizer.clone(),
            text: verify::text_of(receipt, &self.public_url)?,
        };
        let attackers = Attackers::start(&self.addresses, &self.target, self.attackers);
        let bystanders = Bystanders::begin(Arc::new(errands));
        let rotating = self.rotations.clone().map(|rotations| tokio::spawn(rotations.rotate()));
        let outcome = self.signed(crowd, people).await?;
        // Where signing ended first, the floods go on until every node has the key.
        if let Some(rotating) = rotating {
            self.keys.push(rotating.await??);
        }
        for (sum, errand) in self.errands.iter_mut().zip(bystanders.end().await?) {
            sum.add(errand);
        }
        for ((_, sum), (_, tally)) in self.floods.iter_mut().zip(attackers.end().await) {
            sum.add(tally);
        }
        self.load.wall += outcome.wall;
        self.load.took.extend(outcome.answers.iter().map(|answer| answer.took));
        Ok(self.take(outcome))
    }

    async fn sign(&mut self, crowd: &Crowd, people: Range<usize>) -> anyhow::Result<Half> {
        let outcome = self.signed(crowd, people).await?;
        Ok(self.take(outcome))
    }

    async fn signed(&self, crowd: &Crowd, people: Range<usize>) -> anyhow::Result<Outcome> {
        let progress = Progress::of(people.len(), &self.words.t("bench-progress-signing"));
        crowd.post(people, &progress.done).await
    }

    fn take(&mut self, outcome: Outcome) -> Half {
        let half = Half::of(outcome.per_second(), outcome.answers.iter().map(|answer| answer.took).collect());
        self.load.retries += outcome.retries;
        self.load.errors += outcome.errors;
        self.load.first_error = self.load.first_error.take().or(outcome.first_error);
        self.receipts.extend(outcome.answers.into_iter().map(|answer| answer.body));
        half
    }

    fn said(&self, number: usize, of: usize) -> String {
        let (quiet, flooded) = self.pairs.last().map_or((0.0, 0.0), |pair| (pair.quiet.p99_ms, pair.flooded.p99_ms));
        let ms = |value| number_format::decimal(value, 1, self.words);
        let (number, of) = (number.to_string(), of.to_string());
        self.words.with(
            "bench-flood-round",
            &[("number", &number), ("of", &of), ("quiet", &ms(quiet)), ("flooded", &ms(flooded))],
        )
    }
}
