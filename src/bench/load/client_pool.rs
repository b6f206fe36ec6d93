//! A closed-loop load: a fixed number of keep-alive connections share a list of requests. Each sends its next request
//! after the previous response, and retries as the signing page does.

use crate::bench::load::bounded_tasks;
use crate::bench::load::http_connection::HttpConnection;
use anyhow::{Context, bail};
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Connections opened concurrently: fewer than a server's backlog holds.
const OPENING_AT_ONCE: usize = 256;
/// Tries per request.
pub const TRIES_MAX: u32 = 50;
/// A longer `Retry-After` is cut to this.
const RETRY_AFTER_SECS_MAX: u64 = 10;
/// The delay without a `Retry-After`.
const RETRY_AFTER_SECS: u64 = 1;
/// Jitter, so that retries don't all arrive at the same instant.
const JITTER_STEP: Duration = Duration::from_millis(10);
const JITTER_STEPS: u64 = 100;

/// One person's request, a JSON body.
pub struct JsonRequest {
    /// May be empty.
    pub bearer: String,
    pub body: Arc<str>,
}

/// One person's response.
pub struct CompletedRequest {
    /// Index of the request.
    pub person: usize,
    pub body: Vec<u8>,
    /// When it arrived, since the start of the load.
    pub at: Duration,
    /// Latency from the first try.
    pub took: Duration,
}

#[derive(Default)]
pub struct LoadOutcome {
    pub answers: Vec<CompletedRequest>,
    /// From the first request to the last response; connections were opened before.
    pub wall: Duration,
    /// Responses 429 and 503; each was retried.
    pub retries: u64,
    /// Broken connections (retried), and other statuses than 200, 201, 429 and 503 (not retried).
    pub errors: u64,
    /// The first of these errors.
    pub first_error: Option<String>,
}

impl LoadOutcome {
    pub fn per_second(&self) -> f64 {
        crate::bench::figures::statistics::per_second(self.answers.len(), self.wall)
    }

    fn failed(error: String) -> Self {
        Self { errors: 1, first_error: Some(error), ..Self::default() }
    }
}

/// The clients and their requests.
#[derive(Clone)]
pub struct ClientPool {
    /// Connections are distributed over these servers.
    pub addresses: Vec<SocketAddr>,
    pub connections: u32,
    pub path: Arc<str>,
    pub requests: Arc<Vec<JsonRequest>>,
}

impl ClientPool {
    /// Posts the requests of these people, each until it is answered. `done` counts the answered ones.
    pub async fn post(&self, people: Range<usize>, done: &Arc<AtomicUsize>) -> anyhow::Result<LoadOutcome> {
        let count = usize::try_from(self.connections)?.min(people.len());
        let addresses = self.addresses.clone();
        let connect = move |number: usize| {
            let address = addresses[number % addresses.len()];
            async move { HttpConnection::open(address).await.map(|connection| (address, connection)) }
        };
        // A server closes idle connections, so the first connection must not wait long for the last one.
        let opened = bounded_tasks::run_all(count, OPENING_AT_ONCE, connect)
            .await?
            .into_iter()
            .collect::<anyhow::Result<Vec<_>>>();
        let open = match opened {
            Ok(open) => open,
            Err(error) => return Ok(LoadOutcome::failed(format!("{error:#}"))),
        };
        let next = Arc::new(AtomicUsize::new(people.start));
        let started = Instant::now();
        let mut working = JoinSet::new();
        for (address, connection) in open {
            let worker = Worker {
                clients: self.clone(),
                address,
                connection,
                next: next.clone(),
                done: done.clone(),
                end: people.end,
                started,
                outcome: LoadOutcome::default(),
            };
            working.spawn(worker.run());
        }
        let mut outcome = LoadOutcome::default();
        while let Some(part) = working.join_next().await {
            let part = part.context("a connection's task failed")?;
            outcome.answers.extend(part.answers);
            outcome.retries += part.retries;
            outcome.errors += part.errors;
            outcome.first_error = outcome.first_error.or(part.first_error);
        }
        outcome.wall = outcome.answers.iter().map(|answer| answer.at).max().unwrap_or_default();
        Ok(outcome)
    }

    /// As [`Self::post`], but any error fails the run.
    pub async fn post_all(&self, people: Range<usize>, done: &Arc<AtomicUsize>) -> anyhow::Result<LoadOutcome> {
        let outcome = self.post(people, done).await?;
        if let Some(error) = outcome.first_error {
            bail!("{} of {} requests to {} failed; the first: {error}", outcome.errors, self.requests.len(), self.path);
        }
        Ok(outcome)
    }
}

struct Worker {
    clients: ClientPool,
    address: SocketAddr,
    connection: HttpConnection,
    next: Arc<AtomicUsize>,
    done: Arc<AtomicUsize>,
    end: usize,
    started: Instant,
    outcome: LoadOutcome,
}

