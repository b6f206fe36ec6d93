//! The formats of a refused file's copy: colours where something is wrong, and text where numbers are filled in.

use super::people_tests::{M, N};
use super::{Limits, annotate, check};
use crate::domain::institution::Institution;
use crate::i18n::{Lang, Localizer};
use crate::keyring::Keyring;
use std::io::Read;
use std::sync::Arc;

/// The copy's parts: its sheet and its styles.
fn copy(text: &str) -> (String, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let keyring = Keyring::generate(&[9; 128]);
    let secret = keyring.open_secret(&[5; 16], &keyring.seal_secret(&[5; 16], &[6; 32], [0; 24])).unwrap();
    let institution =
        Institution { code: "16".into(), name: "Provinsi".into(), position: 0, help_contact: String::new() };
    let limits = || Limits::new(Arc::default(), std::env::temp_dir());
    let report = check(file.path(), secret, vec![institution], limits()).unwrap();
    let copy = tempfile::NamedTempFile::new().unwrap();
    annotate(file.path(), &report.faults, Localizer(Lang::Id), copy.path(), limits()).unwrap();
    let mut parts = zip::ZipArchive::new(copy.reopen().unwrap()).unwrap();
    let mut part = |name: &str| {
        let mut text = String::new();
        parts.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    (part("xl/worksheets/sheet1.xml"), part("xl/styles.xml"))
}

fn attribute<'a>(element: &'a str, name: &str) -> &'a str {
    element.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

/// Whether a cell or column is text, and its colour.
fn format(styles: &str, style: &str) -> (bool, String) {
    let listed = |list: &str, element: &str, at: &str| {
        let elements = styles.split(&format!("<{list}")).nth(1).unwrap().split(&format!("</{list}>")).next().unwrap();
        let found = elements.split(&format!("<{element}")).nth(1 + at.parse::<usize>().unwrap_or(0));
        found.unwrap_or_default().to_owned()
    };
    let formats = listed("cellXfs", "xf", style);
    let fill = listed("fills", "fill>", attribute(&formats, "fillId"));
    let number = attribute(&formats, "numFmtId");
    let is_text = styles.contains(&format!("<numFmt numFmtId=\"{number}\" formatCode=\"@\"/>"));
    (is_text, attribute(&fill, "rgb").to_owned())
}

#[test]
fn faulty_rows_and_cells_have_a_colour_and_columns_of_numbers_and_codes_are_text() {
    let (sheet, styles) =
        copy(&format!("NIP;NAMA;KODE UNIT;UNIT KERJA\n123;Budi;7;Dinas\n{N};Siti;8;Dinas\n{M};Ali;9;Dinas\n"));
    let cell = |place: &str| {
        let cell = sheet.split(&format!("<c r=\"{place}\"")).nth(1).unwrap_or_else(|| panic!("no {place}: {sheet}"));
        format(&styles, attribute(cell.split('>').next().unwrap(), "s"))
    };
    let (of_row, of_cell) = ("FFFFF2CC".to_owned(), "FFF8CBAD".to_owned());
    assert_eq!(cell("A2"), (true, of_cell));
    for place in ["B2", "C2", "E2"] {
        assert_eq!(cell(place), (false, of_row.clone()), "{place}");
    }
    assert_eq!(cell("D2"), (true, of_row));
    for (place, is_text) in [("A3", true), ("C3", false), ("D3", true), ("E4", false)] {
        assert_eq!(cell(place), (is_text, String::new()), "{place}");
    }
    // Also in the rows below, where numbers may be added.
    let column = sheet.split("<col min=\"1\" max=\"1\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(format(&styles, attribute(column, "style")).0);
}
