//! Minutes: made once a campaign is closed, from numbers that add up to the log, kept as they are, and taken back
//! signed.

use crate::support::{Answer, TestPlatform};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use data_encoding::HEXLOWER;
use ikrar::domain::account::Role;
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::minutes::{MINUTES_EDITIONS_MAX, SIGNED_COPY_BYTES_MAX};
use lopdf::{Document, Object};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const PATH: &str = "/console/k/uji/minutes";

/// Of sixty people nine have signed; then the campaign is closed.
async fn closed() -> (TestPlatform, String) {
    let platform = TestPlatform::open(60).await;
    let cookie = platform.account("bkd", Role::Organizer, &["*"]).await;
    for person in &platform.people[..9] {
        platform.sign(person).await;
    }
    close(&platform).await;
    (platform, cookie)
}

async fn close(platform: &TestPlatform) {
    platform.change(CampaignState::Open, CampaignState::Closing).await;
    platform.change(CampaignState::Closing, CampaignState::Closed).await;
}

async fn make(platform: &TestPlatform, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    platform.post_form(PATH, cookie, fields).await
}

/// The data that the file of an edition carries.
async fn data(platform: &TestPlatform, cookie: &str, edition: u32) -> Value {
    let answer = platform.page(&format!("{PATH}/{edition}"), cookie).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/pdf"));
    let document = Document::load_mem(&answer.body).unwrap();
    let is_data = |object: &&Object| {
        let named = object.as_dict().and_then(|entries| entries.get(b"F")).and_then(Object::as_str);
        named.is_ok_and(|name| name == b"berita-acara.json")
    };
    let file = document.objects.values().find(is_data).unwrap().as_dict().unwrap();
    let stream = file.get(b"EF").unwrap().as_dict().unwrap().get(b"F").unwrap().as_reference().unwrap();
    let content = document.get_object(stream).unwrap().as_stream().unwrap().decompressed_content().unwrap();
    serde_json::from_slice(&content).unwrap()
}

