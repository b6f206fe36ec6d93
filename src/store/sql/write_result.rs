//! The results of statements and commits.

use super::Transaction;
use crate::store::StoreError;

/// `Conflict` unless a statement changed exactly one row.
pub(super) fn require_one_row(changed: u64) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Commits. After `Ok` everything is durable. Any error is `UnknownOutcome`: the commit may have succeeded, so it isn't
/// retried.
pub(super) async fn commit(tx: Transaction<'_>) -> Result<(), StoreError> {
    tx.commit().await.map_err(StoreError::UnknownOutcome)
}
