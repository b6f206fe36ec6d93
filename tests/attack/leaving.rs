//! Who left is gone: a token that was copied before opens nothing afterwards, and nobody else makes somebody leave.

use crate::support::{Answer, Person, TestPlatform, start};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use data_encoding::BASE64URL_NOPAD;
use ikrar::service::sign_in::{Session, SessionFault, SignOutOutcome};
use ikrar::web::AppState;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use std::time::Duration;

const SIGN: &str = "/k/uji/sign";
const RECEIPT: &str = "/k/uji/receipt";
const REPORT: &str = "/k/uji/report";
const LEAVE: &str = "/k/uji/leave";
const PLEDGES: &str = "/api/v1/campaigns/uji/pledges";
const TURN: Duration = Duration::from_millis(50);
const TURNS_MAX: u32 = 400;

async fn signed_in(platform: &TestPlatform, person: &Person, shared: bool) -> String {
    let mut fields = vec![
        ("step", "enter"),
        ("identifier", person.identifier.as_str()),
        ("access_code", person.access_code.as_str()),
    ];
    if shared {
        fields.push(("shared", "1"));
    }
    let answer = platform.post_form(SIGN, "", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    answer.cookie()
}

async fn sign(platform: &TestPlatform, cookie: &str) -> Answer {
    let hash = BASE64URL_NOPAD.encode(&platform.text_hash());
    let fields = [("step", "pledge"), ("text_hash", hash.as_str()), ("butir", "1"), ("butir", "2")];
    platform.post_form(SIGN, cookie, &fields).await
}

async fn get(platform: &TestPlatform, path: &str, cookie: &str, site: Option<&str>) -> Answer {
    let mut request = Request::get(path).header(header::COOKIE, cookie);
    if let Some(site) = site {
        request = request.header("sec-fetch-site", site);
    }
    platform.send(request.body(Body::empty()).unwrap()).await
}

async fn shows(platform: &TestPlatform, cookie: &str, person: &Person) -> bool {
    let name = &person.participant.shown_name;
    let mut shown = false;
    for path in [SIGN, RECEIPT, REPORT] {
        shown |= platform.page(path, cookie).await.text().contains(name);
    }
    shown
}

/// Neither pages nor the interface know this token, and it signs nothing.
async fn is_over(platform: &TestPlatform, cookie: &str, person: &Person) {
    assert!(!shows(platform, cookie, person).await, "an old cookie still shows the person");
    let before = platform.store.count_pledges(platform.campaign).await.unwrap();
    assert_eq!(sign(platform, cookie).await.status, StatusCode::UNAUTHORIZED);
    let token = cookie.split_once('=').unwrap().1;
    let by_api = platform.post_json(PLEDGES, Some(token), &platform.agreement()).await;
    assert_eq!((by_api.status, by_api.code().as_str()), (StatusCode::UNAUTHORIZED, "session_invalid"));
    let reported = platform.post_form(REPORT, cookie, &[("message", "bukan saya")]).await;
    assert_eq!(reported.header("location"), SIGN);
    assert_eq!(platform.store.count_pledges(platform.campaign).await.unwrap(), before);
}

#[tokio::test]
async fn a_cookie_that_was_copied_before_leaving_shows_nobody_and_signs_nothing() {
    let platform = TestPlatform::open(3).await;
    for (person, shared) in [(&platform.people[0], false), (&platform.people[1], true)] {
        let cookie = signed_in(&platform, person, shared).await;
        assert!(shows(&platform, &cookie, person).await);
        assert_eq!(platform.post_form(LEAVE, &cookie, &[]).await.status, StatusCode::SEE_OTHER);
        is_over(&platform, &cookie, person).await;
        // Leaving again is no error, and signing in again works at once.
        assert_eq!(platform.post_form(LEAVE, &cookie, &[]).await.status, StatusCode::SEE_OTHER);
        let again = signed_in(&platform, person, shared).await;
        assert_ne!(again, cookie);
        assert!(sign(&platform, &again).await.header("location").starts_with(RECEIPT));
        is_over(&platform, &cookie, person).await;
    }
}

#[tokio::test]
async fn a_receipt_that_was_open_shows_nobody_after_leaving() {
    let platform = TestPlatform::open(3).await;
    let person = &platform.people[0];
    let cookie = signed_in(&platform, person, true).await;
    sign(&platform, &cookie).await;
    let receipt = platform.page(RECEIPT, &cookie).await;
    assert_eq!(receipt.header("cache-control"), "no-store");
    assert_eq!(platform.post_form(LEAVE, &cookie, &[]).await.status, StatusCode::SEE_OTHER);
    is_over(&platform, &cookie, person).await;
}

#[tokio::test]
async fn tokens_of_earlier_versions_are_left_too() {
    let platform = TestPlatform::open(3).await;
    for (person, version) in [(&platform.people[0], 2), (&platform.people[1], 1)] {
        let mut bytes = BASE64URL_NOPAD.decode(platform.token_of(person).as_bytes()).unwrap();
        bytes.truncate(1 + 16 + 16 + 4 + 1 + 8);
        bytes[0] = version;
        bytes.extend(platform.keyring.session_mac("ikrar/session/v1", &bytes));
        let cookie = format!("ikrar={}", BASE64URL_NOPAD.encode(&bytes));
        assert!(shows(&platform, &cookie, person).await);
        assert_eq!(platform.post_form(LEAVE, &cookie, &[]).await.status, StatusCode::SEE_OTHER);
        is_over(&platform, &cookie, person).await;
    }
}

#[tokio::test]
async fn another_site_ends_nobodys_session() {
    let platform = TestPlatform::open(3).await;
    let person = &platform.people[0];
    let cookie = signed_in(&platform, person, true).await;
    sign(&platform, &cookie).await;
    let receipt = platform.page(RECEIPT, &cookie).await;
    let own = refresh(receipt.text());
    let other = signed_in(&platform, &platform.people[1], true).await;
    sign(&platform, &other).await;
    let strange = refresh(platform.page(RECEIPT, &other).await.text());
    // Browsers of before the header, and sites that don't know what stands in the person's own page.
    for (path, site) in [
        (LEAVE.to_string(), Some("cross-site")),
        (LEAVE.to_string(), Some("same-site")),
        (LEAVE.to_string(), None),
        (format!("{LEAVE}?tanda="), None),
        (format!("{LEAVE}?tanda=AAAAAAAAAAAAAAAA"), None),
        (strange, None),
        // Even who read the address somewhere is another site.
        (own, Some("cross-site")),
    ] {
        let answer = get(&platform, &path, &cookie, site).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, SIGN), "{path} {site:?}");
        assert_eq!((answer.header("set-cookie"), answer.header("clear-site-data")), ("", ""), "{path} {site:?}");
        assert!(shows(&platform, &cookie, person).await, "{path} {site:?} ended the session");
    }
}

