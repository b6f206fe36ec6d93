//! The data folder: served by one process, private to its owner, and bound to the keyring that it was made with.

use crate::postgres_server::PostgresServer;
use crate::support::{Folder, PROGRAM, output, private_folder};
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tokio::time::Instant;

/// A server that isn't refused doesn't end by itself: then it is killed, and has no exit code.
const ENDS_WITHIN: Duration = Duration::from_secs(60);

fn ikrar(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).arg("--data").arg(data).env("LC_ALL", "en");
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while process.try_wait().unwrap().is_none() && began.elapsed() < ENDS_WITHIN {
        std::thread::sleep(Duration::from_millis(5));
    }
    let _ = process.kill();
    process.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    [output.stdout.as_slice(), &output.stderr].concat().into_iter().map(char::from).collect()
}

#[track_caller]
fn done(data: &Path, arguments: &[&str]) -> String {
    let output = ikrar(data, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
    said(&output)
}

#[track_caller]
fn refused(data: &Path, arguments: &[&str]) -> String {
    let output = ikrar(data, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
    said(&output)
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A new installation's folder.
fn installation() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    done(&data, &["account", "list"]);
    (folder, data)
}

/// `ikrar serve` on a free port, once it holds the folder.
fn serving(data: &Path) -> Child {
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let lock = data.join("serve.lock");
    let own = process.id().to_string();
    let began = Instant::now();
    while std::fs::read_to_string(&lock).unwrap_or_default() != own {
        assert!(process.try_wait().unwrap().is_none() && began.elapsed() < ENDS_WITHIN, "it doesn't serve");
        std::thread::sleep(Duration::from_millis(20));
    }
    process
}

#[test]
fn a_folder_is_served_by_one_process_and_free_again_when_that_was_killed() {
    let (_folder, data) = installation();
    let mut first = serving(&data);
    let words = refused(&data, &["serve", "--listen", "127.0.0.1:0"]);
    assert!(words.contains("served by another process") && words.contains(&first.id().to_string()), "{words}");
    assert_eq!(first.try_wait().unwrap(), None);
    // Beside it everything else goes on.
    done(&data, &["account", "list"]);
    done(&data, &["account", "add", "ani", "--name", "Ani", "--role", "organizer"]);
    done(&data, &["fsck"]);
    done(&data, &["backup", "--plain", data.with_extension("zip").to_str().unwrap()]);
    // SIGKILL: the kernel lets go of the lock, and nobody has to remove the file.
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(data.join("serve.lock").exists());
    let mut second = serving(&data);
    second.kill().unwrap();
    second.wait().unwrap();
}

#[test]
fn a_demo_s_folder_is_served_by_one_process() {
    let folder = Folder::new(60);
    let program = folder.start();
    let words = refused(&folder.data(), &["demo", "--participants", "60", "--listen", "127.0.0.1:0"]);
    assert!(words.contains("served by another process"), "{words}");
    program.kill();
    folder.start().kill();
}

#[test]
fn no_keyring_is_made_beside_what_another_one_made() {
    let (folder, data) = installation();
    let away = folder.path().join("away");
    std::fs::create_dir(&away).unwrap();
    let take =
        |names: &[&str]| names.iter().for_each(|name| std::fs::rename(data.join(name), away.join(name)).unwrap());
    let give =
        |names: &[&str]| names.iter().for_each(|name| std::fs::rename(away.join(name), data.join(name)).unwrap());
    take(&["keyring", "keyring.passphrase"]);
    // What SQLite puts beside a file that it reads may come and go.
    let ours =
        || names(&data).into_iter().filter(|name| name != "serve.lock" && !name.contains("-")).collect::<Vec<_>>();
    let before = ours();
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["account", "list"], &["campaign", "show", "x"]] {
        let words = refused(&data, command);
        assert!(words.contains("A new keyring would fit nothing") && words.contains("ikrar restore"), "{words}");
    }
    assert_eq!(ours(), before);
    // What was published by an installation whose database is gone binds as well.
    std::fs::write(data.join("high-water.json"), r#"{"v":1,"marks":{}}"#).unwrap();
    set_permissions(data.join("high-water.json"), Permissions::from_mode(0o600)).unwrap();
    take(&["ikrar.sqlite"]);
    assert!(refused(&data, &["account", "list"]).contains("high-water.json belongs to an installation"));
    assert!(
        !data.join("keyring").exists()
            && !data.join("keyring.passphrase").exists()
            && !data.join("ikrar.sqlite").exists()
    );
    give(&["ikrar.sqlite", "keyring"]);
    // Without its passphrase it can't be opened, and none is made up.
    assert!(refused(&data, &["account", "list"]).contains("keyring.passphrase can't be read"));
    give(&["keyring.passphrase"]);
    done(&data, &["account", "list"]);
}

#[test]
fn a_database_that_was_only_brought_up_to_date_gets_its_keyring() {
    let folder = private_folder();
    done(folder.path(), &["migrate"]);
    assert_eq!(mode(&folder.path().join("ikrar.sqlite")), 0o600);
    done(folder.path(), &["account", "list"]);
    assert!(folder.path().join("keyring").exists());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_node_without_the_keyring_of_its_server_makes_none() {
    let url = PostgresServer::shared().await.database().await;
    let (first, data) = (private_folder(), private_folder());
    let at = |data: &Path, arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).arg("--data").arg(data).env("IKRAR_DATABASE_URL", &url).env("LC_ALL", "en");
        output(&mut command)
    };
    assert!(at(first.path(), &["migrate"]).status.success());
    assert!(at(first.path(), &["account", "list"]).status.success());
    let second = at(data.path(), &["account", "list"]);
    assert!(said(&second).contains("A new keyring would fit nothing"), "{}", said(&second));
    assert_eq!(names(data.path()), Vec::<String>::new());
    for name in ["keyring", "keyring.passphrase"] {
        std::fs::copy(first.path().join(name), data.path().join(name)).unwrap();
    }
    assert!(at(data.path(), &["account", "list"]).status.success());
}

#[test]
fn what_others_can_reach_is_refused_with_the_command_that_mends_it() {
    let (folder, data) = installation();
    // A mark, as a node makes it that has published something.
    std::fs::write(data.join("high-water.json"), r#"{"v":1,"marks":{}}"#).unwrap();
    set_permissions(data.join("high-water.json"), Permissions::from_mode(0o600)).unwrap();
    let backup = folder.path().join("b.zip");
    let commands = [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["account", "list"],
        &["fsck"],
        &["backup", "--plain", backup.to_str().unwrap()],
    ];
    let places = ["", "keyring", "keyring.passphrase", "ikrar.sqlite", "high-water.json"];
    for (number, place) in places.iter().enumerate() {
        let path = if place.is_empty() { data.clone() } else { data.join(place) };
        let right = mode(&path);
        for loose in [right | 0o040, right | 0o004] {
            set_permissions(&path, Permissions::from_mode(loose)).unwrap();
            let command = commands[number % commands.len()];
            let output = ikrar(&data, command);
            assert!(!output.status.success(), "{place} with {loose:o}: {}", said(&output));
            let mending = format!("chmod {right:o} {}", path.display());
            assert!(said(&output).contains(mending.trim_end_matches('/')), "{}", said(&output));
        }
        done(&data, &["account", "list", "--permissive"]);
        follow_the_mending_commands(&data);
    }
}

/// Runs what the program tells until it no longer refuses. The first command names what was loosened; a second one may
/// name nothing but the files that SQLite put beside a loose database, where a process ended before it could remove
/// them.
#[track_caller]
fn follow_the_mending_commands(data: &Path) {
    for round in 0..2 {
        let output = ikrar(data, &["account", "list"]);
        if output.status.success() {
            return;
        }
        let words = said(&output);
        let command =
            words.lines().map(str::trim).find(|line| line.starts_with("chmod ")).expect("a command that mends");
        let beside = |path: &str| path.ends_with("/ikrar.sqlite-wal") || path.ends_with("/ikrar.sqlite-shm");
        assert!(round == 0 || command.split(' ').skip(2).all(beside), "{command}");
        assert!(Command::new("sh").args(["-c", command]).status().unwrap().success(), "{command}");
    }
    done(data, &["account", "list"]);
}

#[test]
fn what_the_program_makes_is_private_whatever_the_umask() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let script = "umask 000; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).args([PROGRAM, "demo", "--participants", "60", "--listen", "127.0.0.1:0", "--data"]);
    let mut process = command.arg(&data).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut looks = 0;
    while !data.join("console-password.txt").exists() && !data.join("demo-participants.csv").exists() {
        looks += 1;
        assert!(process.try_wait().unwrap().is_none() && looks < 2_400, "the demo isn't made");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(mode(&data), 0o700);
    for name in names(&data).into_iter().filter(|name| name != "jwks.json") {
        let (path, wanted) = (data.join(&name), 0o600);
        if path.is_file() {
            assert_eq!(mode(&path), wanted, "{name}");
        }
    }
    process.kill().unwrap();
    process.wait().unwrap();
}
