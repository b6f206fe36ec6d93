//! The recapitulation: one sum of all institutions, real numbers, and only what the account sees.

use crate::support::{PASSWORD, TestPlatform};
use axum::http::StatusCode;
use calamine::{Data, Reader, Xlsx};
use ikrar::domain::account::Role;
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::disclosure::Disclosure;
use serde_json::json;
use std::io::Cursor;

const PDF: &str = "/console/k/uji/recapitulation.pdf";
const XLSX: &str = "/console/k/uji/recapitulation.xlsx";

/// The workbook's rows.
async fn rows(platform: &TestPlatform, cookie: &str) -> Vec<Vec<Data>> {
    let answer = platform.page(XLSX, cookie).await;
    assert_eq!(answer.status, StatusCode::OK);
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.body.to_vec())).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    sheet.rows().map(<[Data]>::to_vec).collect()
}

/// `[target, signed, waiting]` of the row with this name, which are numbers and no texts.
fn figures(rows: &[Vec<Data>], name: &str) -> [f64; 3] {
    let row = rows.iter().find(|row| row[1] == Data::String(name.into()));
    let row = row.unwrap_or_else(|| panic!("{name} is missing: {rows:?}"));
    [2, 3, 4].map(|column| match row[column] {
        Data::Float(number) => number,
        ref other => panic!("{other:?} is no number"),
    })
}

/// The sums of the rows of kinds of employment, as in [`figures`].
fn sums_of_kinds(rows: &[Vec<Data>]) -> [f64; 3] {
    let kinds = rows.iter().skip_while(|row| row[1] != Data::String("Jenis kepegawaian".into())).skip(1);
    let figure = |data: &Data| if let Data::Float(figure) = data { *figure } else { 0.0 };
    [2, 3, 4].map(|column| kinds.clone().map(|row| figure(&row[column])).sum::<f64>())
}

fn says(rows: &[Vec<Data>], words: &str) -> bool {
    rows.iter().any(|row| matches!(&row[0], Data::String(text) if text.contains(words)))
}

#[tokio::test]
async fn the_recapitulation_adds_up_and_an_account_sees_only_its_institutions() {
    let platform = TestPlatform::open(60).await;
    let bkd = platform.account("bkd", Role::Organizer, &[]).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    for person in &platform.people[..9] {
        platform.sign(person).await;
    }
    let added = [("institution", "16"), ("name", "Budi"), ("reason", "terlewat")];
    platform.post_form("/console/k/uji/people/add", &bkd, &added).await;
    platform.state.live.reread().await.unwrap();

    let all = rows(&platform, &bkd).await;
    assert_eq!(figures(&all, "Pemerintah Provinsi Contoh"), [41.0, 6.0, 35.0]);
    assert_eq!(figures(&all, "Kota Contoh"), [20.0, 3.0, 17.0]);
    assert_eq!(figures(&all, "Jumlah"), [61.0, 9.0, 52.0]);
    // Both tables add up to the same.
    assert_eq!(sums_of_kinds(&all), [61.0, 9.0, 52.0]);
    assert!(
        !says(&all, "Dicabut") && says(&all, "(sementara)") && says(&all, "Sasaran 61 = awal 60 + susulan 1"),
        "{all:?}"
    );
    let own = rows(&platform, &kota).await;
    assert_eq!(figures(&own, "Jumlah"), [20.0, 3.0, 17.0]);
    let others = own.iter().filter(|row| row[1] == Data::String("Pemerintah Provinsi Contoh".into())).count();
    assert!(others == 0 && !says(&own, "Sasaran 61"), "{own:?}");

    for cookie in [&bkd, &kota] {
        let pdf = platform.page(PDF, cookie).await;
        assert_eq!((pdf.status, pdf.header("content-type")), (StatusCode::OK, "application/pdf"));
        assert!(pdf.body.starts_with(b"%PDF-"));
    }
}

#[tokio::test]
async fn a_revoked_pledge_isn_t_signed_and_somebody_admitted_anew_counts_once() {
    let platform = TestPlatform::open(60).await;
    let bkd = platform.account("bkd", Role::Organizer, &[]).await;
    let mut pledges = vec![];
    for person in &platform.people[..9] {
        pledges.push(platform.sign(person).await.pledge.id);
    }
    platform.revoke(pledges[0], "salah orang", platform.line()).await.unwrap();
    // One of the city's is admitted anew and signs again, another one doesn't.
    for at in [2, 5] {
        let id = platform.people[at].participant.id.to_string();
        let fields = [("id", id.as_str()), ("reason", "kode dipakai orang lain")];
        assert_eq!(platform.post_form("/console/k/uji/people/admit", &bkd, &fields).await.status, StatusCode::OK);
    }
    let newest = platform.secret.admission_id(&platform.people[2].participant.identifier, 2);
    let code = platform.secret.access_code(newest, 1).shown(&Disclosure::to_the_operator());
    let typed = json!({"identifier": platform.people[2].identifier, "access_code": code});
    let opened = platform.post_json("/api/v1/campaigns/uji/sessions", None, &typed).await;
    let token = opened.json()["token"].as_str().unwrap().to_string();
    let signed = platform.post_json("/api/v1/campaigns/uji/pledges", Some(&token), &platform.agreement()).await;
    assert_eq!(signed.status, StatusCode::CREATED);
    platform.state.live.reread().await.unwrap();

    let all = rows(&platform, &bkd).await;
    assert_eq!(figures(&all, "Pemerintah Provinsi Contoh"), [40.0, 5.0, 35.0]);
    assert_eq!(figures(&all, "Kota Contoh"), [20.0, 2.0, 18.0]);
    assert_eq!(figures(&all, "Jumlah"), [60.0, 7.0, 53.0]);
    assert_eq!(sums_of_kinds(&all), [60.0, 7.0, 53.0]);
    assert!(says(&all, "Dicabut: 3"), "{all:?}");
}

#[tokio::test]
async fn the_numbers_are_provisional_until_a_quarter_of_an_hour_after_the_closing() {
    let platform = TestPlatform::open(6).await;
    let bkd = platform.account("bkd", Role::Viewer, &["16"]).await;
    platform.sign(&platform.people[0]).await;
    platform.change(CampaignState::Open, CampaignState::Closing).await;
    assert!(says(&rows(&platform, &bkd).await, "(sementara)"));
    platform.change(CampaignState::Closing, CampaignState::Closed).await;
    assert!(says(&rows(&platform, &bkd).await, "(sementara)"));
    // Its closing time is an hour after the opening.
    platform.clock.advance_ms(74 * 60_000);
    let bkd = platform.enter_console("bkd", PASSWORD).await.cookie();
    assert!(says(&rows(&platform, &bkd).await, "(sementara)"));
    platform.clock.advance_ms(2 * 60_000);
    assert!(!says(&rows(&platform, &bkd).await, "(sementara)"));
}
