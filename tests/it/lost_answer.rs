//! What is prepared and committed while the database does something else with it: a code is issued again before a
//! batch's turn comes, or the answer to a commit is lost.

use crate::postgres_server::PostgresServer;
use crate::support::TestPlatform;
use ikrar::clock::Entropy;
use ikrar::config::DatabaseUrl;
use ikrar::domain::campaign::CampaignState;
use ikrar::service::ledger::CommittedPledge;
use ikrar::service::signing::SignRefusal;
use ikrar::store::postgres::{Postgres, Server};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

const TURN: Duration = Duration::from_millis(20);
/// Longer than anything here takes, on a busy machine, too.
const TURNS_MAX: u32 = 1_000;

/// A platform that reads nothing by itself, and a connection beside it.
async fn on(server: &PostgresServer, people: usize) -> (TestPlatform, PgConnection) {
    let url = DatabaseUrl::new(&server.database().await);
    let store = Postgres::open(&Server::parse(&url, false).unwrap(), Arc::new(Entropy::seeded(2))).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let platform = TestPlatform::locked_on(Arc::new(store), Some(url.clone()), folder, people).await;
    platform.change(CampaignState::Locked, CampaignState::Open).await;
    (platform, PgConnection::connect(url.expose()).await.unwrap())
}

fn signs(platform: &TestPlatform, person: usize) -> JoinHandle<Result<CommittedPledge, SignRefusal>> {
    let (signing, request) = (platform.state.signing.clone(), platform.request_of(&platform.people[person]));
    tokio::spawn(async move { signing.sign(request).await })
}

async fn run(connection: &mut PgConnection, statement: &str) {
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(connection).await.unwrap();
}

/// Until a session of this database waits for this; `None` when the signing is over without that.
async fn waiting_for(
    what: &str,
    signing: &JoinHandle<Result<CommittedPledge, SignRefusal>>,
    by: &mut PgConnection,
) -> Option<i32> {
    let asked =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type || wait_event LIKE $1";
    for _ in 0..TURNS_MAX {
        // Within a transaction the server goes on telling what it told first.
        run(by, "SELECT pg_stat_clear_snapshot()").await;
        let found: Option<i32> = sqlx::query_scalar(asked).bind(what).fetch_optional(&mut *by).await.unwrap();
        if found.is_some() || signing.is_finished() {
            return found;
        }
        tokio::time::sleep(TURN).await;
    }
    panic!("nobody waits for {what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_code_that_is_issued_again_while_a_batch_waits_voids_the_older_one() {
    let (platform, mut other) = on(PostgresServer::shared().await, 3).await;
    run(&mut other, "BEGIN").await;
    run(&mut other, "SELECT 1 FROM campaign FOR UPDATE").await;
    let signing = signs(&platform, 0);
    assert!(waiting_for("Lock%", &signing, &mut other).await.is_some(), "the batch doesn't wait for the campaign");
    sqlx::query("INSERT INTO code_version (campaign_id, participant_id, version) VALUES ($1, $2, 2)")
        .bind(platform.campaign.0.as_slice())
        .bind(platform.people[0].participant.id.0.as_slice())
        .execute(&mut other)
        .await
        .unwrap();
    run(&mut other, "COMMIT").await;
    assert_eq!(signing.await.unwrap(), Err(SignRefusal::SessionInvalid));
    assert_eq!(platform.store.count_pledges(platform.campaign).await.unwrap(), 0);
    assert!(signs(&platform, 1).await.unwrap().is_ok());
}

/// A commit that waits for a standby is on the disk already; whoever ends the wait takes its answer away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_pledge_whose_commit_was_never_answered_is_answered_from_the_database_and_known_from_then_on() {
    let server = PostgresServer::start().await;
    let (platform, mut other) = on(&server, 60).await;
    let known = || platform.state.live.known_sizes(platform.campaign).pledges;
    signs(&platform, 0).await.unwrap().unwrap();
    assert_eq!(known(), 1);
    // Nobody waits for the disk of a standby that isn't there but those who ask for it.
    run(&mut other, "SET synchronous_commit = local").await;
    run(&mut other, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'").await;
    run(&mut other, "SELECT pg_reload_conf()").await;
    // It is in force a moment later.
    for person in 1..platform.people.len() {
        let signing = signs(&platform, person);
        let Some(waiting) = waiting_for("%SyncRep", &signing, &mut other).await else {
            signing.await.unwrap().unwrap();
            tokio::time::sleep(TURN).await;
            continue;
        };
        run(&mut other, &format!("SELECT pg_terminate_backend({waiting})")).await;
        let signed = signing.await.unwrap().unwrap();
        let size = u64::try_from(person).unwrap() + 1;
        assert_eq!((signed.repeated, signed.pledge.signed_count, known()), (false, size, size));
        return;
    }
    panic!("no commit waited for the standby");
}
