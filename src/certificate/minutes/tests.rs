//! Minutes, taken apart as other programs do.

use super::samples::minutes;
use super::*;
use crate::certificate::emblem::Emblem;
use crate::certificate::emblem::tests::picture;
use crate::certificate::pades::{Anchors, SignatureCheck, check};
use crate::certificate::page::Drawing;
use crate::certificate::printable::unprintable;
use crate::certificate::tagged::LEFT;
use data_encoding::HEXLOWER;
use lopdf::{Document as Read, Object};
use sha2::{Digest, Sha256};
use std::path::Path;

const CHAIN: &str = include_str!("../../../tests/vectors/seal/chain.pem");

fn text_of(pdf: &[u8]) -> String {
    let document = Read::load_mem(pdf).unwrap();
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    document.extract_text(&pages).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn attached(pdf: &[u8], name: &str) -> Vec<u8> {
    let document = Read::load_mem(pdf).unwrap();
    let is_named = |object: &&Object| {
        object
            .as_dict()
            .is_ok_and(|entries| entries.get(b"F").and_then(Object::as_str).is_ok_and(|f| f == name.as_bytes()))
    };
    let file = document.objects.values().find(is_named).unwrap().as_dict().unwrap();
    let stream = file.get(b"EF").unwrap().as_dict().unwrap().get(b"F").unwrap().as_reference().unwrap();
    document.get_object(stream).unwrap().as_stream().unwrap().decompressed_content().unwrap()
}

fn seal_of(pdf: &[u8]) -> SignatureCheck {
    let document = Read::load_mem(pdf).unwrap();
    let has_range = |object: &&Object| object.as_dict().is_ok_and(|entries| entries.has(b"ByteRange"));
    let seal = document.objects.values().find(has_range).unwrap().as_dict().unwrap();
    let range = seal.get(b"ByteRange").unwrap().as_array().unwrap().iter();
    let range: Vec<usize> = range.map(|number| usize::try_from(number.as_i64().unwrap()).unwrap()).collect();
    assert_eq!((range[0], range[2] + range[3]), (0, pdf.len()), "the seal covers the whole file");
    let covered = [&pdf[..range[1]], &pdf[range[2]..]].concat();
    let cms = HEXLOWER.decode(&pdf[range[1] + 1..range[2] - 1]).unwrap();
    check(&cms, &Sha256::digest(covered).into(), &Anchors::from_pem([CHAIN]))
}

#[test]
fn minutes_are_sealed_as_a_whole_and_carry_what_they_say() {
    let out = std::env::var_os("IKRAR_SAMPLES_OUT");
    let head = PrintedLetterhead {
        lines: vec!["PEMERINTAH PROVINSI CONTOH".into(), "BADAN KEPEGAWAIAN DAERAH".into()],
        emblem: Some(Emblem::of_upload(&picture(200, 250)).unwrap()),
    };
    for (name, count) in [("minutes-short", 1), ("minutes", 18), ("minutes-long", 400)] {
        let minutes = minutes(count);
        let head = Some(&head).filter(|_| count > 1);
        let pdf = sealed_minutes(&minutes, head, &Seal::for_tests()).unwrap();
        if let Some(folder) = &out {
            std::fs::write(Path::new(folder).join(format!("{name}.document.pdf")), &pdf).unwrap();
        }
        assert_eq!(seal_of(&pdf), SignatureCheck::Trusted, "{name}");
        assert!(pdf == sealed_minutes(&minutes, head, &Seal::for_tests()).unwrap(), "the same bytes again");
        assert_eq!(attached(&pdf, DATA_NAME), minutes.canonical().as_bytes());
        assert_eq!(attached(&pdf, TABLE_NAME), minutes.table());
        let text = text_of(&pdf);
        for said in [
            "BERITA ACARA",
            "800/123/BKD.IV/2029",
            "Edisi 2, menggantikan edisi 1: nomor surat diperbaiki",
            "Kamis, tanggal satu, bulan Februari, tahun dua ribu dua puluh sembilan",
            &words::figure(minutes.totals.signed),
            &minutes.log.root,
            "Menurut lokasi",
            "Tidak diisi 10 5",
            "Inspektur,",
            "DATA SINTETIS",
        ] {
            assert!(text.contains(said), "{name}: {said}\n{text}");
        }
        assert_eq!(text.contains("Menurut instansi"), count > 1);
    }
}

/// As many institutions as there may be reporting groups.
#[test]
fn the_largest_table_fits_and_each_of_its_pages_has_the_headings() {
    let pdf = sealed_minutes(&minutes(2_000), None, &Seal::for_tests()).unwrap();
    let document = Read::load_mem(&pdf).unwrap();
    let pages = document.get_pages().len();
    let text = text_of(&pdf);
    assert!(pages > 30 && text.matches("No Instansi Sasaran Menandatangani").count() > pages - 6, "{pages} pages");
    assert!(text.contains("RSUD 1999"));
    assert!(pdf.len() < 2 * 1024 * 1024, "{} bytes", pdf.len());
}

#[test]
fn a_single_institution_and_nobody_added_are_told_in_few_lines() {
    let mut one = minutes(1);
    (one.totals.added, one.totals.excused, one.totals.locked) = (0, 0, one.totals.target);
    (one.edition, one.letter_number, one.open_reports) = (1, String::new(), 0);
    let text = text_of(&sealed_minutes(&one, None, &Seal::for_tests()).unwrap());
    for unsaid in ["susulan", "Menurut instansi", "menggantikan"] {
        assert!(!text.contains(unsaid), "{unsaid}");
    }
    assert!(text.contains(&format!("NOMOR: {}", words::DOTS)) && text.contains("Tidak ada laporan"));
}

#[test]
fn the_fixed_words_can_be_printed() {
    let sample = minutes(2);
    let parts = [
        words::TARGET,
        words::LOG_MEANS,
        words::REPORTS,
        words::NO_REPORTS,
        words::CLOSING,
        words::SYNTHETIC,
        &words::note("A", "b"),
        &words::page("A", 1, 1, 1),
        &words::open_reports(3),
    ];
    for part in parts {
        assert_eq!(unprintable(part), None, "{part}");
    }
    assert!(sealed_minutes(&Minutes { address: "x".repeat(3_000), ..sample }, None, &Seal::for_tests()).is_err());
}

#[test]
fn a_name_isn_t_taken_for_a_formula_by_a_spreadsheet() {
    let table = String::from_utf8(minutes(2).table()).unwrap();
    assert!(table.contains("'=Dinas"), "{table}");
}

/// Whatever is typed and imported: the longest fields, without a space to break at, and what the fonts lack.
#[test]
fn nothing_runs_over_the_edge_of_its_page() {
    let mut worst = minutes(40);
    let wide = |count: usize| "W".repeat(count);
    let strange = "\u{4E00}\u{1F600}é\u{202E}".repeat(60);
    (worst.organizer, worst.title, worst.place) = (wide(240), strange.clone(), wide(240));
    (worst.reason, worst.letter_number) = (strange.clone(), wide(200));
    worst.positions = (0..12).map(|at| if at % 2 == 0 { wide(200) } else { strange.clone() }).collect();
    worst.institutions.iter_mut().step_by(3).for_each(|row| row.name = wide(240));
    worst.text.clauses.push(format!("{} {}", wide(3_000), "kata ".repeat(2_000)));
    worst.log.origin = format!("{}/log/{}", wide(250), wide(40));
    worst.totals.signed = u64::MAX;
    let (pages, ..) = laid_out(&worst, None).unwrap().finish();
    assert!(pages.len() > 3);
    let is_within =
        |x: f32, y: f32| (LEFT - 0.5..=LEFT + WIDTH + 0.5).contains(&x) && (0.0..=PAGE_HEIGHT - mm(16.0)).contains(&y);
    for mark in pages.iter().flat_map(|page| &page.marks) {
        match &mark.drawing {
            Drawing::Text(line) => {
                let end = line.x + line.style.width(&line.text);
                assert!(is_within(line.x, line.y) && is_within(end, line.y), "{} at {} {}", line.text, line.x, line.y);
            }
            Drawing::FilledRect { rect, .. } | Drawing::Symbol { rect } => {
                assert!(is_within(rect.x, rect.y) && is_within(rect.x + rect.width, rect.y + rect.height), "{rect:?}");
            }
            _ => unreachable!("minutes have no other drawing"),
        }
    }
}
