//! The report as a person reads it on a terminal.

use super::figures::{decimal, whole};
use super::report::Report;
use super::stage::Engine;
use crate::i18n::Words;

/// What it is, its figure, and what stands beside it.
type Row = [String; 3];

pub(super) fn table(report: &Report, words: Words) -> String {
    let rows = [speed(report, words), costs(report, words), recount(report, words)].concat();
    format!("\n{}\n\n{}\n{}\n", heading(report, words), aligned(&rows), verdict(report, words))
}

fn heading(report: &Report, words: Words) -> String {
    let database = match report.database {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    words.with(
        "bench-heading",
        &[
            ("database", database),
            ("nodes", &words.number(report.nodes)),
            ("people", &words.number(report.participants)),
            ("connections", &words.number(report.connections)),
            ("rounds", &words.number(report.rounds)),
        ],
    )
}

fn speed(report: &Report, words: Words) -> Vec<Row> {
    let seconds = |value: f64| format!("{} s", decimal(value, 1, words));
    let ms = |value: f64| format!("{} ms", decimal(value, 1, words));
    let rate = |value: f64| words.with("bench-per-second", &[("rate", &whole(value, words))]);
    let ceiling = |label: String, most: Option<f64>, share: Option<f64>| match (most, share) {
        (Some(most), Some(share)) => {
            [label, rate(most), words.with("bench-share", &[("share", &decimal(share, 2, words))])]
        }
        _ => [label, words.t("bench-not-measured"), String::new()],
    };
    vec![
        [words.t("bench-signing"), rate(report.signings_per_s), seconds(report.wall_s)],
        ceiling(words.t("bench-echo"), report.echo_per_s, report.of_echo),
        ceiling(words.t("bench-no-store"), report.no_store_per_s, report.of_no_store),
        ceiling(words.t("bench-pgbench"), report.pgbench_per_s, report.of_pgbench),
        [
            words.t("bench-one-signing"),
            ms(report.p50_ms),
            words.with("bench-slow", &[("p99", &ms(report.p99_ms)), ("longest", &ms(report.max_ms))]),
        ],
        [words.t("bench-sessions"), seconds(report.sign_in_s), words.t("bench-sessions-before")],
    ]
}

fn costs(report: &Report, words: Words) -> Vec<Row> {
    let missing = || words.t("bench-not-measured");
    let micros = |value: Option<f64>| value.map_or_else(missing, |value| format!("{} µs", decimal(value, 1, words)));
    let each = words.t("bench-cpu-each");
    let mut rows = vec![
        [words.t("bench-server-cpu"), micros(report.server_cpu_us), each.clone()],
        [words.t("bench-client-cpu"), micros(report.client_cpu_us), each.clone()],
    ];
    if report.database == Engine::Postgres {
        rows.push([words.t("bench-database-cpu"), micros(report.database_cpu_us), each]);
    }
    let memory = report.rss_mb.map_or_else(missing, |mib| format!("{} MiB", words.number(mib)));
    rows.push([words.t("bench-memory"), memory, String::new()]);
    let fsyncs = report.fsyncs.map_or_else(missing, |fsyncs| words.number(fsyncs));
    let batches = words.with("bench-batches", &[("batches", &words.number(report.batches))]);
    rows.push([words.t("bench-fsyncs"), fsyncs, batches]);
    let errors = words.with("bench-errors", &[("errors", &words.number(report.errors))]);
    rows.push([words.t("bench-retries"), words.number(report.retries), errors]);
    rows
}

fn recount(report: &Report, words: Words) -> Vec<Row> {
    let checks = &report.checks;
    [
        ("bench-receipts", checks.receipts_verified),
        ("bench-pledges", checks.pledges),
        ("bench-leaves", checks.leaves),
        ("bench-counted", checks.counted),
        ("bench-duplicates", checks.duplicates),
    ]
    .map(|(key, found)| [words.t(key), words.number(found), String::new()])
    .into()
}

fn verdict(report: &Report, words: Words) -> String {
    if report.sound {
        return words.with("bench-sound", &[("people", &words.number(report.participants))]);
    }
    let error = report.first_error.as_deref().unwrap_or_default();
    format!("{} {error}", words.t("bench-unsound")).trim_end().to_owned()
}

/// Labels to the left, figures to the right, one column each.
fn aligned(rows: &[Row]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let (label, figure) = (width(0), width(1));
    let lines = rows.iter().map(|[name, value, beside]| {
        format!("  {name:<label$}  {value:>figure$}  {beside}").trim_end().to_owned() + "\n"
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::bench::report::tests::sample;
    use crate::i18n::Lang;

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [["a", "1 ms", "x"], ["bcd", "1.000 ms", ""]].map(|row| row.map(String::from));
        assert_eq!(aligned(&rows), "  a        1 ms  x\n  bcd  1.000 ms\n");
    }

    #[test]
    fn every_line_says_its_figure_and_what_is_missing_says_so() {
        for lang in [Lang::Id, Lang::En] {
            let words = Words(lang);
            let shown = table(&sample(), words);
            assert!(!shown.contains("bench-"), "a word is missing: {shown}");
            assert_eq!(shown.matches(&words.t("bench-not-measured")).count(), 3, "{shown}");
            assert!(shown.contains(&decimal(0.8, 2, words)), "{shown}");
        }
    }

    #[test]
    fn an_unsound_run_says_what_went_wrong_first() {
        let mut report = sample();
        report.sound = false;
        report.first_error = Some("status 500".into());
        assert!(table(&report, Words(Lang::En)).trim_end().ends_with("status 500"));
    }
}
