//! A database that takes too long for a page: whoever waits is told to come again, in the way they asked.

use crate::postgres_server::PostgresServer;
use crate::support::TestPlatform;
use axum::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;
use ikrar::clock::Entropy;
use ikrar::config::DatabaseUrl;
use ikrar::domain::campaign::CampaignState;
use ikrar::store::postgres::{Postgres, Server};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The database ends a read after ten seconds; the rest is for the machine that runs all of this at once.
const TOLD_MAX: Duration = Duration::from_secs(14);

/// A locked campaign with three people, and a second connection to its database.
async fn on_postgres() -> (TestPlatform, PgConnection) {
    let url = DatabaseUrl::new(&PostgresServer::shared().await.database().await);
    let server = Server::parse(&url, false).unwrap();
    let store = Arc::new(Postgres::open(&server, Arc::new(Entropy::seeded(2))).await.unwrap());
    let folder = tempfile::tempdir().unwrap();
    let platform = TestPlatform::locked_on(store, Some(url.clone()), folder, 3).await;
    (platform, PgConnection::connect(url.expose()).await.unwrap())
}

async fn run(connection: &mut PgConnection, statement: &str) {
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(connection).await.unwrap();
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn whoever_waits_for_a_page_too_long_is_told_to_come_again() {
    let (platform, mut other) = on_postgres().await;
    platform.change(CampaignState::Locked, CampaignState::Open).await;
    let signed = platform.sign(&platform.people[0]).await;
    run(&mut other, "BEGIN").await;
    run(&mut other, "LOCK TABLE canonical_text, pledge, campaign IN ACCESS EXCLUSIVE MODE").await;
    let began = Instant::now();
    let text = format!("/api/v1/texts/{}", BASE64URL_NOPAD.encode(&platform.text_hash()));
    let certificate = format!("/c/{}.pdf", signed.pledge.id);
    let (program, browser) = tokio::join!(platform.get(&text), platform.get(&certificate));
    assert!(began.elapsed() < TOLD_MAX, "{:?}", began.elapsed());
    assert_eq!((program.status, program.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "storage"));
    assert_eq!(browser.status, StatusCode::SERVICE_UNAVAILABLE, "{}", browser.text());
    assert!(browser.text().contains("Coba lagi") && browser.header("content-type").starts_with("text/html"));
    for answer in [&program, &browser] {
        assert_eq!((answer.header("retry-after"), answer.header("cache-control")), ("30", "no-store"));
    }
    run(&mut other, "ROLLBACK").await;
    assert_eq!(platform.get(&text).await.status, StatusCode::OK);
    assert_eq!(platform.get(&certificate).await.status, StatusCode::OK);
}

/// More requests than a node has connections to read with.
const CROWD: usize = 24;

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn whoever_finds_every_connection_in_use_is_told_to_come_again() {
    let (platform, mut other) = on_postgres().await;
    run(&mut other, "BEGIN").await;
    run(&mut other, "LOCK TABLE canonical_text IN ACCESS EXCLUSIVE MODE").await;
    let text = format!("/api/v1/texts/{}", BASE64URL_NOPAD.encode(&platform.text_hash()));
    let began = Instant::now();
    let asked = (0..CROWD).map(|_| async { (platform.get(&text).await, began.elapsed()) });
    let answers = futures_util::future::join_all(asked).await;
    let mut times: Vec<Duration> = answers.iter().map(|(_, after)| *after).collect();
    times.sort();
    assert!(times[0] < times[CROWD - 1] / 2, "nobody was told before the others' reads were ended: {times:?}");
    for (answer, _) in &answers {
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "storage"));
        assert_eq!(answer.header("retry-after"), "30");
    }
    run(&mut other, "ROLLBACK").await;
    assert_eq!(platform.get(&text).await.status, StatusCode::OK);
}
