//! What people say of a roster's columns and of its rows without a number, on the command line and to the store.

use crate::roster::Desk;
use ikrar::service::roster_file::{
    ColumnChoices, ColumnSource, ColumnUse, Field, ImportReport, Numberless, ReadingChoices, RosterFile,
};
use std::path::Path;

const N: &str = "197001011995031001";

/// A file that replaces the people of the institutions it names, or of one.
fn file(path: &Path, institution: Option<&str>, numberless: Numberless, columns: ColumnChoices) -> RosterFile {
    RosterFile {
        path: path.into(),
        scratch: path.parent().unwrap().into(),
        institution: institution.map(str::to_owned),
        replace_all: false,
        numberless,
        same_institutions: vec![],
        same_units: vec![],
        reading: ReadingChoices::default(),
        columns,
        dry_run: false,
        by: "uji".into(),
        sha256: "00".repeat(32),
    }
}

fn said(texts: &[&str]) -> ColumnChoices {
    ColumnChoices::parse(texts.iter().copied()).unwrap()
}

async fn import(desk: &Desk, path: &Path, institution: Option<&str>, columns: ColumnChoices) -> ImportReport {
    desk.run_file(file(path, institution, Numberless::ByRow, columns)).await.unwrap()
}

/// How the first column is read, and who said so.
async fn first(
    desk: &Desk,
    path: &Path,
    institution: Option<&str>,
    columns: ColumnChoices,
) -> (ColumnUse, ColumnSource) {
    let file = RosterFile { dry_run: true, ..file(path, institution, Numberless::ByRow, columns) };
    let result = desk.run_file(file).await;
    let seen = match &result {
        Ok(report) => &report.columns,
        Err(error) => error.columns().unwrap(),
    };
    (seen.columns[0].read_as, seen.columns[0].source)
}

#[tokio::test]
async fn what_an_import_said_of_columns_is_remembered_for_its_institution() {
    let desk = Desk::new().await;
    let path = desk.file("daftar.csv", format!("Kode ASN;Nama;Unit Kerja\n{N};Budi;Dinas\n").as_bytes());
    let read = |field| (ColumnUse::Read(field), ColumnSource::Remembered);
    assert_eq!(first(&desk, &path, Some("16"), said(&["NIP=A"])).await.1, ColumnSource::Said);
    assert_eq!(first(&desk, &path, Some("16"), said(&[])).await.0, ColumnUse::Unknown, "a dry run remembers nothing");
    assert!(import(&desk, &path, Some("16"), said(&["NIP=A"])).await.applied);
    assert_eq!(first(&desk, &path, Some("16"), said(&[])).await, read(Field::Identifier));
    assert_eq!(first(&desk, &path, Some("16.71"), said(&[])).await.0, ColumnUse::Unknown);
    // By heading, in whatever column it stands, and where nothing else changes.
    let moved = desk.file("lain.csv", format!("KODE-ASN:;Nama;Unit Kerja\n{N};Budi;Dinas\n").as_bytes());
    let again = import(&desk, &moved, Some("16"), said(&[])).await;
    assert!(again.applied && again.is_unchanged);
    // It can be changed, also by an import that changes nobody.
    let both = desk.file("dua.csv", format!("Kode ASN;NIP;Nama;Unit Kerja\nx;{N};Budi;Dinas\n").as_bytes());
    assert!(import(&desk, &both, Some("16"), said(&["-=A"])).await.is_unchanged);
    assert_eq!(first(&desk, &both, Some("16"), said(&[])).await, (ColumnUse::NotKept, ColumnSource::Remembered));
    assert_eq!(first(&desk, &both, Some("16"), said(&["jabatan=A"])).await.0, ColumnUse::Read(Field::Position));
}

#[tokio::test]
async fn rows_without_a_number_are_what_the_one_who_imports_says() {
    let desk = Desk::new().await;
    let rows = format!("NIP;Nama;Jabatan\n{N};Budi;Guru\n;Siti;Guru\n;Umi;\n");
    let path = desk.file("daftar.csv", rows.as_bytes());
    for (numberless, people, numbered) in
        [(Numberless::ByRow, 2, 1), (Numberless::Participants, 3, 2), (Numberless::Skip, 1, 0)]
    {
        let file = RosterFile { dry_run: true, ..file(&path, Some("16"), numberless, ColumnChoices::default()) };
        let report = desk.run_file(file).await.unwrap();
        assert_eq!((report.people, report.numbered), (people, numbered), "{numberless:?}");
        assert_eq!(report.remarks.numberless.count + report.remarks.not_participants.count, 2, "{numberless:?}");
    }
}

/// Two organizers at two nodes send files of two institutions and of one, each saying what a column holds.
#[tokio::test]
async fn of_imports_at_once_each_that_is_applied_remembers_what_was_said_and_no_other_does() {
    let desk = Desk::new().await;
    for round in 0..4 {
        let person = |serial: u32| format!("1970010119950310{:02}", 10 * round + serial);
        let heading = format!("Kode {round}");
        let rows = |serial| format!("{heading};Nama;Unit Kerja\n{};Budi;Dinas\n", person(serial));
        let (one, other) = (desk.file("satu.csv", rows(1).as_bytes()), desk.file("dua.csv", rows(2).as_bytes()));
        let run = |path, institution| desk.run_file(file(path, Some(institution), Numberless::ByRow, said(&["NIP=A"])));
        let same = round % 2 == 0;
        let (first_result, second_result) =
            tokio::join!(run(&one, "16"), run(&other, if same { "16" } else { "16.71" }));
        let results = [("16", first_result), (if same { "16" } else { "16.71" }, second_result)];
        let applied: Vec<&str> = results.iter().filter(|(_, result)| result.is_ok()).map(|(code, _)| *code).collect();
        assert!(!applied.is_empty());
        for (_, result) in results.iter().filter(|(_, result)| result.is_err()) {
            assert!(matches!(result, Err(ikrar::service::roster_file::ImportError::Overtaken)), "{result:?}");
        }
        for code in ["16", "16.71", "16.10"] {
            let source = first(&desk, &one, Some(code), said(&[])).await.1;
            assert_eq!(source == ColumnSource::Remembered, applied.contains(&code), "{code} in round {round}");
        }
    }
}
