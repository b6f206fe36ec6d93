//! What goes on at the console's door is in the audit trail, and a flood of it costs a few lines.

use crate::support::{PASSWORD, TestPlatform};
use axum::http::StatusCode;
use ikrar::domain::account::Role;
use ikrar::domain::audit::AuditEvent;
use ikrar::service::audit_trail::LINES_WRITTEN_MAX;
use ikrar::store::counted_event_channel::CountedEvent;
use serde_json::json;

const MINUTE_MS: i64 = 60_000;

async fn failures(platform: &TestPlatform) -> Vec<(Option<String>, u64)> {
    let trail = platform.store.audit_page(None, None, 1_000).await.unwrap();
    let failure = |event| match event {
        AuditEvent::SignInFailed { login, count } => Some((login, count)),
        _ => None,
    };
    trail.into_iter().rev().filter_map(|entry| failure(entry.event)).collect()
}

/// People type passwords into the field for the login.
#[tokio::test]
async fn wrong_passwords_are_in_the_trail_and_what_was_typed_is_nowhere() {
    let platform = TestPlatform::locked(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    for (login, password) in
        [("bkd", "keliru-sekali-1"), ("Rahasia-Saya-77", "keliru-sekali-2"), ("bkd", "keliru-sekali-3")]
    {
        assert_eq!(platform.enter_console(login, password).await.status, StatusCode::UNAUTHORIZED);
    }
    platform.clock.advance_ms(MINUTE_MS);
    assert_eq!(platform.state.audit_counter.write_due().await.unwrap(), 2);
    assert_eq!(failures(&platform).await, [(None, 1), (Some("bkd".into()), 2)]);
    let shown = platform.page("/console/audit", &admin).await;
    assert!(shown.text().contains("Gagal masuk ke konsol") && shown.text().contains("tidak terdaftar"));
    for name in ["ikrar.sqlite", "ikrar.sqlite-wal"] {
        let stored = std::fs::read(platform.folder().join(name)).unwrap();
        for typed in ["Rahasia-Saya", "rahasia-saya", "keliru-sekali", PASSWORD] {
            let found = stored.windows(typed.len()).any(|window| window == typed.as_bytes());
            assert!(!found, "`{typed}` is in {name}");
        }
    }
}

#[tokio::test]
async fn a_hundred_thousand_wrong_passwords_are_a_few_lines_and_commits() {
    let platform = TestPlatform::locked(3).await;
    let before = platform.store.audit_head(None).await.unwrap().map_or(0, |head| head.lines);
    let mut commits = 0;
    // Beside the check of the password itself, which takes its time; a fifth of them at logins that exist.
    for number in 0..100_000_u32 {
        let login = number.is_multiple_of(5).then(|| format!("akun-{}", number % 40));
        platform.state.counted_events.report(platform.state.now(), CountedEvent::SignInFailed { login });
        if number % 5_000 == 4_999 {
            platform.clock.advance_ms(1_000);
            let lines = platform.state.audit_counter.write_due().await.unwrap();
            assert!(lines <= LINES_WRITTEN_MAX);
            commits += usize::from(lines > 0);
        }
    }
    platform.state.finish().await;
    let lines = platform.store.audit_head(None).await.unwrap().unwrap().lines - before;
    assert!(commits <= 1 && lines <= 2 * 9, "{commits} commits, {lines} lines");
    let counted: u64 = failures(&platform).await.into_iter().map(|(_, count)| count).sum();
    assert_eq!(counted, 100_000);
}

#[tokio::test]
async fn who_looks_at_people_one_by_one_is_in_the_trail() {
    let platform = TestPlatform::locked(20).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    let own: Vec<_> =
        platform.people.iter().filter(|person| person.participant.institution == "16.71").take(3).collect();
    for person in own.iter().chain(&own[..1]) {
        let id = person.participant.id.to_string();
        let page = platform.post_form("/console/k/uji/people/show", &kota, &[("id", &id)]).await;
        assert_eq!(page.status, StatusCode::OK);
    }
    platform.state.finish().await;
    let trail = platform.store.audit_page(Some(platform.campaign), None, 100).await.unwrap();
    let mut opened: Vec<(String, u64)> = vec![];
    for entry in trail {
        if let AuditEvent::PersonalPageOpened { institution, participant, count } = entry.event {
            assert_eq!((entry.actor.as_str(), institution.as_str()), ("kota", "16.71"));
            opened.push((participant, count));
        }
    }
    opened.sort();
    let mut wanted: Vec<(String, u64)> =
        own.iter().zip([2, 1, 1]).map(|(person, count)| (person.participant.id.to_string(), count)).collect();
    wanted.sort();
    assert_eq!(opened, wanted);
}

#[tokio::test]
async fn what_an_account_may_not_do_or_see_is_in_the_trail_with_its_count() {
    let platform = TestPlatform::locked(3).await;
    let viewer = platform.account("lihat", Role::Viewer, &["16.71"]).await;
    for _ in 0..3 {
        assert_eq!(platform.page("/console/accounts", &viewer).await.status, StatusCode::FORBIDDEN);
    }
    let operator = platform.account("kota", Role::Operator, &["16.71"]).await;
    let foreign = platform.post_form("/console/k/uji/lists", &operator, &[("institution", "16.02")]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    // What isn't there for anybody is no refusal.
    assert_eq!(platform.page("/console/k/nowhere/lists", &operator).await.status, StatusCode::NOT_FOUND);
    platform.state.finish().await;
    let trail = platform.store.audit_page(None, None, 100).await.unwrap();
    let mut refused: Vec<_> = trail
        .into_iter()
        .filter_map(|entry| match entry.event {
            AuditEvent::AccessRefused { route, count } => Some((entry.actor, route, count)),
            _ => None,
        })
        .collect();
    refused.sort();
    let line = |login: &str, route: &str, count| (login.to_owned(), route.to_owned(), count);
    assert_eq!(refused, [line("kota", "POST /console/k/{slug}/lists", 1), line("lihat", "GET /console/accounts", 3)]);
}

#[tokio::test]
async fn wrong_codes_of_signers_are_one_line_that_names_nobody() {
    let platform = TestPlatform::locked(3).await;
    let known = platform.people[0].identifier.to_string();
    for identifier in [known.as_str(), "197001011995031001"] {
        let body = json!({ "identifier": identifier, "access_code": "ZZZZZ-ZZZZZ" });
        let answer = platform.post_json("/api/v1/campaigns/uji/sessions", None, &body).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    platform.state.finish().await;
    let trail = platform.store.audit_page(Some(platform.campaign), None, 100).await.unwrap();
    let wrong: Vec<_> =
        trail.iter().filter(|entry| matches!(entry.event, AuditEvent::SignersCodeWrong { .. })).collect();
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0].event, AuditEvent::SignersCodeWrong { count: 2 });
    let shown = format!("{:?}", wrong[0]);
    assert!(!shown.contains(&known) && !shown.contains("ZZZZZ"), "{shown}");
}
