//! `ikrar bench` as a process: what it reports and checks, never how fast it was.

mod burst;
mod event;
mod scenarios;

use crate::support::output;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const PEOPLE: u64 = 300;

/// A run in this folder; the report goes into `report.json`.
fn command(folder: &Path, scenario: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ikrar"));
    command.args(["bench", scenario, "--json", "report.json"]);
    surroundings(&mut command, folder);
    command
}

fn surroundings(command: &mut Command, folder: &Path) {
    command.env("LC_ALL", "en").env_remove("IKRAR_DATABASE_URL").env_remove("IKRAR_DATA").current_dir(folder);
    // Its temporary folders are made here, where they can be looked for.
    command.env("TMPDIR", folder).stdin(Stdio::null());
}

fn report(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("report.json")).unwrap()).unwrap()
}

/// Runs it to its end: so many signed, and it left nothing behind. Answers the report.
fn sound(scenario: &str, arguments: &[&str], people: u64) -> Value {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    // A throw-away PostgreSQL runs as another user where this runs as root.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let ended = output(command(folder.path(), scenario).args(arguments));
    let report = report(folder.path());
    assert_sound(&ended, &report, people);
    assert_eq!(report["scenario"], scenario);
    assert_eq!(leftovers(folder.path()), Vec::<String>::new());
    report
}

/// Everybody is found everywhere, once; and the names that every scenario has are there.
fn assert_sound(ended: &Output, report: &Value, people: u64) {
    let said = String::from_utf8_lossy(&[ended.stdout.as_slice(), &ended.stderr].concat()).into_owned();
    assert!(ended.status.success() && said.contains("Sound"), "{said}");
    assert_eq!((&report["participants"], &report["sound"]), (&people.into(), &true.into()), "{report}");
    for found in ["receipts_verified", "pledges", "leaves", "counted"] {
        assert_eq!(report["checks"][found], people, "{found}: {report}");
    }
    assert_eq!((&report["checks"]["duplicates"], &report["errors"]), (&0.into(), &0.into()), "{report}");
    for measured in ["wall_s", "p50_ms", "p99_ms", "max_ms"] {
        assert!(report[measured].as_f64().is_some_and(|value| value > 0.0), "{measured}: {report}");
    }
    let names = report.as_object().unwrap();
    for name in ["signings_per_s", "rss_mb", "fsyncs", "echo_per_s", "no_store_per_s", "pgbench_per_s", "retries"] {
        assert!(names.contains_key(name), "{name}: {report}");
    }
}

fn leftovers(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("ikrar-bench-")).collect()
}
