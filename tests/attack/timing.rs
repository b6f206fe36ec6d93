//! How long an answer takes tells nobody who is on a roster or has an account.

use crate::support::{PASSWORD, TestPlatform};
use axum::http::StatusCode;
use ikrar::domain::account::Role;
use ikrar::response_padding::STEPS;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

/// Fewer wrong attempts than the throttle forgives.
const TRIES: usize = 3;
/// What a busy machine may add to the quickest of some answers. What an answer used to tell was less than a tenth of
/// one.
const SLACK: Duration = Duration::from_millis(25);

async fn took(asked: impl Future<Output = StatusCode>, expected: StatusCode) -> Duration {
    let began = Instant::now();
    assert_eq!(asked.await, expected);
    began.elapsed()
}

#[tokio::test]
async fn a_wrong_code_is_answered_after_the_same_time_for_who_is_on_the_roster_and_who_isn_t() {
    let platform = TestPlatform::open(9).await;
    let enter = |identifier: String, code: String| {
        let platform = &platform;
        async move {
            let typed = json!({ "identifier": identifier, "access_code": code });
            platform.post_json("/api/v1/campaigns/uji/sessions", None, &typed).await.status
        }
    };
    let (mut known, mut unknown, mut right) = (Duration::MAX, Duration::MAX, Duration::MAX);
    for _ in 0..TRIES {
        for (number, person) in platform.people.iter().enumerate() {
            let (here, wrong) = (person.identifier.clone(), "ZZZZZ-00000".to_string());
            let elsewhere = format!("19991231202912{}00{}", 1, number + 1);
            known = known.min(took(enter(here.clone(), wrong.clone()), StatusCode::UNAUTHORIZED).await);
            unknown = unknown.min(took(enter(elsewhere, wrong), StatusCode::UNAUTHORIZED).await);
            right = right.min(took(enter(here, person.access_code.clone()), StatusCode::OK).await);
        }
    }
    for quickest in [known, unknown] {
        assert!((STEPS[0]..STEPS[0] + SLACK).contains(&quickest), "{known:?} and {unknown:?}");
    }
    assert!(right < STEPS[0], "the right code waited {right:?}");
}

/// Nothing looks at the roster, so there is nothing to hide by waiting.
#[tokio::test]
async fn a_report_without_a_code_takes_the_same_time_for_who_is_on_the_roster_and_who_isn_t() {
    let platform = TestPlatform::open(9).await;
    let report = |identifier: String| {
        let platform = &platform;
        async move {
            let fields = [("identifier", identifier.as_str()), ("contact", "0812-3456-789")];
            platform.post_form("/k/uji/lapor", "", &fields).await.status
        }
    };
    let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
    for (number, person) in platform.people.iter().enumerate() {
        known = known.min(took(report(person.identifier.clone()), StatusCode::OK).await);
        unknown = unknown.min(took(report(format!("19991231202912100{}", number + 1)), StatusCode::OK).await);
    }
    assert!(known.abs_diff(unknown) < SLACK, "{known:?} and {unknown:?}");
}

#[tokio::test]
async fn a_wrong_password_is_answered_no_sooner_for_a_login_that_nobody_has() {
    let platform = TestPlatform::locked(3).await;
    platform.account("bkd", Role::Organizer, &[]).await;
    for login in ["bkd", "tidak.ada"] {
        let wrong = async { platform.enter_console(login, "salah sama sekali").await.status };
        let took = took(wrong, StatusCode::UNAUTHORIZED).await;
        assert!(took >= STEPS[0], "{login}: {took:?}");
    }
    assert_eq!(platform.enter_console("bkd", PASSWORD).await.status, StatusCode::SEE_OTHER);
}
