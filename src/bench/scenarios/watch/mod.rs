//! `ikrar bench watch`: what an audience costs while people sign. Each round signs the same number of people without and
//! with watchers, taking turns in which comes first.

mod report;
mod watchers;

use crate::bench::context::BenchContext;
use crate::bench::figures::progress::Progress;
use crate::bench::figures::recount;
use crate::bench::figures::report::{Basics, Load, Report, Scale};
use crate::bench::load::closed_loop::{Crowd, Outcome};
use crate::bench::load::file_descriptors;
use crate::bench::load::http_connection::Connection;
use crate::bench::processes::environment::{Over, Stage};
use crate::bench::processes::procfs;
use crate::bench::scenarios::burst::{CONNECTIONS_MAX, ROUNDS_MAX};
use crate::bench::scenarios::post_checks::Running;
use crate::bench::scenarios::rounds::parts;
use crate::bench::scenarios::sessions;
use crate::bench::scenarios::shared_args::Given;
use crate::bench::scenarios::synthetic_campaign::Province;
use crate::i18n::Words;
use crate::output::errln;
use crate::service::live::WATCHERS_MAX;
use crate::service::synthetic::PARTICIPANTS;
use anyhow::ensure;
use clap::Args;
use report::{Heard, Pair, Watched};
use std::net::SocketAddr;
use std::ops::Range;
use watchers::Audience;

const WATCHERS: u32 = 10_000;
const CONNECTIONS: u32 = 1_000;
const ROUNDS: u32 = 3;

#[derive(Args)]
pub struct Watch {
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
    given: Given,
}

pub async fn run(context: &BenchContext, watch: &Watch) -> anyhow::Result<u8> {
    let words = context.words;
    let seats = u64::try_from(WATCHERS_MAX)? * u64::from(watch.given.nodes);
    ensure!(u64::from(watch.watchers) <= seats, words.with("bench-seats", &[("seats", &words.number(seats))]));
    file_descriptors::raise_for(u64::from(watch.connections) + u64::from(watch.watchers), words)?;
    let mut stage = Stage::set(context, watch.given.database, watch.given.nodes, Over::Plain).await?;
    let province = Province::make(context, &stage.state, watch.participants).await?;
    stage.serve().await?;
    let mut hall = Hall::of(&stage, &province.campaign.slug, usize::try_from(watch.watchers)?, words);
    // On servers that have done nothing yet, so that no memory which others gave back is used.
    hall.weigh_at_rest().await?;
    let (crowd, _) = sessions::open(&stage, &province, watch.connections, words).await?;
    let jwks = Connection::open(stage.nodes[0].address).await?.get("/.well-known/jwks.json").await?.body;
    let running = Running::begin(&stage);
    let rounds = watch.rounds.min(watch.participants / 2);
    let all = parts(0..crowd.requests.len(), usize::try_from(rounds)?);
    for (number, people) in all.iter().enumerate() {
        hall.round(number, &crowd, people).await?;
        let pair = hall.pairs.last().map_or((0.0, 0.0), |pair| (pair.alone, pair.watched));
        errln!("{}", said(number + 1, all.len(), pair, words));
    }
    let killed = running.kill(&mut stage, words);
    let receipts = recount::receipts(hall.receipts.iter().map(Vec::as_slice), &jwks)?;
    let after = killed.recount(&stage, province.campaign.id, &receipts).await?;
    let scale = Scale {
        scenario: "watch",
        database: stage.engine,
        nodes: watch.given.nodes,
        participants: province.people.len(),
        connections: watch.connections,
    };
    let mut basics = Basics::of(scale, hall.load, after);
    let own = Watched::of(watch.watchers, &hall.pairs, &hall.heard, hall.watcher_bytes);
    basics.sound &= u32::try_from(own.caught_up)? == watch.watchers;
    let report = Report { basics, own };
    watch.given.tell(&report, &report::table(&report, words))
}

fn said(number: usize, of: usize, (alone, watched): (f64, f64), words: Words) -> String {
    let rate = |rate| crate::bench::figures::number_format::whole(rate, words);
    let (number, of) = (number.to_string(), of.to_string());
    words.with(
        "bench-watch-round",
        &[("number", &number), ("of", &of), ("alone", &rate(alone)), ("watched", &rate(watched))],
    )
}

/// Signings and their audience.
struct Hall {
    addresses: Vec<SocketAddr>,
    pids: Vec<u32>,
    slug: String,
    watchers: usize,
    words: Words,
    pairs: Vec<Pair>,
    heard: Heard,
    watcher_bytes: Option<f64>,
    /// Of the signings with watchers.
    load: Load,
    /// Of all signings.
    receipts: Vec<Vec<u8>>,
}

