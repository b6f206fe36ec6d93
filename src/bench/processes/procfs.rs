//! Process figures from Linux's `/proc`; on other systems they are unknown and left out of the report.

use std::path::Path;

/// The kernel reports CPU time in hundredths of a second on every architecture (`USER_HZ`, proc(5)).
const TICK_MICROS: u64 = 10_000;

/// CPU time of the process so far, user and system, in microseconds.
pub fn cpu_micros(pid: u32) -> Option<u64> {
    own_ticks(&stat(pid)?).map(|ticks| ticks * TICK_MICROS)
}

/// As [`cpu_micros`], including all descendants, also those that ended. PostgreSQL runs as many processes.
pub fn cpu_micros_of_tree(pid: u32) -> Option<u64> {
    let mut ticks = tree_ticks(&stat(pid)?)?;
    let mut parents = vec![pid];
    while let Some(parent) = parents.pop() {
        let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
        for child in children.split_whitespace().filter_map(|pid| pid.parse().ok()) {
            // A child that ended meanwhile is counted by its parent.
            ticks += stat(child).and_then(|stat| tree_ticks(&stat)).unwrap_or_default();
            parents.push(child);
        }
    }
    Some(ticks * TICK_MICROS)
}

pub fn own_cpu_micros() -> Option<u64> {
    cpu_micros(std::process::id())
}

/// Peak resident memory of the process so far, in MiB.
pub fn peak_rss_mib(pid: u32) -> Option<u64> {
    status_kib(pid, "VmHWM:").map(|kib| kib / 1024)
}

/// Resident memory of the process, in bytes.
pub fn rss_bytes(pid: u32) -> Option<u64> {
    status_kib(pid, "VmRSS:").map(|kib| kib * 1024)
}

/// A size from `/proc/PID/status` (proc(5)).
fn status_kib(pid: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Whether the process exists and hasn't ended; true if the system doesn't report it.
pub fn is_running(pid: u32) -> bool {
    if !Path::new("/proc/self/stat").exists() {
        return true;
    }
    stat(pid).is_some_and(|stat| !matches!(after_name(&stat).and_then(|rest| rest.chars().next()), Some('Z' | 'X')))
}

/// Whether the folder is on a file system in memory, where a sync costs nothing.
pub fn is_in_memory(folder: &Path) -> bool {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    kind_of_mount(&mounts, folder).is_some_and(|kind| matches!(kind, "tmpfs" | "ramfs"))
}

fn kind_of_mount<'m>(mounts: &'m str, folder: &Path) -> Option<&'m str> {
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    });
    let holding = mounts.filter(|(at, _)| folder.starts_with(at));
    holding.max_by_key(|(at, _)| at.len()).map(|(_, kind)| kind)
}

fn stat(pid: u32) -> Option<String> {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()
}

/// The fields after the name, which may itself contain blanks and brackets. The first is the state.
fn after_name(stat: &str) -> Option<&str> {
    stat.rsplit_once(") ").map(|(_, rest)| rest)
}

/// utime and stime, fields 14 and 15 of proc(5), in ticks.
fn own_ticks(stat: &str) -> Option<u64> {
    sum_of_fields(stat, 14..=15)
}

/// As [`own_ticks`], plus cutime and cstime: the children that ended.
fn tree_ticks(stat: &str) -> Option<u64> {
    sum_of_fields(stat, 14..=17)
}

fn sum_of_fields(stat: &str, fields: std::ops::RangeInclusive<usize>) -> Option<u64> {
    // The state is the third field.
    let (first, last) = (fields.start() - 3, fields.end() - 3);
    let values: Option<Vec<u64>> =
        after_name(stat)?.split(' ').skip(first).take(last - first + 1).map(|value| value.parse().ok()).collect();
    values.filter(|values| values.len() == last - first + 1).map(|values| values.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "71 (a (b) c) S 1 71 71 0 -1 4194560 100 200 0 0 120 30 7 5 20 0 4 0 900 1 2";

    #[test]
    fn a_name_with_blanks_and_brackets_is_skipped() {
        assert_eq!(own_ticks(STAT), Some(150));
        assert_eq!(tree_ticks(STAT), Some(162));
        assert_eq!(own_ticks("71 (a) S 1"), None);
    }

    #[test]
    fn the_longest_mount_holds_the_folder() {
        let mounts = "overlay / overlay rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/a /tmp/x ext4 rw 0 0";
        let kind = |folder: &str| kind_of_mount(mounts, Path::new(folder));
        assert_eq!(kind("/tmp/y"), Some("tmpfs"));
        assert_eq!(kind("/tmp/x/z"), Some("ext4"));
        assert_eq!(kind("/tmpfoo"), Some("overlay"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_known() {
        assert!(peak_rss_mib(std::process::id()).unwrap() > 0);
        assert!(rss_bytes(std::process::id()).unwrap() > 0);
        // The process goes on working between two readings, so the one that should be smaller is taken first.
        let own = own_cpu_micros().unwrap();
        assert!(cpu_micros_of_tree(std::process::id()).unwrap() >= own);
        assert!(is_running(std::process::id()));
    }
}
