//! A disk that is full takes no pledge and loses none: writes are answered `storage`, reading and verifying go on.

use crate::support::{Client, Folder};
use serde_json::json;

const PEOPLE: u32 = 400;
/// Room for a few commits before the disk is full.
const ROOM_BYTES: u64 = 256 * 1024;
/// A program that can't write notices long before this.
const SIGNED_MAX: usize = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_pledges_and_keeps_what_it_has() {
    let folder = Folder::new(PEOPLE);
    folder.start().kill();
    let people = folder.people();
    let program = folder.start_with_files_up_to(largest_file(&folder) + ROOM_BYTES);
    let client = Client::new(&program.url()).await;
    let mut receipts = Vec::new();
    let refused = loop {
        assert!(receipts.len() < SIGNED_MAX, "the disk never was full");
        let token = client.session(&people[receipts.len()]).await.unwrap();
        let answer = client.sign(&token).await.unwrap();
        if answer.status != 201 {
            break answer;
        }
        receipts.push(answer);
    };
    assert!(!receipts.is_empty(), "nobody could sign before the disk was full");
    assert_eq!((refused.status, refused.json()["code"].as_str()), (503, Some("storage")), "{}", refused.json());
    assert!(refused.retry_after.is_some());
    // Reading, repeating and verifying go on.
    for (person, receipt) in people.iter().zip(&receipts) {
        let again = client.sign(&client.session(person).await.unwrap()).await.unwrap();
        assert_eq!((again.status, &again.body), (200, &receipt.body));
    }
    let count = u64::try_from(receipts.len()).unwrap();
    assert_eq!(client.count_of_at_least(count).await, count);
    let credential = receipts[0].json()["credential"].as_str().unwrap().to_owned();
    let verdict = client.post("/api/v1/verify", None, json!({ "text": credential }).to_string()).await.unwrap();
    assert_eq!(verdict.status, 200, "{}", verdict.json());
    program.kill();
    nothing_is_lost(&folder, &people, &receipts).await;
}

/// With room again, who was refused signs, and who had signed has the same receipt.
async fn nothing_is_lost(folder: &Folder, people: &[(String, String)], receipts: &[crate::support::Answer]) {
    let program = folder.start();
    let client = Client::new(&program.url()).await;
    for (person, receipt) in people.iter().zip(receipts) {
        let again = client.sign(&client.session(person).await.unwrap()).await.unwrap();
        assert_eq!((again.status, &again.body), (200, &receipt.body));
    }
    let refused_before = &people[receipts.len()];
    let answer = client.sign(&client.session(refused_before).await.unwrap()).await.unwrap();
    assert_eq!(answer.status, 201, "{}", answer.json());
    let count = u64::try_from(receipts.len() + 1).unwrap();
    assert_eq!(client.count_of_at_least(count).await, count);
}

fn largest_file(folder: &Folder) -> u64 {
    let sizes = std::fs::read_dir(folder.data()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len());
    sizes.max().unwrap_or_default()
}
