//! The interface as scripts see it: shapes, codes, headers, and the same receipt for ever.

use crate::support::{OPENS_AT, TestPlatform};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use data_encoding::BASE64URL_NOPAD;
use ikrar::credential::jwks::Jwks;
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::ids::CampaignId;
use ikrar::service::sign_in::Session;
use serde_json::{Value, json};

const BASE: &str = "/api/v1/campaigns/uji";

async fn sign_in(platform: &TestPlatform, identifier: &str, access_code: &str) -> crate::support::Answer {
    let typed = json!({"identifier": identifier, "access_code": access_code});
    platform.post_json(&format!("{BASE}/sessions"), None, &typed).await
}

async fn sign(platform: &TestPlatform, token: &str, body: &Value) -> crate::support::Answer {
    platform.post_json(&format!("{BASE}/pledges"), Some(token), body).await
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Phones and chats put marks around a number that is copied, which nobody sees.
#[tokio::test]
async fn a_number_pasted_with_invisible_marks_signs_in() {
    let platform = TestPlatform::open(3).await;
    let person = &platform.people[0];
    let (number, code) = (&person.identifier, &person.access_code);
    for (before, within, after) in
        [("\u{202A}", "\u{AD}", "\u{202C}"), ("\u{2068}", "\u{200B}", "\u{2069}"), ("\u{FEFF}", "\u{2060}", "\u{200E}")]
    {
        let marked = |text: &str| format!("{before}{}{within}{}{after}", &text[..4], &text[4..]);
        let answer = sign_in(&platform, &marked(number), &marked(code)).await;
        assert_eq!(answer.status, StatusCode::OK, "{before:?}");
        let fields = [("step", "enter"), ("identifier", &*marked(number)), ("access_code", &*marked(code))];
        let answer = platform.post_form("/k/uji/sign", "", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{before:?}");
    }
}

#[tokio::test]
async fn a_client_reads_signs_in_and_signs_and_repeats_return_the_same_receipt() {
    let platform = TestPlatform::open(60).await;
    let campaign = platform.get(BASE).await.json();
    let agreed: Vec<&Value> = campaign["clauses"].as_array().unwrap().iter().map(|clause| &clause["id"]).collect();
    let person = &platform.people[3];

    let session = sign_in(&platform, &person.identifier, &person.access_code).await;
    assert_eq!(session.status, StatusCode::OK);
    assert_eq!(session.header("cache-control"), "no-store");
    let session = session.json();
    assert_eq!(session["participant"]["name"], "Peserta Uji 4");
    assert_eq!(session["participant"]["institution"], "Pemerintah Provinsi Contoh");
    assert_eq!(session["participant"]["unit"], "");

    let bearer = session["token"].as_str().unwrap();
    let body = json!({"text_hash": campaign["text_hash"], "agreed": agreed, "strokes": [[[0, 0], [1000, 1000]]]});
    let first = sign(&platform, bearer, &body).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    let receipt = first.json();
    assert_eq!(
        keys(&receipt),
        ["certificate_url", "credential", "log_index", "pledge_id", "serial", "signed_at", "signed_count"]
    );
    assert_eq!((&receipt["log_index"], &receipt["signed_count"]), (&json!(0), &json!(1)));
    assert_eq!(receipt["signed_at"], OPENS_AT.rfc3339());

    platform.clock.advance_ms(60_000);
    for repeat in [&body, &platform.agreement(), &json!({"text_hash": campaign["text_hash"], "agreed": []})] {
        let again = sign(&platform, bearer, repeat).await;
        assert_eq!((again.status, &again.body), (StatusCode::OK, &first.body));
    }
    platform.change(CampaignState::Open, CampaignState::Closed).await;
    let after = sign_in(&platform, &person.identifier, &person.access_code).await.json();
    let again = sign(&platform, after["token"].as_str().unwrap(), &body).await;
    assert_eq!((again.status, &again.body), (StatusCode::OK, &first.body));
}

#[tokio::test]
async fn reading_needs_no_session_and_names_no_person() {
    let platform = TestPlatform::open(60).await;
    let list = platform.get("/api/v1/campaigns").await;
    assert_eq!(list.header("cache-control"), "public, max-age=1");
    let list = list.json();
    assert_eq!(keys(&list[0]), ["closes_at", "kind", "opens_at", "slug", "state", "title"]);
    assert_eq!((&list[0]["slug"], &list[0]["state"]), (&json!("uji"), &json!("open")));

    let one = platform.get(BASE).await.json();
    assert_eq!(one["signature_required"], false);
    assert_eq!(one["clauses"][0], json!({"id": "1", "text": "Menjaga netralitas pada Pemilihan Umum."}));

    let text = platform.get(&format!("/api/v1/texts/{}", one["text_hash"].as_str().unwrap())).await;
    assert_eq!(text.header("cache-control"), "public, max-age=31536000, immutable");
    use sha2::Digest;
    assert_eq!(sha2::Sha256::digest(&text.body).as_slice(), platform.text_hash());

    let count = platform.get(&format!("{BASE}/count")).await;
    assert_eq!(count.header("cache-control"), "public, max-age=1");
    assert_eq!(
        count.json(),
        json!({
            "state": "open", "signed": 0, "eligible": 60, "added": 0, "excused": 0, "target": 60,
            "revoked": 0, "cosigned": null,
            "as_of": OPENS_AT.rfc3339(),
            "by_institution": [
                {"code": "16", "name": "Pemerintah Provinsi Contoh", "signed": 0, "eligible": 40, "added": 0,
                 "excused": 0, "target": 40},
                {"code": "16.71", "name": "Kota Contoh", "signed": 0, "eligible": 20, "added": 0, "excused": 0,
                 "target": 20},
            ],
        })
    );
}

#[tokio::test]
async fn any_wrong_pair_gets_the_same_answer() {
    let platform = TestPlatform::open(60).await;
    let person = &platform.people[0];
    let wrong = sign_in(&platform, &person.identifier, "00000-00000").await;
    let stranger = sign_in(&platform, "199912312020011999", &person.access_code).await;
    for answer in [&wrong, &stranger] {
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNAUTHORIZED, "credentials_wrong"));
    }
    assert_eq!(wrong.body, stranger.body);
}

