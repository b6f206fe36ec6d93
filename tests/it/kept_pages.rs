//! The event's page is made once for everybody: it holds nobody, and it goes when anything that it shows changes.

use crate::support::{Answer, OPENS_AT, TestPlatform};
use axum::body::Body;
use axum::http::Request;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use flate2::read::GzDecoder;
use ikrar::domain::campaign::{CampaignState, ObservedState};
use std::io::Read;

const PAGE: &str = "/k/uji";

async fn compressed(platform: &TestPlatform, path: &str) -> Answer {
    platform.send(Request::get(path).header(ACCEPT_ENCODING, "gzip, br").body(Body::empty()).unwrap()).await
}

fn inflated(answer: &Answer) -> String {
    assert_eq!(answer.headers[CONTENT_ENCODING], "gzip");
    let mut text = String::new();
    GzDecoder::new(&*answer.body).read_to_string(&mut text).unwrap();
    text
}

#[tokio::test]
async fn a_cached_page_is_the_same_for_all_visitors_in_a_language() {
    let platform = TestPlatform::open(60).await;
    let person = &platform.people[0];
    let mine = platform.page(PAGE, &format!("ikrar={}; lang=id", platform.token_of(person))).await;
    let anybodys = platform.get(PAGE).await;
    assert!(mine.text() == anybodys.text() && mine.headers.get("set-cookie").is_none());
    assert!(!mine.text().contains(&person.participant.shown_name));
    let english = platform.page(PAGE, "lang=en").await;
    assert!(english.text().contains("Clause 1") && !english.text().contains("Butir 1"));
    assert!(platform.get(PAGE).await.text() == anybodys.text());
    for (path, page) in [(PAGE, anybodys), ("/k/uji?lang=en", english)] {
        assert!(inflated(&compressed(&platform, path).await) == page.text());
        assert_eq!(
            page.headers.get_all("vary").iter().collect::<Vec<_>>(),
            ["accept-language, cookie", "accept-encoding"]
        );
        assert!(page.headers.get(CONTENT_ENCODING).is_none());
    }
}

#[tokio::test]
async fn a_cached_page_is_replaced_when_numbers_or_times_are_read_again() {
    let platform = TestPlatform::open(60).await;
    let before = platform.get(PAGE).await;
    assert!(before.text().contains("pukul 10.00") && !before.text().contains("pukul 10.30"));
    platform.sign(&platform.people[0]).await;
    assert!(platform.get(PAGE).await.text() == before.text(), "numbers are published by a reading");

    // As another node does it: this one only reads, as it does once a second.
    let store = &platform.store;
    let seen = store.campaign(platform.campaign).await.unwrap().unwrap().observed_state();
    let later = Some(OPENS_AT.plus_secs(5400));
    store
        .change_state(platform.campaign, seen, CampaignState::Open, Some(OPENS_AT), later, &platform.line())
        .await
        .unwrap();
    platform.state.live.reread().await.unwrap();
    let after = platform.get(PAGE).await;
    assert!(after.text().contains("pukul 10.30") && after.text() != before.text());
    assert!(inflated(&compressed(&platform, PAGE).await) == after.text());
}

#[tokio::test]
async fn a_cached_page_goes_with_its_campaign_and_returns_with_another_text() {
    let platform = TestPlatform::locked(60).await;
    let old = "Menjaga netralitas pada Pemilihan Umum.";
    assert!(platform.get(PAGE).await.text().contains(old));
    platform.change(CampaignState::Locked, CampaignState::Draft).await;
    assert_eq!(platform.get(PAGE).await.status, 404);

    let store = &platform.store;
    let active = platform.state.signing.campaign("uji").unwrap();
    let mut text = active.text.clone().unwrap();
    text.clauses[0].text = "Menjaga jarak yang sama.".into();
    store.save_text(platform.campaign, &text, &text, &|_| platform.line()).await.unwrap();
    let draft: ObservedState = store.campaign(platform.campaign).await.unwrap().unwrap().observed_state();
    assert_eq!(draft.state, CampaignState::Draft);
    platform.change(CampaignState::Draft, CampaignState::Locked).await;
    let page = platform.get(PAGE).await;
    assert!(page.text().contains("Menjaga jarak yang sama.") && !page.text().contains(old));
}
