//! `ikrar serve` as a process, on a copy of a demo's data without the demo's marker file, which makes it a real
//! installation.

use super::Folder;
use super::program::{PROGRAM, READY_TIMEOUT, free_address, private_folder};
use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;

const STOP_TIMEOUT: Duration = Duration::from_secs(40);

/// A running server. Killed when dropped.
pub struct Served {
    process: Child,
    pub address: SocketAddr,
    data: TempDir,
}

impl Served {
    /// The demo must not be running any more.
    pub fn start(demo: &Folder, arguments: &[&str]) -> Self {
        Self::start_telling(demo, arguments, "info")
    }

    /// As [`Self::start`], with its log filtered so.
    pub fn start_telling(demo: &Folder, arguments: &[&str], log: &str) -> Self {
        let data = private_folder();
        for file in std::fs::read_dir(demo.data()).unwrap().map(|entry| entry.unwrap().path()) {
            let name = file.file_name().unwrap();
            if file.is_file() && name != "demo.json" {
                std::fs::copy(&file, data.path().join(name)).unwrap();
            }
        }
        let address = free_address();
        let process = Command::new(PROGRAM)
            .args(["serve", "--listen", &address.to_string()])
            .args(["--public-url", &format!("http://{}", demo.address())])
            .args(arguments)
            .arg("--data")
            .arg(data.path())
            .env("RUST_LOG", log)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(data.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut served = Self { process, address, data };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = served.process.try_wait().unwrap();
            assert!(ended.is_none() && began.elapsed() < READY_TIMEOUT, "it doesn't serve: {}", served.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        served
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it said so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap()
    }

    fn log_file(&self) -> PathBuf {
        self.data.path().join("log")
    }

    pub async fn until_it_says(&self, words: &str, times: usize) {
        let began = Instant::now();
        while self.log().matches(words).count() < times {
            assert!(began.elapsed() < STOP_TIMEOUT, "it never said `{words}`: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// `TERM`, `HUP`: as a service manager sends them.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.process.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// The exit code, or the negative number of the signal that ended it.
    pub async fn ended(&mut self) -> i32 {
        let began = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code().unwrap_or_else(|| -status.signal().unwrap());
            }
            assert!(began.elapsed() < STOP_TIMEOUT, "it never ended: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