impl Worker {
    async fn run(mut self) -> LoadOutcome {
        loop {
            let person = self.next.fetch_add(1, Ordering::Relaxed);
            if person >= self.end || !self.send_until_answered(person).await {
                return self.outcome;
            }
            self.done.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Sends one request until it has a final response. False if the server accepts no more connections; the remaining
    /// requests then stay unanswered.
    async fn send_until_answered(&mut self, person: usize) -> bool {
        let requests = self.clients.requests.clone();
        let JsonRequest { bearer, body } = &requests[person];
        let first_try = Instant::now();
        for _ in 0..TRIES_MAX {
            match self.connection.post(&self.clients.path, bearer, body).await {
                Ok(answer) if matches!(answer.status, 200 | 201) => {
                    let (at, took) = (self.started.elapsed(), first_try.elapsed());
                    self.outcome.answers.push(CompletedRequest { person, body: answer.body, at, took });
                    return true;
                }
                Ok(answer) if is_retryable(answer.status) => {
                    self.outcome.retries += 1;
                    sleep(retry_delay(answer.retry_after, person)).await;
                }
                Ok(answer) => {
                    self.failed(format!("status {}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
                    return true;
                }
                Err(error) => {
                    self.failed(format!("{error:#}"));
                    let Ok(again) = HttpConnection::open(self.address).await else { return false };
                    self.connection = again;
                }
            }
        }
        self.failed(format!("told to come back {TRIES_MAX} times"));
        true
    }

    fn failed(&mut self, error: String) {
        self.outcome.errors += 1;
        self.outcome.first_error.get_or_insert(error);
    }
}

/// 429 and 503 ask to retry later; any other refusal is final.
pub fn is_retryable(status: u16) -> bool {
    matches!(status, 429 | 503)
}

/// The delay before a retry: the `Retry-After`, within a limit, plus jitter.
pub fn retry_delay(retry_after: Option<u64>, person: usize) -> Duration {
    let secs = retry_after.unwrap_or(RETRY_AFTER_SECS).min(RETRY_AFTER_SECS_MAX);
    let step = u32::try_from(u64::try_from(person).unwrap_or_default() % JITTER_STEPS).unwrap_or_default();
    Duration::from_secs(secs) + JITTER_STEP * step
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::http::StatusCode;
    use axum::http::header::RETRY_AFTER;
    use axum::routing::post;

    #[tokio::test]
    async fn who_is_told_to_come_back_does_and_a_refusal_is_counted_once() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let router = Router::new().route(
            "/",
            post(move |body: String| {
                let first = count.fetch_add(1, Ordering::SeqCst) == 0;
                async move {
                    match body.as_str() {
                        _ if first => (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "0")], String::new()),
                        "bad" => (StatusCode::CONFLICT, [(RETRY_AFTER, "0")], String::new()),
                        _ => (StatusCode::CREATED, [(RETRY_AFTER, "0")], body),
                    }
                }
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let requests = ["a", "b", "bad", "c"].map(|body| JsonRequest { bearer: String::new(), body: body.into() });
        let clients = ClientPool {
            addresses: vec![address],
            connections: 1,
            path: "/".into(),
            requests: Arc::new(requests.into()),
        };
        let outcome = clients.post(0..4, &Arc::default()).await.unwrap();
        assert_eq!(outcome.answers.iter().map(|answer| answer.body.as_slice()).collect::<Vec<_>>(), [b"a", b"b", b"c"]);
        assert_eq!((outcome.retries, outcome.errors, asked.load(Ordering::SeqCst)), (1, 1, 5));
        assert!(outcome.first_error.is_some_and(|error| error.contains("409")));
        assert!(clients.post_all(2..3, &Arc::default()).await.is_err());
    }

    #[tokio::test]
    async fn a_server_that_is_gone_leaves_people_without_an_answer_and_the_run_goes_on() {
        let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let requests = Arc::new(vec![JsonRequest { bearer: String::new(), body: "a".into() }]);
        let clients = ClientPool { addresses: vec![gone], connections: 1, path: "/".into(), requests };
        let outcome = clients.post(0..1, &Arc::default()).await.unwrap();
        assert!(outcome.answers.is_empty() && outcome.errors == 1 && outcome.first_error.is_some());
        assert!(clients.post_all(0..1, &Arc::default()).await.is_err());
    }

    #[test]
    fn a_pause_is_bounded_and_spread() {
        assert_eq!(retry_delay(Some(2), 100), Duration::from_secs(2));
        assert_eq!(retry_delay(None, 3), Duration::from_millis(1_030));
        assert!(retry_delay(Some(9_999), 99) < Duration::from_secs(12));
    }
}
