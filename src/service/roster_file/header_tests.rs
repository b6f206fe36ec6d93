//! Headers as offices write them: in two rows, with merged cells, and with numbers or letters below.

use super::people_tests::{M, N, found};
use super::{ImportReport, Limits, annotate, check};
use crate::domain::institution::Institution;
use crate::i18n::{Lang, Localizer};
use crate::keyring::Keyring;
use calamine::{Reader, Xlsx, open_workbook};
use rust_xlsxwriter::{Format, Workbook, Worksheet};
use std::path::Path;
use std::sync::Arc;

/// The people as `number|name|unit`, where no row has a fault.
fn people(text: &str) -> Vec<String> {
    let found = found(text);
    assert_eq!(found.faults, [], "{text}");
    found.people
}

#[test]
fn a_header_of_two_rows_is_read_column_by_column() {
    for header in [
        // Headings over two rows, and one over two columns.
        "NO;NAMA;NIP;UNIT;\n;;;INDUK;KERJA",
        "NO;PEGAWAI;;UNIT;\n;NAMA;NIP;INDUK;KERJA",
        "NO;PEGAWAI;;UNIT INDUK;UNIT KERJA\n;NAMA;NIP;;",
        "DAFTAR PEGAWAI\nNO;DATA PEGAWAI;;UNIT ORGANISASI;\n;Nama Lengkap;N.I.P.;Unit Induk;Unit Kerja",
        "NO;NAMA;NIP;TEMPAT KERJA;\n;(lengkap);(18 digit);UNIT INDUK;UNIT KERJA",
        "No.;Nama;Nomor;Unit;\nUrut;Pegawai;Induk Pegawai;Induk;Kerja",
        "NO;CALON PENERIMA;;UNIT INDUK;UNIT KERJA\n;NAMA;NIP;;",
    ] {
        let rows = format!("{header}\n1;Budi;{N};Dinas;Bidang\n2;Siti;{M};Dinas;Sekretariat\n");
        let wanted = [format!("{N}|Budi|Dinas / Bidang"), format!("{M}|Siti|Dinas / Sekretariat")];
        assert_eq!(people(&rows), wanted, "{header}");
        let numbered =
            format!("{header}\n(1);(2);(3);(4);(5)\n1;Budi;{N};Dinas;Bidang\n2;Siti;{M};Dinas;Sekretariat\n");
        assert_eq!(people(&numbered), wanted, "{header}");
    }
}

#[test]
fn what_stands_below_a_heading_of_others_isn_t_the_person_s() {
    let rows = format!(
        "NAMA;NIP;UNIT KERJA;ATASAN LANGSUNG;\n;;;NAMA;NIP\nBudi;{M};Dinas;Ali;{N}\nSiti;198502022010012002;Dinas;Ali;{N}\n"
    );
    let found = found(&rows);
    assert_eq!(found.people.len(), 2, "{:?}", found.people);
    assert!(found.people.iter().all(|person| !person.contains("Ali") && !person.contains(N)), "{:?}", found.people);
    let rows = format!("NAMA;NIP;JABATAN;\n;;NAMA;TMT\nBudi;{N};Guru;2020\n");
    assert_eq!(people(&rows), [format!("{N}|Budi|")]);
    let rows = format!("NAMA;NIP;JABATAN;\n;;STRUKTURAL;TMT\nBudi;{N};Kepala;2020\n");
    assert_eq!(people(&rows), [format!("{N}|Budi|")]);
}

#[test]
fn a_row_of_a_person_below_the_header_stays_a_person() {
    for first in ["1;Budi;;Dinas;Guru", "1;Budi;-;Dinas;Guru", "1;Nama Baik;;Dinas;Guru"] {
        let rows = format!("NO;NAMA;NIP;UNIT KERJA;JABATAN\n{first}\n2;Siti;{M};Dinas;Guru\n");
        assert_eq!(people(&rows).len(), 2, "{first}");
    }
    // A header that is there twice is a fault, as it is further down.
    let twice = format!("NAMA;NIP;UNIT KERJA\nNAMA;NIP;UNIT KERJA\nBudi;{N};Dinas\n");
    assert_eq!(found(&twice).faults, [(2, "second-header")]);
    // A row above the header that only describes the file adds nothing.
    let described = format!("UNIT KERJA;: Dinas Sosial\nNAMA;NIP\nBudi;{N}\n");
    assert_eq!(people(&described), [format!("{N}|Budi|")]);
}

#[test]
fn numbers_and_letters_below_the_header_are_nobody() {
    for below in [
        "1;2;3;4",
        "(1);(2);(3);(4)",
        "a;b;c;d",
        "I;II;III;IV",
        "A.;B.;C.;D.",
        "1.;2.;3.;4.",
        "[1];[2];[3];[4]",
        "1;2;3a;3b",
        ";2;3;4",
        "(a);(b);(c);(d)",
        "-1-;-2-;-3-;-4-",
        ";(nama lengkap);(18 digit);(OPD)",
    ] {
        let rows = format!("NO;NAMA;NIP;UNIT KERJA\n{below}\n1;Budi;{N};Dinas\n2;Siti;{M};Dinas\n");
        assert_eq!(people(&rows).len(), 2, "{below}");
    }
}

#[test]
fn totals_are_nobody() {
    for total in [
        "JUMLAH;;;",
        ";JUMLAH;;",
        ";JUMLAH PEGAWAI;2 orang;",
        "TOTAL;2;;",
        "JUMLAH;2 orang;;",
        ";TOTAL : 2;;",
        ";;JUMLAH;2",
        "Jumlah;;;2",
        "JUMLAH;2 ORANG;;2",
        ";Grand Total;2;2",
    ] {
        let rows = format!("NO;NAMA;NIP;UNIT KERJA\n1;Budi;{N};Dinas\n2;Siti;{M};Dinas\n{total}\n");
        assert_eq!(people(&rows).len(), 2, "{total}");
    }
}

