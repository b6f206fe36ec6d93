//! An installation moves from one database to the other by its backup, taken under load, and comes back; what is cut on
//! the way leaves nothing.

use crate::postgres_server::PostgresServer;
use crate::support::{Client, Folder, PROGRAM, becomes_true, end_of, output};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

const PEOPLE: u32 = 2_000;
const SIGNERS_AT_ONCE: usize = 6;
const BREATH: Duration = Duration::from_millis(20);
const WAIT_MAX: Duration = Duration::from_secs(60);

/// With the data folder given, and PostgreSQL when there is a URL.
fn command(data: &Path, url: Option<&str>, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).arg("--data").arg(data).env("LC_ALL", "en").env_remove("IKRAR_DATABASE_URL");
    command.envs(url.map(|url| ("IKRAR_DATABASE_URL", url)));
    command
}

fn ikrar(data: &Path, url: Option<&str>, arguments: &[&str]) -> Output {
    output(&mut command(data, url, arguments))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

fn done(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", said(output));
}

/// How many pledges there are in a sound installation.
fn sound(data: &Path, url: Option<&str>) -> u64 {
    let looked = ikrar(data, url, &["fsck", "--json"]);
    done(&looked);
    let looked: serde_json::Value = serde_json::from_slice(&looked.stdout).unwrap();
    looked["campaigns"][0]["pledges"].as_u64().unwrap()
}

fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// The folders in which backups copy what they will hold.
fn copies(data: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(data.join("copying")).map_or(vec![], |found| found.map(|entry| entry.unwrap().path()).collect())
}

/// Signs one person after the other until told to stop.
async fn sign_on(client: Client, people: Arc<Vec<(String, String)>>, next: Arc<AtomicUsize>, until: Arc<AtomicUsize>) {
    loop {
        let at = next.fetch_add(1, Ordering::SeqCst);
        if at >= people.len().min(until.load(Ordering::SeqCst)) {
            return;
        }
        let answer = client.sign(&client.session(&people[at]).await.unwrap()).await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.json());
        tokio::time::sleep(BREATH).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_backup_of_a_server_under_load_is_whole_on_either_database() {
    let server = PostgresServer::shared().await;
    let url = server.database().await;
    let folder = Folder::on(&url, PEOPLE);
    let program = folder.start();
    let client = Client::new(&program.url()).await;
    let people = Arc::new(folder.people());
    let (next, until) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(usize::MAX)));
    let load: Vec<_> = (0..SIGNERS_AT_ONCE)
        .map(|_| tokio::spawn(sign_on(client.clone(), people.clone(), next.clone(), until.clone())))
        .collect();
    becomes_true("a hundred people signed", || next.load(Ordering::SeqCst) >= 100).await;
    // Something was published, so there is a mark.
    client.count_of_at_least(50).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let at = |name: &str| elsewhere.path().join(name);
    let (zip, data, url_of_source) = (at("one.zip"), folder.data(), url.clone());
    let began_at = next.load(Ordering::SeqCst) - SIGNERS_AT_ONCE;
    let backup = {
        let zip = zip.clone();
        move || ikrar(&data, Some(&url_of_source), &["backup", "--plain", zip.to_str().unwrap()])
    };
    let backup = tokio::task::spawn_blocking(backup).await.unwrap();
    done(&backup);
    until.store(next.load(Ordering::SeqCst) + 50, Ordering::SeqCst);
    for signer in load {
        signer.await.unwrap();
    }
    let signed = u64::try_from(until.load(Ordering::SeqCst)).unwrap();
    assert_eq!(client.count_of_at_least(signed).await, signed, "the backup stood in somebody's way");
    assert_eq!(files(elsewhere.path()), ["one.zip"], "something was left beside the backup");

    // Into a folder, and from there into a database without a single table.
    let (embedded, moved) = (at("embedded"), at("moved"));
    done(&ikrar(&embedded, None, &["restore", zip.to_str().unwrap()]));
    let pledges = sound(&embedded, None);
    assert!((u64::try_from(began_at).unwrap()..signed).contains(&pledges), "{began_at} {pledges} {signed}");
    let zip = at("two.zip");
    done(&ikrar(&embedded, None, &["backup", "--plain", zip.to_str().unwrap()]));
    let bare = server.bare_database().await;
    done(&ikrar(&moved, Some(&bare), &["restore", zip.to_str().unwrap()]));
    assert_eq!(files(&moved), ["demo.json", "high-water.json", "keyring", "keyring.passphrase"]);
    assert_eq!(sound(&moved, Some(&bare)), pledges);

    // Over something that is there: nothing changes, and what to do is said.
    let refused = ikrar(&at("third"), Some(&bare), &["restore", zip.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("isn't empty") && said(&refused).contains("createdb"), "{}", said(&refused));
    assert!(!at("third").exists() && !at("third.part").exists());
    assert_eq!(sound(&moved, Some(&bare)), pledges);

    // Keys of another installation are no backup of this one.
    done(&ikrar(&at("other"), None, &["account", "list"]));
    let refused = ikrar(&at("other"), Some(&bare), &["backup", "--plain", at("three.zip").to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("a different keyring") && !at("three.zip").exists(), "{}", said(&refused));

    // What was published after the backup is known to the mark that survived.
    let (old, empty) = (at("old"), server.bare_database().await);
    let mark = folder.data().join("high-water.json");
    done(&ikrar(&old, Some(&empty), &["restore", zip.to_str().unwrap(), "--mark", mark.to_str().unwrap()]));
    std::fs::remove_file(old.join("demo.json")).unwrap();
    let refused = ikrar(&old, Some(&empty), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(said(&refused).contains("the database is an old copy"), "{}", said(&refused));
}

/// How many sessions are in the middle of this.
async fn at_work(connection: &mut PgConnection, statement: &str) -> i64 {
    let asked = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' \
                 AND query LIKE $1";
    sqlx::query_scalar(asked).bind(format!("{statement}%")).fetch_one(connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_backup_that_is_stopped_leaves_nothing_and_what_a_killed_one_left_is_cleared_and_told() {
    let url = PostgresServer::shared().await.database().await;
    let folder = Folder::on(&url, 300);
    folder.start().kill();
    let elsewhere = tempfile::tempdir().unwrap();
    let zip = elsewhere.path().join("b.zip");
    let arguments = ["backup", "--plain", zip.to_str().unwrap()];
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for ending in ["-TERM", "-INT", "-HUP", "-KILL"] {
        // Somebody who holds a table holds the backup in the middle of its copy.
        let mut holding = connection.begin().await.unwrap();
        sqlx::query("LOCK TABLE unit IN ACCESS EXCLUSIVE MODE").execute(&mut *holding).await.unwrap();
        let mut backup = command(&folder.data(), Some(&url), &arguments).stderr(Stdio::piped()).spawn().unwrap();
        let began = Instant::now();
        while !copies(&folder.data()).iter().any(|copy| copy.join("ikrar.sqlite").exists()) {
            assert!(began.elapsed() < WAIT_MAX && backup.try_wait().unwrap().is_none(), "the copy never began");
            tokio::time::sleep(BREATH).await;
        }
        assert!(Command::new("kill").args([ending, &backup.id().to_string()]).status().unwrap().success());
        let ended = tokio::task::spawn_blocking(move || end_of(backup, "a stopped backup")).await.unwrap();
        holding.rollback().await.unwrap();
        if ending == "-KILL" {
            continue;
        }
        assert_eq!((ended.status.code(), files(elsewhere.path())), (Some(1), vec![]), "{ending}: {}", said(&ended));
        assert!(copies(&folder.data()).is_empty(), "{ending}");
        assert!(said(&ended).contains("nothing was written"), "{ending}: {}", said(&ended));
    }
    assert_eq!((files(elsewhere.path()), copies(&folder.data()).len()), (vec![], 1));
    let next = ikrar(&folder.data(), Some(&url), &arguments);
    done(&next);
    assert!(said(&next).contains("Removed what a backup left that was killed"), "{}", said(&next));
    assert!(copies(&folder.data()).is_empty());
    assert_eq!(files(elsewhere.path()), ["b.zip"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_restore_that_is_killed_in_the_middle_leaves_an_empty_database() {
    let source = Folder::new(300);
    source.start().kill();
    let elsewhere = tempfile::tempdir().unwrap();
    let (zip, data) = (elsewhere.path().join("b.zip"), elsewhere.path().join("data"));
    done(&ikrar(&source.data(), None, &["backup", "--plain", zip.to_str().unwrap()]));
    let url = PostgresServer::shared().await.database().await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    // The last of the tables to be filled stops the restore for as long as it takes to kill it.
    for statement in [
        "CREATE FUNCTION stop() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(300); RETURN NEW; END $$",
        "CREATE TRIGGER stopping BEFORE INSERT ON unit EXECUTE FUNCTION stop()",
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
    let mut restore = command(&data, Some(&url), &["restore", zip.to_str().unwrap()]).spawn().unwrap();
    let began = Instant::now();
    while at_work(&mut connection, "INSERT INTO unit").await == 0 {
        assert!(began.elapsed() < WAIT_MAX && restore.try_wait().unwrap().is_none(), "the restore never came so far");
        tokio::time::sleep(BREATH).await;
    }
    restore.kill().unwrap();
    restore.wait().unwrap();
    // The server would notice by itself when it next has something to say to the dead.
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
               AND pid <> pg_backend_pid()";
    sqlx::query(end).execute(&mut connection).await.unwrap();
    sqlx::query("DROP TRIGGER stopping ON unit").execute(&mut connection).await.unwrap();
    for table in ["campaign", "participant", "leaf", "installation"] {
        let rows = format!("SELECT COUNT(*) FROM {table}");
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(rows)).fetch_one(&mut connection).await.unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    assert!(!data.exists(), "a data folder without its database");

    // What was unpacked is named, and once it is gone the same command does it.
    let left = ikrar(&data, Some(&url), &["restore", zip.to_str().unwrap()]);
    assert!(said(&left).contains("data.part is there already"), "{}", said(&left));
    std::fs::remove_dir_all(elsewhere.path().join("data.part")).unwrap();
    done(&ikrar(&data, Some(&url), &["restore", zip.to_str().unwrap()]));
    assert_eq!(sound(&data, Some(&url)), 0);
}
