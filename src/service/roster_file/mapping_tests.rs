//! The dry run shows what columns hold and what they are read as, and is told what they are.

use super::column_choices::ColumnChoices;
use super::column_report::{COLUMNS_TOLD_MAX, ColumnUse, ColumnsRefused, FileColumns};
use super::comparison::{Comparison, Replaced};
use super::field::{ColumnSource, Field};
use super::numbering::KnownNumbers;
use super::people_tests::{M, N, institutions};
use super::reading::{Handover, RosterReader, RowRules, read};
use super::target::Target;
use super::{ImportReport, Limits};
use crate::keyring::Keyring;
use rust_xlsxwriter::Workbook;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

const ONE: &[(&str, &str)] = &[("16", "Provinsi")];
const TWO: &[(&str, &str)] = &[("16", "Provinsi"), ("16.71", "Kota Palembang")];

fn check_path(path: &Path, list: &[(&str, &str)], columns: ColumnChoices) -> Result<ImportReport, ColumnsRefused> {
    let keyring = Keyring::generate(&[9; 128]);
    let secret = keyring.open_secret(&[5; 16], &keyring.seal_secret(&[5; 16], &[6; 32], [0; 24])).unwrap();
    let comparison = Comparison::new(vec![], Replaced::Named);
    let reader = RosterReader::new(secret, comparison, Handover::Nobody, watch::Sender::default());
    let target = Target::new(institutions(list), None).unwrap();
    let rules = RowRules { columns, ..RowRules::default() };
    let limits = Limits::new(Arc::default(), std::env::temp_dir());
    read(path, reader, target, KnownNumbers::default(), rules, limits).map(|read| read.report)
}

fn check_for(list: &[(&str, &str)], text: &str, said: &[&str]) -> Result<ImportReport, ColumnsRefused> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    check_path(file.path(), list, ColumnChoices::parse(said.iter().copied()).unwrap())
}

fn check(text: &str, said: &[&str]) -> Result<ImportReport, ColumnsRefused> {
    check_for(ONE, text, said)
}

/// People, people without a number, and faults.
fn found(text: &str, said: &[&str]) -> (u64, u64, u64) {
    let report = check(text, said).unwrap();
    (report.people, report.numbered, report.faults.total)
}

/// The key of the refusal, and each column as `LETTERS heading: samples = use`.
fn refused(result: Result<ImportReport, ColumnsRefused>) -> (&'static str, Vec<String>, Vec<String>) {
    let refused = result.unwrap_err();
    (refused.error.key(), shown(&refused.seen), refused.seen.first_names)
}

fn shown(columns: &FileColumns) -> Vec<String> {
    let column = |column: &super::ColumnReading| {
        let read_as = match column.read_as {
            ColumnUse::Read(field) => field.key(),
            ColumnUse::NotKept => "-",
            ColumnUse::Unknown => "?",
        };
        format!("{} {}: {} = {read_as}", column.column, column.heading, column.samples.join(","))
    };
    columns.columns.iter().map(column).collect()
}

#[test]
fn each_column_is_told_with_its_heading_values_and_what_it_is_read_as() {
    let file = format!(
        "NO;NIP BARU;NIP PPPK;NAMA;GELAR DEPAN;GELAR BELAKANG;ALAMAT;;UNIT KERJA;KOSONG\n\
         1;{N};;Budi;Dr.;S.E.;Jl. A;x;Dinas;\n2;{M};;Siti;;;Jl. B;x;Dinas;\n3;;;Ali;;;Jl. C;;Dinas;\n4;;;Umi;;;Jl. D;;Dinas;\n"
    );
    let report = check(&file, &[]).unwrap();
    assert_eq!(
        shown(&report.columns),
        [
            "A NO: 1,2,3 = ?".to_owned(),
            format!("B NIP BARU: {N},{M} = identifier"),
            "C NIP PPPK:  = -".into(),
            "D NAMA: Budi,Siti,Ali = name".into(),
            "E GELAR DEPAN: Dr. = front-title".into(),
            "F GELAR BELAKANG: S.E. = back-title".into(),
            "G ALAMAT: Jl. A,Jl. B,Jl. C = ?".into(),
            "H : x = ?".into(),
            "I UNIT KERJA: Dinas = unit".into(),
            "J KOSONG:  = ?".into(),
        ]
    );
    assert_eq!(report.columns.first_names, ["Dr. Budi, S.E.", "Siti", "Ali", "Umi"]);
    assert!(!format!("{report:?}").contains("Jl. A"), "values of people don't get into logs");
}

