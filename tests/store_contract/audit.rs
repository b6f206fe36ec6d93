//! The audit trail.

use crate::postgres_server::PostgresServer;
use ikrar::clock::Entropy;
use ikrar::config::DatabaseUrl;
use ikrar::domain::audit::{AuditEntry, AuditEvent};
use ikrar::domain::audit_chain::BEGINNING;
use ikrar::domain::ids::CampaignId;
use ikrar::domain::time::UnixMillis;
use ikrar::service::audit_trail::chain_older_lines;
use ikrar::store::audit::CHAIN_LINES_MAX;
use ikrar::store::postgres::{Postgres, Server};
use ikrar::store::sqlite::Sqlite;
use ikrar::store::{SharedStore, StoreError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use std::path::PathBuf;
use std::sync::Arc;

crate::properties![
    entries_read_back_newest_first_page_by_page,
    a_trail_belongs_to_one_campaign,
    the_newest_entry_is_not_written_again,
    a_trail_keeps_the_order_it_was_written_in,
    each_line_is_chained_to_the_one_before,
    a_refused_line_leaves_the_head_as_it_was,
    lines_of_several_trails_are_one_commit,
    two_who_write_at_once_make_one_chain,
];

fn entry(campaign: Option<CampaignId>, at: i64) -> AuditEntry {
    AuditEntry::new(campaign, UnixMillis(at), [7; 10], "bkd", AuditEvent::SettingsSaved { title: format!("ke-{at}") })
}

async fn entries_read_back_newest_first_page_by_page(store: SharedStore) {
    let campaign = Some(CampaignId([1; 16]));
    for at in 1..=5 {
        store.record(&entry(campaign, at)).await.unwrap();
    }
    let first = store.audit_page(campaign, None, 2).await.unwrap();
    assert_eq!(first, [entry(campaign, 5), entry(campaign, 4)]);
    let second = store.audit_page(campaign, Some(first[1].id), 10).await.unwrap();
    assert_eq!(second, [entry(campaign, 3), entry(campaign, 2), entry(campaign, 1)]);
}

async fn a_trail_belongs_to_one_campaign(store: SharedStore) {
    let (one, other) = (Some(CampaignId([1; 16])), Some(CampaignId([2; 16])));
    store.record(&entry(one, 1)).await.unwrap();
    store.record(&entry(None, 2)).await.unwrap();
    assert_eq!(store.audit_page(one, None, 9).await.unwrap().len(), 1);
    assert_eq!(store.audit_page(other, None, 9).await.unwrap().len(), 0);
    assert_eq!(store.audit_page(None, None, 9).await.unwrap(), [entry(None, 2)]);
}

async fn the_newest_entry_is_not_written_again(store: SharedStore) {
    store.record(&entry(None, 1)).await.unwrap();
    assert!(matches!(store.record(&entry(None, 1)).await, Err(StoreError::Conflict)));
}

async fn a_trail_keeps_the_order_it_was_written_in(store: SharedStore) {
    let campaign = Some(CampaignId([1; 16]));
    let titled = |title: &str, at: i64, random: u8| {
        AuditEntry::new(
            campaign,
            UnixMillis(at),
            [random; 10],
            "bkd",
            AuditEvent::SettingsSaved { title: title.into() },
        )
    };
    // Within one millisecond, and with a clock that was put back.
    for (title, at, random) in [("a", 5, 9), ("b", 5, 1), ("c", 5, 8), ("d", 2, 200), ("e", 6, 0)] {
        store.record(&titled(title, at, random)).await.unwrap();
    }
    let mut told = vec![];
    let mut before = None;
    // One by one, so that the pages' edges are in order too.
    while let Some(entry) = store.audit_page(campaign, before, 1).await.unwrap().pop() {
        let AuditEvent::SettingsSaved { title } = entry.event else { unreachable!("nothing else was written") };
        told.push((title, entry.at.0));
        before = Some(entry.id);
    }
    assert_eq!(told, [("e", 6), ("d", 2), ("c", 5), ("b", 5), ("a", 5)].map(|(title, at)| (title.to_owned(), at)));
}

/// Walks along a trail: no place is missing, each hash is that of its line, and the head is the end. Answers the lines.
async fn chain(store: &SharedStore, campaign: Option<CampaignId>) -> u64 {
    let (mut place, mut hash) = (0, BEGINNING);
    loop {
        let page = store.audit_chain(campaign, place, 7).await.unwrap();
        if page.is_empty() {
            break;
        }
        for placed in page {
            place += 1;
            assert_eq!(placed.place, place);
            hash = placed.line.unwrap().hash(&hash, u64::try_from(place).unwrap());
            assert_eq!(placed.hash, hash, "line {place}");
        }
    }
    let head = store.audit_head(campaign).await.unwrap();
    assert_eq!(head.map_or((0, BEGINNING), |head| (head.lines, head.hash)), (u64::try_from(place).unwrap(), hash));
    head.map_or(0, |head| head.lines)
}

async fn each_line_is_chained_to_the_one_before(store: SharedStore) {
    let campaign = Some(CampaignId([1; 16]));
    assert_eq!(store.audit_head(campaign).await.unwrap(), None);
    // Also when a clock goes back.
    for at in [3, 9, 1, 4] {
        store.record(&entry(campaign, at)).await.unwrap();
        store.record(&entry(None, at)).await.unwrap();
    }
    assert_eq!((chain(&store, campaign).await, chain(&store, None).await), (4, 4));
    let links = store.audit_links(campaign, None, 9).await.unwrap();
    let head = store.audit_head(campaign).await.unwrap().unwrap();
    assert_eq!(links[0].link, Some((4, head.hash)));
    assert_eq!(links.iter().map(|one| one.link.unwrap().0).collect::<Vec<_>>(), [4, 3, 2, 1]);
    assert_ne!(head.hash, store.audit_head(None).await.unwrap().unwrap().hash, "a line belongs to its trail");
}

async fn a_refused_line_leaves_the_head_as_it_was(store: SharedStore) {
    let campaign = Some(CampaignId([1; 16]));
    store.record_all(&[entry(campaign, 1), entry(None, 1)]).await.unwrap();
    let head = store.audit_head(campaign).await.unwrap();
    assert!(store.record(&entry(campaign, 1)).await.is_err());
    assert_eq!((store.audit_head(campaign).await.unwrap(), chain(&store, campaign).await), (head, 1));
    assert_eq!(store.audit_trails(9).await.unwrap(), [None, campaign]);
    assert_eq!((store.chain_audit().await.unwrap(), store.unchained_audit_lines(campaign).await.unwrap()), (0, 0));
}

async fn lines_of_several_trails_are_one_commit(store: SharedStore) {
    let (one, other) = (Some(CampaignId([1; 16])), Some(CampaignId([2; 16])));
    let lines = [entry(other, 1), entry(one, 2), entry(other, 3), entry(None, 4)];
    store.record_all(&lines).await.unwrap();
    assert_eq!(store.audit_page(other, None, 9).await.unwrap(), [entry(other, 3), entry(other, 1)]);
    // The last is there already, so that nothing is written.
    assert!(matches!(store.record_all(&[entry(one, 5), entry(None, 4)]).await, Err(StoreError::Conflict)));
    assert_eq!([chain(&store, None).await, chain(&store, one).await, chain(&store, other).await], [1, 1, 2]);
    store.record_all(&[]).await.unwrap();
}

async fn two_who_write_at_once_make_one_chain(store: SharedStore) {
    race([store.clone(), store]).await;
}

const RACED: u8 = 25;

/// Both write into two trails at once, the one in the order that the other turns round.
async fn race(nodes: [SharedStore; 2]) {
    let (one, other) = (Some(CampaignId([1; 16])), Some(CampaignId([2; 16])));
    let line = |node: u8, number: u8, of| {
        let event = AuditEvent::SettingsSaved { title: format!("{node}-{number}") };
        AuditEntry::new(of, UnixMillis(5), [node, number, 0, 0, 0, 0, node, number, 0, 0], "bkd", event)
    };
    let write = |node: u8, store: SharedStore| {
        tokio::spawn(async move {
            for number in 0..RACED {
                let mut lines = [line(node, number, one), line(node, number, other)];
                if node == 1 {
                    lines.reverse();
                }
                store.record_all(&lines).await.unwrap();
            }
        })
    };
    let [first, second] = nodes.clone();
    let (first, second) = tokio::join!(write(0, first), write(1, second));
    first.unwrap();
    second.unwrap();
    let lines = 2 * u64::from(RACED);
    assert_eq!((chain(&nodes[0], one).await, chain(&nodes[1], other).await), (lines, lines));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn two_nodes_that_write_at_once_make_one_chain() {
    let url = PostgresServer::shared().await.database().await;
    race([node(&url).await, node(&url).await]).await;
}

async fn node(url: &str) -> SharedStore {
    let server = Server::parse(&DatabaseUrl::new(url), false).unwrap();
    Arc::new(Postgres::open(&server, Arc::new(Entropy::seeded(1))).await.unwrap())
}

/// A database that is also reached from beside the store.
enum Beside {
    File(PathBuf),
    Server(String),
}

impl Beside {
    async fn run(&self, statement: &str) {
        match self {
            Self::File(path) => {
                let mut connection = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
                sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
            }
            Self::Server(name) => PostgresServer::shared().await.execute(name, statement).await,
        }
    }
}

/// Lines as a program before the chain wrote them.
const FORGET_CHAIN: &str = "UPDATE audit SET place = NULL, line_hash = NULL";

async fn older_lines_are_chained(store: SharedStore, beside: Beside) {
    let campaign = Some(CampaignId([1; 16]));
    let older = i64::from(CHAIN_LINES_MAX) + 9;
    for at in 1..=older {
        store.record(&entry(campaign, at)).await.unwrap();
    }
    store.record(&entry(None, 1)).await.unwrap();
    let chained = [store.audit_head(None).await.unwrap(), store.audit_head(campaign).await.unwrap()];
    beside.run(FORGET_CHAIN).await;
    beside.run("DELETE FROM audit_head").await;
    assert_eq!(store.unchained_audit_lines(campaign).await.unwrap(), u64::try_from(older).unwrap());
    // Interrupted after a commit, and then two at once.
    assert_eq!(store.chain_audit().await.unwrap(), 1);
    let (one, other) = tokio::join!(chain_older_lines(&store), chain_older_lines(&store));
    assert_eq!(one.unwrap() + other.unwrap(), u64::try_from(older).unwrap());
    assert_eq!(chain_older_lines(&store).await.unwrap(), 0);
    // The chain is what it would have been.
    assert_eq!([store.audit_head(None).await.unwrap(), store.audit_head(campaign).await.unwrap()], chained);
    chain(&store, campaign).await;
}

async fn a_line_behind_the_head_is_chained_by_the_next(store: SharedStore, beside: Beside) {
    let campaign = Some(CampaignId([1; 16]));
    for at in [10, 20, 30] {
        store.record(&entry(campaign, at)).await.unwrap();
    }
    // A node of before: it knows of no place and no head, and its clock is behind.
    for at in [25, 40] {
        let id = entry(campaign, at).id.0;
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let (campaign, id) = match &beside {
            Beside::File(_) => (format!("x'{}'", "01".repeat(16)), format!("x'{id}'")),
            Beside::Server(_) => (format!("'\\x{}'::bytea", "01".repeat(16)), format!("'\\x{id}'::bytea")),
        };
        let line = format!(
            "INSERT INTO audit (campaign_id, audit_id, at, actor, institution, event, detail) \
             VALUES ({campaign}, {id}, {at}, 'bkd', NULL, 'settings_saved', '{{\"title\":\"ke-{at}\"}}')"
        );
        beside.run(&line).await;
    }
    assert_eq!(store.unchained_audit_lines(campaign).await.unwrap(), 2);
    store.record(&entry(campaign, 35)).await.unwrap();
    assert_eq!((store.unchained_audit_lines(campaign).await.unwrap(), chain(&store, campaign).await), (0, 6));
    let places = store.audit_chain(campaign, 0, 9).await.unwrap();
    let times: Vec<i64> = places.into_iter().map(|placed| placed.line.unwrap().at.0).collect();
    assert_eq!(times, [10, 20, 30, 25, 40, 35]);
    // And the newest is shown first, whatever the clocks said.
    assert_eq!(store.audit_page(campaign, None, 1).await.unwrap()[0].at, UnixMillis(35));
}

/// A line whose trail waits for more than a write takes along waits with them, and stays in their order.
async fn a_write_takes_along_few(store: SharedStore, beside: Beside) {
    for at in 1..=100 {
        store.record(&entry(None, at)).await.unwrap();
    }
    beside.run(FORGET_CHAIN).await;
    beside.run("DELETE FROM audit_head").await;
    store.record(&entry(None, 101)).await.unwrap();
    let head = store.audit_head(None).await.unwrap().unwrap();
    assert_eq!((head.lines, store.unchained_audit_lines(None).await.unwrap()), (64, 37));
    store.record(&entry(None, 102)).await.unwrap();
    assert_eq!((chain(&store, None).await, store.unchained_audit_lines(None).await.unwrap()), (102, 0));
    let times: Vec<i64> =
        store.audit_chain(None, 0, 200).await.unwrap().into_iter().map(|placed| placed.line.unwrap().at.0).collect();
    assert_eq!(times, (1..=102).collect::<Vec<_>>());
}

/// A newer node's event, and a line whose detail somebody changed to something else.
async fn what_this_version_doesn_t_know_is_shown_as_it_is_stored(store: SharedStore, beside: Beside) {
    for at in [10, 20, 30] {
        store.record(&entry(None, at)).await.unwrap();
    }
    beside.run("UPDATE audit SET event = 'a_newer_one', detail = '{\"moon\":\"full\"}' WHERE at = 20").await;
    beside.run("UPDATE audit SET detail = 'no JSON' WHERE at = 30").await;
    let unknown = |at, event: &str, detail: &str| AuditEntry {
        event: AuditEvent::NotKnownHere { stored_event: event.into(), stored_detail: detail.into() },
        ..entry(None, at)
    };
    let expected =
        [unknown(30, "settings_saved", "no JSON"), unknown(20, "a_newer_one", "{\"moon\":\"full\"}"), entry(None, 10)];
    assert_eq!(store.audit_page(None, None, 9).await.unwrap(), expected);
    assert_eq!(store.audit_links(None, None, 9).await.unwrap().len(), 3);
}

macro_rules! beside {
    ($($test:ident / $on_server:ident: $property:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $test() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ikrar.sqlite");
            let store: SharedStore = Arc::new(Sqlite::open(&path).await.unwrap());
            $property(store, Beside::File(path)).await;
        }

        #[tokio::test]
        #[ignore = "needs PostgreSQL: `make test` runs it"]
        async fn $on_server() {
            let url = PostgresServer::shared().await.database().await;
            let name = url.split(['/', '?']).nth(3).unwrap().to_owned();
            $property(node(&url).await, Beside::Server(name)).await;
        })+
    };
}

beside![
    older_lines_are_chained_in_pieces / older_lines_are_chained_in_pieces_on_a_server: older_lines_are_chained,
    an_earlier_program_s_line_is_chained_by_whoever_writes_next / a_node_of_before_is_chained_by_whoever_writes_next:
        a_line_behind_the_head_is_chained_by_the_next,
    a_write_chains_few_lines_before_its_own / a_write_chains_few_lines_before_its_own_on_a_server: a_write_takes_along_few,
    a_newer_version_s_line_is_shown / a_newer_version_s_line_is_shown_on_a_server:
        what_this_version_doesn_t_know_is_shown_as_it_is_stored,
];

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_batch_of_pledges_takes_no_head() {
    let url = PostgresServer::shared().await.database().await;
    let store = node(&url).await;
    crate::scene::open(&store, 9).await;
    let mut holder = PgConnection::connect(&url).await.unwrap();
    let mut held = holder.begin().await.unwrap();
    sqlx::query("SELECT 1 FROM audit_head FOR UPDATE").fetch_all(&mut *held).await.unwrap();
    // With the head held by somebody else for ever.
    assert_eq!(crate::scene::sign(&store, 0..9).await.len(), 9);
    held.rollback().await.unwrap();
}
