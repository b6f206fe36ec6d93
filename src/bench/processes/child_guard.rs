//! Ends a child process and removes a folder when this process ends, even if it is killed.
//!
//! A shell supervises them. It waits for the end of its input, which the kernel closes when this process ends. Then it
//! signals the child, waits for it, and removes the folder.

use anyhow::{Context, ensure};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Arguments: the signal, the folder (may be empty), then the program. Prints the program's process id.
const SUPERVISOR_SCRIPT: &str = r#"trap '' INT TERM HUP
signal=$1 folder=$2; shift 2
if [ $# -gt 0 ]; then "$@" </dev/null >/dev/null & child=$!; fi
echo "${child:-0}"
read -r _
if [ -n "$child" ]; then { kill "-$signal" "$child"; wait "$child"; } 2>/dev/null; fi
tries=0
while [ -n "$folder" ] && [ $tries -lt 50 ] && ! rm -rf "$folder"; do tries=$((tries + 1)); sleep 0.1; done
"#;

/// The signal that ends a child.
#[derive(Clone, Copy)]
pub enum StopSignal {
    /// SIGKILL: nothing is flushed, as in a crash.
    Kill,
    /// SIGQUIT: PostgreSQL's immediate shutdown, with all of its processes.
    Quit,
}

pub struct ChildGuard {
    supervisor: Child,
    pid: u32,
}

impl ChildGuard {
    /// A shell that supervises the program appended as further arguments, and removes `folder` at the end.
    pub fn supervisor(signal: StopSignal, folder: Option<&Path>) -> Command {
        let signal = match signal {
            StopSignal::Kill => "KILL",
            StopSignal::Quit => "QUIT",
        };
        let mut shell = Command::new("sh");
        shell.args(["-c", SUPERVISOR_SCRIPT, "ikrar-bench", signal]).arg(folder.unwrap_or(Path::new("")));
        shell
    }

    /// Starts the supervisor and its program. Ctrl-C in the terminal reaches only this process.
    pub fn spawn(mut supervisor: Command) -> anyhow::Result<Self> {
        std::os::unix::process::CommandExt::process_group(&mut supervisor, 0);
        let mut supervisor =
            supervisor.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("sh can't be started")?;
        let said = supervisor.stdout.take().context("its output is read here")?;
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line)?;
        let pid = line.trim().parse().context("the holder names no process")?;
        Ok(Self { supervisor, pid })
    }

    /// Guards only a folder.
    pub fn folder(folder: &Path) -> anyhow::Result<Self> {
        ensure!(folder.is_absolute(), "{} must be absolute", folder.display());
        Self::spawn(Self::supervisor(StopSignal::Kill, Some(folder)))
    }

    /// Ends the child now, and returns when it has ended.
    pub fn stop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }

    /// The program's process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }
}

impl Drop for ChildGuard {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::processes::procfs;

    #[test]
    fn a_program_and_its_folder_end_with_their_holder() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("a folder");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("file"), "x").unwrap();
        let mut supervisor = ChildGuard::supervisor(StopSignal::Kill, Some(&folder));
        supervisor.args(["sleep", "60"]);
        let guard = ChildGuard::spawn(supervisor).unwrap();
        assert!(procfs::is_running(guard.pid()) && folder.exists());
        let pid = guard.pid();
        drop(guard);
        assert!(!procfs::is_running(pid) && !folder.exists());
    }
}
