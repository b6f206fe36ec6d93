//! Maps a slice on all cores.

use anyhow::Context;

/// Applies `work` to each item and returns the results in order.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> anyhow::Result<Vec<R>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(cores).max(1);
    let work = &work;
    let parts = std::thread::scope(|scope| {
        let parts: Vec<_> =
            items.chunks(share).map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<R>>())).collect();
        parts.into_iter().map(|part| part.join().ok()).collect::<Option<Vec<_>>>()
    });
    Ok(parts.context("a thread failed")?.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_stays() {
        let numbers: Vec<u32> = (0..1_000).collect();
        assert_eq!(map(&numbers, |number| number * 2).unwrap(), numbers.iter().map(|n| n * 2).collect::<Vec<_>>());
        assert!(map(&[] as &[u32], |number| *number).unwrap().is_empty());
    }
}
