//! Splits the run into rounds and measures the ceilings in each. Other load on the machine affects a round and its
//! ceilings alike, so their ratio is more stable than either figure.

use crate::bench::figures::progress::LoadProgress;
use crate::bench::figures::report::LoadTotals;
use crate::bench::figures::statistics;
use crate::bench::load::client_pool::{ClientPool, CompletedRequest, LoadOutcome};
use crate::bench::processes::cpu_time::{CpuSnapshot, CpuUsage};
use crate::bench::processes::environment::{Environment, NodeProcess};
use crate::bench::processes::pgbench::Pgbench;
use crate::bench::scenarios::roster_changes::RosterChanges;
use crate::i18n::Localizer;
use crate::output::errln;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// The rates of one round, per second.
pub struct RoundRates {
    pub signings: f64,
    pub echo: Option<f64>,
    pub no_store: Option<f64>,
    pub pgbench: Option<f64>,
    /// When its signings ended, in time spent signing.
    pub until: Duration,
    /// Whether people were changed while others signed.
    pub with_changes: bool,
}

/// All rounds together. Times count only signing, one round after another.
#[derive(Default)]
pub struct SigningRun {
    pub rounds: Vec<RoundRates>,
    /// Signings one at a time on the idle server, before the load.
    pub unloaded: Vec<CompletedRequest>,
    /// Signings after the load, of people who were corrected during it.
    pub late: Vec<CompletedRequest>,
    pub answers: Vec<CompletedRequest>,
    pub wall: Duration,
    pub retries: u64,
    pub errors: u64,
    pub first_error: Option<String>,
    /// CPU time of the signings under load.
    pub cpu: CpuUsage,
}

impl SigningRun {
    /// The median over the rounds of a round's rate divided by its ceiling; `None` if a round has no ceiling.
    pub fn share_of(&self, ceiling: impl Fn(&RoundRates) -> Option<f64>) -> Option<f64> {
        let shares = self.rounds.iter().map(|round| ceiling(round).map(|most| round.signings / most));
        statistics::median(shares.collect::<Option<Vec<f64>>>()?)
    }

    /// The median of the ceiling.
    pub fn ceiling(&self, ceiling: impl Fn(&RoundRates) -> Option<f64>) -> Option<f64> {
        statistics::median(self.rounds.iter().map(ceiling).collect::<Option<Vec<f64>>>()?)
    }

    /// The median over the pairs of rounds, of which one had changes, of how much lower its rate was, as a share;
    /// `None` without changes.
    pub fn cost_of_changes(&self) -> Option<f64> {
        let pairs = self.rounds.chunks_exact(2).filter(|pair| pair[0].with_changes != pair[1].with_changes);
        statistics::median(pairs.map(|pair| {
            let (with, without) = if pair[0].with_changes { (&pair[0], &pair[1]) } else { (&pair[1], &pair[0]) };
            1.0 - with.signings / without.signings
        }))
    }

    /// All receipts.
    pub fn receipts(&self) -> impl Iterator<Item = &[u8]> {
        self.unloaded.iter().chain(&self.answers).chain(&self.late).map(|answer| answer.body.as_slice())
    }

    /// Totals of the signings under load, without those one at a time.
    pub fn load(&self) -> LoadTotals {
        LoadTotals {
            wall: self.wall,
            latencies: self.answers.iter().map(|answer| answer.took).collect(),
            retries: self.retries,
            errors: self.errors,
            first_error: self.first_error.clone(),
        }
    }

    fn record_failures(&mut self, outcome: &mut LoadOutcome) {
        self.retries += outcome.retries;
        self.errors += outcome.errors;
        self.first_error = self.first_error.take().or(outcome.first_error.take());
    }

    fn add(&mut self, mut outcome: LoadOutcome) {
        self.record_failures(&mut outcome);
        let before = self.wall;
        self.wall += outcome.wall;
        let later = outcome.answers.into_iter().map(|answer| CompletedRequest { at: before + answer.at, ..answer });
        self.answers.extend(later);
    }
}

/// Signings one at a time before the load: few enough to be quick, enough for a median.
const UNLOADED_SIGNINGS: usize = 50;

/// The places of those who sign under load, of so many people.
pub fn loaded(everybody: usize) -> Range<usize> {
    UNLOADED_SIGNINGS.min(everybody / 2)..everybody
}

/// The rounds of these people and whether the roster is changed in them: with `has_changes`, each round is two, of
/// which one has changes, and it alternates which comes first.
pub fn planned(people: Range<usize>, rounds: u32, has_changes: bool) -> Vec<(Range<usize>, bool)> {
    let rounds = usize::try_from(rounds).unwrap_or(usize::MAX);
    if !has_changes {
        return split_rounds(people, rounds).into_iter().map(|part| (part, false)).collect();
    }
    let parts = split_rounds(people, rounds.saturating_mul(2)).into_iter().enumerate();
    parts.map(|(number, part)| (part, (number % 2 == 1) != (number / 2 % 2 == 1))).collect()
}

/// What happens beside the signings.
#[derive(Clone, Copy, Default)]
pub struct Beside<'r> {
    /// Measured in each round.
    pub pgbench: Option<&'r Pgbench<'r>>,
    /// Sent while people sign.
    pub changes: Option<&'r RosterChanges>,
}

