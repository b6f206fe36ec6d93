//! What PostgreSQL interrupts is tried again, and what it can't keep is said.

use crate::postgres_server::PostgresServer;
use crate::scene::{self, CAMPAIGN, batch, entry, person_id, sign, sign_checkpoint};
use ikrar::clock::Entropy;
use ikrar::config::DatabaseUrl;
use ikrar::store::pledges::{CommitOutcome, LogKind};
use ikrar::store::postgres::{Postgres, Server};
use ikrar::store::{SharedStore, StoreError};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A node that dies while it holds the campaign's row blocks the others for so long at most.
const BLOCKED_MAX: Duration = Duration::from_secs(2);

async fn opened(url: &str) -> SharedStore {
    let server = Server::parse(&DatabaseUrl::new(url), false).unwrap();
    Arc::new(Postgres::open(&server, Arc::new(Entropy::seeded(1))).await.unwrap())
}

fn name(url: &str) -> String {
    url.split(['/', '?']).nth(3).unwrap().to_owned()
}

async fn run(connection: &mut PgConnection, statement: &str) {
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(connection).await.unwrap();
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn connections_that_an_administrator_ends_cost_nobody_a_pledge() {
    let server = PostgresServer::shared().await;
    let url = server.database().await;
    let store = opened(&url).await;
    scene::open(&store, 300).await;
    let signing = tokio::spawn({
        let store = store.clone();
        async move {
            for number in 0..300 {
                let mut tries = 0;
                // Whoever is told to come back does so; the same person is never counted twice.
                while let Err(error) = store.commit_batch(&batch(vec![entry(number, tries)]), &sign_checkpoint).await {
                    assert!(matches!(error, StoreError::UnknownOutcome(_) | StoreError::Storage(_)), "{error}");
                    tries += 1;
                    assert!(tries < 10, "{error}");
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    });
    let end = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND pid <> pg_backend_pid()",
        name(&url)
    );
    while !signing.is_finished() {
        server.execute("postgres", &end).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    signing.await.unwrap();
    let head = store.log_head(CAMPAIGN, LogKind::Pledges).await.unwrap().unwrap();
    assert_eq!((head.size, store.count_pledges(CAMPAIGN).await.unwrap()), (300, 300));
}

/// Lets the first so many inserts of a pledge fail with a code; the sequence counts them and isn't rolled back.
async fn interrupt(server: &PostgresServer, database: &str, times: u32, code: &str) {
    for statement in [
        "DROP TRIGGER IF EXISTS interrupting ON pledge".to_owned(),
        "DROP SEQUENCE IF EXISTS tries".to_owned(),
        "CREATE SEQUENCE tries".to_owned(),
        format!(
            "CREATE OR REPLACE FUNCTION interrupt() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN \
             IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'interrupted' USING ERRCODE = '{code}'; END IF; \
             RETURN NULL; END $$"
        ),
        "CREATE TRIGGER interrupting BEFORE INSERT ON pledge EXECUTE FUNCTION interrupt()".to_owned(),
    ] {
        server.execute(database, &statement).await;
    }
}

async fn tries(url: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar("SELECT last_value FROM tries").fetch_one(&mut connection).await.unwrap()
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn an_interrupted_write_is_tried_again_and_a_failed_one_is_not() {
    let server = PostgresServer::shared().await;
    let url = server.database().await;
    let store = opened(&url).await;
    scene::open(&store, 9).await;
    // Serialization, deadlock, lock, idle, shut-down, connection, read-only.
    for (number, code) in (0..).zip(["40001", "40P01", "55P03", "25P03", "57P01", "08006", "25006"]) {
        interrupt(server, &name(&url), 3, code).await;
        let place = CommitOutcome::Committed { log_index: u64::from(number), signed_count: u64::from(number) + 1 };
        assert_eq!(sign(&store, [number]).await, [place], "{code}");
        assert_eq!(tries(&url).await, 4, "{code}");
    }
    // Not for ever.
    interrupt(server, &name(&url), 99, "40001").await;
    let failed = store.commit_batch(&batch(vec![entry(7, 0)]), &sign_checkpoint).await;
    assert!(matches!(failed, Err(StoreError::Storage(_))), "{failed:?}");
    assert_eq!(tries(&url).await, 5);
    // A full disk and a fault of ours come back the same at once.
    for (code, storage) in [("53100", true), ("P0001", false)] {
        interrupt(server, &name(&url), 99, code).await;
        let failed = store.commit_batch(&batch(vec![entry(7, 0)]), &sign_checkpoint).await.unwrap_err();
        assert_eq!(matches!(failed, StoreError::Storage(_)), storage, "{failed}");
        assert_eq!(tries(&url).await, 1, "{code}");
    }
    assert_eq!(store.count_pledges(CAMPAIGN).await.unwrap(), 7);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_node_that_stops_in_the_middle_of_a_batch_blocks_the_others_for_two_seconds() {
    let url = PostgresServer::shared().await.database().await;
    let (store, other) = (opened(&url).await, opened(&url).await);
    scene::open(&store, 6).await;
    // The same beginning as a batch has, by somebody who then says nothing more, and doesn't close the connection.
    let mut silent = PgConnection::connect(&url).await.unwrap();
    run(&mut silent, "BEGIN").await;
    run(&mut silent, "SET LOCAL idle_in_transaction_session_timeout = 2000").await;
    run(&mut silent, "SELECT 1 FROM campaign FOR UPDATE").await;
    let began = Instant::now();
    sign(&other, [0, 1]).await;
    // Sooner than the wait for the lock ends, with something for a busy machine.
    assert!(began.elapsed() < BLOCKED_MAX + Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(store.count_pledges(CAMPAIGN).await.unwrap(), 2);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn every_write_states_its_limits_and_waits_for_the_disk() {
    let server = PostgresServer::shared().await;
    let url = server.database().await;
    let database = name(&url);
    // The server's own settings are the opposite of what a write needs.
    for setting in
        ["synchronous_commit = off", "statement_timeout = 0", "default_transaction_isolation = 'serializable'"]
    {
        server.execute(&database, &format!("ALTER DATABASE {database} SET {setting}")).await;
    }
    let watch = "CREATE TABLE seen AS SELECT ''::TEXT AS name, ''::TEXT AS setting WHERE FALSE";
    server.execute(&database, watch).await;
    let function = "CREATE FUNCTION note() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen \
                    SELECT name, current_setting(name) FROM UNNEST(ARRAY['synchronous_commit', 'statement_timeout', \
                    'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_isolation']) AS name; \
                    RETURN NEW; END $$";
    server.execute(&database, function).await;
    server.execute(&database, "CREATE TRIGGER noting AFTER INSERT ON pledge EXECUTE FUNCTION note()").await;
    let store = opened(&url).await;
    scene::open(&store, 6).await;
    sign(&store, [0]).await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let seen: Vec<(String, String)> =
        sqlx::query_as("SELECT name, setting FROM seen ORDER BY name").fetch_all(&mut connection).await.unwrap();
    let seen: Vec<String> = seen.into_iter().map(|(name, setting)| format!("{name} {setting}")).collect();
    let expected = [
        "idle_in_transaction_session_timeout 2s",
        "lock_timeout 5s",
        "statement_timeout 10s",
        "synchronous_commit on",
        "transaction_isolation read committed",
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_database_that_can_t_be_written_says_so_and_is_read_on() {
    let server = PostgresServer::shared().await;
    let url = server.database().await;
    let store = opened(&url).await;
    scene::open(&store, 6).await;
    sign(&store, [0]).await;
    let database = name(&url);
    server.execute(&database, &format!("ALTER DATABASE {database} SET default_transaction_read_only = on")).await;
    let standby = opened(&url).await;
    let failed = standby.commit_batch(&batch(vec![entry(1, 0)]), &sign_checkpoint).await;
    assert!(matches!(failed, Err(StoreError::Storage(_))), "{failed:?}");
    assert!(standby.pledge_of(CAMPAIGN, person_id(0)).await.unwrap().is_some());
    // A connection that could still write counts on.
    assert_eq!(sign(&store, [1]).await, [CommitOutcome::Committed { log_index: 1, signed_count: 2 }]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_server_that_is_gone_is_a_fault_of_the_storage_and_comes_back_by_itself() {
    let server = PostgresServer::start().await;
    let store = opened(&server.database().await).await;
    scene::open(&store, 6).await;
    sign(&store, [0]).await;
    server.stop("immediate");
    let began = Instant::now();
    let failed = store.commit_batch(&batch(vec![entry(1, 0)]), &sign_checkpoint).await;
    assert!(matches!(failed, Err(StoreError::Storage(_))), "{failed:?}");
    assert!(matches!(store.count_pledges(CAMPAIGN).await, Err(StoreError::Storage(_))));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    server.resume();
    assert_eq!(sign(&store, [0, 1]).await.len(), 2);
    assert_eq!(store.count_pledges(CAMPAIGN).await.unwrap(), 2);
}

/// How long somebody waits for a page, and some for the machine that runs all of this at once.
const READ_MAX: Duration = Duration::from_secs(12);

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_read_that_takes_too_long_is_ended_and_the_next_one_is_answered() {
    let server = PostgresServer::shared().await;
    let direct = server.database().await;
    let pooled = Server::parse(&DatabaseUrl::new(&server.pooled(&direct)), true).unwrap();
    let pooled: SharedStore = Arc::new(Postgres::open(&pooled, Arc::new(Entropy::seeded(1))).await.unwrap());
    let store = opened(&direct).await;
    scene::open(&store, 6).await;
    sign(&store, [0]).await;
    let mut other = PgConnection::connect(&direct).await.unwrap();
    run(&mut other, "BEGIN").await;
    run(&mut other, "LOCK TABLE pledge IN ACCESS EXCLUSIVE MODE").await;
    let began = Instant::now();
    let (one, behind) = tokio::join!(store.count_pledges(CAMPAIGN), pooled.count_pledges(CAMPAIGN));
    assert!(matches!(one, Err(StoreError::Storage(_))), "{one:?}");
    assert!(matches!(behind, Err(StoreError::Storage(_))), "{behind:?}");
    assert!(began.elapsed() < READ_MAX, "{:?}", began.elapsed());
    run(&mut other, "ROLLBACK").await;
    assert_eq!(store.count_pledges(CAMPAIGN).await.unwrap(), 1);
    assert_eq!(pooled.count_pledges(CAMPAIGN).await.unwrap(), 1);
}
