//! Thousands of connections that do nothing, or nearly nothing, while people sign. Nobody waits for them, they are cut,
//! and the server has its descriptors back.
#![cfg(target_os = "linux")]

use crate::support::{Client, Folder, Memory, Program, nothing_is_lost};
use ikrar::server::limits;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

const PEOPLE: u32 = 2_000;
/// Of each kind.
const SLOW: usize = 1_000;
const SILENT: usize = 10_000;
/// What the tests beside this one need at the same time, in the same process.
const KEPT: usize = 2 * SLOW + 200;
/// Connections that are being opened at the same time: the system lets so many wait.
const OPENING_AT_ONCE: usize = 500;
/// One byte more after each.
const DRIP: Duration = Duration::from_secs(2);
/// Whoever holds a connection is rid of it after this, on a busy machine, too: the longest time-out is 15 s.
const CUT_AFTER_MAX: Duration = Duration::from_secs(60);
/// A signing that waits for a flood takes longer.
const SIGNING_TIME_MAX: Duration = Duration::from_secs(10);
/// What the people who sign, and who look at the end, keep open.
const SIGNERS_DESCRIPTORS_MAX: usize = 64;
/// People who sign during a flood, at least.
const SIGNED_MIN: usize = 20;
/// Between two people.
const BREATH: Duration = Duration::from_millis(50);
const HALF_HEAD: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";
const HALF_BODY: &str = "POST /api/v1/campaigns/sumsel/sessions HTTP/1.1\r\nHost: localhost\r\n\
    Content-Type: application/json\r\nContent-Length: 300\r\n\r\n{\"identifier\":\"";

/// A demo, somebody who signs there, and how many descriptors it had before the flood.
struct Scene {
    folder: Folder,
    program: Program,
    client: Client,
    descriptors: usize,
}

impl Scene {
    async fn new() -> Self {
        let folder = Folder::new(PEOPLE);
        let program = folder.start();
        let client = Client::new(&program.url()).await;
        let descriptors = program.descriptors();
        Self { folder, program, client, descriptors }
    }

    /// People sign one after the other until every connection of the flood was cut. What the flood heard.
    async fn sign_during(&self, mut flood: JoinSet<String>) -> Vec<String> {
        let began = Instant::now();
        let (mut heard, mut memory) = (vec![], Memory::default());
        for (number, person) in self.folder.people().into_iter().enumerate() {
            while let Some(ended) = flood.try_join_next() {
                heard.push(ended.unwrap());
            }
            if flood.is_empty() {
                break;
            }
            assert!(began.elapsed() < CUT_AFTER_MAX, "{} connections weren't cut", flood.len());
            let asked = Instant::now();
            let receipt = self.client.sign(&self.client.session(&person).await.unwrap()).await.unwrap();
            assert_eq!(receipt.status, 201, "{}", receipt.json());
            assert!(asked.elapsed() < SIGNING_TIME_MAX, "a signing took {:?}", asked.elapsed());
            memory.receipts.insert(number, receipt.body);
            tokio::time::sleep(BREATH).await;
        }
        assert!(flood.is_empty(), "everybody had signed before the flood was over");
        let signed = memory.receipts.len();
        assert!(signed >= SIGNED_MIN, "only {signed} people signed during the flood");
        nothing_is_lost(&self.folder, &self.client, &memory).await;
        heard
    }

    async fn has_its_descriptors_back(&self) {
        let began = Instant::now();
        while self.program.descriptors() > self.descriptors + SIGNERS_DESCRIPTORS_MAX {
            let now = self.program.descriptors();
            assert!(began.elapsed() < CUT_AFTER_MAX, "{now} descriptors of {} before", self.descriptors);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn open(address: SocketAddr, opening: &Semaphore) -> TcpStream {
    let _turn = opening.acquire().await.unwrap();
    timeout(CUT_AFTER_MAX, TcpStream::connect(address)).await.unwrap().unwrap()
}

/// Sends a beginning and then a byte now and then, until the server ends it. What the server said.
async fn drip(mut stream: TcpStream, beginning: &str) -> String {
    stream.write_all(beginning.as_bytes()).await.unwrap();
    let mut said = vec![];
    loop {
        let mut more = [0; 1_024];
        match timeout(DRIP, stream.read(&mut more)).await {
            Ok(Ok(read)) if read > 0 => said.extend_from_slice(&more[..read]),
            Ok(_) => return String::from_utf8(said).unwrap(),
            // Told to go, it may be gone while this is written.
            Err(_) => drop(stream.write_all(b"x").await),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_half_requests_are_cut_and_people_sign_meanwhile() {
    assert!(limits::connection_limit(None) > KEPT, "the limit of open files is too low to show anything");
    let scene = Scene::new().await;
    let opening = Arc::new(Semaphore::new(OPENING_AT_ONCE));
    let mut flood = JoinSet::new();
    for number in 0..2 * SLOW {
        let (address, opening) = (scene.folder.address(), opening.clone());
        let beginning = if number % 2 == 0 { HALF_HEAD } else { HALF_BODY };
        flood.spawn(async move { drip(open(address, &opening).await, beginning).await });
    }
    let heard = scene.sign_during(flood).await;
    let told = heard.iter().filter(|said| said.starts_with("HTTP/1.1 408") && said.contains("\"slow\"")).count();
    let cut = heard.iter().filter(|said| said.is_empty()).count();
    assert_eq!((told, cut), (SLOW, SLOW), "told why, and cut");
    scene.has_its_descriptors_back().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_silent_connections_are_cut_and_people_sign_meanwhile() {
    let silent = SILENT.min(limits::connection_limit(None).saturating_sub(KEPT));
    eprintln!("{silent} silent connections");
    assert!(silent > 2 * SLOW, "the limit of open files is too low to show anything");
    let scene = Scene::new().await;
    let opening = Arc::new(Semaphore::new(OPENING_AT_ONCE));
    let mut flood = JoinSet::new();
    for _ in 0..silent {
        let (address, opening) = (scene.folder.address(), opening.clone());
        flood.spawn(async move {
            let mut said = String::new();
            let _ = open(address, &opening).await.read_to_string(&mut said).await;
            said
        });
    }
    let heard = scene.sign_during(flood).await;
    assert_eq!(heard.iter().filter(|said| said.is_empty()).count(), silent);
    scene.has_its_descriptors_back().await;
}
