//! What came of a burst, as programs read it.

use super::measures::{count_f64, millis, per_second, percentile};
use super::recount::Checks;
use super::rounds::Run;
use super::stage::Engine;
use serde::Serialize;
use std::time::Duration;

/// Null stands for what wasn't measured. Rates are per second, ceilings and shares medians over the rounds.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub scenario: &'static str,
    pub database: Engine,
    pub nodes: u32,
    pub participants: usize,
    pub connections: u32,
    pub rounds: usize,
    /// Opening all sessions over HTTP, before the clock of the signing starts.
    pub sign_in_s: f64,
    /// Signing, all rounds together, from each round's first request to its last answer.
    pub wall_s: f64,
    pub signings_per_s: f64,
    /// One signing as the person waits for it, from the first try to the receipt.
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    /// The most memory that one node held, in MiB.
    pub rss_mb: Option<u64>,
    /// Times that the signings waited for the disk; see docs/performance.md for how it is counted.
    pub fsyncs: Option<u64>,
    pub batches: u64,
    /// Processor time per signing, in microseconds: of all nodes, of this client, of a throw-away PostgreSQL.
    pub server_cpu_us: Option<f64>,
    pub client_cpu_us: Option<f64>,
    pub database_cpu_us: Option<f64>,
    pub echo_per_s: Option<f64>,
    pub no_store_per_s: Option<f64>,
    pub pgbench_per_s: Option<f64>,
    /// Signings by the ceiling.
    pub of_echo: Option<f64>,
    pub of_no_store: Option<f64>,
    pub of_pgbench: Option<f64>,
    pub retries: u64,
    pub errors: u64,
    pub first_error: Option<String>,
    pub checks: Checks,
    /// Everybody signed once, and everything that was counted again agrees.
    pub sound: bool,
}

/// What is known of a run before it began, and of the time around it.
pub(super) struct Around {
    pub database: Engine,
    pub nodes: u32,
    pub connections: u32,
    pub sign_in: Duration,
    pub rss_mb: Option<u64>,
    pub fsyncs: Option<u64>,
    pub batches: u64,
}

impl Report {
    pub fn of(run: &Run, participants: usize, around: &Around, checks: Checks) -> Self {
        let mut times: Vec<Duration> = run.answers.iter().map(|answer| answer.took).collect();
        times.sort_unstable();
        let at = |percent| rounded(millis(percentile(&times, percent)), 100.0);
        let each = |micros: Option<u64>| {
            let micros = count_f64(usize::try_from(micros?).ok()?);
            Some(rounded(micros / count_f64(times.len().max(1)), 10.0))
        };
        let share = |share: Option<f64>| share.map(|share| rounded(share, 1_000.0));
        let rate = |rate: Option<f64>| rate.map(f64::round);
        Self {
            scenario: "burst",
            database: around.database,
            nodes: around.nodes,
            participants,
            connections: around.connections,
            rounds: run.rounds.len(),
            sign_in_s: rounded(around.sign_in.as_secs_f64(), 1_000.0),
            wall_s: rounded(run.wall.as_secs_f64(), 1_000.0),
            signings_per_s: per_second(times.len(), run.wall).round(),
            p50_ms: at(50),
            p99_ms: at(99),
            max_ms: at(100),
            rss_mb: around.rss_mb,
            fsyncs: around.fsyncs,
            batches: around.batches,
            server_cpu_us: each(run.server_cpu),
            client_cpu_us: each(run.client_cpu),
            database_cpu_us: each(run.database_cpu),
            echo_per_s: rate(run.ceiling(|round| Some(round.echo))),
            no_store_per_s: rate(run.ceiling(|round| Some(round.no_store))),
            pgbench_per_s: rate(run.ceiling(|round| round.pgbench)),
            of_echo: share(run.share_of(|round| Some(round.echo))),
            of_no_store: share(run.share_of(|round| Some(round.no_store))),
            of_pgbench: share(run.share_of(|round| round.pgbench)),
            retries: run.retries,
            errors: run.errors,
            first_error: run.first_error.clone(),
            sound: checks.hold(participants),
            checks,
        }
    }
}

/// To so many parts of a whole: more digits would be noise.
fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::crowd::Answered;
    use super::super::rounds::Round;
    use super::*;

    pub fn sample() -> Report {
        let answer = |ms| Answered { body: vec![], at: Duration::from_millis(ms), took: Duration::from_millis(ms) };
        let round = Round { signings: 20.0, echo: 80.0, no_store: 25.0, pgbench: None, until: Duration::ZERO };
        let run = Run {
            rounds: vec![round],
            answers: vec![answer(50), answer(100)],
            wall: Duration::from_millis(100),
            server_cpu: Some(300),
            ..Run::default()
        };
        let around = Around {
            database: Engine::Sqlite,
            nodes: 1,
            connections: 2,
            sign_in: Duration::from_secs(1),
            rss_mb: None,
            fsyncs: Some(1),
            batches: 1,
        };
        let checks =
            Checks { receipts_verified: 2, pledges: 2, leaves: 2, counted: 2, duplicates: 0, root_rederived: true };
        Report::of(&run, 2, &around, checks)
    }

    #[test]
    fn the_names_are_the_contracts_and_what_was_not_measured_is_null() {
        let json = serde_json::to_value(sample()).unwrap();
        assert_eq!((&json["wall_s"], &json["signings_per_s"]), (&0.1.into(), &20.0.into()));
        assert_eq!((&json["p50_ms"], &json["p99_ms"], &json["max_ms"]), (&50.0.into(), &100.0.into(), &100.0.into()));
        assert_eq!((&json["of_echo"], &json["of_no_store"]), (&0.25.into(), &0.8.into()));
        assert_eq!((&json["server_cpu_us"], &json["echo_per_s"]), (&150.0.into(), &80.0.into()));
        for missing in ["rss_mb", "pgbench_per_s", "of_pgbench", "client_cpu_us"] {
            assert!(json.as_object().unwrap().contains_key(missing) && json[missing].is_null(), "{missing}");
        }
        assert_eq!(json["checks"]["receipts_verified"], 2);
        assert_eq!(json["database"], "sqlite");
    }

    #[test]
    fn a_lost_signing_is_not_sound_whatever_its_speed() {
        let report = sample();
        assert!(report.sound && !report.checks.hold(3));
    }
}
