//! Runs many tasks with bounded concurrency.

use anyhow::Context;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::task::JoinSet;

/// Runs the tasks 0 to `count`, started in this order, at most `at_once` concurrently. The results are unordered.
pub async fn run_all<R, E>(
    count: usize,
    at_once: usize,
    task: impl Fn(usize) -> E + Clone + Send + 'static,
) -> anyhow::Result<Vec<R>>
where
    R: Send + 'static,
    E: Future<Output = R> + Send + 'static,
{
    let next = Arc::new(AtomicUsize::new(0));
    let mut working = JoinSet::new();
    for _ in 0..at_once.min(count) {
        let (next, task) = (next.clone(), task.clone());
        working.spawn(async move {
            let mut done = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return done;
                }
                done.push(task(number).await);
            }
        });
    }
    let mut done = Vec::with_capacity(count);
    while let Some(part) = working.join_next().await {
        done.extend(part.context("a task failed")?);
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_errand_is_run_once_and_never_more_than_so_many_at_once() {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counted, peak) = (now.clone(), most.clone());
        let task = move |number| {
            let (now, most) = (counted.clone(), peak.clone());
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                now.fetch_sub(1, Ordering::SeqCst);
                number
            }
        };
        let mut done = run_all(100, 7, task).await.unwrap();
        done.sort_unstable();
        assert_eq!(done, (0..100).collect::<Vec<_>>());
        assert!((1..=7).contains(&most.load(Ordering::SeqCst)));
        assert_eq!(now.load(Ordering::SeqCst), 0);
    }
}
