//! `ikrar bench burst`: everybody of the province signs in the same minute, beside what the machine could do at most.

use super::crowd::{Crowd, Request};
use super::province::Province;
use super::report::{Around, Report};
use super::rounds::{Progress, Run, sign_all};
use super::stage::{Engine, Stage};
use super::{chart, connection::Connection, pgbench, processes, recount, table, write_ahead};
use crate::commands::demo::PARTICIPANTS;
use crate::commands::serve::stop_signal;
use crate::commands::terminal_words;
use crate::config::Settings;
use crate::i18n::Words;
use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const CONNECTIONS: u32 = 1_000;
const CONNECTIONS_MAX: i64 = 50_000;
const ROUNDS: u32 = 3;
const ROUNDS_MAX: i64 = 100;
const NODES_MAX: i64 = 16;

#[derive(Args)]
pub struct Burst {
    /// How many people sign
    #[arg(long, default_value_t = PARTICIPANTS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    participants: u32,
    /// Over how many keep-alive connections
    #[arg(long, default_value_t = CONNECTIONS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=CONNECTIONS_MAX))]
    connections: u32,
    /// Which database. For postgres a throw-away server is started, unless --database-url names one: then the run makes a
    /// campaign of its own there, which stays, and --data is that installation's folder. Otherwise --data says on which
    /// disk the temporary folder is made
    #[arg(long, default_value = "sqlite", value_enum, verbatim_doc_comment)]
    database: Engine,
    /// How many servers share the database (postgres only)
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=NODES_MAX))]
    nodes: u32,
    /// Into how many rounds the run is cut; each is measured beside its own ceilings
    #[arg(long, default_value_t = ROUNDS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=ROUNDS_MAX))]
    rounds: u32,
    /// Also write the report here, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Also draw throughput and latency over time here, as SVG
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
}

/// Exit code 1 when a signing was lost or doubled, however fast it was.
pub async fn run(settings: Settings, burst: Burst) -> anyhow::Result<u8> {
    let words = terminal_words();
    let stopped = stop_signal()?;
    tokio::select! {
        done = measure(settings, &burst, words) => done,
        // Whatever was started ends as it is dropped.
        () = stopped => bail!(words.t("bench-stopped")),
    }
}

async fn measure(settings: Settings, burst: &Burst, words: Words) -> anyhow::Result<u8> {
    let people = words.number(burst.participants);
    eprintln!("{}", words.with("bench-making", &[("people", &people)]));
    let mut stage = Stage::set(&settings, burst.database, burst.nodes, words).await?;
    if !stage.is_on_disk() {
        eprintln!("{}", words.t("bench-in-memory"));
    }
    let province = Province::make(&stage.state, burst.participants).await?;
    stage.serve(&province.campaign.slug).await?;
    eprintln!("{}", words.with("bench-signing-in", &[("people", &people)]));
    let (crowd, sign_in) = sign_in(&stage, &province, burst.connections, words).await?;

    let jwks = Connection::open(stage.nodes[0].address).await?.get("/.well-known/jwks.json").await?.body;
    let bench = stage.postgres.as_ref().map(pgbench::prepare).transpose()?.flatten();
    let wal_before = write_ahead::restarts(&stage.wal());
    let run = sign_all(&stage, &crowd, bench.as_ref(), usize::try_from(burst.rounds)?, words).await?;
    let wal_after = write_ahead::restarts(&stage.wal());
    let rss_mb = stage.nodes.iter().map(|node| processes::peak_rss_mib(node.pid())).max().flatten();
    // Killed, and not stopped: what was answered must be in the database all the same.
    stage.nodes.clear();

    eprintln!("{}", words.t("bench-recounting"));
    let receipts = recount::receipts(&run.answers, &jwks)?;
    let checks = recount::database(&stage.state.store, province.campaign.id, &receipts).await?;
    let fsyncs = match burst.database {
        Engine::Sqlite => write_ahead::fsyncs(receipts.batches, wal_before, wal_after),
        // Each commit waits for the write-ahead log once; a server that was given may be set to something else.
        Engine::Postgres => stage.postgres.is_some().then_some(receipts.batches),
    };
    let around = Around {
        database: burst.database,
        nodes: burst.nodes,
        connections: burst.connections,
        sign_in,
        rss_mb,
        fsyncs: fsyncs.filter(|_| stage.is_on_disk()),
        batches: receipts.batches,
    };
    tell(burst, &run, &Report::of(&run, crowd.requests.len(), &around, checks), words)
}

/// Opens everybody's session; answers the crowd that is ready to sign, and how long it took.
async fn sign_in(
    stage: &Stage,
    province: &Province,
    connections: u32,
    words: Words,
) -> anyhow::Result<(Crowd, Duration)> {
    let path = province.path();
    let asked = province.sign_in.iter().map(|body| Request { bearer: String::new(), body: body.clone() }).collect();
    let crowd = Crowd {
        addresses: stage.nodes.iter().map(|node| node.address).collect(),
        connections,
        path: format!("{path}/sessions").into(),
        requests: Arc::new(asked),
    };
    let everybody = 0..crowd.requests.len();
    let progress = Progress::of(everybody.len(), &words.t("bench-progress-sign-in"));
    let began = Instant::now();
    let opened = crowd.post_all(everybody, &progress.done).await?;
    let took = began.elapsed();
    drop(progress);
    let event = Connection::open(stage.nodes[0].address).await?.get(&path).await?.body;
    let agreement = agreement(&event)?;
    let sign = |body: &[u8]| Ok(Request { bearer: token(body)?, body: agreement.clone() });
    let requests = opened.answers.iter().map(|answer| sign(&answer.body)).collect::<anyhow::Result<_>>()?;
    Ok((Crowd { path: format!("{path}/pledges").into(), requests: Arc::new(requests), ..crowd }, took))
}

fn agreement(event: &[u8]) -> anyhow::Result<Arc<str>> {
    let event: Value = serde_json::from_slice(event)?;
    let clauses = event["clauses"].as_array().context("the event has no clauses")?;
    let agreed: Vec<&Value> = clauses.iter().map(|clause| &clause["id"]).collect();
    Ok(json!({ "text_hash": event["text_hash"], "agreed": agreed }).to_string().into())
}

fn token(session: &[u8]) -> anyhow::Result<String> {
    let session: Value = serde_json::from_slice(session)?;
    Ok(session["token"].as_str().context("a session without a token")?.to_owned())
}

fn tell(burst: &Burst, run: &Run, report: &Report, words: Words) -> anyhow::Result<u8> {
    print!("{}", table::table(report, words));
    if let Some(file) = &burst.json {
        write(file, &(serde_json::to_string_pretty(report)? + "\n"))?;
    }
    if let Some(file) = &burst.chart {
        write(file, &chart::svg(run, report, words))?;
    }
    Ok(u8::from(!report.sound))
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| file.display().to_string())
}
