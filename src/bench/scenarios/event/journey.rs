//! One person's journey over one connection, as a browser makes it: the campaign's page, sign-in, the text, the pledge,
//! the receipt, for some the certificate, and optionally the end of the session.
//!
//! Forms are posted as the pages' script posts them. Scripts, styles and images aren't fetched.

use super::page_forms;
use crate::bench::load::client_pool::{TRIES_MAX, is_retryable, retry_delay};
use crate::bench::load::http_connection::HttpResponse;
use crate::bench::load::tls_connection::{TlsConnection, TlsDialer};
use crate::bench::scenarios::synthetic_campaign::BenchSigner;
use crate::domain::ids::PledgeId;
use crate::every_variant::every_variant;
use anyhow::{bail, ensure};
use serde::Deserialize;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// One person in this many also fetches the certificate.
pub const CERTIFICATE_EVERY: usize = 10;
/// Broken connections after which a journey fails.
const BROKEN_CONNECTIONS_MAX: u32 = 5;

/// The timed steps of a journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JourneyStep {
    Connection,
    Page,
    SignIn,
    Text,
    Pledge,
    Receipt,
    Certificate,
    /// Only with `--leave`.
    Leave,
}

impl JourneyStep {
    pub const ALL: [Self; 8] =
        every_variant!(JourneyStep: Connection, Page, SignIn, Text, Pledge, Receipt, Certificate, Leave);

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

/// The duration of each step, in the order of [`JourneyStep::ALL`]; zero if the step was skipped.
pub type StepTimes = [Duration; JourneyStep::ALL.len()];

/// What all journeys have in common.
pub struct JourneySetup {
    pub dialer: TlsDialer,
    /// People are distributed over these servers.
    pub addresses: Vec<SocketAddr>,
    /// The value of a browser's `Origin`.
    pub origin: String,
    /// The path of the campaign's page, `/k/{slug}`.
    pub page: String,
    pub people: Vec<BenchSigner>,
    /// Each person ends their session.
    pub leave: bool,
}

/// The response to a form: where the script goes next.
#[derive(Deserialize)]
struct Redirect {
    next: String,
}

/// A journey in progress.
pub struct Journey<'r> {
    setup: &'r JourneySetup,
    person: usize,
    connection: Option<TlsConnection>,
    cookie: String,
    pub times: StepTimes,
    /// Responses that asked to retry later.
    pub retries: u32,
    /// Connections that broke.
    pub broken_connections: u32,
    pub first_error: Option<String>,
}

/// What a completed journey returns.
pub struct JourneyResult {
    pub pledge: PledgeId,
    pub certificate: Option<Vec<u8>>,
}

impl<'r> Journey<'r> {
    pub fn of(setup: &'r JourneySetup, person: usize) -> Self {
        let (connection, cookie, first_error) = (None, String::new(), None);
        Self {
            setup,
            person,
            connection,
            cookie,
            times: StepTimes::default(),
            retries: 0,
            broken_connections: 0,
            first_error,
        }
    }

    /// Makes the whole journey.
    pub async fn run(&mut self) -> anyhow::Result<JourneyResult> {
        let setup = self.setup;
        let sign = format!("{}/sign", setup.page);
        let person = &setup.people[self.person];
        self.get(JourneyStep::Page, &setup.page).await?;
        let form = page_forms::credentials(&person.identifier, &person.access_code);
        let signed_in = self.post(JourneyStep::SignIn, &sign, &form).await?;
        let Some(cookie) = signed_in.cookie else { bail!("signing in gave no session") };
        self.cookie = format!("cookie: {cookie}\r\n");
        let text = self.get(JourneyStep::Text, &sign).await?;
        let signed = self.post(JourneyStep::Pledge, &sign, &page_forms::agreed(&text.body)?).await?;
        let Redirect { next } = serde_json::from_slice(&signed.body)?;
        let receipt = self.get(JourneyStep::Receipt, &next).await?;
        let pledge = page_forms::pledge(&receipt.body)?;
        let certificate = match self.person % CERTIFICATE_EVERY {
            0 => Some(self.certificate(pledge).await?),
            _ => None,
        };
        if setup.leave {
            let left = self.post(JourneyStep::Leave, &format!("{}/leave", setup.page), "").await?;
            let Redirect { next } = serde_json::from_slice(&left.body)?;
            ensure!(!next.contains("sampai="), "the session could not be ended");
        }
        if let Some(connection) = self.connection.take() {
            connection.close().await;
        }
        Ok(JourneyResult { pledge, certificate })
    }

    async fn certificate(&mut self, pledge: PledgeId) -> anyhow::Result<Vec<u8>> {
        let pdf = self.get(JourneyStep::Certificate, &format!("/c/{pledge}.pdf")).await?.body;
        ensure!(pdf.starts_with(b"%PDF-") && pdf.trim_ascii_end().ends_with(b"%%EOF"), "the certificate isn't whole");
        Ok(pdf)
    }

    async fn get(&mut self, step: JourneyStep, path: &str) -> anyhow::Result<HttpResponse> {
        let headers =
            format!("accept: text/html,*/*\r\naccept-encoding: gzip\r\naccept-language: id\r\n{}", self.cookie);
        self.step(step, "GET", path, &headers, "").await
    }

    async fn post(&mut self, step: JourneyStep, path: &str, form: &str) -> anyhow::Result<HttpResponse> {
        let headers = format!(
            "accept: application/json\r\naccept-encoding: gzip\r\naccept-language: id\r\norigin: {}\r\n\
             sec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n{}",
            self.setup.origin,
            form.len(),
            self.cookie
        );
        self.step(step, "POST", path, &headers, form).await
    }

    /// Sends one request until the status is 200: waits as long as a retryable response asks, and replaces a broken
    /// connection.
    async fn step(
        &mut self,
        step: JourneyStep,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> anyhow::Result<HttpResponse> {
        for _ in 0..TRIES_MAX {
            if self.connection.is_none() {
                self.connect().await?;
            }
            let Some(connection) = &mut self.connection else { continue };
            let began = Instant::now();
            let asked = connection.request(method, path, headers, body).await;
            self.times[step as usize] += began.elapsed();
            match asked {
                Ok(answer) if answer.status == 200 => return Ok(answer),
                Ok(answer) if is_retryable(answer.status) => {
                    self.retries += 1;
                    let wait = retry_delay(answer.retry_after, self.person);
                    self.times[step as usize] += wait;
                    sleep(wait).await;
                }
                Ok(answer) => bail!("{}: status {}", step.name(), answer.status),
                Err(error) => self.record_broken(step, &error)?,
            }
        }
        bail!("{}: told to come back {TRIES_MAX} times", step.name())
    }

    async fn connect(&mut self) -> anyhow::Result<()> {
        let address = self.setup.addresses[self.person % self.setup.addresses.len()];
        let began = Instant::now();
        match self.setup.dialer.connect(address, self.person).await {
            Ok(connection) => self.connection = Some(connection),
            Err(error) => self.record_broken(JourneyStep::Connection, &error)?,
        }
        self.times[JourneyStep::Connection as usize] += began.elapsed();
        Ok(())
    }

    fn record_broken(&mut self, step: JourneyStep, error: &anyhow::Error) -> anyhow::Result<()> {
        self.connection = None;
        self.broken_connections += 1;
        let said = format!("{}: {error:#}", step.name());
        if self.broken_connections >= BROKEN_CONNECTIONS_MAX {
            bail!("{said}; the connection broke {BROKEN_CONNECTIONS_MAX} times");
        }
        self.first_error.get_or_insert(said);
        Ok(())
    }
}
