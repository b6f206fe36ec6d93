//! What a person at the screen doesn't see of a workbook is told: hidden rows and columns that are read, and sheets
//! that aren't.

use super::format_tests::{M, N, checked};
use super::{ImportReport, RowNotes, UnreadReason, refusal_words, unread_words};
use crate::i18n::{Lang, Localizer};
use rust_xlsxwriter::{FilterCondition, Workbook, Worksheet};

const O: &str = "198001012005011003";

/// Writes rows from the top.
fn write(sheet: &mut Worksheet, rows: &[&[&str]]) {
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            sheet.write_string(row, column, *cell).unwrap();
        }
    }
}

const PEOPLE: [&[&str]; 4] = [
    &["NIP", "Nama", "Unit Kerja", "HP"],
    &[N, "Budi", "Dinas", "1"],
    &[M, "Siti", "Badan", "2"],
    &[O, "Ali", "Dinas", "3"],
];

fn report(book: &mut Workbook) -> ImportReport {
    checked(&book.save_to_buffer().unwrap()).unwrap()
}

fn rows(notes: &RowNotes) -> (u64, Vec<(u32, &str)>) {
    (notes.count, notes.first.iter().map(|note| (note.row, note.text.as_str())).collect())
}

#[test]
fn people_in_hidden_and_filtered_rows_are_read_and_told() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write(sheet, &PEOPLE);
    sheet.set_row_hidden(2).unwrap();
    let found = report(&mut book);
    assert_eq!((found.people, rows(&found.remarks.hidden_rows)), (3, (1, vec![(3, "Siti")])));
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write(sheet, &PEOPLE);
    sheet.autofilter(0, 0, 3, 3).unwrap();
    sheet.filter_column(2, &FilterCondition::new().add_list_filter("Badan")).unwrap();
    let found = report(&mut book);
    assert_eq!((found.people, rows(&found.remarks.hidden_rows)), (3, (2, vec![(2, "Budi"), (4, "Ali")])));
    for lang in [Lang::Id, Lang::En] {
        let words = found.remarks.words(Localizer(lang)).join("\n");
        assert!(words.contains("Budi") && words.contains("Ali"), "{words}");
    }
    let json = found.remarks.as_json().into_iter().find(|(kind, _)| *kind == "hidden_rows").unwrap().1;
    assert_eq!((&json["count"], &json["first"][0]["row"]), (&2.into(), &2.into()));
    // A hidden row that isn't a person's is nobody's.
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write(sheet, &PEOPLE);
    sheet.set_row_hidden(8).unwrap();
    assert_eq!(report(&mut book).remarks.hidden_rows.count, 0);
}

#[test]
fn hidden_columns_that_are_read_are_told() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write(sheet, &PEOPLE);
    // The last one isn't read.
    for column in [0, 2, 3] {
        sheet.set_column_hidden(column).unwrap();
    }
    let found = report(&mut book);
    let told = (2, vec![(1, "A (NIP)"), (1, "C (Unit Kerja)")]);
    assert_eq!((found.people, rows(&found.remarks.hidden_columns)), (3, told));
    // They are those of their own sheet.
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write(sheet, &PEOPLE);
    sheet.set_column_hidden(3).unwrap();
    write(book.add_worksheet(), &[PEOPLE[0], &["198001012005011004", "Dewi", "Dinas"]]);
    assert_eq!(report(&mut book).remarks.hidden_columns, RowNotes::default());
}

fn unread(found: &ImportReport) -> Vec<(&str, UnreadReason, u64, Vec<&str>)> {
    let sheets = found.sheets_unread.iter();
    sheets.map(|of| (&*of.sheet, of.reason, of.rows, of.first.iter().map(|row| &**row).collect())).collect()
}

