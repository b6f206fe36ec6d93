//! Two nodes on one PostgreSQL: one is killed, or the database restarts or stops, under load. Nothing that was answered is
//! missing, nobody counts twice, and it goes on by itself.

use crate::postgres_server::PostgresServer;
use crate::support::{Client, Folder};
use ikrar::clock::Entropy;
use ikrar::config::DatabaseUrl;
use ikrar::store::campaigns::CampaignStore;
use ikrar::store::pledges::{Log, PledgeStore};
use ikrar::store::postgres::{Postgres, Server};
use ikrar::tlog::merkle::{Frontier, leaf_hash};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

const PEOPLE: u32 = 3_000;
const SIGNERS_AT_ONCE: usize = 24;
const SLUG: &str = "sumsel";
/// A node that dies blocks the others for so long at most, and some for the machine that runs all of this at once.
const GAP_MAX: Duration = Duration::from_millis(2_500);
/// Whoever isn't served yet asks again after this.
const BREATH: Duration = Duration::from_millis(100);
/// Nobody asks more often.
const TRIES_MAX: usize = 600;

type Person = (String, String);

/// One answered receipt: whose, by which node, when, and its bytes.
struct Receipt {
    person: usize,
    node: usize,
    at: Instant,
    body: Vec<u8>,
}

struct Load {
    people: Vec<Person>,
    clients: Vec<Client>,
    next: AtomicUsize,
}

impl Load {
    /// Everybody signs, each first at one node and, when there is no answer or none now, at the next.
    async fn run(self: Arc<Self>) -> Vec<Receipt> {
        let signers: Vec<_> = (0..SIGNERS_AT_ONCE).map(|_| tokio::spawn(self.clone().sign_on())).collect();
        let mut receipts = vec![];
        for signer in signers {
            receipts.extend(signer.await.unwrap());
        }
        receipts.sort_by_key(|receipt| receipt.at);
        receipts
    }

    async fn sign_on(self: Arc<Self>) -> Vec<Receipt> {
        let mut receipts = vec![];
        loop {
            let person = self.next.fetch_add(1, Ordering::SeqCst);
            if person >= self.people.len() {
                return receipts;
            }
            receipts.push(self.sign(person).await);
        }
    }

    async fn sign(&self, person: usize) -> Receipt {
        for tried in 0..TRIES_MAX {
            let node = (person + tried) % self.clients.len();
            if let Some(body) = self.sign_at(person, &self.clients[node]).await {
                return Receipt { person, node, at: Instant::now(), body };
            }
            tokio::time::sleep(BREATH).await;
        }
        panic!("somebody was never served");
    }

    /// `None` when nobody answers, or the answer is to come again.
    async fn sign_at(&self, person: usize, client: &Client) -> Option<Vec<u8>> {
        let (identifier, access_code) = &self.people[person];
        let body = json!({ "identifier": identifier, "access_code": access_code }).to_string();
        let opened = client.post(&format!("/api/v1/campaigns/{SLUG}/sessions"), None, body).await?;
        let signed = match opened.status {
            200 => client.sign(opened.json()["token"].as_str().unwrap()).await?,
            _ => opened,
        };
        match signed.status {
            200 | 201 => Some(signed.body),
            503 => {
                assert!(signed.retry_after.is_some(), "told to come again, but not when");
                None
            }
            other => panic!("{other}: {}", signed.json()),
        }
    }

    fn answered(&self) -> usize {
        self.next.load(Ordering::SeqCst).saturating_sub(SIGNERS_AT_ONCE)
    }

    async fn until_answered(&self, people: usize) {
        while self.answered() < people {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Everybody has the receipt they had, and count = log size = rows = people, under the root of the leaves.
async fn recount(url: &str, load: &Load, receipts: &[Receipt], client: &Client) {
    assert_eq!(receipts.len(), load.people.len());
    for receipt in receipts {
        let again = load.sign_at(receipt.person, client).await.unwrap();
        assert_eq!(again, receipt.body, "a receipt changed");
    }
    let everybody = load.people.len() as u64;
    assert_eq!(client.count_of_at_least(everybody).await, everybody);
    let server = Server::parse(&DatabaseUrl::new(url), false).unwrap();
    let store = Postgres::open(&server, Arc::new(Entropy::seeded(1))).await.unwrap();
    let campaign = store.campaign_by_slug(SLUG).await.unwrap().unwrap().id;
    let head = store.log_head(campaign, Log::Pledges).await.unwrap().unwrap();
    let counted: u64 = store.group_counts(campaign).await.unwrap().iter().map(|group| group.signed).sum();
    let rows = store.count_pledges(campaign).await.unwrap();
    assert_eq!((head.size, counted, rows), (everybody, everybody, everybody));
    let mut frontier = Frontier::new();
    for leaf in store.leaves(campaign, Log::Pledges, 0, PEOPLE * 2).await.unwrap() {
        frontier.append(leaf_hash(&leaf));
    }
    assert_eq!((frontier.size(), frontier.root()), (everybody, head.root));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_node_killed_under_load_loses_nothing_and_the_other_goes_on() {
    let url = PostgresServer::shared().await.database().await;
    let folder = Folder::on(&url, PEOPLE);
    let first = folder.start();
    let data = tempfile::tempdir().unwrap();
    let second = folder.second_node(data.path());
    let clients = vec![Client::new(&first.url()).await, Client::new(&second.url()).await];
    let load = Arc::new(Load { people: folder.people(), clients, next: AtomicUsize::new(0) });
    let running = tokio::spawn(load.clone().run());
    load.until_answered(load.people.len() / 3).await;
    first.kill();
    let killed = Instant::now();
    let receipts = running.await.unwrap();

    let by_first = receipts.iter().filter(|receipt| receipt.node == 0).count();
    assert!(by_first > 100 && by_first < receipts.len() / 2, "{by_first} receipts of the killed node say nothing");
    let after: Vec<Instant> = receipts.iter().map(|receipt| receipt.at).filter(|at| *at > killed).collect();
    let pairs = [killed].into_iter().chain(after.iter().copied()).zip(&after);
    let longest = pairs.map(|(before, after)| after.duration_since(before)).max().unwrap();
    assert!(longest < GAP_MAX, "the other node stood still for {longest:?}");
    recount(&url, &load, &receipts, &load.clients[1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_database_that_crashes_and_one_that_is_down_for_ten_seconds_lose_nothing() {
    let server = PostgresServer::start().await;
    let url = server.database().await;
    let folder = Folder::on(&url, PEOPLE);
    let first = folder.start();
    let data = tempfile::tempdir().unwrap();
    let second = folder.second_node(data.path());
    let clients = vec![Client::new(&first.url()).await, Client::new(&second.url()).await];
    let load = Arc::new(Load { people: folder.people(), clients, next: AtomicUsize::new(0) });
    let running = tokio::spawn(load.clone().run());
    load.until_answered(load.people.len() / 4).await;
    server.stop("immediate");
    server.resume();
    load.until_answered(load.people.len() / 2).await;
    server.stop("fast");
    tokio::time::sleep(Duration::from_secs(10)).await;
    server.resume();
    let receipts = running.await.unwrap();
    recount(&url, &load, &receipts, &load.clients[0]).await;
}
