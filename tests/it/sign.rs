//! A signer at the pages, without a script: signing in, reading, signing, the receipt, and every way to go wrong.

use crate::support::{Answer, OPENS_AT, Person, TestPlatform};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use data_encoding::BASE64URL_NOPAD;
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::misuse_report::ReportNumber;
use ikrar::domain::pledge::Method;
use ikrar::domain::visible_institutions::{VisibleInstitutions, VisiblePart};
use ikrar::service::sign_in::Session;
use ikrar::store::misuse_reports::{ReportSource, ReportStage};

const SIGN: &str = "/k/uji/sign";
const RECEIPT: &str = "/k/uji/receipt";

async fn enter(platform: &TestPlatform, person: &Person, shared: bool) -> Answer {
    let mut fields = vec![
        ("step", "enter"),
        ("identifier", person.identifier.as_str()),
        ("access_code", person.access_code.as_str()),
    ];
    if shared {
        fields.push(("shared", "1"));
    }
    platform.post_form(SIGN, "", &fields).await
}

async fn signed_in(platform: &TestPlatform, person: &Person) -> String {
    let answer = enter(platform, person, false).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, SIGN));
    answer.cookie()
}

fn hash(platform: &TestPlatform) -> String {
    BASE64URL_NOPAD.encode(&platform.text_hash())
}

async fn sign(platform: &TestPlatform, cookie: &str, clauses: &[&str]) -> Answer {
    let hash = hash(platform);
    let mut fields = vec![("step", "pledge"), ("text_hash", hash.as_str())];
    fields.extend(clauses.iter().map(|id| ("butir", *id)));
    platform.post_form(SIGN, cookie, &fields).await
}

async fn pledges(platform: &TestPlatform) -> u64 {
    platform.store.count_pledges(platform.campaign).await.unwrap()
}

