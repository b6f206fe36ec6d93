//! Slips: ten to a page, and everyone gets one.

use super::*;
use crate::domain::disclosure::Disclosure;
use crate::i18n::Lang;
use lopdf::Document;

fn event() -> SlipCampaign {
    SlipCampaign {
        organizer: "Pemerintah Provinsi Sumatera Selatan".into(),
        title: "Deklarasi Serentak Netralitas ASN".into(),
        synthetic: true,
        address: "ikrar.sumselprov.example/k/sumsel".into(),
        sign_link: "https://ikrar.sumselprov.example/k/sumsel/sign#".into(),
    }
}

fn unit(people: usize) -> SlipUnit {
    let person = |number: usize| {
        SlipHolder {
        name: match number % 7 {
            0 => "Prof. Dr. Ir. Hj. Raden Ayu Siti Nurhalimah Kusumaningrum Wirjoatmodjo, S.Si., M.Si., M.Kom., Ph.D., IPU.".into(),
            1 => "W".repeat(120),
            _ => format!("Budi Santoso {number}, S.E."),
        },
        identifier: if number.is_multiple_of(3) { "16.71-DINKES/000123".into() } else { "197001011995031001".into() },
        code: AccessCode::from_mac(&[u8::try_from(number % 251).unwrap(); 32]),
    }
    };
    SlipUnit {
        institution: "Pemerintah Kota Palembang".into(),
        name: "UPTD Puskesmas Talang Ratu".into(),
        help_contact: "BKPSDM Kota Palembang, 0711-000000".into(),
        people: (0..people).map(person).collect(),
    }
}

fn leave() -> Disclosure {
    Disclosure::to_the_operator()
}

fn pages(bytes: &[u8]) -> (Document, usize) {
    let document = Document::load_mem(bytes).unwrap();
    let pages = document.get_pages().len();
    (document, pages)
}

#[test]
fn each_unit_has_a_cover_and_ten_slips_a_page() {
    let bytes = slips(&event(), &[unit(23), unit(0), unit(7)], Localizer(Lang::Id), &leave()).unwrap();
    if let Some(folder) = std::env::var_os("IKRAR_SAMPLES_OUT") {
        std::fs::write(std::path::Path::new(&folder).join("slips.pdf"), &bytes).unwrap();
    }
    let (document, count) = pages(&bytes);
    assert_eq!(count, 1 + 3 + 1 + 1);
    let text: String = document.extract_text(&[2]).unwrap().split_whitespace().collect();
    let code: String = unit(1).people[0].code.shown(&leave());
    assert!(text.contains(&code) && text.contains("Rahasia,jangandibagikan.") && text.contains("16.71-DINKES/000123"));
    assert_eq!(text.matches("DATASINTETIS").count(), 10);
    let cover: String = document.extract_text(&[1]).unwrap().split_whitespace().collect();
    assert!(cover.contains("Jumlahslip:23") && !cover.contains(&code) && !cover.contains("197001011995031001"));
}

#[test]
fn more_people_than_a_file_holds_are_refused() {
    let fault = slips(&event(), &[unit(FILE_PEOPLE_MAX + 1)], Localizer(Lang::Id), &leave()).unwrap_err();
    assert_eq!(fault, SlipFault::TooMany { people: FILE_PEOPLE_MAX + 1 });
}

#[test]
fn a_link_too_long_for_a_code_is_refused() {
    let event = SlipCampaign { sign_link: format!("https://{}/sign#", "a".repeat(300)), ..event() };
    assert_eq!(slips(&event, &[unit(1)], Localizer(Lang::Id), &leave()).unwrap_err(), SlipFault::Qr);
}

#[test]
fn a_name_that_cannot_be_printed_still_gets_a_slip() {
    let mut one = unit(1);
    one.people[0].name = "Nama 名".into();
    let (document, _) = pages(&slips(&event(), &[one], Localizer(Lang::En), &leave()).unwrap());
    assert!(document.extract_text(&[2]).unwrap().replace('\n', "").contains("Nama □"));
}

/// Printing for a province must not take a night. Without optimisation some 300 slips are made in a second; the limit
/// leaves room for a busy machine.
#[test]
fn a_thousand_slips_take_seconds() {
    let started = tokio::time::Instant::now();
    slips(&event(), &[unit(1_000)], Localizer(Lang::Id), &leave()).unwrap();
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}
