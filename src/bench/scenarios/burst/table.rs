//! The table of a burst.

use super::report::Signing;
use crate::bench::figures::number_format::decimal;
use crate::bench::figures::report::Report;
use crate::bench::figures::table::{Table, database};
use crate::i18n::Words;

pub fn table(report: &Report<Signing>, words: Words) -> String {
    let Report { basics, own } = report;
    let mut table = Table::new(words);
    let rate = basics.signings_per_s.map(|rate| table.rate(rate));
    let wall = table.seconds(basics.wall_s);
    table.known("bench-signing", rate, wall);
    for (label, most, share) in [
        ("bench-echo", basics.echo_per_s, own.of_echo),
        ("bench-no-store", basics.no_store_per_s, own.of_no_store),
        ("bench-pgbench", basics.pgbench_per_s, own.of_pgbench),
    ] {
        let share = share.map(|share| words.with("bench-share", &[("share", &decimal(share, 2, words))]));
        let most = most.map(|most| table.rate(most));
        table.known(label, most, share.unwrap_or_default());
    }
    let (middle, slow) = (table.ms(basics.p50_ms), table.slow(basics.p99_ms, basics.max_ms));
    table.row("bench-one-signing", middle, slow);
    let alone = own.alone_ms.map(|ms| table.ms(ms));
    table.known("bench-alone", alone, words.t("bench-alone-before"));
    let sign_in = table.seconds(own.sign_in_s);
    table.row("bench-sessions", sign_in, words.t("bench-sessions-before"));
    table.processor(&own.each, basics.database, "bench-cpu-each");
    table.memory(basics);
    table.fsyncs(basics, own.batches);
    table.retries(basics);
    table.checks(&basics.checks);
    let heading = words.with(
        "bench-heading",
        &[
            ("database", database(basics.database)),
            ("nodes", &words.number(basics.nodes)),
            ("people", &words.number(basics.participants)),
            ("connections", &words.number(basics.connections)),
            ("rounds", &words.number(own.rounds)),
        ],
    );
    table.end(&heading, basics)
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::sample;
    use super::*;
    use crate::bench::figures::table::tests::assert_worded;
    use crate::i18n::Lang;

    #[test]
    fn every_line_says_its_figure_and_what_is_missing_says_so() {
        assert_worded(2, |words| table(&sample(), words));
        assert!(table(&sample(), Words(Lang::En)).contains("0.80"));
    }
}
