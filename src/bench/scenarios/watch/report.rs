//! The figures of watched signing beyond the shared ones.

use crate::bench::figures::report::BenchReport;
use crate::bench::figures::statistics::{median, rounded};
use crate::bench::figures::table::{FigureTable, database_name};
use crate::i18n::Localizer;
use serde::Serialize;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub struct WatchFigures {
    pub watchers: u32,
    pub rounds: usize,
    /// Medians over the rounds. The signings of `signings_per_s` and the latencies are those with watchers.
    pub alone_per_s: Option<f64>,
    pub watched_per_s: Option<f64>,
    /// How much slower signing is with watchers, in percent: the median over the rounds.
    pub cost_percent: Option<f64>,
    /// Server memory per watcher, in KB (1,000 bytes): the largest of three measurements.
    pub watcher_kb: Option<f64>,
    /// Events received by all watchers during the signings.
    pub events: u64,
    /// The longest gap between two events of any watcher, until it received the final number.
    pub longest_silence_s: f64,
    /// Watchers that received the final number, in the round with the fewest.
    pub caught_up: usize,
}

/// One round: the same number of signings without and with watchers, per second.
pub struct WatchRound {
    pub alone: f64,
    pub watched: f64,
}

/// What the watchers of all rounds received.
#[derive(Default)]
pub struct EventsReceived {
    pub events: u64,
    pub longest_gap: Duration,
    pub caught_up: Option<usize>,
}

impl WatchFigures {
    pub fn of(watchers: u32, pairs: &[WatchRound], received: &EventsReceived, watcher_bytes: Option<f64>) -> Self {
        let shares = pairs.iter().map(|pair| pair.watched / pair.alone);
        Self {
            watchers,
            rounds: pairs.len(),
            alone_per_s: median(pairs.iter().map(|pair| pair.alone)).map(f64::round),
            watched_per_s: median(pairs.iter().map(|pair| pair.watched)).map(f64::round),
            cost_percent: median(shares).map(|share| rounded(100.0 * (1.0 - share), 10.0)),
            watcher_kb: watcher_bytes.map(|bytes| rounded(bytes / 1_000.0, 10.0)),
            events: received.events,
            longest_silence_s: rounded(received.longest_gap.as_secs_f64(), 1_000.0),
            caught_up: received.caught_up.unwrap_or_default(),
        }
    }
}

pub fn table(report: &BenchReport<WatchFigures>, words: Localizer) -> String {
    let BenchReport { shared, own } = report;
    let mut table = FigureTable::new(words);
    let (alone, watched) =
        (own.alone_per_s.map(|rate| table.rate(rate)), own.watched_per_s.map(|rate| table.rate(rate)));
    table.optional_row("bench-unwatched", alone, "");
    table.optional_row("bench-watched", watched, "");
    let cost = own.cost_percent.map(|cost| table.percent(cost));
    table.optional_row("bench-watch-cost", cost, words.t("bench-watch-cost-of"));
    let (middle, slow) = (table.ms(shared.p50_ms), table.p99_and_max(shared.p99_ms, shared.max_ms));
    table.row("bench-one-signing", middle, slow);
    let each = own.watcher_kb.map(|kb| format!("{} KB", words.decimal(kb, 1)));
    table.optional_row("bench-watcher-memory", each, words.t("bench-watcher-memory-of"));
    let received = words
        .with("bench-caught-up", &[("heard", &words.number(own.caught_up)), ("watchers", &words.number(own.watchers))]);
    table.row("bench-events", words.number(own.events), received);
    let silence = table.seconds(own.longest_silence_s);
    table.row("bench-silence", silence, "");
    table.memory_row(shared);
    table.retry_row(shared);
    table.check_rows(&shared.checks);
    let heading = words.with(
        "bench-watch-heading",
        &[
            ("database", database_name(shared.database)),
            ("nodes", &words.number(shared.nodes)),
            ("people", &words.number(shared.participants)),
            ("watchers", &words.number(own.watchers)),
            ("rounds", &words.number(own.rounds)),
        ],
    );
    table.render(&heading, shared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figures::report::tests::shared;
    use crate::bench::figures::table::tests::assert_renders;

    fn sample() -> BenchReport<WatchFigures> {
        let pairs =
            [(100.0, 90.0), (200.0, 100.0), (100.0, 95.0)].map(|(alone, watched)| WatchRound { alone, watched });
        let received = EventsReceived { events: 30, longest_gap: Duration::from_millis(1_100), caught_up: Some(10) };
        BenchReport { shared: shared("watch"), own: WatchFigures::of(10, &pairs, &received, Some(20_480.0)) }
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
        assert_renders(1, |words| table(&sample(), words));
    }
}
