//! The figures of an event beyond the shared ones.

use super::arrivals::ArrivalsOutcome;
use super::journey::JourneyStep;
use super::receipts::CertificateCheck;
use crate::bench::figures::report::CpuPerOperation;
use crate::bench::figures::report::{BenchReport, percentile_ms};
use crate::bench::figures::statistics::{per_second, rounded};
use crate::bench::figures::table::{FigureTable, database_name};
use crate::i18n::Localizer;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub struct EventFigures {
    /// The ramp over which people arrive; 0 is all at once.
    pub ramp_s: f64,
    /// Each person also ended their session.
    pub leave: bool,
    /// From arrival until a connection is free: part of what a person waits, but not of the journey's own times.
    pub waited_p50_ms: f64,
    pub waited_p99_ms: f64,
    pub waited_max_ms: f64,
    /// The most retries of one person, and the number of people with retries.
    pub told_most: u32,
    pub told_people: usize,
    /// The ceiling: connections with a handshake and one small request.
    pub handshakes_per_s: Option<f64>,
    pub of_handshakes: Option<f64>,
    /// Latency of each step, by name.
    pub steps: BTreeMap<&'static str, StepLatency>,
    pub certificates: usize,
    /// Certificates checked, and those that contained their person's genuine credential.
    pub certificates_checked: usize,
    pub certificates_verified: usize,
    pub batches: u64,
    /// Per journey.
    #[serde(flatten)]
    pub cpu: CpuPerOperation,
}

