//! A progress bar on standard error; hidden if standard error isn't a terminal.

use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::sleep;

const DRAW_INTERVAL: Duration = Duration::from_millis(200);

/// Disappears when dropped.
pub struct LoadProgress {
    pub done: Arc<AtomicUsize>,
    bar: ProgressBar,
    drawing: tokio::task::JoinHandle<()>,
}

impl LoadProgress {
    pub fn of(people: usize, what: &str) -> Self {
        let bar = ProgressBar::new(u64::try_from(people).unwrap_or(u64::MAX));
        let style = ProgressStyle::with_template("{msg:24} {bar:30} {human_pos}/{human_len} {per_sec}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what.to_owned());
        let done = Arc::new(AtomicUsize::new(0));
        let (seen, drawn) = (done.clone(), bar.clone());
        // Drawn by a task of its own, so that a client only pays for one atomic increment.
        let drawing = tokio::spawn(async move {
            loop {
                sleep(DRAW_INTERVAL).await;
                drawn.set_position(u64::try_from(seen.load(Ordering::Relaxed)).unwrap_or(u64::MAX));
            }
        });
        Self { done, bar, drawing }
    }
}

impl Drop for LoadProgress {
    fn drop(&mut self) {
        self.drawing.abort();
        self.bar.finish_and_clear();
    }
}
