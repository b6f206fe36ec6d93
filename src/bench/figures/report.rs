//! The JSON report: the fields that every scenario has. Each scenario adds its own.

use crate::bench::figures::recount::SoundnessChecks;
use crate::bench::figures::statistics::{millis, per_second, percentile, rounded};
use clap::ValueEnum;
use serde::Serialize;
use std::time::Duration;

/// A report, serialized as one flat object.
#[derive(Debug, Serialize)]
pub struct BenchReport<Own> {
    #[serde(flatten)]
    pub shared: SharedFigures,
    #[serde(flatten)]
    pub own: Own,
}

/// `null` means not measured. Rates are per second; ceilings are medians over the rounds.
#[derive(Clone, Debug, Serialize)]
pub struct SharedFigures {
    pub scenario: &'static str,
    pub database: DatabaseEngine,
    pub nodes: u32,
    pub participants: usize,
    pub connections: u32,
    /// Duration of the measured part, from its first request to its last response.
    pub wall_s: f64,
    pub signings_per_s: Option<f64>,
    /// Latency as one person sees it, from the first try to the final response.
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    /// Peak resident memory of the largest node, in MiB.
    pub rss_mb: Option<u64>,
    /// Disk syncs that signings waited for; docs/load-test.md says how they are counted.
    pub fsyncs: Option<u64>,
    pub echo_per_s: Option<f64>,
    pub no_store_per_s: Option<f64>,
    pub pgbench_per_s: Option<f64>,
    /// Responses that asked to retry later.
    pub retries: u64,
    pub errors: u64,
    pub first_error: Option<String>,
    pub checks: SoundnessChecks,
    /// Every person signed once, and all recounts agree.
    pub sound: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseEngine {
    Sqlite,
    Postgres,
}

/// CPU time per operation, in microseconds: of all nodes, of this client, and of a temporary PostgreSQL.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct CpuPerOperation {
    pub server_cpu_us: Option<f64>,
    pub client_cpu_us: Option<f64>,
    pub database_cpu_us: Option<f64>,
}

/// The results of the checks after the servers were killed.
pub struct PostChecks {
    pub rss_mb: Option<u64>,
    pub fsyncs: Option<u64>,
    pub batches: u64,
    pub checks: SoundnessChecks,
}

/// The size of a run.
#[derive(Clone, Copy)]
pub struct RunSetup {
    pub scenario: &'static str,
    pub database: DatabaseEngine,
    pub nodes: u32,
    pub participants: usize,
    pub connections: u32,
}

/// Totals of the load.
#[derive(Default)]
pub struct LoadTotals {
    pub wall: Duration,
    /// Latencies, unsorted.
    pub latencies: Vec<Duration>,
    pub retries: u64,
    pub errors: u64,
    pub first_error: Option<String>,
}

impl SharedFigures {
    pub fn of(setup: RunSetup, load: LoadTotals, post: PostChecks) -> Self {
        let LoadTotals { wall, mut latencies, retries, errors, first_error } = load;
        latencies.sort_unstable();
        let RunSetup { scenario, database, nodes, participants, connections } = setup;
        Self {
            scenario,
            database,
            nodes,
            participants,
            connections,
            wall_s: rounded(wall.as_secs_f64(), 1_000.0),
            signings_per_s: Some(per_second(latencies.len(), wall).round()),
            p50_ms: percentile_ms(&latencies, 50),
            p99_ms: percentile_ms(&latencies, 99),
            max_ms: percentile_ms(&latencies, 100),
            rss_mb: post.rss_mb,
            fsyncs: post.fsyncs,
            echo_per_s: None,
            no_store_per_s: None,
            pgbench_per_s: None,
            retries,
            errors,
            first_error,
            sound: post.checks.are_sound(participants),
            checks: post.checks,
        }
    }
}

/// A percentile in milliseconds.
pub fn percentile_ms(sorted: &[Duration], percent: usize) -> f64 {
    rounded(millis(percentile(sorted, percent)), 100.0)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Figures of two people whose signings took 50 and 100 ms.
    pub fn shared(scenario: &'static str) -> SharedFigures {
        let checks = SoundnessChecks {
            receipts_verified: 2,
            pledges: 2,
            leaves: 2,
            counted: 2,
            duplicates: 0,
            root_rederived: true,
        };
        let post = PostChecks { rss_mb: None, fsyncs: Some(1), batches: 1, checks };
        let scale = RunSetup { scenario, database: DatabaseEngine::Sqlite, nodes: 1, participants: 2, connections: 2 };
        let latencies = [100, 50].map(Duration::from_millis).into();
        SharedFigures::of(
            scale,
            LoadTotals { wall: Duration::from_millis(100), latencies, ..LoadTotals::default() },
            post,
        )
    }

    #[test]
    fn the_names_are_the_contracts_and_what_was_not_measured_is_null() {
        let json = serde_json::to_value(BenchReport { shared: shared("burst"), own: () }).unwrap();
        assert_eq!((&json["wall_s"], &json["signings_per_s"]), (&0.1.into(), &20.0.into()));
        assert_eq!((&json["p50_ms"], &json["p99_ms"], &json["max_ms"]), (&50.0.into(), &100.0.into(), &100.0.into()));
        for missing in ["rss_mb", "echo_per_s", "no_store_per_s", "pgbench_per_s"] {
            assert!(json.as_object().unwrap().contains_key(missing) && json[missing].is_null(), "{missing}");
        }
        assert_eq!((&json["fsyncs"], &json["retries"], &json["errors"]), (&1.into(), &0.into(), &0.into()));
        assert_eq!((&json["checks"]["receipts_verified"], &json["database"]), (&2.into(), &"sqlite".into()));
    }

    #[test]
    fn a_lost_signing_is_not_sound_whatever_its_speed() {
        let shared = shared("burst");
        assert!(shared.sound && !shared.checks.are_sound(3));
    }
}
