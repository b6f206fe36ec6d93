//! What must hold after every fault: no acknowledged pledge is missing or changed, nobody is counted twice, `ikrar
//! fsck` finds everything sound, and the service accepts another pledge without help.

use super::{Answer, Client, Folder};
use futures_util::stream::{self, StreamExt};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const ASKING_AT_ONCE: usize = 16;

/// What was answered to whom, and who asked without getting an answer, by their place in the demo's list.
#[derive(Default)]
pub struct Memory {
    pub receipts: BTreeMap<usize, Vec<u8>>,
    pub unanswered: BTreeSet<usize>,
}

/// The last person of the list must not have signed: now they do.
pub async fn nothing_is_lost(folder: &Folder, client: &Client, memory: &Memory) {
    assert!(!memory.receipts.is_empty(), "nobody had a receipt, which says nothing");
    let people = folder.people();
    let asked: BTreeSet<usize> = memory.receipts.keys().chain(&memory.unanswered).copied().collect();
    let answers = sign_all(client, &people, &asked).await;
    for (person, answer) in &answers {
        match memory.receipts.get(person) {
            Some(receipt) => {
                assert_eq!(answer.status, 200, "an acknowledged pledge is missing: {}", answer.json());
                assert_eq!(answer.body, *receipt, "a receipt changed");
            }
            None => assert!(matches!(answer.status, 200 | 201), "{}", answer.json()),
        }
    }
    let last = people.len() - 1;
    assert!(!asked.contains(&last), "somebody is needed who didn't sign");
    let mut places: BTreeSet<u64> = answers.iter().map(|(_, answer)| place(answer)).collect();
    let fresh = sign(client, &people[last]).await;
    assert_eq!(fresh.status, 201, "nobody can sign any more: {}", fresh.json());
    places.insert(place(&fresh));

    // Everybody has a place of their own, and there are no others.
    let everybody = u64::try_from(asked.len()).unwrap() + 1;
    assert!(places.into_iter().eq(0..everybody), "a place in the log is missing or taken twice");
    assert_eq!(client.count_of_at_least(everybody).await, everybody);
    let (code, said) = folder.fsck();
    assert_eq!((code, said["sound"].as_bool()), (Some(0), Some(true)), "{said}");
    let event = said["campaigns"].as_array().unwrap().iter().find(|event| event["slug"] == "sumsel").unwrap();
    assert_eq!((&event["pledges"], &event["people"]), (&json!(everybody), &json!(people.len())), "{said}");
}

async fn sign_all(client: &Client, people: &[(String, String)], asked: &BTreeSet<usize>) -> Vec<(usize, Answer)> {
    let asking = asked.iter().map(|person| async move { (*person, sign(client, &people[*person]).await) });
    stream::iter(asking).buffer_unordered(ASKING_AT_ONCE).collect().await
}

async fn sign(client: &Client, person: &(String, String)) -> Answer {
    client.sign(&client.session(person).await.unwrap()).await.unwrap()
}

fn place(answer: &Answer) -> u64 {
    answer.json()["log_index"].as_u64().unwrap()
}
