//! Looking up a person reads a handful of rows of PostgreSQL, whatever the server knows of its tables: here it knows
//! nothing, as in the minute after an import, and its plans were made while there was nobody.
//!
//! A plan that goes through a whole campaign answers the same and is quick on a small one, so no other test sees it.
//! Here the rows are counted that the server went through.

use crate::line;
use crate::postgres_server::PostgresServer;
use crate::scene::{self, CAMPAIGN, batch, change, entry, person, person_id, pledge_id, sign, sign_checkpoint};
use ikrar::clock::Entropy;
use ikrar::config::DatabaseUrl;
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::ids::ParticipantId;
use ikrar::domain::unit::Unit;
use ikrar::store::SharedStore;
use ikrar::store::notices::{CHANGES_MAX, RosterAction};
use ikrar::store::pledges::{BatchEntry, CommitOutcome};
use ikrar::store::postgres::{Postgres, Server};
use ikrar::store::rosters::PeopleFilter;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::sync::Arc;
use std::time::Duration;

pub const PEOPLE: u32 = 4_000;
const UNITS: u32 = 2_000;
/// Prepared statements get a plan for all values at their sixth use; there are a few connections to take turns.
const WARMING: u32 = 40;
pub const LOOKS: u32 = 50;
/// Rows and index entries of all tables together that one look-up of one person goes through: their own, their
/// institution's, their unit's, the log's head, and entries for each.
pub const ROWS_MAX: i64 = 25;
/// What the server has counted is there within so many turns.
const TURNS_MAX: u32 = 500;
const TURN: Duration = Duration::from_millis(20);

pub struct Counted {
    pub url: String,
    /// A connection that reads no table of ours.
    pub beside: PgConnection,
}

impl Counted {
    pub async fn new() -> Self {
        let url = PostgresServer::shared().await.database().await;
        let mut beside = PgConnection::connect(&url).await.unwrap();
        let tables: Vec<String> =
            sqlx::query_scalar("SELECT relname::TEXT FROM pg_stat_user_tables").fetch_all(&mut beside).await.unwrap();
        for table in tables {
            // Nobody looks at the tables by himself.
            let off = format!("ALTER TABLE {table} SET (autovacuum_enabled = off)");
            sqlx::query(AssertSqlSafe(off)).execute(&mut beside).await.unwrap();
        }
        Self { url, beside }
    }

    pub async fn store(&self) -> Arc<Postgres> {
        let server = Server::parse(&DatabaseUrl::new(&self.url), false).unwrap();
        Arc::new(Postgres::open(&server, Arc::new(Entropy::seeded(1))).await.unwrap())
    }

    /// By a session of its own, which leaves.
    async fn many_are_revoked(&self) {
        let mut revoking = PgConnection::connect(&self.url).await.unwrap();
        let revoke = "INSERT INTO revocation (campaign_id, pledge_id, reason, revoked_at, revoked_by) \
                      SELECT campaign_id, pledge_id, 'salah orang', 1, 'admin' FROM pledge";
        assert_eq!(sqlx::query(revoke).execute(&mut revoking).await.unwrap().rows_affected(), u64::from(PEOPLE));
        revoking.close().await.unwrap();
    }

    /// The sessions that are connected besides this one.
    pub async fn others(&mut self) -> Vec<i32> {
        let others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        sqlx::query_scalar(others).fetch_all(&mut self.beside).await.unwrap()
    }

    /// All rows and index entries that were gone through by those who have left. Who leaves tells everything; so it
    /// waits until nobody is there but those who stay.
    pub async fn so_far(&mut self, who_stay: &[i32]) -> i64 {
        for _ in 0..TURNS_MAX {
            if self.others().await.iter().all(|session| who_stay.contains(session)) {
                let rows = "SELECT ((SELECT SUM(seq_tup_read + COALESCE(idx_tup_fetch, 0)) FROM pg_stat_user_tables) + \
                            (SELECT SUM(idx_tup_read) FROM pg_stat_user_indexes))::BIGINT";
                return sqlx::query_scalar(rows).fetch_one(&mut self.beside).await.unwrap();
            }
            tokio::time::sleep(TURN).await;
        }
        panic!("somebody stays connected");
    }

    pub async fn analysed(&mut self) -> i64 {
        let query = "SELECT COUNT(*) FROM pg_stats WHERE schemaname = 'public'";
        sqlx::query_scalar(query).fetch_one(&mut self.beside).await.unwrap()
    }
}

