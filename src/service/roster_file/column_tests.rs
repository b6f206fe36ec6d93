//! Which column is what: headings as offices write them, and what becomes of columns and cells that aren't read.

use super::{ImportReport, Limits, RosterFileError, check, refusal_words};
use crate::domain::institution::Institution;
use crate::i18n::{Lang, Localizer};
use crate::keyring::Keyring;
use rust_xlsxwriter::{Format, Workbook};
use std::path::Path;
use std::sync::Arc;

const N: &str = "198001012005012001";
const M: &str = "198001012005011002";

fn check_path(path: &Path) -> Result<ImportReport, RosterFileError> {
    let keyring = Keyring::generate(&[9; 128]);
    let secret = keyring.open_secret(&[5; 16], &keyring.seal_secret(&[5; 16], &[6; 32], [0; 24])).unwrap();
    let institution =
        Institution { code: "16".into(), name: "Provinsi".into(), position: 0, help_contact: String::new() };
    check(path, secret, vec![institution], Limits::new(Arc::default(), std::env::temp_dir()))
}

fn check_text(text: &str) -> Result<ImportReport, RosterFileError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    check_path(file.path())
}

/// The faults as row and kind, with the number of people and of those without a number.
fn found(text: &str) -> (u64, u64, Vec<(u32, &'static str)>) {
    let report = check_text(text).unwrap();
    (report.people, report.numbered, kinds(&report))
}

pub(super) fn kinds(report: &ImportReport) -> Vec<(u32, &'static str)> {
    report.faults.listed().iter().map(|fault| (fault.row, fault.kind.key())).collect()
}

#[test]
fn a_nip_column_is_read_under_every_heading_that_means_it() {
    for heading in [
        "N.I.P.",
        "N I P",
        "NIP ASN",
        "NIP PEGAWAI",
        "No. Induk",
        "NIP/NRP",
        "NIP (18 digit)",
        "Nomor Identitas",
        "N\u{200B}I\u{200B}P",
        "NIP\u{FEFF}",
    ] {
        let rows = format!("{heading};NAMA;UNIT KERJA\n{N};Budi;Dinas\n{M};Siti;Dinas\n");
        assert_eq!(found(&rows), (2, 0, vec![]), "{heading:?}");
        // One person, one row.
        let twice = format!("{heading};NAMA;UNIT KERJA\n{N};Budi;Dinas\n{N};Budi;Badan\n");
        assert_eq!(found(&twice).2, [(3, "duplicate")], "{heading:?}");
    }
}

fn refused_column(text: &str) -> Option<String> {
    match check_text(text) {
        Err(RosterFileError::UnreadNumbers { column, .. }) => Some(column),
        Err(other) => panic!("{other:?}"),
        Ok(_) => None,
    }
}

#[test]
fn numbers_under_a_heading_that_nobody_knows_stop_the_import() {
    let file = |heading: &str, first: &str, second: &str| {
        format!("NO;{heading};NAMA;UNIT KERJA\n1;{first};Budi;Dinas\n2;{second};Siti;Dinas\n")
    };
    for (first, second) in [
        (N, M),
        (N, ""),
        (N, "-"),
        ("19800101 200501 2 001", "'198001012005011002"),
        ("19800101.200501.2.001", "NIP. 198001012005011002"),
        ("1.98001012005012E+17", "1,98001012005012E+17"),
        (N, N),
    ] {
        for heading in ["Identitas", "", "Kode ASN", "KETERANGAN"] {
            let refused = refused_column(&file(heading, first, second));
            assert_eq!(refused.as_deref(), Some("B"), "{heading:?}: {first}, {second}");
        }
    }
    let refusal = check_text(&file("Identitas", N, M)).unwrap_err();
    let told = refusal_words(&refusal, Localizer(Lang::Id));
    for part in ["B (Identitas)", N, M, "NIP"] {
        assert!(told.contains(part), "{told}");
    }
    assert_eq!(refused_column(&file("NIK", "1671010101800001", "1671010101800002")), None);
    assert_eq!(refused_column(&file("HP", "081234567890", "")), None);
}

#[test]
fn numbers_of_somebody_else_stop_nothing_where_people_have_their_own() {
    let file = format!("NIP;NAMA;UNIT KERJA;NIP ATASAN\n{N};Budi;Dinas;{M}\n{M};Siti;Dinas;{N}\n-;Ali;Dinas;{N}\n");
    assert_eq!(found(&file), (3, 1, vec![]));
    // The NIPs of some stand in a second column, which isn't the preferred one.
    let file = format!("NIP PPPK;NAMA;NIP PNS\n{N};Budi;\n;Siti;{M}\n");
    assert_eq!(refused_column(&file).as_deref(), Some("C"));
    // Hyphens fill the cells of the others.
    let file = format!("NIP;NAMA;NI PPPK\n{N};Budi;-\n198001012005011003;Ali;-\n-;Siti;{M}\n");
    assert_eq!(refused_column(&file).as_deref(), Some("C"));
    let file = format!("NIP;NAMA;KODE\n{N};Budi;-\n198001012005011003;Ali;nihil\n-;Siti;{M}\n");
    assert_eq!(refused_column(&file).as_deref(), Some("C"));
    // Of a second column whose heading names numbers, one is enough.
    let file = |heading: &str| {
        format!(
            "NIP;NAMA;{heading}\n{N};Budi;aktif\n198001012005011003;Ali;aktif\n198001012005011004;Umi;aktif\n;Siti;{M}\n"
        )
    };
    assert_eq!(refused_column(&file("NI PPPK")).as_deref(), Some("C"));
    assert_eq!(refused_column(&file("KETERANGAN")), None);
    // And they may begin far down.
    let mut file = String::from("NIP;NAMA;NIP PNS LAMA\n");
    for row in 0..400 {
        file += &format!("1980010120050120{:02};Orang;\n", row % 90 + 1);
    }
    file += &format!(";Siti;{M}\n");
    assert_eq!(refused_column(&file).as_deref(), Some("C"));
}

#[test]
fn a_row_with_more_cells_than_the_header_is_a_fault() {
    let file = format!("NIP,NAMA,UNIT KERJA\n{N},Budi Santoso, S.Kom,Dinas\n{M},Siti,Dinas\n");
    assert_eq!(found(&file), (1, 0, vec![(2, "beyond-header")]));
    let report = check_text(&file).unwrap();
    let fault = &report.faults.listed()[0];
    assert_eq!((fault.column.as_str(), fault.value.as_str()), ("D", "Dinas"));
    // Wherever it stands, and however many there are.
    let far = format!("NIP;NAMA;UNIT KERJA\n{N};Budi;Dinas;;;;x\n{M};Siti;Dinas;;;; \n");
    assert_eq!(found(&far), (1, 0, vec![(2, "beyond-header")]));
    // Empty cells are no cells, and a signature beside the table is no person.
    let blank = format!("NIP;NAMA;UNIT KERJA;;\n{N};Budi;Dinas;;\n;;;;Mengetahui,\n");
    assert_eq!(found(&blank), (1, 0, vec![]));
    let mut late = String::from("NIP;NAMA;UNIT KERJA\n");
    for row in 0..999 {
        late += &format!("198001012005012{:03};Budi;Dinas{}\n", row + 1, if row == 998 { ";Bidang" } else { "" });
    }
    assert_eq!(found(&late), (998, 0, vec![(1000, "beyond-header")]));
}

/// Someone left a note far right in the row of the headings.
#[test]
fn a_note_beside_the_headings_hides_no_cell_beyond_them() {
    let far = |row: &str| format!("NIP;NAMA;UNIT KERJA;;;;;catatan\n{N};Budi;Dinas{row}\n{M};Siti;Dinas\n");
    assert_eq!(found(&far(";;pindah")), (1, 0, vec![(2, "beyond-header")]));
    assert_eq!(found(&far(";;;;;;pindah")), (1, 0, vec![(2, "beyond-header")]));
    assert_eq!(found(&far(";;;;;pindah")), (2, 0, vec![]), "the note's own column");
    // Columns without a heading between others of the table are only told.
    let near = format!("NIP;NAMA;UNIT KERJA;;;;CATATAN\n{N};Budi;Dinas;x;;;\n{M};Siti;Dinas\n");
    assert_eq!(found(&near), (2, 0, vec![]));
    let read = format!("NIP;NAMA;;;;;;UNIT KERJA\n{N};Budi;;;x;;;Dinas\n");
    assert_eq!(found(&read), (1, 0, vec![]));
}

#[test]
fn a_column_without_a_heading_is_told() {
    let report = check_text(&format!("NIP;NAMA;;UNIT KERJA\n{N};Budi;S.Kom;Dinas\n{M};Siti;;Dinas\n")).unwrap();
    assert_eq!(kinds(&report), []);
    let told: Vec<_> = report.unnamed_columns.iter().map(|of| (of.column.as_str(), of.samples.join("|"))).collect();
    assert_eq!(told, [("C", "S.Kom".to_owned())]);
    let report = check_text(&format!("NIP;NAMA;;UNIT KERJA\n{N};Budi;;Dinas\n")).unwrap();
    assert_eq!(report.unnamed_columns, []);
}

#[test]
fn a_cell_beyond_the_header_of_a_workbook_is_a_fault_too() {
    let file = tempfile::Builder::new().suffix(".xlsx").tempfile().unwrap();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, texts) in (0u16..).zip([["NIP", N, M], ["NAMA", "Budi", "Siti"], ["UNIT KERJA", "Dinas", "Badan"]]) {
        for (row, text) in (0u32..).zip(texts) {
            sheet.write_string(row, column, text).unwrap();
        }
    }
    sheet.write_string(2, 5, "pindah").unwrap();
    // A cell that only has a border holds nothing.
    sheet.write_blank(1, 6, &Format::new().set_bold()).unwrap();
    // Up to the last column that a sheet has.
    sheet.write_string(1, 16_383, "x").unwrap();
    workbook.save(file.path()).unwrap();
    assert_eq!(kinds(&check_path(file.path()).unwrap()), [(2, "beyond-header"), (3, "beyond-header")]);
    let wide = format!("NIP;NAMA;UNIT KERJA\n{N};Budi;Dinas{}x;y\n", ";".repeat(20_000));
    assert_eq!(found(&wide), (0, 0, vec![(2, "beyond-header")]));
}

