//! Characters in a roster: what is decoded or left out, and what refuses its row by name.

use super::hostile_tests::workbook;
use super::{ImportReport, Limits, check};
use crate::domain::institution::Institution;
use crate::i18n::{Lang, Localizer};
use crate::keyring::Keyring;
use std::io::Write;
use std::sync::Arc;
use tempfile::NamedTempFile;

const NIP: &str = "198001012005012001";

fn checked(bytes: &[u8]) -> ImportReport {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let keyring = Keyring::generate(&[3; 128]);
    let secret = keyring.open_secret(&[1; 16], &keyring.seal_secret(&[1; 16], &[2; 32], [4; 24])).unwrap();
    let institution =
        Institution { code: "16".into(), name: "Provinsi".into(), position: 0, help_contact: String::new() };
    check(file.path(), secret, vec![institution], Limits::new(Arc::default(), std::env::temp_dir())).unwrap()
}

/// People, and row, column and remark of each fault.
fn found(bytes: &[u8]) -> (u64, Vec<(u32, String, String)>) {
    let report = checked(bytes);
    let remark = |fault: &super::Fault| {
        let remark = super::remark(fault, Localizer(Lang::En));
        (fault.row, fault.column.clone(), remark)
    };
    (report.people, report.faults.kept().iter().map(remark).collect())
}

#[track_caller]
fn refused(csv: &str, column: &str, words: &str) {
    let (people, faults) = found(csv.as_bytes());
    assert_eq!(people, 0, "{csv}");
    let [(row, at, remark)] = faults.as_slice() else { panic!("{csv}: {faults:?}") };
    assert_eq!((*row, at.as_str()), (2, column), "{csv}");
    assert!(remark.contains(words), "{csv}: {remark}");
}

#[test]
fn what_cannot_be_printed_is_a_fault_of_its_cell_in_every_printed_column() {
    for (label, letter) in [
        ("NAMA", "B"),
        ("GELAR DEPAN", "C"),
        ("GELAR BELAKANG", "D"),
        ("OPD", "E"),
        ("UNIT KERJA", "F"),
        ("JABATAN", "G"),
        ("PANGKAT", "H"),
        ("GOLONGAN", "I"),
        ("LOKASI KERJA", "J"),
    ] {
        for character in ['→', '✓', '🎉', 'ع', '王', '\u{3164}', '\u{E000}'] {
            let labels = [
                "NIP",
                "NAMA",
                "GELAR DEPAN",
                "GELAR BELAKANG",
                "OPD",
                "UNIT KERJA",
                "JABATAN",
                "PANGKAT",
                "GOLONGAN",
                "LOKASI KERJA",
            ];
            let cell = |name: &&str| match *name {
                "NIP" => NIP.to_owned(),
                name if name == label => format!("ab{character}"),
                _ => "Abc".to_owned(),
            };
            let cells: Vec<String> = labels.iter().map(cell).collect();
            let csv = format!("{}\n{}\n", labels.join(";"), cells.join(";"));
            let code = format!("U+{:04X}", u32::from(character));
            refused(&csv, &format!("{letter} ({label})"), &code);
            refused(&csv, &format!("{letter} ({label})"), "at letter 3");
        }
    }
}

#[test]
fn controls_of_direction_and_piled_up_marks_are_faults() {
    for character in ('\u{202A}'..='\u{202E}').chain('\u{2066}'..='\u{2069}') {
        let csv = format!("NIP;NAMA;OPD\n{NIP};Bu{character}di;Dinas\n");
        refused(&csv, "B (NAMA)", &format!("U+{:04X} at letter 3", u32::from(character)));
        let shown = checked(csv.as_bytes()).faults.kept()[0].value.clone();
        assert_eq!(shown, format!("Bu[U+{:04X}]di", u32::from(character)));
    }
    refused(&format!("NIP;NAMA;OPD\n{NIP};B{}udi;Dinas\n", "\u{335}".repeat(5)), "B (NAMA)", "piled up");
}

#[test]
fn garbled_letters_formulas_and_leftovers_of_pages_are_faults() {
    let with = |name: &str| format!("NIP;NAMA;OPD\n{NIP};\"{}\";Dinas\n", name.replace('"', "\"\""));
    refused(&with("Maâ€™ruf"), "B (NAMA)", "\"â€™\" was probably \"’\"");
    refused(&with("AndrÃ©"), "B (NAMA)", "\"Ã©\" was probably \"é\"");
    refused(&with("=HYPERLINK(\"http://x\",\"Budi\")"), "B (NAMA)", "formula");
    refused(&with("Jos&eacute;"), "B (NAMA)", "&eacute;");
    // The `;` of an entity that isn't in quotes ends the cell.
    refused(&format!("NIP;NAMA;OPD\n{NIP};Nur&apos;aini\n"), "B (NAMA)", "&apos");
    refused(&format!("NIP;NAMA;OPD\n{NIP};Nur&#039;aini\n"), "B (NAMA)", "&#039");
    refused("NIP;NAMA;OPD\n=A1;Budi;Dinas\n", "A (NIP)", "formula");
}

#[test]
fn what_is_certain_is_decoded_and_what_nobody_sees_is_left_out() {
    for number in [format!("\u{202A}{NIP}\u{202C}"), "1980\u{AD}0101\u{200B}2005012\u{2060}001\u{FEFF}".to_owned()] {
        for name in [
            "Nur&apos;aini",
            "Nur&#039;aini",
            "Si\u{AD}ti_x000D_",
            "Ḥasan Ṣāliḥ",
            "Nguyễn Thị Đỗ",
            "\u{200B}Budi\u{200D}",
        ] {
            let (people, faults) =
                found(format!("NIP;NAMA;OPD\n{number};\"{name}\";Dinas\n\u{200B};\u{FEFF};\n").as_bytes());
            assert_eq!((people, faults.as_slice()), (1, &[][..]), "{number:?} {name:?}");
        }
    }
    // The same number with and without what nobody sees is one person twice.
    let (_, faults) = found(format!("NIP;NAMA;OPD\n{NIP};Siti;Dinas\n\u{2066}{NIP}\u{2069};Siti;Dinas\n").as_bytes());
    assert_eq!(faults.len(), 1, "{faults:?}");
}

#[test]
fn a_workbook_is_held_to_the_same() {
    let strings = format!(
        "<sst><si><t>NIP</t></si><si><t>Nama</t></si><si><t>{NIP}</t></si><si><t>Nur&amp;apos;aini_x000D_</t></si>\
         <si><t>Budi_x202E_</t></si></sst>"
    );
    let rows = |name: usize| {
        let cell = |at: &str, string: usize| format!("<c r=\"{at}\" t=\"s\"><v>{string}</v></c>");
        let head = format!("<row r=\"1\">{}{}</row>", cell("A1", 0), cell("B1", 1));
        let body = format!("<row r=\"2\">{}{}</row>", cell("A2", 2), cell("B2", name));
        format!("<worksheet><sheetData>{head}{body}</sheetData></worksheet>")
    };
    assert_eq!(found(&workbook(&strings, &rows(3))), (1, vec![]));
    let (people, faults) = found(&workbook(&strings, &rows(4)));
    assert_eq!((people, faults[0].0, faults[0].1.as_str()), (0, 2, "B (Nama)"));
    assert!(faults[0].2.contains("U+202E at letter 5"), "{faults:?}");
}
