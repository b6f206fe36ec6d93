//! One person's whole journey over a connection of their own, as their browser goes it: the event's page, signing in, the
//! page to read, the pledge, the receipt, now and then the certificate, and where asked for the end of the session.
//!
//! Forms are posted as the pages' own script posts them. Scripts, styles and pictures aren't fetched.

use super::page_forms;
use crate::bench::load::closed_loop::{TRIES_MAX, pause, says_come_back};
use crate::bench::load::http_connection::Answer;
use crate::bench::load::tls_connection::{Line, Phones};
use crate::bench::scenarios::synthetic_campaign::Person;
use crate::domain::ids::PledgeId;
use anyhow::{bail, ensure};
use serde::Deserialize;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Every so many-th person also fetches the certificate.
pub const CERTIFICATE_EVERY: usize = 10;
/// A connection may break so often before a person gives up.
const BROKEN_MAX: u32 = 5;

/// The parts of a journey, each of which takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Connection,
    Page,
    SignIn,
    Text,
    Pledge,
    Receipt,
    Certificate,
    /// Where people are asked to.
    Leave,
}

impl Step {
    pub const ALL: [Self; 8] = [
        Self::Connection,
        Self::Page,
        Self::SignIn,
        Self::Text,
        Self::Pledge,
        Self::Receipt,
        Self::Certificate,
        Self::Leave,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Page => "page",
            Self::SignIn => "sign_in",
            Self::Text => "text",
            Self::Pledge => "pledge",
            Self::Receipt => "receipt",
            Self::Certificate => "certificate",
            Self::Leave => "leave",
        }
    }
}

/// How long each step took, in the order of [`Step::ALL`]; zero for what wasn't done.
pub type Times = [Duration; Step::ALL.len()];

/// What all journeys share.
pub struct Road {
    pub phones: Phones,
    /// People are spread over them.
    pub addresses: Vec<SocketAddr>,
    /// The address that people typed, as a browser's `Origin` says it.
    pub origin: String,
    /// The event's page, `/k/{slug}`.
    pub page: String,
    pub people: Vec<Person>,
    /// Everybody ends their session at the end.
    pub leave: bool,
}

/// Where a script is told to go.
#[derive(Deserialize)]
struct Go {
    next: String,
}

/// A journey under way.
pub struct Journey<'r> {
    road: &'r Road,
    person: usize,
    line: Option<Line>,
    cookie: String,
    pub times: Times,
    /// How often this person was told to come back.
    pub told: u32,
    /// How often the connection broke.
    pub broken: u32,
    pub first_error: Option<String>,
}

/// What a journey leads to.
pub struct Arrived {
    pub pledge: PledgeId,
    pub certificate: Option<Vec<u8>>,
}

impl<'r> Journey<'r> {
    pub fn of(road: &'r Road, person: usize) -> Self {
        let (line, cookie, first_error) = (None, String::new(), None);
        Self { road, person, line, cookie, times: Times::default(), told: 0, broken: 0, first_error }
    }

    /// Goes all of it.
    pub async fn go(&mut self) -> anyhow::Result<Arrived> {
        let road = self.road;
        let sign = format!("{}/sign", road.page);
        let person = &road.people[self.person];
        self.get(Step::Page, &road.page).await?;
        let form = page_forms::credentials(&person.identifier, &person.access_code);
        let signed_in = self.post(Step::SignIn, &sign, &form).await?;
        let Some(cookie) = signed_in.cookie else { bail!("signing in gave no session") };
        self.cookie = format!("cookie: {cookie}\r\n");
        let text = self.get(Step::Text, &sign).await?;
        let signed = self.post(Step::Pledge, &sign, &page_forms::agreed(&text.body)?).await?;
        let Go { next } = serde_json::from_slice(&signed.body)?;
        let receipt = self.get(Step::Receipt, &next).await?;
        let pledge = page_forms::pledge(&receipt.body)?;
        let certificate = match self.person % CERTIFICATE_EVERY {
            0 => Some(self.certificate(pledge).await?),
            _ => None,
        };
        if road.leave {
            let left = self.post(Step::Leave, &format!("{}/leave", road.page), "").await?;
            let Go { next } = serde_json::from_slice(&left.body)?;
            ensure!(!next.contains("sampai="), "the session could not be ended");
        }
        if let Some(line) = self.line.take() {
            line.close().await;
        }
        Ok(Arrived { pledge, certificate })
    }

    async fn certificate(&mut self, pledge: PledgeId) -> anyhow::Result<Vec<u8>> {
        let pdf = self.get(Step::Certificate, &format!("/c/{pledge}.pdf")).await?.body;
        ensure!(pdf.starts_with(b"%PDF-") && pdf.trim_ascii_end().ends_with(b"%%EOF"), "the certificate isn't whole");
        Ok(pdf)
    }

    async fn get(&mut self, step: Step, path: &str) -> anyhow::Result<Answer> {
        let headers =
            format!("accept: text/html,*/*\r\naccept-encoding: gzip\r\naccept-language: id\r\n{}", self.cookie);
        self.step(step, "GET", path, &headers, "").await
    }

    async fn post(&mut self, step: Step, path: &str, form: &str) -> anyhow::Result<Answer> {
        let headers = format!(
            "accept: application/json\r\naccept-encoding: gzip\r\naccept-language: id\r\norigin: {}\r\n\
             sec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n{}",
            self.road.origin,
            form.len(),
            self.cookie
        );
        self.step(step, "POST", path, &headers, form).await
    }

    /// One request until it is answered 200: who is told to come back waits as told, and a broken connection is made anew.
    async fn step(
        &mut self,
        step: Step,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> anyhow::Result<Answer> {
        for _ in 0..TRIES_MAX {
            if self.line.is_none() {
                self.connect().await?;
            }
            let Some(line) = &mut self.line else { continue };
            let began = Instant::now();
            let asked = line.ask(method, path, headers, body).await;
            self.times[step as usize] += began.elapsed();
            match asked {
                Ok(answer) if answer.status == 200 => return Ok(answer),
                Ok(answer) if says_come_back(answer.status) => {
                    self.told += 1;
                    let wait = pause(answer.retry_after, self.person);
                    self.times[step as usize] += wait;
                    sleep(wait).await;
                }
                Ok(answer) => bail!("{}: status {}", step.name(), answer.status),
                Err(error) => self.broke(step, &error)?,
            }
        }
        bail!("{}: told to come back {TRIES_MAX} times", step.name())
    }

    async fn connect(&mut self) -> anyhow::Result<()> {
        let address = self.road.addresses[self.person % self.road.addresses.len()];
        let began = Instant::now();
        match self.road.phones.connect(address, self.person).await {
            Ok(line) => self.line = Some(line),
            Err(error) => self.broke(Step::Connection, &error)?,
        }
        self.times[Step::Connection as usize] += began.elapsed();
        Ok(())
    }

    fn broke(&mut self, step: Step, error: &anyhow::Error) -> anyhow::Result<()> {
        self.line = None;
        self.broken += 1;
        let said = format!("{}: {error:#}", step.name());
        if self.broken >= BROKEN_MAX {
            bail!("{said}; the connection broke {BROKEN_MAX} times");
        }
        self.first_error.get_or_insert(said);
        Ok(())
    }
}
