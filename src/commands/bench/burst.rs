//! `ikrar bench burst`: everybody of the province signs in the same minute.

use super::connection::Connection;
use super::recount;
use super::server::Server;
use crate::commands::demo::{EVENT_SLUG, PARTICIPANTS, PARTICIPANTS_FILE};
use crate::config::Settings;
use anyhow::{Context, bail, ensure};
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

const CONNECTIONS: u32 = 1_000;

#[derive(Args)]
pub struct Burst {
    /// How many people sign
    #[arg(long, default_value_t = PARTICIPANTS, value_name = "N")]
    participants: u32,
    /// Over how many keep-alive connections
    #[arg(long, default_value_t = CONNECTIONS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=50_000))]
    connections: u32,
    /// Also write the report here
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    participants: usize,
    connections: u32,
    /// Opening all sessions over HTTP, before the clock of the signing starts.
    sign_in_seconds: f64,
    seconds: f64,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    server_peak_rss_mib: Option<u64>,
}

/// An answer and how long it took.
type Timed = (Vec<u8>, Duration);

pub async fn run(_: Settings, burst: Burst) -> anyhow::Result<u8> {
    eprintln!("starting a server with {} people …", burst.participants);
    let mut server = Server::start(burst.participants)?;
    let people = sign_in_bodies(&server.data().join(PARTICIPANTS_FILE))?;
    let path = format!("/api/v1/campaigns/{EVENT_SLUG}");
    eprintln!("opening {} sessions …", people.len());
    let began = Instant::now();
    let requests = people.into_iter().map(|body| (String::new(), body)).collect();
    let opened = exchange_all(server.address, burst.connections, format!("{path}/sessions"), requests, 200).await?;
    let sign_in_seconds = began.elapsed().as_secs_f64();
    let agreement = agreement(&Connection::open(server.address).await?.get(&path).await?.1)?;
    let requests =
        opened.iter().map(|(body, _)| Ok((token(body)?, agreement.clone()))).collect::<anyhow::Result<_>>()?;
    eprintln!("signing …");
    let began = Instant::now();
    let signed = exchange_all(server.address, burst.connections, format!("{path}/pledges"), requests, 201).await?;
    let seconds = began.elapsed().as_secs_f64();
    let server_peak_rss_mib = server.peak_rss_mib();
    // A connection of its own each time: one that waited through a whole phase was closed as idle.
    let jwks = Connection::open(server.address).await?.get("/.well-known/jwks.json").await?.1;
    server.stop()?;
    eprintln!("recounting …");
    let (receipts, mut times): (Vec<_>, Vec<_>) = signed.into_iter().unzip();
    recount::receipts(&receipts, &jwks)?;
    recount::database(server.data(), u64::try_from(receipts.len())?).await?;
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1_000.0;
    tell(
        &Report {
            participants: receipts.len(),
            connections: burst.connections,
            sign_in_seconds,
            seconds,
            per_second: f64::from(burst.participants) / seconds,
            p50_ms: at(50),
            p99_ms: at(99),
            max_ms: at(100),
            server_peak_rss_mib,
        },
        burst.json.as_deref(),
    )
}

fn tell(report: &Report, file: Option<&Path>) -> anyhow::Result<u8> {
    let text = serde_json::to_string_pretty(report)?;
    println!("{text}");
    if let Some(file) = file {
        std::fs::write(file, text + "\n").with_context(|| file.display().to_string())?;
    }
    Ok(0)
}

fn sign_in_bodies(list: &Path) -> anyhow::Result<Vec<String>> {
    let mut list = csv::Reader::from_path(list)?;
    let bodies: Result<Vec<String>, csv::Error> = list
        .records()
        .map(|row| row.map(|row| json!({ "identifier": row[0], "access_code": row[1] }).to_string()))
        .collect();
    let bodies = bodies?;
    ensure!(!bodies.is_empty(), "the demo's list is empty");
    Ok(bodies)
}

fn agreement(event: &[u8]) -> anyhow::Result<String> {
    let event: Value = serde_json::from_slice(event)?;
    let clauses = event["clauses"].as_array().context("the event has no clauses")?;
    let agreed: Vec<&Value> = clauses.iter().map(|clause| &clause["id"]).collect();
    Ok(json!({ "text_hash": event["text_hash"], "agreed": agreed }).to_string())
}

fn token(session: &[u8]) -> anyhow::Result<String> {
    let session: Value = serde_json::from_slice(session)?;
    Ok(session["token"].as_str().context("a session without a token")?.to_owned())
}

/// Posts every `(bearer, body)` once, over so many connections; any other status than the expected one ends it.
async fn exchange_all(
    address: SocketAddr,
    connections: u32,
    path: String,
    requests: Vec<(String, String)>,
    expected: u16,
) -> anyhow::Result<Vec<Timed>> {
    let (requests, path, next) = (Arc::new(requests), Arc::new(path), Arc::new(AtomicUsize::new(0)));
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(address).await?);
    }
    let mut working = JoinSet::new();
    for connection in open {
        working.spawn(exchange(connection, path.clone(), requests.clone(), next.clone(), expected));
    }
    let mut answers = Vec::with_capacity(requests.len());
    while let Some(part) = working.join_next().await {
        answers.extend(part??);
    }
    Ok(answers)
}

async fn exchange(
    mut connection: Connection,
    path: Arc<String>,
    requests: Arc<Vec<(String, String)>>,
    next: Arc<AtomicUsize>,
    expected: u16,
) -> anyhow::Result<Vec<Timed>> {
    let mut answers = Vec::new();
    while let Some((bearer, body)) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
        let began = Instant::now();
        let (status, answer) = connection.post(&path, bearer, body).await?;
        answers.push((answer, began.elapsed()));
        if status != expected {
            bail!("an answer with status {status}: {}", String::from_utf8_lossy(&answers[answers.len() - 1].0));
        }
    }
    Ok(answers)
}
