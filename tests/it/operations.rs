//! What those who run the service see: whether it is ready and why not, and its numbers.

use crate::postgres_server::PostgresServer;
use crate::support::{Answer, TestPlatform, start, with_config};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use ikrar::clock::{Clock, Entropy};
use ikrar::config::{Config, Database, DatabaseUrl};
use ikrar::domain::ids::CampaignId;
use ikrar::store::SharedStore;
use ikrar::store::installation::KEYRING;
use ikrar::store::postgres::{Postgres, Server};
use ikrar::telemetry::metrics;
use ikrar::web::{self, AppState};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

const TURN: Duration = Duration::from_millis(20);
const TURNS_MAX: u32 = 500;

async fn ask(router: &Router, path: &str) -> Answer {
    let response = router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// The names of the checks that don't hold.
fn failing(answer: &Answer) -> Vec<String> {
    let checks = answer.json()["checks"].as_array().unwrap().clone();
    assert_eq!(checks.len(), 9);
    let failing = checks.iter().filter(|check| check["ok"] == false);
    failing.map(|check| check["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_campaign_that_can_t_be_read_keeps_no_other_from_being_signed() {
    let mut platform = TestPlatform::open(3).await;
    let state = platform.state.clone();
    let mut broken = platform.store.campaign(platform.campaign).await.unwrap().unwrap();
    broken.id = CampaignId([9; 16]);
    broken.slug = "rusak".into();
    // It comes first, and its text isn't there.
    broken.created_at = broken.created_at.plus_secs(-60);
    broken.text_hash = Some([9; 32]);
    platform.store.create_campaign(&broken, &platform.line()).await.unwrap();
    let (clock, entropy, store) = (platform.clock.clone(), state.entropy.clone(), platform.store.clone());
    let anew = start((*state.config).clone(), clock, entropy, store, platform.keyring.clone());
    platform.state = anew.await.unwrap();
    assert!(platform.state.signing.campaign("rusak").is_none());
    platform.sign(&platform.people[0]).await;
}

#[tokio::test]
async fn a_node_says_what_it_isn_t_ready_for() {
    let platform = TestPlatform::open(3).await;
    let ready = platform.get("/readyz").await;
    assert_eq!((ready.status, ready.json()["ready"].as_bool()), (StatusCode::OK, Some(true)));
    assert!(failing(&ready).is_empty());

    platform.store.pin(KEYRING, "another keyring's mark").await.unwrap();
    let foreign = platform.get("/readyz").await;
    assert_eq!((foreign.status, failing(&foreign)), (StatusCode::SERVICE_UNAVAILABLE, vec!["keys".to_owned()]));

    platform.state.live.stop();
    let admin = web::admin::router(platform.state.clone());
    let stopping = ask(&admin, "/readyz").await;
    assert_eq!(stopping.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(failing(&stopping), ["keys", "not_stopping"]);
    assert_eq!(ask(&admin, "/healthz").await.status, StatusCode::OK);
}

/// The database lies on a file system that has no room, on any machine.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_node_whose_disk_is_full_isn_t_ready_and_says_so() {
    let platform = TestPlatform::open(3).await;
    let config = Config { database: Database::File("/proc/version".into()), ..(*platform.state.config).clone() };
    let full = with_config(&platform.state, config);
    let answer = ask(&web::router(full), "/readyz").await;
    assert_eq!((answer.status, failing(&answer)), (StatusCode::SERVICE_UNAVAILABLE, vec!["storage".to_owned()]));
    assert!(answer.text().contains("32 MiB"), "{}", answer.text());
}

/// Tells no time to the thread that commits.
struct Unreadable(Arc<dyn Clock>);

impl Clock for Unreadable {
    fn now_ms(&self) -> i64 {
        assert_ne!(std::thread::current().name(), Some("ledger"), "a fault that a test makes");
        self.0.now_ms()
    }
}

#[tokio::test]
async fn a_node_whose_ledger_died_isn_t_ready_and_refuses_to_sign() {
    let platform = TestPlatform::open(1).await;
    let token = platform.token_of(&platform.people[0]);
    let sign = |router: Router| {
        let request = Request::post("/api/v1/campaigns/uji/pledges")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"));
        router.oneshot(request.body(Body::from(platform.agreement().to_string())).unwrap())
    };
    let (clock, state) = (Arc::new(Unreadable(platform.clock.clone())), &platform.state);
    let (entropy, store, keyring) = (state.entropy.clone(), platform.store.clone(), platform.keyring.clone());
    let failing_node = start((*state.config).clone(), clock, entropy, store, keyring).await.unwrap();
    let router = web::router(failing_node);
    assert!(failing(&ask(&router, "/readyz").await).is_empty());
    for _ in 0..2 {
        assert_eq!(sign(router.clone()).await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    // Its thread may still be on its way out.
    let mut turns = 0;
    while failing(&ask(&router, "/readyz").await).is_empty() && turns < TURNS_MAX {
        turns += 1;
        tokio::time::sleep(TURN).await;
    }
    let dead = ask(&router, "/readyz").await;
    assert_eq!((dead.status, failing(&dead)), (StatusCode::SERVICE_UNAVAILABLE, vec!["ledger".to_owned()]));
    // Another node isn't concerned.
    assert_eq!(sign(web::router(state.clone())).await.unwrap().status(), StatusCode::CREATED);
}

/// The platform's clock stands in 2029.
#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_node_whose_clock_isn_t_the_database_s_isn_t_ready() {
    let url = DatabaseUrl::new(&PostgresServer::shared().await.database().await);
    let server = Server::parse(&url, false).unwrap();
    let store: SharedStore = Arc::new(Postgres::open(&server, Arc::new(Entropy::seeded(1))).await.unwrap());
    let platform = TestPlatform::locked_on(store.clone(), Some(url), tempfile::tempdir().unwrap(), 3).await;
    let apart = platform.get("/readyz").await;
    assert_eq!((apart.status, failing(&apart)), (StatusCode::SERVICE_UNAVAILABLE, vec!["clock".to_owned()]));

    let theirs = store.database_clock_ms().await.unwrap().unwrap();
    let ours = ikrar::clock::Clock::now_ms(platform.clock.as_ref());
    platform.clock.advance_ms(theirs - ours);
    assert_eq!(platform.get("/readyz").await.status, StatusCode::OK);
    platform.clock.advance_ms(2_500);
    assert_eq!(failing(&platform.get("/readyz").await), ["clock"]);
}

/// The same services with an admin address, so that requests are counted.
fn counting(platform: &TestPlatform) -> AppState {
    let config = Config { admin_listen: "127.0.0.1:0".parse().ok(), ..(*platform.state.config).clone() };
    with_config(&platform.state, config)
}

#[tokio::test]
async fn the_numbers_tell_of_the_service_and_of_nobody() {
    metrics::keep().unwrap();
    let mut platform = TestPlatform::open(9).await;
    platform.state = counting(&platform);
    platform.router = web::router(platform.state.clone());
    let (one, body) = (&platform.people[0], platform.agreement());
    let token = platform.token_of(one);
    let signed = platform.post_json("/api/v1/campaigns/uji/pledges", Some(&token), &body).await;
    assert_eq!(signed.status, StatusCode::CREATED);
    platform.post_json("/api/v1/campaigns/uji/pledges", Some("x"), &body).await;
    let receipt = signed.json();
    platform.post_json("/api/v1/verify", None, &receipt).await;
    platform.get("/no/such/page").await;
    platform.state.live.reread().await.unwrap();
    let watcher = platform.state.live.watch("uji").unwrap();

    let answer = ask(&web::admin::router(platform.state.clone()), "/metrics").await;
    assert_eq!(answer.status, StatusCode::OK);
    let text = answer.text();
    for line in [
        r#"ikrar_http_requests_total{route="/api/v1/campaigns/{slug}/pledges",status="2xx"} 1"#,
        r#"ikrar_http_requests_total{route="/api/v1/campaigns/{slug}/pledges",status="4xx"} 1"#,
        r#"ikrar_refusals_total{reason="session_invalid"}"#,
        r#"ikrar_verifications_total{verdict="valid"}"#,
        r#"ikrar_signed{event="uji",group=""#,
        "ikrar_pledges_committed_total ",
        "ikrar_batch_pledges_bucket",
        "ikrar_batch_commit_seconds_bucket",
        "ikrar_queue_pledges 0",
        "ikrar_queue_pledges_max 16384",
        "ikrar_watchers 1",
        // The platform's clock stands in 2029.
        r#"ikrar_last_commit_timestamp_seconds{event="uji"} 1864605600"#,
    ] {
        assert!(text.contains(line), "{line} isn't in:\n{text}");
    }
    drop(watcher);
    let secret = [receipt["pledge_id"].as_str().unwrap(), &one.identifier, &one.participant.shown_name, "/no/such"];
    assert!(secret.iter().all(|word| !text.contains(word)), "{text}");
}

/// What a family of numbers is called, without what a histogram adds to its name.
fn family(line: &str) -> &str {
    let name = line.split(['{', ' ']).next().unwrap();
    ["_bucket", "_sum", "_count"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

#[tokio::test]
async fn every_number_says_what_it_is() {
    metrics::keep().unwrap();
    let platform = TestPlatform::open(9).await;
    platform.sign(&platform.people[0]).await;
    platform.state.live.reread().await.unwrap();
    metrics::refused("busy");
    metrics::verified("valid");
    metrics::answered("/", 200);
    metrics::batch_failed();
    let answer = ask(&web::admin::router(platform.state.clone()), "/metrics").await;
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
    let lines: Vec<&str> = answer.text().lines().filter(|line| !line.is_empty()).collect();
    let families: std::collections::BTreeSet<&str> =
        lines.iter().filter(|line| !line.starts_with('#')).map(|line| family(line)).collect();
    let expected = [
        "ikrar_batch_commit_seconds",
        "ikrar_batch_faults_total",
        "ikrar_batch_pledges",
        "ikrar_eligible",
        "ikrar_http_requests_total",
        "ikrar_last_commit_timestamp_seconds",
        "ikrar_pledges_committed_total",
        "ikrar_pledges_repeated_total",
        "ikrar_queue_pledges",
        "ikrar_queue_pledges_max",
        "ikrar_refusals_total",
        "ikrar_signed",
        "ikrar_target",
        "ikrar_verifications_total",
        "ikrar_watchers",
    ];
    assert_eq!(families.into_iter().collect::<Vec<_>>(), expected);
    for name in expected {
        let kind = if name.ends_with("_total") {
            "counter"
        } else if name.starts_with("ikrar_batch") {
            "histogram"
        } else {
            "gauge"
        };
        assert!(lines.contains(&format!("# TYPE {name} {kind}").as_str()), "{name} is no {kind}");
        let help = format!("# HELP {name} ");
        assert!(lines.iter().any(|line| line.starts_with(&help) && line.len() > help.len() + 10), "{name} has no help");
    }
}

#[tokio::test]
async fn the_public_address_has_no_numbers() {
    let platform = TestPlatform::open(3).await;
    assert_eq!(platform.get("/metrics").await.status, StatusCode::NOT_FOUND);
}
