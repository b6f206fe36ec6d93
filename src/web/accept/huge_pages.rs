//! Transparent huge pages of memory (2 MiB), which the allocator asks the system for: quick for few connections, wasteful for many.
//!
//! What a connection holds lies in pieces that it fills by half at most: HTTP's buffers are 8 KB each, a request some
//! hundred bytes. In pages of 4 KiB the rest is never there; in large ones it is. So while there are many connections, new
//! memory comes in small pages. What is there already stays as it is.

/// Up to so many connections, memory comes in large pages.
pub const CONNECTIONS_LARGE_MAX: usize = 2_000;
/// It does again once so few are left: not the same number, since the system isn't asked for every connection.
const CONNECTIONS_LARGE_AGAIN: usize = CONNECTIONS_LARGE_MAX / 2;

/// What the system was told, for the whole process.
pub struct HugePages {
    /// `None` where large pages were turned off from outside, or there is no such thing: that stands.
    are_small: Option<bool>,
}

impl HugePages {
    pub fn look() -> Self {
        Self { are_small: kernel::are_large().then_some(false) }
    }

    /// So many connections are held now.
    pub fn fit(&mut self, connections: usize) {
        let Some(are_small) = self.are_small else { return };
        let small = small(are_small, connections);
        if small != are_small {
            self.are_small = kernel::set_small(small).then_some(small);
            tracing::debug!(connections, small, "pages of memory");
        }
    }
}

fn small(are_small: bool, connections: usize) -> bool {
    connections > if are_small { CONNECTIONS_LARGE_AGAIN } else { CONNECTIONS_LARGE_MAX }
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
            *before = small(*before, connections);
            Some(*before)
        });
        assert_eq!(told.collect::<Vec<_>>(), [false, false, true, true, true, false, false, true]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_does_as_it_is_told_unless_large_pages_were_off() {
        let mut pages = HugePages::look();
        if pages.are_small.is_none() {
            pages.fit(CONNECTIONS_LARGE_MAX + 1);
            assert!(!kernel::are_large(), "what somebody else turned off was turned on");
            return;
        }
        pages.fit(CONNECTIONS_LARGE_MAX + 1);
        assert!(!kernel::are_large());
        let mut other = HugePages::look();
        other.fit(0);
        assert!(!kernel::are_large(), "what somebody else turned off was turned on");
        pages.fit(CONNECTIONS_LARGE_AGAIN);
        assert!(kernel::are_large());
    }
}
