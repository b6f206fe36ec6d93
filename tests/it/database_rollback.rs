//! A database that goes back under a running node, as when an old backup is restored while people sign: the node
//! notices, signs and publishes nothing more, says why, and is refused when it is started again.

use crate::support::{OPENS_AT, TestPlatform, config, start};
use axum::http::StatusCode;
use ikrar::app::StartError;
use ikrar::clock::{Clock, Entropy};
use ikrar::service::live::HIGH_WATER_FILE;
use ikrar::store::pledges::LogKind;
use ikrar::web::AppState;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const TABLES: [&str; 5] = ["pledge", "leaf", "log_head", "reporting_group", "group_tally"];

async fn run(platform: &TestPlatform, statements: &[String]) {
    let path = platform.folder().join("ikrar.sqlite");
    let mut connection = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    for statement in statements {
        sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

async fn back_up(platform: &TestPlatform) -> PathBuf {
    let copy = platform.folder().join("old.sqlite");
    run(platform, &[format!("VACUUM INTO '{}'", copy.display())]).await;
    copy
}

/// Puts the backup's rows in place of those that are there, in one transaction, while the database is open.
async fn restore(platform: &TestPlatform, backup: &Path) {
    let mut statements = vec![format!("ATTACH '{}' AS old", backup.display()), "BEGIN IMMEDIATE".into()];
    for table in TABLES {
        statements.push(format!("DELETE FROM main.{table}"));
        statements.push(format!("INSERT INTO main.{table} SELECT * FROM old.{table}"));
    }
    statements.push("COMMIT".into());
    run(platform, &statements).await;
}

/// Four people signed, a backup was made, six more signed and all of it was shown, and the backup was restored.
async fn gone_back() -> TestPlatform {
    let platform = TestPlatform::open(60).await;
    for person in &platform.people[..4] {
        platform.sign(person).await;
    }
    let backup = back_up(&platform).await;
    for person in &platform.people[4..10] {
        platform.sign(person).await;
    }
    platform.state.live.reread().await.unwrap();
    restore(&platform, &backup).await;
    platform
}

async fn log_size(platform: &TestPlatform) -> u64 {
    platform.store.log_head(platform.campaign, LogKind::Pledges).await.unwrap().unwrap().size
}

/// Signs as a client of the interface does; status and the problem's code.
async fn ask(platform: &TestPlatform, person: usize) -> (StatusCode, String) {
    let token = platform.token_of(&platform.people[person]);
    let answer = platform.post_json("/api/v1/campaigns/uji/pledges", Some(&token), &platform.agreement()).await;
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().into())
}

async fn is_not_ready(platform: &TestPlatform) {
    let ready = platform.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    let checks = ready.json()["checks"].as_array().unwrap().clone();
    let failing: Vec<_> = checks.iter().filter(|check| check["ok"] == false).map(|check| &check["name"]).collect();
    assert_eq!(failing, ["log"]);
}

/// A node of the same folder, keyring and clock, started now.
async fn started_again(platform: &TestPlatform) -> Result<AppState, StartError> {
    let clock: Arc<dyn Clock> = platform.clock.clone();
    let (store, keyring) = (platform.store.clone(), platform.keyring.clone());
    start(config(platform.folder(), None), clock, Arc::new(Entropy::seeded(9)), store, keyring).await
}

#[tokio::test]
async fn the_next_batch_notices_and_nothing_is_signed_or_published_from_then_on() {
    let platform = gone_back().await;
    let refused = (StatusCode::SERVICE_UNAVAILABLE, "storage".to_owned());
    // Also whoever had signed after the backup: to sign anew would be another history.
    for person in [10, 7, 11] {
        assert_eq!(ask(&platform, person).await, refused);
    }
    // Whose pledge is in the backup still has it.
    assert_eq!(ask(&platform, 2).await.0, StatusCode::OK);
    assert_eq!(log_size(&platform).await, 4);
    is_not_ready(&platform).await;
    platform.state.live.reread().await.unwrap();
    assert_eq!(platform.get("/api/v1/campaigns/uji/count").await.json()["signed"], 10);
}

#[tokio::test]
async fn where_nobody_signs_the_next_reading_notices() {
    let platform = gone_back().await;
    assert_eq!(platform.get("/readyz").await.status, StatusCode::OK);
    platform.state.live.reread().await.unwrap();
    is_not_ready(&platform).await;
    assert_eq!(platform.get("/api/v1/campaigns/uji/count").await.json()["signed"], 10);
    assert_eq!(ask(&platform, 10).await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn an_event_that_is_gone_with_its_pledges_is_noticed() {
    let platform = gone_back().await;
    run(&platform, &["UPDATE campaign SET state = 'draft'".into(), "DELETE FROM log_head WHERE log = 1".into()]).await;
    platform.state.live.reread().await.unwrap();
    is_not_ready(&platform).await;
    assert_eq!(platform.get("/api/v1/campaigns/uji/count").await.json()["signed"], 10);
}

#[tokio::test]
async fn a_restart_is_refused_also_when_another_history_has_grown_past_the_mark() {
    let platform = gone_back().await;
    let fault = started_again(&platform).await.map(drop).unwrap_err().to_string();
    assert!(fault.contains("has 4 entries, but 10 were already published"), "{fault}");

    // A node that knows of nothing goes on with the old copy.
    platform.state.live.reread().await.unwrap();
    std::fs::rename(platform.folder().join(HIGH_WATER_FILE), platform.folder().join("kept")).unwrap();
    let other = started_again(&platform).await.unwrap();
    for person in &platform.people[10..30] {
        other.signing.sign(platform.request_of(person)).await.unwrap();
    }
    std::fs::rename(platform.folder().join("kept"), platform.folder().join(HIGH_WATER_FILE)).unwrap();
    assert_eq!(log_size(&platform).await, 24);
    let fault = started_again(&platform).await.map(drop).unwrap_err().to_string();
    assert!(fault.contains("at 10 entries: the database has another history"), "{fault}");
    // The first node still remembers, although the log is longer now than what it knows of.
    assert_eq!(ask(&platform, 40).await, (StatusCode::SERVICE_UNAVAILABLE, "storage".to_owned()));
    assert_eq!(platform.clock.now_ms(), OPENS_AT.0);
}
