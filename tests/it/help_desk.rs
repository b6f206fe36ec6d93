//! The help desk and the files that leave the console: found by POST, scoped, audited, codes behind the password.

use crate::support::{Answer, PASSWORD, TestPlatform};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use ikrar::domain::account::Role;
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::disclosure::Disclosure;
use ikrar::domain::ids::ParticipantId;
use ikrar::store::StoreError;
use ikrar::store::misuse_reports::{MisuseReport, ReportSource};

const DESK: &str = "/console/k/uji/people";

async fn events(platform: &TestPlatform) -> Vec<AuditEvent> {
    let entries = platform.store.audit_page(Some(platform.campaign), None, 100).await.unwrap();
    entries.into_iter().map(|entry| entry.event).collect()
}

#[tokio::test]
async fn an_operator_finds_only_people_of_their_own_institutions() {
    let platform = TestPlatform::open(9).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    let (own, foreign) = (&platform.people[2], &platform.people[0]);
    assert_eq!(own.participant.institution, "16.71");

    let found = platform.post_form(DESK, &kota, &[("q", &own.identifier)]).await;
    assert!(found.text().contains("<h1>Peserta Uji 3</h1>"));
    let hidden = platform.post_form(DESK, &kota, &[("q", &foreign.identifier)]).await;
    assert!(!hidden.text().contains("Peserta Uji 1"));
    let named = platform.post_form(DESK, &kota, &[("q", "PESERTA uji")]).await;
    assert!(named.text().contains("Peserta Uji 3") && !named.text().contains("Peserta Uji 1<"));

    let (own_id, foreign_id) = (own.participant.id.to_string(), foreign.participant.id.to_string());
    for path in ["show", "reissue", "slip"] {
        let path = format!("{DESK}/{path}");
        assert_eq!(platform.post_form(&path, &kota, &[("id", &foreign_id)]).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(platform.post_form(&format!("{DESK}/show"), &kota, &[("id", &own_id)]).await.status, StatusCode::OK);
    let revoke = platform.post_form(&format!("{DESK}/revoke"), &kota, &[("id", &own_id), ("reason", "salah")]).await;
    assert_eq!(revoke.status, StatusCode::FORBIDDEN);
    for path in ["codes", "lists", "progress"] {
        let path = format!("/console/k/uji/{path}?institution=16");
        let shown = platform.page(&path, &kota).await;
        assert!(
            !shown.text().contains("Pemerintah Provinsi Contoh</") && !shown.text().contains("Peserta Uji"),
            "{path}"
        );
    }
    let taken = platform.post_form("/console/k/uji/lists", &kota, &[("institution", "16")]).await;
    assert_eq!(taken.status, StatusCode::NOT_FOUND);
    let all = platform.post_form("/console/k/uji/lists", &kota, &[("institution", "")]).await;
    assert_eq!(all.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_new_code_replaces_the_old_one() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let person = &platform.people[0];
    let id = person.participant.id.to_string();
    let given = platform.post_form(&format!("{DESK}/reissue"), &admin, &[("id", &id)]).await;
    let code = platform.secret.access_code(person.participant.id, 2).shown(&Disclosure::to_the_operator());
    assert!(given.text().contains(&code) && given.text().contains("Bapak/Ibu"));
    let slip = platform.post_form(&format!("{DESK}/slip"), &admin, &[("id", &id)]).await;
    assert!(slip.body.starts_with(b"%PDF-"));
    let enter = async |code: &str| {
        let body = serde_json::json!({ "identifier": person.identifier, "access_code": code });
        platform.post_json("/api/v1/campaigns/uji/sessions", None, &body).await.status
    };
    assert_eq!(enter(&person.access_code).await, StatusCode::UNAUTHORIZED);
    assert_eq!(enter(&code).await, StatusCode::OK);
    assert!(events(&platform).await.iter().any(|event| matches!(event, AuditEvent::CodeReissued { version: 2, .. })));
}

#[tokio::test]
async fn codes_leave_only_behind_the_password_and_with_their_hash() {
    let platform = TestPlatform::open(6).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let path = "/console/k/uji/codes";
    platform.clock.advance_ms(6 * 60_000);
    let without = [("institution", "16.71"), ("format", "pdf"), ("password", "")];
    assert_eq!(platform.post_form(path, &admin, &without).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!events(&platform).await.iter().any(|event| matches!(event, AuditEvent::CodesExported { .. })));
    let with = [("institution", "16.71"), ("format", "pdf"), ("password", PASSWORD)];
    let slips = platform.post_form(path, &admin, &with).await;
    assert!(slips.body.starts_with(b"%PDF-") && slips.header("cache-control") == "no-store");
    // For some minutes the password needn't be typed again.
    let list = [("institution", ""), ("format", "xlsx"), ("password", "")];
    let list = platform.post_form(path, &admin, &list).await;
    assert!(list.body.starts_with(b"PK"));
    let exported = events(&platform).await;
    let people: Vec<u64> = exported
        .iter()
        .filter_map(|event| match event {
            AuditEvent::CodesExported { people, sha256, .. } => (sha256.len() == 64).then_some(*people),
            _ => None,
        })
        .collect();
    assert_eq!(people.iter().sum::<u64>(), 8);
}

#[tokio::test]
async fn a_revocation_and_its_line_are_one() {
    let platform = TestPlatform::open(3).await;
    let pledge = platform.sign(&platform.people[0]).await.pledge.id;
    let store = &platform.store;
    let newest = store.audit_page(Some(platform.campaign), None, 1).await.unwrap().pop().unwrap();
    let lines = events(&platform).await.len();
    // The line is there already and can't be written: so nothing is revoked either.
    let refused = platform.revoke(pledge, "uji", newest).await;
    assert!(matches!(refused, Err(StoreError::Conflict)));
    assert!(store.revocation(platform.campaign, pledge).await.unwrap().is_none());
    platform.revoke(pledge, "uji", platform.line()).await.unwrap();
    let again = platform.revoke(pledge, "uji", platform.line()).await;
    assert!(matches!(again, Err(StoreError::Conflict)));
    assert_eq!(events(&platform).await.len(), lines + 1);
}

#[tokio::test]
async fn lists_reports_and_revocation() {
    let platform = TestPlatform::open(6).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let person = &platform.people[0];
    platform.sign(person).await;
    for signed in ["yes", "no", "all"] {
        let fields = [("institution", ""), ("signed", signed)];
        let list = platform.post_form("/console/k/uji/lists", &admin, &fields).await;
        assert!(list.body.starts_with(b"PK"), "{signed}");
    }
    let units = platform.page("/console/k/uji/progress?institution=16", &admin).await;
    assert!(units.text().contains("25,0%"));

    let report = MisuseReport {
        id: [3; 16],
        source: ReportSource::SignedIn {
            participant: person.participant.id,
            institution: "16".into(),
            contact: "0811".into(),
            message: "Bukan <b>saya</b>.".into(),
        },
        reported_at: platform.state.now(),
        taken_at: None,
        resolved: None,
    };
    platform.store.add_report(platform.campaign, &report).await.unwrap();
    let listed = platform.page("/console/k/uji/reports", &admin).await;
    assert!(listed.text().contains("Peserta Uji 1") && !listed.text().contains("<b>saya"));
    let id = data_encoding::BASE64URL_NOPAD.encode(&report.id);
    let resolve = [("id", id.as_str()), ("words", "sudah dihubungi")];
    let done = platform.post_form("/console/k/uji/reports", &admin, &resolve).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let twice = platform.post_form("/console/k/uji/reports", &admin, &resolve).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);

    let id = person.participant.id.to_string();
    let revoke = format!("{DESK}/revoke");
    let short = platform.post_form(&revoke, &admin, &[("id", &id), ("reason", "")]).await;
    assert!(!short.text().contains("badge--bad") && !short.text().contains("Ikrar dicabut."));
    let revoked = platform.post_form(&revoke, &admin, &[("id", &id), ("reason", "bukan orangnya")]).await;
    assert!(revoked.text().contains("badge--bad") && revoked.text().contains("bukan orangnya"));
    assert!(revoked.text().contains("Ikrar dicabut."), "the page says that it was done");
    let unsigned = platform.people[1].participant.id.to_string();
    let nothing = platform.post_form(&revoke, &admin, &[("id", &unsigned), ("reason", "bukan orangnya")]).await;
    assert_eq!(nothing.status, StatusCode::CONFLICT);
    assert!(ParticipantId::parse(&id).is_some());
}

/// Sends a roster file as a browser does.
async fn send(platform: &TestPlatform, cookie: &str, slug: &str, institution: &str, file: &str) -> Answer {
    let part = |name: &str, extra: &str, value: &str| {
        format!("--batas\r\nContent-Disposition: form-data; name=\"{name}\"{extra}\r\n\r\n{value}\r\n")
    };
    let file = part("file", "; filename=\"daftar.csv\"\r\nContent-Type: text/csv", file);
    let body = format!("{}{file}--batas--\r\n", part("institution", "", institution));
    let request = Request::post(format!("/console/k/{slug}/roster"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=batas")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, cookie);
    platform.send(request.body(Body::from(body)).unwrap()).await
}

/// The page of an upload once its run has ended.
async fn ended(platform: &TestPlatform, cookie: &str, path: &str) -> Answer {
    for _ in 0..400 {
        let shown = platform.page(path, cookie).await;
        if shown.header("refresh").is_empty() {
            return shown;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the run never ended");
}

#[tokio::test]
async fn a_roster_is_checked_then_imported_and_a_faulty_one_refused() {
    let platform = TestPlatform::locked(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    let fields = [("slug", "baru"), ("template", "ikrar-netralitas"), ("title", "Ikrar"), ("zone", "WIB")];
    platform.post_form("/console/new", &admin, &fields).await;
    for (code, name) in [("16", "Pemerintah Provinsi Contoh"), ("16.71", "Kota Contoh")] {
        let fields = [("act", "add"), ("code", code), ("name", name), ("help_contact", "")];
        platform.post_form("/console/k/baru/institutions", &admin, &fields).await;
    }
    assert_eq!(send(&platform, &admin, "uji", "", "NIP,NAMA\n").await.status, StatusCode::CONFLICT);
    assert_eq!(send(&platform, &kota, "baru", "16", "x").await.status, StatusCode::NOT_FOUND);
    assert_eq!(send(&platform, &kota, "baru", "", "x").await.status, StatusCode::FORBIDDEN);

    let faulty = "NIP,NAMA,UNIT KERJA\n197001011995031001,Siti Aminah,Dinas\n1970010119950310,Budi,Dinas\n";
    let sent = send(&platform, &kota, "baru", "16.71", faulty).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let path = sent.header("location").to_string();
    let refused = ended(&platform, &kota, &path).await;
    assert!(refused.text().contains("remarks.xlsx"), "{}", refused.text());
    let remarks = platform.page(&format!("{path}/remarks.xlsx"), &kota).await;
    assert!(remarks.body.starts_with(b"PK"));
    let forced = platform.post_form(&format!("{path}/confirm"), &kota, &[]).await;
    assert_eq!(forced.status, StatusCode::CONFLICT);
    let campaign = platform.store.campaign_by_slug("baru").await.unwrap().unwrap();
    assert!(platform.store.people_counts(campaign.id).await.unwrap().is_empty());

    let right = "NIP,NAMA,UNIT KERJA\n197001011995031001,Siti Aminah,Dinas\n197501012000031002,Budi,Dinas\n";
    let path = send(&platform, &kota, "baru", "16.71", right).await.header("location").to_string();
    assert!(ended(&platform, &kota, &path).await.text().contains("/confirm"));
    assert!(platform.store.people_counts(campaign.id).await.unwrap().is_empty());
    platform.post_form(&format!("{path}/confirm"), &kota, &[]).await;
    let done = ended(&platform, &kota, &path).await;
    assert_eq!(done.header("location"), "/console/k/baru/roster?done=imported");
    assert_eq!(platform.store.people_counts(campaign.id).await.unwrap(), [("16.71".to_string(), 2)]);
    let trail = platform.store.audit_page(Some(campaign.id), None, 50).await.unwrap();
    assert!(trail.iter().any(|entry| matches!(&entry.event, AuditEvent::RosterImported { people: 2, .. })));
}
