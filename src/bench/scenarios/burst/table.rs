//! The table of a burst.

use super::report::BurstFigures;
use crate::bench::figures::report::BenchReport;
use crate::bench::figures::table::{FigureTable, database_name};
use crate::i18n::Localizer;

pub fn table(report: &BenchReport<BurstFigures>, words: Localizer) -> String {
    let BenchReport { shared, own } = report;
    let mut table = FigureTable::new(words);
    let rate = shared.signings_per_s.map(|rate| table.rate(rate));
    let wall = table.seconds(shared.wall_s);
    table.optional_row("bench-signing", rate, wall);
    for (label, ceiling, share) in [
        ("bench-echo", shared.echo_per_s, own.of_echo),
        ("bench-no-store", shared.no_store_per_s, own.of_no_store),
        ("bench-pgbench", shared.pgbench_per_s, own.of_pgbench),
    ] {
        let share = share.map(|share| words.with("bench-share", &[("share", &words.decimal(share, 2))]));
        let ceiling = ceiling.map(|ceiling| table.rate(ceiling));
        table.optional_row(label, ceiling, share.unwrap_or_default());
    }
    let (middle, slow) = (table.ms(shared.p50_ms), table.p99_and_max(shared.p99_ms, shared.max_ms));
    table.row("bench-one-signing", middle, slow);
    let alone = own.alone_ms.map(|ms| table.ms(ms));
    table.optional_row("bench-alone", alone, words.t("bench-alone-before"));
    let sign_in = table.seconds(own.sign_in_s);
    table.row("bench-sessions", sign_in, words.t("bench-sessions-before"));
    if own.changes.changed_people > 0 {
        let changes = &own.changes;
        let asked = words.number(changes.changed_people);
        let p95 = changes.changes_p95_ms.map_or_else(|| words.t("bench-not-measured"), |ms| table.ms(ms));
        let note = words.with(
            "bench-changes-of",
            &[("asked", &asked), ("in_time", &words.number(changes.changes_in_time)), ("p95", &p95)],
        );
        table.row("bench-changes", words.number(changes.changes_answered), note);
        let cost = own.changes_cost_percent.map(|cost| table.percent(cost));
        table.optional_row("bench-changes-cost", cost, words.t("bench-changes-cost-of"));
    }
    table.cpu_rows(&own.cpu, shared.database, "bench-cpu-each");
    table.memory_row(shared);
    table.fsync_row(shared, own.batches);
    table.retry_row(shared);
    table.check_rows(&shared.checks);
    let heading = words.with(
        "bench-heading",
        &[
            ("database", database_name(shared.database)),
            ("nodes", &words.number(shared.nodes)),
            ("people", &words.number(shared.participants)),
            ("connections", &words.number(shared.connections)),
            ("rounds", &words.number(own.rounds)),
        ],
    );
    table.render(&heading, shared)
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::{sample, with};
    use super::*;
    use crate::bench::figures::table::tests::assert_renders;
    use crate::bench::scenarios::roster_changes::RosterChangeFigures;
    use crate::i18n::Lang;

    #[test]
    fn every_line_says_its_figure_and_what_is_missing_says_so() {
        assert_renders(2, |words| table(&sample(), words));
        assert!(table(&sample(), Localizer(Lang::En)).contains("0.80"));
        let changes = RosterChangeFigures {
            changed_people: 9,
            changes_answered: 8,
            changes_in_time: 7,
            changes_p95_ms: Some(12.0),
            ..RosterChangeFigures::default()
        };
        assert_renders(3, |words| table(&with(Some(changes.clone())), words));
        assert!(
            table(&with(Some(changes)), Localizer(Lang::En))
                .contains("of 9 changes, 7 of them during the load; 95% within 12.0 ms")
        );
    }
}
