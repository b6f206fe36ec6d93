//! The program as a process: started, stopped, killed.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_ikrar");
const READY_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// A demo's folder, and the address that it keeps across restarts, since links are made from it.
pub struct Folder {
    folder: TempDir,
    address: SocketAddr,
    participants: u32,
}

impl Folder {
    pub fn new(participants: u32) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        Self { folder: tempfile::tempdir().unwrap(), address, participants }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Identifier and access code of everybody, in the order of the demo's list.
    pub fn people(&self) -> Vec<(String, String)> {
        let mut list = csv::Reader::from_path(self.data().join("demo-participants.csv")).unwrap();
        list.records().map(|row| row.unwrap()).map(|row| (row[0].to_owned(), row[1].to_owned())).collect()
    }

    pub fn start(&self) -> Program {
        self.start_with_arguments(&[])
    }

    pub fn start_with_arguments(&self, arguments: &[&str]) -> Program {
        self.start_with(Command::new(PROGRAM).arg("demo").args(arguments))
    }

    /// Runs a command that must be refused, and returns what it says to whoever typed it.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let ended = Command::new(PROGRAM)
            .args(arguments)
            .args(["--listen", &self.address.to_string()])
            .arg("--data")
            .arg(self.data())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{said}");
        said
    }

    /// Starts with every file limited to so many bytes, as a full disk does to the database's. The write then fails instead
    /// of the process, since the signal is ignored. The limit is soft: see [`Program::make_room`].
    pub fn start_with_files_up_to(&self, bytes: u64) -> Program {
        // POSIX: `ulimit -f` counts blocks of 512 bytes.
        let script = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$0\" \"$@\"", bytes / 512);
        self.start_with(Command::new("sh").arg("-c").arg(script).args([PROGRAM, "demo"]))
    }

    fn start_with(&self, command: &mut Command) -> Program {
        let process = command
            .args(["--participants", &self.participants.to_string()])
            .args(["--listen", &self.address.to_string()])
            .arg("--data")
            .arg(self.data())
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut program = Program { process, url: String::new() };
        program.wait_until_ready();
        program
    }
}

/// A running program. Killed when dropped.
pub struct Program {
    process: Child,
    url: String,
}

impl Program {
    /// As the program's last line before it serves says it.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    fn wait_until_ready(&mut self) {
        let lines = BufReader::new(self.process.stdout.take().unwrap()).lines();
        let errors = self.process.stderr.take().unwrap();
        let (ready, waiting) = mpsc::channel();
        std::thread::spawn(move || {
            // Read to the end, so that the program never waits for a full pipe.
            for line in lines.map_while(Result::ok) {
                if let Some(url) = line.strip_prefix("ready ") {
                    let _ = ready.send(url.to_owned());
                }
            }
        });
        let said = drain(errors);
        match waiting.recv_timeout(READY_TIMEOUT) {
            Ok(url) => self.url = url,
            Err(_) => {
                let _ = self.process.kill();
                panic!("the program wasn't ready in time: {}", said.recv_timeout(STOP_TIMEOUT).unwrap_or_default());
            }
        }
    }

    /// Takes the limit off a program that was started with one. Linux alone lets one process change another's limits.
    #[cfg(target_os = "linux")]
    pub fn make_room(&self) {
        let changed = Command::new("prlimit")
            .args(["--pid", &self.process.id().to_string(), "--fsize=unlimited"])
            .status()
            .unwrap();
        assert!(changed.success());
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Collects what the program says, for when it fails.
fn drain(mut errors: ChildStderr) -> mpsc::Receiver<String> {
    let (said, waiting) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let _ = errors.read_to_string(&mut text);
        let _ = said.send(text);
    });
    waiting
}
