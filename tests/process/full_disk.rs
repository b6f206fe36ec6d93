//! A disk that is full takes no pledge and loses none: writes are answered `storage`, reading and verifying go on.

use crate::support::{Answer, Client, Folder, Memory, Program, nothing_is_lost};

const PEOPLE: u32 = 400;
/// Room for a few commits before the disk is full.
const ROOM_BYTES: u64 = 256 * 1024;
const READY_TURNS: usize = 5;
/// A program that can't write notices long before this.
const SIGNED_MAX: usize = 300;

/// A demo whose disk is full, and the receipts of those who signed before it was.
struct Full {
    folder: Folder,
    program: Program,
    client: Client,
    people: Vec<(String, String)>,
    receipts: Vec<Answer>,
}

impl Full {
    async fn demo() -> Self {
        let folder = Folder::new(PEOPLE);
        folder.start().kill();
        let people = folder.people();
        let program = folder.start_with_files_up_to(largest_file(&folder) + ROOM_BYTES);
        let client = Client::new(&program.url()).await;
        let mut receipts = Vec::new();
        let refused = loop {
            assert!(receipts.len() < SIGNED_MAX, "the disk never was full");
            let answer = sign(&client, &people[receipts.len()]).await;
            if answer.status != 201 {
                break answer;
            }
            receipts.push(answer);
        };
        assert!(!receipts.is_empty(), "nobody could sign before the disk was full");
        is_storage(&refused);
        Self { folder, program, client, people, receipts }
    }

    fn memory(&self) -> Memory {
        let receipts = self.receipts.iter().map(|receipt| receipt.body.clone()).enumerate().collect();
        // Who was told that the disk is full has nothing, and isn't sure of it.
        Memory { receipts, unanswered: [self.receipts.len()].into() }
    }
}

async fn sign(client: &Client, person: &(String, String)) -> Answer {
    client.sign(&client.session(person).await.unwrap()).await.unwrap()
}

fn is_storage(refused: &Answer) {
    assert_eq!((refused.status, refused.json()["code"].as_str()), (503, Some("storage")), "{}", refused.json());
    assert_eq!(refused.content_type, "application/problem+json");
    assert!(refused.retry_after.as_ref().unwrap().parse::<u32>().unwrap() > 0);
}

/// A node that couldn't write says so to whoever asks whether it is ready, and why.
async fn isn_t_ready(full: &Full) {
    let person = &full.people[full.receipts.len()];
    for _ in 0..READY_TURNS {
        is_storage(&sign(&full.client, person).await);
        let answer = full.client.get("/readyz").await.unwrap();
        // On a machine that is very busy the fault may be told of no more.
        if answer.status == 503 {
            let ready = answer.json();
            let failing: Vec<_> =
                ready["checks"].as_array().unwrap().iter().filter(|check| check["ok"] == false).cloned().collect();
            assert_eq!((failing.len(), failing[0]["name"].as_str()), (1, Some("storage")), "{ready}");
            assert!(failing[0]["reason"].as_str().is_some_and(|reason| reason.contains("penyimpanan")), "{ready}");
            return;
        }
    }
    panic!("a node that can't write said that it is ready");
}

/// Everybody who signed has their receipt, byte for byte, and the number is theirs.
async fn everybody_has_theirs(client: &Client, people: &[(String, String)], receipts: &[Answer]) {
    for (person, receipt) in people.iter().zip(receipts) {
        let again = sign(client, person).await;
        assert_eq!((again.status, &again.body), (200, &receipt.body));
    }
    let count = u64::try_from(receipts.len()).unwrap();
    assert_eq!(client.count_of_at_least(count).await, count);
}

async fn reading_and_verifying_go_on(full: &Full) {
    everybody_has_theirs(&full.client, &full.people, &full.receipts).await;
    let receipt = full.receipts[0].json();
    let verdict = full.client.post("/api/v1/verify", None, receipt.to_string()).await.unwrap();
    assert_eq!((verdict.status, verdict.json()["verdict"].as_str()), (200, Some("valid")), "{}", verdict.json());
    assert_eq!(verdict.json()["revocation"], "checked");
    let pledge = receipt["pledge_id"].as_str().unwrap();
    let certificate = full.client.get(&format!("/c/{pledge}.pdf")).await.unwrap();
    assert_eq!((certificate.status, certificate.content_type.as_str()), (200, "application/pdf"));
    for page in ["/", "/k/sumsel", "/k/sumsel/live", "/v"] {
        assert_eq!(full.client.get(page).await.unwrap().status, 200, "{page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_pledges_and_keeps_what_it_has() {
    let full = Full::demo().await;
    isn_t_ready(&full).await;
    reading_and_verifying_go_on(&full).await;
    let memory = full.memory();
    full.program.kill();

    // Started again with room, who was refused signs.
    let program = full.folder.start();
    nothing_is_lost(&full.folder, &Client::new(&program.url()).await, &memory).await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_there_is_room_signing_goes_on_without_a_restart() {
    let mut full = Full::demo().await;
    for person in full.people.iter().skip(full.receipts.len()).take(5) {
        is_storage(&sign(&full.client, person).await);
    }
    isn_t_ready(&full).await;
    full.program.make_room();
    for person in full.people.iter().skip(full.receipts.len()).take(10) {
        let answer = sign(&full.client, person).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        full.receipts.push(answer);
        assert_eq!(full.client.get("/readyz").await.unwrap().status, 200);
    }
    reading_and_verifying_go_on(&full).await;
    nothing_is_lost(&full.folder, &full.client, &full.memory()).await;
}

fn largest_file(folder: &Folder) -> u64 {
    let sizes = std::fs::read_dir(folder.data()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len());
    sizes.max().unwrap_or_default()
}
