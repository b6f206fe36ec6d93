//! Somebody guesses one person's code, thousands of times at once: the guesses wait, the person doesn't.

use crate::support::{Answer, Person, TestPlatform};
use axum::http::StatusCode;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

const GUESSES: usize = 3_000;
/// A wrong answer is held back for at most 4 s; the rest is what a busy machine may add.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(20);

async fn enter(platform: &TestPlatform, person: &Person, access_code: &str) -> Answer {
    let typed = json!({ "identifier": person.identifier, "access_code": access_code });
    platform.post_json("/api/v1/campaigns/uji/sessions", None, &typed).await
}

/// A code of the right shape that is nobody's: it differs from guess to guess.
fn guess(number: usize) -> String {
    format!("ZZZZZ-{number:05}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_guesses_at_once_don_t_keep_the_person_out() {
    let platform = Arc::new(TestPlatform::open(3).await);
    let person = platform.people[0].clone();
    let answered = Arc::new(AtomicUsize::new(0));
    let mut guesses = JoinSet::new();
    for number in 0..GUESSES {
        let (platform, person, answered) = (platform.clone(), person.clone(), answered.clone());
        guesses.spawn(async move {
            let asked = Instant::now();
            let answer = enter(&platform, &person, &guess(number)).await;
            answered.fetch_add(1, Ordering::SeqCst);
            (answer, asked.elapsed())
        });
    }
    // The person comes again and again while the guesses are under way.
    let mut entered = 0;
    while answered.load(Ordering::SeqCst) < GUESSES {
        let answer = tokio::time::timeout(ANSWER_TIME_MAX, enter(&platform, &person, &person.access_code)).await;
        assert_eq!(answer.unwrap().status, StatusCode::OK, "the right code didn't sign in");
        entered += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(entered >= 5, "the flood was over before the person came {entered} times");

    let mut bodies = std::collections::HashSet::new();
    let mut held_back = 0;
    for (answer, time) in guesses.join_all().await {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(time < ANSWER_TIME_MAX, "a wrong answer took {time:?}");
        held_back += usize::from(time >= Duration::from_secs(3));
        bodies.insert(answer.body);
    }
    assert_eq!(bodies.len(), 1, "wrong answers differ");
    assert!(held_back > GUESSES * 9 / 10, "only {held_back} guesses were slowed down");

    // A stranger's wrong answer is that same one, and comes at once: nobody else is slowed down.
    let stranger = Person { identifier: "199912312029121999".into(), ..platform.people[1].clone() };
    let asked = Instant::now();
    let answer = enter(&platform, &stranger, &guess(0)).await;
    assert_eq!((answer.status, bodies.contains(&answer.body)), (StatusCode::UNAUTHORIZED, true));
    assert!(asked.elapsed() < Duration::from_secs(2));

    let token = enter(&platform, &person, &person.access_code).await.json()["token"].as_str().unwrap().to_owned();
    let signed = platform.post_json("/api/v1/campaigns/uji/pledges", Some(&token), &platform.agreement()).await;
    assert_eq!(signed.status, StatusCode::CREATED);
}