#[derive(Debug, Serialize)]
pub struct StepLatency {
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

/// What was measured beyond the journeys themselves.
pub struct EventMeasurements {
    pub ramp: Duration,
    pub leave: bool,
    pub handshakes: Option<f64>,
    pub certificates: CertificateCheck,
    pub batches: u64,
    pub cpu: CpuPerOperation,
}

impl EventFigures {
    pub fn of(outcome: &ArrivalsOutcome, measurements: EventMeasurements) -> Self {
        let mut waited = outcome.queue_waits.clone();
        waited.sort_unstable();
        let rate = per_second(outcome.completed.len(), outcome.wall);
        Self {
            ramp_s: rounded(measurements.ramp.as_secs_f64(), 1_000.0),
            leave: measurements.leave,
            waited_p50_ms: percentile_ms(&waited, 50),
            waited_p99_ms: percentile_ms(&waited, 99),
            waited_max_ms: percentile_ms(&waited, 100),
            told_most: outcome.retries_max,
            told_people: outcome.people_retried,
            handshakes_per_s: measurements.handshakes.map(f64::round),
            of_handshakes: measurements.handshakes.map(|most| rounded(rate / most, 1_000.0)),
            steps: JourneyStep::ALL.into_iter().map(|step| (step.name(), step_times(outcome, step))).collect(),
            certificates: outcome.certificates,
            certificates_checked: measurements.certificates.expected,
            certificates_verified: measurements.certificates.valid,
            batches: measurements.batches,
            cpu: measurements.cpu,
        }
    }
}

/// Latency over the journeys that took the step.
fn step_times(outcome: &ArrivalsOutcome, step: JourneyStep) -> StepLatency {
    let mut times: Vec<Duration> = outcome
        .completed
        .iter()
        .map(|completed| completed.times[step as usize])
        .filter(|took| !took.is_zero())
        .collect();
    times.sort_unstable();
    StepLatency {
        p50_ms: percentile_ms(&times, 50),
        p99_ms: percentile_ms(&times, 99),
        max_ms: percentile_ms(&times, 100),
    }
}

pub fn table(report: &BenchReport<EventFigures>, words: Localizer) -> String {
    let BenchReport { shared, own } = report;
    let mut table = FigureTable::new(words);
    let rate = shared.signings_per_s.map(|rate| table.rate(rate));
    let wall = table.seconds(shared.wall_s);
    table.optional_row("bench-journeys", rate, wall);
    let share = own.of_handshakes.map(|share| words.decimal(share, 2));
    let share = share.map(|share| words.with("bench-journeys-share", &[("share", &share)]));
    let most = own.handshakes_per_s.map(|most| table.rate(most));
    table.optional_row("bench-handshakes", most, share.unwrap_or_default());
    let (middle, slow) = (table.ms(shared.p50_ms), table.p99_and_max(shared.p99_ms, shared.max_ms));
    table.row("bench-one-journey", middle, slow);
    for step in JourneyStep::ALL.into_iter().filter(|step| own.leave || *step != JourneyStep::Leave) {
        let Some(times) = own.steps.get(step.name()) else { continue };
        let (middle, slow) = (table.ms(times.p50_ms), table.p99_and_max(times.p99_ms, times.max_ms));
        table.row(&format!("bench-step-{}", step.name().replace('_', "-")), middle, slow);
    }
    let (middle, slow) = (table.ms(own.waited_p50_ms), table.p99_and_max(own.waited_p99_ms, own.waited_max_ms));
    table.row("bench-waited", middle, slow);
    let most = words.with("bench-told-most", &[("times", &words.number(own.told_most))]);
    table.row("bench-told", words.number(own.told_people), most);
    table.cpu_rows(&own.cpu, shared.database, "bench-cpu-journey");
    table.memory_row(shared);
    table.fsync_row(shared, own.batches);
    table.retry_row(shared);
    table.check_rows(&shared.checks);
    let looked = words.with(
        "bench-certificates-checked",
        &[("checked", &words.number(own.certificates_checked)), ("verified", &words.number(own.certificates_verified))],
    );
    table.row("bench-certificates", words.number(own.certificates), looked);
    table.render(&heading(report, words), shared)
}

fn heading(report: &BenchReport<EventFigures>, words: Localizer) -> String {
    let BenchReport { shared, own } = report;
    let arrival = if own.ramp_s > 0.0 {
        words.with("bench-event-ramped", &[("span", &words.decimal(own.ramp_s, 0))])
    } else {
        words.t("bench-event-at-once")
    };
    let heading = words.with(
        "bench-event-heading",
        &[
            ("database", database_name(shared.database)),
            ("nodes", &words.number(shared.nodes)),
            ("people", &words.number(shared.participants)),
            ("arrival", &arrival),
        ],
    );
    let bound = words.with("bench-event-bound", &[("connections", &words.number(shared.connections))]);
    format!("{heading}\n{bound}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figures::report::tests::shared;
    use crate::bench::figures::table::tests::assert_renders;
    use crate::bench::scenarios::event::arrivals::CompletedJourney;
    use crate::bench::scenarios::event::journey::StepTimes;
    use crate::domain::ids::PledgeId;
    use crate::i18n::check_built_keys;

    fn sample(ramp: Duration) -> BenchReport<EventFigures> {
        let ms = Duration::from_millis;
        let mut times: StepTimes = [ms(1); JourneyStep::ALL.len()];
        times[JourneyStep::Certificate as usize] = Duration::ZERO;
        let pledge = PledgeId::from_slice(&[1; 16]).unwrap();
        let completed = |person| CompletedJourney { person, pledge, at: ms(9), took: ms(9), times, certificate: None };
        let outcome = ArrivalsOutcome {
            completed: vec![completed(0), completed(1)],
            queue_waits: vec![ms(20), ms(10)],
            wall: ms(100),
            ..ArrivalsOutcome::default()
        };
        let (handshakes, certificates) = (Some(40.0), CertificateCheck::default());
        let measurements = EventMeasurements {
            ramp,
            leave: true,
            handshakes,
            certificates,
            batches: 1,
            cpu: CpuPerOperation::default(),
        };
        BenchReport { shared: shared("event"), own: EventFigures::of(&outcome, measurements) }
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
            assert_renders(3, |words| table(&sample(ramp), words));
        }
    }

    #[test]
    fn every_step_has_words() {
        check_built_keys("bench-step-{}", JourneyStep::ALL.map(|step| step.name().replace('_', "-")));
    }
}
