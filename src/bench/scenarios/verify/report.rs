//! The figures of verification beyond the shared ones.

use crate::bench::figures::report::BenchReport;
use crate::bench::figures::report::CpuPerOperation;
use crate::bench::figures::table::{FigureTable, database_name};
use crate::i18n::Localizer;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct VerifyFigures {
    /// Over HTTP, as are `wall_s` and the latencies.
    pub http_per_s: f64,
    /// Responses with the verdict `valid` and revocation checked.
    pub http_valid: usize,
    /// Offline, in this process on all cores: what `ikrar verify` does.
    pub offline_s: f64,
    pub offline_per_s: f64,
    pub offline_valid: usize,
    /// Credentials with one digit changed, sent after the measurement, and those refused both over HTTP and offline.
    pub altered: usize,
    pub altered_refused: usize,
    /// Per credential over HTTP.
    #[serde(flatten)]
    pub cpu: CpuPerOperation,
}

impl VerifyFigures {
    /// Whether every verdict was right.
    pub fn holds(&self, people: usize) -> bool {
        self.http_valid == people && self.offline_valid == people && self.altered_refused == self.altered
    }
}

pub fn table(report: &BenchReport<VerifyFigures>, words: Localizer) -> String {
    let BenchReport { shared, own } = report;
    let mut table = FigureTable::new(words);
    let (http, wall) = (table.rate(own.http_per_s), table.seconds(shared.wall_s));
    table.row("bench-verify-http", http, wall);
    let (middle, slow) = (table.ms(shared.p50_ms), table.p99_and_max(shared.p99_ms, shared.max_ms));
    table.row("bench-one-check", middle, slow);
    table.cpu_rows(&own.cpu, shared.database, "bench-cpu-check");
    let (offline, wall) = (table.rate(own.offline_per_s), table.seconds(own.offline_s));
    table.row("bench-verify-offline", offline, wall);
    let valid = words.with("bench-verify-valid-offline", &[("valid", &words.number(own.offline_valid))]);
    table.row("bench-verify-valid", words.number(own.http_valid), valid);
    let of = words.with("bench-verify-altered-of", &[("altered", &words.number(own.altered))]);
    table.row("bench-verify-altered", words.number(own.altered_refused), of);
    table.memory_row(shared);
    table.retry_row(shared);
    table.check_rows(&shared.checks);
    let heading = words.with(
        "bench-verify-heading",
        &[
            ("database", database_name(shared.database)),
            ("nodes", &words.number(shared.nodes)),
            ("people", &words.number(shared.participants)),
            ("connections", &words.number(shared.connections)),
        ],
    );
    table.render(&heading, shared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figures::report::tests::shared;
    use crate::bench::figures::table::tests::assert_renders;

    fn sample() -> VerifyFigures {
        VerifyFigures {
            http_per_s: 20.0,
            http_valid: 2,
            offline_s: 0.1,
            offline_per_s: 20.0,
            offline_valid: 2,
            altered: 1,
            altered_refused: 1,
            cpu: CpuPerOperation::default(),
        }
    }

    #[test]
    fn one_wrong_verdict_is_not_sound() {
        assert!(sample().holds(2) && !sample().holds(3));
        assert!(!VerifyFigures { http_valid: 1, ..sample() }.holds(2));
        assert!(!VerifyFigures { offline_valid: 1, ..sample() }.holds(2));
        assert!(!VerifyFigures { altered_refused: 0, ..sample() }.holds(2));
    }

    #[test]
    fn every_line_says_its_figure_and_what_is_missing_says_so() {
        assert_renders(3, |words| table(&BenchReport { shared: shared("verify"), own: sample() }, words));
    }
}
