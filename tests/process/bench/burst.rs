//! `ikrar bench burst` as an organizer rehearses with it: the report, the picture, and nothing left behind.

use super::{PEOPLE, assert_sound, command, leftovers, report};
use crate::postgres_server::PostgresServer;
use crate::support::output;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long servers may take to come, and to go after the program was killed, on a machine with much else to do.
const GONE_TRIES: usize = 600;

fn bench(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = command(folder, "burst");
    command.args(["--connections", "20", "--chart", "chart.svg"]).args(arguments);
    command
}

/// As a shell with these limits of open files would start it.
fn under(limits: &str, folder: &Path, arguments: &[&str]) -> Command {
    let bench = command(folder, "burst");
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{limits}; exec \"$0\" \"$@\"")]).arg(bench.get_program()).args(bench.get_args());
    shell.args(arguments);
    super::surroundings(&mut shell, folder);
    shell
}

#[test]
fn a_burst_reports_that_everybody_signed_once_beside_both_ceilings() {
    let folder = tempfile::tempdir().unwrap();
    let ended = output(&mut bench(folder.path(), &["--participants", "300"]));
    let report = report(folder.path());
    assert_sound(&ended, &report, PEOPLE);
    for measured in ["signings_per_s", "echo_per_s", "no_store_per_s", "alone_ms"] {
        assert!(report[measured].as_f64().is_some_and(|value| value > 0.0), "{measured}: {report}");
    }
    assert_eq!((&report["database"], &report["rounds"]), (&"sqlite".into(), &3.into()));
    assert!(report.as_object().unwrap().contains_key("pgbench_per_s") && report["pgbench_per_s"].is_null());
    let chart = std::fs::read_to_string(folder.path().join("chart.svg")).unwrap();
    assert!(chart.starts_with("<svg") && chart.trim_end().ends_with("</svg>"), "{chart}");
    assert_eq!(leftovers(folder.path()), Vec::<String>::new());
}

#[test]
fn people_are_added_corrected_and_excused_while_the_others_sign() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--participants", "304", "--connections", "4", "--changed-people", "12", "--groups", "agency"];
    let ended = output(command(folder.path(), "burst").args(arguments));
    let report = report(folder.path());
    // Four of the twelve are excused.
    assert_sound(&ended, &report, PEOPLE);
    assert_eq!((&report["changed_people"], &report["changes_answered"]), (&12.into(), &12.into()), "{report}");
    assert!(report["changes_p95_ms"].as_f64().is_some_and(|took| took > 0.0), "{report}");
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(said.contains("of 12 changes"), "{said}");
    assert_eq!(leftovers(folder.path()), Vec::<String>::new());

    let ended = output(&mut bench(folder.path(), &["--participants", "100", "--changed-people", "11"]));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(!ended.status.success() && said.contains("lower --changed-people"), "{said}");
}

#[test]
fn a_burst_that_is_killed_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = bench(folder.path(), &["--participants", "3000"]);
    let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let node_is_there = || {
        let run = leftovers(folder.path()).pop().map(|name| folder.path().join(name));
        run.is_some_and(|run| {
            std::fs::read_dir(run).is_ok_and(|files| files.flatten().any(|file| is_node(&file.path())))
        })
    };
    assert!(comes_true(node_is_there), "no server was started");
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(comes_true(|| leftovers(folder.path()).is_empty()), "{:?}", leftovers(folder.path()));
}

fn is_node(path: &Path) -> bool {
    path.file_name().unwrap().to_str().unwrap().starts_with("node-")
}

fn comes_true(mut condition: impl FnMut() -> bool) -> bool {
    (0..GONE_TRIES).any(|_| {
        let holds = condition();
        if !holds {
            std::thread::sleep(Duration::from_millis(200));
        }
        holds
    })
}

#[test]
fn the_client_raises_its_own_limit_of_open_files_or_says_that_it_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--participants", "300", "--connections", "250", "--rounds", "1"];
    let ended = output(&mut under("ulimit -S -n 200", folder.path(), &arguments));
    assert_sound(&ended, &report(folder.path()), PEOPLE);
    std::fs::remove_file(folder.path().join("report.json")).unwrap();

    let ended = output(&mut under("ulimit -n 400", folder.path(), &arguments));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("only 400 open files") && said.contains("506"), "{said}");
    assert!(!folder.path().join("report.json").exists());
    assert_eq!(leftovers(folder.path()), Vec::<String>::new());
}

#[test]
fn what_does_not_go_together_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["--nodes", "2"][..], &["--database-url", "postgres://127.0.0.1:1/x"]] {
        let ended = output(&mut bench(folder.path(), arguments));
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(said.contains("--database postgres") && !folder.path().join("report.json").exists(), "{said}");
    }
}

#[test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
fn a_burst_on_postgres_brings_its_own_server_and_measures_pgbench_beside_it() {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    // The server runs as another user where this runs as root.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let arguments = ["--participants", "300", "--database", "postgres", "--nodes", "2", "--rounds", "1"];
    let ended = output(&mut bench(folder.path(), &arguments));
    let report = report(folder.path());
    assert_sound(&ended, &report, PEOPLE);
    assert!(report["pgbench_per_s"].as_f64().is_some_and(|rate| rate > 0.0), "{report}");
    assert_eq!(report["fsyncs"], report["batches"]);
    assert_eq!(leftovers(folder.path()), Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_burst_on_a_given_database_makes_an_event_of_its_own_each_time() {
    let url = PostgresServer::shared().await.database().await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("installation");
    ikrar::service::data_folder::make_private(&data).unwrap();
    let arguments = ["--participants", "300", "--database", "postgres", "--rounds", "1", "--database-url", &url];
    let address = ["--data", data.to_str().unwrap(), "--public-url", "http://127.0.0.1:8080"];
    for _ in 0..2 {
        let ended = output(&mut bench(folder.path(), &[&arguments[..], &address].concat()));
        let report = report(folder.path());
        assert_sound(&ended, &report, PEOPLE);
        assert!(report["fsyncs"].is_null() && report["pgbench_per_s"].is_null(), "{report}");
    }
    assert!(data.join("keyring").exists());
    assert_eq!(leftovers(folder.path()), Vec::<String>::new());
}
