//! A unit or institution that is written once: above its block, in merged cells, or as the name of a sheet.

use super::budget::{Budget, STEPS_MAX};
use super::checker::Checker;
use super::numbering::KnownNumbers;
use super::people_tests::{M, N, Taken, institutions};
use super::row_notes::{RowNotes, RowRemarks};
use super::target::Target;
use super::{ReadingChoices, read_rows};
use rust_xlsxwriter::{Format, Workbook, Worksheet};
use std::io::{Seek, Write};

const O: &str = "198001012005011003";
const P: &str = "198001012005011004";
const NOTHING: ReadingChoices = ReadingChoices { unit_from_sheet: false, fill_down: false };
const FILL: ReadingChoices = ReadingChoices { unit_from_sheet: false, fill_down: true };
const SHEETS: ReadingChoices = ReadingChoices { unit_from_sheet: true, fill_down: false };
const CITY: [(&str, &str); 1] = [("16.71", "Pemerintah Kota Palembang")];

struct Found {
    /// People as `number|name|unit`.
    people: Vec<String>,
    faults: Vec<(u32, &'static str)>,
    remarks: RowRemarks,
}

fn found(bytes: &[u8], list: &[(&str, &str)], choices: ReadingChoices) -> Found {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    let budget = Budget::for_test(STEPS_MAX);
    let mut taken = Taken::default();
    let target = Target::new(institutions(list), None).unwrap();
    let mut checker = Checker::new(&mut taken, target, KnownNumbers::default(), budget.clone());
    checker.reading = choices;
    read_rows(file, &mut checker, &budget).unwrap();
    checker.finish().unwrap();
    let faults = checker.faults.kept().iter().map(|fault| (fault.row, fault.kind.key())).collect();
    Found { remarks: std::mem::take(&mut checker.remarks), people: taken.0, faults }
}

/// The units of the people, in order.
fn units(found: &Found) -> Vec<&str> {
    assert_eq!(found.faults, []);
    found.people.iter().map(|person| person.rsplit('|').next().unwrap()).collect()
}

fn rows(notes: &RowNotes) -> (u64, Vec<u32>) {
    (notes.count, notes.first.iter().map(|note| note.row).collect())
}

#[test]
fn a_unit_written_once_above_blanks_is_told_or_filled_down() {
    let text = format!(
        "NIP;NAMA;OPD;UNIT KERJA\n{N};Budi;Dinas Sosial;Bidang A\n{M};Siti;;\n{O};Ali;;Bidang B\n{P};Dewi;Dinas PU;\n"
    );
    let as_written = found(text.as_bytes(), &CITY, NOTHING);
    assert_eq!(units(&as_written), ["Dinas Sosial / Bidang A", "", "Bidang B", "Dinas PU"]);
    assert_eq!(rows(&as_written.remarks.blank_units), (2, vec![3, 4]));
    let filled = found(text.as_bytes(), &CITY, FILL);
    let with = ["Dinas Sosial / Bidang A", "Dinas Sosial / Bidang A", "Dinas Sosial / Bidang B", "Dinas PU"];
    assert_eq!(units(&filled), with);
    assert_eq!((rows(&filled.remarks.filled_down), filled.remarks.blank_units.count), ((2, vec![3, 4]), 0));
}

#[test]
fn an_institution_written_once_is_a_fault_or_filled_down() {
    let list = [("16.01", "Kabupaten Ogan Ilir"), ("16.71", "Kota Palembang")];
    let text = format!(
        "KODE INSTANSI;INSTANSI;NIP;NAMA\n16.01;Kabupaten Ogan Ilir;{N};Budi\n;;{M};Siti\n;Kota Palembang;{O};Ali\n;;{P};Dewi\n"
    );
    let as_written = found(text.as_bytes(), &list, NOTHING);
    assert_eq!(as_written.faults, [(3, "institution-missing"), (5, "institution-missing")]);
    let filled = found(text.as_bytes(), &list, FILL);
    assert_eq!((filled.people.len(), filled.faults.len()), (4, 0));
    assert_eq!(rows(&filled.remarks.filled_down), (2, vec![3, 5]));
}

/// The heading of a block holds nobody, and its unit is that of the rows below. A total and a signature aren't units.
#[test]
fn the_heading_of_a_block_is_the_unit_of_its_rows() {
    let text = format!(
        "NIP;NAMA;UNIT KERJA\n;;DINAS SOSIAL\n{N};Budi;\n{M};Siti;\n;;JUMLAH\n{O};Ali;\n;;Palembang, 5 Juli 2027\n{P};Dewi;\n"
    );
    let filled = found(text.as_bytes(), &CITY, FILL);
    assert_eq!(units(&filled), ["DINAS SOSIAL"; 4]);
}

/// People without a number in a block are people of its unit; who signs below isn't one of them.
#[test]
fn who_signs_below_a_block_is_not_of_its_unit() {
    let text = format!("NIP;NAMA;UNIT KERJA\n{N};Budi;Dinas\n;Siti;\n;Mengetahui,;\n;Drs. H. Ahmad;\n");
    let filled = found(text.as_bytes(), &CITY, FILL);
    let names: Vec<_> = filled.people.iter().map(|person| person.split('|').nth(1).unwrap()).collect();
    assert_eq!((names, units(&filled)), (vec!["Budi", "Siti"], vec!["Dinas", "Dinas"]));
}

fn people(sheet: &mut Worksheet, heading: &[&str], rows: &[(&str, &str)]) {
    for (column, label) in (0..).zip(heading) {
        sheet.write_string(0, column, *label).unwrap();
    }
    for (row, (number, name)) in (1..).zip(rows) {
        sheet.write_string(row, 0, *number).unwrap();
        sheet.write_string(row, 1, *name).unwrap();
    }
}

#[test]
fn merged_cells_of_a_unit_are_filled_down_and_those_of_a_name_are_a_fault() {
    let book = |column: u16| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        people(sheet, &["NIP", "NAMA", "UNIT KERJA"], &[(N, "Budi"), (M, "Siti"), (O, "Ali")]);
        sheet.merge_range(1, column, 2, column, "Dinas", &Format::new()).unwrap();
        sheet.write_string(3, 2, "Badan").unwrap();
        book.save_to_buffer().unwrap()
    };
    let as_written = found(&book(2), &CITY, NOTHING);
    assert_eq!(as_written.faults, [(2, "merged")]);
    assert_eq!(units(&found(&book(2), &CITY, FILL)), ["Dinas", "Dinas", "Badan"]);
    assert!(found(&book(1), &CITY, FILL).faults.contains(&(2, "merged")));
}

