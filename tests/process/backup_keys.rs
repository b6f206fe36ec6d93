//! What opens a backup: nothing but its passphrase or the key of a recipient; and what a killed backup leaves.

use crate::support::{Folder, PROGRAM, output};
use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const WORDS: &str = "padi menguning di sawah";
const BREATH: Duration = Duration::from_millis(20);
const LOOKS_MAX: u32 = 3_000;

fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).arg("--data").arg(data).env("LC_ALL", "en").env("RUST_LOG", "warn").stdin(Stdio::null());
    command
}

fn ikrar(data: &Path, arguments: &[&str]) -> Output {
    output(&mut command(data, arguments))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

#[track_caller]
fn done(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", said(output));
    said(output)
}

#[track_caller]
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", said(output));
    said(output)
}

fn names(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// An installation, and a folder outside of it.
fn installation() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    std::fs::create_dir(&out).unwrap();
    done(&ikrar(&data, &["account", "list"]));
    (folder, data, out)
}

fn written(path: PathBuf, text: &str) -> String {
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_backup_isn_t_written_in_plain_unless_it_is_asked_for() {
    let (folder, data, out) = installation();
    let file = out.join("b").to_str().unwrap().to_owned();
    let words = refused(&ikrar(&data, &["backup", &file]));
    for option in ["--recipient", "--recipients-file", "--backup-passphrase-file", "--plain", "Nothing was written"] {
        assert!(words.contains(option), "{option}: {words}");
    }
    let passphrase = written(folder.path().join("passphrase"), WORDS);
    let short = written(folder.path().join("short"), "padi");
    let inside = written(data.join("words"), WORDS);
    let keyring_s = data.join("keyring.passphrase").to_str().unwrap().to_owned();
    let copied = written(folder.path().join("copied"), &std::fs::read_to_string(&keyring_s).unwrap());
    for (arguments, words) in [
        (&["--backup-passphrase-file", &short][..], "at least 12 characters"),
        (&["--backup-passphrase-file", &inside], "lies in the data folder"),
        (&["--backup-passphrase-file", &keyring_s], "the keyring's passphrase"),
        (&["--backup-passphrase-file", &copied], "the keyring's passphrase"),
        (&["--backup-passphrase-file", &passphrase, "--plain"], "one way only"),
        (&["--recipient", "age1abc"], "isn't a public key"),
        (&["--recipients-file", &passphrase], "isn't a public key"),
    ] {
        let said = refused(&ikrar(&data, &[&["backup", &file][..], arguments].concat()));
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    assert_eq!(names(&out), Vec::<String>::new());
    // A script that only names the file goes on working where its surroundings say how.
    let by_surroundings = output(command(&data, &["backup", &file]).env("IKRAR_BACKUP_PASSPHRASE_FILE", &passphrase));
    assert!(done(&by_surroundings).contains("encrypted with the passphrase"));
    assert!(std::fs::read(&file).unwrap().starts_with(b"age-encryption.org/v1\n"));
    let plain = format!("{file}.zip");
    assert!(done(&ikrar(&data, &["backup", &plain, "--plain"])).contains("isn't encrypted"));
    done(&ikrar(&folder.path().join("of-plain"), &["restore", &plain]));
    assert_eq!(names(&out), ["b", "b.zip"]);
}

#[test]
fn only_the_right_key_restores_and_nothing_is_made_of_what_is_refused() {
    let (folder, data, out) = installation();
    let at = |name: &str| folder.path().join(name);
    let (own, other) = (Identity::generate(), Identity::generate());
    let list = written(at("recipients"), &format!("# the province's\n{}\n", own.to_public()));
    let key = written(at("key"), &format!("{}\n", own.to_string().expose_secret()));
    let wrong = written(at("wrong"), &format!("{}\n", other.to_string().expose_secret()));
    let (words, others) = (written(at("words"), WORDS), written(at("others"), "padi menguning di ladang"));
    let file = |name: &str| out.join(name).to_str().unwrap().to_owned();
    let (to, with) = (file("to.age"), file("with.age"));
    assert!(done(&ikrar(&data, &["backup", &to, "--recipients-file", &list])).contains("encrypted to the recipients"));
    done(&ikrar(&data, &["backup", &with, "--backup-passphrase-file", &words]));
    let bytes = std::fs::read(&to).unwrap();
    let cut = file("cut.age");
    std::fs::write(&cut, &bytes[..bytes.len() - 100]).unwrap();
    let changed = file("changed.age");
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    std::fs::write(&changed, flipped).unwrap();
    let foreign = written(out.join("foreign"), "%PDF-1.7");
    let new = at("new");
    for (file, arguments, words) in [
        (&to, &[][..], "--identity"),
        (&to, &["--identity", &wrong], "doesn't open"),
        (&to, &["--identity", &words], "holds no private key"),
        (&with, &[], "--backup-passphrase-file"),
        (&with, &["--backup-passphrase-file", &others], "doesn't open"),
        (&with, &["--identity", &key], "--backup-passphrase-file"),
        (&cut, &["--identity", &key], "damaged"),
        (&changed, &["--identity", &key], "damaged"),
        (&foreign, &["--identity", &key], "isn't a backup of this program"),
    ] {
        let said = refused(&ikrar(&new, &[&["restore", file][..], arguments].concat()));
        assert!(said.contains(words) && said.contains("Nothing was made") || words == "damaged", "{file}: {said}");
        assert!(said.contains(words), "{file} {arguments:?}: {said}");
        assert!(!new.exists() && !at("new.part").exists(), "{file} {arguments:?}");
    }
    for (file, arguments) in [(&to, ["--identity", &key]), (&with, ["--backup-passphrase-file", &words])] {
        done(&ikrar(&new, &[&["restore", file][..], &arguments].concat()));
        done(&ikrar(&new, &["account", "list"]));
        std::fs::remove_dir_all(&new).unwrap();
    }
}

/// A backup that is killed while it writes its file: what it reads as the keyring is a pipe that never ends.
fn killed_while_it_writes(data: &Path, file: &str) {
    let (keyring, away) = (data.join("keyring"), data.join("keyring.away"));
    let bytes = std::fs::read(&keyring).unwrap();
    std::fs::rename(&keyring, &away).unwrap();
    assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&keyring).status().unwrap().success());
    let recipient = Identity::generate().to_public().to_string();
    let mut backup = command(data, &["backup", file, "--recipient", &recipient]).stderr(Stdio::null()).spawn().unwrap();
    // It is read once to be checked, and again to be written: by then the file is there, and its end is waited for.
    let written = keyring.clone();
    std::thread::spawn(move || std::fs::write(written, bytes));
    let (part, mut looks) = (PathBuf::from(format!("{file}.part")), 0);
    while !part.exists() {
        looks += 1;
        assert!(backup.try_wait().unwrap().is_none() && looks < LOOKS_MAX, "the backup never came so far");
        std::thread::sleep(BREATH);
    }
    backup.kill().unwrap();
    backup.wait().unwrap();
    std::fs::remove_file(&keyring).unwrap();
    std::fs::rename(&away, &keyring).unwrap();
}

