//! Connections that send one kind of request again and again until they are told to stop. They work in closed loop: the next
//! request goes out when the one before was answered or given up.

use super::attack_kinds::{AttackKind, AttackRequest, AttackTarget};
use crate::bench::load::http_connection::HttpConnection;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// An answer that takes longer isn't waited for.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection that says half of what it has to say is held.
const HOLD_TIME: Duration = Duration::from_secs(2);
/// Between two connections of one attacker: their number stays bounded, and so does that of the ports they use up.
const PAUSE: Duration = Duration::from_millis(20);

/// What came of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct AttackTally {
    pub answered: usize,
    /// Answers that told to come back later (429, 503).
    pub turned_away: usize,
    /// Answers from 500 on, besides 503: none is expected.
    pub failed: usize,
    /// Without an answer: the connection was closed, or it took too long.
    pub unanswered: usize,
}

/// Ends with it.
pub struct Attackers {
    stop: Arc<AtomicBool>,
    working: JoinSet<(AttackKind, AttackTally)>,
}

impl Attackers {
    /// Starts so many connections of each kind, spread over the addresses.
    pub fn start(addresses: &[SocketAddr], target: &Arc<AttackTarget>, each: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let next = Arc::new(AtomicUsize::new(0));
        let mut working = JoinSet::new();
        for kind in AttackKind::ALL {
            for place in 0..each {
                let attacker = Attacker {
                    kind,
                    address: addresses[place % addresses.len()],
                    target: target.clone(),
                    next: next.clone(),
                    stop: stop.clone(),
                    tally: AttackTally::default(),
                };
                working.spawn(attacker.run());
            }
        }
        Self { stop, working }
    }

    /// Stops all of them and tells what came of each kind, in the order of [`AttackKind::ALL`].
    pub async fn end(mut self) -> Vec<(AttackKind, AttackTally)> {
        self.stop.store(true, Ordering::Relaxed);
        let mut tallies: Vec<(AttackKind, AttackTally)> =
            AttackKind::ALL.iter().map(|kind| (*kind, AttackTally::default())).collect();
        while let Some(ended) = self.working.join_next().await {
            let Ok((kind, tally)) = ended else { continue };
            for (_, sum) in tallies.iter_mut().filter(|(of, _)| *of == kind) {
                sum.add(tally);
            }
        }
        tallies
    }
}

impl AttackTally {
    pub fn add(&mut self, other: Self) {
        self.answered += other.answered;
        self.turned_away += other.turned_away;
        self.failed += other.failed;
        self.unanswered += other.unanswered;
    }

    fn count(&mut self, status: Option<u16>) {
        match status {
            Some(429 | 503) => self.turned_away += 1,
            Some(500..) => self.failed += 1,
            Some(_) => self.answered += 1,
            None => self.unanswered += 1,
        }
    }
}

struct Attacker {
    kind: AttackKind,
    address: SocketAddr,
    target: Arc<AttackTarget>,
    next: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    tally: AttackTally,
}

impl Attacker {
    async fn run(mut self) -> (AttackKind, AttackTally) {
        let mut idle: Option<HttpConnection> = None;
        while !self.stop.load(Ordering::Relaxed) {
            let sent = self.kind.request(&self.target, self.next.fetch_add(1, Ordering::Relaxed));
            let status = if self.kind.is_complete() {
                self.send_complete(&mut idle, &sent).await
            } else {
                let status = self.send_partial(&sent).await;
                sleep(PAUSE).await;
                status
            };
            self.tally.count(status);
        }
        (self.kind, self.tally)
    }

    /// Asks over the connection that is kept, or over a new one; keeps it where it was answered.
    async fn send_complete(&self, idle: &mut Option<HttpConnection>, sent: &AttackRequest) -> Option<u16> {
        let mut connection = match idle.take() {
            Some(connection) => connection,
            None => {
                sleep(PAUSE).await;
                HttpConnection::open(self.address).await.ok()?
            }
        };
        let asking = connection.ask(sent.method, &sent.path, &sent.headers, &sent.body);
        let answer = timeout(ANSWER_TIMEOUT, asking).await.ok()?.ok()?;
        *idle = Some(connection);
        Some(answer.status)
    }

    /// Sends what isn't a whole request, or leaves before the answer's end.
    async fn send_partial(&self, sent: &AttackRequest) -> Option<u16> {
        match self.kind {
            AttackKind::Watchers => {
                let mut connection = HttpConnection::open(self.address).await.ok()?;
                let status = timeout(ANSWER_TIMEOUT, connection.watch(&sent.path)).await.ok()?.ok()?;
                if status == 200 {
                    let _ = timeout(HOLD_TIME, connection.chunk(&mut Vec::new())).await;
                }
                Some(status)
            }
            AttackKind::LargeBodies => {
                let mut connection = HttpConnection::open(self.address).await.ok()?;
                let asking = connection.ask(sent.method, &sent.path, &sent.headers, "");
                Some(timeout(HOLD_TIME, asking).await.ok()?.ok()?.status)
            }
            _ => {
                let mut stream = TcpStream::connect(self.address).await.ok()?;
                let half = format!("{} {} HTTP/1.1\r\nhost: {}\r\nx-slow: ", sent.method, sent.path, self.address);
                stream.write_all(half.as_bytes()).await.ok()?;
                sleep(HOLD_TIME).await;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_other_failures_than_busy_count_as_failed() {
        let mut tally = AttackTally::default();
        for status in [Some(401), Some(200), Some(413), Some(429), Some(503), Some(500), Some(507), None] {
            tally.count(status);
        }
        assert_eq!(tally, AttackTally { answered: 3, turned_away: 2, failed: 2, unanswered: 1 });
    }
}