#[tokio::test]
async fn what_cannot_be_signed_says_why_and_changes_nothing() {
    let platform = TestPlatform::open(60).await;
    let person = &platform.people[0];
    let mine = platform.token_of(person);
    let foreign = Session { campaign: CampaignId([9; 16]), ..platform.session_of(person) };
    let foreign = foreign.token(&platform.keyring);
    let good = platform.agreement();
    let with = |key: &str, value: Value| {
        let mut body = good.clone();
        body[key] = value;
        body
    };
    let other_text = BASE64URL_NOPAD.encode(&[1; 32]);
    let cases = [
        (mine.clone(), with("text_hash", json!(other_text)), 409, "text_outdated"),
        (mine.clone(), with("text_hash", json!("short")), 400, "malformed"),
        (mine.clone(), with("agreed", json!(["1"])), 422, "clauses_missing"),
        (mine.clone(), with("strokes", json!([[[0, 1001]]])), 422, "strokes_invalid"),
        (mine.clone(), with("strokes", json!([[[0, -1]]])), 422, "strokes_invalid"),
        (mine.clone(), with("strokes", json!([])), 422, "strokes_invalid"),
        (mine.clone(), with("strokes", json!([vec![[0, 0]; 600]])), 422, "strokes_invalid"),
        (mine.clone(), json!({"agreed": []}), 400, "malformed"),
        (format!("{mine}x"), good.clone(), 401, "session_invalid"),
        (String::new(), good.clone(), 401, "session_invalid"),
        (foreign, good.clone(), 403, "wrong_campaign"),
    ];
    for (bearer, body, status, expected) in cases {
        let answer = sign(&platform, &bearer, &body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, expected), "{body}");
    }
    platform.clock.advance_ms(3_599_999);
    assert_eq!(sign(&platform, &mine, &good).await.status, StatusCode::CREATED);
    platform.clock.advance_ms(1);
    assert_eq!(sign(&platform, &mine, &good).await.code(), "session_invalid");
    assert_eq!(platform.store.count_pledges(platform.campaign).await.unwrap(), 1);
}

