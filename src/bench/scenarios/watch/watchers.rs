//! Watchers: connections that only read the live numbers, as hall screens and phones do.

use crate::bench::load::bounded_tasks;
use crate::bench::load::http_connection::HttpConnection;
use anyhow::bail;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// Watchers that connect concurrently: fewer than a server's backlog holds.
const CONNECTING_AT_ONCE: usize = 256;
/// How long watchers may take to receive a number: events are sent once a second, and the machine may be busy.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TRIES_MAX: u32 = 50;
const RETRY_PAUSE: Duration = Duration::from_millis(200);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// What one watcher has received; written by its task, read by the run.
#[derive(Default)]
struct WatcherState {
    events: AtomicU64,
    /// The number of pledges in the last event.
    signed: AtomicU64,
    /// When the last event arrived, and the longest gap between two, in milliseconds since the watchers connected.
    last_ms: AtomicU64,
    longest_gap_ms: AtomicU64,
}

/// Its tasks end when it is dropped.
pub struct WatcherPool {
    states: Arc<Vec<WatcherState>>,
    started: Instant,
    listening: JoinSet<()>,
}

/// What the watchers received in one interval.
pub struct WatcherTotals {
    pub events: u64,
    pub longest_gap: Duration,
    /// Watchers that received the final number.
    pub caught_up: usize,
}

impl WatcherPool {
    /// Connects `count` watchers, distributed over the servers and paths, and waits until each has received an event.
    /// `done` counts the connected ones.
    pub async fn connect(
        addresses: &[SocketAddr],
        paths: &[String],
        count: usize,
        done: &Arc<AtomicUsize>,
    ) -> anyhow::Result<Self> {
        let (addresses, paths, counted): (Arc<[_]>, Arc<[_]>, _) = (addresses.into(), paths.into(), done.clone());
        let connect = move |number: usize| {
            let (address, done) = (addresses[number % addresses.len()], counted.clone());
            let path = paths[number / addresses.len() % paths.len()].clone();
            async move {
                let connection = connect_one(address, &path).await?;
                done.fetch_add(1, Ordering::Relaxed);
                anyhow::Ok(connection)
            }
        };
        let connections = bounded_tasks::run_all(count, CONNECTING_AT_ONCE, connect).await?;
        let states: Arc<Vec<WatcherState>> = Arc::new((0..count).map(|_| WatcherState::default()).collect());
        let (started, mut listening) = (Instant::now(), JoinSet::new());
        for (number, connection) in connections.into_iter().enumerate() {
            listening.spawn(listen(connection?, states.clone(), number, started));
        }
        let watchers = Self { states, started, listening };
        if !watchers.wait_until(|states| states.events.load(Ordering::Relaxed) > 0).await {
            bail!("not every watcher was told the numbers within {} s", CATCH_UP_TIMEOUT.as_secs());
        }
        Ok(watchers)
    }

    /// Starts an interval: earlier events don't count.
    pub fn start_interval(&self) {
        let now = millis(self.started);
        for states in self.states.iter() {
            states.events.store(0, Ordering::Relaxed);
            states.longest_gap_ms.store(0, Ordering::Relaxed);
            states.last_ms.store(now, Ordering::Relaxed);
        }
    }

    /// Ends the interval: waits, within a limit, until every watcher has received the number `signed`.
    pub async fn finish_interval(&self, signed: u64) -> WatcherTotals {
        let knows = |states: &WatcherState| states.signed.load(Ordering::Relaxed) >= signed;
        self.wait_until(knows).await;
        let longest =
            self.states.iter().map(|states| states.longest_gap_ms.load(Ordering::Relaxed)).max().unwrap_or_default();
        WatcherTotals {
            events: self.states.iter().map(|states| states.events.load(Ordering::Relaxed)).sum(),
            longest_gap: Duration::from_millis(longest),
            caught_up: self.states.iter().filter(|states| knows(states)).count(),
        }
    }

    /// Disconnects all watchers; returns when the last one is gone.
    pub async fn disconnect(mut self) {
        self.listening.shutdown().await;
    }

    async fn wait_until(&self, holds: impl Fn(&WatcherState) -> bool) -> bool {
        let all = async {
            while !self.states.iter().all(&holds) {
                sleep(POLL_INTERVAL).await;
            }
        };
        timeout(CATCH_UP_TIMEOUT, all).await.is_ok()
    }
}

/// Connects one watcher. The server may still count watchers that just disconnected.
async fn connect_one(address: SocketAddr, path: &str) -> anyhow::Result<HttpConnection> {
    for _ in 0..CONNECT_TRIES_MAX {
        let mut connection = HttpConnection::open(address).await?;
        match connection.watch(path).await? {
            200 => return Ok(connection),
            503 => sleep(RETRY_PAUSE).await,
            status => bail!("status {status} to a watcher"),
        }
    }
    bail!("no seat for a watcher")
}

/// Reads events until the server ends the stream.
async fn listen(mut connection: HttpConnection, states: Arc<Vec<WatcherState>>, number: usize, started: Instant) {
    let (states, mut event) = (&states[number], Vec::new());
    loop {
        event.clear();
        match connection.chunk(&mut event).await {
            Ok(0) | Err(_) => return,
            Ok(_) => states.record(&event, millis(started)),
        }
    }
}

impl WatcherState {
    /// The server sends each event in its own chunk.
    fn record(&self, chunk: &[u8], now_ms: u64) {
        let Some(signed) = signed(chunk) else { return };
        let before = self.last_ms.swap(now_ms, Ordering::Relaxed);
        self.longest_gap_ms.fetch_max(now_ms.saturating_sub(before), Ordering::Relaxed);
        self.signed.store(signed, Ordering::Relaxed);
        self.events.fetch_add(1, Ordering::Relaxed);
    }
}

/// The number of pledges; `None` for an event without numbers.
fn signed(chunk: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(chunk).ok()?;
    let number = text.split(r#""signed":"#).nth(1)?;
    let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..digits].parse().ok()
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_event_with_numbers_counts_and_the_longest_gap_stays() {
        let states = WatcherState::default();
        let event = |signed| format!("id: 1\ndata: {{\"state\":\"open\",\"signed\":{signed},\"eligible\":9}}\n\n");
        states.record(b"retry: 1000\n\n", 5_000);
        assert_eq!(states.events.load(Ordering::Relaxed), 0);
        for (signed, now_ms) in [(1, 100), (2, 1_300), (7, 2_000)] {
            states.record(event(signed).as_bytes(), now_ms);
        }
        assert_eq!((states.events.load(Ordering::Relaxed), states.signed.load(Ordering::Relaxed)), (3, 7));
        assert_eq!(states.longest_gap_ms.load(Ordering::Relaxed), 1_200);
    }
}