/// Sends all signings in rounds. Each round also measures the ceilings whose servers are running.
pub async fn run_rounds(
    environment: &Environment,
    clients: &ClientPool,
    beside: Beside<'_>,
    rounds: u32,
    words: Localizer,
) -> anyhow::Result<SigningRun> {
    let late = beside.changes.map(RosterChanges::corrected);
    let loaded = loaded(late.as_ref().map_or(clients.requests.len(), |late| late.start));
    let mut run = SigningRun::default();
    let one_after_another = ClientPool { connections: 1, ..clients.clone() };
    let mut outcome = one_after_another.post(0..loaded.start, &Arc::default()).await?;
    run.record_failures(&mut outcome);
    run.unloaded = outcome.answers;
    let parts = planned(loaded, rounds, beside.changes.is_some());
    for (number, (people, with_changes)) in parts.iter().enumerate() {
        let echo = ceiling(&environment.echo_servers, clients, people, &words.t("bench-progress-echo")).await?;
        let progress = LoadProgress::of(people.len(), &words.t("bench-progress-signing"));
        let before = CpuSnapshot::take(environment);
        let signing = match beside.changes.filter(|_| *with_changes) {
            Some(changes) => changes.beside(people, &progress.done, clients.post(people.clone(), &progress.done)).await,
            None => clients.post(people.clone(), &progress.done).await,
        }?;
        run.cpu.add(&before, &CpuSnapshot::take(environment));
        drop(progress);
        let signings = signing.per_second();
        run.add(signing);
        let no_store =
            ceiling(&environment.noop_store_servers, clients, people, &words.t("bench-progress-no-store")).await?;
        let pgbench = match beside.pgbench {
            Some(pgbench) => Some(pgbench.best_per_second().await?),
            None => None,
        };
        run.rounds.push(RoundRates { signings, echo, no_store, pgbench, until: run.wall, with_changes: *with_changes });
        errln!("{}", round_message(number + 1, parts.len(), signings, words));
    }
    if let Some(late) = late {
        let mut outcome = clients.post(late, &Arc::default()).await?;
        run.record_failures(&mut outcome);
        run.late = outcome.answers;
    }
    Ok(run)
}

/// Sends the same requests to the servers of a ceiling; `None` if there are none.
async fn ceiling(
    of: &[NodeProcess],
    clients: &ClientPool,
    people: &Range<usize>,
    what: &str,
) -> anyhow::Result<Option<f64>> {
    if of.is_empty() {
        return Ok(None);
    }
    let there = ClientPool { addresses: of.iter().map(|node| node.address).collect(), ..clients.clone() };
    let progress = LoadProgress::of(people.len(), what);
    Ok(Some(there.post_all(people.clone(), &progress.done).await?.per_second()))
}

fn round_message(number: usize, of: usize, per_second: f64, words: Localizer) -> String {
    let (number, of, rate) = (number.to_string(), of.to_string(), words.rounded(per_second));
    words.with("bench-round", &[("number", &number), ("of", &of), ("rate", &rate)])
}

/// Splits the people into rounds of equal size; the first rounds take the remainder.
pub fn split_rounds(people: Range<usize>, rounds: usize) -> Vec<Range<usize>> {
    let rounds = rounds.clamp(1, people.len().max(1));
    let mut end = people.start;
    (0..rounds)
        .map(|round| {
            let begin = end;
            end += people.len() / rounds + usize::from(round < people.len() % rounds);
            begin..end
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_hold_everybody_once() {
        assert_eq!(split_rounds(5..15, 3), [5..9, 9..12, 12..15]);
        assert_eq!(split_rounds(0..2, 5), [0..1, 1..2]);
        assert_eq!(split_rounds(0..180_751, 3).iter().map(ExactSizeIterator::len).sum::<usize>(), 180_751);
    }

    #[test]
    fn every_second_round_has_changes_and_the_first_of_a_pair_alternates() {
        let with = |rounds| planned(0..90, rounds, true).iter().map(|(_, with)| *with).collect::<Vec<_>>();
        assert_eq!(with(2), [false, true, true, false]);
        assert_eq!(planned(0..9, 3, false), [(0..3, false), (3..6, false), (6..9, false)]);
        let round = |signings, with_changes| RoundRates {
            signings,
            echo: None,
            no_store: None,
            pgbench: None,
            until: Duration::ZERO,
            with_changes,
        };
        let rounds = vec![round(10.0, false), round(9.0, true), round(8.0, true), round(10.0, false)];
        let cost = SigningRun { rounds, ..SigningRun::default() }.cost_of_changes().unwrap();
        assert!((cost - 0.15).abs() < 1e-9, "{cost}");
        assert_eq!(SigningRun::default().cost_of_changes(), None);
    }

    #[test]
    fn a_share_is_the_median_of_the_rounds_and_absent_where_one_is() {
        let round = |signings, echo, pgbench| RoundRates {
            signings,
            echo: Some(echo),
            no_store: None,
            pgbench,
            until: Duration::ZERO,
            with_changes: false,
        };
        let rounds = vec![round(10.0, 20.0, Some(5.0)), round(9.0, 10.0, None), round(1.0, 10.0, Some(1.0))];
        let run = SigningRun { rounds, ..SigningRun::default() };
        assert_eq!(run.share_of(|round| round.echo), Some(0.5));
        assert_eq!(run.ceiling(|round| round.echo), Some(10.0));
        assert_eq!(run.share_of(|round| round.pgbench), None);
    }
}
