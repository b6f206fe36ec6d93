//! The archives that are being downloaded from this node, and how far each is.

use crate::every_variant::every_variant;
use crate::fair_permits::FairPermits;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Most archives made at once; an account has half of them. Beyond it is refused as busy, since each may take minutes.
pub const ARCHIVES_AT_ONCE_MAX: usize = 4;
/// Most downloads whose progress is known; the oldest is forgotten.
pub const DOWNLOADS_KNOWN_MAX: usize = 64;
/// Longest name of a download; the page's has 22 characters.
const NAME_BYTES_MAX: usize = 32;

/// The downloads of this node.
pub struct ArchiveDownloads {
    pub permits: FairPermits,
    known: Mutex<VecDeque<(String, String, Arc<ArchiveDownload>)>>,
}

/// One download.
pub struct ArchiveDownload {
    state: AtomicU8,
    done: AtomicU64,
    faults: AtomicU64,
    all: u64,
}

/// How a download stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownloadState {
    Running,
    Done,
    Failed,
    Unknown,
}

impl DownloadState {
    const ALL: [Self; 4] = every_variant!(DownloadState: Running, Done, Failed, Unknown);

    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl ArchiveDownloads {
    /// `key` hashes the accounts that hold permits.
    pub fn new(key: [u8; 32]) -> Self {
        Self { permits: FairPermits::new(key, ARCHIVES_AT_ONCE_MAX, 0), known: Mutex::default() }
    }

    /// Begins a download of `all` certificates under the name that its page gave it.
    pub fn begin(&self, login: &str, name: &str, all: u64) -> Arc<ArchiveDownload> {
        let (state, done, faults) = (AtomicU8::new(0), AtomicU64::new(0), AtomicU64::new(0));
        let begun = Arc::new(ArchiveDownload { state, done, faults, all });
        if name.len() <= NAME_BYTES_MAX {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.retain(|(of, called, _)| (of.as_str(), called.as_str()) != (login, name));
            if known.len() == DOWNLOADS_KNOWN_MAX {
                known.pop_front();
            }
            known.push_back((login.into(), name.into(), begun.clone()));
        }
        begun
    }

    /// The account's download of this name.
    pub fn find(&self, login: &str, name: &str) -> Option<Arc<ArchiveDownload>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|(of, called, _)| (of.as_str(), called.as_str()) == (login, name));
        found.map(|(_, _, download)| download.clone())
    }
}

impl ArchiveDownload {
    pub fn add(&self, certificates: u64) {
        self.done.fetch_add(certificates, Ordering::Relaxed);
    }

    /// Counts certificates that can't be printed.
    pub fn add_faults(&self, certificates: u64) {
        self.faults.fetch_add(certificates, Ordering::Relaxed);
    }

    /// Certificates that can't be printed; they stand in the manifest with the reason.
    pub fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }

    pub fn end(&self, state: DownloadState) {
        self.state.store(state as u8, Ordering::Relaxed);
    }

    /// How it stands, how many certificates are in it, and how many it is to have.
    pub fn standing(&self) -> (DownloadState, u64, u64) {
        let state = usize::from(self.state.load(Ordering::Relaxed));
        let state = DownloadState::ALL.get(state).copied().unwrap_or(DownloadState::Unknown);
        (state, self.done.load(Ordering::Relaxed), self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_is_known_to_its_own_account_only_and_the_oldest_is_forgotten() {
        let downloads = ArchiveDownloads::new([0; 32]);
        let begun = downloads.begin("bkd", "a", 10);
        begun.add(4);
        assert_eq!(downloads.find("bkd", "a").unwrap().standing(), (DownloadState::Running, 4, 10));
        assert!(downloads.find("diskes", "a").is_none() && downloads.find("bkd", "b").is_none());
        begun.add_faults(2);
        begun.end(DownloadState::Failed);
        assert_eq!(downloads.find("bkd", "a").unwrap().faults(), 2);
        assert_eq!(downloads.find("bkd", "a").unwrap().standing().0, DownloadState::Failed);
        downloads.begin("bkd", "a", 20);
        assert_eq!(downloads.find("bkd", "a").unwrap().standing(), (DownloadState::Running, 0, 20));
        for number in 0..DOWNLOADS_KNOWN_MAX {
            downloads.begin("bkd", &format!("later {number}"), 1);
        }
        assert!(downloads.find("bkd", "a").is_none());
        downloads.begin("bkd", &"x".repeat(NAME_BYTES_MAX + 1), 1);
        assert!(downloads.find("bkd", &"x".repeat(NAME_BYTES_MAX + 1)).is_none());
    }
}
