//! Everybody comes: all at once, or one after another over a given time; and how many may be on their way at once.

use super::journey::{Arrived, Journey, Road, Times};
use crate::bench::figures::statistics::per_second;
use crate::bench::load::bounded_tasks;
use crate::domain::ids::PledgeId;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Certificates kept to be looked into after the run.
const CERTIFICATES_KEPT_MAX: usize = 2_000;
/// Connections that measure what a handshake alone costs.
const HANDSHAKES_MAX: usize = 10_000;

/// A journey that came to its end.
pub struct Walked {
    pub person: usize,
    pub pledge: PledgeId,
    /// When it ended, since the first person came.
    pub at: Duration,
    /// From the connection to the receipt, or the certificate where one was fetched.
    pub took: Duration,
    pub times: Times,
    pub certificate: Option<Vec<u8>>,
}

#[derive(Default)]
pub struct Outcome {
    pub walked: Vec<Walked>,
    /// How long each person waited for their turn to connect, in any order.
    pub waited: Vec<Duration>,
    /// From the first person's coming to the last one's end.
    pub wall: Duration,
    /// Certificates that were fetched; the first of them are kept.
    pub certificates: usize,
    pub retries: u64,
    /// The most that anybody was told to come back, and how many people were at all.
    pub told_most: u32,
    pub told_people: usize,
    /// Broken connections, and journeys that failed.
    pub errors: u64,
    pub first_error: Option<String>,
}

/// Lets everybody come within `ramp`, with at most so many connections at once. `done` counts along.
pub async fn all(
    road: &Arc<Road>,
    connections: usize,
    ramp: Duration,
    done: &Arc<AtomicUsize>,
) -> anyhow::Result<Outcome> {
    let count = road.people.len();
    let (began, kept) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let errand = {
        let (road, done) = (road.clone(), done.clone());
        move |person| {
            let (road, kept, done) = (road.clone(), kept.clone(), done.clone());
            async move {
                let due = began + arrival(ramp, person, count);
                sleep_until(due).await;
                let one = one(&road, person, began, due, &kept).await;
                done.fetch_add(1, Ordering::Relaxed);
                one
            }
        }
    };
    let mut outcome = Outcome::default();
    for one in bounded_tasks::all(count, connections, errand).await? {
        outcome.add(one);
    }
    outcome.wall = began.elapsed();
    Ok(outcome)
}

/// When this person comes.
fn arrival(ramp: Duration, person: usize, count: usize) -> Duration {
    let (person, count) = (u32::try_from(person).unwrap_or(u32::MAX), u32::try_from(count).unwrap_or(u32::MAX));
    ramp.mul_f64(f64::from(person) / f64::from(count.max(1)))
}

/// One person's part of the outcome.
struct One {
    walked: anyhow::Result<Walked>,
    waited: Duration,
    certificate: bool,
    told: u32,
    broken: u32,
    first_error: Option<String>,
}

async fn one(road: &Road, person: usize, began: Instant, due: Instant, kept: &AtomicUsize) -> One {
    let left = Instant::now();
    let mut journey = Journey::of(road, person);
    let arrived = journey.go().await;
    let Journey { times, told, broken, first_error, .. } = journey;
    let certificate = arrived.as_ref().is_ok_and(|arrived| arrived.certificate.is_some());
    let walked = arrived.map(|Arrived { pledge, certificate }| {
        let keep = |_: &Vec<u8>| kept.fetch_add(1, Ordering::Relaxed) < CERTIFICATES_KEPT_MAX;
        let certificate = certificate.filter(keep);
        Walked { person, pledge, at: began.elapsed(), took: left.elapsed(), times, certificate }
    });
    One { walked, waited: left.saturating_duration_since(due), certificate, told, broken, first_error }
}

impl Outcome {
    fn add(&mut self, one: One) {
        self.waited.push(one.waited);
        self.certificates += usize::from(one.certificate);
        self.retries += u64::from(one.told);
        self.told_most = self.told_most.max(one.told);
        self.told_people += usize::from(one.told > 0);
        self.errors += u64::from(one.broken);
        let mut error = one.first_error;
        match one.walked {
            Ok(walked) => self.walked.push(walked),
            Err(failed) => {
                self.errors += 1;
                error = error.or_else(|| Some(format!("{failed:#}")));
            }
        }
        self.first_error = self.first_error.take().or(error);
    }
}

/// What connections alone cost: so many people connect, ask for nothing but a sign of life, and go. Per second.
pub async fn handshakes(road: &Arc<Road>, connections: usize) -> anyhow::Result<f64> {
    let count = road.people.len().min(HANDSHAKES_MAX);
    let began = Instant::now();
    let road = road.clone();
    let knock = move |person: usize| {
        let road = road.clone();
        async move {
            let mut line = road.phones.connect(road.addresses[person % road.addresses.len()], person).await?;
            line.get("/healthz").await?;
            line.close().await;
            anyhow::Ok(())
        }
    };
    let done: Vec<()> =
        bounded_tasks::all(count, connections, knock).await?.into_iter().collect::<anyhow::Result<_>>()?;
    Ok(per_second(done.len(), began.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_come_evenly_over_the_ramp_or_all_at_once() {
        let minute = Duration::from_secs(60);
        assert_eq!(arrival(minute, 0, 4), Duration::ZERO);
        assert_eq!(arrival(minute, 3, 4), Duration::from_secs(45));
        assert_eq!(arrival(Duration::ZERO, 3, 4), Duration::ZERO);
    }

    #[test]
    fn who_was_told_to_come_back_is_counted_and_who_failed_is_not_among_the_walked() {
        let one = |told, broken| One {
            walked: Err(anyhow::anyhow!("status 500")),
            waited: Duration::from_secs(1),
            certificate: false,
            told,
            broken,
            first_error: None,
        };
        let mut outcome = Outcome::default();
        for each in [one(0, 0), one(3, 1), one(1, 0)] {
            outcome.add(each);
        }
        assert_eq!((outcome.retries, outcome.told_most, outcome.told_people), (4, 3, 2));
        assert_eq!((outcome.errors, outcome.walked.len(), outcome.waited.len()), (4, 0, 3));
        assert_eq!(outcome.first_error.as_deref(), Some("status 500"));
    }
}
