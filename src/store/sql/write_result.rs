//! What a statement or a commit came to.

use super::Transaction;
use crate::store::StoreError;

/// The error of a statement that must change exactly one row.
pub(super) fn require_one_row(changed: u64) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Commits. When it returns `Ok` everything is durable; when the answer is lost nobody knows, and nothing is tried
/// again.
pub(super) async fn commit(tx: Transaction<'_>) -> Result<(), StoreError> {
    tx.commit().await.map_err(StoreError::UnknownOutcome)
}
