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
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Signing in isn't measured; more connections would only wait longer for the database.
const CONNECTIONS_MAX: u32 = 1_000;

/// The opened sessions.
pub struct OpenSessions {
    /// The clients that are ready to sign, with one request for each session.
    pub clients: ClientPool,
    /// Whose session each request has, as an index of the campaign's people.
    pub people: Vec<usize>,
    /// How long it took to open all of them.
    pub took: Duration,
}

impl OpenSessions {
    /// Moves so many sessions, spread over all of them, to the end; returns their places.
    pub fn move_to_end(&mut self, count: usize) -> Range<usize> {
        let all = self.people.len();
        let mut requests = Arc::into_inner(std::mem::take(&mut self.clients.requests)).unwrap_or_default();
        for (number, end) in (all - count..all).enumerate() {
            let place = number * (all - count) / count;
            self.people.swap(place, end);
            requests.swap(place, end);
        }
        self.clients.requests = Arc::new(requests);
        all - count..all
    }

    /// Takes so many sessions out, spread over all of them; returns whose they were.
    pub fn take_out(&mut self, count: usize) -> Vec<usize> {
        let all = self.people.len();
        let requests = std::mem::take(&mut self.clients.requests);
        let mut places = (0..count).map(|number| number * all / count).peekable();
        let (mut taken, mut people, mut kept) = (Vec::with_capacity(count), Vec::with_capacity(all), vec![]);
        let requests = Arc::into_inner(requests).unwrap_or_default();
        for (place, (person, request)) in std::mem::take(&mut self.people).into_iter().zip(requests).enumerate() {
            if places.next_if_eq(&place).is_some() {
                taken.push(person);
            } else {
                people.push(person);
                kept.push(request);
            }
        }
        (self.people, self.clients.requests) = (people, Arc::new(kept));
        taken
    }
}

/// Opens the sessions of all people.
pub async fn open(
    environment: &Environment,
    campaign: &SyntheticCampaign,
    connections: u32,
    words: Localizer,
) -> anyhow::Result<OpenSessions> {
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
    let people = opened.answers.iter().map(|answer| answer.person).collect();
    let path = format!("{path}/pledges").into();
    Ok(OpenSessions {
        clients: ClientPool { connections, path, requests: Arc::new(requests), ..clients },
        people,
        took,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_that_are_taken_out_are_spread_and_the_others_stay_with_their_people() {
        let request = |person: usize| JsonRequest { bearer: person.to_string(), body: "".into() };
        let clients = ClientPool {
            addresses: vec![],
            connections: 1,
            path: "/".into(),
            requests: Arc::new((10..20).map(request).collect()),
        };
        let mut sessions = OpenSessions { clients, people: (10..20).collect(), took: Duration::ZERO };
        assert_eq!(sessions.take_out(2), [10, 15]);
        assert_eq!(sessions.people, [11, 12, 13, 14, 16, 17, 18, 19]);
        let bearers = sessions.clients.requests.iter().map(|request| request.bearer.parse::<usize>().unwrap());
        assert_eq!(bearers.collect::<Vec<_>>(), sessions.people);
        assert!(sessions.take_out(0).is_empty());

        assert_eq!((sessions.move_to_end(2), sessions.move_to_end(0)), (6..8, 8..8));
        assert_eq!(sessions.people, [18, 12, 13, 19, 16, 17, 11, 14]);
        let bearers = sessions.clients.requests.iter().map(|request| request.bearer.parse::<usize>().unwrap());
        assert_eq!(bearers.collect::<Vec<_>>(), sessions.people);
    }
}
