//! A whole platform in a temporary folder: a clock that stands still, seeded randomness, one locked campaign `uji`.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use ikrar::clock::{Clock, Entropy, FixedClock};
use ikrar::config::Settings as Flags;
use ikrar::domain::campaign::{Campaign, Kind, Settings, State};
use ikrar::domain::identifier::Identifier;
use ikrar::domain::ids::CampaignId;
use ikrar::domain::institution::Institution;
use ikrar::domain::participant::Participant;
use ikrar::domain::text::{Clause, PledgeText};
use ikrar::domain::time::{UnixMillis, Zone};
use ikrar::keyring::{CampaignSecret, Keyring};
use ikrar::service::roster_lock::RosterLocker;
use ikrar::store::SharedStore;
use ikrar::store::rosters::Activation;
use ikrar::store::sqlite::Sqlite;
use ikrar::web::{self, AppState};
use std::sync::Arc;
use tower::ServiceExt;

/// 2029-02-01 09:00 WIB: the campaign opens here, and closes an hour later.
pub const OPENS_AT: UnixMillis = UnixMillis(1_864_605_600_000);
pub const PUBLIC_URL: &str = "http://uji.example:8080";

/// A person of the test roster, as their slip has it.
#[derive(Clone)]
pub struct Person {
    pub participant: Participant,
    pub identifier: String,
    pub access_code: String,
}

pub struct TestPlatform {
    pub state: AppState,
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
}

impl TestPlatform {
    /// Open, with so many people in two institutions, at [`OPENS_AT`].
    pub async fn open(people: usize) -> Self {
        let platform = Self::locked(people).await;
        platform.change(State::Locked, State::Open).await;
        platform
    }

