//! Connections that repeat one kind of request until they are stopped. The loop is closed: the next request goes out
//! when the previous one was answered or given up.

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

/// The longest wait for a response.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection with half a request is held open.
const HOLD_TIME: Duration = Duration::from_secs(2);
/// Between two connections of one attacker; it bounds the number of connections and of ports in use.
const PAUSE: Duration = Duration::from_millis(20);

/// The responses to one kind of attack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct AttackTally {
    pub answered: usize,
    /// Responses that asked to retry later (429, 503).
    pub turned_away: usize,
    /// Statuses from 500, except 503: none is expected.
    pub failed: usize,
    /// No response: the connection was closed, or it took too long.
    pub unanswered: usize,
}

/// Its tasks end when it is dropped.
pub struct Attackers {
    stop: Arc<AtomicBool>,
    tasks: JoinSet<(AttackKind, AttackTally)>,
}

impl Attackers {
    /// Starts `connections_per_kind` connections of each kind, distributed over the servers.
    pub fn start(addresses: &[SocketAddr], target: &Arc<AttackTarget>, connections_per_kind: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let next_request = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        for kind in AttackKind::ALL {
            for place in 0..connections_per_kind {
                let attacker = Attacker {
                    kind,
                    address: addresses[place % addresses.len()],
                    target: target.clone(),
                    next_request: next_request.clone(),
                    stop: stop.clone(),
                    tally: AttackTally::default(),
                };
                tasks.spawn(attacker.run());
            }
        }
        Self { stop, tasks }
    }

    /// Stops all of them and returns the tally of each kind, in the order of [`AttackKind::ALL`].
    pub async fn end(mut self) -> Vec<(AttackKind, AttackTally)> {
        self.stop.store(true, Ordering::Relaxed);
        let mut tallies: Vec<(AttackKind, AttackTally)> =
            AttackKind::ALL.iter().map(|kind| (*kind, AttackTally::default())).collect();
        while let Some(ended) = self.tasks.join_next().await {
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
    next_request: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    tally: AttackTally,
}

impl Attacker {
    async fn run(mut self) -> (AttackKind, AttackTally) {
        let mut idle: Option<HttpConnection> = None;
        while !self.stop.load(Ordering::Relaxed) {
            let sent = self.kind.request(&self.target, self.next_request.fetch_add(1, Ordering::Relaxed));
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

    /// Sends over the idle connection or a new one, which stays open if there was a response.
    async fn send_complete(&self, idle: &mut Option<HttpConnection>, sent: &AttackRequest) -> Option<u16> {
        let mut connection = match idle.take() {
            Some(connection) => connection,
            None => {
                sleep(PAUSE).await;
                HttpConnection::open(self.address).await.ok()?
            }
        };
        let asking = connection.request(sent.method, &sent.path, &sent.headers, &sent.body);
        let answer = timeout(ANSWER_TIMEOUT, asking).await.ok()?.ok()?;
        *idle = Some(connection);
        Some(answer.status)
    }

    /// Sends part of a request, or leaves before the response ends.
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
                let asking = connection.request(sent.method, &sent.path, &sent.headers, "");
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