impl Hall {
    fn of(stage: &Stage, slug: &str, watchers: usize, words: Words) -> Self {
        Self {
            addresses: stage.nodes.iter().map(|node| node.address).collect(),
            pids: stage.nodes.iter().map(crate::bench::processes::environment::Node::pid).collect(),
            slug: slug.into(),
            watchers,
            words,
            pairs: vec![],
            heard: Heard::default(),
            watcher_bytes: None,
            load: Load::default(),
            receipts: vec![],
        }
    }

    /// Half of the audience comes, then the other half: the first also fills what the servers held already without using
    /// it, so the second is weighed by itself, too.
    async fn weigh_at_rest(&mut self) -> anyhow::Result<()> {
        let half = self.watchers / 2;
        let nobody = self.memory();
        let first = self.gather(half).await?;
        let some = self.memory();
        let second = self.gather(self.watchers - half).await?;
        self.weigh(some, self.watchers - half);
        self.weigh(nobody, self.watchers);
        first.leave().await;
        second.leave().await;
        Ok(())
    }

    /// Signs half of these people without and half with watchers.
    async fn round(&mut self, number: usize, crowd: &Crowd, people: &Range<usize>) -> anyhow::Result<()> {
        let half = people.start + people.len().div_ceil(2);
        let (first, second) = (people.start..half, half..people.end);
        let (alone, watched) = if number.is_multiple_of(2) {
            let alone = self.sign(crowd, first).await?;
            // The same work lies before both measurements: what it left behind isn't the watchers'.
            let before = self.memory();
            (alone, self.sign_watched(crowd, second, before).await?)
        } else {
            let watched = self.sign_watched(crowd, first, None).await?;
            (self.sign(crowd, second).await?, watched)
        };
        self.pairs.push(Pair { alone, watched });
        Ok(())
    }

    /// `before` is the servers' memory without watchers, where it is to be compared.
    async fn sign_watched(&mut self, crowd: &Crowd, people: Range<usize>, before: Option<u64>) -> anyhow::Result<f64> {
        let audience = self.gather(self.watchers).await?;
        audience.begin();
        let progress = Progress::of(people.len(), &self.words.t("bench-progress-signing"));
        let outcome = crowd.post(people, &progress.done).await?;
        drop(progress);
        let rate = outcome.per_second();
        self.load.wall += outcome.wall;
        self.load.took.extend(outcome.answers.iter().map(|answer| answer.took));
        self.take(outcome);
        let hearing = audience.end(u64::try_from(self.receipts.len())?).await;
        self.heard.events += hearing.events;
        self.heard.longest_silence = self.heard.longest_silence.max(hearing.longest_silence);
        let fewest = self.heard.caught_up.map_or(hearing.caught_up, |fewest| fewest.min(hearing.caught_up));
        self.heard.caught_up = Some(fewest);
        self.weigh(before, self.watchers);
        audience.leave().await;
        Ok(rate)
    }

    async fn sign(&mut self, crowd: &Crowd, people: Range<usize>) -> anyhow::Result<f64> {
        let progress = Progress::of(people.len(), &self.words.t("bench-progress-signing"));
        let outcome = crowd.post(people, &progress.done).await?;
        let rate = outcome.per_second();
        self.take(outcome);
        Ok(rate)
    }

    fn take(&mut self, outcome: Outcome) {
        self.load.retries += outcome.retries;
        self.load.errors += outcome.errors;
        self.load.first_error = self.load.first_error.take().or(outcome.first_error);
        self.receipts.extend(outcome.answers.into_iter().map(|answer| answer.body));
    }

    async fn gather(&self, watchers: usize) -> anyhow::Result<Audience> {
        let progress = Progress::of(watchers, &self.words.t("bench-progress-watchers"));
        Audience::gather(&self.addresses, &self.slug, watchers, &progress.done).await
    }

    fn memory(&self) -> Option<u64> {
        self.pids.iter().map(|pid| procfs::rss_bytes(*pid)).sum()
    }

    /// Keeps the largest measurement.
    fn weigh(&mut self, before: Option<u64>, watchers: usize) {
        let Some((before, now)) = before.zip(self.memory()) else { return };
        let bytes = crate::bench::figures::statistics::each(now.saturating_sub(before), watchers);
        self.watcher_bytes = Some(self.watcher_bytes.map_or(bytes, |known| known.max(bytes)));
    }
}
