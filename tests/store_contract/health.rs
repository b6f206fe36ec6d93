//! Whether a database can be served from.

use ikrar::clock::{Clock, SystemClock};
use ikrar::store::SharedStore;

crate::properties![a_migrated_database_has_its_migrations, a_database_with_a_clock_tells_this_machine_s_time];

async fn a_migrated_database_has_its_migrations(store: SharedStore) {
    assert!(store.has_migrations().await.unwrap());
}

/// The server of the tests runs on this machine.
async fn a_database_with_a_clock_tells_this_machine_s_time(store: SharedStore) {
    let before = SystemClock.now_ms();
    let Some(theirs) = store.database_clock_ms().await.unwrap() else { return };
    assert!((before - 1..=SystemClock.now_ms() + 1).contains(&theirs));
}
