//! The run cut into rounds, each with its own ceilings beside it: what else the machine does then weighs on both, and
//! their ratio holds where neither figure does.

use super::crowd::{Answered, Crowd, Outcome};
use super::pgbench::Pgbench;
use super::stage::Stage;
use super::{measures, processes};
use crate::i18n::Words;
use indicatif::{ProgressBar, ProgressStyle};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::sleep;

const DRAW_INTERVAL: Duration = Duration::from_millis(200);

/// What each round reached, per second.
pub(super) struct Round {
    pub signings: f64,
    pub echo: f64,
    pub no_store: f64,
    pub pgbench: Option<f64>,
    /// Where its signings ended on the run's time of signing.
    pub until: Duration,
}

/// All rounds together. Times are those of the signings alone, one round after the other.
#[derive(Default)]
pub(super) struct Run {
    pub rounds: Vec<Round>,
    pub answers: Vec<Answered>,
    pub wall: Duration,
    pub retries: u64,
    pub errors: u64,
    pub first_error: Option<String>,
    /// Processor time during the signings, in microseconds.
    pub server_cpu: Option<u64>,
    pub client_cpu: Option<u64>,
    pub database_cpu: Option<u64>,
}

impl Run {
    /// The median over the rounds of a round's signings by its ceiling; `None` where a round has no ceiling.
    pub fn share_of(&self, ceiling: impl Fn(&Round) -> Option<f64>) -> Option<f64> {
        let shares = self.rounds.iter().map(|round| ceiling(round).map(|most| round.signings / most));
        measures::median(shares.collect::<Option<Vec<f64>>>()?)
    }

    /// The median of the ceiling itself.
    pub fn ceiling(&self, ceiling: impl Fn(&Round) -> Option<f64>) -> Option<f64> {
        measures::median(self.rounds.iter().map(ceiling).collect::<Option<Vec<f64>>>()?)
    }

    fn add(&mut self, outcome: Outcome) {
        let before = self.wall;
        self.wall += outcome.wall;
        self.retries += outcome.retries;
        self.errors += outcome.errors;
        self.first_error = self.first_error.take().or(outcome.first_error);
        let later = outcome.answers.into_iter().map(|answer| Answered { at: before + answer.at, ..answer });
        self.answers.extend(later);
    }
}

/// Whoever signs: the crowd's addresses are those of the nodes that are measured.
pub(super) async fn sign_all(
    stage: &Stage,
    crowd: &Crowd,
    pgbench: Option<&Pgbench<'_>>,
    rounds: usize,
    words: Words,
) -> anyhow::Result<Run> {
    let addresses = |nodes: &[super::stage::Node]| nodes.iter().map(|node| node.address).collect::<Vec<_>>();
    let echo = Crowd { addresses: addresses(&stage.echo), ..crowd.clone() };
    let no_store = Crowd { addresses: addresses(&stage.no_store), ..crowd.clone() };
    let parts = parts(crowd.requests.len(), rounds);
    let mut run = Run::default();
    for (number, people) in parts.iter().enumerate() {
        let progress = Progress::of(people.len(), &words.t("bench-progress-echo"));
        let echo = echo.post_all(people.clone(), &progress.done).await?.per_second();
        let progress = progress.next(people.len(), &words.t("bench-progress-signing"));
        let before = Used::by(stage);
        let signing = crowd.post(people.clone(), &progress.done).await?;
        run.count(&before, &Used::by(stage));
        let signings = signing.per_second();
        run.add(signing);
        let progress = progress.next(people.len(), &words.t("bench-progress-no-store"));
        let no_store = no_store.post_all(people.clone(), &progress.done).await?.per_second();
        drop(progress);
        let pgbench = match pgbench {
            Some(pgbench) => Some(pgbench.best_per_second().await?),
            None => None,
        };
        run.rounds.push(Round { signings, echo, no_store, pgbench, until: run.wall });
        eprintln!("{}", said(number + 1, parts.len(), run.rounds.last().map_or(0.0, |round| round.signings), words));
    }
    Ok(run)
}

fn said(number: usize, of: usize, per_second: f64, words: Words) -> String {
    let (number, of, rate) = (number.to_string(), of.to_string(), super::figures::whole(per_second, words));
    words.with("bench-round", &[("number", &number), ("of", &of), ("rate", &rate)])
}

