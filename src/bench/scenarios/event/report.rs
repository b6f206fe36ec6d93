//! What an event tells besides the names that every scenario has.

use super::arrivals::Outcome;
use super::journey::Step;
use crate::bench::figures::number_format::decimal;
use crate::bench::figures::report::Each;
use crate::bench::figures::report::{Report, at};
use crate::bench::figures::statistics::{per_second, rounded};
use crate::bench::figures::table::{Table, database};
use crate::i18n::Words;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub struct Journeys {
    /// Over how long people come; 0 is all at once.
    pub ramp_s: f64,
    /// Everybody also ended their session.
    pub leave: bool,
    /// From a person's coming until there is a connection free for them: part of what they would wait, and not of the
    /// journey's own times.
    pub waited_p50_ms: f64,
    pub waited_p99_ms: f64,
    pub waited_max_ms: f64,
    /// The most that one person was told to come back, and how many people were.
    pub told_most: u32,
    pub told_people: usize,
    /// Connections alone, each with its handshake and one small request: the ceiling.
    pub handshakes_per_s: Option<f64>,
    pub of_handshakes: Option<f64>,
    /// Each step of a journey by its name.
    pub steps: BTreeMap<&'static str, StepTimes>,
    pub certificates: usize,
    /// Certificates that were looked into, and those that carried their person's genuine credential.
    pub certificates_checked: usize,
    pub certificates_verified: usize,
    pub batches: u64,
    /// For each journey.
    #[serde(flatten)]
    pub each: Each,
}

