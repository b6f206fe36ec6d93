//! A whole platform in a temporary folder: a fixed clock, seeded randomness, one locked campaign `uji`.

mod acts;
mod agencies;
pub mod event;

pub use acts::PASSWORD;
pub use agencies::ARCHIVES;
pub use event::{combined_names, line};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use ikrar::app::{Resources, Services, StartError};
use ikrar::clock::{Clock, Entropy, FixedClock};
use ikrar::config::{Config, ConfigOptions as Flags, DatabaseUrl};
use ikrar::domain::audit::AuditEntry;
use ikrar::domain::campaign::{CampaignState, ObservedState};
use ikrar::domain::ids::CampaignId;
use ikrar::domain::participant::Participant;
use ikrar::domain::time::UnixMillis;
use ikrar::keyring::{CampaignSecret, Keyring};
use ikrar::service::ledger::QUEUE_PLEDGES_MAX;
use ikrar::store::SharedStore;
use ikrar::store::sqlite::Sqlite;
use ikrar::web::{self, AppState, WebState};
use sqlx::{Connection, SqliteConnection};
use std::sync::Arc;
use tower::ServiceExt;

/// 1 February 2029, 09:00 WIB: the campaign opens here, and closes an hour later.
pub const OPENS_AT: UnixMillis = UnixMillis(1_864_605_600_000);
pub const PUBLIC_URL: &str = "http://uji.example:8080";

/// A person of the test roster, as their slip has it.
#[derive(Clone)]
pub struct Person {
    pub participant: Participant,
    pub identifier: String,
    pub access_code: String,
}

/// A campaign that is locked already, with what it was made with.
pub struct LockedRoster {
    pub campaign: CampaignId,
    pub secret: CampaignSecret,
    pub people: Vec<Person>,
    pub entropy: Arc<Entropy>,
    pub keyring: Arc<Keyring>,
}

pub struct TestPlatform {
    pub state: AppState,
    /// What the services are built on.
    pub store: SharedStore,
    pub keyring: Arc<Keyring>,
    pub clock: Arc<FixedClock>,
    pub campaign: CampaignId,
    pub secret: CampaignSecret,
    pub people: Vec<Person>,
    pub router: Router,
    folder: tempfile::TempDir,
}

/// A whole answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The stable code of a problem.
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json");
        self.json()["code"].as_str().unwrap().to_string()
    }

    /// The cookies that a browser would send after this answer.
    pub fn cookie(&self) -> String {
        let set = self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
        let kept = set.filter(|cookie| !cookie.contains("Max-Age=0"));
        kept.map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
    }
}

/// The router's state over services that were started on these.
pub async fn start(
    config: Config,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
    store: SharedStore,
    keyring: Arc<Keyring>,
) -> Result<AppState, StartError> {
    Ok(AppState::new(Services::start(Resources { config, clock, entropy, store, keyring }).await?))
}

/// The same state with other settings.
pub fn with_config(state: &AppState, config: Config) -> AppState {
    let mut web = WebState::clone(state);
    web.services.config = Arc::new(config);
    AppState(Arc::new(web))
}

impl TestPlatform {
    /// Open, with so many people in two institutions, at [`OPENS_AT`].
    pub async fn open(people: usize) -> Self {
        let platform = Self::locked(people).await;
        platform.change(CampaignState::Locked, CampaignState::Open).await;
        platform
    }

    /// As [`Self::open`], with room for so few admitted pledges.
    pub async fn open_with_queue(people: usize, queue_pledges: usize) -> Self {
        let platform = Self::started(people, queue_pledges).await;
        platform.change(CampaignState::Locked, CampaignState::Open).await;
        platform
    }

    /// Locked, and not opened although its time has come.
    pub async fn locked(people: usize) -> Self {
        Self::started(people, QUEUE_PLEDGES_MAX).await
    }

    async fn started(people: usize, queue_pledges: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store: SharedStore = Arc::new(Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap());
        Self::started_on(store, None, folder, people, queue_pledges).await
    }

    /// As [`Self::locked`], over an empty store that a URL leads to.
    pub async fn locked_on(
        store: SharedStore,
        database_url: Option<DatabaseUrl>,
        folder: tempfile::TempDir,
        people: usize,
    ) -> Self {
        Self::started_on(store, database_url, folder, people, QUEUE_PLEDGES_MAX).await
    }

