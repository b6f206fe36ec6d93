//! The program as a process: started, stopped, killed.

use super::bounded::output;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_ikrar");
pub const READY_TIMEOUT: Duration = Duration::from_secs(60);

/// A demo's folder, and the address that it keeps across restarts, since links are made from it.
pub struct Folder {
    folder: TempDir,
    address: SocketAddr,
    participants: u32,
    /// A server to keep everything in, instead of the embedded database.
    database_url: Option<String>,
    started: AtomicUsize,
}

impl Folder {
    pub fn new(participants: u32) -> Self {
        let (folder, address) = (tempfile::tempdir().unwrap(), free_address());
        Self { folder, address, participants, database_url: None, started: AtomicUsize::new(0) }
    }

    pub fn on(database_url: &str, participants: u32) -> Self {
        Self { database_url: Some(database_url.into()), ..Self::new(participants) }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Identifier and access code of everybody, in the order of the demo's list.
    pub fn people(&self) -> Vec<(String, String)> {
        let mut list = csv::Reader::from_path(self.data().join("demo-participants.csv")).unwrap();
        list.records().map(|row| row.unwrap()).map(|row| (row[0].to_owned(), row[1].to_owned())).collect()
    }

    /// Everybody's name, in the order of the demo's list.
    pub fn names(&self) -> Vec<String> {
        let mut list = csv::Reader::from_path(self.data().join("demo-participants.csv")).unwrap();
        list.records().map(|row| row.unwrap()[2].to_owned()).collect()
    }

    pub fn start(&self) -> Program {
        self.start_with_arguments(&[])
    }

    pub fn start_with_arguments(&self, arguments: &[&str]) -> Program {
        self.start_with(Command::new(PROGRAM).arg("demo").args(arguments))
    }

    /// Runs a command that must be refused, and returns what it says to whoever typed it.
    pub fn refused(&self, arguments: &[&str]) -> String {
        self.ended(arguments, 1)
    }

    /// Runs a command to its good end.
    pub fn done(&self, arguments: &[&str]) {
        self.ended(arguments, 0);
    }

    fn ended(&self, arguments: &[&str], code: i32) -> String {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).args(["--listen", &self.address.to_string()]).arg("--data").arg(self.data());
        let ended = output(&mut command);
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(code), "{said}");
        said
    }

    /// `ikrar fsck`, also while it is served: its exit code, and what it says in JSON.
    pub fn fsck(&self) -> (Option<i32>, Value) {
        let mut command = Command::new(PROGRAM);
        let looked = output(self.here(command.args(["fsck", "--json"]), &self.data()));
        let said = serde_json::from_slice(&looked.stdout);
        (looked.status.code(), said.unwrap_or_else(|_| String::from_utf8_lossy(&looked.stderr).into()))
    }

    /// With this folder, on the same database.
    fn here<'c>(&self, command: &'c mut Command, data: &Path) -> &'c mut Command {
        command.arg("--data").arg(data).envs(self.database_url.iter().map(|url| ("IKRAR_DATABASE_URL", url)))
    }

    /// Where a program that is being started says what goes wrong.
    fn new_log(&self) -> PathBuf {
        self.folder.path().join(format!("log-{}", self.started.fetch_add(1, Ordering::SeqCst)))
    }

    /// Starts with every file limited to so many bytes, as a full disk does to the database's. The write then fails
    /// instead of the process, since the signal is ignored. The limit is soft: see [`Program::make_room`].
    pub fn start_with_files_up_to(&self, bytes: u64) -> Program {
        // POSIX: `ulimit -f` counts blocks of 512 bytes.
        let script = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$0\" \"$@\"", bytes / 512);
        self.start_with(Command::new("sh").arg("-c").arg(script).args([PROGRAM, "demo"]))
    }

    pub fn start_with(&self, command: &mut Command) -> Program {
        let log = self.new_log();
        let process = self
            .here(command, &self.data())
            .args(["--participants", &self.participants.to_string()])
            .args(["--listen", &self.address.to_string()])
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut program = Program { process, url: String::new(), log };
        program.wait_until_ready();
        program
    }

    /// A further node on the same database and keyring, with a folder of its own.
    pub fn second_node(&self, data: &Path) -> Program {
        self.second_node_with(data, &mut Command::new(PROGRAM))
    }

    /// As [`Self::second_node`], by a program in surroundings of its own.
    pub fn second_node_with(&self, data: &Path, command: &mut Command) -> Program {
        for file in ["keyring", "keyring.passphrase"] {
            std::fs::copy(self.data().join(file), data.join(file)).unwrap();
        }
        let (address, log) = (free_address(), self.new_log());
        let process = self.serve(data, address, command).stderr(File::create(&log).unwrap()).spawn().unwrap();
        let program = Program { process, url: format!("http://{address}"), log };
        let began = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            assert!(began.elapsed() < READY_TIMEOUT, "the second node wasn't ready in time: {}", program.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        program
    }

    /// What a node with this folder says that must be refused.
    pub fn refused_node(&self, data: &Path) -> String {
        let ended = output(self.serve(data, free_address(), &mut Command::new(PROGRAM)));
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{said}");
        said
    }

    fn serve<'c>(&self, data: &Path, address: SocketAddr, command: &'c mut Command) -> &'c mut Command {
        command
            .args(["serve", "--listen", &address.to_string()])
            .args(["--public-url", &format!("http://{}", self.address)])
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        self.here(command, data)
    }
}

/// A folder that only its owner can enter, as a data folder must be.
pub fn private_folder() -> TempDir {
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    tempfile::Builder::new().permissions(private).tempdir().unwrap()
}

pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A running program. Killed when dropped.
pub struct Program {
    process: Child,
    url: String,
    log: PathBuf,
}

impl Program {
    /// What it warned of so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// As the program's last line before it serves says it.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    fn wait_until_ready(&mut self) {
        let lines = BufReader::new(self.process.stdout.take().unwrap()).lines();
        let (ready, waiting) = mpsc::channel();
        std::thread::spawn(move || {
            // Read to the end, so that the program never waits for a full pipe.
            for line in lines.map_while(Result::ok) {
                if let Some(url) = line.strip_prefix("ready ") {
                    let _ = ready.send(url.to_owned());
                }
            }
        });
        match waiting.recv_timeout(READY_TIMEOUT) {
            Ok(url) => self.url = url,
            Err(_) => {
                let _ = self.process.kill();
                panic!("the program wasn't ready in time: {}", self.log());
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

    /// How many files and connections it has open.
    #[cfg(target_os = "linux")]
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.process.id())).unwrap().count()
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
