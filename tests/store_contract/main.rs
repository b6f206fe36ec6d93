//! What every store must keep, as named properties over any [`SharedStore`]. A further database joins by adding its own
//! way to open an empty store to [`properties`].
#![allow(clippy::unwrap_used, reason = "a fault here is the test's failure")]

mod accounts;
mod audit;
mod desk;
mod installation;

use ikrar::store::SharedStore;
use ikrar::store::sqlite::Sqlite;
use std::sync::Arc;

/// Declares each property as a test of each database.
#[macro_export]
macro_rules! properties {
    ($($property:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $property() {
                let (store, _folder) = $crate::sqlite().await;
                super::$property(store).await;
            })+
        }
    };
}

/// An empty store on SQLite, and the folder it lives in.
pub async fn sqlite() -> (SharedStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap();
    (Arc::new(store), folder)
}