/// What is asked of one person.
#[derive(Clone, Copy, Debug)]
enum Look {
    Signer,
    PledgeOf,
    SigningFacts,
    RosterRoot,
    ByPledge,
    /// A recount's page with one person.
    RecountPerson,
    /// A recount's page with one pledge.
    RecountPledge,
    /// A batch in which somebody has signed already, so that it is looked who.
    Repeat,
}

impl Look {
    async fn at(self, store: &SharedStore, person: u32) {
        let asked: [ParticipantId; 1] = [person_id(person)];
        match self {
            Self::Signer => drop(store.signer(CAMPAIGN, asked[0]).await.unwrap()),
            Self::PledgeOf => drop(store.pledge_of(CAMPAIGN, asked[0]).await.unwrap()),
            Self::SigningFacts => drop(store.signing_facts(CAMPAIGN, &asked).await.unwrap()),
            Self::RosterRoot => drop(store.roster_epoch(CAMPAIGN).await.unwrap()),
            Self::ByPledge => {
                let (low, high) = (pledge_id(person * 16), pledge_id(person * 16 + 1));
                drop(store.pledges_between(CAMPAIGN, low, high).await.unwrap());
            }
            Self::RecountPerson => drop(store.recount_people(CAMPAIGN, Some(asked[0]), 1).await.unwrap()),
            Self::RecountPledge => drop(store.recount_pledges(CAMPAIGN, Some(asked[0]), 1).await.unwrap()),
            Self::Repeat => drop(store.commit_batch(&batch(vec![entry(person, 1)]), &sign_checkpoint).await),
        }
    }
}

const LOOKS_AT: [Look; 8] = [
    Look::Signer,
    Look::PledgeOf,
    Look::SigningFacts,
    Look::RosterRoot,
    Look::ByPledge,
    Look::RecountPerson,
    Look::RecountPledge,
    Look::Repeat,
];

/// Those that people are in, and as many more as a province has.
pub fn units() -> Vec<Unit> {
    let more = (3..UNITS).map(|id| Unit { id, institution: "16".into(), parent: None, name: format!("Unit {id}") });
    scene::units().into_iter().chain(more).collect()
}

async fn everybody_signs(store: &SharedStore) {
    scene::step(store, CampaignState::Locked, CampaignState::Open).await;
    for first in (0..PEOPLE).step_by(1_000) {
        sign(store, first..first + 1_000).await;
    }
    // Codes are looked up only where there is one.
    store.reissue_code(CAMPAIGN, person_id(PEOPLE - 1), 1, &line()).await.unwrap();
}

