//! The published numbers: one number everywhere, at most once a second, for everybody.

use crate::support::{OPENS_AT, TestPlatform};
use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode};
use futures_util::StreamExt;
use ikrar::domain::campaign::CampaignState;
use ikrar::service::live::{HIGH_WATER_FILE, HighWater, Live};
use ikrar::tlog::checkpoint::Checkpoint;
use ikrar::tlog::note::{Note, VerifierKey};
use ikrar::web::{self, AppState, WebState};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

const EVENTS: &str = "/k/uji/live/events";

/// The events of one watcher, without the lines that set its manners.
struct Listener(BodyDataStream);

impl Listener {
    async fn new(platform: &TestPlatform, last_event_id: Option<i64>) -> Self {
        let mut request = Request::get(EVENTS);
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let answer = platform.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        Self(answer.into_body().into_data_stream())
    }

    /// The next event's data; `None` at the end, or when none comes for `patience`.
    async fn next(&mut self, patience: Duration) -> Option<Value> {
        loop {
            let bytes = tokio::time::timeout(patience, self.0.next()).await.ok()??.unwrap();
            let text = std::str::from_utf8(&bytes).unwrap();
            if let Some(data) = text.split('\n').find_map(|line| line.strip_prefix("data: ")) {
                return Some(serde_json::from_str(data).unwrap());
            }
            assert!(text.starts_with("retry: "));
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_gets_signatures_at_most_once_a_second_and_then_the_end() {
    let platform = TestPlatform::open(100).await;
    platform.state.run_tasks();
    let mut listener = Listener::new(&platform, None).await;
    assert_eq!(listener.next(PATIENCE).await.unwrap()["signed"], 0);

    let began = tokio::time::Instant::now();
    let (mut heard, mut last) = (0, Value::Null);
    for person in &platform.people[..60] {
        platform.sign(person).await;
        while let Some(event) = listener.next(Duration::from_millis(40)).await {
            heard += 1;
            last = event;
        }
    }
    let seconds = began.elapsed().as_secs();
    assert!(heard >= 1 && heard <= seconds + 2, "{heard} events in {seconds} s");
    while last["signed"] != 60 {
        last = listener.next(PATIENCE).await.expect("an event with all of them");
    }
    assert_eq!(last["groups"], serde_json::json!([[40, 67], [20, 33]]));
    assert_eq!((&last["state"], &last["tempo"]), (&"open".into(), &60.into()));

    platform.state.live.stop();
    while listener.next(PATIENCE).await.is_some() {}
    assert!(listener.0.next().await.is_none(), "the stream ends when the program stops");
}

#[tokio::test]
async fn a_reconnecting_watcher_is_not_sent_the_event_it_has() {
    let platform = TestPlatform::open(60).await;
    let mut fresh = Listener::new(&platform, None).await;
    assert!(fresh.next(PATIENCE).await.is_some());
    let mut back = Listener::new(&platform, Some(OPENS_AT.0)).await;
    assert_eq!(back.next(Duration::from_millis(300)).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watchers_get_events_when_the_clock_is_set_back_or_forward_an_hour() {
    let platform = TestPlatform::open(60).await;
    platform.state.run_tasks();
    let mut listener = Listener::new(&platform, None).await;
    for hours in [0, -1, 2, -1] {
        platform.clock.advance_ms(hours * 3_600_000);
        let now = ikrar::clock::Clock::now_ms(platform.clock.as_ref());
        let expected = ikrar::domain::time::UnixMillis(now).rfc3339();
        while listener.next(PATIENCE).await.expect("news of a time that changed")["as_of"] != expected {}
    }
}

#[tokio::test]
async fn a_full_hall_is_refused_until_a_watcher_leaves() {
    let platform = TestPlatform::open(60).await;
    let folder = tempfile::tempdir().unwrap();
    let (store, clock) = (platform.store.clone(), platform.state.clock.clone());
    let live = Live::with_seats(store, clock, HighWater::load(folder.path()).unwrap(), 1);
    live.reread().await.unwrap();
    let mut shown = WebState::clone(&platform.state);
    shown.services.live = live;
    let router = web::router(AppState(Arc::new(shown)));
    let enter = || router.clone().oneshot(Request::get(EVENTS).body(Body::empty()).unwrap());

    let seated = enter().await.unwrap();
    assert_eq!(seated.status(), StatusCode::OK);
    let refused = enter().await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["retry-after"], "30");
    drop(seated);
    assert_eq!(enter().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn count_page_log_and_mark_are_one_number() {
    let platform = TestPlatform::open(60).await;
    for person in &platform.people[..7] {
        platform.sign(person).await;
    }
    platform.state.live.reread().await.unwrap();

    assert_eq!(platform.get("/api/v1/campaigns/uji/count").await.json()["signed"], 7);
    let note = platform.get("/log/uji/pledges/checkpoint").await;
    assert_eq!(note.header("content-type"), "text/plain; charset=utf-8");
    let note = Note::parse(note.text()).unwrap();
    let head = Checkpoint::parse(&note.text).unwrap();
    let key = VerifierKey::new(&head.origin, platform.keyring.log("").unwrap().public().to_bytes()).unwrap();
    assert!(note.verify(&[key]).is_ok());
    assert_eq!((head.origin.as_str(), head.size), ("uji.example:8080/log/uji/pledges", 7));
    assert_eq!(HighWater::load(platform.folder()).unwrap().size(&head.origin), 7);
    assert_eq!(platform.get("/log/uji/roster/checkpoint").await.status, StatusCode::OK);
    assert!(platform.get("/k/uji/live").await.text().contains("data-signed>7<"));
}

#[tokio::test]
async fn a_database_behind_what_was_published_is_refused() {
    let platform = TestPlatform::open(60).await;
    platform.sign(&platform.people[0]).await;
    platform.state.live.reread().await.unwrap();
    assert!(platform.state.live.refuse_old_database().await.is_ok());

    // Another node has published more than this database holds.
    let mut marks = HighWater::load(platform.folder()).unwrap();
    let origin = "uji.example:8080/log/uji/pledges".to_string();
    marks.advance(&[Checkpoint { origin, size: 2, root: [1; 32] }]).unwrap();
    let (store, clock) = (platform.store.clone(), platform.state.clock.clone());
    let old = Live::new(store, clock, HighWater::load(platform.folder()).unwrap());
    let refusal = old.refuse_old_database().await.unwrap_err().to_string();
    assert!(refusal.contains("1 entries, but 2"), "{refusal}");
}

#[tokio::test]
async fn without_a_mark_nothing_new_is_published_but_the_state_is() {
    let platform = TestPlatform::open(60).await;
    // Whatever is written beside it can't take a folder's place.
    let mark = platform.folder().join(HIGH_WATER_FILE);
    let _ = std::fs::remove_file(&mark);
    std::fs::create_dir(&mark).unwrap();
    platform.sign(&platform.people[0]).await;
    platform.change(CampaignState::Open, CampaignState::Paused).await;
    let count = platform.get("/api/v1/campaigns/uji/count").await.json();
    assert_eq!((&count["signed"], &count["state"]), (&0.into(), &"paused".into()));
}

#[tokio::test]
async fn pages_follow_the_campaign_from_before_to_after() {
    let platform = TestPlatform::locked(60).await;
    let before = platform.get("/k/uji").await;
    assert!(before.text().contains("Masuk dan baca naskah") && before.text().contains("1 Februari 2029"));
    assert_eq!(before.header("cache-control"), "public, max-age=1");
    assert!(platform.get("/k/uji/live").await.text().contains("data-state=\"locked\""));
    assert_eq!(platform.get("/k/uji/result.csv").await.status, StatusCode::NOT_FOUND);

    platform.change(CampaignState::Locked, CampaignState::Open).await;
    platform.sign(&platform.people[0]).await;
    platform.state.live.reread().await.unwrap();
    assert!(platform.get("/").await.text().contains("href=\"/k/uji/sign\""));
    assert!(platform.get("/k/uji").await.text().contains("Tanda tangani"));

    platform.change(CampaignState::Open, CampaignState::Paused).await;
    assert!(!platform.get("/k/uji").await.text().contains("href=\"/k/uji/sign\""));
    platform.change(CampaignState::Paused, CampaignState::Closing).await;
    assert!(platform.get("/k/uji/live").await.text().contains("Hasil sementara"));

    platform.change(CampaignState::Closing, CampaignState::Closed).await;
    let after = platform.get("/k/uji").await;
    assert!(after.text().contains("Hasil akhir") && after.text().contains("Ambil piagam saya"));
    assert!(after.text().contains("Menjaga netralitas pada Pemilihan Umum."));
    let csv = platform.get("/k/uji/result.csv").await;
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"uji.csv\"");
    assert_eq!(csv.text().lines().nth(1), Some("16;Pemerintah Provinsi Contoh;40;1;0;0;0;40"));
    assert!(!platform.get("/").await.text().contains("href=\"/k/uji/sign\""));
}

#[tokio::test]
async fn a_draft_is_not_public() {
    let platform = TestPlatform::locked(60).await;
    platform.change(CampaignState::Locked, CampaignState::Draft).await;
    for path in ["/k/uji", "/k/uji/live", EVENTS, "/log/uji/pledges/checkpoint", "/api/v1/campaigns/uji"] {
        assert_eq!(platform.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(!platform.get("/").await.text().contains("Uji Ikrar"));
}

#[tokio::test]
async fn every_page_is_shown_in_both_languages() {
    let platform = TestPlatform::open(60).await;
    for (path, indonesian, english) in [
        ("/", "Sedang berlangsung", "Under way"),
        ("/k/uji", "Butir 1", "Clause 1"),
        ("/k/uji/live", "Sudah menandatangani", "Have signed"),
        ("/privasi", "Pelindungan data pribadi", "Protection of personal data"),
    ] {
        assert!(platform.get(path).await.text().contains(indonesian), "{path}");
        assert!(platform.get(&format!("{path}?lang=en")).await.text().contains(english), "{path}");
    }
}
