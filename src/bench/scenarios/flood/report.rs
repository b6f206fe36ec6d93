//! The figures of signing under floods beyond the shared ones.

use super::attack_kinds::AttackKind;
use super::attackers::AttackTally;
use super::probes::ProbeResult;
use crate::bench::figures::report::{BenchReport, percentile_ms};
use crate::bench::figures::statistics::{median, rounded};
use crate::bench::figures::table::{FigureTable, database_name};
use crate::i18n::Localizer;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub struct FloodFigures {
    /// Connections of each kind.
    pub attackers: usize,
    pub rounds: usize,
    /// 99th percentiles, medians over the rounds. The people under floods are not those without.
    pub quiet_p99_ms: Option<f64>,
    pub flooded_p99_ms: Option<f64>,
    /// The median over the rounds of each round's ratio.
    pub p99_ratio: Option<f64>,
    pub quiet_per_s: Option<f64>,
    pub flooded_per_s: Option<f64>,
    /// By the name of the kind.
    pub floods: BTreeMap<&'static str, AttackTally>,
    pub rotated: RotatedKeys,
    /// Probes during the floods: an organizer signing in, and a verifier checking a genuine credential.
    pub organizer: ProbeResult,
    pub verifier: ProbeResult,
}

/// Keys for credentials that were rotated during floods.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct RotatedKeys {
    pub keys: usize,
    /// Pledges signed with one of the new keys.
    pub signed: u64,
}

/// One half of a round: rate and latency.
pub struct HalfRound {
    pub per_s: f64,
    pub p99_ms: f64,
}

pub struct FloodRound {
    pub quiet: HalfRound,
    pub flooded: HalfRound,
}

impl HalfRound {
    pub fn of(per_s: f64, mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        Self { per_s, p99_ms: percentile_ms(&took, 99) }
    }
}

impl FloodFigures {
    pub fn of(
        attackers: usize,
        pairs: &[FloodRound],
        floods: &[(AttackKind, AttackTally)],
        probes: [ProbeResult; 2],
        rotated: RotatedKeys,
    ) -> Self {
        let middle =
            |of: fn(&FloodRound) -> f64, parts: f64| median(pairs.iter().map(of)).map(|value| rounded(value, parts));
        let [organizer, verifier] = probes;
        Self {
            attackers,
            rounds: pairs.len(),
            quiet_p99_ms: middle(|pair| pair.quiet.p99_ms, 100.0),
            flooded_p99_ms: middle(|pair| pair.flooded.p99_ms, 100.0),
            p99_ratio: middle(|pair| pair.flooded.p99_ms / pair.quiet.p99_ms, 100.0),
            quiet_per_s: middle(|pair| pair.quiet.per_s, 1.0),
            flooded_per_s: middle(|pair| pair.flooded.per_s, 1.0),
            floods: floods.iter().map(|(kind, tally)| (kind.name(), *tally)).collect(),
            rotated,
            organizer,
            verifier,
        }
    }

    /// Whether every probe succeeded and no request made the server fail.
    pub fn holds(&self) -> bool {
        let served = |probe: &ProbeResult| probe.served == probe.asked && probe.asked > 0;
        served(&self.organizer) && served(&self.verifier) && self.floods.values().all(|tally| tally.failed == 0)
    }
}

pub fn table(report: &BenchReport<FloodFigures>, words: Localizer) -> String {
    let BenchReport { shared, own } = report;
    let mut table = FigureTable::new(words);
    let rate = |table: &FigureTable, value: Option<f64>| value.map(|value| table.rate(value));
    let ms = |table: &FigureTable, value: Option<f64>| value.map(|value| table.ms(value));
    for (label, figure) in [
        ("bench-flood-quiet-rate", rate(&table, own.quiet_per_s)),
        ("bench-flood-flooded-rate", rate(&table, own.flooded_per_s)),
        ("bench-flood-quiet-p99", ms(&table, own.quiet_p99_ms)),
        ("bench-flood-flooded-p99", ms(&table, own.flooded_p99_ms)),
        ("bench-flood-ratio", own.p99_ratio.map(|ratio| words.decimal(ratio, 2))),
    ] {
        table.optional_row(label, figure, "");
    }
    for (label, probe) in [("bench-flood-organizer", &own.organizer), ("bench-flood-verifier", &own.verifier)] {
        let longest = table.seconds(probe.longest_s);
        let beside = words.with("bench-flood-served", &[("asked", &words.number(probe.asked)), ("longest", &longest)]);
        table.row(label, words.number(probe.served), beside);
    }
    let signed = words.with("bench-flood-rotated-signed", &[("signed", &words.number(own.rotated.signed))]);
    table.row("bench-flood-rotated", words.number(own.rotated.keys), signed);
    for (name, tally) in &own.floods {
        let beside = words.with(
            "bench-flood-turned-away",
            &[
                ("away", &words.number(tally.turned_away)),
                ("unanswered", &words.number(tally.unanswered)),
                ("failed", &words.number(tally.failed)),
            ],
        );
        table.labelled_row(
            words.t(&format!("bench-flood-{}", name.replace('_', "-"))),
            words.number(tally.answered),
            beside,
        );
    }
    table.memory_row(shared);
    table.retry_row(shared);
    table.check_rows(&shared.checks);
    let heading = words.with(
        "bench-flood-heading",
        &[
            ("database", database_name(shared.database)),
            ("nodes", &words.number(shared.nodes)),
            ("people", &words.number(shared.participants)),
            ("attackers", &words.number(own.attackers)),
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
    use crate::i18n::check_built_keys;

    fn sample(failed: usize, served: usize) -> BenchReport<FloodFigures> {
        let pair = |quiet, flooded| FloodRound {
            quiet: HalfRound { per_s: 100.0, p99_ms: quiet },
            flooded: HalfRound { per_s: 50.0, p99_ms: flooded },
        };
        let probe = ProbeResult { asked: 3, served, longest_s: 0.5, first_refusal: None };
        let floods = AttackKind::ALL.map(|kind| (kind, AttackTally { answered: 9, failed, ..AttackTally::default() }));
        let pairs = [pair(10.0, 15.0), pair(20.0, 60.0), pair(10.0, 12.0)];
        BenchReport {
            shared: shared("flood"),
            own: FloodFigures::of(4, &pairs, &floods, [probe.clone(), probe], RotatedKeys { keys: 3, signed: 40 }),
        }
    }

    #[test]
    fn the_ratio_is_the_median_of_each_rounds_own() {
        let json = serde_json::to_value(sample(0, 3)).unwrap();
        assert_eq!((&json["p99_ratio"], &json["quiet_p99_ms"]), (&1.5.into(), &10.0.into()));
        assert_eq!(json["floods"].as_object().unwrap().len(), 10);
    }

    #[test]
    fn a_failed_answer_or_somebody_kept_out_is_not_sound() {
        assert!(sample(0, 3).own.holds());
        assert!(!sample(1, 3).own.holds() && !sample(0, 2).own.holds());
    }

    #[test]
    fn every_line_says_its_figure() {
        assert_renders(1, |words| table(&sample(0, 3), words));
    }

    #[test]
    fn every_kind_of_flood_has_words() {
        check_built_keys("bench-flood-{}", AttackKind::ALL.map(|kind| kind.name().replace('_', "-")));
    }
}