/// Within one row a merged cell hides nothing: it is the heading of a block, or a wide cell.
#[test]
fn cells_that_are_merged_within_one_row_are_a_fault_only_where_a_person_lacks_one() {
    let book = |merged: (u32, u16, u16)| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let rows = [(N, "Budi"), ("", ""), (M, "Siti"), ("", ""), (O, "Ali")];
        people(sheet, &["NIP", "NAMA", "", "UNIT KERJA"], &rows);
        sheet.write_string(2, 0, "DINAS SOSIAL").unwrap();
        let (row, first, last) = merged;
        let text = if row == 2 { "DINAS SOSIAL" } else { "Siti" };
        sheet.merge_range(row, first, row, last, text, &Format::new()).unwrap();
        book.save_to_buffer().unwrap()
    };
    for merged in [(2, 0, 3), (3, 1, 2)] {
        let found = found(&book(merged), &CITY, NOTHING);
        assert_eq!((found.people.len(), found.faults), (3, vec![]), "{merged:?}");
    }
    assert_eq!(found(&book((3, 1, 3)), &CITY, NOTHING).faults, [(4, "merged")]);
}

/// Name, headings, and numbers with names.
type NamedSheet<'a> = (&'a str, &'a [&'a str], &'a [(&'a str, &'a str)]);

