//! What nodes of a shared database hear of wrong attempts elsewhere, whatever their clocks say and whether they can
//! write.

use crate::postgres_server::PostgresServer;
use crate::support::OPENS_AT;
use ikrar::clock::{Clock, Entropy, FixedClock};
use ikrar::config::DatabaseUrl;
use ikrar::domain::time::UnixMillis;
use ikrar::service::wrong_attempts::{SharedThrottles, WrongAttempts};
use ikrar::store::postgres::{Postgres, Server};
use ikrar::store::wrong_attempt_channel::WrongAttemptSender;
use ikrar::store::wrong_attempts::{BucketCount, ThrottleKind};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const TURN: Duration = Duration::from_millis(50);
/// Each tells and hears once a second; the rest is for a busy machine.
const TURNS_MAX: u32 = 400;

#[derive(Default)]
struct Ears(Mutex<Vec<(BucketCount, UnixMillis)>>);

impl SharedThrottles for Ears {
    fn merge_remote(&self, count: &BucketCount, now: UnixMillis) {
        self.0.lock().unwrap().push((*count, now));
    }
}

struct Node {
    sender: WrongAttemptSender,
    ears: Arc<Ears>,
    now: UnixMillis,
}

impl Node {
    async fn on(url: &str, seed: u64, now: UnixMillis) -> Self {
        let server = Server::parse(&DatabaseUrl::new(url), false).unwrap();
        let store = Arc::new(Postgres::open(&server, Arc::new(Entropy::seeded(seed))).await.unwrap());
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(now.0));
        let (attempts, sender) = WrongAttempts::new(store, clock, &Entropy::seeded(seed));
        let ears = Arc::new(Ears::default());
        let hearing = ears.clone();
        tokio::spawn(async move { attempts.run(&*hearing).await });
        Self { sender, ears, now }
    }

    /// A wrong attempt in this bucket is heard of by another node, which counts it by its own clock. It is made again
    /// now and then: a telling whose answer was lost may be missed.
    async fn reaches(&self, other: &Self, bucket: u16) {
        for turn in 0..TURNS_MAX {
            if turn % 40 == 0 {
                self.sender.report(ThrottleKind::AccessCode, bucket);
            }
            if other.has_heard(bucket) {
                return;
            }
            tokio::time::sleep(TURN).await;
        }
        panic!("{bucket} was never heard of");
    }

    fn has_heard(&self, bucket: u16) -> bool {
        let heard = self.ears.0.lock().unwrap();
        heard
            .iter()
            .any(|(count, now)| (count.throttle, count.bucket, *now) == (ThrottleKind::AccessCode, bucket, self.now))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn nodes_whose_clocks_are_hours_apart_hear_each_other() {
    let url = PostgresServer::shared().await.database().await;
    let early = Node::on(&url, 1, OPENS_AT.plus_secs(-7_200)).await;
    let late = Node::on(&url, 2, OPENS_AT).await;
    for bucket in [7, 8] {
        early.reaches(&late, bucket).await;
        late.reaches(&early, bucket + 100).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_node_that_can_t_tell_hears_on() {
    let url = PostgresServer::shared().await.database().await;
    let mut other = PgConnection::connect(&url).await.unwrap();
    // Whoever tells of bucket 9 is refused.
    for statement in [
        "CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN \
         RAISE EXCEPTION 'refused' USING ERRCODE = 'P0001'; END $$",
        "CREATE TRIGGER refusing BEFORE INSERT ON wrong_tally FOR EACH ROW \
         WHEN (NEW.tallies = '\\x0100090001'::BYTEA) EXECUTE FUNCTION refuse()",
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut other).await.unwrap();
    }
    let (mute, speaking) = (Node::on(&url, 1, OPENS_AT).await, Node::on(&url, 2, OPENS_AT).await);
    mute.sender.report(ThrottleKind::AccessCode, 9);
    for bucket in [7, 8] {
        speaking.reaches(&mute, bucket).await;
    }
    assert!(!speaking.has_heard(9), "the telling wasn't refused");
    // What couldn't be told isn't forgotten.
    sqlx::query("DROP TRIGGER refusing ON wrong_tally").execute(&mut other).await.unwrap();
    for _ in 0..TURNS_MAX {
        if speaking.has_heard(9) {
            return;
        }
        tokio::time::sleep(TURN).await;
    }
    panic!("what couldn't be told was forgotten");
}
