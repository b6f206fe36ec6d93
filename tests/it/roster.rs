//! Rosters from file to store: what is taken, what is refused and why, and that a refusal changes nothing.

use crate::support::line;
use ikrar::clock::{Entropy, FixedClock};
use ikrar::domain::audit::AuditEntry;
use ikrar::domain::campaign::{Campaign, CampaignKind, CampaignSettings, CampaignState};
use ikrar::domain::ids::CampaignId;
use ikrar::domain::institution::Institution;
use ikrar::domain::time::{UnixMillis, Zone};
use ikrar::domain::unit::Unit;
use ikrar::i18n::Localizer;
use ikrar::keyring::{CampaignSecret, Keyring};
use ikrar::service::roster_file::{
    ColumnChoices, ImportError, ImportProgress, ImportReport, ImportRequest, Importer, Limits, Numberless,
    ReadingChoices, RosterFile, annotate,
};
use ikrar::service::roster_lock::RosterLocker;
use ikrar::store::SharedStore;
use ikrar::store::rosters::PeopleFilter;
use ikrar::store::sqlite::Sqlite;
use rust_xlsxwriter::{Format, Formula, Workbook};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::sync::watch;

const AT: UnixMillis = UnixMillis(1_800_000_000_000);
const NIPS: [&str; 4] = ["197001011995031001", "198502022010012002", "198802292022211003", "199001012015031004"];

pub struct Desk {
    folder: tempfile::TempDir,
    pub store: SharedStore,
    pub keyring: Arc<Keyring>,
    pub entropy: Arc<Entropy>,
    pub campaign: CampaignId,
    pub secret: CampaignSecret,
}

impl Desk {
    /// A draft with the province and two more institutions.
    pub async fn new() -> Self {
        let desk = Self::bare().await;
        let institution = |position: u32, code: &str, name: &str| {
            let (code, name) = (code.into(), name.into());
            Institution { code, name, position, help_contact: String::new() }
        };
        let institutions = [
            institution(0, "16", "Pemerintah Provinsi Sumatera Selatan"),
            institution(1, "16.10", "Pemerintah Kabupaten Ogan Ilir"),
            institution(2, "16.71", "Pemerintah Kota Palembang"),
        ];
        desk.store.save_institutions(desk.campaign, &institutions, &[], &desk.line()).await.unwrap();
        desk
    }

    pub fn line(&self) -> AuditEntry {
        line(self.campaign, &self.entropy)
    }

    /// A draft without institutions.
    pub async fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store: SharedStore = Arc::new(Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap());
        let keyring = Arc::new(Keyring::generate(&[9; 128]));
        let id = CampaignId([5; 16]);
        let sealed_secret = keyring.seal_secret(&id.0, &[6; 32], [0; 24]);
        let secret = keyring.open_secret(&id.0, &sealed_secret).unwrap();
        let campaign = Campaign {
            id,
            slug: "daftar".into(),
            kind: CampaignKind::IntegrityPact,
            settings: CampaignSettings {
                title: "Uji".into(),
                organizer: "Contoh".into(),
                place: "Palembang".into(),
                occasion: "Uji".into(),
                year: "2027".into(),
                zone: Zone::Wib,
                officials: vec![],
                help_contact: String::new(),
                signature_required: false,
                synthetic: true,
                group_level: Default::default(),
            },
            state: CampaignState::Draft,
            opens_at: None,
            closes_at: None,
            text_hash: None,
            sealed_secret,
            log_key: String::new(),
            created_at: AT,
        };
        let entropy = Arc::new(Entropy::seeded(3));
        store.create_campaign(&campaign, &line(id, &entropy)).await.unwrap();
        Self { folder, store, keyring, entropy, campaign: id, secret }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub async fn run(
        &self,
        path: &Path,
        institution: Option<&str>,
        dry_run: bool,
    ) -> Result<ImportReport, ImportError> {
        self.run_as(path, institution, false, dry_run).await
    }

    pub async fn run_as(
        &self,
        path: &Path,
        institution: Option<&str>,
        replace_all: bool,
        dry_run: bool,
    ) -> Result<ImportReport, ImportError> {
        self.run_file(RosterFile { replace_all, dry_run, ..self.roster_file(path, institution) }).await
    }

