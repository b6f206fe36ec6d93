//! Certificates in bulk, from the console: what the archive holds, whose it is, and what becomes of one that is broken
//! off.

use crate::support::{ARCHIVES, Answer, TestPlatform};
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use futures_util::StreamExt;
use ikrar::domain::account::Role;
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::ids::Serial;
use ikrar::web::console::ARCHIVES_AT_ONCE_MAX;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use tower::ServiceExt;
use zip::ZipArchive;

const PATH: &str = "/console/k/uji/certificates";

/// The entries of an archive by their names.
fn entries(answer: &Answer) -> BTreeMap<String, Vec<u8>> {
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/zip"));
    let mut zip = ZipArchive::new(Cursor::new(answer.body.as_ref())).unwrap();
    let count = zip.len();
    let read = |at| {
        let mut entry = zip.by_index(at).unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (entry.name().unwrap().to_string(), content)
    };
    (0..count).map(read).collect()
}

/// The rows of the manifest.
fn manifest(entries: &BTreeMap<String, Vec<u8>>) -> Vec<csv::StringRecord> {
    let text = std::str::from_utf8(&entries["manifest.csv"]).unwrap().strip_prefix('\u{FEFF}').unwrap();
    csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect()
}

/// Name, institution, unit and number of people of what the trail says of archives, the newest first.
async fn trail(platform: &TestPlatform) -> Vec<(&'static str, Option<String>, Option<String>, u64)> {
    let lines = platform.store.audit_page(Some(platform.campaign), None, 20).await.unwrap();
    let told = lines.into_iter().filter_map(|line| match line.event {
        AuditEvent::CertificatesRequested { institution, unit, people, .. } => {
            Some(("requested", institution, unit, people))
        }
        AuditEvent::CertificatesExported { institution, unit, people, .. } => {
            Some(("exported", institution, unit, people))
        }
        _ => None,
    });
    told.collect()
}

#[tokio::test]
async fn an_archive_holds_the_certificates_as_they_are_a_row_for_each_and_how_to_check_them() {
    let platform = TestPlatform::open(9).await;
    let cookie = platform.account("bkd", Role::Organizer, &["*"]).await;
    let mut signed = Vec::new();
    for person in &platform.people[..7] {
        signed.push(platform.sign(person).await.pledge);
    }
    platform.revoke(signed[1].id, "salah orang", platform.line()).await.unwrap();
    let answer = platform.post_form(PATH, &cookie, &[("institution", ""), ("download", "a")]).await;
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"piagam-uji.zip\"");
    let entries = entries(&answer);
    let rows = manifest(&entries);
    assert_eq!((rows.len(), entries.len()), (7, 7 + 4));
    for pledge in &signed {
        let serial = Serial::of(pledge.id).to_string();
        let row = rows.iter().find(|row| row[1] == serial).unwrap();
        let person = platform.people.iter().find(|person| person.participant.id == pledge.participant).unwrap();
        assert_eq!(
            (&row[2], &row[3]),
            (person.participant.shown_name.as_str(), person.participant.institution.as_str())
        );
        assert!(row[0].starts_with(&format!("{}/{serial}-Peserta_Uji_", &row[3])), "{row:?}");
        let file = &entries[&row[0]];
        assert!(*file == platform.get(&format!("/c/{}.pdf", pledge.id)).await.body);
        assert_eq!(row[8], data_encoding::HEXLOWER.encode(&Sha256::digest(file)));
        assert_eq!(&row[7], if pledge.id == signed[1].id { "dicabut" } else { "berlaku" });
    }
    // The rows are in the order of the institutions.
    let institutions: Vec<&str> = rows.iter().map(|row| &row[3]).collect();
    assert!(institutions.is_sorted(), "{institutions:?}");
    let told = std::str::from_utf8(&entries["VERIFY.txt"]).unwrap();
    for words in ["CARA MEMERIKSA", "HOW TO CHECK", "pdfsig", "ikrar verify BERKAS.pdf --trust jwks.json", "/v"] {
        assert!(told.contains(words), "{words}");
    }
    let jwks = platform.get("/.well-known/jwks.json").await.json();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&entries["jwks.json"]).unwrap(), jwks);
    let authority = pem_body(&entries["authority.pem"]);
    assert_eq!(jwks["keys"].as_array().unwrap().iter().find(|key| key["kty"] == "EC").unwrap()["x5c"][1], authority);
    let fingerprint = Sha256::digest(data_encoding::BASE64.decode(authority.as_bytes()).unwrap());
    let pairs: Vec<String> = fingerprint.iter().map(|byte| format!("{byte:02X}")).collect();
    assert!(told.contains(&pairs.join(":")), "{told}");
    assert_eq!(trail(&platform).await, [("exported", None, None, 7), ("requested", None, None, 7)]);
    let progress = platform.page(&format!("{PATH}/progress?download=a"), &cookie).await.json();
    assert_eq!(progress, serde_json::json!({"state": "done", "done": 7, "faults": 0, "all": 7}));
}

fn pem_body(pem: &[u8]) -> String {
    std::str::from_utf8(pem).unwrap().lines().filter(|line| !line.starts_with('-')).collect()
}