#[test]
fn sheets_that_are_not_read_are_told_with_their_rows() {
    let mut book = Workbook::new();
    write(book.add_worksheet(), &PEOPLE);
    let hidden = book.add_worksheet().set_name("Lama").unwrap();
    write(hidden, &PEOPLE);
    hidden.set_hidden(true);
    let hidden = book.add_worksheet().set_name("Rahasia").unwrap();
    write(hidden, &PEOPLE[2..]);
    hidden.set_very_hidden(true);
    write(
        book.add_worksheet().set_name("Lanjutan").unwrap(),
        &[&["198001012005011004", "Dewi"], &[], &["x", "Eko", "y"]],
    );
    // Nothing to tell.
    book.add_worksheet();
    book.add_worksheet().set_hidden(true);
    let found = report(&mut book);
    assert_eq!(found.people, 3);
    let siti = format!("{M} | Siti | Badan | 2");
    let ali = format!("{O} | Ali | Dinas | 3");
    let budi = format!("{N} | Budi | Dinas | 1");
    assert_eq!(
        unread(&found),
        [
            ("Lanjutan", UnreadReason::NoHeader, 2, vec!["198001012005011004 | Dewi", "x | Eko | y"]),
            ("Lama", UnreadReason::Hidden, 4, vec!["NIP | Nama | Unit Kerja | HP", &budi, &siti]),
            ("Rahasia", UnreadReason::VeryHidden, 2, vec![&siti, &ali]),
        ]
    );
    for lang in [Lang::Id, Lang::En] {
        let words = unread_words(&found.sheets_unread[1], Localizer(lang));
        assert!(words.contains("Lama") && words.contains('4') && words.contains("Budi"), "{words}");
    }
}

/// The roster may be on the sheet that nobody sees.
#[test]
fn a_file_without_people_tells_of_its_hidden_sheets() {
    for visible in [&[&["Petunjuk pengisian"][..]][..], &PEOPLE[..1]] {
        let mut book = Workbook::new();
        write(book.add_worksheet(), visible);
        for (name, rows) in [("Data", &PEOPLE[..]), ("Kosong", &[])] {
            let hidden = book.add_worksheet().set_name(name).unwrap();
            write(hidden, rows);
            hidden.set_hidden(true);
        }
        let refused = checked(&book.save_to_buffer().unwrap()).unwrap_err();
        for lang in [Lang::Id, Lang::En] {
            let words = refusal_words(&refused, Localizer(lang));
            assert!(words.contains(": Data. ") && !words.contains("Kosong"), "{words}");
        }
    }
    let refused = checked(b"kop\n").unwrap_err();
    let words = refusal_words(&refused, Localizer(Lang::Id));
    assert!(!words.contains("tersembunyi"), "{words}");
}

/// The rows of a sheet without a header are counted beyond the ones in which a header is looked for.
#[test]
fn all_rows_of_a_sheet_without_a_header_are_counted() {
    let mut book = Workbook::new();
    write(book.add_worksheet(), &PEOPLE);
    let sheet = book.add_worksheet();
    for row in 0..300 {
        sheet.write_string(row, 1, "Siti").unwrap();
    }
    // A header too far down isn't one.
    sheet.write_string(300, 0, "NIP").unwrap();
    sheet.write_string(300, 1, "Nama").unwrap();
    let found = report(&mut book);
    assert_eq!((found.people, found.sheets_unread[0].rows), (3, 301));
}

#[test]
fn a_long_hidden_sheet_is_counted_as_far_as_the_limit() {
    let mut book = Workbook::new();
    write(book.add_worksheet(), &PEOPLE);
    let hidden = book.add_worksheet();
    for row in 0..10_500 {
        hidden.write_string(row, 0, "x").unwrap();
    }
    hidden.set_hidden(true);
    let found = report(&mut book);
    let sheet = &found.sheets_unread[0];
    assert_eq!((found.people, sheet.rows, sheet.has_more), (3, 10_000, true));
    assert!(unread_words(sheet, Localizer(Lang::Id)).contains("10.000+"));
}