#[tokio::test]
async fn each_state_has_its_refusal() {
    let platform = TestPlatform::locked(60).await;
    let mine = platform.token_of(&platform.people[0]);
    let body = platform.agreement();
    let steps = [
        (CampaignState::Locked, CampaignState::Locked, "not_open"),
        (CampaignState::Locked, CampaignState::Open, ""),
        (CampaignState::Open, CampaignState::Paused, "paused"),
        (CampaignState::Paused, CampaignState::Closing, "closed"),
        (CampaignState::Closing, CampaignState::Closed, "closed"),
        (CampaignState::Closed, CampaignState::Cancelled, "cancelled"),
    ];
    for (before, after, expected) in steps {
        platform.change(before, after).await;
        if expected.is_empty() {
            continue;
        }
        let answer = sign(&platform, &mine, &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::CONFLICT, expected));
    }
}

#[tokio::test]
async fn bodies_that_are_no_bodies_are_refused() {
    let platform = TestPlatform::open(60).await;
    let post = |kind: &'static str, body: Vec<u8>| {
        let request = Request::post(format!("{BASE}/sessions")).header(header::CONTENT_TYPE, kind);
        platform.send(request.body(Body::from(body)).unwrap())
    };
    let json = "application/json";
    assert_eq!(post(json, b"{\"identifier\":".to_vec()).await.code(), "malformed");
    assert_eq!(post(json, b"{\"identifier\":\"\xff\",\"access_code\":\"\"}".to_vec()).await.code(), "malformed");
    assert_eq!(post(json, br#"{"identifier":7,"access_code":""}"#.to_vec()).await.code(), "malformed");
    assert_eq!(post("text/plain", b"{}".to_vec()).await.code(), "media_unsupported");
    let large = format!("{{\"identifier\":\"{}\",\"access_code\":\"\"}}", "1".repeat(1 << 20));
    assert_eq!(post(json, large.into_bytes()).await.code(), "too_large");

    for identifier in ["12345678901234567", "1234567890123456789", "199913312020011001", "abc", ""] {
        let answer = sign_in(&platform, identifier, "ABCDE-FGHJK").await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "identifier_invalid"), "{identifier}");
    }
    let nowhere = ["/api/v1/campaigns/lain", "/api/v1/campaigns/lain/count", "/api/v1/texts/x", "/api/v1/nothing"];
    for path in nowhere {
        let answer = platform.get(path).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "unknown"), "{path}");
    }
}

#[tokio::test]
async fn problems_speak_the_language_that_was_asked_for() {
    let platform = TestPlatform::open(60).await;
    let ask = |language: &'static str| {
        let request = Request::get("/api/v1/campaigns/lain").header(header::ACCEPT_LANGUAGE, language);
        platform.send(request.body(Body::empty()).unwrap())
    };
    let (indonesian, english) = (ask("id").await.json(), ask("en").await.json());
    assert_ne!(indonesian["title"], english["title"]);
    assert_eq!(indonesian["code"], english["code"]);
}

#[tokio::test]
async fn keys_health_and_the_document_need_no_session() {
    let platform = TestPlatform::open(60).await;
    let key = platform.keyring.credential();
    let jwks = Jwks::parse(&platform.get("/.well-known/jwks.json").await.body).unwrap();
    assert_eq!(jwks.keys().collect::<Vec<_>>(), [(key.kid.as_str(), key.public())]);
    let did = platform.get("/.well-known/did.json").await.json();
    assert_eq!(did["id"], "did:web:uji.example%3A8080");
    assert_eq!(did["verificationMethod"][0]["id"], format!("did:web:uji.example%3A8080#{}", key.kid));

    let document = platform.get("/api/v1/openapi.json").await.json();
    assert_eq!(document["paths"][format!("{}/pledges", "/api/v1/campaigns/{slug}")].as_object().unwrap().len(), 1);
    let docs = platform.get("/api/docs/index.html").await;
    assert_eq!(docs.status, StatusCode::OK);
    assert!(!docs.header("content-security-policy").contains("script-src 'self' 'unsafe"));

    assert_eq!(platform.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(platform.get("/readyz").await.status, StatusCode::OK);
    platform.state.live.stop();
    assert_eq!(platform.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(platform.get("/healthz").await.status, StatusCode::OK);
}
