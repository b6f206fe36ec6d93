//! Long work that signing doesn't wait for: hashing passwords, reading uploads, writing lists. It runs on its own
//! threads with a lower priority, so that it uses only the CPU time that signing leaves.
//!
//! Deliberately absent: a limit on how much runs at once. Callers set it.

use std::sync::LazyLock;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// Added to the niceness of the process, see setpriority(2): such a thread gets about a tenth of a core that other
/// threads also want.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Only its pool of threads for blocking work is used. The pool keeps idle threads for a while.
static THREADS: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = Builder::new_current_thread();
    builder
        .thread_name("background")
        .on_thread_start(lower_priority)
        .build()
        .expect("a runtime without drivers needs nothing")
});

/// Starts `work` at once. The handle returns the result, or an error if the work panicked. Dropping the handle doesn't
/// stop the work.
pub fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    THREADS.spawn_blocking(work)
}

/// Lowers the priority of the calling thread. Only Linux has a niceness per thread; elsewhere this would slow the whole
/// process. If the system refuses, the work runs at normal priority.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICENESS);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_answers_what_came_of_the_work_and_survives_a_panic() {
        assert_eq!(run(|| 7).await.unwrap(), 7);
        assert!(run(|| -> u32 { panic!("on purpose") }).await.unwrap_err().is_panic());
        assert_eq!(run(|| 8).await.unwrap(), 8);
    }

    #[tokio::test]
    async fn it_starts_before_anybody_waits() {
        let (tell, told) = std::sync::mpsc::channel();
        let answer = run(move || tell.send(9));
        assert_eq!(told.recv().unwrap(), 9);
        answer.await.unwrap().unwrap();
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn only_the_works_own_thread_gets_a_lower_priority() {
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let before = niceness();
        assert_eq!(run(niceness).await.unwrap(), (before + NICENESS).min(19));
        assert_eq!(niceness(), before);
    }
}
