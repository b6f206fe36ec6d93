//! The audit trail: read by page and as an export; its chain, completed at the start and checked by `ikrar fsck`; and
//! events that are counted before they are written. Deliberately absent: what the events mean.

mod check;
mod counted;
mod reading;

pub use crate::store::audit::ChainedEntry;
pub use check::{CheckedTrail, NOTED_BYTES_MIN, NotedHash, TrailCheck, TrailFault, TrailFaultKind, check};
pub use counted::{AuditCounter, LINES_WRITTEN_MAX};
pub use reading::AuditTrail;

use crate::store::{SharedStore, StoreError};

/// Chains lines that an earlier program wrote, in bounded commits. After an interruption it continues where it stopped,
/// and other nodes may do the same at the same time. Returns how many lines it chained.
pub async fn chain_older_lines(store: &SharedStore) -> Result<u64, StoreError> {
    let mut chained = 0;
    loop {
        match store.chain_audit().await {
            Ok(0) => break,
            Ok(lines) => chained += lines,
            // Reading continues while nothing can be written; the next write or the next start chains them.
            Err(error @ StoreError::Storage(_)) => {
                tracing::warn!(%error, "older lines of the audit trail couldn't be chained");
                break;
            }
            Err(error) => return Err(error),
        }
    }
    if chained > 0 {
        tracing::info!(lines = chained, "lines that an earlier program wrote into the audit trail are chained");
    }
    Ok(chained)
}