#[test]
fn a_file_that_is_refused_for_its_columns_shows_them() {
    let (key, columns, names) = refused(check(&format!("KODE;NAMA;UNIT KERJA\n{N};Budi;Dinas\n"), &[]));
    assert_eq!((key, columns[0].clone()), ("unread-numbers", format!("A KODE: {N} = ?")));
    assert_eq!(names, ["Budi"]);
    let (key, columns, names) = refused(check(&format!("NIP;NAMA;NAMA\n{N};Budi;Ani\n"), &[]));
    assert_eq!((key, columns.len(), names), ("ambiguous-columns", 3, vec!["Budi".to_owned()]));
    assert_eq!(columns[2], "C NAMA: Ani = -");
    let (key, columns, names) = refused(check_for(TWO, &format!("NIP;NAMA;UNIT KERJA\n{N};Budi;Dinas\n"), &[]));
    assert_eq!((key, names), ("no-institution-column", vec!["Budi".to_owned()]));
    assert_eq!(
        columns,
        [format!("A NIP: {N} = identifier"), "B NAMA: Budi = name".into(), "C UNIT KERJA: Dinas = unit".into()]
    );
    // Also where every row is left out.
    let (key, columns, _) =
        refused(check(&format!("KODE;NAMA;UNIT KERJA\n{N};Pegawai Satu;\n{M};Pegawai Dua;\n"), &[]));
    assert_eq!((key, columns[0].clone()), ("no-participants", format!("A KODE: {N},{M} = ?")));
    // The row that is most like a header, with what stands below it.
    let none = format!("DAFTAR PEGAWAI;\nTahun;2027\nKode;Sebutan;Kantor\n{N};Budi;Dinas\n{M};Siti;Dinas\n");
    let (key, columns, _) = refused(check(&none, &[]));
    assert_eq!(
        (key, columns),
        (
            "no-header",
            vec![format!("A Kode: {N},{M} = ?"), "B Sebutan: Budi,Siti = ?".into(), "C Kantor: Dinas = ?".into()]
        )
    );
    let (key, columns, _) = refused(check(&format!("{N},Budi,Dinas\n{M},Siti,Dinas\n"), &[]));
    assert_eq!((key, columns.len()), ("no-header", 3));
    assert_eq!(columns[0], format!("A : {N},{M} = ?"));
}

#[test]
fn what_is_said_of_a_column_comes_before_its_heading() {
    let kode = format!("KODE;NAMA;UNIT KERJA\n{N};Budi;Dinas\n{M};Siti;Dinas\n");
    assert_eq!(found(&kode, &["NIP=A"]), (2, 0, 0));
    assert_eq!(found(&kode, &["-=A"]), (2, 2, 0), "that it isn't kept may be said");
    let two = format!("NIP;NAMA;NAMA\n{N};Budi;Ani\n{M};Siti;Ani\n");
    for said in ["NAMA=B", "-=C"] {
        assert_eq!(check(&two, &[said]).unwrap().columns.first_names, ["Budi", "Siti"], "{said}");
    }
    assert_eq!(check(&two, &["nama=c"]).unwrap().columns.first_names, ["Ani", "Ani"]);
    // A known column is read otherwise, or not at all.
    let known = format!("NIP;NAMA;JABATAN\n{N};Budi;Dinas\n{M};Siti;Dinas\n");
    let report = check(&known, &["unit kerja=C"]).unwrap();
    assert_eq!((report.units, report.columns.columns[2].source), (1, ColumnSource::Said));
    let report = check(&known, &["-=C"]).unwrap();
    assert_eq!((report.units, report.columns.columns[2].read_as), (0, ColumnUse::NotKept));
    // A column without a heading.
    let unheaded = format!("NIP;NAMA;;UNIT KERJA\n{N};Budi;S.Kom;Dinas\n");
    let report = check(&unheaded, &["gelar belakang=C"]).unwrap();
    assert_eq!((report.columns.first_names, report.unnamed_columns), (vec!["Budi, S.Kom".to_owned()], vec![]));
    let numbers = format!("NO;;NAMA;UNIT KERJA\n1;{N};Budi;Dinas\n");
    assert_eq!(found(&numbers, &["NIP=B"]), (1, 0, 0));
    assert_eq!(found(&numbers, &["-=B"]), (1, 1, 0));
    // An institution.
    let places = format!("NIP;NAMA;PEMERINTAH\n{N};Budi;Kota Palembang\n{M};Siti;Provinsi\n");
    assert_eq!(check_for(TWO, &places, &["instansi=C"]).unwrap().people, 2);
    // Two columns of one field are as unclear as two of one name.
    let choices = ColumnChoices::default()
        .remembering([("KODE".into(), Some(Field::Name)), ("SEBUTAN".into(), Some(Field::Name))]);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("NIP;KODE;SEBUTAN\n{N};Budi;Ani\n")).unwrap();
    assert_eq!(check_path(file.path(), ONE, choices).unwrap_err().error.key(), "ambiguous-columns");
}

