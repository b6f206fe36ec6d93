//! Transparent huge pages (2 MiB), which the allocator requests: fast with few connections, wasteful with many.
//!
//! A connection fills at most half of its buffers: hyper's are 8 KB each, and a request takes a few hundred bytes. With
//! pages of 4 KiB the unused rest is never backed by memory; with huge pages it is. So while there are many
//! connections, new memory is allocated in small pages. Memory that is already mapped keeps its pages.
//!
//! It is a switch and not a setting at start, because either setting costs one of the two loads. With 10,000
//! connections huge pages take 450 MiB instead of 340; with 1,000, small pages take a tenth more time
//! (`docs/performance.md`). How many will come isn't known at start: the limit on connections says only how many may.

/// Up to this many connections, memory is allocated in huge pages.
pub const CONNECTIONS_LARGE_MAX: usize = 2_000;
/// At this many connections or fewer, huge pages are used again. It is lower than the limit, so that not every
/// connection near the limit needs a system call.
const CONNECTIONS_LARGE_AGAIN: usize = CONNECTIONS_LARGE_MAX / 2;

/// Allocates in small pages from now on: for a command that does one piece of work and has no connections. A large page
/// of which a part is used counts as a whole, a fifth of what an import takes.
pub fn use_small_pages() {
    kernel::set_small(true);
}

/// The process-wide setting.
pub struct HugePages {
    /// Whether huge pages are off now. `None` if they were off from the start or don't exist; then they stay off.
    disabled: Option<bool>,
}

impl HugePages {
    /// Reads the current setting.
    pub fn read() -> Self {
        Self { disabled: kernel::are_large().then_some(false) }
    }

    /// Adapts the setting to the number of open connections.
    pub fn adapt(&mut self, connections: usize) {
        let Some(disabled) = self.disabled else { return };
        let small = should_disable(disabled, connections);
        if small != disabled {
            self.disabled = kernel::set_small(small).then_some(small);
            tracing::debug!(connections, small, "pages of memory");
        }
    }
}

fn should_disable(disabled: bool, connections: usize) -> bool {
    connections > if disabled { CONNECTIONS_LARGE_AGAIN } else { CONNECTIONS_LARGE_MAX }
}

#[cfg(target_os = "linux")]
mod kernel {
    use rustix::thread::{disable_transparent_huge_pages, transparent_huge_pages_are_disabled};

    pub fn are_large() -> bool {
        transparent_huge_pages_are_disabled().is_ok_and(|disabled| !disabled)
    }

    pub fn set_small(small: bool) -> bool {
        disable_transparent_huge_pages(small).is_ok()
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    pub fn are_large() -> bool {
        false
    }

    pub fn set_small(_small: bool) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_small_from_many_connections_on_until_they_are_few() {
        let steps = [1_000, 2_000, 2_001, 1_500, 1_001, 1_000, 1_500, 2_001];
        let told = steps.into_iter().scan(false, |before, connections| {
            *before = should_disable(*before, connections);
            Some(*before)
        });
        assert_eq!(told.collect::<Vec<_>>(), [false, false, true, true, true, false, false, true]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_does_as_it_is_told_unless_large_pages_were_off() {
        let mut pages = HugePages::read();
        if pages.disabled.is_none() {
            pages.adapt(CONNECTIONS_LARGE_MAX + 1);
            assert!(!kernel::are_large(), "what somebody else turned off was turned on");
            return;
        }
        pages.adapt(CONNECTIONS_LARGE_MAX + 1);
        assert!(!kernel::are_large());
        let mut other = HugePages::read();
        other.adapt(0);
        assert!(!kernel::are_large(), "what somebody else turned off was turned on");
        pages.adapt(CONNECTIONS_LARGE_AGAIN);
        assert!(kernel::are_large());
        use_small_pages();
        assert!(!kernel::are_large());
        kernel::set_small(false);
    }
}
