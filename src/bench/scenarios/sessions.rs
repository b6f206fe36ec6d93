//! Everybody's session, opened over HTTP before anything is measured: a crowd that is ready to sign.

use crate::bench::figures::progress::Progress;
use crate::bench::load::closed_loop::{Crowd, Request};
use crate::bench::load::http_connection::Connection;
use crate::bench::processes::environment::Stage;
use crate::bench::scenarios::synthetic_campaign::{Person, Province};
use crate::i18n::Words;
use crate::output::errln;
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Signing in isn't what is measured: beyond so many connections it would only wait longer for the database.
const CONNECTIONS_MAX: u32 = 1_000;

/// Opens everybody's session; answers the crowd that is ready to sign, and how long it took.
pub async fn open(
    stage: &Stage,
    province: &Province,
    connections: u32,
    words: Words,
) -> anyhow::Result<(Crowd, Duration)> {
    let path = province.path();
    errln!("{}", words.with("bench-signing-in", &[("people", &words.number(province.people.len()))]));
    let crowd = Crowd {
        addresses: stage.nodes.iter().map(|node| node.address).collect(),
        connections: connections.min(CONNECTIONS_MAX),
        path: format!("{path}/sessions").into(),
        requests: Arc::new(province.people.iter().map(credentials).collect()),
    };
    let everybody = 0..crowd.requests.len();
    let progress = Progress::of(everybody.len(), &words.t("bench-progress-sign-in"));
    let began = Instant::now();
    let opened = crowd.post(everybody, &progress.done).await?;
    let took = began.elapsed();
    // A connection that broke was made anew; nobody may be left without a session.
    ensure!(
        opened.answers.len() == province.people.len(),
        "only {} of {} sessions were opened; the first error: {}",
        opened.answers.len(),
        province.people.len(),
        opened.first_error.unwrap_or_default()
    );
    drop(progress);
    let event = Connection::open(stage.nodes[0].address).await?.get(&path).await?.body;
    let agreement = agreement(&event)?;
    let sign = |body: &[u8]| Ok(Request { bearer: token(body)?, body: agreement.clone() });
    let requests = opened.answers.iter().map(|answer| sign(&answer.body)).collect::<anyhow::Result<_>>()?;
    Ok((Crowd { connections, path: format!("{path}/pledges").into(), requests: Arc::new(requests), ..crowd }, took))
}

fn credentials(person: &Person) -> Request {
    let body = json!({ "identifier": person.identifier, "access_code": person.access_code });
    Request { bearer: String::new(), body: body.to_string().into() }
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
