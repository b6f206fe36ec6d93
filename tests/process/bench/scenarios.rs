//! `ikrar bench watch`, `flood`, `verify` and `growth`.

use super::sound;
use crate::support::output;
use serde_json::Value;

fn assert_watched(report: &Value, rounds: u64) {
    assert_eq!((&report["watchers"], &report["caught_up"]), (&40.into(), &40.into()), "{report}");
    assert_eq!(report["rounds"], rounds);
    // Each watcher is told the last number of each round at the least.
    assert!(report["events"].as_u64().unwrap() >= 40 * rounds, "{report}");
    assert!(report["longest_silence_s"].as_f64().is_some_and(|silence| silence > 0.0), "{report}");
    for name in ["alone_per_s", "watched_per_s"] {
        assert!(report[name].as_f64().is_some_and(|rate| rate > 0.0), "{name}: {report}");
    }
    assert!(report["cost_percent"].as_f64().is_some_and(|cost| cost < 100.0), "{report}");
}

#[test]
fn everybody_who_watches_is_told_the_last_number_of_each_round() {
    let arguments = ["--participants", "120", "--watchers", "40", "--connections", "10", "--rounds", "2"];
    let report = sound("watch", &arguments, 120);
    assert_watched(&report, 2);
    assert!(report["watcher_kb"].is_number(), "{report}");
}

#[test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
fn watchers_of_two_nodes_on_one_postgres_hear_the_same() {
    let arguments = ["--participants", "120", "--watchers", "40", "--connections", "10", "--rounds", "1"];
    let report = sound("watch", &[&arguments[..], &["--database", "postgres", "--nodes", "2"]].concat(), 120);
    assert_watched(&report, 1);
}

#[test]
fn every_credential_is_found_valid_both_ways_and_a_changed_one_is_not() {
    let report = sound("verify", &["--participants", "150", "--connections", "8"], 150);
    assert_eq!((&report["http_valid"], &report["offline_valid"]), (&150.into(), &150.into()), "{report}");
    assert_eq!((&report["altered"], &report["altered_refused"]), (&100.into(), &100.into()), "{report}");
    for name in ["http_per_s", "offline_per_s", "offline_s"] {
        assert!(report[name].as_f64().is_some_and(|value| value > 0.0), "{name}: {report}");
    }
    // Signing isn't what is measured here.
    assert!(report["signings_per_s"].is_null() && report["fsyncs"].is_null(), "{report}");
}

#[test]
fn growth_measures_a_tenth_the_whole_and_ten_times_as_many() {
    let report = sound("growth", &["--participants", "30", "--connections", "10"], 300);
    let sizes = report["sizes"].as_array().unwrap();
    assert_eq!(sizes.len(), 3);
    for (size, people) in sizes.iter().zip([3, 30, 300]) {
        assert_eq!((&size["participants"], &size["checks"]["leaves"]), (&people.into(), &people.into()), "{size}");
        assert!(size["wall_us"].as_f64().is_some_and(|cost| cost > 0.0) && size["sound"] == true, "{size}");
        assert!(size["of_echo"].as_f64().is_some_and(|share| share > 0.0), "{size}");
    }
    assert!(report["wall_ratio"].as_f64().is_some_and(|ratio| ratio > 0.0), "{report}");
    assert!(report.as_object().unwrap().contains_key("rss_growth_mb"), "{report}");
}

#[test]
fn what_is_too_much_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    for (scenario, arguments, said) in [
        ("watch", ["--watchers", "20001"], "20,000"),
        ("event", ["--ramp", "2h"], "at most 1h"),
        ("growth", ["--participants", "9"], "9 is not in"),
    ] {
        let ended = output(super::command(folder.path(), scenario).args(arguments));
        let told = String::from_utf8(ended.stderr).unwrap();
        assert!(!ended.status.success() && told.contains(said), "{scenario}: {told}");
        assert!(!folder.path().join("report.json").exists());
    }
}

#[test]
fn floods_keep_nobody_out_and_make_nothing_fail() {
    let arguments = ["--participants", "400", "--connections", "10", "--attackers", "2", "--rounds", "2"];
    let report = sound("flood", &arguments, 400);
    assert_eq!((&report["attackers"], &report["rounds"]), (&2.into(), &2.into()), "{report}");
    let floods = report["floods"].as_object().unwrap();
    assert_eq!(floods.len(), 10, "{report}");
    assert!(floods.values().all(|tally| tally["failed"] == 0), "{report}");
    for errand in ["organizer", "verifier"] {
        assert!(report[errand]["asked"].as_u64().is_some_and(|asked| asked > 0), "{report}");
        assert_eq!(report[errand]["served"], report[errand]["asked"], "{report}");
    }
    assert!(report["p99_ratio"].as_f64().is_some_and(|ratio| ratio > 0.0), "{report}");
}
