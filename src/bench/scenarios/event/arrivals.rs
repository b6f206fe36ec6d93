//! Starts the journeys, all at once or spread over a ramp, with a limit on concurrent connections.

use super::journey::{Journey, JourneyResult, JourneySetup, StepTimes};
use crate::bench::figures::statistics::per_second;
use crate::bench::load::bounded_tasks;
use crate::domain::ids::PledgeId;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Certificates kept for verification after the run.
const CERTIFICATES_KEPT_MAX: usize = 2_000;
/// Connections that measure the cost of a handshake alone.
const HANDSHAKES_MAX: usize = 10_000;

/// A completed journey.
pub struct CompletedJourney {
    pub person: usize,
    pub pledge: PledgeId,
    /// When it ended, since the first arrival.
    pub at: Duration,
    /// From connecting to the receipt, or to the certificate if one was fetched.
    pub took: Duration,
    pub times: StepTimes,
    pub certificate: Option<Vec<u8>>,
}

#[derive(Default)]
pub struct ArrivalsOutcome {
    pub completed: Vec<CompletedJourney>,
    /// How long each person waited for a free connection, unsorted.
    pub queue_waits: Vec<Duration>,
    /// From the first arrival to the end of the last journey.
    pub wall: Duration,
    /// Certificates fetched; the first ones are kept.
    pub certificates: usize,
    pub retries: u64,
    /// The most retries of one person, and the number of people with retries.
    pub retries_max: u32,
    pub people_retried: usize,
    /// Broken connections and failed journeys.
    pub errors: u64,
    pub first_error: Option<String>,
}

/// Starts every journey within `ramp`, with at most `connections` at once. `done` counts the finished ones.
pub async fn run_all(
    setup: &Arc<JourneySetup>,
    connections: usize,
    ramp: Duration,
    done: &Arc<AtomicUsize>,
) -> anyhow::Result<ArrivalsOutcome> {
    let count = setup.people.len();
    let (began, kept) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let task = {
        let (setup, done) = (setup.clone(), done.clone());
        move |person| {
            let (setup, kept, done) = (setup.clone(), kept.clone(), done.clone());
            async move {
                let due = began + arrival_after(ramp, person, count);
                sleep_until(due).await;
                let one = run_one(&setup, person, began, due, &kept).await;
                done.fetch_add(1, Ordering::Relaxed);
                one
            }
        }
    };
    let mut outcome = ArrivalsOutcome::default();
    for one in bounded_tasks::run_all(count, connections, task).await? {
        outcome.add(one);
    }
    outcome.wall = began.elapsed();
    Ok(outcome)
}

/// When this person arrives, after the start.
fn arrival_after(ramp: Duration, person: usize, count: usize) -> Duration {
    let (person, count) = (u32::try_from(person).unwrap_or(u32::MAX), u32::try_from(count).unwrap_or(u32::MAX));
    ramp.mul_f64(f64::from(person) / f64::from(count.max(1)))
}

/// The record of one person's journey.
struct JourneyRecord {
    completed: anyhow::Result<CompletedJourney>,
    queue_wait: Duration,
    certificate: bool,
    retries: u32,
    broken_connections: u32,
    first_error: Option<String>,
}

async fn run_one(
    setup: &JourneySetup,
    person: usize,
    began: Instant,
    due: Instant,
    kept: &AtomicUsize,
) -> JourneyRecord {
    let left = Instant::now();
    let mut journey = Journey::of(setup, person);
    let result = journey.run().await;
    let Journey { times, retries, broken_connections, first_error, .. } = journey;
    let certificate = result.as_ref().is_ok_and(|result| result.certificate.is_some());
    let completed = result.map(|JourneyResult { pledge, certificate }| {
        let keep = |_: &Vec<u8>| kept.fetch_add(1, Ordering::Relaxed) < CERTIFICATES_KEPT_MAX;
        let certificate = certificate.filter(keep);
        CompletedJourney { person, pledge, at: began.elapsed(), took: left.elapsed(), times, certificate }
    });
    JourneyRecord {
        completed,
        queue_wait: left.saturating_duration_since(due),
        certificate,
        retries,
        broken_connections,
        first_error,
    }
}

impl ArrivalsOutcome {
    fn add(&mut self, one: JourneyRecord) {
        self.queue_waits.push(one.queue_wait);
        self.certificates += usize::from(one.certificate);
        self.retries += u64::from(one.retries);
        self.retries_max = self.retries_max.max(one.retries);
        self.people_retried += usize::from(one.retries > 0);
        self.errors += u64::from(one.broken_connections);
        let mut error = one.first_error;
        match one.completed {
            Ok(completed) => self.completed.push(completed),
            Err(failed) => {
                self.errors += 1;
                error = error.or_else(|| Some(format!("{failed:#}")));
            }
        }
        self.first_error = self.first_error.take().or(error);
    }
}

/// Connections per second: each with a handshake, one small request, and a close.
pub async fn handshakes(setup: &Arc<JourneySetup>, connections: usize) -> anyhow::Result<f64> {
    let count = setup.people.len().min(HANDSHAKES_MAX);
    let began = Instant::now();
    let setup = setup.clone();
    let handshake = move |person: usize| {
        let setup = setup.clone();
        async move {
            let mut connection = setup.dialer.connect(setup.addresses[person % setup.addresses.len()], person).await?;
            connection.get("/healthz").await?;
            connection.close().await;
            anyhow::Ok(())
        }
    };
    let done: Vec<()> =
        bounded_tasks::run_all(count, connections, handshake).await?.into_iter().collect::<anyhow::Result<_>>()?;
    Ok(per_second(done.len(), began.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_come_evenly_over_the_ramp_or_all_at_once() {
        let minute = Duration::from_secs(60);
        assert_eq!(arrival_after(minute, 0, 4), Duration::ZERO);
        assert_eq!(arrival_after(minute, 3, 4), Duration::from_secs(45));
        assert_eq!(arrival_after(Duration::ZERO, 3, 4), Duration::ZERO);
    }

    #[test]
    fn who_was_told_to_come_back_is_counted_and_who_failed_is_not_among_the_walked() {
        let one = |retries, broken_connections| JourneyRecord {
            completed: Err(anyhow::anyhow!("status 500")),
            queue_wait: Duration::from_secs(1),
            certificate: false,
            retries,
            broken_connections,
            first_error: None,
        };
        let mut outcome = ArrivalsOutcome::default();
        for each in [one(0, 0), one(3, 1), one(1, 0)] {
            outcome.add(each);
        }
        assert_eq!((outcome.retries, outcome.retries_max, outcome.people_retried), (4, 3, 2));
        assert_eq!((outcome.errors, outcome.completed.len(), outcome.queue_waits.len()), (4, 0, 3));
        assert_eq!(outcome.first_error.as_deref(), Some("status 500"));
    }
}