#[tokio::test]
async fn a_shared_device_without_scripts_leaves_by_itself() {
    let platform = TestPlatform::open(6).await;
    for (person, site) in platform.people.iter().zip([Some("same-origin"), None, Some("none")]) {
        let cookie = signed_in(&platform, person, true).await;
        sign(&platform, &cookie).await;
        let path = refresh(platform.page(RECEIPT, &cookie).await.text());
        let left = get(&platform, &path, &cookie, site).await;
        assert_eq!(left.header("location"), "/k/uji/sign?selesai&bersama");
        assert!(left.header("set-cookie").starts_with("ikrar=;"));
        is_over(&platform, &cookie, person).await;
    }
}

/// Where the page leads by itself without scripts.
fn refresh(page: &str) -> String {
    let rest = page.split("http-equiv=\"refresh\" content=\"60;url=").nth(1).unwrap();
    rest.split('"').next().unwrap().replace("&amp;", "&")
}

/// Sessions of one person that nobody signed in for, each with a token of its own.
fn tokens(platform: &TestPlatform, count: u64) -> Vec<String> {
    let session = platform.session_of(&platform.people[0]);
    let token = |number: u64| {
        let drawn = Some(number.to_be_bytes());
        Session { drawn, ..session.clone() }.token(&platform.keyring)
    };
    (1..=count).map(token).collect()
}

/// The same installation after a start.
async fn started_anew(platform: &TestPlatform) -> AppState {
    let state = &platform.state;
    let (entropy, store, keyring) = (state.entropy.clone(), platform.store.clone(), platform.keyring.clone());
    start((*state.config).clone(), platform.clock.clone(), entropy, store, keyring).await.unwrap()
}

