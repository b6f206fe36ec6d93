//! Probes during the floods: an organizer signs in to the console, and a verifier checks a genuine credential. No flood
//! may keep them out.

use crate::app::Services;
use crate::bench::load::http_connection::HttpConnection;
use crate::domain::account::{Role, Scope};
use crate::domain::disclosure::Disclosure;
use crate::web::access::device_cookie;
use anyhow::{Context, ensure};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// The pause between two probes.
const PROBE_INTERVAL: Duration = Duration::from_millis(250);
/// A probe that takes longer counts as refused.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The account that signs in during the floods.
pub const LOGIN: &str = "bench-organizer";
/// The name in the audit trail under which the run creates the account.
const ACTOR: &str = "bench";
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// An organizer with a password of their own, who signed in before from the same browser.
#[derive(Clone)]
pub struct OrganizerAccount {
    password: String,
    /// The device cookie, as the browser sends it.
    cookie: String,
}

impl OrganizerAccount {
    /// Creates the account. Only this run knows the password, also on an external installation.
    pub async fn create(state: &Services, disclosure: &Disclosure) -> anyhow::Result<Self> {
        let accounts = &state.accounts;
        let one_time = accounts.add(ACTOR, LOGIN, "Bench", Role::Organizer, Scope::All).await?;
        let one_time = one_time.shown(disclosure);
        let password = BASE64URL_NOPAD.encode(&state.entropy.bytes::<24>());
        let signed_in = accounts.sign_in(LOOPBACK, LOGIN, one_time, &[]).await?;
        let session = accounts.session(&signed_in.token).await?.context("the organizer's session has ended")?;
        accounts.change_password(&session, one_time, &password).await?;
        let cookie = device_cookie(&state.config, &signed_in.device);
        Ok(Self { password, cookie: cookie.split(';').next().unwrap_or_default().into() })
    }
}

/// What the probes need.
pub struct Probes {
    pub address: SocketAddr,
    pub organizer: OrganizerAccount,
    /// The QR text of a genuine credential.
    pub text: String,
}

/// The result of one kind of probe.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct ProbeResult {
    pub asked: usize,
    /// Probes that succeeded. A probe isn't retried.
    pub served: usize,
    pub longest_s: f64,
    /// Why the first probe failed that did.
    pub first_refusal: Option<String>,
}

/// Its tasks end when it is dropped.
pub struct ProbeTask {
    stop: Arc<AtomicBool>,
    results: JoinHandle<[ProbeResult; 2]>,
}

impl ProbeTask {
    pub fn start(probes: Arc<Probes>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stop_flag = stop.clone();
        let results = tokio::spawn(async move {
            let [mut organizer, mut verifier] = [ProbeResult::default(), ProbeResult::default()];
            while !stop_flag.load(Ordering::Relaxed) {
                organizer.record(probes.sign_in()).await;
                verifier.record(probes.check()).await;
                sleep(PROBE_INTERVAL).await;
            }
            [organizer, verifier]
        });
        Self { stop, results }
    }

    /// Stops the probes; returns the results of the organizer and of the verifier.
    pub async fn end(self) -> anyhow::Result<[ProbeResult; 2]> {
        self.stop.store(true, Ordering::Relaxed);
        Ok(self.results.await?)
    }
}

impl ProbeResult {
    async fn record(&mut self, probe: impl Future<Output = anyhow::Result<()>>) {
        let began = Instant::now();
        let done = timeout(ANSWER_TIMEOUT, probe).await;
        self.asked += 1;
        self.longest_s = self.longest_s.max(began.elapsed().as_secs_f64());
        match done {
            Ok(Ok(())) => self.served += 1,
            Ok(Err(error)) => _ = self.first_refusal.get_or_insert(format!("{error:#}")),
            Err(_) => _ = self.first_refusal.get_or_insert(format!("no answer in {} s", ANSWER_TIMEOUT.as_secs())),
        }
    }

    pub fn add(&mut self, other: Self) {
        self.asked += other.asked;
        self.served += other.served;
        self.longest_s = self.longest_s.max(other.longest_s);
        self.first_refusal = self.first_refusal.take().or(other.first_refusal);
    }
}

impl Probes {
    async fn sign_in(&self) -> anyhow::Result<()> {
        let OrganizerAccount { password, cookie } = &self.organizer;
        let body = format!("login={LOGIN}&password={password}&to=");
        let headers = format!(
            "content-type: application/x-www-form-urlencoded\r\nsec-fetch-site: same-origin\r\ncookie: {cookie}\r\n\
             content-length: {}\r\n",
            body.len()
        );
        let answer =
            HttpConnection::open(self.address).await?.request("POST", "/console/login", &headers, &body).await?;
        ensure!(answer.status == 303, "signing in to the console was answered with {}", answer.status);
        Ok(())
    }

    async fn check(&self) -> anyhow::Result<()> {
        let body = json!({ "text": self.text }).to_string();
        let answer = HttpConnection::open(self.address).await?.post("/api/v1/verify", "", &body).await?;
        ensure!(answer.status == 200, "a check was answered with {}", answer.status);
        let report: Value = serde_json::from_slice(&answer.body)?;
        ensure!(report["verdict"] == "valid", "a genuine credential was found to be {}", report["verdict"]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_was_not_served_is_remembered_once() {
        let mut probe = ProbeResult::default();
        probe.record(async { Ok(()) }).await;
        probe.record(async { anyhow::bail!("first") }).await;
        probe.record(async { anyhow::bail!("second") }).await;
        assert_eq!((probe.asked, probe.served, probe.first_refusal.as_deref()), (3, 1, Some("first")));
    }
}
