//! Damage within a cell is a fault of its row, damage of the sheet refuses the file, and the check and the copy with
//! remarks agree on which is which.

use super::hostile_tests::workbook;
use super::{Faults, ImportReport, Limits, RosterFileError, annotate, check};
use crate::domain::institution::Institution;
use crate::i18n::{Lang, Localizer};
use crate::keyring::Keyring;
use calamine::Reader;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use tempfile::NamedTempFile;

const STRINGS: &str = "<sst><si><t>NIP</t></si><si><t>Nama</t></si></sst>";

fn limits() -> Limits {
    Limits::new(Arc::default(), std::env::temp_dir())
}

fn checked(path: &Path) -> Result<ImportReport, RosterFileError> {
    let keyring = Keyring::generate(&[3; 128]);
    let secret = keyring.open_secret(&[1; 16], &keyring.seal_secret(&[1; 16], &[2; 32], [4; 24])).unwrap();
    let institution =
        Institution { code: "16".into(), name: "Provinsi".into(), position: 0, help_contact: String::new() };
    check(path, secret, vec![institution], limits())
}

/// A workbook of one sheet, its check, and its copy with remarks.
struct Checked {
    report: Result<ImportReport, RosterFileError>,
    copied: Result<(), RosterFileError>,
    copy: NamedTempFile,
}

impl Checked {
    fn new(strings: &str, sheet: &str) -> Self {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(&workbook(strings, sheet)).unwrap();
        let report = checked(file.path());
        let copy = NamedTempFile::new().unwrap();
        let none = Faults::default();
        let faults = report.as_ref().map_or(&none, |report| &report.faults);
        let copied = annotate(file.path(), faults, Localizer(Lang::En), copy.path(), limits());
        Self { report, copied, copy }
    }