    /// A file about which nothing is said, to be imported.
    pub fn roster_file(&self, path: &Path, institution: Option<&str>) -> RosterFile {
        RosterFile {
            path: path.into(),
            scratch: self.folder.path().into(),
            institution: institution.map(str::to_owned),
            replace_all: false,
            numberless: Numberless::ByRow,
            same_institutions: vec![],
            same_units: vec![],
            reading: ReadingChoices::default(),
            columns: ColumnChoices::default(),
            dry_run: false,
            by: "uji".into(),
            sha256: "00".repeat(32),
        }
    }

    pub async fn run_file(&self, file: RosterFile) -> Result<ImportReport, ImportError> {
        let (store, clock) = (self.store.clone(), Arc::new(FixedClock::at(AT.0)));
        let importer = Importer { store, clock, entropy: self.entropy.clone() };
        let (campaign, secret) = (self.campaign, self.secret.clone());
        importer
            .run(
                ImportRequest { campaign, secret, file },
                watch::channel(ImportProgress::default()).0,
                Arc::new(AtomicBool::new(false)),
            )
            .await
    }

    pub async fn import(&self, csv: &str) -> ImportReport {
        self.run(&self.file("daftar.csv", csv.as_bytes()), None, false).await.unwrap()
    }

    /// The visible people as `identifier|name|institution|unit path|location|rank|position`.
    pub async fn people(&self) -> Vec<String> {
        let mut people = vec![];
        let mut take = |listed: &ikrar::store::rosters::ListedPerson| {
            let of = &listed.participant;
            let unit = of.unit.map(|unit| unit.to_string()).unwrap_or_default();
            let parts = [&of.shown_name, &of.institution, &unit, &of.location, &of.rank, &of.position];
            people.push(format!("{}|{}", of.identifier.shown(), parts.map(String::as_str).join("|")));
        };
        self.store.visit_people(self.campaign, &PeopleFilter::default(), &mut take).await.unwrap();
        people
    }

    /// The message key with which a file as a whole is refused.
    async fn refusal(&self, name: &str, bytes: &[u8]) -> &'static str {
        match self.run(&self.file(name, bytes), None, false).await {
            Err(error) if error.file().is_some() => error.file().unwrap().key(),
            other => panic!("{name}: {other:?}"),
        }
    }

    pub async fn campaign(&self) -> Campaign {
        self.store.campaign(self.campaign).await.unwrap().unwrap()
    }

    pub fn locker(&self) -> RosterLocker {
        RosterLocker {
            store: self.store.clone(),
            clock: Arc::new(FixedClock::at(AT.0)),
            entropy: self.entropy.clone(),
            keyring: self.keyring.clone(),
            host: "uji.example".into(),
        }
    }
}

/// A workbook from rows of text.
fn workbook(path: &Path, rows: &[&[&str]], more: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0u32..).zip(rows) {
        for (column, cell) in (0u16..).zip(*cells) {
            if !cell.is_empty() {
                sheet.write_string(row, column, *cell).unwrap();
            }
        }
    }
    more(sheet);
    workbook.save(path).unwrap();
}

fn kinds(report: &ImportReport) -> Vec<(u32, &'static str)> {
    report.faults.listed().iter().map(|fault| (fault.row, fault.kind.key())).collect()
}

#[tokio::test]
async fn what_a_killed_import_staged_is_cleared_a_day_later_without_another_import() {
    let desk = Desk::new().await;
    let units: Vec<_> =
        (1..=3).map(|id| Unit { id, institution: "16".into(), parent: None, name: "A".into() }).collect();
    // One that was killed a day ago, and one that may still be running.
    for (roster, began_at) in [([1; 16], AT.plus_secs(-86_401)), ([2; 16], AT.plus_secs(-86_399))] {
        desk.store.begin_roster(desk.campaign, roster, None, began_at, "uji").await.unwrap();
        desk.store.stage_units(desk.campaign, roster, &units).await.unwrap();
    }
    let importer =
        Importer { store: desk.store.clone(), clock: Arc::new(FixedClock::at(AT.0)), entropy: desk.entropy.clone() };
    assert_eq!(importer.clear_leftovers().await.unwrap(), 3);
    assert_eq!(importer.clear_leftovers().await.unwrap(), 0);
    // What was given up goes at once.
    desk.store.abandon_roster(desk.campaign, [2; 16]).await.unwrap();
    assert_eq!(importer.clear_leftovers().await.unwrap(), 3);
}

