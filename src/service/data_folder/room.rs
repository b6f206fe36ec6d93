//! How much room the file system of an installation has left.

use std::io;
use std::path::Path;

/// Free bytes below which a node isn't ready. Between two health checks of a load balancer, a burst of signatures takes
/// less than this.
pub const FREE_BYTES_MIN: u64 = 32 * 1024 * 1024;

/// Whether the file system that holds `path` has at least `bytes` bytes free for this process.
pub fn has_room(path: &Path, bytes: u64) -> io::Result<bool> {
    let system = rustix::fs::statvfs(path)?;
    Ok(system.f_bavail.saturating_mul(system.f_frsize) >= bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_with_less_free_than_the_limit_has_no_room() {
        let folder = tempfile::tempdir().unwrap();
        assert!(has_room(folder.path(), 1).unwrap());
        assert!(!has_room(folder.path(), u64::MAX).unwrap());
        assert!(has_room(&folder.path().join("nowhere"), 1).is_err());
    }
}
