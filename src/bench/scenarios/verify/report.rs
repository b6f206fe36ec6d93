//! What checking tells besides the names that every scenario has.

use crate::bench::figures::report::Each;
use crate::bench::figures::report::Report;
use crate::bench::figures::table::{Table, database};
use crate::i18n::Words;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Verifying {
    /// Over HTTP; `wall_s` and the latencies are of it, too.
    pub http_per_s: f64,
    /// Answers that said `valid` and that revocation was checked.
    pub http_valid: usize,
    /// In this process, on all cores, without records: what `ikrar verify` does with one.
    pub offline_s: f64,
    pub offline_per_s: f64,
    pub offline_valid: usize,
    /// Credentials with one digit changed that were sent after the measuring, and those that were refused both ways.
    pub altered: usize,
    pub altered_refused: usize,
    /// For each credential over HTTP.
    #[serde(flatten)]
    pub each: Each,
}

impl Verifying {
    /// Every verdict was the right one.
    pub fn holds(&self, people: usize) -> bool {
        self.http_valid == people && self.offline_valid == people && self.altered_refused == self.altered
    }
}

pub fn table(report: &Report<Verifying>, words: Words) -> String {
    let Report { basics, own } = report;
    let mut table = Table::new(words);
    let (http, wall) = (table.rate(own.http_per_s), table.seconds(basics.wall_s));
    table.row("bench-verify-http", http, wall);
    let (middle, slow) = (table.ms(basics.p50_ms), table.slow(basics.p99_ms, basics.max_ms));
    table.row("bench-one-check", middle, slow);
    table.processor(&own.each, basics.database, "bench-cpu-check");
    let (offline, wall) = (table.rate(own.offline_per_s), table.seconds(own.offline_s));
    table.row("bench-verify-offline", offline, wall);
    let valid = words.with("bench-verify-valid-offline", &[("valid", &words.number(own.offline_valid))]);
    table.row("bench-verify-valid", words.number(own.http_valid), valid);
    let of = words.with("bench-verify-altered-of", &[("altered", &words.number(own.altered))]);
    table.row("bench-verify-altered", words.number(own.altered_refused), of);
    table.memory(basics);
    table.retries(basics);
    table.checks(&basics.checks);
    let heading = words.with(
        "bench-verify-heading",
        &[
            ("database", database(basics.database)),
            ("nodes", &words.number(basics.nodes)),
            ("people", &words.number(basics.participants)),
            ("connections", &words.number(basics.connections)),
        ],
    );
    table.end(&heading, basics)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figures::report::tests::basics;
    use crate::bench::figures::table::tests::assert_worded;

    fn sample() -> Verifying {
        Verifying {
            http_per_s: 20.0,
            http_valid: 2,
            offline_s: 0.1,
            offline_per_s: 20.0,
            offline_valid: 2,
            altered: 1,
            altered_refused: 1,
            each: Each::default(),
        }
    }

    #[test]
    fn one_wrong_verdict_is_not_sound() {
        assert!(sample().holds(2) && !sample().holds(3));
        assert!(!Verifying { http_valid: 1, ..sample() }.holds(2));
        assert!(!Verifying { offline_valid: 1, ..sample() }.holds(2));
        assert!(!Verifying { altered_refused: 0, ..sample() }.holds(2));
    }

    #[test]
    fn every_line_says_its_figure_and_what_is_missing_says_so() {
        assert_worded(3, |words| table(&Report { basics: basics("verify"), own: sample() }, words));
    }
}
