//! What PostgreSQL's error codes (SQLSTATE, PostgreSQL documentation, appendix A) mean here.

use crate::store::StoreError;
use sqlx::postgres::PgDatabaseError;

/// Whether a database that can't be reached or written is the reason: the same request may succeed later.
pub(in crate::store) fn is_of_storage(error: &sqlx::Error) -> bool {
    match code(error) {
        // 08 connection, 28 a password or a rule that was changed under a running node, 53 resources such as a full
        // disk, 57P0x shut down or starting up.
        Some(code) => {
            ["08", "28", "53", "57P"].iter().any(|class| code.starts_with(class))
                || is_interruption(code)
                // Statement time-out, read-only, input/output error; a database that is being put in another's place
                // isn't there for a moment, or takes no connections.
                || matches!(code, "57014" | "25006" | "58030" | "3D000" | "55000")
        }
        None => is_of_connection(error),
    }
}

/// Whether a write that failed so, before its commit was sent, may be tried again at once.
///
/// A pool that had no connection in time isn't asked again, although nothing was sent: it waited for the others and
/// tried to connect all that time, and whoever waits behind it is better told to come again than kept for five times as
/// long.
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
