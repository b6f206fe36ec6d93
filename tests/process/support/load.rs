//! Many signers at once. Each retries until it has a receipt, at any node that answers.

use super::{Client, Folder, Memory, becomes_true};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

const SIGNERS_AT_ONCE: usize = 24;
const SLUG: &str = "sumsel";
/// Whoever isn't served yet asks again after this.
const BREATH: Duration = Duration::from_millis(100);
/// A turn of the clock that answers are timed by: it takes longer on a busy machine, as everything does.
pub const TURN: Duration = Duration::from_millis(10);
/// Nobody asks for longer.
const TRYING_MAX: Duration = Duration::from_secs(120);

/// One answered receipt: whose, by which node, at which turn, and its bytes.
pub struct Receipt {
    pub person: usize,
    pub node: usize,
    pub turn: usize,
    pub body: Vec<u8>,
}

pub struct Load {
    /// All but the last of the list, who signs when the fault is over, and but for those who sign in another way.
    people: Vec<(String, String)>,
    others: Vec<(String, String)>,
    clients: Vec<Client>,
    next: AtomicUsize,
    turns: AtomicUsize,
}

impl Load {
    pub fn new(folder: &Folder, clients: Vec<Client>) -> Arc<Self> {
        Self::but_for(folder, clients, 0)
    }

    /// So many at the list's end are left out.
    pub fn but_for(folder: &Folder, clients: Vec<Client>, others: usize) -> Arc<Self> {
        let mut people = folder.people();
        people.pop();
        let others = people.split_off(people.len() - others);
        Arc::new(Self { people, others, clients, next: AtomicUsize::new(0), turns: AtomicUsize::new(0) })
    }

    /// Those who were left out, and their places in the list.
    pub fn others(&self) -> impl Iterator<Item = (usize, &(String, String))> {
        (self.people.len()..).zip(&self.others)
    }

    pub fn people(&self) -> usize {
        self.people.len()
    }

    pub fn client(&self, node: usize) -> &Client {
        &self.clients[node]
    }

    /// Everybody signs, each first at one node and, when there is no answer or none now, at the next.
    pub fn start(self: &Arc<Self>) -> JoinHandle<Vec<Receipt>> {
        tokio::spawn(self.clone().run())
    }

    async fn run(self: Arc<Self>) -> Vec<Receipt> {
        let signers: Vec<_> = (0..SIGNERS_AT_ONCE).map(|_| tokio::spawn(self.clone().sign_on())).collect();
        let turning = tokio::spawn(self.clone().turn());
        let mut receipts = vec![];
        for signer in signers {
            receipts.extend(signer.await.unwrap());
        }
        turning.abort();
        receipts.sort_by_key(|receipt| receipt.turn);
        receipts
    }

    async fn turn(self: Arc<Self>) {
        loop {
            tokio::time::sleep(TURN).await;
            self.turns.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Turns since it was started.
    pub fn turns(&self) -> usize {
        self.turns.load(Ordering::SeqCst)
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
        let (began, mut tried) = (Instant::now(), 0);
        while began.elapsed() < TRYING_MAX {
            let node = (person + tried) % self.clients.len();
            if let Some(body) = self.sign_at(person, &self.clients[node]).await {
                return Receipt { person, node, turn: self.turns(), body };
            }
            tried += 1;
            tokio::time::sleep(BREATH).await;
        }
        panic!("person {person} was never served, asking {tried} times");
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

    /// Waits until so many have their receipts, or nearly.
    pub async fn until_answered(&self, people: usize) {
        becomes_true("so many had their receipts", || self.next.load(Ordering::SeqCst) >= people + SIGNERS_AT_ONCE)
            .await;
    }

    /// What the receipts say; everybody has one.
    pub fn memory(&self, receipts: &[Receipt]) -> Memory {
        assert_eq!(receipts.len(), self.people.len());
        let receipts = receipts.iter().map(|receipt| (receipt.person, receipt.body.clone())).collect();
        Memory { receipts, ..Memory::default() }
    }
}