/// Sends a copy back as the page's form does.
async fn send_copy(platform: &TestPlatform, cookie: &str, edition: u32, file: &[u8]) -> Answer {
    let head = "--garis\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n";
    let body = [head.as_bytes(), file, b"\r\n--garis--\r\n"].concat();
    let request = Request::post(format!("{PATH}/{edition}/copy"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=garis")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, cookie);
    platform.send(request.body(Body::from(body)).unwrap()).await
}

async fn trail(platform: &TestPlatform) -> Vec<(&'static str, u32, String)> {
    let lines = platform.store.audit_page(Some(platform.campaign), None, 50).await.unwrap();
    let told = lines.into_iter().rev().filter_map(|line| match line.event {
        AuditEvent::MinutesMade { edition, sha256, .. } => Some(("made", edition, sha256)),
        AuditEvent::MinutesCopyKept { edition, sha256 } => Some(("copy", edition, sha256)),
        _ => None,
    });
    told.collect()
}

#[tokio::test]
async fn minutes_say_what_the_log_proves() {
    let platform = TestPlatform::open(60).await;
    let cookie = platform.account("bkd", Role::Organizer, &["*"]).await;
    let mut signed = Vec::new();
    for person in &platform.people[..9] {
        signed.push(platform.sign(person).await.pledge);
    }
    platform.revoke(signed[0].id, "salah orang", platform.line()).await.unwrap();
    let added = [("institution", "16"), ("name", "Budi"), ("reason", "terlewat")];
    platform.post_form("/console/k/uji/people/add", &cookie, &added).await;
    close(&platform).await;
    let fields = [("letter_number", " 800/1/BKD "), ("positions", "Kepala BKD,\r\n\r\nKetua Bawaslu,")];
    let made = make(&platform, &cookie, &fields).await;
    assert_eq!(
        (made.status, made.header("location")),
        (StatusCode::SEE_OTHER, "/console/k/uji/minutes?done=minutes-made")
    );

    let data = data(&platform, &cookie, 1).await;
    let totals = &data["totals"];
    let number = |name: &str| totals[name].as_u64().unwrap();
    assert_eq!(["locked", "added", "excused", "target", "signed", "revoked"].map(number), [60, 1, 0, 61, 8, 1]);
    assert_eq!((data["letter_number"].as_str(), data["edition"].as_u64()), (Some("800/1/BKD"), Some(1)));
    assert_eq!(data["positions"], json!(["Kepala BKD,", "Ketua Bawaslu,"]));
    for table in ["institutions", "locations", "employment"] {
        let rows = data[table].as_array().unwrap();
        let sum = |name: &str| rows.iter().map(|row| row[name].as_u64().unwrap()).sum::<u64>();
        assert_eq!((sum("target"), sum("signed")), (61, 8), "{table}");
    }
    // The head is the one that the campaign publishes.
    let checkpoint = platform.get("/api/v1/campaigns/uji/checkpoint").await;
    let published = if checkpoint.status == StatusCode::OK { Some(checkpoint.text().to_string()) } else { None };
    let numbers = platform.store.public_numbers(platform.campaign).await.unwrap();
    assert_eq!(data["log"]["checkpoint"].as_str(), numbers.pledges_checkpoint.as_deref());
    assert!(published.is_none_or(|note| note == data["log"]["checkpoint"].as_str().unwrap()));
    assert_eq!(data["log"]["size"], 9);
    assert_eq!(data["text"]["sha256"], HEXLOWER.encode(&platform.text_hash()));
    assert!(data["totals"]["first_signed_at"].as_str().unwrap() <= data["totals"]["last_signed_at"].as_str().unwrap());
    let file = platform.page(&format!("{PATH}/1"), &cookie).await.body;
    assert_eq!(trail(&platform).await, [("made", 1, HEXLOWER.encode(&Sha256::digest(&file)))]);
    // No person stands in them.
    let written = serde_json::to_string(&data).unwrap();
    assert!(platform.people.iter().all(|person| !written.contains(&person.participant.shown_name)));
    assert!(platform.people.iter().all(|person| !written.contains(&person.identifier)));
}

#[tokio::test]
async fn minutes_wait_for_the_closing_and_are_replaced_with_a_reason_only() {
    let platform = TestPlatform::open(60).await;
    let cookie = platform.account("bkd", Role::Organizer, &["*"]).await;
    let early = make(&platform, &cookie, &[]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!platform.page(PATH, &cookie).await.text().contains("name=\"positions\""));
    close(&platform).await;
    assert_eq!(make(&platform, &cookie, &[]).await.status, StatusCode::SEE_OTHER);
    let first = platform.page(&format!("{PATH}/1"), &cookie).await.body;
    let refused = make(&platform, &cookie, &[("reason", "  "), ("letter_number", "12/X")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("value=\"12/X\""), "what was typed stays");
    let long = "x".repeat(201);
    for fields in [[("reason", long.as_str()), ("positions", "")], [("reason", "a"), ("positions", &long)]] {
        assert_eq!(make(&platform, &cookie, &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(make(&platform, &cookie, &[("reason", "nomor salah")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(data(&platform, &cookie, 2).await["reason"], "nomor salah");
    assert!(platform.page(&format!("{PATH}/1"), &cookie).await.body == first, "the earlier edition stays as it was");
    let page = platform.page(PATH, &cookie).await;
    assert!(page.text().contains("nomor salah") && page.text().contains(&HEXLOWER.encode(&Sha256::digest(&first))));
    assert_eq!(platform.page(&format!("{PATH}/3"), &cookie).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn minutes_of_a_campaign_that_nobody_signed_are_made_too() {
    let platform = TestPlatform::open(2).await;
    let cookie = platform.account("bkd", Role::Organizer, &["*"]).await;
    close(&platform).await;
    assert_eq!(make(&platform, &cookie, &[]).await.status, StatusCode::SEE_OTHER);
    let data = data(&platform, &cookie, 1).await;
    assert_eq!((&data["log"]["size"], &data["totals"]["first_signed_at"]), (&json!(0), &Value::Null));
}

#[tokio::test]
async fn a_copy_that_was_signed_elsewhere_is_kept_and_told_apart_from_a_scan() {
    let (platform, cookie) = closed().await;
    make(&platform, &cookie, &[]).await;
    let file = platform.page(&format!("{PATH}/1"), &cookie).await.body;
    assert_eq!(send_copy(&platform, &cookie, 1, b"GIF89a").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(send_copy(&platform, &cookie, 1, b"").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let long = [&b"%PDF-1.7\n"[..], &vec![b' '; SIGNED_COPY_BYTES_MAX]].concat();
    assert_eq!(send_copy(&platform, &cookie, 1, &long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(send_copy(&platform, &cookie, 2, b"%PDF-1.4").await.status, StatusCode::NOT_FOUND);
    assert_eq!(platform.page(&format!("{PATH}/1/copy"), &cookie).await.status, StatusCode::NOT_FOUND);

    assert_eq!(send_copy(&platform, &cookie, 1, b"%PDF-1.4 pindai").await.status, StatusCode::SEE_OTHER);
    assert!(platform.page(PATH, &cookie).await.text().contains("berkas lain, misalnya hasil pindai"));
    let signed = [&file[..], b"\nmore"].concat();
    assert_eq!(send_copy(&platform, &cookie, 1, &signed).await.status, StatusCode::SEE_OTHER);
    assert!(platform.page(PATH, &cookie).await.text().contains("memuat berkas berita acara ini utuh"));
    assert!(platform.page(&format!("{PATH}/1/copy"), &cookie).await.body == signed);
    let hashes = [&b"%PDF-1.4 pindai"[..], &signed].map(|copy| ("copy", 1, HEXLOWER.encode(&Sha256::digest(copy))));
    assert_eq!(trail(&platform).await[1..], hashes);
}

/// What `POST /api/v1/verify` says of a file.
async fn checked(platform: &TestPlatform, pdf: &[u8]) -> Value {
    let request = Request::post("/api/v1/verify").header(header::CONTENT_TYPE, "application/pdf");
    platform.send(request.body(Body::from(pdf.to_vec())).unwrap()).await.json()
}

#[tokio::test]
async fn whoever_checks_minutes_learns_that_they_are_whole_and_nobody_s_certificate() {
    let (platform, cookie) = closed().await;
    make(&platform, &cookie, &[]).await;
    let file = platform.page(&format!("{PATH}/1"), &cookie).await.body;
    let told = checked(&platform, &file).await;
    assert_eq!(
        (&told["verdict"], &told["page"], &told["claims"]),
        (&json!("document"), &json!("sealed"), &Value::Null)
    );
    let told = checked(&platform, &[&file[..], b"\n% later\n"].concat()).await;
    assert_eq!((&told["verdict"], &told["page"]), (&json!("document"), &json!("extended")));
    assert_eq!(told["extension"]["sealed_bytes"], file.len());
    for at in (0..file.len()).step_by(file.len() / 60) {
        let mut changed = file.to_vec();
        changed[at] ^= 1;
        assert_ne!(checked(&platform, &changed).await["verdict"], "document", "byte {at}");
    }
    // A file that anybody made isn't the organizer's.
    assert_ne!(checked(&platform, b"%PDF-1.7\n").await["verdict"], "document");
}

#[tokio::test]
async fn only_organizers_make_minutes_and_take_copies_back() {
    let (platform, organizer) = closed().await;
    make(&platform, &organizer, &[]).await;
    for (login, role) in [("petugas", Role::Operator), ("lihat", Role::Viewer)] {
        let cookie = platform.account(login, role, &["*"]).await;
        assert_eq!(make(&platform, &cookie, &[("reason", "a")]).await.status, StatusCode::FORBIDDEN, "{login}");
        assert_eq!(send_copy(&platform, &cookie, 1, b"%PDF-1.4").await.status, StatusCode::FORBIDDEN, "{login}");
        assert_eq!(platform.page(&format!("{PATH}/1"), &cookie).await.status, StatusCode::FORBIDDEN, "{login}");
    }
    assert_eq!(trail(&platform).await.len(), 1);
}

#[tokio::test]
async fn two_accounts_at_once_make_one_edition_each_or_one_is_told_to_look_again() {
    let (platform, cookie) = closed().await;
    let (one, other) = tokio::join!(make(&platform, &cookie, &[]), make(&platform, &cookie, &[]));
    let editions = platform.store.minutes(platform.campaign).await.unwrap();
    assert!(!editions.is_empty() && [&one, &other].iter().any(|made| made.status == StatusCode::SEE_OTHER));
    assert_eq!(
        editions.iter().map(|one| one.number).collect::<Vec<_>>(),
        (1..=editions.len() as u32).collect::<Vec<_>>()
    );
    let refused = [&one, &other].into_iter().filter(|made| made.status != StatusCode::SEE_OTHER);
    for made in refused {
        assert!([StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY].contains(&made.status), "{}", made.status);
    }
}

#[tokio::test]
async fn there_is_a_last_edition_and_a_last_copy() {
    let (platform, cookie) = closed().await;
    make(&platform, &cookie, &[]).await;
    let one = platform.store.minutes(platform.campaign).await.unwrap().remove(0);
    for number in 2..=MINUTES_EDITIONS_MAX {
        let next = ikrar::domain::minutes::MinutesEdition { number, ..one.clone() };
        platform.store.add_minutes(platform.campaign, &next, b"%PDF", &platform.line()).await.unwrap();
    }
    let refused = make(&platform, &cookie, &[("reason", "lagi")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for _ in 0..ikrar::domain::minutes::SIGNED_COPIES_MAX {
        assert_eq!(send_copy(&platform, &cookie, 1, b"%PDF-1.4").await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(send_copy(&platform, &cookie, 1, b"%PDF-1.4").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}