#[derive(Debug, Serialize)]
pub struct StepTimes {
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

/// What was measured or counted beside the outcome itself.
pub struct Beside {
    pub ramp: Duration,
    pub leave: bool,
    pub handshakes: Option<f64>,
    /// Looked into, and verified.
    pub certificates: (usize, usize),
    pub batches: u64,
    pub each: Each,
}

impl Journeys {
    pub fn of(outcome: &Outcome, beside: Beside) -> Self {
        let mut waited = outcome.waited.clone();
        waited.sort_unstable();
        let rate = per_second(outcome.walked.len(), outcome.wall);
        Self {
            ramp_s: rounded(beside.ramp.as_secs_f64(), 1_000.0),
            leave: beside.leave,
            waited_p50_ms: at(&waited, 50),
            waited_p99_ms: at(&waited, 99),
            waited_max_ms: at(&waited, 100),
            told_most: outcome.told_most,
            told_people: outcome.told_people,
            handshakes_per_s: beside.handshakes.map(f64::round),
            of_handshakes: beside.handshakes.map(|most| rounded(rate / most, 1_000.0)),
            steps: Step::ALL.into_iter().map(|step| (step.name(), step_times(outcome, step))).collect(),
            certificates: outcome.certificates,
            certificates_checked: beside.certificates.0,
            certificates_verified: beside.certificates.1,
            batches: beside.batches,
            each: beside.each,
        }
    }
}

/// Of those who took the step.
fn step_times(outcome: &Outcome, step: Step) -> StepTimes {
    let mut times: Vec<Duration> =
        outcome.walked.iter().map(|walked| walked.times[step as usize]).filter(|took| !took.is_zero()).collect();
    times.sort_unstable();
    StepTimes { p50_ms: at(&times, 50), p99_ms: at(&times, 99), max_ms: at(&times, 100) }
}

pub fn table(report: &Report<Journeys>, words: Words) -> String {
    let Report { basics, own } = report;
    let mut table = Table::new(words);
    let rate = basics.signings_per_s.map(|rate| table.rate(rate));
    let wall = table.seconds(basics.wall_s);
    table.known("bench-journeys", rate, wall);
    let share = own.of_handshakes.map(|share| decimal(share, 2, words));
    let share = share.map(|share| words.with("bench-journeys-share", &[("share", &share)]));
    let most = own.handshakes_per_s.map(|most| table.rate(most));
    table.known("bench-handshakes", most, share.unwrap_or_default());
    let (middle, slow) = (table.ms(basics.p50_ms), table.slow(basics.p99_ms, basics.max_ms));
    table.row("bench-one-journey", middle, slow);
    for step in Step::ALL.into_iter().filter(|step| own.leave || *step != Step::Leave) {
        let Some(times) = own.steps.get(step.name()) else { continue };
        let (middle, slow) = (table.ms(times.p50_ms), table.slow(times.p99_ms, times.max_ms));
        table.row(&format!("bench-step-{}", step.name().replace('_', "-")), middle, slow);
    }
    let (middle, slow) = (table.ms(own.waited_p50_ms), table.slow(own.waited_p99_ms, own.waited_max_ms));
    table.row("bench-waited", middle, slow);
    let most = words.with("bench-told-most", &[("times", &words.number(own.told_most))]);
    table.row("bench-told", words.number(own.told_people), most);
    table.processor(&own.each, basics.database, "bench-cpu-journey");
    table.memory(basics);
    table.fsyncs(basics, own.batches);
    table.retries(basics);
    table.checks(&basics.checks);
    let looked = words.with(
        "bench-certificates-checked",
        &[("checked", &words.number(own.certificates_checked)), ("verified", &words.number(own.certificates_verified))],
    );
    table.row("bench-certificates", words.number(own.certificates), looked);
    table.end(&heading(report, words), basics)
}

fn heading(report: &Report<Journeys>, words: Words) -> String {
    let Report { basics, own } = report;
    let arrival = if own.ramp_s > 0.0 {
        words.with("bench-event-ramped", &[("span", &decimal(own.ramp_s, 0, words))])
    } else {
        words.t("bench-event-at-once")
    };
    let heading = words.with(
        "bench-event-heading",
        &[
            ("database", database(basics.database)),
            ("nodes", &words.number(basics.nodes)),
            ("people", &words.number(basics.participants)),
            ("arrival", &arrival),
        ],
    );
    let bound = words.with("bench-event-bound", &[("connections", &words.number(basics.connections))]);
    format!("{heading}\n{bound}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figures::report::tests::basics;
    use crate::bench::figures::table::tests::assert_worded;
    use crate::bench::scenarios::event::arrivals::Walked;
    use crate::bench::scenarios::event::journey::Times;
    use crate::domain::ids::PledgeId;

    fn sample(ramp: Duration) -> Report<Journeys> {
        let ms = Duration::from_millis;
        let mut times: Times = [ms(1); Step::ALL.len()];
        times[Step::Certificate as usize] = Duration::ZERO;
        let pledge = PledgeId::from_slice(&[1; 16]).unwrap();
        let walked = |person| Walked { person, pledge, at: ms(9), took: ms(9), times, certificate: None };
        let outcome = Outcome {
            walked: vec![walked(0), walked(1)],
            waited: vec![ms(20), ms(10)],
            wall: ms(100),
            ..Outcome::default()
        };
        let (handshakes, certificates) = (Some(40.0), (0, 0));
        let beside = Beside { ramp, leave: true, handshakes, certificates, batches: 1, each: Each::default() };
        Report { basics: basics("event"), own: Journeys::of(&outcome, beside) }
    }

    #[test]
    fn the_wait_before_the_connection_stands_apart_from_the_journey() {
        let json = serde_json::to_value(sample(Duration::ZERO)).unwrap();
        assert_eq!((&json["waited_p50_ms"], &json["waited_max_ms"]), (&10.0.into(), &20.0.into()));
        assert_eq!((&json["of_handshakes"], &json["handshakes_per_s"]), (&0.5.into(), &40.0.into()));
        assert_eq!(json["steps"]["pledge"]["p99_ms"], 1.0);
        assert_eq!(json["steps"]["certificate"]["max_ms"], 0.0);
    }

    #[test]
    fn every_line_says_its_figure_and_what_is_missing_says_so() {
        for ramp in [Duration::ZERO, Duration::from_secs(60)] {
            assert_worded(3, |words| table(&sample(ramp), words));
        }
    }
}
