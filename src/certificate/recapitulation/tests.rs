//! The recapitulation as it is set: measured, since nobody looks at each page.

use super::*;
use crate::certificate::fonts::{Cut, Fonts};
use crate::i18n::Lang;

fn row(name: &str, target: u64, signed: u64) -> RecapitulationRow {
    RecapitulationRow { name: name.into(), target, signed }
}

fn sample(institutions: usize) -> Recapitulation {
    let name = |number| format!("Dinas Pemberdayaan Perempuan, Perlindungan Anak, dan Keluarga Berencana ke-{number}");
    Recapitulation {
        organizer: "Pemerintah Provinsi Contoh".into(),
        title: "Ikrar Netralitas ASN".into(),
        as_of: "30 November 2026 pukul 09.15 WIB".into(),
        is_provisional: true,
        synthetic: false,
        institution: None,
        level: RecapitulationLevel::Institutions,
        rows: (0..institutions).map(|number| row(&name(number), 180_751, 90_000)).collect(),
        kinds: vec![row("PNS", 10, 5), row("PPPK", 3, 0)],
        total: row("Jumlah", 180_751, 90_000),
        revoked: 2,
        target_sum: Some("Sasaran 41 = awal 40 + susulan 1 − dikecualikan 0".into()),
        place_and_date: "Palembang, 30 November 2026".into(),
    }
}

#[test]
fn the_same_numbers_give_the_same_file_however_many_institutions_there_are() {
    for institutions in [0, 1, 17, 18, 19, 20, 40, 720] {
        let what = sample(institutions);
        let file = recapitulation(&what, Localizer(Lang::Id));
        assert_eq!(file, recapitulation(&what, Localizer(Lang::Id)));
        let pages = lopdf::Document::load_mem(&file).unwrap().get_pages().len();
        assert!(pages >= 1 && pages <= 2 + institutions / 16, "{institutions} institutions take {pages} pages");
    }
}

/// A text where it stands on its page.
struct Placed {
    text: String,
    size: f32,
    left: f32,
    right: f32,
    /// From the top.
    baseline: f32,
}

/// The texts of each page, as they were set.
fn placed(file: &[u8]) -> Vec<Vec<Placed>> {
    let document = lopdf::Document::load_mem(file).unwrap();
    let page = |id| {
        let content = String::from_utf8(document.get_page_content(id)).unwrap();
        content.lines().filter(|line| line.starts_with("BT ")).map(placed_text).collect()
    };
    document.get_pages().into_values().map(page).collect()
}

/// Of `BT /Sans 9.5 Tf 0 Tc 1 0 0 1 x y Tm <glyphs> Tj ET`.
fn placed_text(line: &str) -> Placed {
    let parts: Vec<&str> = line.split(' ').collect();
    let face = if parts[1] == "/Bold" { Face::SansBold } else { Face::Sans };
    let number = |at: usize| parts[at].parse::<f32>().unwrap();
    let (size, left) = (number(2), number(10));
    let hex = parts[13].trim_matches(['<', '>']).as_bytes();
    let glyph = |hex: &[u8]| u16::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap();
    let letter = |hex: &[u8]| {
        let is_it = |letter: &char| Fonts::get().glyphs(Cut::Extended, face).of(*letter) == glyph(hex);
        ('\u{20}'..'\u{2300}').find(is_it).unwrap()
    };
    let text: String = hex.chunks(4).map(letter).collect();
    let right = left + TextStyle::new(face, size, TEXT_COLOR).width(&text);
    Placed { text, size, left, right, baseline: PAGE_HEIGHT - number(11) }
}

/// Everything is within the page's edges, and no text is on another.
fn assert_legible(pages: &[Vec<Placed>]) {
    for page in pages {
        for (at, one) in page.iter().enumerate() {
            let is_inside = one.left >= LEFT - 0.1 && one.right <= RIGHT + 0.1;
            assert!(is_inside && one.baseline < PAGE_HEIGHT - mm(11.0), "{} runs off the page", one.text);
            for other in &page[at + 1..] {
                let is_beside = one.right + 1.0 < other.left || other.right + 1.0 < one.left;
                let is_apart = (one.baseline - other.baseline).abs() > 0.8 * one.size.min(other.size);
                assert!(is_beside || is_apart, "{} is on {}", one.text, other.text);
            }
        }
    }
}

fn extremes() -> Recapitulation {
    let long = "W".repeat(200);
    let words = "Wakil Menteri ".repeat(12);
    let largest = |name: &str| row(name, 9_999_999, 9_999_998);
    let mut what = sample(30);
    what.rows.extend([largest(&long), largest(&words), row("Kota", 9_999_999, 9_999_999)]);
    what.kinds = vec![largest(&long), largest("PNS")];
    what.total = row("Jumlah", 9_999_999, 9_999_999);
    what.organizer = "Pemerintah Provinsi ".repeat(8);
    what.title = long.clone();
    what.target_sum = Some(words.repeat(2));
    what.place_and_date = format!("{}, 30 November 2026", &long[..160]);
    what
}

#[test]
fn long_names_long_places_and_large_numbers_stay_within_their_places() {
    for place in ["W".repeat(160), "Kota Wamena Barat ".repeat(9)] {
        let what = Recapitulation { place_and_date: format!("{place}, 30 November 2026"), ..extremes() };
        for language in [Lang::Id, Lang::En] {
            assert_legible(&placed(&recapitulation(&what, Localizer(language))));
        }
    }
}

#[test]
fn whoever_signs_sees_a_row_of_numbers_on_the_same_page() {
    for (institutions, kinds) in (0..60).flat_map(|institutions| [(institutions, 0), (institutions, 2)]) {
        let mut what = sample(institutions);
        what.kinds.truncate(kinds);
        let pages = placed(&recapitulation(&what, Localizer(Lang::Id)));
        assert_legible(&pages);
        let last = pages.last().unwrap();
        let signs = last.iter().position(|text| text.text.starts_with("Jabatan")).unwrap();
        let has_numbers = last[..signs].iter().any(|text| text.text.ends_with('%') && text.text.len() > 1);
        assert!(has_numbers, "{institutions} institutions and {kinds} kinds");
    }
}

#[test]
fn revoked_pledges_have_a_line_where_there_are_some() {
    let mut what = sample(1);
    assert_eq!(what.below_total(Localizer(Lang::Id))[0], "Dicabut: 2");
    assert_eq!(what.below_total(Localizer(Lang::En))[0], "Revoked: 2");
    what.revoked = 0;
    assert_eq!(what.below_total(Localizer(Lang::Id)), [what.target_sum.clone().unwrap()]);
}

#[test]
fn a_recapitulation_of_agencies_names_their_institution() {
    let words = Localizer(Lang::Id);
    let what = Recapitulation {
        institution: Some("Pemerintah Kota Contoh".into()),
        level: RecapitulationLevel::Agencies,
        ..sample(3)
    };
    let texts: Vec<String> =
        placed(&recapitulation(&what, words)).remove(0).into_iter().map(|text| text.text).collect();
    for text in ["Pemerintah Kota Contoh", "Perangkat daerah"] {
        assert!(texts.iter().any(|placed| placed.contains(text)), "{texts:?}");
    }
    assert!(what.head(words).contains(&"Pemerintah Kota Contoh".to_owned()));
    assert_eq!(sample(3).heading(words), "Instansi");
}