    fn rows(rows: &str) -> Self {
        Self::new(STRINGS, &format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"))
    }

    /// People, and place and kind of each fault. The same must hold of the copy.
    #[track_caller]
    fn found(&self) -> (u64, Vec<(u32, String, &'static str)>) {
        let found = |report: &ImportReport| {
            let place = |fault: &super::Fault| (fault.row, fault.column.clone(), fault.kind.key());
            (report.people, report.faults.kept().iter().map(place).collect())
        };
        self.copied.as_ref().unwrap();
        let here = found(self.report.as_ref().unwrap());
        let there = found(&checked(self.copy.path()).unwrap());
        assert_eq!(there.0, here.0, "the copy holds other people: {there:?}");
        here
    }

    /// The cells of the copy by their names, such as `B2`, as an independent reader sees them.
    fn cells(&self) -> BTreeMap<String, String> {
        let mut copy: calamine::Xlsx<_> = calamine::open_workbook(self.copy.path()).unwrap();
        let range = copy.worksheet_range_at(0).unwrap().unwrap();
        let (top, left) = range.start().unwrap();
        let name = |row: usize, column: usize| {
            let column = super::column_letters(left + u32::try_from(column).unwrap());
            format!("{column}{}", top as usize + row + 1)
        };
        range.used_cells().map(|(row, column, cell)| (name(row, column), cell.to_string())).collect()
    }
}

const HEADER: &str = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c></row>";

/// A row with a good number in column A, and what a test puts right of it.
fn row(number: u32, cells: &str) -> String {
    let nip = format!("19700101199503{:04}", 1_000 + number);
    format!("<row r=\"{number}\"><c t=\"inlineStr\"><is><t>{nip}</t></is></c>{cells}</row>")
}

const SITI: &str = "<c t=\"inlineStr\"><is><t>Siti</t></is></c>";

#[test]
fn damage_in_a_cell_is_a_fault_of_its_row_in_the_check_and_in_the_copy() {
    for (cell, shown) in [
        ("<c t=\"inlineStr\"><is><t>Siti &nix; S</t></is></c>", "Siti \u{FFFD} S"),
        ("<c t=\"inlineStr\"><is><t>&#xD800;</t></is></c>", "\u{FFFD}"),
        ("<c t=\"str\"><v>&#99999999999;Siti</v></c>", "\u{FFFD}Siti"),
        ("<c t=\"str\"><f>A1</f><v>&nix;</v></c>", "\u{FFFD}"),
        ("<c><v>&nix;</v></c>", "\u{FFFD}"),
        ("<c t=\"e\"><v>#N&A;</v></c>", "#N\u{FFFD}"),
        ("<c t=\"s\"><v>99</v></c>", "\u{FFFD}"),
        ("<c t=\"s\"><v>-1</v></c>", "\u{FFFD}"),
        ("<c t=\"s\"><v>&nix;</v></c>", "\u{FFFD}"),
    ] {
        let checked = Checked::rows(&format!("{HEADER}{}{}{}", row(2, SITI), row(3, cell), row(4, SITI)));
        assert_eq!(checked.found(), (2, vec![(3, "B (Nama)".into(), "broken-text")]), "{cell}");
        let copy = checked.cells();
        assert_eq!(copy["C3"], shown, "{cell}");
        assert!(copy["B3"].starts_with("C (Nama): ") && !copy.contains_key("B2"), "{cell}: {copy:?}");
    }
}

/// The header with so many further columns, which nobody knows.
fn wide_header(more: usize) -> String {
    HEADER.replace("</row>", &format!("{}</row>", "<c t=\"str\"><v>Alamat</v></c>".repeat(more)))
}

/// Such a cell isn't judged by the check, and once kept its file from being copied.
#[test]
fn damage_in_a_column_that_is_not_needed_is_no_fault_and_is_copied() {
    for cell in ["<c t=\"str\"><v>&nix;</v></c>", "<c t=\"s\"><v>99</v></c>", "<c t=\"s\"><v>x</v></c>"] {
        let header = wide_header(2);
        let rows = format!("{header}{}{}", row(2, &format!("{SITI}<c/>{cell}")), row(3, "<c><v>1</v></c>"));
        let checked = Checked::rows(&rows);
        assert_eq!(checked.found(), (1, vec![(3, "B (Nama)".into(), "name-has-digits")]), "{cell}");
        assert_eq!(checked.cells()["E2"], "\u{FFFD}", "{cell}");
    }
}

/// What has slipped out of the table stays in the copy, and is told of the copy again.
#[test]
fn cells_beyond_the_header_are_copied_and_the_copy_has_the_same_faults() {
    let text = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let slipped = format!("{SITI}{}{}", text("S.Kom"), text("Dinas"));
    let checked = Checked::rows(&format!("{HEADER}{}{}", row(2, &slipped), row(3, SITI)));
    let faults = vec![(2, "D".into(), "beyond-header")];
    assert_eq!(checked.found(), (1, faults));
    let copy = checked.cells();
    assert_eq!([&copy["D2"], &copy["E2"], &copy["B1"]], ["S.Kom", "Dinas", "REMARKS OF THE CHECK"], "{copy:?}");
    let again = super::column_tests::kinds(&self::checked(checked.copy.path()).unwrap());
    assert_eq!(again, [(2, "beyond-header")]);
}

/// A label that can't be read could leave a column or a whole sheet unread.
#[test]
fn damage_above_the_header_and_in_it_is_a_fault() {
    let title = "<row r=\"1\"><c t=\"str\"><v>Daftar</v></c><c t=\"str\"><v>&nix;</v></c></row>";
    let header = "<row r=\"2\"><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c><c t=\"s\"><v>7</v></c></row>";
    let checked = Checked::rows(&format!("{title}{header}{}", row(3, SITI)));
    let faults = vec![(1, "B".into(), "broken-text"), (2, "C".into(), "broken-text")];
    assert_eq!(checked.found(), (1, faults));
    let copy = checked.cells();
    assert!(copy["B1"].starts_with("C: "), "{copy:?}");
    assert!(copy["B2"].starts_with("REMARKS OF THE CHECK: D: ") && copy["D2"] == "\u{FFFD}", "{copy:?}");
    // Without a header there are only the faults.
    let file = Checked::rows(title);
    let report = file.report.unwrap();
    assert_eq!((report.people, report.faults.total), (0, 1));
    file.copied.unwrap();
}

#[test]
fn damage_of_the_sheet_refuses_the_file_in_the_check_and_in_the_copy() {
    let good = format!("{HEADER}{}", row(2, SITI));
    for (strings, sheet) in [
        (STRINGS, format!("<worksheet><sheetData>{good}")),
        (STRINGS, format!("<worksheet><sheetData>{good}<row><c><v>1")),
        (STRINGS, format!("<worksheet><sheetData>{good}<row><c")),
        (STRINGS, format!("<worksheet><sheetData>{good}<!-- </sheetData></worksheet>")),
        // Cells refer to strings, and there are none.
        ("<sst/>", format!("<worksheet><sheetData>{good}</sheetData></worksheet>")),
        ("<sst><si><t>&nix;</t></si></sst>", format!("<worksheet><sheetData>{good}</sheetData></worksheet>")),
    ] {
        let checked = Checked::new(strings, &sheet);
        assert!(matches!(checked.report, Err(RosterFileError::Damaged)), "{sheet}: {:?}", checked.report);
        assert!(matches!(checked.copied, Err(RosterFileError::Damaged)), "{sheet}: {:?}", checked.copied);
    }
}

/// The check needs none of these columns, so their limits aren't its faults.
#[test]
fn text_in_columns_that_are_not_needed_is_left_out_of_the_copy_beyond_a_limit() {
    let strings = format!("<sst><si><t>NIP</t></si><si><t>Nama</t></si><si><t>{}</t></si></sst>", "a".repeat(130_000));
    let long = "<c t=\"s\"><v>2</v></c>".repeat(100);
    let header = wide_header(100);
    let rows = format!("{header}{}{}", row(2, &format!("<c t=\"s\"><v>9</v></c>{long}")), row(3, SITI));
    let checked = Checked::new(&strings, &format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"));
    assert_eq!(checked.found(), (1, vec![(2, "B (Nama)".into(), "broken-text")]));
}

/// What no spreadsheet writes: the copy holds the people of such a file, too.
#[test]
fn rows_and_cells_out_of_order_and_numbers_of_other_forms_are_copied() {
    let header = "<row><c t=\"str\"><v>Nomor Peserta</v></c><c t=\"str\"><v>Nama</v></c></row>";
    let person = |place: &str, number: &str, name: &str| {
        format!("<row{place}><c><v>{number}</v></c><c t=\"str\"><v>{name}</v></c></row>")
    };
    let rows = [
        person(" r=\"9\"", "7", "Siti"),
        person(" r=\"5\"", "007", "Budi"),
        person(" r=\"5\"", "8", "Tono_x000D_Joko"),
        person(" r=\"4000000\"", "9", "Dewi&#13;A"),
        "<row><c r=\"B1\" t=\"str\"><v>Rini</v></c><c r=\"A1\"><v>10</v></c><c r=\"A1\"><v>7</v></c></row>".into(),
        person("", "11", "nan").replace("<c t=\"str\">", "<c>"),
    ];
    let checked = Checked::rows(&format!("{header}{}", rows.concat()));
    assert_eq!(checked.found(), (6, vec![]));
}
