//! `ikrar bench event`: whole journeys over TLS.

use super::{assert_sound, command, leftovers, report, sound};
use crate::support::output;
use serde_json::Value;

const PEOPLE: u64 = 60;

fn assert_whole(report: &Value) {
    for step in ["connection", "page", "sign_in", "text", "pledge", "receipt", "certificate"] {
        let step = &report["steps"][step];
        let (middle, longest) = (step["p50_ms"].as_f64().unwrap(), step["max_ms"].as_f64().unwrap());
        assert!(middle > 0.0 && longest >= middle, "{report}");
    }
    // One in ten, and each of them is looked into.
    for name in ["certificates", "certificates_checked", "certificates_verified"] {
        assert_eq!(report[name], PEOPLE / 10, "{name}: {report}");
    }
    assert_eq!((&report["told_most"], &report["told_people"]), (&0.into(), &0.into()), "{report}");
    assert!(report["handshakes_per_s"].as_f64().is_some_and(|rate| rate > 0.0), "{report}");
}

#[test]
fn everybody_goes_the_whole_way_on_a_connection_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), "event");
    command.args(["--participants", "60", "--connections", "8", "--chart", "chart.svg"]);
    let ended = output(&mut command);
    let report = report(folder.path());
    assert_sound(&ended, &report, PEOPLE);
    assert_whole(&report);
    assert_eq!((&report["ramp_s"], &report["connections"]), (&0.0.into(), &8.into()));
    // Whoever came beyond the eighth waited for a turn, and that isn't part of the journey.
    let (waited, journey) = (report["waited_max_ms"].as_f64().unwrap(), report["max_ms"].as_f64().unwrap());
    assert!(waited > 0.0 && waited + journey >= report["wall_s"].as_f64().unwrap() * 500.0, "{report}");
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(said.contains("at most 8 are connected at once"), "{said}");
    let chart = std::fs::read_to_string(folder.path().join("chart.svg")).unwrap();
    assert!(chart.starts_with("<svg") && chart.trim_end().ends_with("</svg>"), "{chart}");
    assert_eq!(leftovers(folder.path()), Vec::<String>::new());
}

#[test]
fn everybody_may_leave_at_the_end() {
    let report = sound("event", &["--participants", "40", "--connections", "8", "--leave"], 40);
    assert_eq!(report["leave"], true, "{report}");
    assert!(report["steps"]["leave"]["p50_ms"].as_f64().unwrap() > 0.0, "{report}");
}

#[test]
fn people_come_over_the_time_that_is_given() {
    let report = sound("event", &["--participants", "20", "--connections", "20", "--ramp", "2s"], 20);
    assert_eq!(report["ramp_s"], 2.0);
    // The last of twenty comes after nineteen parts of twenty.
    assert!(report["wall_s"].as_f64().unwrap() >= 1.9, "{report}");
}

#[test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
fn an_event_on_two_nodes_of_one_postgres() {
    let arguments = ["--participants", "60", "--connections", "8", "--database", "postgres", "--nodes", "2"];
    let report = sound("event", &arguments, PEOPLE);
    assert_whole(&report);
    assert_eq!((&report["nodes"], &report["fsyncs"]), (&2.into(), &report["batches"]));
}
