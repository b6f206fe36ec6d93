//! What goes on at the console's door is in the audit trail, and a flood of it costs a few lines.

use crate::support::{PASSWORD, TestPlatform};
use axum::http::StatusCode;
use ikrar::domain::account::Role;
use ikrar::domain::audit::Event;
use ikrar::service::audit_trail::LINES_WRITTEN_MAX;
use ikrar::store::sightings::Sighting;

const MINUTE_MS: i64 = 60_000;

async fn failures(platform: &TestPlatform) -> Vec<(Option<String>, u64)> {
    let trail = platform.state.store.audit_page(None, None, 1_000).await.unwrap();
    let failure = |event| match event {
        Event::SignInFailed { login, count } => Some((login, count)),
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
    assert_eq!(platform.state.counted.write_due().await.unwrap(), 2);
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
    let before = platform.state.store.audit_head(None).await.unwrap().map_or(0, |head| head.lines);
    let mut commits = 0;
    // Beside the check of the password itself, which takes its time; a fifth of them at logins that exist.
    for number in 0..100_000_u32 {
        let login = number.is_multiple_of(5).then(|| format!("akun-{}", number % 40));
        platform.state.sightings.saw(platform.state.now(), Sighting::SignInFailed { login });
        if number % 5_000 == 4_999 {
            platform.clock.advance_ms(1_000);
            let lines = platform.state.counted.write_due().await.unwrap();
            assert!(lines <= LINES_WRITTEN_MAX);
            commits += usize::from(lines > 0);
        }
    }
    platform.state.finish().await;
    let lines = platform.state.store.audit_head(None).await.unwrap().unwrap().lines - before;
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
    let trail = platform.state.store.audit_page(Some(platform.campaign), None, 100).await.unwrap();
    let mut opened: Vec<(String, u64)> = vec![];
    for entry in trail {
        if let Event::PersonalPageOpened { institution, participant, count } = entry.event {
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
