//! Waits with a limit: if something doesn't happen in time, the test fails and names what it waited for.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use tokio::time::Instant;

/// Longer than anything here takes on a busy machine.
const WAIT_MAX: Duration = Duration::from_secs(240);
/// For what a killed command printed.
const KILLED_WAIT_MAX: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Runs a command to its end, with an empty input. One that doesn't end is killed with all that it started, and fails
/// the test with what it printed.
#[track_caller]
pub fn output(command: &mut Command) -> Output {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn();
    end_of(child.unwrap(), &format!("{command:?}"))
}

/// As [`output`], for a command that was started with input and output of its own, best in a process group of its own.
#[track_caller]
pub fn end_of(child: Child, name: &str) -> Output {
    let group = format!("-{}", child.id());
    let (sender, ended) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    if let Ok(output) = ended.recv_timeout(WAIT_MAX) {
        return output.unwrap();
    }
    let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    let printed = ended.recv_timeout(KILLED_WAIT_MAX).map(Result::unwrap);
    let printed = printed.map(|output| [output.stdout, output.stderr].concat()).unwrap_or_default();
    panic!("{name} didn't end: {}", String::from_utf8_lossy(&printed));
}

/// Returns once the condition holds.
#[track_caller]
pub fn becomes_true(what: &str, holds: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    wait(format!("{caller}: {what}"), holds)
}

async fn wait(what: String, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < WAIT_MAX, "it never came true: {what}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
