//! A process that is killed under load loses no answered receipt and counts nobody twice.

use crate::support::{Client, Folder};
use futures_util::future::join_all;
use ikrar::store::campaigns::CampaignStore;
use ikrar::store::pledges::{Log, PledgeStore};
use ikrar::store::sqlite::Sqlite;
use ikrar::tlog::merkle::{Frontier, leaf_hash};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const KILLS: u32 = 20;
const PEOPLE: u32 = 10_000;
const SIGNERS_AT_ONCE: usize = 24;
/// A signer takes this breath, so that the roster outlasts the last kill on a fast machine too.
const BREATH: Duration = Duration::from_millis(10);
/// Leaves read at once when the log is recounted.
const LEAVES_READ_MAX: u32 = 1_000;

type Person = (String, String);

/// What was answered to whom before the process died, and who asked without getting an answer.
#[derive(Default)]
struct Memory {
    receipts: BTreeMap<usize, Vec<u8>>,
    unanswered: Vec<usize>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answered_receipt_survives_twenty_kills() {
    let folder = Folder::new(PEOPLE);
    let mut program = folder.start();
    let people = Arc::new(folder.people());
    let next = Arc::new(AtomicUsize::new(0));
    let mut memory = Memory::default();
    for kill in 0..KILLS {
        let client = Client::new(&program.url()).await;
        let load: Vec<_> =
            (0..SIGNERS_AT_ONCE).map(|_| tokio::spawn(sign_on(client.clone(), people.clone(), next.clone()))).collect();
        // Never the same moment of a batch twice.
        tokio::time::sleep(Duration::from_millis(u64::from(60 + kill * 37 % 250))).await;
        program.kill();
        for signer in join_all(load).await {
            let (receipts, unanswered) = signer.unwrap();
            memory.receipts.extend(receipts);
            memory.unanswered.extend(unanswered);
        }
        program = folder.start();
    }
    assert!(memory.receipts.len() > 100, "{} receipts are too few to say anything", memory.receipts.len());
    let client = Client::new(&program.url()).await;
    ask_again(&client, &people, &memory).await;
    let asked = u64::try_from(memory.receipts.len() + memory.unanswered.len()).unwrap();
    assert_eq!(client.count_of_at_least(asked).await, asked);
    program.kill();
    recount(&folder, asked).await;
}

/// Signs one person after the other until the server is gone.
async fn sign_on(
    client: Client,
    people: Arc<Vec<Person>>,
    next: Arc<AtomicUsize>,
) -> (Vec<(usize, Vec<u8>)>, Vec<usize>) {
    let mut receipts = Vec::new();
    loop {
        let at = next.fetch_add(1, Ordering::SeqCst);
        assert!(at < people.len(), "everybody signed before the last kill: have more people");
        let Some(token) = client.session(&people[at]).await else { return (receipts, vec![at]) };
        let Some(answer) = client.sign(&token).await else { return (receipts, vec![at]) };
        assert_eq!(answer.status, 201, "{}", answer.json());
        receipts.push((at, answer.body));
        tokio::time::sleep(BREATH).await;
    }
}

/// Whoever had a receipt gets the same bytes; whoever had no answer gets a receipt now, whichever way it went.
async fn ask_again(client: &Client, people: &[Person], memory: &Memory) {
    for (at, receipt) in &memory.receipts {
        let token = client.session(&people[*at]).await.unwrap();
        let answer = client.sign(&token).await.unwrap();
        assert_eq!(answer.status, 200, "an answered receipt was gone after a kill");
        assert_eq!(answer.body, *receipt, "a receipt changed after a kill");
    }
    for at in &memory.unanswered {
        let token = client.session(&people[*at]).await.unwrap();
        let answer = client.sign(&token).await.unwrap();
        assert!(matches!(answer.status, 200 | 201), "{}", answer.json());
    }
}

/// Count = log size = rows, no leaf twice, and the root is the root of the leaves.
async fn recount(folder: &Folder, asked: u64) {
    let store = Sqlite::open(&folder.data().join("ikrar.sqlite")).await.unwrap();
    let campaign = store.campaign_by_slug("sumsel").await.unwrap().unwrap().id;
    let head = store.log_head(campaign, Log::Pledges).await.unwrap().unwrap();
    assert_eq!(head.size, asked);
    assert_eq!(store.count_pledges(campaign).await.unwrap(), asked);
    let signed: u64 = store.group_counts(campaign).await.unwrap().iter().map(|group| group.signed).sum();
    assert_eq!(signed, asked);
    let mut frontier = Frontier::default();
    let mut leaves = HashSet::new();
    while frontier.size() < asked {
        let read = store.leaves(campaign, Log::Pledges, frontier.size(), LEAVES_READ_MAX).await.unwrap();
        assert!(!read.is_empty(), "the log is shorter than its head says");
        for leaf in read {
            frontier.append(leaf_hash(&leaf));
            assert!(leaves.insert(leaf), "a leaf stands twice in the log");
        }
    }
    assert_eq!(frontier.root(), head.root);
}
