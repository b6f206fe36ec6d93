//! What every store must keep, as named properties over any [`SharedStore`], each run on each database.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is the test's failure")]

mod accounts;
mod agencies;
mod amending;
mod attempts;
mod audit;
mod campaigns;
mod commit;
mod desk;
mod few_rows;
mod few_rows_after_lock;
mod group_numbers;
mod health;
mod installation;
mod interruptions;
mod leaving;
mod letterheads;
mod lists;
mod locking;
mod migrations;
mod minutes;
mod nodes;
mod notices;
mod pledges;
#[path = "../support/postgres.rs"]
mod postgres_server;
mod proposals;
mod recount;
mod registered_units;
mod registry;
mod reports;
mod roster_changes;
mod rosters;
mod scene;
mod schema;
mod seal_keys;
mod second_factors;
mod silence;
mod trail;
mod transfer;

use ikrar::clock::Entropy;
use ikrar::config::DatabaseUrl;
use ikrar::domain::audit::{AuditEntry, AuditEvent};
use ikrar::domain::time::UnixMillis;
use ikrar::store::SharedStore;
use ikrar::store::postgres::{Postgres, Server};
use ikrar::store::sqlite::Sqlite;
use postgres_server::PostgresServer;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Declares each property as a test of each database; on PostgreSQL directly, and again through PgBouncer.
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
        mod on_postgres {
            $(#[tokio::test]
            #[ignore = "needs PostgreSQL: `make test` runs it"]
            async fn $property() {
                super::$property($crate::postgres(false).await).await;
            })+
        }
        mod on_pooled_postgres {
            $(#[tokio::test]
            #[ignore = "needs PostgreSQL: `make test` runs it"]
            async fn $property() {
                super::$property($crate::postgres(true).await).await;
            })+
        }
    };
}

/// A line of the audit trail that nobody has written yet.
pub fn line() -> AuditEntry {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut random = [0; 10];
    random[2..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    AuditEntry::new(None, UnixMillis(1), random, "bkd", AuditEvent::SettingsSaved { title: "uji".into() })
}

/// An empty store on SQLite, and the folder it lives in.
pub async fn sqlite() -> (SharedStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap();
    (Arc::new(store), folder)
}

/// An empty store on PostgreSQL, directly or through PgBouncer.
pub async fn postgres(pooled: bool) -> SharedStore {
    let server = PostgresServer::shared().await;
    let direct = server.database().await;
    let url = if pooled { server.pooled(&direct) } else { direct };
    let server = Server::parse(&DatabaseUrl::new(&url), pooled).unwrap();
    Arc::new(Postgres::open(&server, Arc::new(Entropy::seeded(1))).await.unwrap())
}
