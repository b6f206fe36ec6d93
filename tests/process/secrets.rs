//! What a database's address holds stays out of everything that is printed.

use crate::support::output;
use std::process::{Command, Output};

const PASSWORD: &str = "rahasia-sekali";

fn ikrar(url: &str, arguments: &[&str]) -> String {
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ikrar"));
    command.args(arguments).env("IKRAR_DATABASE_URL", url).env("IKRAR_MIGRATE_URL", url).env("RUST_LOG", "trace");
    let Output { stdout, stderr, .. } = output(command.current_dir(data.path()));
    String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned()
}

#[test]
fn the_database_s_password_is_never_printed() {
    let unreachable = format!("postgres://ikrar:{PASSWORD}@127.0.0.1:1/ikrar?sslmode=disable");
    let malformed = format!("postgres://ikrar:{PASSWORD}@127.0.0.1:port/ikrar");
    let unknown = format!("postgres://ikrar@127.0.0.1:1/ikrar?password={PASSWORD}");
    let urls = [(unreachable, "127.0.0.1"), (malformed, "URL"), (unknown, "parameter")];
    // At once: each waits its time for a database that isn't there.
    std::thread::scope(|scope| {
        for (url, expected) in &urls {
            for arguments in [&["serve"][..], &["serve", "--migrate"], &["migrate"], &["account", "list"]] {
                scope.spawn(move || {
                    let said = ikrar(url, arguments);
                    assert!(said.contains(expected), "{arguments:?} says nothing of it: {said}");
                    assert!(!said.contains(PASSWORD), "{arguments:?} prints the password");
                });
            }
            for arguments in [&["--help"][..], &["serve", "--help"]] {
                assert!(!ikrar(url, arguments).contains(PASSWORD), "{arguments:?} prints the password");
            }
        }
    });
}

#[test]
fn a_database_of_another_keyring_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/elsewhere.sqlite", folder.path().display());
    let list = |data: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ikrar"));
        command.args(["account", "list", "--database-url", &url, "--data", data]).current_dir(folder.path());
        output(&mut command)
    };
    assert!(list("one").status.success() && list("one").status.success());
    assert!(folder.path().join("elsewhere.sqlite").exists() && !folder.path().join("one/ikrar.sqlite").exists());
    // A folder with a keyring of its own.
    let own = ["account", "list", "--data", "other"];
    assert!(output(Command::new(env!("CARGO_BIN_EXE_ikrar")).args(own).current_dir(folder.path())).status.success());
    let refused = list("other");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("another keyring"), "{said}");
    // With the keyring brought over it is the same installation.
    for file in ["keyring", "keyring.passphrase"] {
        std::fs::copy(folder.path().join("one").join(file), folder.path().join("other").join(file)).unwrap();
    }
    assert!(list("other").status.success());
}

const SERVES_WITHIN: std::time::Duration = std::time::Duration::from_secs(60);

#[test]
fn the_first_password_is_on_a_terminal_or_in_a_private_file_and_in_no_log() {
    use std::io::{BufRead, BufReader};
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ikrar"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data", "data"]).env("LC_ALL", "en_US.UTF-8");
    let log = folder.path().join("log");
    command.env("RUST_LOG", "debug").current_dir(folder.path());
    command.stdout(std::process::Stdio::piped()).stderr(std::fs::File::create(&log).unwrap());
    let mut served = command.spawn().unwrap();
    let mut said = String::new();
    BufReader::new(served.stdout.take().unwrap()).read_line(&mut said).unwrap();
    let began = tokio::time::Instant::now();
    while !std::fs::read_to_string(&log).unwrap().contains("\"serving\"") {
        assert!(began.elapsed() < SERVES_WITHIN, "{}", std::fs::read_to_string(&log).unwrap());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    served.kill().unwrap();
    served.wait().unwrap();
    let path = folder.path().join("data/first-password.txt");
    assert!(said.contains("first-password.txt"), "{said}");
    let written = std::fs::read_to_string(&path).unwrap();
    let password = written.split("password: ").nth(1).unwrap().trim();
    assert!(password.len() >= 19 && !said.contains(password));
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(!log.contains(password) && !log.contains(&password.replace('-', "")), "{log}");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_lost_second_factor_is_taken_away_on_the_command_line_for_a_reason_only() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ikrar"));
        command.args(arguments).args(["--data", "data"]).env("LC_ALL", "en_US.UTF-8").current_dir(folder.path());
        let Output { status, stdout, stderr } = output(&mut command);
        (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
    };
    assert_eq!(run(&["account", "add", "bkd", "--role", "organizer"]).0, Some(0));
    assert_eq!(run(&["account", "reset-factor", "bkd"]).0, Some(2));
    let none = run(&["account", "reset-factor", "bkd", "--reason", "lost phone"]);
    assert!(none.0 == Some(1) && none.1.contains("no second factor"), "{}", none.1);
    let short = run(&["account", "reset-factor", "bkd", "--reason", "x"]);
    assert_eq!(short.0, Some(1));
}
