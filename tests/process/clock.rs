//! A node's clock steps back and forth by an hour while people sign. Its time is wrong, and nothing else is: sessions
//! hold, screens go on, look-ups are answered, and beside a database with a clock of its own the node says that it
//! isn't ready.
#![cfg(target_os = "linux")]

use crate::postgres_server::PostgresServer;
use crate::support::{Client, Folder, Load, SteppedClock, nothing_is_lost, private_folder};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

const PEOPLE: u32 = 1_200;
const HOUR_SECS: i64 = 3_600;
/// Away from the right time and back to it. A session of two hours outlasts each, whenever it began.
const STEPS: [i64; 4] = [HOUR_SECS, 0, -HOUR_SECS, 0];
/// People who sign in before the clock steps, and sign after a step each.
const SIGNED_IN: usize = 2 * STEPS.len();
/// What must become true has become true by then, on a busy machine, too.
const BECOMES_TRUE_MAX: Duration = Duration::from_secs(30);

/// A screen in the hall: how many events it heard.
struct Screen(Arc<AtomicUsize>);

impl Screen {
    async fn new(url: &str) -> Self {
        let (heard, host) = (Arc::new(AtomicUsize::new(0)), url.strip_prefix("http://").unwrap().to_owned());
        let count = heard.clone();
        let mut stream = TcpStream::connect(&host).await.unwrap();
        let request = format!("GET /k/sumsel/live/events HTTP/1.1\r\nHost: {host}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        tokio::spawn(async move {
            let mut chunk = vec![0; 16 * 1024];
            while let Ok(read) = stream.read(&mut chunk).await {
                if read == 0 {
                    return;
                }
                let events = String::from_utf8_lossy(&chunk[..read]).matches("data: ").count();
                count.fetch_add(events, Ordering::SeqCst);
            }
        });
        Self(heard)
    }

    fn heard(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    async fn hears_more_than(&self, before: usize) {
        let began = Instant::now();
        while self.heard() <= before {
            assert!(began.elapsed() < BECOMES_TRUE_MAX, "a screen hears nothing any more");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn until_the_clock_is(agreed: bool, client: &Client) {
    let began = Instant::now();
    loop {
        let ready = client.get("/readyz").await.unwrap();
        let checks = ready.json()["checks"].as_array().unwrap().clone();
        let clock = checks.iter().find(|check| check["name"] == "clock").unwrap()["ok"].as_bool();
        if clock == Some(agreed) {
            assert_eq!(ready.status, if agreed { 200 } else { 503 });
            return;
        }
        assert!(began.elapsed() < BECOMES_TRUE_MAX, "the node never said that its clock is {agreed}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Steps the clock of the last client's node under load. `compared` when the database has a clock of its own.
async fn step_under_load(folder: &Folder, clients: Vec<Client>, urls: &[String], clock: &SteppedClock, compared: bool) {
    let stepped = clients.last().unwrap().clone();
    let load = Load::but_for(folder, clients, SIGNED_IN);
    let screen = Screen::new(urls.last().unwrap()).await;
    let mut early = vec![];
    for (number, person) in load.others() {
        early.push((number, stepped.session(person).await.unwrap()));
    }
    let mut early = early.iter();
    let running = load.start();
    let (mut signed, mut told) = (vec![], None);
    for seconds in STEPS {
        clock.step_to(seconds);
        if compared {
            until_the_clock_is(seconds == 0, &stepped).await;
        }
        let heard = screen.heard();
        for (number, token) in early.by_ref().take(SIGNED_IN / STEPS.len()) {
            let answer = stepped.sign(token).await.unwrap();
            assert_eq!(answer.status, 201, "a session ended with a step of {seconds} s: {}", answer.json());
            signed.push((*number, answer.body));
        }
        screen.hears_more_than(heard).await;
        let serial = told.get_or_insert_with(|| json!({ "serial": serial(&signed[0].1) }).to_string());
        for _ in 0..20 {
            let looked_up = stepped.post("/api/v1/verify", None, serial.clone()).await.unwrap();
            assert_eq!(looked_up.status, 200, "after a step of {seconds} s: {}", looked_up.json());
        }
    }
    let receipts = running.await.unwrap();
    let mut memory = load.memory(&receipts);
    memory.receipts.extend(signed);
    nothing_is_lost(folder, &stepped, &memory).await;
}

fn serial(receipt: &[u8]) -> Value {
    serde_json::from_slice::<Value>(receipt).unwrap()["serial"].clone()
}

/// Made some hours ago, so that an hour back is still within the event.
fn made_before(folder: &Folder, clock: &SteppedClock) {
    clock.step_to(-3 * HOUR_SECS);
    folder.start_with(clock.program().arg("demo")).kill();
    clock.step_to(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_steps_an_hour_loses_nothing_on_the_embedded_database() {
    let (folder, clock) = (Folder::new(PEOPLE), SteppedClock::new(0));
    made_before(&folder, &clock);
    let node = folder.start_with(clock.program().arg("demo"));
    let clients = vec![Client::new(&node.url()).await];
    step_under_load(&folder, clients, &[node.url()], &clock, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_node_whose_clock_steps_an_hour_isn_t_ready_and_loses_nothing() {
    let url = PostgresServer::shared().await.database().await;
    let (folder, clock) = (Folder::on(&url, PEOPLE), SteppedClock::new(0));
    made_before(&folder, &clock);
    let first = folder.start();
    let data = private_folder();
    let second = folder.second_node_with(data.path(), &mut clock.program());
    let clients = vec![Client::new(&first.url()).await, Client::new(&second.url()).await];
    step_under_load(&folder, clients, &[first.url(), second.url()], &clock, true).await;
}
