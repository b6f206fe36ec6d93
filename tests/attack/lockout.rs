//! Nobody can lock anybody out: a flood of one side gets slow or busy answers, everybody else comes through each time.

use crate::support::{Answer, PASSWORD, TestPlatform};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use ikrar::domain::account::Role;
use ikrar::fair_permits::Requester;
use ikrar::server::PeerAddr;
use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

const FLOOD_CONNECTIONS: usize = 72;
/// How often the others come while the flood lasts.
const TRIES: usize = 6;
/// Answers of the flood before the first of the others comes.
const UNDER_WAY_ANSWERS: usize = 8;
/// Longer than any answer takes on a busy machine.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(120);
/// Much longer than a file of three people takes.
const WITHOUT_A_PLACE: Duration = Duration::from_secs(2);
const ATTACKER: &str = "203.0.113.66";
const OFFICE: &str = "198.51.100.7";

/// Posts a form as a browser at this address does.
pub async fn post_from(
    platform: &TestPlatform,
    address: &str,
    path: &str,
    cookie: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", value.replace(' ', "+"))).collect();
    let mut request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, cookie)
        .body(Body::from(body.join("&")))
        .unwrap();
    request.extensions_mut().insert(PeerAddr(address.parse::<IpAddr>().unwrap()));
    platform.send(request).await
}

/// Connections that ask again as soon as they are answered, until they are told to stop.
pub struct Flood {
    tasks: JoinSet<()>,
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
}