#[test]
fn a_column_is_read_under_the_headings_that_offices_write() {
    let rows = |heading: &str, cell: &str| format!("NIP;NAMA;{heading}\n{N};Budi;{cell}\n{M};Siti;{cell}\n");
    for heading in [
        "OPD/UNIT KERJA",
        "Unit Kerja (OPD)",
        "INSTANSI/UNIT KERJA",
        "Nama Sekolah",
        "Satuan Organisasi",
        "Unit Kerja & Tempat Tugas",
        "Tempat Bertugas",
    ] {
        assert_eq!(check_text(&rows(heading, "SMP 1")).unwrap().units, 1, "{heading}");
    }
    for heading in ["STATUS ASN", "Jenis Pegawai (PNS/PPPK)", "Kategori Pegawai"] {
        let counts = check_text(&rows(heading, "PPPK")).unwrap().employment;
        assert_eq!(counts.filled().collect::<Vec<_>>(), [("pppk", 2)], "{heading}");
    }
    for heading in [
        "Nama dan Gelar",
        "NAMA LENGKAP DAN GELAR",
        "Nama Guru",
        "NAMA PNS/PPPK",
        "Nama Perangkat Desa",
        "Nama Non ASN",
    ] {
        assert_eq!(found(&format!("NIP;{heading};KELAS\n{N};Budi;9\n{M};Siti;9\n")), (2, 0, vec![]), "{heading}");
    }
    for heading in ["No. Induk ASN", "NIP ASN/Non ASN", "NIP (jika ada)", "NIP / No. Reg", "Nomor Induk PPPK"] {
        assert_eq!(found(&format!("{heading};NAMA;KELAS\n{N};Budi;9\n{M};Siti;9\n")), (2, 0, vec![]), "{heading}");
    }
    // What is somebody's or something else's.
    for heading in ["Nama Desa", "Nama Gelar", "Nama Kepala", "Nama/Jabatan", "Nama Perangkat Daerah"] {
        assert!(check_text(&format!("NIP;{heading};KELAS\n{N};Budi;9\n")).is_err(), "{heading}");
    }
    for heading in ["Unit Kerja/Jabatan", "OPD/Pangkat"] {
        assert_eq!(check_text(&rows(heading, "SMP 1")).unwrap().units, 0, "{heading}");
    }
}