/// What each of so many people costs who are looked up at a store, which is closed then.
async fn each(counted: &mut Counted, look: Look, opened: Arc<Postgres>, before: i64) -> i64 {
    let store: SharedStore = opened.clone();
    for person in 0..LOOKS {
        look.at(&store, person * 7).await;
    }
    opened.close().await;
    (counted.so_far(&[]).await - before) / i64::from(LOOKS)
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_person_is_found_without_going_through_the_campaign() {
    let mut through = vec![];
    for look in LOOKS_AT {
        let mut counted = Counted::new().await;
        let early = counted.store().await;
        let asking: SharedStore = early.clone();
        // Plans of an empty database, which are kept for as long as the connections live.
        for person in 0..WARMING {
            look.at(&asking, person).await;
        }
        let who_stay = counted.others().await;
        let filling = counted.store().await;
        let store: SharedStore = filling.clone();
        scene::with_roster_and_units(&store, PEOPLE, &units()).await;
        scene::lock(&store, PEOPLE).await;
        everybody_signs(&store).await;
        filling.close().await;
        counted.many_are_revoked().await;

        let before = counted.so_far(&who_stay).await;
        let with_old_plans = each(&mut counted, look, early, before).await;
        let before = counted.so_far(&[]).await;
        let fresh = counted.store().await;
        let with_new_plans = each(&mut counted, look, fresh, before).await;
        through.push((look, [with_old_plans, with_new_plans]));
        assert_eq!(counted.analysed().await, 0, "the server knows its tables, so that this says nothing");
    }
    let few = |rows: &i64| (1..=ROWS_MAX).contains(rows);
    assert!(through.iter().all(|(_, rows)| rows.iter().all(few)), "with old plans and new ones: {through:?}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_roster_that_was_just_imported_is_locked_person_by_person() {
    let mut counted = Counted::new().await;
    let importing = counted.store().await;
    let store: SharedStore = importing.clone();
    scene::with_roster(&store, PEOPLE).await;
    importing.close().await;
    let before = counted.so_far(&[]).await;
    let locking = counted.store().await;
    let store: SharedStore = locking.clone();
    scene::lock(&store, PEOPLE).await;
    locking.close().await;
    assert_few_for_each_person(&mut counted, before).await;
}

/// What everybody together costs since `before`, when all who read have left.
async fn assert_few_for_each_person(counted: &mut Counted, before: i64) {
    let each = (counted.so_far(&[]).await - before) / i64::from(PEOPLE);
    assert!((1..=ROWS_MAX).contains(&each), "each person goes through {each} rows");
    assert_eq!(counted.analysed().await, 0, "the server knows its tables, so that this says nothing");
}

/// People of several institutions, so that one list has fewer people than the campaign.
#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_list_goes_through_each_of_its_people_once() {
    let mut counted = Counted::new().await;
    let filling = counted.store().await;
    let store: SharedStore = filling.clone();
    scene::with_roster_and_units(&store, PEOPLE, &units()).await;
    scene::lock(&store, PEOPLE).await;
    everybody_signs(&store).await;
    filling.close().await;
    let before = counted.so_far(&[]).await;
    let reading = counted.store().await;
    let store: SharedStore = reading.clone();
    let mut people = 0;
    store.visit_people(CAMPAIGN, &PeopleFilter::default(), &mut |_| people += 1).await.unwrap();
    assert_eq!(people, PEOPLE);
    store.institution_progress(CAMPAIGN).await.unwrap();
    store.employment_progress(CAMPAIGN).await.unwrap();
    store.people_named(CAMPAIGN, None, &["tidak ada".to_owned()], 20).await.unwrap();
    reading.close().await;
    assert_few_for_each_person(&mut counted, before).await;
}

/// People of a batch who were changed, of all who were.
const CHANGED_IN_BATCH: u32 = 10;
const CHANGED: u32 = 400;
const BATCH: u32 = 100;
/// Rows and index entries for each of those: their version, found by its key.
const ROWS_OF_CHANGED_MAX: i64 = 3;

/// A batch from this person on, of whom the first ones have changed; returns what it goes through.
async fn batch_from(counted: &mut Counted, first: u32, changed: u32) -> i64 {
    let before = counted.so_far(&[]).await;
    let signing = counted.store().await;
    let store: SharedStore = signing.clone();
    let of = |number| BatchEntry { place_version: u32::from(number < first + changed), ..entry(number, 0) };
    let entries = (first..first + BATCH).map(of).collect();
    let outcomes = store.commit_batch(&batch(entries), &sign_checkpoint).await.unwrap();
    assert!(outcomes.iter().all(|one| matches!(one, CommitOutcome::Committed { .. })), "{outcomes:?}");
    signing.close().await;
    counted.so_far(&[]).await - before
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_batch_reads_nothing_of_changed_people_who_are_not_in_it() {
    let mut counted = Counted::new().await;
    let filling = counted.store().await;
    let store: SharedStore = filling.clone();
    scene::open(&store, PEOPLE).await;
    sign(&store, [PEOPLE - 1]).await;
    filling.close().await;
    let unchanged = batch_from(&mut counted, 0, 0).await;

    let changing = counted.store().await;
    let store: SharedStore = changing.clone();
    let corrected = |number| RosterAction::Correct { person: Box::new(person(number)) };
    let everybody: Vec<u32> =
        (BATCH..BATCH + CHANGED_IN_BATCH).chain(2 * BATCH..2 * BATCH + CHANGED - CHANGED_IN_BATCH).collect();
    for part in everybody.chunks(CHANGES_MAX) {
        change(&store, part.iter().copied().map(corrected).collect()).await.unwrap();
    }
    changing.close().await;
    let among_changed = batch_from(&mut counted, BATCH, CHANGED_IN_BATCH).await;
    let more = among_changed - unchanged;
    assert!(more <= ROWS_OF_CHANGED_MAX * i64::from(CHANGED_IN_BATCH) + ROWS_OF_CHANGED_MAX, "{more} more rows");
    assert_eq!(counted.analysed().await, 0, "the server knows its tables, so that this says nothing");
}