fn book_of(sheets: &[NamedSheet<'_>]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, heading, rows) in sheets {
        people(book.add_worksheet().set_name(*name).unwrap(), heading, rows);
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn sheets_named_after_offices_are_told_or_become_parent_units() {
    let plain: &[&str] = &["NIP", "NAMA"];
    let book = book_of(&[("Dinas Sosial", plain, &[(N, "Budi")]), ("Dinas PU", plain, &[(M, "Siti"), (O, "Ali")])]);
    let as_written = found(&book, &CITY, NOTHING);
    assert_eq!(units(&as_written), ["", "", ""]);
    assert_eq!(rows(&as_written.remarks.sheets_as_units), (2, vec![1, 1]));
    assert_eq!(&*as_written.remarks.sheets_as_units.first[1].text, "Dinas PU");
    let as_units = found(&book, &CITY, SHEETS);
    assert_eq!(units(&as_units), ["Dinas Sosial", "Dinas PU", "Dinas PU"]);
    assert_eq!(as_units.remarks.sheets_as_units.count, 0);
    // Names that say nothing, a single sheet, and sheets with a column of units.
    let with_unit: &[&str] = &["NIP", "NAMA", "UNIT KERJA"];
    for sheets in [
        &[("Sheet1", plain, &[(N, "Budi")][..]), ("Dinas PU", plain, &[(M, "Siti")])][..],
        &[("PNS", plain, &[(N, "Budi")]), ("PPPK", plain, &[(M, "Siti")])],
        &[("Dinas PU", plain, &[(N, "Budi")])],
        &[("Dinas Sosial", with_unit, &[(N, "Budi")]), ("Dinas PU", with_unit, &[(M, "Siti")])],
    ] {
        assert_eq!(found(&book_of(sheets), &CITY, NOTHING).remarks.sheets_as_units.count, 0, "{sheets:?}");
    }
}

#[test]
fn the_name_of_a_sheet_stands_above_units_and_behind_what_cells_say() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Dinas Sosial").unwrap();
    people(sheet, &["NIP", "NAMA", "UNIT KERJA", "OPD"], &[(N, "Budi"), (M, "Siti"), (O, "Ali")]);
    sheet.write_string(1, 2, "Bidang A").unwrap();
    sheet.write_string(2, 2, "DINAS SOSIAL").unwrap();
    sheet.write_string(3, 3, "Badan").unwrap();
    people(book.add_worksheet().set_name("Kota Palembang").unwrap(), &["NIP", "NAMA"], &[(P, "Dewi")]);
    let found = found(&book.save_to_buffer().unwrap(), &CITY, SHEETS);
    assert_eq!(units(&found), ["Dinas Sosial / Bidang A", "Dinas Sosial", "Badan", ""]);
}

/// The institutions of the people, where a file is read for these and `only` for one of them.
fn institutions_of(book: &[u8], list: &[(&str, &str)], only: Option<&str>) -> (Vec<String>, Vec<(u32, &'static str)>) {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(book).unwrap();
    file.rewind().unwrap();
    let (budget, mut taken) = (Budget::for_test(STEPS_MAX), Taken::default());
    let target = Target::new(institutions(list), only).unwrap();
    let mut checker = Checker::new(&mut taken, target, KnownNumbers::default(), budget.clone());
    checker.reading = SHEETS;
    read_rows(file, &mut checker, &budget).unwrap();
    checker.finish().unwrap();
    let faults = checker.faults.kept().iter().map(|fault| (fault.row, fault.kind.key())).collect();
    (taken.1, faults)
}

#[test]
fn sheets_named_after_institutions_are_told_or_say_whose_people_they_hold() {
    let plain: &[&str] = &["NIP", "NAMA"];
    let list = [("16.02", "Kabupaten Ogan Komering Ilir"), ("16.71", "Kota Palembang")];
    let names = |one: &'static str, other: &'static str| {
        book_of(&[(one, plain, &[(N, "Budi")]), (other, plain, &[(M, "Siti")])])
    };
    let book = names("Pemkot Palembang", "16.02");
    assert_eq!(institutions_of(&book, &list, None), (vec!["16.71".into(), "16.02".into()], vec![]));
    // A new event gets its institutions from names that say their level.
    let book = names("Kota Palembang", "Kab. OKI");
    assert_eq!(institutions_of(&book, &[], None), (vec!["01".into(), "02".into()], vec![]));
    // A file for one institution has no sheet of another.
    assert_eq!(institutions_of(&book, &list, Some("16.71")), (vec!["16.71".into()], vec![(2, "institution-other")]));
    // Cells come first.
    let headed: &[&str] = &["NIP", "NAMA", "INSTANSI"];
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Kota Palembang").unwrap();
    people(sheet, headed, &[(N, "Budi"), (M, "Siti")]);
    sheet.write_string(1, 2, "16.02").unwrap();
    let found = institutions_of(&book.save_to_buffer().unwrap(), &list, None);
    assert_eq!(found, (vec!["16.02".into(), "16.71".into()], vec![]));
    // Otherwise the refusal says what to do.
    let refused = |book: &[u8], choices: ReadingChoices| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(book).unwrap();
        file.rewind().unwrap();
        let (budget, mut taken) = (Budget::for_test(STEPS_MAX), Taken::default());
        let target = Target::new(institutions(&list), None).unwrap();
        let mut checker = Checker::new(&mut taken, target, KnownNumbers::default(), budget.clone());
        checker.reading = choices;
        read_rows(file, &mut checker, &budget).unwrap();
        super::refusal_words(&checker.finish().unwrap_err(), crate::i18n::Localizer(crate::i18n::Lang::En))
    };
    let told = refused(&names("Kota Palembang", "Kab. OKI"), NOTHING);
    assert!(told.contains("Kota Palembang") && told.contains("--unit-from-sheet"), "{told}");
    let told = refused(&names("Kota Palembang", "Kab. Lahat"), SHEETS);
    assert!(told.contains("Kab. Lahat") && told.contains("no institution of this event"), "{told}");
    let told = refused(&names("Sheet1", "Sheet2"), NOTHING);
    assert!(told.contains("doesn't name the institution"), "{told}");
}

#[test]
fn a_sheet_name_that_cannot_be_printed_is_a_fault_only_where_it_becomes_a_unit() {
    let plain: &[&str] = &["NIP", "NAMA"];
    let book = book_of(&[("Dinas → Sosial", plain, &[(N, "Budi")])]);
    assert_eq!(found(&book, &CITY, NOTHING).faults, []);
    assert_eq!(found(&book, &CITY, SHEETS).faults, [(1, "unprintable")]);
}

#[test]
fn a_sheet_on_which_nobody_has_a_number_is_told_with_its_people() {
    let text = |number: &str| format!("NIP;NAMA;JABATAN;NO PESERTA\n;Budi;Guru;\n-;Siti;Guru;{number}\n");
    let told = found(text("").as_bytes(), &CITY, NOTHING).remarks;
    assert_eq!((told.empty_nip_columns.count, told.people_of_empty_nip_columns), (1, 2));
    let words = told.words(crate::i18n::Localizer(crate::i18n::Lang::En)).join("\n");
    assert!(words.contains("none of 2 people"), "{words}");
    assert_eq!(found(text("12").as_bytes(), &CITY, NOTHING).remarks.empty_nip_columns.count, 0);
}