#[test]
fn a_header_that_nobody_knows_and_a_table_without_one_are_read_as_said() {
    let unknown = format!("DAFTAR PEGAWAI;\nKode;Sebutan;Kantor\n{N};Budi;Dinas\n{M};Siti;Dinas\n");
    assert_eq!(found(&unknown, &["NIP=A", "NAMA=B", "UNIT KERJA=C"]), (2, 0, 0));
    for rows in
        [format!("{N};Budi;Dinas\n{M};Siti;Dinas\n"), format!("DAFTAR PEGAWAI\n;;\n{N};Budi;Dinas\n{M};Siti;Dinas\n")]
    {
        let report = check(&rows, &["NIP=A", "NAMA=B", "UNIT KERJA=C"]).unwrap();
        assert_eq!((report.people, report.numbered, report.faults.total), (2, 0, 0), "{rows}");
        assert_eq!(report.columns.first_names, ["Budi", "Siti"], "the first row is a person's");
    }
    // A fault in the first row of such a table is told of that row.
    let report = check("198001012005012000;Budi;Dinas\n", &["NIP=A", "NAMA=B"]).unwrap();
    assert_eq!(report.faults.listed()[0].row, 1);
}

#[test]
fn what_is_remembered_is_used_until_something_else_is_said() {
    let remembered =
        || ColumnChoices::default().remembering([("KODEASN".into(), Some(Field::Identifier)), ("NAMA#2".into(), None)]);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("NAMA;Kode ASN;NAMA\nBudi;{N};Ani\n")).unwrap();
    let report = check_path(file.path(), ONE, remembered()).unwrap();
    assert_eq!((report.people, report.numbered), (1, 0));
    let sources = report.columns.columns.iter().map(|column| column.source).collect::<Vec<_>>();
    assert_eq!(sources, [ColumnSource::Heading, ColumnSource::Remembered, ColumnSource::Remembered]);
    let said = ColumnChoices::parse(["-=B"])
        .unwrap()
        .remembering([("KODEASN".into(), Some(Field::Identifier)), ("NAMA#2".into(), None)]);
    let report = check_path(file.path(), ONE, said);
    assert_eq!(report.unwrap_err().error.key(), "no-header", "one column is no header");
}

#[test]
fn sheets_with_the_same_columns_are_told_once() {
    let file = tempfile::Builder::new().suffix(".xlsx").tempfile().unwrap();
    let mut workbook = Workbook::new();
    for (name, nip) in [("Satu", N), ("Dua", M)] {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        for (column, texts) in (0u16..).zip([["NIP", nip], ["NAMA", name], ["UNIT KERJA", "Dinas"]]) {
            sheet.write_string(0, column, texts[0]).unwrap();
            sheet.write_string(1, column, texts[1]).unwrap();
        }
    }
    workbook.save(file.path()).unwrap();
    let columns = check_path(file.path(), ONE, ColumnChoices::default()).unwrap().columns;
    assert_eq!(columns.columns.len(), 3);
    assert_eq!((columns.columns[0].sheet.as_str(), columns.columns[0].more_sheets), ("Satu", 1));
    assert_eq!(columns.first_names, ["Satu", "Dua"]);
}

#[test]
fn so_many_columns_are_told_and_that_there_are_more() {
    let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    for further in [0, 1] {
        let many: String = (0..COLUMNS_TOLD_MAX - 3 + further).map(|number| format!(";Lain {number}")).collect();
        std::fs::write(file.path(), format!("NAMA;NIP;UNIT KERJA{many}\nBudi;{N};Dinas\n")).unwrap();
        let columns = check_path(file.path(), ONE, ColumnChoices::default()).unwrap().columns;
        assert_eq!((columns.columns.len(), columns.has_more), (COLUMNS_TOLD_MAX, further == 1));
    }
}
