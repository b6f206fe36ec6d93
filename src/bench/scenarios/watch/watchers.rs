//! The audience: connections that listen to the live numbers and do nothing else, as hall screens and phones do.

use crate::bench::load::bounded_tasks;
use crate::bench::load::http_connection::Connection;
use anyhow::bail;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// Watchers that connect at the same time: fewer than a server's backlog holds.
const CONNECTING_AT_ONCE: usize = 256;
/// How long the audience may take to hear what is to be heard: numbers are told once a second, and a busy machine takes its
/// time.
const HEAR_TIMEOUT: Duration = Duration::from_secs(30);
const SEAT_TRIES_MAX: u32 = 50;
const SEAT_PAUSE: Duration = Duration::from_millis(200);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What one watcher has heard; written by its task, read by whoever asks.
#[derive(Default)]
struct Heard {
    events: AtomicU64,
    /// The number of pledges in the last event.
    signed: AtomicU64,
    /// When the last event came, and the longest time between two, in milliseconds of the audience's clock.
    last_ms: AtomicU64,
    silence_ms: AtomicU64,
}

/// Ends with it.
pub struct Audience {
    heard: Arc<Vec<Heard>>,
    began: Instant,
    listening: JoinSet<()>,
}

/// What an audience heard in one stretch.
pub struct Hearing {
    pub events: u64,
    pub longest_silence: Duration,
    /// Watchers that were told the last number, and all of them.
    pub caught_up: usize,
}

impl Audience {
    /// Connects so many, spread over the addresses, and waits until each has heard the numbers once. `done` counts along.
    pub async fn gather(
        addresses: &[SocketAddr],
        slug: &str,
        count: usize,
        done: &Arc<AtomicUsize>,
    ) -> anyhow::Result<Self> {
        let path: Arc<str> = format!("/k/{slug}/live/events").into();
        let (addresses, counted): (Arc<[SocketAddr]>, _) = (addresses.into(), done.clone());
        let sit = move |number: usize| {
            let (address, path, done) = (addresses[number % addresses.len()], path.clone(), counted.clone());
            async move {
                let connection = seat(address, &path).await?;
                done.fetch_add(1, Ordering::Relaxed);
                anyhow::Ok(connection)
            }
        };
        let seated = bounded_tasks::all(count, CONNECTING_AT_ONCE, sit).await?;
        let heard: Arc<Vec<Heard>> = Arc::new((0..count).map(|_| Heard::default()).collect());
        let (began, mut listening) = (Instant::now(), JoinSet::new());
        for (number, connection) in seated.into_iter().enumerate() {
            listening.spawn(listen(connection?, heard.clone(), number, began));
        }
        let audience = Self { heard, began, listening };
        if !audience.wait_until(|heard| heard.events.load(Ordering::Relaxed) > 0).await {
            bail!("not every watcher was told the numbers within {} s", HEAR_TIMEOUT.as_secs());
        }
        Ok(audience)
    }

    /// A new stretch begins: what was heard before doesn't count.
    pub fn begin(&self) {
        let now = millis(self.began);
        for heard in self.heard.iter() {
            heard.events.store(0, Ordering::Relaxed);
            heard.silence_ms.store(0, Ordering::Relaxed);
            heard.last_ms.store(now, Ordering::Relaxed);
        }
    }

    /// The stretch ends: waits, within a limit, until everybody was told that so many have signed.
    pub async fn end(&self, signed: u64) -> Hearing {
        let knows = |heard: &Heard| heard.signed.load(Ordering::Relaxed) >= signed;
        self.wait_until(knows).await;
        let longest = self.heard.iter().map(|heard| heard.silence_ms.load(Ordering::Relaxed)).max().unwrap_or_default();
        Hearing {
            events: self.heard.iter().map(|heard| heard.events.load(Ordering::Relaxed)).sum(),
            longest_silence: Duration::from_millis(longest),
            caught_up: self.heard.iter().filter(|heard| knows(heard)).count(),
        }
    }

    /// Everybody leaves; returns when the last one has.
    pub async fn leave(mut self) {
        self.listening.shutdown().await;
    }

    async fn wait_until(&self, holds: impl Fn(&Heard) -> bool) -> bool {
        let all = async {
            while !self.heard.iter().all(&holds) {
                sleep(LOOK_EVERY).await;
            }
        };
        timeout(HEAR_TIMEOUT, all).await.is_ok()
    }
}

/// Takes a seat. Those of an audience that just left may still be warm.
async fn seat(address: SocketAddr, path: &str) -> anyhow::Result<Connection> {
    for _ in 0..SEAT_TRIES_MAX {
        let mut connection = Connection::open(address).await?;
        match connection.watch(path).await? {
            200 => return Ok(connection),
            503 => sleep(SEAT_PAUSE).await,
            status => bail!("status {status} to a watcher"),
        }
    }
    bail!("no seat for a watcher")
}

/// Until the server ends it.
async fn listen(mut connection: Connection, heard: Arc<Vec<Heard>>, number: usize, began: Instant) {
    let (heard, mut event) = (&heard[number], Vec::new());
    loop {
        event.clear();
        match connection.chunk(&mut event).await {
            Ok(0) | Err(_) => return,
            Ok(_) => heard.take(&event, millis(began)),
        }
    }
}

impl Heard {
    /// The server sends each event in a chunk of its own.
    fn take(&self, chunk: &[u8], now_ms: u64) {
        let Some(signed) = signed(chunk) else { return };
        let before = self.last_ms.swap(now_ms, Ordering::Relaxed);
        self.silence_ms.fetch_max(now_ms.saturating_sub(before), Ordering::Relaxed);
        self.signed.store(signed, Ordering::Relaxed);
        self.events.fetch_add(1, Ordering::Relaxed);
    }
}

/// `None` where the chunk is no event with numbers.
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
    fn only_an_event_with_numbers_counts_and_the_longest_silence_stays() {
        let heard = Heard::default();
        let event = |signed| format!("id: 1\ndata: {{\"state\":\"open\",\"signed\":{signed},\"eligible\":9}}\n\n");
        heard.take(b"retry: 1000\n\n", 5_000);
        assert_eq!(heard.events.load(Ordering::Relaxed), 0);
        for (signed, now_ms) in [(1, 100), (2, 1_300), (7, 2_000)] {
            heard.take(event(signed).as_bytes(), now_ms);
        }
        assert_eq!((heard.events.load(Ordering::Relaxed), heard.signed.load(Ordering::Relaxed)), (3, 7));
        assert_eq!(heard.silence_ms.load(Ordering::Relaxed), 1_200);
    }
}
