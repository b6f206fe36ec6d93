//! The figures of growth beyond the shared ones.

use crate::bench::figures::report::CpuPerOperation;
use crate::bench::figures::report::{BenchReport, SharedFigures};
use crate::bench::figures::statistics::{millis, rounded};
use crate::bench::figures::table::{FigureTable, database_name};
use crate::i18n::Localizer;
use serde::Serialize;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub struct GrowthFigures {
    /// From the smallest to the largest. The shared figures are those of the largest.
    pub sizes: Vec<GrowthSize>,
    /// The cost of a signing at the largest size divided by that at the middle one: in time, and in CPU time of servers
    /// and database.
    pub wall_ratio: Option<f64>,
    pub cpu_ratio: Option<f64>,
    /// The growth of peak memory from the middle size to the largest, in MiB.
    pub rss_growth_mb: Option<i64>,
}

/// The figures of one size.
#[derive(Debug, Serialize)]
pub struct GrowthSize {
    /// Time per signing, in microseconds.
    pub wall_us: f64,
    #[serde(flatten)]
    pub cpu: CpuPerOperation,
    pub of_echo: Option<f64>,
    pub batches: u64,
    #[serde(flatten)]
    pub shared: SharedFigures,
}

impl GrowthSize {
    pub fn of(
        shared: SharedFigures,
        (wall, signings): (Duration, u32),
        cpu: CpuPerOperation,
        of_echo: Option<f64>,
        batches: u64,
    ) -> Self {
        let wall_us = rounded(1_000.0 * millis(wall) / f64::from(signings.max(1)), 10.0);
        Self { wall_us, cpu, of_echo: of_echo.map(|share| rounded(share, 1_000.0)), batches, shared }
    }

    /// CPU time per signing of servers and database.
    fn cpu_us(&self) -> Option<f64> {
        Some(self.cpu.server_cpu_us? + self.cpu.database_cpu_us.unwrap_or_default())
    }
}

impl GrowthFigures {
    pub fn of(sizes: Vec<GrowthSize>) -> Self {
        let (middle, largest) = match sizes.as_slice() {
            [.., middle, largest] => (Some(middle), Some(largest)),
            _ => (None, None),
        };
        let ratio = |of: fn(&GrowthSize) -> Option<f64>| {
            let (middle, largest) = (of(middle?)?, of(largest?)?);
            (middle > 0.0).then(|| rounded(largest / middle, 1_000.0))
        };
        let memory = |size: Option<&GrowthSize>| i64::try_from(size?.shared.rss_mb?).ok();
        Self {
            wall_ratio: ratio(|size| Some(size.wall_us)),
            cpu_ratio: ratio(GrowthSize::cpu_us),
            rss_growth_mb: memory(largest).zip(memory(middle)).map(|(largest, middle)| largest - middle),
            sizes,
        }
    }
}

pub fn table(report: &BenchReport<GrowthFigures>, words: Localizer) -> String {
    let BenchReport { shared, own } = report;
    let mut table = FigureTable::new(words);
    for size in &own.sizes {
        let people = words.with("bench-growth-size", &[("people", &words.number(size.shared.participants))]);
        let rate = size.shared.signings_per_s.map(|rate| table.rate(rate)).unwrap_or_default();
        table.labelled_row(people, rate, table.p99_and_max(size.shared.p99_ms, size.shared.max_ms));
        table.row("bench-growth-wall", table.micros(size.wall_us), words.t("bench-cpu-each"));
        table.cpu_rows(&size.cpu, shared.database, "bench-cpu-each");
        let share = size.of_echo.map(|share| words.with("bench-share", &[("share", &words.decimal(share, 3))]));
        let echo = size.shared.echo_per_s.map(|rate| table.rate(rate));
        table.optional_row("bench-echo", echo, share.unwrap_or_default());
        table.memory_row(&size.shared);
    }
    let ratio = |ratio: Option<f64>| ratio.map(|ratio| words.decimal(ratio, 2));
    table.optional_row("bench-growth-wall-ratio", ratio(own.wall_ratio), words.t("bench-growth-ratio-of"));
    table.optional_row("bench-growth-cpu-ratio", ratio(own.cpu_ratio), words.t("bench-growth-ratio-of"));
    let memory = own.rss_growth_mb.map(|mib| format!("{mib} MiB"));
    table.optional_row("bench-growth-memory", memory, words.t("bench-growth-ratio-of"));
    table.retry_row(shared);
    table.check_rows(&shared.checks);
    let heading = words.with(
        "bench-growth-heading",
        &[
            ("database", database_name(shared.database)),
            ("nodes", &words.number(shared.nodes)),
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

    fn size(wall_ms: u64, server_cpu_us: f64, rss_mb: u64) -> GrowthSize {
        let mut shared = shared("growth");
        shared.rss_mb = Some(rss_mb);
        let cpu = CpuPerOperation { server_cpu_us: Some(server_cpu_us), ..CpuPerOperation::default() };
        GrowthSize::of(shared, (Duration::from_millis(wall_ms), 1_000), cpu, None, 1)
    }

    #[test]
    fn the_largest_is_compared_with_the_middle_one() {
        let sizes = vec![size(100, 90.0, 50), size(100, 100.0, 90), size(110, 120.0, 80)];
        let json = serde_json::to_value(GrowthFigures::of(sizes)).unwrap();
        assert_eq!((&json["wall_ratio"], &json["cpu_ratio"]), (&1.1.into(), &1.2.into()));
        assert_eq!((&json["rss_growth_mb"], &json["sizes"][0]["wall_us"]), (&(-10).into(), &100.0.into()));
        assert_eq!(json["sizes"][2]["checks"]["pledges"], 2);
        let alone = GrowthFigures::of(vec![size(100, 90.0, 50)]);
        assert!(alone.wall_ratio.is_none() && alone.rss_growth_mb.is_none());
    }

    #[test]
    fn every_line_says_its_figure_and_what_is_missing_says_so() {
        let sizes = || vec![size(1, 1.0, 1), size(2, 2.0, 2)];
        let report = || BenchReport { shared: shared("growth"), own: GrowthFigures::of(sizes()) };
        assert_renders(4, |words| table(&report(), words));
    }
}