#[tokio::test]
async fn a_local_file_below_title_rows_becomes_people() {
    let desk = Desk::new().await;
    let report = desk
        .import(&format!(
            "DAFTAR PEGAWAI;;\nKeadaan 1 Juli;;\nNO;Nama Lengkap;NIP/NI PPPK;Pangkat;Gol;Jabatan;Unit Kerja;OPD;Lokasi Kerja;Instansi\n\
             (1);(2);(3);(4);(5);(6);(7);(8);(9);(10)\n\
             1;Dr. Budi  Santoso, M.Si.;{};Pembina;IV/a;Kepala;Sekretariat;Dinas Sosial;Kota Palembang;Pemprov Sumatera Selatan\n\
             2;SITI AMINAH;'{};-;-;Guru;SMA 1;Dinas Pendidikan;Kab. Lahat;PEMERINTAH PROVINSI SUMATERA SELATAN\n\
             3;Rusmiati;-;;;Petugas;UPT;Dinas Sosial;;Pemkot. Palembang\n\n",
            NIPS[0], NIPS[1]
        ))
        .await;
    assert!(report.applied, "{:?}", report.faults);
    assert_eq!((report.people, report.numbered, report.comparison.added), (3, 1, 3));
    let people = desk.people().await;
    assert!(
        people.contains(&format!("{}|Dr. Budi Santoso, M.Si.|16|2|Kota Palembang|Pembina (IV/a)|Kepala", NIPS[0])),
        "{people:?}"
    );
    assert!(people.contains(&format!("{}|SITI AMINAH|16|4|Kab. Lahat||Guru", NIPS[1])), "{people:?}");
    assert!(people.contains(&"16.71-000001|Rusmiati|16.71|6|||Petugas".to_owned()), "{people:?}");
}

#[tokio::test]
async fn a_workbook_of_the_national_shape_is_read_by_its_preferred_columns() {
    let desk = Desk::new().await;
    let path = desk.path("siasn.xlsx");
    let header = [
        "PNS ID",
        "NIP BARU",
        "NIP LAMA",
        "NAMA",
        "GELAR DEPAN",
        "GELAR BELAKANG",
        "NIK",
        "GOL AKHIR NAMA",
        "JABATAN NAMA",
        "LOKASI KERJA NAMA",
        "UNOR ID",
        "UNOR NAMA",
        "INSTANSI INDUK NAMA",
        "INSTANSI KERJA NAMA",
        "SATUAN KERJA KERJA NAMA",
    ];
    let row = [
        "a5",
        NIPS[0],
        "132",
        "BUDI SANTOSO",
        "Dr.",
        "S.E., M.Si.",
        "1671010101700001",
        "III/c",
        "Analis",
        "Kab. Ogan Ilir",
        "u1",
        "Seksi Data",
        "Pemerintah Kota Palembang",
        "Pemerintah Kab. Ogan Ilir",
        "Pemerintah Kab. Ogan Ilir",
    ];
    let mut other = row;
    (other[1], other[3], other[4], other[5]) = (NIPS[1], "Hasan, S.H.", "H.", "S.H.");
    workbook(&path, &[&header, &row, &other], |_| {});
    let report = desk.run(&path, None, false).await.unwrap();
    assert!(report.applied, "{:?}", report.faults);
    assert_eq!(
        desk.people().await,
        [
            format!("{}|Dr. BUDI SANTOSO, S.E., M.Si.|16.10|1|Kab. Ogan Ilir|III/c|Analis", NIPS[0]),
            format!("{}|H. Hasan, S.H.|16.10|1|Kab. Ogan Ilir|III/c|Analis", NIPS[1]),
        ]
    );
}

