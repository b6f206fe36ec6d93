//! Checking a certificate in each of its forms, and everything that isn't one.

use crate::support::{Answer, PUBLIC_URL, TestPlatform};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use data_encoding::BASE64URL_NOPAD;
use ikrar::credential::qr;
use ikrar::domain::ids::Serial;
use ikrar::domain::pledge::Pledge;
use ikrar::server::refusal_rate::NothingGenuine;
use serde_json::{Value, json};
use tower::ServiceExt;

const API: &str = "/api/v1/verify";

async fn revoke(platform: &TestPlatform, pledge: &Pledge) {
    platform.revoke(pledge.id, "uji", platform.line()).await.unwrap();
}

async fn post(platform: &TestPlatform, kind: &str, body: impl Into<Body>) -> Answer {
    platform.send(Request::post(API).header(header::CONTENT_TYPE, kind).body(body.into()).unwrap()).await
}

async fn verdict(platform: &TestPlatform, kind: &str, body: impl Into<Body>) -> Value {
    let answer = post(platform, kind, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

fn link(pledge: &Pledge) -> String {
    qr::text(PUBLIC_URL, &pledge.credential)
}

/// The form of `/v` as a browser without a script sends it.
async fn upload(platform: &TestPlatform, field: &str, bytes: &[u8]) -> Answer {
    platform.send(form(field, bytes)).await
}

#[tokio::test]
async fn without_a_script_the_page_leads_to_the_copy_where_there_is_one() {
    for has_copy in [true, false] {
        let platform = TestPlatform::open(1).await;
        let pledge = platform.sign(&platform.people[0]).await.pledge;
        if !has_copy {
            platform.forget_editions().await;
        }
        let checked = upload(&platform, "file", &pledge.credential).await;
        let copy = format!("/c/{}.html", pledge.id);
        assert!(checked.text().contains("notice--ok"), "{}", checked.text());
        assert_eq!(checked.text().contains(&copy), has_copy);
    }
}

fn form(field: &str, bytes: &[u8]) -> Request<Body> {
    let head = format!("--garis\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"berkas\"\r\n\r\n");
    let head = if field == "file" { head } else { head.replace("; filename=\"berkas\"", "") };
    let body = [head.as_bytes(), bytes, b"\r\n--garis--\r\n"].concat();
    let request = Request::post("/v")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=garis")
        .header("sec-fetch-site", "same-origin");
    request.body(Body::from(body)).unwrap()
}

/// One connection gets the answers to them slowly, as it gets refusals.
#[tokio::test]
async fn files_without_anything_genuine_are_counted_as_refusals() {
    let platform = TestPlatform::open(3).await;
    let pledge = platform.sign(&platform.people[0]).await.pledge;
    let pdf = platform.get(&format!("/c/{}.pdf", pledge.id)).await.body;
    let cose = pledge.credential.clone();
    let mut altered = cose.clone();
    *altered.last_mut().unwrap() ^= 1;
    let asked = |kind: &str, body: &[u8]| {
        Request::post(API).header(header::CONTENT_TYPE, kind).body(Body::from(body.to_vec())).unwrap()
    };
    for (request, is_counted) in [
        (asked("application/pdf", &pdf), false),
        (asked("application/cose", &cose), false),
        (form("file", &pdf), false),
        (asked("application/pdf", b"%PDF-1.7\n"), true),
        (asked("application/cose", &altered), true),
        (asked("application/json", br#"{"text":"https://example.com"}"#), true),
        (form("file", b"%PDF-1.7\n"), true),
    ] {
        let shown = format!("{request:?}");
        let answer = platform.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{shown}");
        assert_eq!(answer.extensions().get::<NothingGenuine>().is_some(), is_counted, "{shown}");
    }
}

#[tokio::test]
async fn each_form_of_a_pledge_is_valid_and_the_pdf_s_page_is_sealed() {
    let platform = TestPlatform::open(3).await;
    let pledge = platform.sign(&platform.people[0]).await.pledge;
    let pdf = platform.get(&format!("/c/{}.pdf", pledge.id)).await;
    assert_eq!(pdf.status, StatusCode::OK);
    let receipt = json!({
        "pledge_id": pledge.id.to_string(), "serial": Serial::of(pledge.id).to_string(),
        "signed_at": pledge.signed_at.rfc3339(), "credential": BASE64URL_NOPAD.encode(&pledge.credential),
    });
    let asked = [
        ("application/pdf", pdf.body.to_vec(), "sealed"),
        ("application/octet-stream", pdf.body.to_vec(), "sealed"),
        ("application/cose", pledge.credential.clone(), "none"),
        ("application/json", json!({"text": link(&pledge)}).to_string().into_bytes(), "none"),
        ("application/json", receipt.to_string().into_bytes(), "none"),
    ];
    for (kind, body, page) in asked {
        let report = verdict(&platform, kind, body).await;
        assert_eq!((&report["verdict"], &report["page"]), (&json!("valid"), &json!(page)), "{kind}");
        assert_eq!((&report["revocation"], &report["issuer"]), (&json!("checked"), &json!(PUBLIC_URL)));
        assert_eq!(report["claims"]["name"], "Peserta Uji 1");
    }
}

#[tokio::test]
async fn one_changed_digit_is_altered_and_a_text_cut_short_incomplete() {
    let platform = TestPlatform::open(3).await;
    let link = link(&platform.sign(&platform.people[0]).await.pledge);
    let mut changed = link.clone().into_bytes();
    let at = changed.len() - 30;
    changed[at] = if changed[at] == b'9' { b'0' } else { changed[at] + 1 };
    let changed = String::from_utf8(changed).unwrap();
    for (text, expected) in
        [(changed.as_str(), "altered"), (&link[..link.len() - 20], "incomplete"), ("halo", "not_a_certificate")]
    {
        let report = verdict(&platform, "application/json", json!({ "text": text }).to_string()).await;
        assert_eq!(report["verdict"], expected);
        assert!(report.get("claims").is_none());
    }
}

#[tokio::test]
async fn a_revoked_pledge_is_revoked_and_one_of_another_issuer_is_unknown() {
    let platform = TestPlatform::open(3).await;
    let other = TestPlatform::open(2).await;
    let pledge = platform.sign(&platform.people[1]).await.pledge;
    revoke(&platform, &pledge).await;
    let report = verdict(&platform, "application/cose", pledge.credential.clone()).await;
    assert_eq!((&report["verdict"], &report["revocation"]), (&json!("revoked"), &json!("checked")));
    // Same keys, other records: genuine, but not recorded there.
    let stray = platform.sign(&platform.people[2]).await.pledge;
    let report = verdict(&other, "application/cose", stray.credential).await;
    assert_eq!(report["verdict"], "not_in_log");
}

#[tokio::test]
async fn a_certificate_number_reveals_no_more_than_it_may() {
    let platform = TestPlatform::open(3).await;
    let pledge = platform.sign(&platform.people[2]).await.pledge;
    let serial = Serial::of(pledge.id).to_string().to_lowercase().replace('-', " ");
    let answer = post(&platform, "application/json", json!({ "serial": serial }).to_string()).await;
    assert!(!answer.text().contains("Peserta") && !answer.text().contains(&pledge.id.to_string()));
    let report = answer.json();
    assert_eq!(report["verdict"], "valid");
    let claims = &report["claims"];
    assert_eq!((&claims["institution"], &claims["signed_on"]), (&json!("Kota Contoh"), &json!("2029-02-01")));
    assert_eq!(
        claims.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["initials", "institution", "serial", "signed_on"]
    );
    revoke(&platform, &pledge).await;
    let report = verdict(&platform, "application/json", json!({ "serial": serial }).to_string()).await;
    assert_eq!(report["verdict"], "revoked");
    let unknown = Serial::of(ikrar::domain::ids::PledgeId([9; 16])).to_string();
    let report = verdict(&platform, "application/json", json!({ "serial": unknown }).to_string()).await;
    assert_eq!((&report["verdict"], &report["issuer"]), (&json!("not_in_log"), &Value::Null));
}

#[tokio::test]
async fn numbers_are_checked_no_faster_than_the_limit() {
    let platform = TestPlatform::open(2).await;
    let serial = json!({"serial": Serial::of(ikrar::domain::ids::PledgeId([9; 16])).to_string()}).to_string();
    let mut refused = 0;
    for _ in 0..150 {
        let answer = post(&platform, "application/json", serial.clone()).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer.json()["code"], "too_many");
            assert_ne!(answer.header("retry-after"), "");
            refused += 1;
        }
    }
    assert_eq!(refused, 50);
}

#[tokio::test]
async fn what_the_api_does_not_accept_has_a_code() {
    let platform = TestPlatform::open(2).await;
    let asked = [
        ("text/plain", b"halo".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_unsupported"),
        ("application/json", b"{".to_vec(), StatusCode::BAD_REQUEST, "malformed"),
        ("application/json", b"{}".to_vec(), StatusCode::BAD_REQUEST, "malformed"),
        ("application/json", br#"{"text":"1","catatan":"2"}"#.to_vec(), StatusCode::BAD_REQUEST, "malformed"),
        ("application/json", br#"{"text":"1","serial":"2"}"#.to_vec(), StatusCode::BAD_REQUEST, "malformed"),
        ("application/json", br#"{"serial":"salah"}"#.to_vec(), StatusCode::BAD_REQUEST, "malformed"),
        ("application/pdf", vec![b'x'; 3 << 20], StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
    ];
    for (kind, body, status, code) in asked {
        let answer = post(&platform, kind, body).await;
        assert_eq!((answer.status, answer.json()["code"].as_str().unwrap()), (status, code), "{kind}");
    }
}

#[tokio::test]
async fn the_page_checks_files_and_numbers_without_a_script() {
    let platform = TestPlatform::open(3).await;
    let pledge = platform.sign(&platform.people[0]).await.pledge;
    let page = platform.get("/v").await;
    assert_eq!((page.status, page.header("cache-control")), (StatusCode::OK, "no-store"));
    assert!(page.text().contains("uji.example:8080") && page.text().contains("id=\"verify-data\""));
    assert!(!page.header("content-security-policy").contains("unsafe"));

    let pdf = platform.get(&format!("/c/{}.pdf", pledge.id)).await.body;
    let shown = upload(&platform, "file", &pdf).await;
    for expected in [
        "Peserta Uji 1",
        "Pemerintah Provinsi Contoh",
        "Menjaga netralitas pada Pemilihan Umum.",
        "tidak diperiksa dan dapat saja diubah",
        "1 Februari 2029",
    ] {
        assert!(shown.text().contains(expected), "{expected}");
    }
    let foreign = upload(&platform, "file", b"\xFF\xD8\xFF\xE0 bukan pdf").await;
    assert!(foreign.text().contains("Bukan ikrar"));
    let serial = upload(&platform, "serial", Serial::of(pledge.id).to_string().as_bytes()).await;
    assert!(serial.text().contains("Tercatat") && !serial.text().contains("Peserta Uji"));
    for (field, bytes) in [("file", b"".as_slice()), ("serial", b""), ("serial", b"<b>AAAAA")] {
        let refused = upload(&platform, field, bytes).await;
        assert!(refused.text().contains("field--bad"), "{field}");
        assert!(!refused.text().contains("<b>"));
    }
    assert_eq!(upload(&platform, "file", &vec![0; 3 << 20]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}
