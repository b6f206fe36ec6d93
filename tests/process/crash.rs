//! A process that is killed under load loses no answered receipt and counts nobody twice.

use crate::support::{Client, Folder, Memory, Served, becomes_true, nothing_is_lost};
use futures_util::future::join_all;
use ikrar::domain::time::UnixMillis;
use ikrar::domain::unit::Unit;
use ikrar::store::campaigns::CampaignStore;
use ikrar::store::rosters::RosterStore;
use ikrar::store::sqlite::Sqlite;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const KILLS: usize = 20;
const PEOPLE: u32 = 12_000;
/// Who may ask between two kills: many more than have asked when the kill is ordered, since it may come late.
const ROUND: usize = (PEOPLE as usize - 1) / KILLS;
const SIGNERS_AT_ONCE: usize = 24;

type Person = (String, String);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answered_receipt_survives_twenty_kills() {
    let folder = Folder::new(PEOPLE);
    let mut program = folder.start();
    let people = Arc::new(folder.people());
    let next = Arc::new(AtomicUsize::new(0));
    let mut memory = Memory::default();
    for kill in 0..KILLS {
        let client = Client::new(&program.url()).await;
        next.store(kill * ROUND, Ordering::SeqCst);
        let end = (kill + 1) * ROUND;
        let load: Vec<_> = (0..SIGNERS_AT_ONCE)
            .map(|_| tokio::spawn(sign_on(client.clone(), people.clone(), next.clone(), end)))
            .collect();
        // By how many have asked, so that there is something to lose, and never at the same place of a batch twice.
        let enough = kill * ROUND + 2 * SIGNERS_AT_ONCE + kill * 37 % 100;
        becomes_true("enough people asked", || next.load(Ordering::SeqCst) >= enough).await;
        program.kill();
        for signer in join_all(load).await {
            let (receipts, unanswered) = signer.unwrap();
            memory.receipts.extend(receipts);
            memory.unanswered.extend(unanswered);
        }
        program = folder.start();
    }
    let (answered, open) = (memory.receipts.len(), memory.unanswered.len());
    assert!(
        answered > KILLS * SIGNERS_AT_ONCE && open >= KILLS,
        "{answered} receipts and {open} open ones say nothing"
    );
    nothing_is_lost(&folder, &Client::new(&program.url()).await, &memory).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_told_that_they_left_is_gone_after_a_kill_too() {
    let folder = Folder::new(60);
    let mut program = folder.start();
    let people = folder.people();
    for some in people.chunks(20) {
        let client = Client::new(&program.url()).await;
        let tokens: Vec<String> =
            join_all(some.iter().map(|person| client.session(person))).await.into_iter().map(Option::unwrap).collect();
        let told = join_all(tokens.iter().map(|token| client.leave(token))).await;
        program.kill();
        for answer in told {
            let page = String::from_utf8(answer.unwrap().body).unwrap();
            assert!(page.contains("Tidak ada data Anda") && !page.contains("belum dapat diakhiri"), "{page}");
        }
        program = folder.start();
        let client = Client::new(&program.url()).await;
        for token in &tokens {
            assert_eq!(client.sign(token).await.unwrap().status, 401, "a kill let somebody in again");
        }
    }
}

/// Signs one person after the other until the server is gone, or these people are through.
async fn sign_on(
    client: Client,
    people: Arc<Vec<Person>>,
    next: Arc<AtomicUsize>,
    end: usize,
) -> (Vec<(usize, Vec<u8>)>, Vec<usize>) {
    let mut receipts = Vec::new();
    loop {
        let at = next.fetch_add(1, Ordering::SeqCst);
        if at >= end {
            return (receipts, vec![]);
        }
        let Some(token) = client.session(&people[at]).await else { return (receipts, vec![at]) };
        let Some(answer) = client.sign(&token).await else { return (receipts, vec![at]) };
        assert_eq!(answer.status, 201, "{}", answer.json());
        receipts.push((at, answer.body));
    }
}

/// Also when nobody imports anything any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_import_left_a_day_ago_is_cleared_at_the_next_start_and_told() {
    let folder = Folder::new(60);
    folder.start().kill();
    folder.done(&["campaign", "create", "konsep", "--title", "Konsep"]);
    let store = Sqlite::open(&folder.data().join("ikrar.sqlite")).await.unwrap();
    let draft = store.campaign_by_slug("konsep").await.unwrap().unwrap().id;
    let unit = Unit { id: 1, institution: "16".into(), parent: None, name: "Bidang".into() };
    store.begin_roster(draft, [1; 16], None, UnixMillis(1), "uji").await.unwrap();
    store.stage_units(draft, [1; 16], &[unit]).await.unwrap();
    drop(store);
    let served = Served::start_telling(&folder, &[], "warn");
    served.until_it_says("removed what imports left that had ended early", 1).await;
}