fn is_left(state: &AppState, platform: &TestPlatform, token: &str) -> bool {
    state.sign_in.session(token, platform.campaign).err() == Some(SessionFault::SignedOut)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_thousand_who_leave_at_once_are_answered_with_a_few_commits() {
    let platform = TestPlatform::open(1).await;
    let tokens = tokens(&platform, 20_000);
    let leaving = tokens.iter().map(|token| platform.state.sign_in.sign_out(token));
    let answers = futures_util::future::join_all(leaving).await;
    assert!(answers.iter().all(|answer| *answer != SignOutOutcome::NoSession));
    let kept: Vec<&String> = tokens
        .iter()
        .zip(&answers)
        .filter_map(|(token, answer)| matches!(answer, SignOutOutcome::SignedOut { .. }).then_some(token))
        .collect();
    assert!(!kept.is_empty(), "nobody was told that they left");
    assert!(tokens.iter().all(|token| is_left(&platform.state, &platform, token)), "somebody is still in");
    let rows: u64 = platform.store.sign_out_nodes().await.unwrap().iter().map(|(_, next)| next).sum();
    // Ten a second at the most, however long a busy machine takes for it.
    assert!(rows < 1_000, "{rows} commits");
    let anew = started_anew(&platform).await;
    assert!(kept.iter().all(|token| is_left(&anew, &platform, token)), "a start let somebody in again");
}

#[tokio::test]
async fn beyond_the_limit_the_page_says_when_the_session_ends() {
    let platform = TestPlatform::open(3).await;
    platform.state.sign_in.limit_signed_out_sessions(1);
    let (first, second) = (&platform.people[0], &platform.people[1]);
    let cookie = signed_in(&platform, first, true).await;
    let left = platform.post_form(LEAVE, &cookie, &[]).await;
    assert_eq!(left.header("location"), "/k/uji/sign?selesai&bersama");
    let cookie = signed_in(&platform, second, true).await;
    let told = platform.post_form(LEAVE, &cookie, &[]).await;
    let next = told.header("location").to_owned();
    assert!(next.starts_with("/k/uji/sign?selesai&bersama&sampai="), "{next}");
    assert!(told.header("set-cookie").starts_with("ikrar=;"));
    let page = platform.get(&next).await;
    assert!(page.text().contains("paling lambat 1 Februari 2029 pukul 11.00 WIB"), "{}", page.text());
    assert!(page.text().contains("belum dapat diakhiri"));
    assert!(shows(&platform, &cookie, second).await, "what is said must be so");
    // An address that somebody made up says nothing of the kind.
    for made_up in ["0", "x", "99999999999999999999", "1964605600000"] {
        let page = platform.get(&format!("/k/uji/sign?selesai&sampai={made_up}")).await;
        assert!(!page.text().contains("belum dapat diakhiri") && page.text().contains("Gawai siap"));
    }
    // There is room again when the first has expired.
    platform.clock.advance_ms(3 * 3_600_000);
    assert_eq!(platform.state.sign_in.signed_out_count(), 1);
    platform.state.run_tasks();
    for _ in 0..TURNS_MAX {
        let rows = platform.store.sign_out_nodes().await.unwrap();
        if platform.state.sign_in.signed_out_count() == 0 && rows.is_empty() {
            return;
        }
        tokio::time::sleep(TURN).await;
    }
    panic!("what has expired is still held");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_admitted_after_the_answer_to_leaving() {
    let platform = TestPlatform::open(40).await;
    let tokens: Vec<String> = platform.people.iter().map(|person| platform.token_of(person)).collect();
    let sign = |token: &String| {
        let token = token.clone();
        let platform = &platform;
        async move { platform.post_json(PLEDGES, Some(&token), &platform.agreement()).await.status }
    };
    let race = |token: &String| {
        let (token, platform) = (token.clone(), &platform);
        async move {
            let (_, before) = tokio::join!(platform.state.sign_in.sign_out(&token), sign(&token));
            (before, sign(&token).await)
        }
    };
    for (before, after) in futures_util::future::join_all(tokens.iter().map(race)).await {
        assert!([StatusCode::CREATED, StatusCode::UNAUTHORIZED].contains(&before), "{before}");
        assert_eq!(after, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn what_can_t_be_written_is_in_force_here_is_told_and_is_written_as_soon_as_it_can_be() {
    let platform = TestPlatform::open(3).await;
    let person = &platform.people[0];
    let cookie = signed_in(&platform, person, false).await;
    let file = platform.folder().join("ikrar.sqlite");
    let mut other = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let told = platform.post_form(LEAVE, &cookie, &[]).await;
    assert!(told.header("location").starts_with("/k/uji/sign?selesai&sampai="), "{}", told.header("location"));
    assert!(told.header("set-cookie").starts_with("ikrar=;"));
    let token = cookie.split_once('=').unwrap().1;
    assert!(is_left(&platform.state, &platform, token));
    assert!(!is_left(&started_anew(&platform).await, &platform, token));
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    for _ in 0..TURNS_MAX {
        if !platform.store.sign_out_nodes().await.unwrap().is_empty() {
            assert!(is_left(&started_anew(&platform).await, &platform, token));
            return;
        }
        tokio::time::sleep(TURN).await;
    }
    panic!("it was never written");
}