/// Cuts so many people into rounds of the same size; the first ones take what is left over.
fn parts(people: usize, rounds: usize) -> Vec<Range<usize>> {
    let rounds = rounds.clamp(1, people.max(1));
    let mut end = 0;
    (0..rounds)
        .map(|round| {
            let begin = end;
            end += people / rounds + usize::from(round < people % rounds);
            begin..end
        })
        .collect()
}

/// Processor time so far.
struct Used {
    server: Option<u64>,
    client: Option<u64>,
    database: Option<u64>,
}

impl Used {
    fn by(stage: &Stage) -> Self {
        Self {
            server: stage.nodes.iter().map(|node| processes::cpu_micros(node.pid())).sum(),
            client: processes::own_cpu_micros(),
            database: stage.postgres.as_ref().and_then(super::postgres::Throwaway::cpu_micros),
        }
    }
}

impl Run {
    fn count(&mut self, before: &Used, after: &Used) {
        let first = self.rounds.is_empty();
        let more = |sum: Option<u64>, before: Option<u64>, after: Option<u64>| {
            let sum = if first { Some(0) } else { sum };
            Some(sum? + after?.saturating_sub(before?))
        };
        self.server_cpu = more(self.server_cpu, before.server, after.server);
        self.client_cpu = more(self.client_cpu, before.client, after.client);
        self.database_cpu = more(self.database_cpu, before.database, after.database);
    }
}

/// A bar on the terminal; where there is none, nothing is drawn.
pub(super) struct Progress {
    pub done: Arc<AtomicUsize>,
    bar: ProgressBar,
    drawing: tokio::task::JoinHandle<()>,
}

impl Progress {
    pub fn of(people: usize, what: &str) -> Self {
        let bar = ProgressBar::new(u64::try_from(people).unwrap_or(u64::MAX));
        let style = ProgressStyle::with_template("{msg:24} {bar:30} {human_pos}/{human_len} {per_sec}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what.to_owned());
        let done = Arc::new(AtomicUsize::new(0));
        let (seen, drawn) = (done.clone(), bar.clone());
        // Drawn from outside, so that the connections pay for one count alone.
        let drawing = tokio::spawn(async move {
            loop {
                sleep(DRAW_INTERVAL).await;
                drawn.set_position(u64::try_from(seen.load(Ordering::Relaxed)).unwrap_or(u64::MAX));
            }
        });
        Self { done, bar, drawing }
    }

    fn next(self, people: usize, what: &str) -> Self {
        drop(self);
        Self::of(people, what)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.drawing.abort();
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_hold_everybody_once() {
        assert_eq!(parts(10, 3), [0..4, 4..7, 7..10]);
        assert_eq!(parts(2, 5), [0..1, 1..2]);
        assert_eq!(parts(180_751, 3).iter().map(ExactSizeIterator::len).sum::<usize>(), 180_751);
    }

    #[test]
    fn a_share_is_the_median_of_the_rounds_and_absent_where_one_is() {
        let round = |signings, echo, pgbench| Round { signings, echo, no_store: 1.0, pgbench, until: Duration::ZERO };
        let rounds = vec![round(10.0, 20.0, Some(5.0)), round(9.0, 10.0, None), round(1.0, 10.0, Some(1.0))];
        let run = Run { rounds, ..Run::default() };
        assert_eq!(run.share_of(|round| Some(round.echo)), Some(0.5));
        assert_eq!(run.ceiling(|round| Some(round.echo)), Some(10.0));
        assert_eq!(run.share_of(|round| round.pgbench), None);
    }

    #[test]
    fn processor_time_adds_up_and_is_unknown_once_it_was_unknown() {
        let used = |server, database| Used { server, client: Some(1), database };
        let mut run = Run::default();
        run.count(&used(Some(10), None), &used(Some(25), None));
        run.rounds.push(Round { signings: 1.0, echo: 1.0, no_store: 1.0, pgbench: None, until: Duration::ZERO });
        run.count(&used(Some(30), Some(1)), &used(Some(35), Some(2)));
        assert_eq!((run.server_cpu, run.client_cpu, run.database_cpu), (Some(20), Some(0), None));
    }
}
