//! Rates, medians, percentiles, and time slices of a run.

use std::time::Duration;

/// Operations per second; 0 if no time passed.
pub fn per_second(count: usize, wall: Duration) -> f64 {
    let seconds = wall.as_secs_f64();
    if seconds > 0.0 { count_f64(count) / seconds } else { 0.0 }
}

/// The median, or `None` without values.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

/// The nearest-rank percentile of sorted values; 100 is the largest. Zero without values.
pub fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Rounds to multiples of `1 / parts`: more digits would be noise.
pub fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

/// The sum divided by the number of items.
pub fn per_item(sum: u64, of: usize) -> f64 {
    usize::try_from(sum).map_or(f64::MAX, count_f64) / count_f64(of.max(1))
}

/// Exact up to 2^53.
pub fn count_f64(count: usize) -> f64 {
    count as f64
}

/// One time slice of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeSlice {
    /// Its start, in seconds since the start of the run.
    pub from: f64,
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

/// Divides responses `(when, latency)` into `count` slices of equal length. A slice without responses has latency
/// zero.
pub fn slices(answers: &[(Duration, Duration)], wall: Duration, count: usize) -> Vec<TimeSlice> {
    let length = wall.as_secs_f64() / count_f64(count.max(1));
    let mut took: Vec<Vec<Duration>> = vec![Vec::new(); count];
    for (at, latency) in answers {
        let place = (0..count).rev().find(|place| length * count_f64(*place) <= at.as_secs_f64());
        if let Some(slice) = place.and_then(|place| took.get_mut(place)) {
            slice.push(*latency);
        }
    }
    let sliced = took.into_iter().enumerate().map(|(place, mut took)| {
        took.sort_unstable();
        TimeSlice {
            from: length * count_f64(place),
            per_second: per_second(took.len(), Duration::from_secs_f64(length)),
            p50_ms: millis(percentile(&took, 50)),
            p99_ms: millis(percentile(&took, 99)),
        }
    });
    sliced.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(values: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        values.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let hundred = ms(1..=100);
        assert_eq!([50, 99, 100].map(|percent| percentile(&hundred, percent).as_millis()), [50, 99, 100]);
        assert_eq!(percentile(&ms([7]), 50).as_millis(), 7);
        assert_eq!(percentile(&ms(1..=3), 50).as_millis(), 2);
        assert_eq!(percentile(&[], 99), Duration::ZERO);
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median([4.0, 2.0]), Some(3.0));
        assert_eq!(median([]), None);
    }

    #[test]
    fn a_run_is_cut_into_slices_and_nothing_falls_between() {
        let answers: Vec<_> = (1..=10).map(|tenth| (Duration::from_millis(tenth * 100), ms([tenth])[0])).collect();
        let cut = slices(&answers, Duration::from_secs(1), 2);
        assert_eq!(cut.len(), 2);
        // The answer at 0.5 s opens the second half; the one at the very end belongs to it too.
        assert_eq!((cut[0].per_second, cut[1].per_second), (8.0, 12.0));
        assert_eq!((cut[0].p50_ms, cut[1].p99_ms), (2.0, 10.0));
        assert_eq!((cut[0].from, cut[1].from), (0.0, 0.5));
    }
}
