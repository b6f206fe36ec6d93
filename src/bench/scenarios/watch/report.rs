//! What a watched burst tells besides the names that every scenario has.

use crate::bench::figures::number_format::decimal;
use crate::bench::figures::report::Report;
use crate::bench::figures::statistics::{median, rounded};
use crate::bench::figures::table::{Table, database};
use crate::i18n::Words;
use serde::Serialize;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub struct Watched {
    pub watchers: u32,
    pub rounds: usize,
    /// Medians over the rounds. The signings of `signings_per_s` and the latencies are those with watchers.
    pub alone_per_s: Option<f64>,
    pub watched_per_s: Option<f64>,
    /// How much slower signing is with watchers than without, in percent: the median over the rounds.
    pub cost_percent: Option<f64>,
    /// What a server's memory grew by for each watcher, in KB (1,000 bytes): the largest of three measurements.
    pub watcher_kb: Option<f64>,
    /// Events received by all watchers while people signed.
    pub events: u64,
    /// The longest that any watcher heard nothing while people signed, and until it knew the last number.
    pub longest_silence_s: f64,
    /// Watchers, in the round where they were the fewest, that were told the last number.
    pub caught_up: usize,
}

/// One round: the same number of signings without and with watchers, per second.
pub struct Pair {
    pub alone: f64,
    pub watched: f64,
}

/// What the audiences of all rounds heard together.
#[derive(Default)]
pub struct Heard {
    pub events: u64,
    pub longest_silence: Duration,
    pub caught_up: Option<usize>,
}

impl Watched {
    pub fn of(watchers: u32, pairs: &[Pair], heard: &Heard, watcher_bytes: Option<f64>) -> Self {
        let shares = pairs.iter().map(|pair| pair.watched / pair.alone);
        Self {
            watchers,
            rounds: pairs.len(),
            alone_per_s: median(pairs.iter().map(|pair| pair.alone)).map(f64::round),
            watched_per_s: median(pairs.iter().map(|pair| pair.watched)).map(f64::round),
            cost_percent: median(shares).map(|share| rounded(100.0 * (1.0 - share), 10.0)),
            watcher_kb: watcher_bytes.map(|bytes| rounded(bytes / 1_000.0, 10.0)),
            events: heard.events,
            longest_silence_s: rounded(heard.longest_silence.as_secs_f64(), 1_000.0),
            caught_up: heard.caught_up.unwrap_or_default(),
        }
    }
}

pub fn table(report: &Report<Watched>, words: Words) -> String {
    let Report { basics, own } = report;
    let mut table = Table::new(words);
    let (alone, watched) =
        (own.alone_per_s.map(|rate| table.rate(rate)), own.watched_per_s.map(|rate| table.rate(rate)));
    table.known("bench-unwatched", alone, "");
    table.known("bench-watched", watched, "");
    let cost = own.cost_percent.map(|cost| table.percent(cost));
    table.known("bench-watch-cost", cost, words.t("bench-watch-cost-of"));
    let (middle, slow) = (table.ms(basics.p50_ms), table.slow(basics.p99_ms, basics.max_ms));
    table.row("bench-one-signing", middle, slow);
    let each = own.watcher_kb.map(|kb| format!("{} KB", decimal(kb, 1, words)));
    table.known("bench-watcher-memory", each, words.t("bench-watcher-memory-of"));
    let heard = words
        .with("bench-caught-up", &[("heard", &words.number(own.caught_up)), ("watchers", &words.number(own.watchers))]);
    table.row("bench-events", words.number(own.events), heard);
    let silence = table.seconds(own.longest_silence_s);
    table.row("bench-silence", silence, "");
    table.memory(basics);
    table.retries(basics);
    table.checks(&basics.checks);
    let heading = words.with(
        "bench-watch-heading",
        &[
            ("database", database(basics.database)),
            ("nodes", &words.number(basics.nodes)),
            ("people", &words.number(basics.participants)),
            ("watchers", &words.number(own.watchers)),
            ("rounds", &words.number(own.rounds)),
        ],
    );
    table.end(&heading, basics)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figures::report::tests::basics;
    use crate::bench::figures::table::tests::assert_worded;

    fn sample() -> Report<Watched> {
        let pairs = [(100.0, 90.0), (200.0, 100.0), (100.0, 95.0)].map(|(alone, watched)| Pair { alone, watched });
        let heard = Heard { events: 30, longest_silence: Duration::from_millis(1_100), caught_up: Some(10) };
        Report { basics: basics("watch"), own: Watched::of(10, &pairs, &heard, Some(20_480.0)) }
    }

    #[test]
    fn the_cost_is_the_median_of_each_rounds_own() {
        let json = serde_json::to_value(sample()).unwrap();
        assert_eq!((&json["cost_percent"], &json["alone_per_s"]), (&10.0.into(), &100.0.into()));
        assert_eq!((&json["watcher_kb"], &json["longest_silence_s"]), (&20.5.into(), &1.1.into()));
        assert_eq!((&json["events"], &json["caught_up"], &json["watchers"]), (&30.into(), &10.into(), &10.into()));
    }

    #[test]
    fn every_line_says_its_figure_and_what_is_missing_says_so() {
        assert_worded(1, |words| table(&sample(), words));
    }
}
