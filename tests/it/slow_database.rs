//! A database that takes too long for a page: whoever waits is told to come again, in the way they asked.

use crate::postgres_server::PostgresServer;
use crate::support::TestPlatform;
use axum::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;
use ikrar::clock::Entropy;
use ikrar::config::DatabaseUrl;
use ikrar::domain::campaign::State;
use ikrar::store::postgres::{Postgres, Server};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The database ends a read after ten seconds; the rest is for the machine that runs all of this at once.
const TOLD_MAX: Duration = Duration::from_secs(14);

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn whoever_waits_for_a_page_too_long_is_told_to_come_again() {
    let url = DatabaseUrl::new(&PostgresServer::shared().await.database().await);
    let server = Server::parse(&url, false).unwrap();
    let store = Arc::new(Postgres::open(&server, Arc::new(Entropy::seeded(2))).await.unwrap());
    let folder = tempfile::tempdir().unwrap();
    let platform = TestPlatform::locked_on(store, Some(url.clone()), folder, 3).await;
    platform.change(State::Locked, State::Open).await;
    let signed = platform.sign(&platform.people[0]).await;
    let mut other = PgConnection::connect(url.expose()).await.unwrap();
    for statement in ["BEGIN", "LOCK TABLE canonical_text, pledge, campaign IN ACCESS EXCLUSIVE MODE"] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut other).await.unwrap();
    }
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
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    assert_eq!(platform.get(&text).await.status, StatusCode::OK);
    assert_eq!(platform.get(&certificate).await.status, StatusCode::OK);
}