    /// Locked, an hour before it opens.
    pub async fn locked(people: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(OPENS_AT.0));
        let entropy = Arc::new(Entropy::seeded(1));
        let keyring = Arc::new(Keyring::generate(&[7; 128]));
        let store: SharedStore = Arc::new(Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap());
        let id = CampaignId(entropy.bytes());
        let secret = create(&store, &keyring, &entropy, id).await;
        let people = sow(&store, &entropy, id, &secret, people).await;
        lock(&store, &keyring, &entropy, id).await;
        let flags = Flags { data: Some(folder.path().into()), public_url: Some(PUBLIC_URL.into()), ..Flags::default() };
        let config = flags.resolve(folder.path()).unwrap();
        let shared_clock: Arc<dyn Clock> = clock.clone();
        let state = AppState::start(config, shared_clock, entropy, store, keyring).await.unwrap();
        let router = web::router(state.clone());
        Self { state, clock, campaign: id, secret, people, router, folder }
    }

    /// The data folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Moves the campaign's state behind the services' back, then lets them look.
    pub async fn change(&self, expected: State, next: State) {
        let closes_at = OPENS_AT.plus_secs(3600);
        self.state.store.change_state(self.campaign, expected, next, Some(OPENS_AT), Some(closes_at)).await.unwrap();
        self.state.signing.refresh(self.campaign).await.unwrap();
        self.state.live.reread().await.unwrap();
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

/// The text that the test campaign is about.
pub fn text() -> PledgeText {
    PledgeText {
        v: 1,
        kind: Kind::NeutralityPledge,
        locale: "id".into(),
        title: "Ikrar Netralitas {tahun}".into(),
        legal_basis: String::new(),
        clauses: ["Menjaga netralitas pada {kegiatan}.", "Menolak pemberian dalam bentuk apa pun."]
            .into_iter()
            .zip(1..)
            .map(|(text, id): (&str, u32)| Clause { id: id.to_string(), text: text.into() })
            .collect(),
        closing: "Demikian ikrar ini dibuat dengan penuh tanggung jawab.".into(),
    }
}

pub fn settings() -> Settings {
    Settings {
        title: "Uji Ikrar".into(),
        organizer: "Pemerintah Provinsi Contoh".into(),
        place: "Palembang".into(),
        occasion: "Pemilihan Umum".into(),
        year: "2029".into(),
        zone: Zone::Wib,
        officials: vec![],
        help_contact: "Meja bantuan, pesawat 101".into(),
        signature_required: false,
        synthetic: true,
    }
}

async fn create(store: &SharedStore, keyring: &Keyring, entropy: &Entropy, id: CampaignId) -> CampaignSecret {
    let sealed_secret = keyring.seal_secret(&id.0, &entropy.bytes(), entropy.bytes());
    let secret = keyring.open_secret(&id.0, &sealed_secret).unwrap();
    let created_at = OPENS_AT.plus_secs(-86_400);
    let campaign = Campaign {
        id,
        slug: "uji".into(),
        kind: Kind::NeutralityPledge,
        settings: settings(),
        state: State::Draft,
        opens_at: Some(OPENS_AT),
        closes_at: Some(OPENS_AT.plus_secs(3600)),
        text_hash: None,
        sealed_secret,
        created_at,
    };
    store.create_campaign(&campaign).await.unwrap();
    store.save_text(id, &text(), &text().fill(&settings()).unwrap(), created_at, "uji").await.unwrap();
    let institution = |position: u32, code: &str, name: &str| Institution {
        code: code.into(),
        name: name.into(),
        position,
        help_contact: String::new(),
    };
    let institutions = [institution(0, "16", "Pemerintah Provinsi Contoh"), institution(1, "16.71", "Kota Contoh")];
    store.save_institutions(id, &institutions).await.unwrap();
    secret
}

/// People with valid NIPs, every third in the second institution.
async fn sow(
    store: &SharedStore,
    entropy: &Entropy,
    id: CampaignId,
    secret: &CampaignSecret,
    people: usize,
) -> Vec<Person> {
    let mut sown = vec![];
    for number in 0..people {
        let identifier = Identifier::parse(&format!(
            "19{:02}0101{}031{:03}",
            60 + number / 9990 % 40,
            2000 + number / 999 % 10,
            number % 999 + 1
        ))
        .unwrap();
        let participant = Participant {
            id: secret.participant_id(&identifier),
            shown_name: format!("Peserta Uji {}", number + 1),
            institution: if number % 3 == 2 { "16.71" } else { "16" }.into(),
            unit: None,
            location: String::new(),
            rank: String::new(),
            position: String::new(),
            identifier,
        };
        sown.push(Person {
            identifier: participant.identifier.shown(),
            access_code: secret.access_code(participant.id, 1).to_string(),
            participant,
        });
    }
    let roster = entropy.bytes();
    store.begin_roster(id, roster, None, OPENS_AT, "uji").await.unwrap();
    for chunk in sown.chunks(4096) {
        let chunk: Vec<Participant> = chunk.iter().map(|person| person.participant.clone()).collect();
        store.stage_people(id, roster, &chunk).await.unwrap();
    }
    let activation = Activation {
        roster,
        before: vec![("16".into(), None), ("16.71".into(), None)],
        created: vec![],
        switched: vec!["16".into(), "16.71".into()],
        taken_over: vec![],
        next_numbers: vec![],
        people: people as u64,
    };
    store.activate_roster(id, &activation).await.unwrap();
    sown
}

async fn lock(store: &SharedStore, keyring: &Arc<Keyring>, entropy: &Arc<Entropy>, id: CampaignId) {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(OPENS_AT.0 - 3_600_000));
    let locker = RosterLocker {
        store: store.clone(),
        keyring: keyring.clone(),
        clock,
        entropy: entropy.clone(),
        host: PUBLIC_URL.split_once("://").unwrap().1.into(),
    };
    let campaign = store.campaign(id).await.unwrap().unwrap();
    locker.lock(&campaign, "Gabungan instansi").await.unwrap();
}
