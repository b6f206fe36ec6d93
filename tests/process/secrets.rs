//! What a database's address holds stays out of everything that is printed.

use std::process::{Command, Output};

const PASSWORD: &str = "rahasia-sekali";

fn ikrar(url: &str, arguments: &[&str]) -> String {
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ikrar"));
    command.args(arguments).env("IKRAR_DATABASE_URL", url).env("IKRAR_MIGRATE_URL", url).env("RUST_LOG", "trace");
    let Output { stdout, stderr, .. } = command.current_dir(data.path()).output().unwrap();
    String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned()
}

#[test]
fn the_database_s_password_is_never_printed() {
    let unreachable = format!("postgres://ikrar:{PASSWORD}@127.0.0.1:1/ikrar?sslmode=disable");
    let malformed = format!("postgres://ikrar:{PASSWORD}@127.0.0.1:port/ikrar");
    let unknown = format!("postgres://ikrar@127.0.0.1:1/ikrar?password={PASSWORD}");
    for (url, expected) in [(unreachable, "127.0.0.1"), (malformed, "URL"), (unknown, "parameter")] {
        for arguments in [&["serve"][..], &["serve", "--migrate"], &["migrate"], &["account", "list"]] {
            let said = ikrar(&url, arguments);
            assert!(said.contains(expected), "{arguments:?} says nothing of it: {said}");
            assert!(!said.contains(PASSWORD), "{arguments:?} prints the password");
        }
        for arguments in [&["--help"][..], &["serve", "--help"]] {
            assert!(!ikrar(&url, arguments).contains(PASSWORD), "{arguments:?} prints the password");
        }
    }
}

#[test]
fn a_database_of_another_keyring_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/elsewhere.sqlite", folder.path().display());
    let list = |data: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ikrar"));
        command.args(["account", "list", "--database-url", &url, "--data", data]).current_dir(folder.path());
        command.output().unwrap()
    };
    assert!(list("one").status.success() && list("one").status.success());
    assert!(folder.path().join("elsewhere.sqlite").exists() && !folder.path().join("one/ikrar.sqlite").exists());
    // A folder with a keyring of its own.
    let own = ["account", "list", "--data", "other"];
    assert!(Command::new(env!("CARGO_BIN_EXE_ikrar")).args(own).current_dir(folder.path()).status().unwrap().success());
    let refused = list("other");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("another keyring"), "{said}");
    // With the keyring brought over it is the same installation.
    for file in ["keyring", "keyring.passphrase"] {
        std::fs::copy(folder.path().join("one").join(file), folder.path().join("other").join(file)).unwrap();
    }
    assert!(list("other").status.success());
}
