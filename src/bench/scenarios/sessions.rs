//! Opens the sessions of all people over HTTP, before the measurement.

use crate::bench::figures::progress::LoadProgress;
use crate::bench::load::client_pool::{ClientPool, JsonRequest};
use crate::bench::load::http_connection::HttpConnection;
use crate::bench::processes::environment::Environment;
use crate::bench::scenarios::synthetic_campaign::{BenchSigner, SyntheticCampaign};
use crate::i18n::Localizer;
use crate::output::errln;
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Signing in isn't measured; more connections would only wait longer for the database.
const CONNECTIONS_MAX: u32 = 1_000;

/// Opens all sessions; returns the clients that are ready to sign, and how long it took.
pub async fn open(
    environment: &Environment,
    campaign: &SyntheticCampaign,
    connections: u32,
    words: Localizer,
) -> anyhow::Result<(ClientPool, Duration)> {
    let path = campaign.api_path();
    errln!("{}", words.with("bench-signing-in", &[("people", &words.number(campaign.people.len()))]));
    let clients = ClientPool {
        addresses: environment.nodes.iter().map(|node| node.address).collect(),
        connections: connections.min(CONNECTIONS_MAX),
        path: format!("{path}/sessions").into(),
        requests: Arc::new(campaign.people.iter().map(credentials).collect()),
    };
    let everybody = 0..clients.requests.len();
    let progress = LoadProgress::of(everybody.len(), &words.t("bench-progress-sign-in"));
    let began = Instant::now();
    let opened = clients.post(everybody, &progress.done).await?;
    let took = began.elapsed();
    // Broken connections were replaced, but every person needs a session.
    ensure!(
        opened.answers.len() == campaign.people.len(),
        "only {} of {} sessions were opened; the first error: {}",
        opened.answers.len(),
        campaign.people.len(),
        opened.first_error.unwrap_or_default()
    );
    drop(progress);
    let event = HttpConnection::open(environment.nodes[0].address).await?.get(&path).await?.body;
    let agreement = agreement(&event)?;
    let sign = |body: &[u8]| Ok(JsonRequest { bearer: token(body)?, body: agreement.clone() });
    let requests = opened.answers.iter().map(|answer| sign(&answer.body)).collect::<anyhow::Result<_>>()?;
    Ok((
        ClientPool { connections, path: format!("{path}/pledges").into(), requests: Arc::new(requests), ..clients },
        took,
    ))
}

fn credentials(person: &BenchSigner) -> JsonRequest {
    let body = json!({ "identifier": person.identifier, "access_code": person.access_code });
    JsonRequest { bearer: String::new(), body: body.to_string().into() }
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
