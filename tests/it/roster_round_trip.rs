//! What this program writes of a roster comes back as it was, corrected or not.

use crate::roster::Desk;
use crate::support::TestPlatform;
use axum::http::StatusCode;
use calamine::{Data, Reader, Xlsx};
use ikrar::domain::account::Role;
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::time::Zone;
use ikrar::domain::unit::unit_paths;
use ikrar::domain::visible_institutions::VisibleInstitutions;
use ikrar::i18n::{Lang, Localizer};
use ikrar::service::code_lists::{Columns, Selection, lines, write_csv};
use ikrar::service::roster_file::{
    ImportError, ImportReport, RosterExports, write_roster_csv, write_roster_template, write_roster_xlsx,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_xlsxwriter::Workbook;
use std::collections::BTreeSet;
use std::io::Cursor;

const ROSTER: &str = "NIP;Nama;Instansi;OPD;Unit Kerja;Lokasi;Pangkat;Jabatan;Jenis Pegawai\n\
    197001011995031001;Dr. Siti, S.E.;16;Dinas Kesehatan;Bidang Promosi;Palembang;Pembina (IV/a);Kepala;PNS\n\
    198502022010012002;Budi;16;Dinas Kesehatan;;;;Staf;\n\
    198802292022211003;Dewi;16;@ Kantor;- Ruang;;IX;Guru;PPPK\n\
    ;Tono;16.71;Dinas Sosial;Bidang Promosi;;;Petugas;THL\n\
    199001012015031004;Rusmiati;16.71;;;Palembang;;;Magang\n";

impl Desk {
    /// The list of who has signed, as the console writes it.
    async fn list(&self, w: Localizer) -> String {
        let people = lines(&self.store, self.campaign, &self.secret, &VisibleInstitutions::All, &Selection::default())
            .await
            .unwrap();
        let mut csv = vec![];
        write_csv(&people, &Columns::Signatures(Zone::Wib), w, &mut csv).unwrap();
        String::from_utf8(csv).unwrap()
    }

    /// The whole roster, as CSV and as a workbook.
    async fn export(&self, w: Localizer) -> [(&'static str, Vec<u8>); 2] {
        let lines = RosterExports::new(self.store.clone()).lines(self.campaign, None).await.unwrap();
        let (mut csv, mut xlsx) = (vec![], Cursor::new(vec![]));
        write_roster_csv(&lines, w, &mut csv).unwrap();
        write_roster_xlsx(&lines, w, &mut xlsx).unwrap();
        [("kembali.csv", csv), ("kembali.xlsx", xlsx.into_inner())]
    }
}

fn assert_unchanged(report: &ImportReport) {
    let change = &report.comparison;
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    assert!(report.is_unchanged, "{change:?}");
}

/// It has no positions, ranks and locations, both units in one cell, and apostrophes.
#[tokio::test]
async fn a_list_that_this_program_wrote_comes_back_as_it_was() {
    for w in [Localizer(Lang::Id), Localizer(Lang::En)] {
        let desk = Desk::new().await;
        let report = desk.import(ROSTER).await;
        assert!(report.applied, "{:?}", report.faults);
        let list = desk.list(w).await;
        assert!(list.contains(",'@ Kantor / - Ruang,"), "{list}");
        let report = desk.import(&list).await;
        assert_unchanged(&report);
        let kept: Vec<_> = report.kept.filled().collect();
        assert_eq!(kept, [("location", 2), ("rank", 2), ("position", 4)]);
    }
}

#[tokio::test]
async fn what_is_corrected_in_a_list_is_all_that_changes() {
    let desk = Desk::new().await;
    desk.import(ROSTER).await;
    let before = desk.people().await;
    let list = desk.list(Localizer::default()).await;
    let corrected = list
        .replace(",Budi,", ",Budi Santoso,")
        .replace(",Dinas Sosial / Bidang Promosi,", ",Dinas Baru / Bidang Baru,");
    assert_ne!(corrected, list);
    let report = desk.import(&corrected).await;
    assert_eq!((report.comparison.changed, report.comparison.unchanged), (2, 3));
    let units = desk.store.units(desk.campaign, Some("16.71")).await.unwrap();
    let names: Vec<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
    assert_eq!(names, ["Dinas Baru", "Bidang Baru"]);
    let after = desk.people().await;
    let same = before.iter().filter(|line| after.contains(line)).count();
    assert_eq!(same, 3, "{before:?} {after:?}");
    assert!(after.iter().any(|line| line.contains("|Budi Santoso|16|")));
}

/// Once such a file took everybody's unit and position away.
#[tokio::test]
async fn columns_that_a_file_does_not_have_keep_what_people_have_and_it_says_so() {
    let desk = Desk::new().await;
    desk.import(ROSTER).await;
    let before = desk.people().await;
    let report = desk
        .import(
            "NIP;Nama;Instansi;Jenis Pegawai\n197001011995031001;Dr. Siti, S.E.;16;CPNS\n\
             198502022010012002;Budi;16;PNS\n198802292022211003;Dewi;16;PPPK\n",
        )
        .await;
    assert_eq!((report.comparison.changed, report.comparison.removed), (2, 0));
    let kept: Vec<_> = report.kept.filled().collect();
    assert_eq!(kept, [("unit", 3), ("location", 1), ("rank", 2), ("position", 3)]);
    assert_eq!(desk.people().await, before);
    // A unit below the same one, whose column is missing.
    let one = "NIP;Nama;Unit Kerja\n197001011995031001;Dr. Siti, S.E.;Bidang Promosi\n";
    let path = desk.file("satu.csv", one.as_bytes());
    let report = desk.run(&path, Some("16"), true).await.unwrap();
    assert_eq!((report.comparison.unchanged, report.comparison.new_units), (1, 0));
}

/// Their numbers are found by their names, which are read before the units are known.
#[tokio::test]
async fn people_without_a_number_keep_the_level_that_a_file_has_no_column_for() {
    let desk = Desk::new().await;
    let roster = "Nama;Instansi;Jabatan;OPD;Unit Kerja;Sub Unit\n\
        Tono;16;Petugas;Dinas Kesehatan;Puskesmas Dempo;Tata Usaha\nSiti;16;Staf;Dinas Kesehatan;;\n";
    assert!(desk.import(roster).await.applied);
    let before = desk.people().await;
    let two_levels = "Nama;Instansi;Jabatan;OPD;Unit Kerja\n\
        Tono;16;Petugas;Dinas Kesehatan;Puskesmas Dempo\nSiti;16;Staf;Dinas Kesehatan;\n";
    assert_unchanged(&desk.import(two_levels).await);
    assert_eq!(desk.people().await, before);
}

/// A file with two columns of units once took the third level away, and one with agencies the units below them.
#[tokio::test]
async fn levels_that_a_file_has_no_column_for_stay_and_come_back_from_lists_and_exports() {
    let desk = Desk::new().await;
    let roster = "NIP;Nama;Instansi;OPD;Unit Kerja;Sub Unit\n\
        197001011995031001;Siti;16;Dinas Kesehatan;Puskesmas Dempo;Tata Usaha\n\
        198502022010012002;Budi;16;Dinas Kesehatan;Puskesmas Dempo;\n\
        198802292022211003;Dewi;16;Dinas Kesehatan;Bidang Promosi;Dinas Kesehatan\n";
    assert!(desk.import(roster).await.applied);
    let units = desk.store.units(desk.campaign, Some("16")).await.unwrap();
    let paths: BTreeSet<String> = unit_paths(&units).into_values().collect();
    assert_eq!(
        Vec::from_iter(paths),
        [
            "Dinas Kesehatan",
            "Dinas Kesehatan / Bidang Promosi",
            "Dinas Kesehatan / Puskesmas Dempo",
            "Dinas Kesehatan / Puskesmas Dempo / Tata Usaha"
        ]
    );
    let before = desk.people().await;
    let mut files = vec![
        "NIP;Nama;Instansi;OPD;Unit Kerja\n197001011995031001;Siti;16;Dinas Kesehatan;Puskesmas Dempo\n\
         198502022010012002;Budi;16;Dinas Kesehatan;Puskesmas Dempo\n\
         198802292022211003;Dewi;16;Dinas Kesehatan;Bidang Promosi\n"
            .to_owned(),
        "NIP;Nama;Instansi;OPD\n197001011995031001;Siti;16;Dinas Kesehatan\n\
         198502022010012002;Budi;16;Dinas Kesehatan\n198802292022211003;Dewi;16;Dinas Kesehatan\n"
            .to_owned(),
        "NIP;Nama;Instansi;Unit Kerja\n197001011995031001;Siti;16;Tata Usaha\n\
         198502022010012002;Budi;16;Puskesmas Dempo\n198802292022211003;Dewi;16;Bidang Promosi\n"
            .to_owned(),
        desk.list(Localizer::default()).await,
    ];
    files.extend(
        desk.export(Localizer::default()).await.map(|(_, bytes)| String::from_utf8(bytes)).into_iter().flatten(),
    );
    assert_eq!(files.len(), 5, "the workbook isn't text");
    for file in files {
        assert_unchanged(&desk.import(&file).await);
        assert_eq!(desk.people().await, before, "{file}");
    }
}

#[tokio::test]
async fn a_whole_roster_is_exported_in_the_shape_that_is_read() {
    for w in [Localizer(Lang::Id), Localizer(Lang::En)] {
        let desk = Desk::new().await;
        desk.import(ROSTER).await;
        let before = desk.people().await;
        for (name, bytes) in desk.export(w).await {
            let report = desk.run(&desk.file(name, &bytes), None, false).await.unwrap();
            assert_unchanged(&report);
            assert_eq!(report.kept.filled().count(), 0, "no column is missing");
            assert_eq!(desk.people().await, before);
        }
    }
}

fn cell(values: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(values).prop_map(str::to_owned)
}

const MESSY_NAMES: &[&str] = &[
    "Siti",
    "Dr. H. Budi, S.E., M.Si.",
    "-Budi",
    "'Aisyah",
    "''-Nur",
    "O\"Ucok\" Neil",
    "Siti; Aminah",
    "Ḥasan Ṣāliḥ",
    "Budi S.E., M.M",
    "An, A, A",
    "Camat",
    "Jumlah Dinas",
    "Nama",
    "Budi,, S.E. ,",
    "D'Fretes  R&D",
];
const MESSY_UNITS: &[&str] = &[
    "",
    "-",
    "Dinas",
    "Unit",
    "DINAS KESEHATAN",
    "Dinas Kesehatan.",
    "A / B",
    "A",
    "B",
    "@ Kantor",
    "- x",
    "'-x",
    "***",
    "Pemprov Sumsel",
    "Jabatan",
    "+62 R",
];

/// People as files have them: any of these cells in any combination.
fn messy_rows() -> impl Strategy<Value = Vec<Vec<String>>> {
    let row = (
        cell(MESSY_NAMES),
        cell(&["", "Dr.", "dr.", "H."]),
        cell(&["", "S.E., S.E.", "M.Si", "A.Md. ,, S.H"]),
        cell(&["", "0001", "THL-05", "123456", "16-77", "nip"]),
        cell(&["16", "16.71", "Kota Palembang"]),
        (cell(MESSY_UNITS), cell(MESSY_UNITS), cell(MESSY_UNITS), cell(&["", "u1", "u2"])),
        (cell(&["", "-", "'-Kab", "Palembang"]), cell(&["", "Penata", "0"]), cell(&["", "III/c", "IX"])),
        cell(&["", "Guru", "NIP", "'@ Staf", "Kepala  Seksi"]),
        cell(&["", "PNS", "P3K PW", "ASN", "Magang", "Kades", "lainnya"]),
    );
    prop::collection::vec(row, 1..14).prop_map(|rows| {
        let mut cells = vec![];
        for (serial, row) in (1..).zip(rows) {
            let (
                name,
                front,
                back,
                number,
                institution,
                (parent, unit, below, id),
                (place, rank, grade),
                position,
                kind,
            ) = row;
            let (nip, number) = match number.as_str() {
                "nip" => (format!("19800101200501{}{serial:03}", serial % 2 + 1), String::new()),
                "" => (String::new(), number),
                _ => (String::new(), format!("{number}{serial}")),
            };
            cells.push(vec![
                nip,
                number,
                front,
                name,
                back,
                institution,
                parent,
                unit,
                below,
                id,
                place,
                rank,
                grade,
                position,
                kind,
            ]);
        }
        cells
    })
}

const MESSY: [&str; 15] = [
    "NIP",
    "NOMOR PESERTA",
    "GELAR DEPAN",
    "NAMA",
    "GELAR BELAKANG",
    "INSTANSI",
    "OPD",
    "UNIT KERJA",
    "SUB UNIT",
    "UNOR ID",
    "LOKASI",
    "PANGKAT",
    "GOL",
    "JABATAN",
    "JENIS PEGAWAI",
];

/// Whatever an import took, its export changes nothing: numbers that were given, units of one name, titles, kinds.
#[test]
fn what_is_exported_and_read_again_changes_nothing() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
    let count = std::cell::Cell::new(0u32);
    runner
        .run(&messy_rows(), |rows| {
            let mut csv = csv::WriterBuilder::new().delimiter(b';').from_writer(vec![]);
            csv.write_record(MESSY).unwrap();
            // A row that is a person without doubt, so that no file is empty.
            csv.write_record(["197001011995031001", "", "", "Rusmiati", "", "16", "", "", "", "", "", "", "", "", ""])
                .unwrap();
            rows.iter().for_each(|row| csv.write_record(row).unwrap());
            let file = csv.into_inner().unwrap();
            let outcome = runtime.block_on(round_trip(&file));
            count.set(count.get() + u32::from(outcome.is_some()));
            outcome.unwrap_or(Ok(()))
        })
        .unwrap();
    assert!(count.get() >= 10, "of 40 files {} were accepted", count.get());
}

/// `None` where the file itself is refused.
async fn round_trip(file: &[u8]) -> Option<Result<(), TestCaseError>> {
    let desk = Desk::new().await;
    let report = desk.run(&desk.file("asal.csv", file), None, false).await.ok()?;
    if !report.faults.is_empty() {
        return None;
    }
    let before = desk.people().await;
    for (name, bytes) in desk.export(Localizer::default()).await {
        let told = || String::from_utf8_lossy(&bytes).into_owned();
        let report = match desk.run(&desk.file(name, &bytes), None, false).await {
            Ok(report) => report,
            Err(error) => return Some(Err(TestCaseError::fail(format!("{name}: {error}\n{}", told())))),
        };
        if !report.is_unchanged || desk.people().await != before {
            let told = if name.ends_with("csv") { told() } else { String::new() };
            let why = format!("{name}: {:?} {:?}\n{told}\n{before:?}", report.faults, report.comparison);
            return Some(Err(TestCaseError::fail(why)));
        }
    }
    Some(Ok(()))
}

/// The template with one person, as a spreadsheet saves it.
fn filled_in(w: Localizer, person: &[(&str, &str)]) -> Vec<u8> {
    let mut template = Cursor::new(vec![]);
    write_roster_template(w, &mut template).unwrap();
    let mut read: Xlsx<_> = Xlsx::new(template).unwrap();
    let mut copy = Workbook::new();
    for (at, name) in read.sheet_names().into_iter().enumerate() {
        let sheet = copy.add_worksheet().set_name(&name).unwrap();
        let range = read.worksheet_range(&name).unwrap();
        let (top, left) = range.start().unwrap();
        for (row, column, cell) in range.used_cells() {
            let (row, column) = (top + u32::try_from(row).unwrap(), left + u32::try_from(column).unwrap());
            let text = cell.to_string();
            let column = u16::try_from(column).unwrap();
            sheet.write_string(row, column, &text).unwrap();
            if let Some((_, value)) = person.iter().find(|(heading, _)| at == 0 && *heading == text) {
                sheet.write_string(1, column, *value).unwrap();
            }
        }
    }
    copy.save_to_buffer().unwrap()
}

#[tokio::test]
async fn a_template_is_filled_in_and_its_explanation_is_not_read() {
    let desk = Desk::new().await;
    for (w, person, sheet) in [
        (
            Localizer(Lang::Id),
            [("NIP / NOMOR PESERTA", "197001011995031001"), ("NAMA", "Siti"), ("KODE INSTANSI", "16")],
            "Petunjuk",
        ),
        (
            Localizer(Lang::En),
            [("NIP / PARTICIPANT NUMBER", "197001011995031001"), ("NAME", "Siti"), ("INSTITUTION CODE", "16")],
            "Explanation",
        ),
    ] {
        let report = desk.run(&desk.file("contoh.xlsx", &filled_in(w, &person)), None, false).await.unwrap();
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        let unread: Vec<&str> = report.sheets_unread.iter().map(|unread| unread.sheet.as_str()).collect();
        assert_eq!((report.people, unread), (1, vec![sheet]));
        let empty = desk.run(&desk.file("kosong.xlsx", &filled_in(w, &[])), None, false).await;
        assert!(
            matches!(&empty, Err(ImportError::Columns(refused)) if refused.error.key() == "no-people"),
            "{empty:?}"
        );
    }
}

#[tokio::test]
async fn a_roster_is_downloaded_within_the_scope_and_recorded() {
    let platform = TestPlatform::open(9).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    let viewer = platform.account("peninjau", Role::Viewer, &["16"]).await;
    let path = "/console/k/uji/roster/export";
    let get = async |cookie: &str, institution: &str| {
        platform.post_form(path, cookie, &[("institution", institution), ("format", "csv")]).await
    };
    assert_eq!(get(&kota, "16").await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&kota, "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(get(&viewer, "16").await.status, StatusCode::FORBIDDEN);
    let own = get(&kota, "16.71").await;
    assert_eq!((own.status, own.text().lines().count()), (StatusCode::OK, 4));
    assert!(own.text().lines().skip(1).all(|line| line.contains(",16.71,Kota Contoh,")), "{}", own.text());
    let all = get(&admin, "").await;
    assert_eq!(all.text().lines().count(), 10);
    let trail = platform.store.audit_page(Some(platform.campaign), None, 20).await.unwrap();
    let recorded: Vec<(u64, Option<String>)> = trail
        .into_iter()
        .filter_map(|entry| match entry.event {
            AuditEvent::ListExported { list, institution, people, .. } if list == "roster" => {
                Some((people, institution))
            }
            _ => None,
        })
        .collect();
    assert_eq!(recorded, [(9, None), (3, Some("16.71".to_owned()))]);
    let template = platform.page("/console/k/uji/roster/template.xlsx", &kota).await;
    let mut read: Xlsx<_> = Xlsx::new(Cursor::new(template.body.to_vec())).unwrap();
    let first = read.worksheet_range_at(0).unwrap().unwrap();
    assert_eq!(first.get((0, 0)), Some(&Data::String("NIP / NOMOR PESERTA".into())));
}
