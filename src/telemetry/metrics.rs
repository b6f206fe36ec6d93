//! Metrics in the Prometheus text format. They are recorded only after [`keep`]; without it each call here costs next
//! to nothing.
//!
//! Labels are words of our own, from short lists: route templates, status classes, problem codes, verdicts, reporting
//! groups. No identifier, name, pledge id, address or typed path is ever a label.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use std::time::Duration;

const REQUESTS: &str = "ikrar_http_requests_total";
const REFUSALS: &str = "ikrar_refusals_total";
const VERIFICATIONS: &str = "ikrar_verifications_total";
const BATCH_PLEDGES: &str = "ikrar_batch_pledges";
const BATCH_SECONDS: &str = "ikrar_batch_commit_seconds";
const COMMITTED: &str = "ikrar_pledges_committed_total";
const REPEATED: &str = "ikrar_pledges_repeated_total";
const BATCH_FAULTS: &str = "ikrar_batch_faults_total";
const QUEUE: &str = "ikrar_queue_pledges";
const QUEUE_MAX: &str = "ikrar_queue_pledges_max";
const WATCHERS: &str = "ikrar_watchers";
const SIGNED: &str = "ikrar_signed";
const ELIGIBLE: &str = "ikrar_eligible";
const TARGET: &str = "ikrar_target";
const LAST_COMMIT: &str = "ikrar_last_commit_timestamp_seconds";

/// Histogram buckets of batch sizes, up to the largest batch.
const BATCH_PLEDGES_BOUNDS: [f64; 8] = [1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 2048.0, 4096.0];
/// Seconds, from an idle commit to one that a request gives up on.
const BATCH_SECONDS_BOUNDS: [f64; 10] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 20.0];
/// How often histogram samples are drained into their buckets, so that they don't pile up between scrapes.
pub const UPKEEP_EVERY: Duration = Duration::from_secs(5);

static KEPT: OnceLock<MetricsRegistry> = OnceLock::new();

/// The numbers of this process.
pub struct MetricsRegistry(PrometheusHandle);

#[derive(Debug, thiserror::Error)]
pub enum MetricsFault {
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error("something else keeps numbers already")]
    Taken,
}

/// Installs the recorder, once per process.
pub fn keep() -> Result<&'static MetricsRegistry, MetricsFault> {
    if let Some(kept) = KEPT.get() {
        return Ok(kept);
    }
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(BATCH_PLEDGES.into()), &BATCH_PLEDGES_BOUNDS)?
        .set_buckets_for_metric(Matcher::Full(BATCH_SECONDS.into()), &BATCH_SECONDS_BOUNDS)?
        .build_recorder();
    let numbers = MetricsRegistry(recorder.handle());
    let installed = metrics::set_global_recorder(recorder);
    if installed.is_ok() {
        describe();
        let _ = KEPT.set(numbers);
    }
    KEPT.get().ok_or(MetricsFault::Taken)
}

/// Whether metrics are recorded.
pub fn is_kept() -> bool {
    KEPT.get().is_some()
}

impl MetricsRegistry {
    /// All numbers in the Prometheus text format, version 0.0.4.
    pub fn text(&self) -> String {
        self.0.render()
    }

    /// To be called every [`UPKEEP_EVERY`].
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

fn describe() {
    metrics::describe_counter!(REQUESTS, "Requests by route template and status class");
    metrics::describe_counter!(REFUSALS, "Refused requests by the problem's code");
    metrics::describe_counter!(VERIFICATIONS, "Verified certificates by verdict");
    metrics::describe_histogram!(BATCH_PLEDGES, "Pledges of a batch that was handed to the database");
    metrics::describe_histogram!(BATCH_SECONDS, "Seconds that the database took for a batch");
    metrics::describe_counter!(COMMITTED, "Pledges that this node committed");
    metrics::describe_counter!(REPEATED, "Pledges that were there before");
    metrics::describe_counter!(BATCH_FAULTS, "Batches that the database didn't take");
    metrics::describe_gauge!(QUEUE, "Admitted pledges that wait for a batch");
    metrics::describe_gauge!(QUEUE_MAX, "Room for waiting pledges; beyond it people are told to wait");
    metrics::describe_gauge!(WATCHERS, "Open live screens");
    metrics::describe_gauge!(SIGNED, "Published number of pledges by event and reporting group, of all nodes");
    metrics::describe_gauge!(ELIGIBLE, "People on the locked roster by event and reporting group");
    metrics::describe_gauge!(
        TARGET,
        "People who are to sign now by event and reporting group, of whom percentages are"
    );
    metrics::describe_gauge!(
        LAST_COMMIT,
        "When an event's last batch was committed, by whichever node, since the epoch"
    );
}

/// An answer to a request: the template of its route, and the first digit of its status.
pub fn answered(route: &str, status: u16) {
    let class = match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    metrics::counter!(REQUESTS, "route" => route.to_owned(), "status" => class).increment(1);
}

/// A refused request, by its problem's code.
pub fn refused(code: &'static str) {
    if is_kept() {
        metrics::counter!(REFUSALS, "reason" => code).increment(1);
    }
}

/// A certificate or credential was verified, with this verdict.
pub fn verified(verdict: &'static str) {
    if is_kept() {
        metrics::counter!(VERIFICATIONS, "verdict" => verdict).increment(1);
    }
}

/// The database answered for a batch: its size, what became of it, and how long it took.
pub fn committed(pledges: usize, new: usize, took: Duration) {
    if is_kept() {
        let size = u32::try_from(pledges).unwrap_or(u32::MAX);
        metrics::histogram!(BATCH_PLEDGES).record(f64::from(size));
        metrics::histogram!(BATCH_SECONDS).record(took.as_secs_f64());
        metrics::counter!(COMMITTED).increment(new as u64);
        metrics::counter!(REPEATED).increment(pledges.saturating_sub(new) as u64);
    }
}

/// The database didn't take a batch.
pub fn batch_failed() {
    if is_kept() {
        metrics::counter!(BATCH_FAULTS).increment(1);
    }
}

/// How full the queue and the halls are now.
pub fn standing(queued: usize, queue_max: usize, watchers: usize) {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    metrics::gauge!(QUEUE).set(number(queued));
    metrics::gauge!(QUEUE_MAX).set(number(queue_max));
    metrics::gauge!(WATCHERS).set(number(watchers));
}

/// When the last batch of one event was committed, in milliseconds since the epoch.
pub fn last_commit(event: &str, at_ms: i64) {
    // Seconds are small enough for a float to hold every millisecond of them.
    let secs = std::time::Duration::from_millis(u64::try_from(at_ms).unwrap_or(0)).as_secs_f64();
    metrics::gauge!(LAST_COMMIT, "event" => event.to_owned()).set(secs);
}

/// The published numbers of one reporting group of one event. As many series as a locked roster has groups, each of at
/// least twenty people: never one for a small institution, let alone for a person.
pub fn signed(event: &str, group: &str, [signed, eligible, target]: [u64; 3]) {
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    metrics::gauge!(SIGNED, "event" => event.to_owned(), "group" => group.to_owned()).set(number(signed));
    metrics::gauge!(ELIGIBLE, "event" => event.to_owned(), "group" => group.to_owned()).set(number(eligible));
    metrics::gauge!(TARGET, "event" => event.to_owned(), "group" => group.to_owned()).set(number(target));
}