#[test]
fn a_killed_backup_leaves_no_file_that_looks_whole_and_the_next_start_clears_what_it_left() {
    let folder = Folder::new(60);
    folder.start().kill();
    let (data, out) = (folder.data(), tempfile::tempdir().unwrap());
    let file = out.path().join("b.age").to_str().unwrap().to_owned();
    let copying = data.join("copying");
    let mine = out.path().join("mine.part");
    std::fs::write(&mine, "not the program's").unwrap();

    killed_while_it_writes(&data, &file);
    assert_eq!(names(out.path()), ["b.age.part", "mine.part"]);
    let left = names(&copying);
    assert!(left.len() == 1 && copying.join(&left[0]).join("ikrar.sqlite").exists(), "{left:?}");
    // And as an upload that was cut.
    let upload = data.join("uploads/of-a-dead-process");
    std::fs::create_dir_all(&upload).unwrap();
    std::fs::write(upload.join("roster"), "NIP,NAMA").unwrap();
    let program = folder.start();
    assert!(!upload.exists());
    assert_eq!((names(out.path()), names(&copying)), (vec!["mine.part".to_owned()], vec![]));
    let log = program.log();
    assert!(
        log.contains("removed what a process left") && log.contains("b.age.part") && log.contains("bytes"),
        "{log}"
    );
    program.kill();

    // So does the next backup, to another file.
    killed_while_it_writes(&data, &file);
    assert_eq!(names(out.path()), ["b.age.part", "mine.part"]);
    let next = out.path().join("c.zip").to_str().unwrap().to_owned();
    let words = done(&ikrar(&data, &["backup", &next, "--plain"]));
    assert!(words.contains("Removed what a backup left that was killed") && words.contains("b.age.part"), "{words}");
    assert_eq!(names(out.path()), ["c.zip", "mine.part"]);
    assert!(!copying.exists());
    assert_eq!(std::fs::read_to_string(&mine).unwrap(), "not the program's");
}
