//! More signers at once than there are places, and a database that somebody else holds: everybody is told when to come
//! back, and whoever does has signed exactly once.

use crate::support::{Answer, Person, TestPlatform};
use axum::http::{Request, StatusCode, header};
use futures_util::stream::{FuturesUnordered, StreamExt};
use ikrar::store::pledges::LogKind;
use sqlx::{Connection, SqliteConnection};
use std::time::Duration;

const PLEDGES: &str = "/api/v1/campaigns/uji/pledges";
const SIGN: &str = "/k/uji/sign";
const PLACES: usize = 4;
const PEOPLE: usize = 20;
/// A signer who is turned away tries no more often than this.
const TRIES_MAX: usize = 100;

/// Another program that writes: while it does, the ledger can't commit.
struct OtherWriter(SqliteConnection);

impl OtherWriter {
    async fn lock(platform: &TestPlatform) -> Self {
        let path = platform.folder().join("ikrar.sqlite");
        let mut connection = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
        Self(connection)
    }

    async fn release(mut self) {
        sqlx::query("ROLLBACK").execute(&mut self.0).await.unwrap();
    }
}

async fn sign(platform: &TestPlatform, person: &Person) -> Answer {
    platform.post_json(PLEDGES, Some(&platform.token_of(person)), &platform.agreement()).await
}

fn assert_busy(answer: &Answer) {
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "busy"));
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
    assert_eq!(answer.header("cache-control"), "no-store");
}

/// Tries again as the page's script and a patient person do, until there is a receipt.
async fn sign_in_the_end(platform: &TestPlatform, person: &Person) -> Answer {
    for _ in 0..TRIES_MAX {
        let answer = sign(platform, person).await;
        if answer.status != StatusCode::SERVICE_UNAVAILABLE {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("there never was a place");
}

// One thread: the ledger moves only while this task waits, so it is known who finds a place.
#[tokio::test]
async fn beyond_the_last_place_signers_wait_and_all_are_signed_once() {
    let platform = TestPlatform::open_with_queue(PEOPLE, PLACES).await;
    let other = OtherWriter::lock(&platform).await;

    // One round waits for the database, the next one is prepared, and the first of a third has left the queue.
    let (mut admitted, mut rest, mut inside) = (FuturesUnordered::new(), &platform.people[..], 0);
    for round in [PLACES, PLACES, 1, PLACES] {
        let (now, after) = rest.split_at(round);
        admitted.extend(now.iter().map(|person| sign(&platform, person)));
        (rest, inside) = (after, inside + round);
        assert_eq!(still_waiting(&mut admitted).await, inside);
    }
    let turned_away = rest;
    for person in turned_away {
        assert_busy(&sign(&platform, person).await);
    }
    the_form_waits_too(&platform, &turned_away[0]).await;
    assert_eq!(still_waiting(&mut admitted).await, inside);
    assert_eq!(platform.store.count_pledges(platform.campaign).await.unwrap(), 0);

    other.release().await;
    while let Some(answer) = admitted.next().await {
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    }
    let mut late: FuturesUnordered<_> = turned_away.iter().map(|person| sign_in_the_end(&platform, person)).collect();
    while let Some(answer) = late.next().await {
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    }
    one_number(&platform, PEOPLE).await;
}

/// Lets everything run that can, and answers how many are still without an answer.
async fn still_waiting<F: Future<Output = Answer>>(admitted: &mut FuturesUnordered<F>) -> usize {
    let answered = tokio::time::timeout(Duration::from_millis(200), admitted.next()).await;
    assert!(answered.is_err(), "somebody was answered before the commit");
    admitted.len()
}

/// The page without a script says what is happening, keeps what was ticked, and offers to send it again; a script is
/// told the code.
async fn the_form_waits_too(platform: &TestPlatform, person: &Person) {
    let entered = [("step", "enter"), ("identifier", &*person.identifier), ("access_code", &*person.access_code)];
    let cookie = platform.post_form(SIGN, "", &entered).await.cookie();
    let hash = platform.agreement()["text_hash"].as_str().unwrap().to_owned();
    let fields = [("step", "pledge"), ("text_hash", &*hash), ("butir", "1"), ("butir", "2")];
    let page = platform.post_form(SIGN, &cookie, &fields).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.header("retry-after").parse::<u32>().unwrap() > 0);
    assert_eq!((page.header("cache-control"), page.header("content-type")), ("no-store", "text/html; charset=utf-8"));
    for expected in ["Menunggu giliran", "tidak ada yang tercatat dua kali", "Coba lagi", "Uji Ikrar"] {
        assert!(page.text().contains(expected), "{expected}: {}", page.text());
    }
    for (name, value) in fields {
        let kept = format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
        assert!(page.text().contains(&kept), "{kept}");
    }
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Request::post(SIGN)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, &cookie);
    assert_busy(&platform.send(request.body(body.join("&").into()).unwrap()).await);
}

/// Count = log size = rows, and everybody's receipt is theirs.
async fn one_number(platform: &TestPlatform, people: usize) {
    let expected = u64::try_from(people).unwrap();
    let store = &platform.store;
    let rows = store.count_pledges(platform.campaign).await.unwrap();
    let head = store.log_head(platform.campaign, LogKind::Pledges).await.unwrap().unwrap();
    platform.state.live.reread().await.unwrap();
    let count = platform.get("/api/v1/campaigns/uji/count").await.json();
    assert_eq!((rows, head.size, count["signed"].as_u64()), (expected, expected, Some(expected)));
    let mut receipts = std::collections::BTreeSet::new();
    for person in &platform.people {
        let again = sign(platform, person).await;
        assert_eq!(again.status, StatusCode::OK);
        receipts.insert(again.json()["log_index"].as_u64().unwrap());
    }
    assert_eq!(receipts, (0..expected).collect());
}

#[tokio::test]
async fn a_database_that_somebody_else_holds_for_long_is_said_to_be_so() {
    let platform = TestPlatform::open(3).await;
    let other = OtherWriter::lock(&platform).await;
    let person = &platform.people[0];
    let refused = sign(&platform, person).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "storage"));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    // Reading goes on meanwhile.
    assert_eq!(platform.get("/k/uji").await.status, StatusCode::OK);
    other.release().await;
    assert_eq!(sign(&platform, person).await.status, StatusCode::CREATED);
    assert_eq!(platform.store.count_pledges(platform.campaign).await.unwrap(), 1);
}
