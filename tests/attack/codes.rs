//! Whoever finds a console signed in tries to take access codes and passwords out of it.

use crate::support::{Answer, PASSWORD, TestPlatform, start};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use ikrar::domain::account::Role;
use ikrar::domain::audit::{AuditEvent, AuditLevel};
use ikrar::web;
use tower::ServiceExt;

const DESK: &str = "/console/k/uji/people";
const MINUTE: i64 = 60_000;

/// Every route whose answer holds a secret, and what is typed there.
fn secret_routes(id: &str) -> Vec<(String, Vec<(&'static str, String)>)> {
    let field = |name, value: &str| (name, value.to_string());
    vec![
        ("/console/k/uji/codes".into(), vec![field("institution", "16.71"), field("format", "pdf")]),
        ("/console/k/uji/codes".into(), vec![field("institution", "16.71"), field("format", "xlsx")]),
        (format!("{DESK}/slip"), vec![field("id", id)]),
        (format!("{DESK}/reissue"), vec![field("id", id)]),
        (
            "/console/accounts".into(),
            vec![
                field("login", "baru"),
                field("name", "Orang Baru"),
                field("role", "operator"),
                field("institutions", "16"),
            ],
        ),
        ("/console/accounts/kota/reset".into(), vec![]),
    ]
}

async fn post(
    platform: &TestPlatform,
    path: &str,
    cookie: &str,
    fields: &[(&'static str, String)],
    password: Option<&str>,
) -> Answer {
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fields.extend(password.map(|password| ("password", password)));
    platform.post_form(path, cookie, &fields).await
}

/// Lines of both trails that tell of a secret that left.
async fn told(platform: &TestPlatform) -> usize {
    let mut lines = 0;
    for trail in [None, Some(platform.campaign)] {
        let entries = platform.store.audit_page(trail, None, 200).await.unwrap();
        lines += entries.iter().filter(|entry| entry.event.level() == AuditLevel::Sensitive).count();
    }
    lines
}

async fn version(platform: &TestPlatform, person: usize) -> u32 {
    let id = platform.people[person].participant.id;
    platform.store.signer(platform.campaign, id).await.unwrap().unwrap().code_version
}

fn is_asked(answer: &Answer) -> bool {
    answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.text().contains("name=\"password\"")
}

#[tokio::test]
async fn no_code_and_no_password_leaves_an_abandoned_console() {
    let platform = TestPlatform::open(6).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    platform.account("kota", Role::Operator, &["16.71"]).await;
    let id = platform.people[2].participant.id.to_string();
    for (path, fields) in secret_routes(&id) {
        platform.clock.advance_ms(16 * MINUTE);
        let before = (told(&platform).await, version(&platform, 2).await);
        for password in [None, Some(""), Some("bukan kata sandinya")] {
            let refused = post(&platform, &path, &admin, &fields, password).await;
            assert!(is_asked(&refused), "{path} {password:?}: {}", refused.status);
            // What was typed is still there, to go on right after the password.
            for (name, value) in &fields {
                let kept = refused.text().contains(&format!("name=\"{name}\" value=\"{value}\""));
                assert!(kept, "{path} forgot {name}");
            }
            assert_eq!((told(&platform).await, version(&platform, 2).await), before, "{path} {password:?}");
        }
        let given = post(&platform, &path, &admin, &fields, Some(PASSWORD)).await;
        assert_eq!(given.status, StatusCode::OK, "{path}");
        assert!(told(&platform).await > before.0, "{path} left no line in the trail");
    }
    assert_eq!(version(&platform, 2).await, 2);
    let kota = platform.store.account("kota").await.unwrap().unwrap().0;
    assert!(kota.must_change_password);
}

#[tokio::test]
async fn a_help_desk_with_a_queue_is_asked_after_a_quarter_of_an_hour_of_quiet_only() {
    let platform = TestPlatform::open(3).await;
    let desk = platform.account("kota", Role::Operator, &["16.71"]).await;
    let fields = [("id", platform.people[2].participant.id.to_string())];
    let path = format!("{DESK}/reissue");
    for _ in 0..8 {
        platform.clock.advance_ms(15 * MINUTE - 1);
        let given = post(&platform, &path, &desk, &fields, None).await;
        assert_eq!(given.status, StatusCode::OK);
    }
    assert_eq!(version(&platform, 2).await, 9);
    // A whole list isn't the desk's work.
    platform.clock.advance_ms(6 * MINUTE);
    let list = [("institution", "16.71".to_string()), ("format", "xlsx".into())];
    assert!(is_asked(&post(&platform, "/console/k/uji/codes", &desk, &list, None).await));
    platform.clock.advance_ms(9 * MINUTE);
    assert!(is_asked(&post(&platform, &path, &desk, &fields, None).await));
    let shown = platform.post_form(&format!("{DESK}/show"), &desk, &[("id", &fields[0].1)]).await;
    assert!(shown.text().contains("name=\"password\""), "the person's page asks beforehand");
    assert_eq!(post(&platform, &path, &desk, &fields, Some(PASSWORD)).await.status, StatusCode::OK);
    assert_eq!(post(&platform, &path, &desk, &fields, None).await.status, StatusCode::OK);
    assert_eq!(version(&platform, 2).await, 11);
}

#[tokio::test]
async fn after_sixty_codes_in_ten_minutes_the_password_is_asked_again() {
    let platform = TestPlatform::open(3).await;
    let desk = platform.account("kota", Role::Operator, &["16.71"]).await;
    let fields = [("id", platform.people[2].participant.id.to_string())];
    let path = format!("{DESK}/reissue");
    let reissued = async || post(&platform, &path, &desk, &fields, None).await;
    for code in 0..60 {
        assert_eq!(reissued().await.status, StatusCode::OK, "code {code}");
        platform.clock.advance_ms(1_000);
    }
    assert!(is_asked(&reissued().await));
    let slip = post(&platform, &format!("{DESK}/slip"), &desk, &fields, None).await;
    assert!(is_asked(&slip), "slips and new codes are counted together");
    // Ten minutes after the first one it is one of less than sixty.
    platform.clock.advance_ms(9 * MINUTE);
    assert_eq!(reissued().await.status, StatusCode::OK);
    assert!(is_asked(&reissued().await));
    // Nobody is refused: with the password the desk goes on at once, for sixty more.
    assert_eq!(post(&platform, &path, &desk, &fields, Some(PASSWORD)).await.status, StatusCode::OK);
    for _ in 0..59 {
        assert_eq!(reissued().await.status, StatusCode::OK);
    }
    assert!(is_asked(&reissued().await));
}

#[tokio::test]
async fn codes_are_counted_over_all_nodes() {
    let platform = TestPlatform::open(3).await;
    let desk = platform.account("kota", Role::Operator, &["16.71"]).await;
    let id = platform.people[2].participant.id.to_string();
    let here = &platform.state;
    let config = (*here.config).clone();
    let (clock, entropy) = (here.clock.clone(), here.entropy.clone());
    let other = start(config, clock, entropy, platform.store.clone(), platform.keyring.clone()).await.unwrap();
    let routers = [platform.router.clone(), web::router(other)];
    let slip = async |node: usize| {
        let request = Request::post(format!("{DESK}/reissue"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, &desk)
            .body(Body::from(format!("id={id}")));
        routers[node].clone().oneshot(request.unwrap()).await.unwrap().status()
    };
    let mut given = 0;
    for round in 0..64 {
        given += usize::from(slip(round % 2).await == StatusCode::OK);
    }
    assert_eq!(given, 60);
    assert!(platform.people.len() == 3 && version(&platform, 2).await == 61);
    let trail = platform.store.audit_page(Some(platform.campaign), None, 200).await.unwrap();
    assert_eq!(trail.iter().filter(|entry| matches!(entry.event, AuditEvent::CodeReissued { .. })).count(), 60);
}
