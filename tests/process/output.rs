//! Whoever reads what a command prints may leave: the command ends without a word, as every program of a pipe does.

use crate::support::{Folder, PROGRAM, end_of, output, private_folder};
use std::fs::File;
use std::io::{PipeReader, Read, pipe};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const PEOPLE: u32 = 20;
/// As a shell tells of a program that SIGPIPE ended.
const EXIT_BROKEN_PIPE: Option<i32> = Some(141);
/// More than a pipe holds.
const REPORT_BYTES_MIN: usize = 128 * 1024;

/// A demo's folder that nobody serves, and the event `uji`, a draft without people.
struct Place {
    folder: Folder,
    beside: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = Folder::new(PEOPLE);
        folder.start().kill();
        let beside = private_folder();
        let place = Self { folder, beside };
        place.ended(&["campaign", "create", "uji", "--title", "Uji"]);
        place.ended(&["keys", "export-public", "--out", place.path("keys.json").to_str().unwrap()]);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.beside.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        command(&self.folder.data(), arguments)
    }

    fn ended(&self, arguments: &[&str]) -> Output {
        let ended = output(&mut self.command(arguments));
        assert!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
        ended
    }

    /// A roster whose every row is at fault, and the command that says so row by row.
    fn import(&self) -> Vec<String> {
        let file = self.path("roster.csv");
        let rows: String = (0..1_000).map(|row| format!("{row};Nama {row};16\n")).collect();
        std::fs::write(&file, format!("NIP;Nama;Instansi\n{rows}")).unwrap();
        ["import", "--campaign", "uji", "--json", file.to_str().unwrap()].map(str::to_owned).to_vec()
    }
}

fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).arg("--data").arg(data).args(["--listen", "127.0.0.1:0"]);
    command.env("RUST_LOG", "off").env("LC_ALL", "en").stdin(Stdio::null());
    command
}

/// A pipe that nobody reads.
fn closed() -> Stdio {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer.into()
}

#[track_caller]
fn ends_without_a_word(mut command: Command) {
    let ended = end_of(command.stdout(closed()).stderr(Stdio::piped()).spawn().unwrap(), &format!("{command:?}"));
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!((ended.status.code(), &*said), (EXIT_BROKEN_PIPE, ""), "{command:?}");
}

/// Its exit code and what it prints are the same whether its remarks are read or not.
#[track_caller]
fn goes_on_without_remarks(mut command: Command, code: i32) {
    let ended = end_of(command.stdout(Stdio::piped()).stderr(closed()).spawn().unwrap(), &format!("{command:?}"));
    assert_eq!(ended.status.code(), Some(code), "{command:?}");
}

#[test]
fn a_command_whose_output_nobody_reads_ends_without_a_word() {
    let place = Place::new();
    let path = |name: &str| place.path(name).to_str().unwrap().to_owned();
    let (backup, other, keys) = (path("one.zip"), path("two.zip"), path("keys.json"));
    place.ended(&["backup", &backup, "--plain"]);
    let import = place.import();
    let import: Vec<&str> = import.iter().map(String::as_str).collect();
    let commands: [&[&str]; 17] = [
        &["campaign", "show", "sumsel"],
        &["campaign", "show", "sumsel", "--json"],
        &["campaign", "create", "lain", "--title", "Lain"],
        &["account", "list"],
        &["account", "list", "--json"],
        &["account", "add", "budi", "--institution", "16"],
        &["account", "reset", "budi"],
        &["account", "reset", "budi", "--json"],
        &["keys", "list"],
        &["keys", "list", "--json"],
        &["keys", "export-public"],
        &["fsck"],
        &["fsck", "--json"],
        &["backup", &other, "--plain"],
        &["verify", "71893", "--trust", &keys],
        &import,
        &["demo", "--participants", "20"],
    ];
    for arguments in commands {
        ends_without_a_word(place.command(arguments));
    }
    let new = private_folder();
    ends_without_a_word(command(&new.path().join("restored"), &["restore", &backup]));
    ends_without_a_word(command(&new.path().join("served"), &["serve"]));
}

#[test]
fn whoever_leaves_after_the_first_byte_ends_the_command() {
    let place = Place::new();
    let import = place.import();
    let import: Vec<&str> = import.iter().map(String::as_str).collect();
    let whole = output(&mut place.command(&import));
    assert_eq!(whole.status.code(), Some(1));
    assert!(whole.stdout.len() >= REPORT_BYTES_MIN, "{} bytes", whole.stdout.len());

    let (mut reader, writer): (PipeReader, _) = pipe().unwrap();
    let mut command = place.command(&import);
    let running = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    drop(command);
    reader.read_exact(&mut [0]).unwrap();
    drop(reader);
    let ended = end_of(running, "a command whose reader left");
    assert_eq!((ended.status.code(), &*String::from_utf8_lossy(&ended.stderr)), (EXIT_BROKEN_PIPE, ""));
}

#[test]
fn a_command_whose_remarks_nobody_reads_does_its_work() {
    let place = Place::new();
    let codes = place.path("codes.csv");
    let commands: [(&[&str], i32); 6] = [
        (&["codes", "--campaign", "sumsel", "--out", codes.to_str().unwrap()], 0),
        (&["campaign", "show", "nowhere"], 1),
        (&["campaign", "open", "nowhere"], 1),
        (&["account", "reset", "nobody"], 1),
        (&["verify", "no such file"], 4),
        (&["import", "--campaign", "nowhere", "no such file"], 1),
    ];
    for (arguments, code) in commands {
        let mut command = place.command(arguments);
        // Log lines go the same way.
        command.env("RUST_LOG", "trace");
        goes_on_without_remarks(command, code);
    }
    assert!(codes.metadata().unwrap().len() > 0);
}

/// Another fault than that of a reader who left is told.
#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_told() {
    let place = Place::new();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let running = place.command(&["keys", "list"]).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let ended = end_of(running, "keys list");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.code() == Some(1) && said.starts_with("ikrar: standard output can't be written"), "{said}");
}
