//! What a burst tells besides the names that every scenario has.

use crate::bench::figures::report::Basics;
use crate::bench::figures::report::Each;
use crate::bench::figures::statistics::{median, millis, rounded};
use crate::bench::scenarios::rounds::Run;
use serde::Serialize;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub struct Signing {
    pub rounds: usize,
    /// Opening all sessions over HTTP, before the clock of the signing starts.
    pub sign_in_s: f64,
    /// One person alone on the idle server: the median of those who signed one after another before the crowd.
    pub alone_ms: Option<f64>,
    pub batches: u64,
    /// For each of the crowd's signings.
    #[serde(flatten)]
    pub each: Each,
    /// Signings by the ceiling, medians over the rounds.
    pub of_echo: Option<f64>,
    pub of_no_store: Option<f64>,
    pub of_pgbench: Option<f64>,
}

impl Signing {
    /// Fills the ceilings in among the basics.
    pub fn of(run: &Run, sign_in: Duration, batches: u64, basics: &mut Basics) -> Self {
        let share = |share: Option<f64>| share.map(|share| rounded(share, 1_000.0));
        basics.echo_per_s = run.ceiling(|round| round.echo).map(f64::round);
        basics.no_store_per_s = run.ceiling(|round| round.no_store).map(f64::round);
        basics.pgbench_per_s = run.ceiling(|round| round.pgbench).map(f64::round);
        Self {
            rounds: run.rounds.len(),
            sign_in_s: rounded(sign_in.as_secs_f64(), 1_000.0),
            alone_ms: median(run.alone.iter().map(|answer| millis(answer.took))).map(|ms| rounded(ms, 100.0)),
            batches,
            each: run.spent.each(run.answers.len()),
            of_echo: share(run.share_of(|round| round.echo)),
            of_no_store: share(run.share_of(|round| round.no_store)),
            of_pgbench: share(run.share_of(|round| round.pgbench)),
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::bench::figures::report::Report;
    use crate::bench::figures::report::tests::basics;
    use crate::bench::load::closed_loop::Answered;
    use crate::bench::scenarios::rounds::Round;

    pub fn sample() -> Report<Signing> {
        let answer = |ms| Answered { body: vec![], at: Duration::ZERO, took: Duration::from_millis(ms) };
        let round =
            Round { signings: 20.0, echo: Some(80.0), no_store: Some(25.0), pgbench: None, until: Duration::ZERO };
        let alone = [1, 9, 3].map(answer).into();
        let run = Run { rounds: vec![round], alone, answers: vec![answer(50), answer(100)], ..Run::default() };
        let mut basics = basics("burst");
        let own = Signing::of(&run, Duration::from_secs(1), 1, &mut basics);
        Report { basics, own }
    }

    #[test]
    fn shares_and_the_time_of_one_alone_stand_beside_the_ceilings() {
        let json = serde_json::to_value(sample()).unwrap();
        assert_eq!((&json["of_echo"], &json["of_no_store"]), (&0.25.into(), &0.8.into()));
        assert_eq!((&json["echo_per_s"], &json["alone_ms"]), (&80.0.into(), &3.0.into()));
        assert_eq!((&json["server_cpu_us"], &json["sign_in_s"]), (&0.0.into(), &1.0.into()));
        for missing in ["pgbench_per_s", "of_pgbench"] {
            assert!(json.as_object().unwrap().contains_key(missing) && json[missing].is_null(), "{missing}");
        }
    }
}
