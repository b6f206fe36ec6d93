//! PostgreSQL's schema is brought up to date on purpose, and looked at before anything is served.

use crate::postgres_server::PostgresServer;
use ikrar::clock::Entropy;
use ikrar::config::DatabaseUrl;
use ikrar::store::health::HealthStore;
use ikrar::store::installation::{InstallationStore, PUBLIC_URL};
use ikrar::store::postgres::{MigrationFault, Postgres, Server, migrate};
use std::sync::Arc;

async fn open(url: &str) -> (Server, Postgres) {
    let server = Server::parse(&DatabaseUrl::new(url), false).unwrap();
    let store = Postgres::open(&server, Arc::new(Entropy::seeded(1))).await.unwrap();
    (server, store)
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn an_empty_database_is_refused_until_it_was_migrated() {
    let (server, store) = open(&PostgresServer::shared().await.bare_database().await).await;
    assert!(matches!(store.require_migrations().await, Err(MigrationFault::Missing(1))));
    // Two nodes that start at once with --migrate.
    let (one, other) = tokio::join!(migrate(&server), migrate(&server));
    one.unwrap();
    other.unwrap();
    store.require_migrations().await.unwrap();
    assert_eq!(store.fix(PUBLIC_URL, "https://a.example").await.unwrap(), "https://a.example");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_newer_schema_is_accepted_and_a_changed_one_refused() {
    let postgres = PostgresServer::shared().await;
    let url = postgres.database().await;
    let name = url.split(['/', '?']).nth(3).unwrap();
    let (server, store) = open(&url).await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'newer', TRUE, 'x', 0)";
    postgres.execute(name, newer).await;
    postgres.execute(name, "ALTER TABLE campaign ADD COLUMN newer TEXT").await;
    store.require_migrations().await.unwrap();
    migrate(&server).await.unwrap();
    let shared: ikrar::store::SharedStore = Arc::new(store.clone());
    crate::scene::open(&shared, 3).await;
    crate::scene::sign(&shared, [0]).await;

    postgres.execute(name, "UPDATE _sqlx_migrations SET checksum = 'x' WHERE version = 1").await;
    assert!(matches!(store.require_migrations().await, Err(MigrationFault::Changed(1))));
    assert!(matches!(migrate(&server).await, Err(MigrationFault::Changed(1))));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_schema_from_which_something_was_taken_is_refused_by_who_needs_it() {
    let postgres = PostgresServer::shared().await;
    let url = postgres.database().await;
    let (server, store) = open(&url).await;
    let contract = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                    VALUES (9998, 'contract old columns', TRUE, 'x', 0)";
    postgres.execute(url.split(['/', '?']).nth(3).unwrap(), contract).await;
    let refused = store.require_migrations().await;
    assert!(matches!(refused, Err(MigrationFault::TooNew(9998))), "{refused:?}");
    assert!(!store.has_migrations().await.unwrap(), "such a node says that it is ready");
    // Migrating adds nothing and takes nothing back.
    migrate(&server).await.unwrap();
    assert!(matches!(store.require_migrations().await, Err(MigrationFault::TooNew(9998))));
}