#[tokio::test]
async fn from_signing_in_to_the_receipt_without_a_script() {
    let platform = TestPlatform::open(3).await;
    let person = &platform.people[0];
    let empty = platform.get(SIGN).await;
    assert_eq!(empty.status, StatusCode::OK);
    assert_eq!((empty.header("cache-control"), empty.header("x-robots-tag")), ("no-store", "noindex"));
    assert!(empty.text().contains("Data sintetis"));

    let cookie = signed_in(&platform, person).await;
    let read = platform.page(SIGN, &cookie).await;
    assert!(read.text().contains("Peserta Uji 1") && read.text().contains("Butir 2"));

    let answer = sign(&platform, &cookie, &["1", "2"]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/k/uji/receipt?baru"));
    let receipt = platform.page("/k/uji/receipt?baru", &cookie).await;
    assert!(receipt.text().contains("Ikrar Anda tercatat") && receipt.text().contains("1 Feb 2029, 09.00.00 WIB"));
    assert!(
        receipt.text().contains("/c/")
            && receipt.text().contains("<img class=\"receipt__qr\" src=\"data:image/png;base64,iVBORw0KGgo")
    );

    // Signed before: every way leads to the same receipt.
    assert_eq!(platform.page(SIGN, &cookie).await.header("location"), RECEIPT);
    assert_eq!(sign(&platform, &cookie, &["1", "2"]).await.header("location"), RECEIPT);
    assert_eq!(sign(&platform, &cookie, &[]).await.header("location"), RECEIPT);
    assert_eq!(enter(&platform, person, false).await.header("location"), RECEIPT);
    let before = platform.page(RECEIPT, &cookie).await;
    assert!(before.text().contains("Anda sudah menandatangani"));
    let serial = |text: &str| text.split("class=\"mono\">").nth(1).unwrap()[..16].to_string();
    assert_eq!(serial(before.text()), serial(receipt.text()));
    assert_eq!(pledges(&platform).await, 1);
}

#[tokio::test]
async fn a_missing_clause_leads_back_to_it_with_the_ticks_kept() {
    let platform = TestPlatform::open(3).await;
    let cookie = signed_in(&platform, &platform.people[0]).await;
    let answer = sign(&platform, &cookie, &["1"]).await;
    assert_eq!(answer.header("location"), "/k/uji/sign?butir=1&kurang=2#butir-2");
    let again = platform.page("/k/uji/sign?butir=1&kurang=2", &cookie).await;
    assert!(again.text().contains("value=\"1\" checked"));
    assert!(again.text().contains("class=\"clause clause--missing\" id=\"butir-2\""));
    assert_eq!(pledges(&platform).await, 0);
}

#[tokio::test]
async fn a_wrong_pair_has_one_answer_and_what_was_typed_stays() {
    let platform = TestPlatform::open(3).await;
    let (known, other) = (&platform.people[0], &platform.people[1]);
    let mut answers = vec![];
    for identifier in [known.identifier.as_str(), "199912312029121999"] {
        let fields = [("step", "enter"), ("identifier", identifier), ("access_code", other.access_code.as_str())];
        let answer = platform.post_form(SIGN, "", &fields).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.text().contains("Meja bantuan, pesawat 101"));
        answers.push(answer.text().replace(identifier, ""));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn an_invalid_identifier_is_refused_with_its_fault() {
    let platform = TestPlatform::open(3).await;
    for (identifier, words) in [
        ("19700101199503100", "18 angka"),
        ("1970010119950310011", "18 angka"),
        ("197002301995031001", "tidak mungkin"),
        ("delapanbelas", "bukan NIP"),
        ("", "belum diisi"),
    ] {
        let fields = [("step", "enter"), ("identifier", identifier), ("access_code", "ABCDE-FGHJK")];
        let answer = platform.post_form(SIGN, "", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{identifier}");
        assert!(answer.text().contains(words), "{identifier}: {}", answer.text());
    }
}

#[tokio::test]
async fn case_spaces_and_look_alikes_in_a_code_are_forgiven() {
    let platform = TestPlatform::open(3).await;
    let mut person = platform.people[0].clone();
    person.access_code = person.access_code.to_lowercase().replace('-', "  ").replace('0', "o").replace('1', "l");
    person.identifier = format!("{} {}", &person.identifier[..8], &person.identifier[8..]);
    signed_in(&platform, &person).await;
}

#[tokio::test]
async fn a_session_that_is_wrong_expired_or_foreign_signs_nothing_and_asks_to_sign_in() {
    let platform = TestPlatform::open(3).await;
    let good = signed_in(&platform, &platform.people[0]).await;
    let foreign = Session {
        campaign: ikrar::domain::ids::CampaignId([9; 16]),
        participant: platform.people[0].participant.id,
        code_version: 1,
        method: Method::OwnDevice,
        expires_at: OPENS_AT.plus_secs(100),
        drawn: Some([0; 8]),
        placed: None,
    };
    let foreign = format!("ikrar={}", foreign.token(&platform.keyring));
    for wrong in ["", "ikrar=x", foreign.as_str(), &good[..good.len() - 1]] {
        let answer = sign(&platform, wrong, &["1", "2"]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.text().contains("Masuk untuk menandatangani"));
    }
    platform.clock.advance_ms(3 * 3_600_000);
    let answer = sign(&platform, &good, &["1"]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    assert!(answer.text().contains("name=\"butir\" value=\"1\""), "the ticks are kept");
    assert_eq!(pledges(&platform).await, 0);
}

#[tokio::test]
async fn kept_ticks_come_back_to_the_same_person_only() {
    let platform = TestPlatform::open(3).await;
    let (one, other) = (&platform.people[0], &platform.people[1]);
    let cookie = signed_in(&platform, one).await;
    let read = platform.page(SIGN, &cookie).await;
    let mark = read.text().split("name=\"mark\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    for (person, location) in [(one, "/k/uji/sign?butir=1"), (other, SIGN)] {
        let fields = [
            ("step", "enter"),
            ("mark", mark),
            ("butir", "1"),
            ("identifier", person.identifier.as_str()),
            ("access_code", person.access_code.as_str()),
        ];
        assert_eq!(platform.post_form(SIGN, "", &fields).await.header("location"), location);
    }
}

#[tokio::test]
async fn an_outdated_text_is_shown_again_and_strokes_out_of_range_are_refused() {
    let platform = TestPlatform::open(3).await;
    let cookie = signed_in(&platform, &platform.people[0]).await;
    let fields = [("step", "pledge"), ("text_hash", "AAAA"), ("butir", "1"), ("butir", "2")];
    let old = platform.post_form(SIGN, &cookie, &fields).await;
    assert_eq!(old.status, StatusCode::CONFLICT);
    assert!(old.text().contains("Naskah sudah diperbarui") && !old.text().contains("checked"));

    let hash = hash(&platform);
    let long = format!("[[{}]]", vec!["[1,1]"; 600].join(","));
    for strokes in ["[[[0,1001]]]", "[[[-1,0]]]", "gambar", long.as_str()] {
        let fields =
            [("step", "pledge"), ("text_hash", hash.as_str()), ("butir", "1"), ("butir", "2"), ("strokes", strokes)];
        let answer = platform.post_form(SIGN, &cookie, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains("value=\"2\" checked"));
    }
    assert_eq!(pledges(&platform).await, 0);
}

#[tokio::test]
async fn before_the_opening_the_text_is_read_and_nothing_signed() {
    let platform = TestPlatform::locked(3).await;
    platform.clock.advance_ms(-3_600_000);
    let cookie = signed_in(&platform, &platform.people[0]).await;
    let read = platform.page(SIGN, &cookie).await;
    assert!(read.text().contains("data-countdown") && read.text().contains("Butir 1"));
    assert!(read.text().contains("1 Februari 2029 pukul 09.00 WIB"));
    let answer = sign(&platform, &cookie, &["1", "2"]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text().contains("Belum dibuka"));
    assert_eq!(pledges(&platform).await, 0);
}

#[tokio::test]
async fn paused_closed_and_cancelled_say_so_and_after_closing_a_receipt_is_still_fetched() {
    let platform = TestPlatform::open(3).await;
    let (signer, late) = (&platform.people[0], &platform.people[1]);
    let cookie = signed_in(&platform, signer).await;
    sign(&platform, &cookie, &["1", "2"]).await;
    let late_cookie = signed_in(&platform, late).await;
    for (expected, next, words) in [
        (CampaignState::Open, CampaignState::Paused, "Ditunda sementara"),
        (CampaignState::Paused, CampaignState::Closing, "sudah ditutup"),
        (CampaignState::Closing, CampaignState::Closed, "sudah ditutup"),
    ] {
        platform.change(expected, next).await;
        assert!(platform.page(SIGN, &late_cookie).await.text().contains(words));
        let answer = sign(&platform, &late_cookie, &["1", "2"]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(answer.text().contains(words));
        assert_eq!(enter(&platform, signer, false).await.header("location"), RECEIPT);
    }
    assert_eq!(pledges(&platform).await, 1);

    let cancelled = TestPlatform::open(3).await;
    let cookie = signed_in(&cancelled, &cancelled.people[0]).await;
    cancelled.change(CampaignState::Open, CampaignState::Cancelled).await;
    assert!(cancelled.get(SIGN).await.text().contains("dibatalkan"));
    assert_eq!(sign(&cancelled, &cookie, &["1", "2"]).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_unknown_campaign_a_large_body_and_broken_text_are_refused() {
    let platform = TestPlatform::open(3).await;
    for path in ["/k/lain/sign", "/k/lain/receipt", "/k/lain/report", "/k/lain/leave"] {
        assert_eq!(platform.get(path).await.status, StatusCode::NOT_FOUND);
    }
    let large = "x".repeat(1 << 20);
    let answer = platform.post_form(SIGN, "", &[("step", "enter"), ("identifier", large.as_str())]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text().contains("Kiriman terlalu besar"));
    let post = |kind: &'static str, body: &'static str| {
        Request::post(SIGN).header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap()
    };
    let broken = platform.send(post("application/x-www-form-urlencoded", "step=enter&identifier=%ff%fe")).await;
    assert_eq!(broken.status, StatusCode::BAD_REQUEST);
    let other = platform.send(post("text/plain", "step=enter")).await;
    assert_eq!(other.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_submissions_at_once_are_one_pledge() {
    let platform = TestPlatform::open(3).await;
    let cookie = signed_in(&platform, &platform.people[0]).await;
    let all = futures_util::future::join_all((0..20).map(|_| sign(&platform, &cookie, &["1", "2"]))).await;
    assert!(all.iter().all(|answer| answer.header("location").starts_with(RECEIPT)));
    assert_eq!(pledges(&platform).await, 1);
}

#[tokio::test]
async fn a_script_gets_the_next_address_or_the_refusal_as_json() {
    let platform = TestPlatform::open(3).await;
    let cookie = signed_in(&platform, &platform.people[0]).await;
    let ask = |body: String, cookie: &str| {
        Request::post(SIGN)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, cookie)
            .body(Body::from(body))
            .unwrap()
    };
    let hash = hash(&platform);
    let missing = platform.send(ask(format!("step=pledge&text_hash={hash}&butir=1"), &cookie)).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(missing.json()["code"], "clauses_missing");
    assert_eq!(missing.json()["place"], "butir-2");
    let expired = platform.send(ask(format!("step=pledge&text_hash={hash}&butir=1&butir=2"), "")).await;
    assert_eq!((expired.status, expired.json()["code"].as_str()), (StatusCode::UNAUTHORIZED, Some("session_invalid")));
    let signed = platform.send(ask(format!("step=pledge&text_hash={hash}&butir=1&butir=2"), &cookie)).await;
    assert_eq!(signed.json()["next"], "/k/uji/receipt?baru");
}

#[tokio::test]
async fn a_shared_device_is_left_clean_and_not_me_signs_nothing() {
    let platform = TestPlatform::open(3).await;
    let person = &platform.people[0];
    let cookie = enter(&platform, person, true).await.cookie();
    sign(&platform, &cookie, &["1", "2"]).await;
    let receipt = platform.page(RECEIPT, &cookie).await;
    assert!(
        receipt.text().contains("Selesai, giliran berikutnya") && receipt.text().contains("data-leave-after=\"60\"")
    );
    let pledge = platform.store.pledge_of(platform.campaign, person.participant.id).await.unwrap().unwrap();
    assert_eq!(pledge.method, Method::SharedDevice);

    let left = platform.post_form("/k/uji/leave", &cookie, &[]).await;
    assert_eq!(left.header("location"), "/k/uji/sign?selesai&bersama");
    assert_eq!(left.header("clear-site-data"), "\"storage\"");
    assert!(left.header("set-cookie").starts_with("ikrar=;"));
    let next = platform.get("/k/uji/sign?selesai&bersama").await;
    assert!(next.text().contains("giliran") || next.text().contains("orang berikutnya"));
    assert!(next.text().contains("name=\"shared\" value=\"1\" checked"));
    assert_eq!(platform.page(RECEIPT, "").await.header("location"), SIGN);
}

#[tokio::test]
async fn a_report_reaches_the_persons_own_help_desk_and_holds_no_more_than_it_may() {
    let platform = TestPlatform::open(3).await;
    let cookie = signed_in(&platform, &platform.people[2]).await;
    let report = "/k/uji/report";
    assert_eq!(platform.post_form(report, "", &[("message", "x")]).await.header("location"), SIGN);
    let empty = platform.post_form(report, &cookie, &[("message", "  ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let long = "a".repeat(5_000);
    for _ in 0..5 {
        let sent = platform.post_form(report, &cookie, &[("message", long.as_str()), ("contact", "0812")]).await;
        assert_eq!(sent.header("location"), "/k/uji/report?terkirim");
    }
    let visible = VisibleInstitutions::Parts(vec![VisiblePart::whole("16.71")]);
    let kept = platform.store.reports(platform.campaign, &visible, ReportStage::Open).await.unwrap();
    let ReportSource::SignedIn { contact, message, .. } = &kept[0].source else { panic!("it came with a session") };
    assert_eq!((kept.len(), message.len(), contact.as_str()), (3, 1_000, "0812"));
    // The person sees the number of the newest one, and so does whoever asks with it.
    let done = platform.page("/k/uji/report?terkirim", &cookie).await;
    let number = ReportNumber::of(&kept[0].id).to_string();
    assert!(done.text().contains("Laporan Anda diterima") && done.text().contains(&number), "{}", done.text());
    let asked = platform.post_form("/k/uji/lapor", "", &[("step", "state"), ("number", &number)]).await;
    assert!(asked.text().contains(&number) && asked.text().contains("Menunggu diperiksa"), "{}", asked.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_attacked_with_wrong_codes_still_signs_in_at_once() {
    let platform = TestPlatform::open(3).await;
    let person = &platform.people[0];
    let attack = || async {
        let fields = [("step", "enter"), ("identifier", person.identifier.as_str()), ("access_code", "00000-00000")];
        platform.post_form(SIGN, "", &fields).await.status
    };
    let under_attack = futures_util::future::join_all((0..400).map(|_| attack()));
    tokio::pin!(under_attack);
    // The attack is under way, most of its answers held back.
    let early = tokio::time::timeout(std::time::Duration::from_millis(1_500), &mut under_attack).await;
    assert!(early.is_err(), "wrong answers are slowed");
    let right = tokio::time::timeout(std::time::Duration::from_secs(2), signed_in(&platform, person)).await;
    assert!(right.is_ok());
    let statuses = under_attack.await;
    assert!(statuses.iter().all(|status| *status == StatusCode::UNAUTHORIZED));
}

#[tokio::test]
async fn another_site_cannot_sign_for_a_signed_in_person() {
    let platform = TestPlatform::open(3).await;
    let cookie = signed_in(&platform, &platform.people[0]).await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://lain.example")] {
        let request = Request::post(SIGN)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, &cookie)
            .header(header::HOST, "uji.example:8080")
            .header(name, value)
            .body(Body::from(format!("step=pledge&text_hash={}&butir=1&butir=2", hash(&platform))))
            .unwrap();
        assert_eq!(platform.send(request).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(pledges(&platform).await, 0);
}
