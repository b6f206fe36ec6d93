//! Who leaves one node of a shared database is gone at the others too, whatever is committed late and whichever starts
//! later.

use crate::postgres_server::PostgresServer;
use crate::support::{TestPlatform, config, start};
use axum::http::StatusCode;
use ikrar::clock::{Clock, Entropy};
use ikrar::config::DatabaseUrl;
use ikrar::domain::campaign::CampaignState;
use ikrar::service::sign_in::{Session, SessionFault, SignOutOutcome};
use ikrar::store::SharedStore;
use ikrar::store::postgres::{Postgres, Server};
use ikrar::web::{self, AppState};
use sqlx::{Connection, PgConnection};
use std::sync::Arc;
use std::time::Duration;

const TURN: Duration = Duration::from_millis(50);
/// A node hears once a second; the rest is for a busy machine.
const TURNS_MAX: u32 = 400;

struct Nodes {
    one: TestPlatform,
    other: AppState,
    url: String,
    _folder: tempfile::TempDir,
}

async fn store(url: &str, seed: u64) -> SharedStore {
    let server = Server::parse(&DatabaseUrl::new(url), false).unwrap();
    Arc::new(Postgres::open(&server, Arc::new(Entropy::seeded(seed))).await.unwrap())
}

async fn node(url: &str, folder: &std::path::Path, like: &TestPlatform, seed: u64) -> AppState {
    let config = config(folder, Some(DatabaseUrl::new(url)));
    let clock: Arc<dyn Clock> = like.clock.clone();
    let (entropy, store) = (Arc::new(Entropy::seeded(seed)), store(url, seed).await);
    start(config, clock, entropy, store, like.keyring.clone()).await.unwrap()
}

impl Nodes {
    async fn two() -> Self {
        let url = PostgresServer::shared().await.database().await;
        let folder = tempfile::tempdir().unwrap();
        let at = Some(DatabaseUrl::new(&url));
        let one = TestPlatform::locked_on(store(&url, 2).await, at, tempfile::tempdir().unwrap(), 3).await;
        let other = node(&url, folder.path(), &one, 3).await;
        one.state.run_tasks();
        other.run_tasks();
        Self { one, other, url, _folder: folder }
    }

    fn token(&self, drawn: u8) -> String {
        let session = self.one.session_of(&self.one.people[0]);
        Session { drawn: Some([drawn; 8]), ..session }.token(&self.one.keyring)
    }

    fn is_left(&self, node: &AppState, token: &str) -> bool {
        node.sign_in.session(token, self.one.campaign).err() == Some(SessionFault::SignedOut)
    }

    async fn is_heard(&self, node: &AppState, token: &str) {
        for _ in 0..TURNS_MAX {
            if self.is_left(node, token) {
                return;
            }
            tokio::time::sleep(TURN).await;
        }
        panic!("the other node never heard of it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn who_left_one_node_is_gone_at_the_other_and_at_one_that_starts_later() {
    let nodes = Nodes::two().await;
    for (drawn, from, to) in [(1, &nodes.one.state, &nodes.other), (2, &nodes.other, &nodes.one.state)] {
        let (left, stays) = (nodes.token(drawn), nodes.token(drawn + 10));
        assert!(!nodes.is_left(from, &left) && !nodes.is_left(to, &left));
        assert!(matches!(from.sign_in.sign_out(&left).await, SignOutOutcome::SignedOut { .. }));
        assert!(nodes.is_left(from, &left), "it is in force here before the answer");
        nodes.is_heard(to, &left).await;
        assert!(!nodes.is_left(to, &stays));
    }
    let (token, agreement) = (nodes.token(2), nodes.one.agreement());
    let refused = nodes.one.post_json("/api/v1/campaigns/uji/pledges", Some(&token), &agreement).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    // A node that starts knows all of them before it serves.
    let folder = tempfile::tempdir().unwrap();
    let later = node(&nodes.url, folder.path(), &nodes.one, 4).await;
    assert!(nodes.is_left(&later, &nodes.token(1)) && nodes.is_left(&later, &nodes.token(2)));
    drop(web::router(later));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_row_that_is_committed_late_is_heard_all_the_same() {
    let nodes = Nodes::two().await;
    let late = nodes.token(9);
    // A third node's row, written now and committed after rows that were begun later were heard.
    let mut third = PgConnection::connect(&nodes.url).await.unwrap();
    let key = data_encoding::BASE64URL_NOPAD.decode(late.as_bytes()).unwrap();
    let key = &key[key.len() - 32..key.len() - 16];
    let expires_at = nodes.one.session_of(&nodes.one.people[0]).expires_at.0;
    let mut writing = third.begin().await.unwrap();
    sqlx::query("INSERT INTO left_session (node, number, expires_at, sessions) VALUES ($1, 0, $2, $3)")
        .bind(&[0_u8; 16][..])
        .bind(expires_at)
        .bind([key, &expires_at.to_be_bytes()].concat())
        .execute(&mut *writing)
        .await
        .unwrap();
    sqlx::query("INSERT INTO left_node (node, next_number, expires_at) VALUES ($1, 1, $2)")
        .bind(&[0_u8; 16][..])
        .bind(expires_at)
        .execute(&mut *writing)
        .await
        .unwrap();
    for drawn in [1, 2] {
        let token = nodes.token(drawn);
        assert!(matches!(nodes.one.state.sign_in.sign_out(&token).await, SignOutOutcome::SignedOut { .. }));
        nodes.is_heard(&nodes.other, &token).await;
    }
    assert!(!nodes.is_left(&nodes.other, &late));
    writing.commit().await.unwrap();
    nodes.is_heard(&nodes.other, &late).await;
    nodes.is_heard(&nodes.one.state, &late).await;
}

/// Signing with a typed name waits for the database before it is admitted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn who_leaves_while_their_name_is_looked_up_signs_nothing() {
    let nodes = Nodes::two().await;
    let platform = &nodes.one;
    platform.change(CampaignState::Locked, CampaignState::Open).await;
    let (token, person) = (nodes.token(1), &platform.people[0]);
    let (cookie, hash) = (format!("ikrar={token}"), data_encoding::BASE64URL_NOPAD.encode(&platform.text_hash()));
    let fields = [
        ("step", "pledge"),
        ("text_hash", hash.as_str()),
        ("butir", "1"),
        ("butir", "2"),
        ("typed_name", person.participant.shown_name.as_str()),
    ];
    let mut other = PgConnection::connect(&nodes.url).await.unwrap();
    let mut holding = other.begin().await.unwrap();
    sqlx::query("LOCK TABLE participant IN ACCESS EXCLUSIVE MODE").execute(&mut *holding).await.unwrap();
    let leaving = async {
        let waiting = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND relation = 'participant'::regclass";
        while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut *holding).await.unwrap() == 0 {
            tokio::time::sleep(TURN).await;
        }
        assert!(matches!(platform.state.sign_in.sign_out(&token).await, SignOutOutcome::SignedOut { .. }));
        holding.rollback().await.unwrap();
    };
    let (answer, ()) = tokio::join!(platform.post_form("/k/uji/sign", &cookie, &fields), leaving);
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(platform.store.count_pledges(platform.campaign).await.unwrap(), 0);
    // With the same form somebody who stays signs.
    let cookie = format!("ikrar={}", nodes.token(2));
    let signed = platform.post_form("/k/uji/sign", &cookie, &fields).await;
    assert_eq!(signed.header("location"), "/k/uji/receipt?baru");
}