#[tokio::test]
async fn faults_are_named_by_row_and_refuse_the_whole_file() {
    let desk = Desk::new().await;
    desk.import(&format!("NIP;Nama;Instansi\n{};Siti;16\n", NIPS[0])).await;
    let before = desk.people().await;
    let bad = format!(
        "NIP;Nama;Unit Kerja;Instansi\n\
         {};Budi;A;16\n\
         1,97001E+17;Andi;A;16\n\
         19700101199503100;Andi;A;16\n\
         197013011995031001;Andi;A;16\n\
         197001011995031000;Andi;A;16\n\
         1671010101700001;Andi;A;16\n\
         {};;A;16\n\
         {};Budi;A;16.99\n\
         {};Budi lagi;A;16\n\
         NIP;Nama;Unit Kerja;Instansi\n\
         ;Palembang, 12 Januari 2027;;16\n\
         ;Mengetahui;;16\n",
        NIPS[0], NIPS[1], NIPS[2], NIPS[0]
    );
    let path = desk.file("buruk.csv", bad.as_bytes());
    let report = desk.run(&path, None, false).await.unwrap();
    assert!(!report.applied);
    assert_eq!(
        kinds(&report),
        [
            (3, "numeric-identifier"),
            (4, "identifier-length"),
            (5, "identifier-birth-date"),
            (6, "identifier-serial-zero"),
            (7, "nik"),
            (8, "name-missing"),
            (9, "institution-unknown"),
            (10, "duplicate"),
            (11, "second-header"),
        ]
    );
    let others = &report.remarks.not_participants;
    assert_eq!((others.count, others.first[1].row, &*others.first[1].text), (2, 13, "Mengetahui"));
    assert_eq!(desk.people().await, before, "a refused file changes nothing");
    let out = desk.path("keterangan.xlsx");
    let limits = Limits::new(Arc::default(), std::env::temp_dir());
    annotate(&path, &report.faults, Localizer::default(), &out, limits).unwrap();
    let again = cells(&out);
    assert_eq!(again[0][1], "KETERANGAN PEMERIKSAAN");
    assert_eq!(again[2][2], "Andi");
    assert!(again[2][1].starts_with("A (NIP): ") && again[9][1].contains("baris 2"), "{again:?}");
    assert!(again[7][1].starts_with("C (Nama): "), "{again:?}");
    assert_eq!(again[1][1], "");
}

