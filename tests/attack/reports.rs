//! Reports without a code: floods, guesses, forms of other sites, and what nobody would type.

use crate::askers::{Asker, Cast};
use crate::support::{Answer, TestPlatform};
use axum::http::StatusCode;
use ikrar::domain::misuse_report::ReportNumber;
use ikrar::store::misuse_reports::{OPEN_REPORTS_PER_NUMBER_MAX, OPEN_REPORTS_WITHOUT_CODE_MAX};

const REPORT: &str = "/k/uji/lapor";
const TOO_MANY: &str = "Laporan ini belum tersimpan. Sampaikan langsung kepada Meja bantuan, pesawat 101";

fn nip(number: u64) -> String {
    format!("19881231201503{}{:03}", 1 + number / 999 % 2, number % 999 + 1)
}

async fn kept(platform: &TestPlatform) -> u64 {
    platform.store.open_claimed_reports(platform.campaign).await.unwrap()
}

/// From one address.
async fn report(platform: &TestPlatform, identifier: &str) -> Answer {
    platform.post_form(REPORT, "", &[("identifier", identifier), ("contact", "0812-3456-789")]).await
}

#[tokio::test]
async fn a_flood_from_one_address_is_cut_off_and_others_report() {
    let cast = Cast::on(TestPlatform::open(3).await).await;
    let platform = &cast.platform;
    let mut taken = 0;
    for number in 0..200 {
        let answer = report(platform, &nip(number)).await;
        if answer.status == StatusCode::OK {
            taken += 1;
            continue;
        }
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(answer.text().contains(TOO_MANY) && !answer.header("retry-after").is_empty(), "{}", answer.text());
    }
    assert_eq!((taken, kept(platform).await), (30, 30));
    let person = &platform.people[0].identifier;
    let elsewhere = cast.ask("POST", REPORT, "", &[], format!("identifier={person}&contact=0812-3456-789")).await;
    assert_eq!(elsewhere.status, StatusCode::OK);
    platform.clock.advance_ms(121_000);
    assert_eq!(report(platform, person).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_flood_from_everywhere_stays_within_the_limit_and_says_whom_to_call() {
    let cast = Cast::on(TestPlatform::open(3).await).await;
    let platform = &cast.platform;
    let from_everywhere = async |identifier: &str| {
        cast.ask("POST", REPORT, "", &[], format!("identifier={identifier}&contact=0812-3456-789")).await
    };
    for _ in 0..OPEN_REPORTS_PER_NUMBER_MAX {
        assert_eq!(from_everywhere(&nip(0)).await.status, StatusCode::OK);
    }
    assert!(from_everywhere(&nip(0)).await.text().contains(TOO_MANY));
    for number in OPEN_REPORTS_PER_NUMBER_MAX..OPEN_REPORTS_WITHOUT_CODE_MAX {
        assert_eq!(from_everywhere(&format!("16.99-{number}")).await.status, StatusCode::OK);
    }
    for claimed in [platform.people[0].identifier.as_str(), "16.99-99999"] {
        let refused = from_everywhere(claimed).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.text().contains(TOO_MANY), "{}", refused.text());
    }
    assert_eq!(kept(platform).await, OPEN_REPORTS_WITHOUT_CODE_MAX);
    // The help desk pages through all of them.
    let last = cast.ask("GET", "/console/k/uji/reports?page=40", &cast.cookie(Asker::Organizer), &[], "").await;
    assert!(last.text().contains("Halaman 40 dari 40"), "{}", last.text());
    // An organizer closes those of nobody at once, and who is on the roster reports again.
    let unlisted = "/console/k/uji/reports/unlisted";
    assert_eq!(cast.ask("POST", unlisted, &cast.cookie(Asker::Operator), &[], "").await.status, StatusCode::FORBIDDEN);
    let closed = cast.ask("POST", unlisted, &cast.cookie(Asker::Organizer), &[], "").await;
    assert_eq!(closed.header("location"), "/console/k/uji/reports?done=unlisted-resolved");
    assert_eq!(kept(platform).await, 0);
    assert_eq!(from_everywhere(&platform.people[0].identifier).await.status, StatusCode::OK);
    cast.ask("POST", unlisted, &cast.cookie(Asker::Organizer), &[], "").await;
    assert_eq!(kept(platform).await, 1, "a report about somebody on the roster stays");
}

#[tokio::test]
async fn guessing_report_numbers_is_cut_off() {
    let platform = TestPlatform::open(3).await;
    let ask = async |number: &str| platform.post_form(REPORT, "", &[("step", "state"), ("number", number)]).await;
    let mut asked = 0;
    for guess in 0..100u8 {
        let answer = ask(&ReportNumber::of(&[guess; 16]).to_string()).await;
        if answer.status == StatusCode::NOT_FOUND {
            asked += 1;
        } else {
            assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        }
    }
    assert_eq!(asked, 60);
    platform.clock.advance_ms(3_600_000);
    // What can't be a number is told so and isn't looked up.
    for typed in ["", "123", &"7".repeat(5_000), "' OR 1=1 --", "\u{202e}AAA"] {
        assert_eq!(ask(typed).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
    }
}

#[tokio::test]
async fn what_is_hostile_in_a_report_without_a_code_stays_text() {
    let cast = Cast::on(TestPlatform::open(3).await).await;
    let platform = &cast.platform;
    let markup = "<script>alert(1)</script>\u{202e}\u{200b}'\"&\r\n";
    let long = format!("0812-3456-789 {}", markup.repeat(60));
    let fields = [("identifier", nip(1)), ("contact", long.clone()), ("message", long.clone()), ("form", long)];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(platform.post_form(REPORT, "", &fields).await.status, StatusCode::OK);
    let desk = cast.ask("GET", "/console/k/uji/reports", &cast.cookie(Asker::Organizer), &[], "").await;
    assert!(desk.text().contains("&#60;script&#62;alert(1)"), "{}", desk.text());
    assert!(!desk.text().contains("<script>alert") && !desk.text().contains('\u{202e}'));
    let oversize = cast.ask("POST", REPORT, "", &[], format!("message={}", "x".repeat(70_000))).await;
    assert_eq!(oversize.status, StatusCode::PAYLOAD_TOO_LARGE);
    let body = format!("identifier={}&contact=0812-3456-789", nip(2));
    let form = ("content-type", "application/x-www-form-urlencoded");
    for site in ["cross-site", "same-site"] {
        let forged = cast.ask("POST", REPORT, "", &[form, ("sec-fetch-site", site)], body.clone()).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN, "{site}");
    }
    assert_eq!(kept(platform).await, 1);
}