    async fn started_on(
        store: SharedStore,
        database_url: Option<DatabaseUrl>,
        folder: tempfile::TempDir,
        people: usize,
        queue_pledges: usize,
    ) -> Self {
        let entropy = Arc::new(Entropy::seeded(1));
        let keyring = Arc::new(Keyring::generate(&[7; 128]));
        let id = CampaignId(entropy.bytes());
        let secret = event::create(&store, &keyring, &entropy, id).await;
        let people = event::sow(&store, &entropy, id, &secret, people).await;
        let roster = LockedRoster { campaign: id, secret, people, entropy, keyring };
        event::lock(&store, &roster.keyring, &roster.entropy, id).await;
        Self::over(store, database_url, folder, roster, queue_pledges).await
    }

    /// Over a store with a locked roster.
    pub async fn over(
        store: SharedStore,
        database_url: Option<DatabaseUrl>,
        folder: tempfile::TempDir,
        roster: LockedRoster,
        queue_pledges: usize,
    ) -> Self {
        let LockedRoster { campaign, secret, people, entropy, keyring } = roster;
        let clock = Arc::new(FixedClock::at(OPENS_AT.0));
        let shared_clock: Arc<dyn Clock> = clock.clone();
        let config = config(folder.path(), database_url);
        let pledges = store.clone();
        let (kept, keys) = (store.clone(), keyring.clone());
        let resources = Resources { config, clock: shared_clock, entropy, store, keyring };
        let state = AppState::new(Services::start_with(resources, pledges, queue_pledges).await.unwrap());
        let router = web::router(state.clone());
        Self { state, store: kept, keyring: keys, clock, campaign, secret, people, router, folder }
    }

    /// Locked to draft again.
    pub async fn unlock(&self) {
        self.store.unlock_roster(self.campaign, &self.line()).await.unwrap();
        self.state.signing.refresh(self.campaign).await.unwrap();
        self.state.live.reread().await.unwrap();
    }

    /// Draft to locked.
    pub async fn lock(&self) {
        event::lock(&self.store, &self.keyring, &self.state.entropy, self.campaign).await;
        self.state.signing.refresh(self.campaign).await.unwrap();
        self.state.live.reread().await.unwrap();
    }

    /// The campaign as it is after an update from before editions were recorded. Before anything is rendered.
    pub async fn forget_editions(&self) {
        let url = format!("sqlite://{}", self.folder().join("ikrar.sqlite").display());
        let mut database = SqliteConnection::connect(&url).await.unwrap();
        sqlx::query("DELETE FROM edition").execute(&mut database).await.unwrap();
    }

    /// The data folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Moves the campaign's state behind the services' back, then lets them look.
    pub async fn change(&self, expected: CampaignState, next: CampaignState) {
        let closes_at = OPENS_AT.plus_secs(3600);
        let (store, line) = (&self.store, self.line());
        let seen =
            ObservedState { state: expected, ..store.campaign(self.campaign).await.unwrap().unwrap().observed_state() };
        store.change_state(self.campaign, seen, next, Some(OPENS_AT), Some(closes_at), &line).await.unwrap();
        self.state.signing.refresh(self.campaign).await.unwrap();
        self.state.live.reread().await.unwrap();
    }

    /// A line of the audit trail for a write that a test makes itself.
    pub fn line(&self) -> AuditEntry {
        line(self.campaign, &self.state.entropy)
    }

    pub fn text_hash(&self) -> [u8; 32] {
        self.state.signing.campaign_by_id(self.campaign).unwrap().campaign.text_hash.unwrap()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 64 << 20).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post_json(&self, path: &str, bearer: Option<&str>, body: &serde_json::Value) -> Answer {
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Posts a form as a browser on the same site does, with an optional `Cookie` header.
    pub async fn post_form(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, cookie);
        self.send(request.body(Body::from(body.join("&"))).unwrap()).await
    }
}

/// Percent-encoding for a form's value.
fn encoded(value: &str) -> String {
    value
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The settings of a node with this data folder.
pub fn config(folder: &std::path::Path, database_url: Option<DatabaseUrl>) -> Config {
    let public_url = Some(PUBLIC_URL.into());
    let flags = Flags { data: Some(folder.into()), public_url, database_url, ..Flags::default() };
    flags.resolve(folder).unwrap()
}