#[tokio::test]
async fn an_archive_is_of_an_institution_or_of_a_unit_and_of_what_the_account_sees() {
    let platform = TestPlatform::with_agencies().await;
    let organizer = platform.account("bkd", Role::Organizer, &["*"]).await;
    let archivist = platform.account("arsip", Role::Operator, &[ARCHIVES]).await;
    for at in [0, 1, 3, 6, 7, 8] {
        platform.sign(&platform.people[at]).await;
    }
    let of = async |cookie: &str, institution: &str, unit: &str| {
        platform.post_form(PATH, cookie, &[("institution", institution), ("unit", unit)]).await
    };
    let names =
        |answer: &Answer| -> Vec<String> { manifest(&entries(answer)).iter().map(|row| row[2].to_string()).collect() };
    let count = |answer: &Answer| manifest(&entries(answer)).len();
    assert_eq!(count(&of(&organizer, "", "").await), 6);
    assert_eq!(count(&of(&organizer, "16", "").await), 5);
    assert_eq!(count(&of(&organizer, "16", "Dinas Pendidikan").await), 3, "with the unit below it");
    assert_eq!(count(&of(&organizer, "16", "Dinas Pendidikan / SMP Negeri 1").await), 2);
    assert_eq!(of(&organizer, "16", "Tidak Ada").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(of(&organizer, "99", "").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // An agency's operator gets their own, and nobody else's.
    assert_eq!(names(&of(&archivist, "16", "").await), ["Peserta Uji 2"]);
    assert_eq!(trail(&platform).await[0], ("exported", Some("16".into()), Some(ARCHIVES.into()), 1));
    assert_eq!(of(&archivist, "16", "Dinas Pendidikan").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(of(&archivist, "16.71", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(of(&archivist, "", "").await.status, StatusCode::FORBIDDEN);
    let viewer = platform.account("lihat", Role::Viewer, &["16"]).await;
    assert_eq!(of(&viewer, "16", "").await.status, StatusCode::FORBIDDEN);
    let nobody = of(&organizer, "16", "Badan Arsip").await;
    assert_eq!(count(&nobody), 1);
}

#[tokio::test]
async fn where_there_are_no_own_copies_none_are_offered_and_a_public_one_isn_t_given_for_one() {
    let platform = TestPlatform::open(2).await;
    let cookie = platform.account("bkd", Role::Organizer, &["*"]).await;
    platform.sign(&platform.people[0]).await;
    assert!(platform.page(PATH, &cookie).await.text().contains("value=\"own\""));
    platform.forget_editions().await;
    assert!(!platform.page(PATH, &cookie).await.text().contains("value=\"own\""));
    let refused = platform.post_form(PATH, &cookie, &[("institution", ""), ("copy", "own")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(trail(&platform).await, []);
    assert_eq!(manifest(&entries(&platform.post_form(PATH, &cookie, &[("institution", "")]).await)).len(), 1);
}

/// The answer to a request for all certificates, before anything of its body is read.
async fn begun(platform: &TestPlatform, cookie: &str, download: &str) -> Response<Body> {
    let request = Request::post(PATH)
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(format!("institution=&download={download}")))
        .unwrap();
    platform.router.clone().oneshot(request).await.unwrap()
}

#[tokio::test]
async fn an_account_makes_no_more_archives_at_once_than_its_share() {
    let platform = TestPlatform::open(90).await;
    let cookie = platform.account("bkd", Role::Organizer, &["*"]).await;
    let other = platform.account("bkd-2", Role::Organizer, &["*"]).await;
    for person in &platform.people {
        platform.sign(person).await;
    }
    let mut open = Vec::new();
    for _ in 0..ARCHIVES_AT_ONCE_MAX / 2 {
        open.push(begun(&platform, &cookie, "").await);
    }
    let refused = begun(&platform, &cookie, "").await;
    assert_eq!(
        (refused.status(), refused.headers().contains_key("retry-after")),
        (StatusCode::SERVICE_UNAVAILABLE, true)
    );
    assert_eq!(begun(&platform, &other, "").await.status(), StatusCode::OK);
    drop(open);
    while begun(&platform, &cookie, "").await.status() != StatusCode::OK {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_archive_that_is_broken_off_isn_t_recorded_as_exported_and_the_page_says_so() {
    let platform = TestPlatform::open(90).await;
    let cookie = platform.account("bkd", Role::Organizer, &["*"]).await;
    for person in &platform.people {
        platform.sign(person).await;
    }
    let answer = begun(&platform, &cookie, "b").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let mut pieces = answer.into_body().into_data_stream();
    assert!(!pieces.next().await.unwrap().unwrap().is_empty());
    let progress = async || platform.page(&format!("{PATH}/progress?download=b"), &cookie).await.json();
    assert_eq!((&progress().await["state"], &progress().await["all"]), (&"running".into(), &90.into()));
    drop(pieces);
    while progress().await["state"] == "running" {
        tokio::task::yield_now().await;
    }
    assert_eq!(progress().await["state"], "failed");
    assert_eq!(trail(&platform).await, [("requested", None, None, 90)]);
    assert_eq!(platform.page(&format!("{PATH}/progress?download=other"), &cookie).await.json()["state"], "unknown");
}
