//! The figures of a burst beyond the shared ones.

use crate::bench::figures::report::CpuPerOperation;
use crate::bench::figures::report::SharedFigures;
use crate::bench::figures::statistics::{median, millis, rounded};
use crate::bench::scenarios::roster_changes::RosterChangeFigures;
use crate::bench::scenarios::rounds::SigningRun;
use serde::Serialize;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub struct BurstFigures {
    pub rounds: usize,
    /// Opening all sessions over HTTP, before the measurement.
    pub sign_in_s: f64,
    /// Median latency of signings one at a time on the idle server, before the load.
    pub alone_ms: Option<f64>,
    pub batches: u64,
    /// Per signing under load.
    #[serde(flatten)]
    pub cpu: CpuPerOperation,
    /// The rate divided by each ceiling, medians over the rounds.
    pub of_echo: Option<f64>,
    pub of_no_store: Option<f64>,
    pub of_pgbench: Option<f64>,
    /// How much slower the rounds with changes were than those beside them, in per cent: the median over the pairs.
    pub changes_cost_percent: Option<f64>,
    #[serde(flatten)]
    pub changes: RosterChangeFigures,
}

impl BurstFigures {
    /// Also sets the ceilings in the shared figures. A run whose changes don't hold isn't sound.
    pub fn of(
        run: &SigningRun,
        sign_in: Duration,
        batches: u64,
        changes: Option<RosterChangeFigures>,
        shared: &mut SharedFigures,
    ) -> Self {
        let changes = changes.unwrap_or(RosterChangeFigures { changes_sound: true, ..RosterChangeFigures::default() });
        shared.sound &= changes.changes_sound;
        shared.first_error = shared.first_error.take().or(changes.changes_first_refusal.clone());
        let share = |share: Option<f64>| share.map(|share| rounded(share, 1_000.0));
        shared.echo_per_s = run.ceiling(|round| round.echo).map(f64::round);
        shared.no_store_per_s = run.ceiling(|round| round.no_store).map(f64::round);
        shared.pgbench_per_s = run.ceiling(|round| round.pgbench).map(f64::round);
        Self {
            rounds: run.rounds.len(),
            sign_in_s: rounded(sign_in.as_secs_f64(), 1_000.0),
            alone_ms: median(run.unloaded.iter().map(|answer| millis(answer.took))).map(|ms| rounded(ms, 100.0)),
            batches,
            cpu: run.cpu.per_operation(run.answers.len()),
            of_echo: share(run.share_of(|round| round.echo)),
            of_no_store: share(run.share_of(|round| round.no_store)),
            of_pgbench: share(run.share_of(|round| round.pgbench)),
            changes_cost_percent: run.cost_of_changes().map(|cost| rounded(100.0 * cost, 10.0)),
            changes,
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::bench::figures::report::BenchReport;
    use crate::bench::figures::report::tests::shared;
    use crate::bench::load::client_pool::CompletedRequest;
    use crate::bench::scenarios::rounds::RoundRates;

    pub fn sample() -> BenchReport<BurstFigures> {
        with(None)
    }

    pub fn with(changes: Option<RosterChangeFigures>) -> BenchReport<BurstFigures> {
        let answer =
            |ms| CompletedRequest { person: 0, body: vec![], at: Duration::ZERO, took: Duration::from_millis(ms) };
        let round = RoundRates {
            signings: 20.0,
            echo: Some(80.0),
            no_store: Some(25.0),
            pgbench: None,
            until: Duration::ZERO,
            with_changes: false,
        };
        let unloaded = [1, 9, 3].map(answer).into();
        let run = SigningRun {
            rounds: vec![round],
            unloaded,
            answers: vec![answer(50), answer(100)],
            ..SigningRun::default()
        };
        let mut shared = shared("burst");
        let own = BurstFigures::of(&run, Duration::from_secs(1), 1, changes, &mut shared);
        BenchReport { shared, own }
    }

    #[test]
    fn shares_and_the_time_of_one_alone_stand_beside_the_ceilings() {
        let json = serde_json::to_value(sample()).unwrap();
        assert_eq!((&json["of_echo"], &json["of_no_store"]), (&0.25.into(), &0.8.into()));
        assert_eq!((&json["echo_per_s"], &json["alone_ms"]), (&80.0.into(), &3.0.into()));
        assert_eq!((&json["server_cpu_us"], &json["sign_in_s"]), (&0.0.into(), &1.0.into()));
        assert_eq!(
            (&json["changed_people"], &json["changes_answered"], &json["sound"]),
            (&0.into(), &0.into(), &true.into())
        );
        for missing in ["pgbench_per_s", "of_pgbench", "changes_p95_ms", "changes_cost_percent"] {
            assert!(json.as_object().unwrap().contains_key(missing) && json[missing].is_null(), "{missing}");
        }
    }
    #[test]
    fn a_run_whose_changes_do_not_hold_is_not_sound() {
        let changes = |changes_sound| RosterChangeFigures {
            changed_people: 3,
            changes_answered: 2,
            changes_first_refusal: Some("refused".into()),
            changes_sound,
            ..RosterChangeFigures::default()
        };
        assert!(with(Some(changes(true))).shared.sound);
        let report = with(Some(changes(false)));
        assert_eq!((report.shared.sound, report.shared.first_error.as_deref()), (false, Some("refused")));
    }
}
