//! The server under load: this program once more, as a demo in a folder that is removed afterwards.

use anyhow::{Context, bail};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

pub(super) struct Server {
    process: Child,
    pub address: SocketAddr,
    folder: PathBuf,
}

impl Server {
    /// Waits for it to be ready; nothing else is to be done meanwhile.
    pub fn start(participants: u32) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("ikrar-bench-{}", std::process::id()));
        let process = Command::new(std::env::current_exe()?)
            .args(["demo", "--participants", &participants.to_string(), "--listen", "127.0.0.1:0", "--data"])
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("the server can't be started")?;
        let mut server = Self { process, address: SocketAddr::from(([127, 0, 0, 1], 0)), folder };
        let lines = BufReader::new(server.process.stdout.take().context("its output is read here")?).lines();
        for line in lines {
            if let Some(url) = line?.strip_prefix("ready http://") {
                server.address = url.parse()?;
                return Ok(server);
            }
        }
        bail!("the server ended before it was ready")
    }

    pub fn data(&self) -> &PathBuf {
        &self.folder
    }

    /// The most memory that the server has held so far, in MiB; `None` where the system doesn't tell.
    pub fn peak_rss_mib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
    }

    /// Ends the process; the folder stays until the value is dropped.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