/// A workbook's first sheet as another reader sees it.
fn cells(path: &Path) -> Vec<Vec<String>> {
    use calamine::Reader;
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(path).unwrap();
    let range = workbook.worksheet_range_at(0).unwrap().unwrap();
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

#[tokio::test]
async fn numbers_formulas_errors_and_merged_cells_of_a_workbook_are_refused() {
    let desk = Desk::new().await;
    let path = desk.path("sel.xlsx");
    let rows: [&[&str]; 6] = [
        &["DAFTAR", "", "", ""],
        &["NIP", "Nama", "Instansi", "Catatan"],
        &["", "Andi", "16", ""],
        &[NIPS[1], "Budi", "16", ""],
        &[NIPS[2], "", "16", ""],
        &[NIPS[3], "Dewi", "16", ""],
    ];
    workbook(&path, &rows, |sheet| {
        sheet.write_number(2, 0, 197_001_011_995_031_001f64).unwrap();
        sheet.write_formula(4, 1, Formula::new("=\"C\"&\"itra\"").set_result("Citra")).unwrap();
        sheet.write_formula(5, 3, Formula::new("=1+1").set_result("2")).unwrap();
        sheet.merge_range(0, 0, 0, 3, "DAFTAR", &Format::new()).unwrap();
        sheet.merge_range(3, 2, 4, 2, "16", &Format::new()).unwrap();
    });
    let report = desk.run(&path, None, true).await.unwrap();
    assert_eq!(
        kinds(&report),
        [(3, "numeric-identifier"), (5, "formula"), (4, "merged")],
        "a formula in a column that isn't read and a merged title hurt nobody"
    );
}

#[tokio::test]
async fn files_that_are_no_roster_are_refused_with_the_reason() {
    let desk = Desk::new().await;
    let good = desk.path("baik.xlsx");
    workbook(&good, &[&["NIP", "Nama", "Instansi"], &[NIPS[0], "Siti", "16"]], |_| {});
    let bytes = std::fs::read(&good).unwrap();
    let ole = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    let encrypted: Vec<u8> =
        ole.iter().copied().chain("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let broken = [&b"NIP;Nama;Instansi\n"[..], "1;André;16\n".as_bytes(), b"2;Jos\xC3;16\n"].concat();
    let files: [(&str, &[u8], &str); 14] = [
        ("kosong.xlsx", b"", "empty"),
        ("sandi.xlsx", &encrypted, "password"),
        ("lama.xls", &ole, "old-excel"),
        ("terpotong.xlsx", &bytes[..bytes.len() / 2], "damaged"),
        ("foto.xlsx", b"\xFF\xD8\xFF\xE0\x00\x10JFIF\x00", "no-table"),
        ("dokumen.csv", b"%PDF-1.7\n", "no-table"),
        ("halaman.xls", b"<html><table><tr><td>NIP</td></tr></table></html>", "html"),
        ("rusak.csv", &broken, "broken-text"),
        ("tanpa-judul.csv", b"1;Siti\n2;Budi\n", "no-header"),
        ("judul-saja.csv", b"NIP;Nama;Instansi\n", "no-people"),
        ("kembar.csv", b"NIP;Nama;Nama;Instansi\n1;a;b;16\n", "ambiguous-columns"),
        ("tanpa-instansi.csv", b"NIP;Nama\n197001011995031001;Siti\n", "no-institution-column"),
        ("bukan-buku.xlsx", &archive(&[("a.txt", b"x".to_vec())]), "no-workbook"),
        ("biner.xlsb", &archive(&[("xl/workbook.bin", vec![])]), "binary-workbook"),
    ];
    for (name, bytes, key) in files {
        assert_eq!(desk.refusal(name, bytes).await, key, "{name}");
    }
    let quote = format!("NIP;Nama;Instansi\n1;\"Siti;16\n{}", "x;y;16\n".repeat(1_000_000));
    assert_eq!(desk.refusal("kutip.csv", quote.as_bytes()).await, "quote-not-closed");
    let endless = format!("NIP;Nama;Instansi\n1;Siti;16;{}", "x;".repeat(4_000_000));
    assert_eq!(desk.refusal("satu-baris.csv", endless.as_bytes()).await, "row-too-long");
    assert!(desk.people().await.is_empty());
}

fn archive<N: AsRef<str>>(entries: &[(N, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(vec![]));
    for (name, bytes) in entries {
        zip.start_file(name.as_ref(), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[tokio::test]
async fn a_zip_bomb_is_stopped_while_it_inflates() {
    let desk = Desk::new().await;
    let relations =
        br#"<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
    let book = br#"<workbook><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>"#;
    let mut blanks = b"<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>".to_vec();
    blanks.resize(64 << 20, b' ');
    let bytes = archive(&[
        ("xl/_rels/workbook.xml.rels", relations.to_vec()),
        ("xl/workbook.xml", book.to_vec()),
        ("xl/worksheets/sheet1.xml", blanks),
    ]);
    assert!(bytes.len() < 1 << 20);
    assert_eq!(desk.refusal("bom.xlsx", &bytes).await, "row-too-long");
}

#[tokio::test]
async fn a_file_too_large_or_of_too_many_parts_is_refused_before_it_is_read() {
    let desk = Desk::new().await;
    let path = desk.path("besar.csv");
    // It has no bytes, and takes no room.
    std::fs::File::create(&path).unwrap().set_len((256 << 20) + 1).unwrap();
    assert!(matches!(desk.run(&path, None, false).await, Err(ImportError::File(error)) if error.key() == "too-large"));
    let names: Vec<String> = (0..=10_000).map(|part| format!("xl/{part}.xml")).collect();
    let parts: Vec<_> = names.iter().map(|name| (name.as_str(), Vec::new())).collect();
    assert_eq!(desk.refusal("bagian.xlsx", &archive(&parts)).await, "too-many-parts");
}

#[tokio::test]
async fn a_name_longer_than_a_certificate_shows_is_a_fault_of_its_row() {
    let desk = Desk::new().await;
    let csv = |length: usize| format!("NIP;Nama;Instansi\n{};{};16\n", NIPS[0], "n".repeat(length));
    for (length, faults) in [(120, vec![]), (121, vec![(2, "too-long")])] {
        let path = desk.file("nama.csv", csv(length).as_bytes());
        assert_eq!(kinds(&desk.run(&path, None, false).await.unwrap()), faults, "{length}");
    }
}

#[tokio::test]
async fn ten_thousand_faults_are_counted_and_a_thousand_listed() {
    let desk = Desk::new().await;
    let mut csv = String::from("NIP;Nama;Instansi\n");
    (1..=10_000).for_each(|n| csv.push_str(&format!("{n};Siti;16\n")));
    let path = desk.file("banyak.csv", csv.as_bytes());
    let report = desk.run(&path, None, false).await.unwrap();
    assert_eq!((report.faults.total, report.faults.listed().len()), (10_000, 1_000));
    let out = desk.path("keterangan.xlsx");
    let limits = Limits::new(Arc::default(), std::env::temp_dir());
    annotate(&path, &report.faults, Localizer::default(), &out, limits).unwrap();
    assert!(cells(&out)[10_000][1].starts_with("A (NIP): "));
}

#[tokio::test]
async fn a_reimport_tells_what_changes_and_keeps_given_numbers() {
    let desk = Desk::new().await;
    desk.import(&format!(
        "NIP;Nama;Unit Kerja;Instansi\n{};Siti;Dinas Sosial;16\n{};Budi;Dinas Sosial;16\n;Tono;Dinas Sosial;16\n;Joko;Dinas Sosial;16\n",
        NIPS[0], NIPS[1]
    ))
    .await;
    let next = format!(
        "NIP;Nama;Unit Kerja;Instansi\n;Baru;Dinas Sosial;16\n;Joko;Dinas Kesehatan;16\n{};Siti, S.E.;Dinas Sosial;16\n{};Dewi;Dinas Kesehatn;16.71\n;Tono;Dinas Sosial;16\n",
        NIPS[0], NIPS[2]
    );
    let path = desk.file("kedua.csv", next.as_bytes());
    let dry = desk.run(&path, None, true).await.unwrap();
    assert!(!dry.applied);
    let change = &dry.comparison;
    assert_eq!((change.added, change.changed, change.unchanged, change.removed), (2, 2, 1, 1));
    assert_eq!(change.new_units, 2);
    assert_eq!(desk.people().await.len(), 4, "a dry run changes nothing");
    assert!(desk.run(&path, None, false).await.unwrap().applied);
    let people = desk.people().await;
    let numbered = |number: &str, name: &str| people.iter().any(|line| line.starts_with(&format!("{number}|{name}|")));
    assert!(
        numbered("16-000001", "Tono") && numbered("16-000002", "Joko") && numbered("16-000003", "Baru"),
        "{people:?}"
    );
    desk.import("NIP;Nama;Instansi\n;Tono;16\n").await;
    desk.import("NIP;Nama;Instansi\n;Lain;16\n").await;
    assert_eq!(desk.people().await[0].split('|').next(), Some("16-000004"), "no number is given twice");
}

#[tokio::test]
async fn one_institution_is_replaced_alone_and_takes_over_who_came_to_it() {
    let desk = Desk::new().await;
    desk.import(&format!("NIP;Nama;Instansi\n{};Siti;16\n{};Budi;16.71\n{};Dewi;16.71\n", NIPS[0], NIPS[1], NIPS[2]))
        .await;
    let path = desk.file(
        "satu.csv",
        format!("NIP;Nama;OPD\n{};Siti;Dinas Sosial\n{};Budi;Dinas Sosial\n", NIPS[0], NIPS[1]).as_bytes(),
    );
    let report = desk.run(&path, Some("16.71"), false).await.unwrap();
    assert!(report.applied, "{:?}", report.faults);
    let change = &report.comparison;
    assert_eq!((change.moved, change.removed), (1, 1));
    assert_eq!((change.moved_listed[0].from.as_str(), change.moved_listed[0].to.as_str()), ("16", "16.71"));
    let people = desk.people().await;
    assert_eq!(people.len(), 2, "{people:?}");
    assert!(people.iter().all(|line| line.contains("|16.71|")));
    let other = desk.file("lain.csv", format!("NIP;Nama;Instansi\n{};Dewi;16\n", NIPS[2]).as_bytes());
    assert_eq!(kinds(&desk.run(&other, Some("16.71"), true).await.unwrap()), [(2, "institution-other")]);
    assert!(
        matches!(desk.run(&other, Some("99"), true).await, Err(ImportError::File(error)) if error.key() == "no-such-institution")
    );
}

#[tokio::test]
async fn a_campaign_without_a_list_gets_it_from_its_first_file() {
    let desk = Desk::bare().await;
    let report =
        desk.import(&format!("NIP;Nama;Instansi\n{};Siti;Kementerian A\n{};Budi;Lembaga B\n", NIPS[0], NIPS[1])).await;
    assert!(report.applied);
    let institutions = desk.store.institutions(desk.campaign).await.unwrap();
    assert_eq!(institutions.iter().map(|of| of.code.as_str()).collect::<Vec<_>>(), ["01", "02"]);
}