fn check_path(path: &Path) -> ImportReport {
    let keyring = Keyring::generate(&[9; 128]);
    let secret = keyring.open_secret(&[5; 16], &keyring.seal_secret(&[5; 16], &[6; 32], [0; 24])).unwrap();
    let institution =
        Institution { code: "16".into(), name: "Provinsi".into(), position: 0, help_contact: String::new() };
    check(path, secret, vec![institution], Limits::new(Arc::default(), std::env::temp_dir())).unwrap()
}

fn workbook(path: &Path, rows: &[&[&str]], more: impl FnOnce(&mut Worksheet)) {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0u32..).zip(rows) {
        for (column, text) in (0u16..).zip(*cells).filter(|(_, text)| !text.is_empty()) {
            sheet.write_string(row, column, *text).unwrap();
        }
    }
    more(sheet);
    workbook.save(path).unwrap();
}

/// `Nama` and `NIP` are merged over two rows, `Unit` over two columns; below them are the columns' numbers.
fn merged_headings(path: &Path, second: &str) {
    let rows: &[&[&str]] = &[
        &["DAFTAR PEGAWAI"],
        &["NO", "NAMA", "NIP", "UNIT"],
        &["", "", "", "INDUK", "KERJA"],
        &["1", "2", "3", "4", "5"],
        &["1", "Budi", N, "Dinas", "Bidang"],
        &["2", "Siti", second, "Dinas", "Sekretariat"],
        &["JUMLAH", "", "", "2"],
    ];
    workbook(path, rows, |sheet| {
        let merge = |sheet: &mut Worksheet, area: [u32; 4], text: &str| {
            let column = |at: u32| u16::try_from(at).unwrap();
            sheet.merge_range(area[0], column(area[1]), area[2], column(area[3]), text, &Format::new()).unwrap();
        };
        merge(sheet, [0, 0, 0, 4], "DAFTAR PEGAWAI");
        for (column, text) in (0..).zip(["NO", "NAMA", "NIP"]) {
            merge(sheet, [1, column, 2, column], text);
        }
        merge(sheet, [1, 3, 1, 4], "UNIT");
        merge(sheet, [6, 0, 6, 2], "JUMLAH");
    });
}

#[test]
fn merged_headings_are_read_and_the_copy_with_remarks_marks_the_right_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daftar.xlsx");
    merged_headings(&path, M);
    let report = check_path(&path);
    assert_eq!((report.people, report.units, report.faults.total), (2, 3, 0), "{:?}", report.faults);

    merged_headings(&path, "198001012005012000");
    let report = check_path(&path);
    let faults: Vec<_> = report.faults.listed().iter().map(|fault| (fault.row, fault.kind.key())).collect();
    assert_eq!(faults, [(6, "identifier-serial-zero")]);
    let copy = folder.path().join("keterangan.xlsx");
    let limits = Limits::new(Arc::default(), std::env::temp_dir());
    annotate(&path, &report.faults, Localizer(Lang::Id), &copy, limits).unwrap();
    let mut workbook: Xlsx<_> = open_workbook(&copy).unwrap();
    let range = workbook.worksheet_range("Sheet1").unwrap();
    let text = |row: u32, column: u32| range.get_value((row, column)).map(ToString::to_string).unwrap_or_default();
    let headings = [text(1, 3), text(1, 4), text(2, 5)];
    assert_eq!(headings, ["KETERANGAN PEMERIKSAAN", "UNIT", "KERJA"], "nothing is written over");
    assert!(text(5, 3).contains("NIP"), "{}", text(5, 3));
    // Corrected below its remarks, it is taken.
    let report = check_path(&copy);
    assert_eq!(report.faults.total, 1);
}

/// A heading above number and name spans both, also where the remarks stand between them.
#[test]
fn remarks_between_columns_of_one_heading_leave_them_below_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daftar.xlsx");
    let rows: &[&[&str]] = &[
        &["NO", "CALON PENERIMA", "", "UNIT", ""],
        &["", "NIP", "NAMA", "INDUK", "KERJA"],
        &["1", N, "Budi", "Dinas"],
        &["2", "198001012005012000", "Siti", "Dinas"],
    ];
    workbook(&path, rows, |_| {});
    let copy = [1, 2].map(|time| folder.path().join(format!("keterangan-{time}.xlsx")));
    for (from, to) in [(&path, &copy[0]), (&copy[0], &copy[1])] {
        let report = check_path(from);
        assert_eq!(report.faults.total, 1, "{:?}", report.faults);
        assert_eq!(report.faults.listed()[0].kind.key(), "identifier-serial-zero");
        annotate(from, &report.faults, Localizer(Lang::Id), to, Limits::new(Arc::default(), std::env::temp_dir()))
            .unwrap();
        let mut workbook: Xlsx<_> = open_workbook(to).unwrap();
        let range = workbook.worksheet_range_at(0).unwrap().unwrap();
        let row = |row: u32| {
            (0..6).map(|at| range.get_value((row, at)).map(ToString::to_string).unwrap_or_default()).collect::<Vec<_>>()
        };
        assert_eq!(row(0), ["NO", "CALON PENERIMA", "", "", "UNIT", ""]);
        assert_eq!(row(1), ["", "NIP", "KETERANGAN PEMERIKSAAN", "NAMA", "INDUK", "KERJA"]);
        assert_eq!((row(2)[2].as_str(), row(2)[3].as_str(), row(3)[3].as_str()), ("", "Budi", "Siti"));
    }
}
