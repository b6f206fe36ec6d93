//! What PostgreSQL's error codes (SQLSTATE, PostgreSQL documentation, appendix A) mean here.

use crate::store::StoreError;
use sqlx::postgres::PgDatabaseError;

/// Whether the cause is a database that can't be reached or written: the same request may succeed later.
pub(in crate::store) fn is_of_storage(error: &sqlx::Error) -> bool {
    match code(error) {
        // 08: connection. 28: a password or an access rule that changed while the node runs. 53: resources, such as a
        // full disk. 57P0x: shutting down or starting up.
        Some(code) => {
            ["08", "28", "53", "57P"].iter().any(|class| code.starts_with(class))
                || is_interruption(code)
                // Statement timeout, read-only, input/output error. A database that is being replaced by another is
                // missing for a moment (3D000) or takes no connections (55000).
                || matches!(code, "57014" | "25006" | "58030" | "3D000" | "55000")
        }
        None => is_of_connection(error),
    }
}

/// Whether a write that failed with this error, before its commit was sent, may be retried at once.
///
/// A write that got no connection in time isn't retried, although nothing was sent. The pool has waited and tried to
/// connect all that time, and it is better to tell the callers behind it to try again later than to keep them five
/// times as long.
pub(super) fn is_transient(error: &StoreError) -> bool {
    let (StoreError::Storage(error) | StoreError::Database(error)) = error else { return false };
    match code(error) {
        Some(code) => {
            ["08", "57P"].iter().any(|class| code.starts_with(class)) || is_interruption(code) || code == "25006"
        }
        None => matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_)),
    }
}

/// Serialization failure, deadlock, lock not available, and a transaction that was idle for too long.
fn is_interruption(code: &str) -> bool {
    matches!(code, "40001" | "40P01" | "55P03" | "25P03")
}

fn is_of_connection(error: &sqlx::Error) -> bool {
    use sqlx::Error::{BeginFailed, Io, PoolClosed, PoolTimedOut, Protocol, Tls};
    matches!(error, Io(_) | Tls(_) | Protocol(_) | PoolTimedOut | PoolClosed | BeginFailed)
}

fn code(error: &sqlx::Error) -> Option<&str> {
    Some(error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?.code())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;

    #[test]
    fn no_connection_is_a_fault_of_the_storage_and_only_a_broken_one_is_tried_again() {
        use sqlx::Error::{BeginFailed, Io, PoolClosed, PoolTimedOut, Protocol, RowNotFound, Tls};
        let cases = [
            (Io(ErrorKind::ConnectionReset.into()), true, true),
            (Protocol("cut".into()), true, true),
            (PoolTimedOut, true, false),
            (PoolClosed, true, false),
            (BeginFailed, true, false),
            (Tls("expired".into()), true, false),
            (RowNotFound, false, false),
        ];
        for (error, of_storage, again) in cases {
            let said = format!("{error}");
            let error = StoreError::from(error);
            assert_eq!(matches!(error, StoreError::Storage(_)), of_storage, "{said}");
            assert_eq!(is_transient(&error), again, "{said}");
        }
    }
}