impl Flood {
    /// `ask` is handed the number of the connection.
    pub fn begin<F>(connections: usize, ask: impl Fn(usize) -> F + Clone + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send,
    {
        let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let mut tasks = JoinSet::new();
        for connection in 0..connections {
            let (stop, answered, ask) = (stop.clone(), answered.clone(), ask.clone());
            tasks.spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    ask(connection).await;
                    answered.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                }
            });
        }
        Self { tasks, stop, answered }
    }

    pub async fn under_way(&self) {
        while self.answered.load(Ordering::SeqCst) < UNDER_WAY_ANSWERS {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends it; it must have lasted until now.
    pub fn end(self) {
        self.stop.store(true, Ordering::SeqCst);
        assert!(!self.tasks.is_empty());
    }
}

/// What somebody else is answered to the same thing, again and again, while the flood lasts.
pub async fn answers<F: Future<Output = Answer>>(ask: impl Fn() -> F) -> Vec<StatusCode> {
    let mut heard = vec![];
    for _ in 0..TRIES {
        heard.push(tokio::time::timeout(ANSWER_TIME_MAX, ask()).await.expect("nobody answers").status);
    }
    heard
}

fn wrong_passwords(platform: &Arc<TestPlatform>, address: &'static str, login: fn(usize) -> String) -> Flood {
    let platform = platform.clone();
    Flood::begin(FLOOD_CONNECTIONS, move |connection| {
        let platform = platform.clone();
        async move {
            let fields = [("login", login(connection)), ("password", "salah sama sekali".into())];
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = post_from(&platform, address, "/console/login", "", &fields).await;
            let (wrong, busy) = (StatusCode::UNAUTHORIZED, StatusCode::SERVICE_UNAVAILABLE);
            assert!([wrong, busy, StatusCode::TOO_MANY_REQUESTS].contains(&answer.status), "{}", answer.status);
        }
    })
}

/// Whether an organizer signs in, on a device that was used before or on a new one.
async fn enters_during(flood_from: &'static str, flood_login: fn(usize) -> String, on_known_device: bool) {
    let platform = Arc::new(TestPlatform::locked(3).await);
    let cookies = platform.account("bkd", Role::Organizer, &[]).await;
    let cookies = if on_known_device { cookies } else { String::new() };
    let flood = wrong_passwords(&platform, flood_from, flood_login);
    flood.under_way().await;
    let right = [("login", "bkd"), ("password", PASSWORD)];
    let heard = answers(|| post_from(&platform, OFFICE, "/console/login", &cookies, &right)).await;
    flood.end();
    assert_eq!(heard, [StatusCode::SEE_OTHER; TRIES]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_of_many_logins_keep_no_organizer_elsewhere_out() {
    enters_during(ATTACKER, |connection| format!("orang{connection}"), false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_for_a_login_keep_its_owner_elsewhere_in() {
    enters_during(ATTACKER, |_| "bkd".into(), true).await;
}

/// A flood that sends one password over and over guesses nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_wrong_password_over_and_over_keeps_its_owner_elsewhere_in_on_any_device() {
    enters_during(ATTACKER, |_| "bkd".into(), false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_in_an_office_keep_no_colleague_behind_the_same_address_out() {
    enters_during(OFFICE, |_| "admin".into(), false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_wrong_passwords_keeps_nobody_from_confirming_theirs() {
    let platform = Arc::new(TestPlatform::locked(3).await);
    let organizer = platform.account("bkd", Role::Organizer, &[]).await;
    let flood = wrong_passwords(&platform, OFFICE, |_| "bkd".into());
    flood.under_way().await;
    let fields = [("password", PASSWORD), ("institution", "16"), ("format", "xlsx")];
    let heard = answers(|| post_from(&platform, OFFICE, "/console/k/uji/codes", &organizer, &fields)).await;
    flood.end();
    assert_eq!(heard, [StatusCode::OK; TRIES]);
}

/// Some kilobytes that take their reader long.
fn dense_pdf() -> Vec<u8> {
    let mut packed = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::best());
    packed.write_all(&vec![b' '; 7 << 20]).unwrap();
    let packed = packed.finish().unwrap();
    let head =
        format!("%PDF-1.7\n1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length {}>>\nstream\n", packed.len());
    [head.as_bytes(), &packed, b"\nendstream\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n"].concat()
}

async fn check_from(platform: &TestPlatform, address: &str, file: Vec<u8>) -> Answer {
    let request = Request::post("/api/v1/verify").header(header::CONTENT_TYPE, "application/pdf");
    // As over a connection: what is announced to be short needs no room before it is read.
    let request = request.header(header::CONTENT_LENGTH, file.len());
    let mut request = request.body(Body::from(file)).unwrap();
    request.extensions_mut().insert(PeerAddr(address.parse::<IpAddr>().unwrap()));
    platform.send(request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_dense_files_keeps_nobody_elsewhere_from_having_theirs_checked() {
    let platform = Arc::new(TestPlatform::open(3).await);
    let dense = dense_pdf();
    assert!(dense.len() < 12_000);
    let (flooded, file) = (platform.clone(), dense.clone());
    let flood = Flood::begin(FLOOD_CONNECTIONS, move |_| {
        let (platform, file) = (flooded.clone(), file.clone());
        async move {
            check_from(&platform, ATTACKER, file).await;
        }
    });
    flood.under_way().await;
    let heard = answers(|| check_from(&platform, OFFICE, b"%PDF-1.7 nothing".to_vec())).await;
    flood.end();
    assert_eq!(heard, [StatusCode::OK; TRIES]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_s_flood_of_exports_takes_no_more_than_its_share() {
    let platform = Arc::new(TestPlatform::open(300).await);
    let organizer = platform.account("bkd", Role::Organizer, &[]).await;
    let operator = platform.account("kota", Role::Operator, &["16.71"]).await;
    let (flooded, most) = (platform.clone(), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    let flood = Flood::begin(FLOOD_CONNECTIONS, move |_| {
        let (platform, cookie, most) = (flooded.clone(), operator.clone(), seen.clone());
        async move {
            let fields = [("institution", "16.71"), ("signed", "all")];
            let answer = post_from(&platform, OFFICE, "/console/k/uji/lists", &cookie, &fields).await;
            assert!(matches!(answer.status, StatusCode::OK | StatusCode::SERVICE_UNAVAILABLE));
            most.fetch_max(platform.state.exports.usage().0, Ordering::SeqCst);
        }
    });
    flood.under_way().await;
    assert!(most.load(Ordering::SeqCst) <= 1, "one account makes several files at once");
    let fields = [("institution", ""), ("signed", "all")];
    let heard = answers(|| post_from(&platform, OFFICE, "/console/k/uji/lists", &organizer, &fields)).await;
    let trail = answers(|| post_from(&platform, OFFICE, "/console/audit.csv", &organizer, &[])).await;
    flood.end();
    assert_eq!((heard, trail), (vec![StatusCode::OK; TRIES], vec![StatusCode::OK; TRIES]));
}

/// Each takes a core, and memory for its people: while as many as may be are made, nothing is.
#[tokio::test]
async fn no_file_is_made_without_a_place() {
    let platform = TestPlatform::open(3).await;
    let organizer = platform.account("bkd", Role::Organizer, &[]).await;
    let exports = platform.state.exports.clone();
    let held = [
        exports.acquire(Requester::Account("satu")).await.unwrap(),
        exports.acquire(Requester::Account("dua")).await.unwrap(),
    ];
    let third = tokio::time::timeout(Duration::ZERO, exports.acquire(Requester::Account("tiga"))).await;
    assert!(third.is_err(), "there are more places than were taken");
    let list = [("institution", "16.71"), ("signed", "all")];
    let codes = [("institution", "16.71"), ("format", "pdf"), ("password", PASSWORD)];
    let mut waiting = vec![];
    for (path, fields) in [
        ("/console/k/uji/lists", &list[..]),
        ("/console/k/uji/codes", &codes),
        ("/console/k/uji/audit.csv", &[]),
        ("/console/audit.csv", &[]),
    ] {
        let mut asked = Box::pin(post_from(&platform, OFFICE, path, &organizer, fields));
        assert!(
            tokio::time::timeout(WITHOUT_A_PLACE, &mut asked).await.is_err(),
            "{path} makes a file without a place"
        );
        waiting.push(asked);
    }
    drop(held);
    for answer in futures_util::future::join_all(waiting).await {
        assert_eq!(answer.status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_office_whose_people_all_fetch_their_certificates_at_once_gets_them() {
    let platform = Arc::new(TestPlatform::open(3).await);
    let path = format!("/c/{}.pdf", platform.sign(&platform.people[0]).await.pledge.id);
    let mut fetching = JoinSet::new();
    for _ in 0..300 {
        let (platform, path) = (platform.clone(), path.clone());
        fetching.spawn(async move { platform.get(&path).await.status });
    }
    assert_eq!(fetching.join_all().await, [StatusCode::OK; 300]);
}
