//! Limits that are about time and size of what people send, each at its edge.

use crate::support::{OPENS_AT, TestPlatform};
use axum::http::StatusCode;
use futures_util::future::join_all;
use ikrar::domain::time::UnixMillis;
use ikrar::service::ledger::BATCH_PLEDGES_MAX;
use ikrar::web::BODY_BYTES_MAX;
use serde_json::json;

const SESSIONS: &str = "/api/v1/campaigns/uji/sessions";

async fn signed_in_at(now: UnixMillis) -> String {
    let platform = TestPlatform::locked(1).await;
    platform.clock.advance_ms(now.0 - OPENS_AT.0);
    let person = &platform.people[0];
    let typed = json!({ "identifier": person.identifier, "access_code": person.access_code });
    let answer = platform.post_json(SESSIONS, None, &typed).await;
    answer.json()["expires_at"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_session_lasts_until_two_hours_after_the_opening_and_never_longer_than_twelve() {
    let hours = |hours: i64| OPENS_AT.plus_secs(hours * 3600);
    for (signed_in, expires) in [(-1, 2), (-10, 2), (-11, 1), (-20, -8), (0, 2), (1, 3)] {
        assert_eq!(signed_in_at(hours(signed_in)).await, hours(expires).rfc3339(), "{signed_in}");
    }
}

#[tokio::test]
async fn a_body_is_taken_up_to_its_limit_and_not_a_byte_further() {
    let platform = TestPlatform::open(1).await;
    let empty = json!({ "identifier": "", "access_code": "" }).to_string().len();
    for (bytes, status) in
        [(BODY_BYTES_MAX, StatusCode::UNPROCESSABLE_ENTITY), (BODY_BYTES_MAX + 1, StatusCode::PAYLOAD_TOO_LARGE)]
    {
        let typed = json!({ "identifier": "x".repeat(bytes - empty), "access_code": "" });
        assert_eq!(platform.post_json(SESSIONS, None, &typed).await.status, status, "{bytes}");
    }
}

// One thread: all of them wait before the ledger moves.
#[tokio::test]
async fn a_batch_takes_no_more_than_its_limit_and_the_rest_is_the_next_one() {
    let people = BATCH_PLEDGES_MAX + 100;
    let platform = TestPlatform::open(people).await;
    let signed = join_all(platform.people.iter().map(|person| platform.sign(person))).await;
    let mut sizes: Vec<u64> = signed.iter().map(|signed| signed.pledge.signed_count).collect();
    sizes.sort_unstable();
    sizes.dedup();
    assert_eq!(sizes, [BATCH_PLEDGES_MAX as u64, people as u64]);
}
