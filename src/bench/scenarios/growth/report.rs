//! What growing tells besides the names that every scenario has.

use crate::bench::figures::number_format::decimal;
use crate::bench::figures::report::Each;
use crate::bench::figures::report::{Basics, Report};
use crate::bench::figures::statistics::{millis, rounded};
use crate::bench::figures::table::{Table, database};
use crate::i18n::Words;
use serde::Serialize;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub struct Growth {
    /// From the smallest to the largest. The names that every scenario has are the largest one's.
    pub sizes: Vec<Size>,
    /// What a signing costs at the largest size by what it costs at the middle one: in time, and in processor time of
    /// servers and database.
    pub wall_ratio: Option<f64>,
    pub cpu_ratio: Option<f64>,
    /// How much more memory a server held at most, from the middle size to the largest, in MiB.
    pub rss_growth_mb: Option<i64>,
}

/// One size, on a database of its own.
#[derive(Debug, Serialize)]
pub struct Size {
    /// Time of signing by signings, in microseconds.
    pub wall_us: f64,
    #[serde(flatten)]
    pub each: Each,
    pub of_echo: Option<f64>,
    pub batches: u64,
    #[serde(flatten)]
    pub basics: Basics,
}

impl Size {
    pub fn of(
        basics: Basics,
        (wall, signings): (Duration, u32),
        each: Each,
        of_echo: Option<f64>,
        batches: u64,
    ) -> Self {
        let wall_us = rounded(1_000.0 * millis(wall) / f64::from(signings.max(1)), 10.0);
        Self { wall_us, each, of_echo: of_echo.map(|share| rounded(share, 1_000.0)), batches, basics }
    }

    /// Processor time of a signing on this side of the wire.
    fn cpu_us(&self) -> Option<f64> {
        Some(self.each.server_cpu_us? + self.each.database_cpu_us.unwrap_or_default())
    }
}

impl Growth {
    pub fn of(sizes: Vec<Size>) -> Self {
        let (middle, largest) = match sizes.as_slice() {
            [.., middle, largest] => (Some(middle), Some(largest)),
            _ => (None, None),
        };
        let ratio = |of: fn(&Size) -> Option<f64>| {
            let (middle, largest) = (of(middle?)?, of(largest?)?);
            (middle > 0.0).then(|| rounded(largest / middle, 1_000.0))
        };
        let memory = |size: Option<&Size>| i64::try_from(size?.basics.rss_mb?).ok();
        Self {
            wall_ratio: ratio(|size| Some(size.wall_us)),
            cpu_ratio: ratio(Size::cpu_us),
            rss_growth_mb: memory(largest).zip(memory(middle)).map(|(largest, middle)| largest - middle),
            sizes,
        }
    }
}

pub fn table(report: &Report<Growth>, words: Words) -> String {
    let Report { basics, own } = report;
    let mut table = Table::new(words);
    for size in &own.sizes {
        let people = words.with("bench-growth-size", &[("people", &words.number(size.basics.participants))]);
        let rate = size.basics.signings_per_s.map(|rate| table.rate(rate)).unwrap_or_default();
        table.named(people, rate, table.slow(size.basics.p99_ms, size.basics.max_ms));
        table.row("bench-growth-wall", table.micros(size.wall_us), words.t("bench-cpu-each"));
        table.processor(&size.each, basics.database, "bench-cpu-each");
        let share = size.of_echo.map(|share| words.with("bench-share", &[("share", &decimal(share, 3, words))]));
        let echo = size.basics.echo_per_s.map(|rate| table.rate(rate));
        table.known("bench-echo", echo, share.unwrap_or_default());
        table.memory(&size.basics);
    }
    let ratio = |ratio: Option<f64>| ratio.map(|ratio| decimal(ratio, 2, words));
    table.known("bench-growth-wall-ratio", ratio(own.wall_ratio), words.t("bench-growth-ratio-of"));
    table.known("bench-growth-cpu-ratio", ratio(own.cpu_ratio), words.t("bench-growth-ratio-of"));
    let memory = own.rss_growth_mb.map(|mib| format!("{mib} MiB"));
    table.known("bench-growth-memory", memory, words.t("bench-growth-ratio-of"));
    table.retries(basics);
    table.checks(&basics.checks);
    let heading = words.with(
        "bench-growth-heading",
        &[
            ("database", database(basics.database)),
            ("nodes", &words.number(basics.nodes)),
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

    fn size(wall_ms: u64, server_cpu_us: f64, rss_mb: u64) -> Size {
        let mut basics = basics("growth");
        basics.rss_mb = Some(rss_mb);
        let each = Each { server_cpu_us: Some(server_cpu_us), ..Each::default() };
        Size::of(basics, (Duration::from_millis(wall_ms), 1_000), each, None, 1)
    }

    #[test]
    fn the_largest_is_compared_with_the_middle_one() {
        let sizes = vec![size(100, 90.0, 50), size(100, 100.0, 90), size(110, 120.0, 80)];
        let json = serde_json::to_value(Growth::of(sizes)).unwrap();
        assert_eq!((&json["wall_ratio"], &json["cpu_ratio"]), (&1.1.into(), &1.2.into()));
        assert_eq!((&json["rss_growth_mb"], &json["sizes"][0]["wall_us"]), (&(-10).into(), &100.0.into()));
        assert_eq!(json["sizes"][2]["checks"]["pledges"], 2);
        let alone = Growth::of(vec![size(100, 90.0, 50)]);
        assert!(alone.wall_ratio.is_none() && alone.rss_growth_mb.is_none());
    }

    #[test]
    fn every_line_says_its_figure_and_what_is_missing_says_so() {
        let sizes = || vec![size(1, 1.0, 1), size(2, 2.0, 2)];
        let report = || Report { basics: basics("growth"), own: Growth::of(sizes()) };
        assert_worded(4, |words| table(&report(), words));
    }
}
