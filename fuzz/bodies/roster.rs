//! The parsers of rosters: text files, and workbooks given as their parts.

use super::FuzzBody;
use ikrar::domain::institution::Institution;
use ikrar::i18n::{Lang, Localizer};
use ikrar::keyring::{CampaignSecret, Keyring};
use ikrar::service::roster_file::{ImportReport, Limits, RosterFileError, annotate, check};
use std::io::{Cursor, Write};
use std::sync::{Arc, LazyLock};
use tempfile::NamedTempFile;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub const ROSTER_CSV: FuzzBody = FuzzBody {
    name: "roster_csv",
    input_bytes_max: 4 * 1024,
    run: csv,
    seeds: csv_seeds,
    dictionary: &[
        "NIP",
        "NIK",
        "Nama",
        "Nomor Peserta",
        "Unit Kerja",
        "Unit Induk",
        "Instansi",
        "Kode Instansi",
        "Jabatan",
        "Pangkat",
        "Lokasi",
        "197001011995031001",
        "199002022015032002",
        "1.97001011995031E+17",
        "16.71",
        "\u{FEFF}",
        "=\"",
        "\"\"",
        "\"",
        ";",
        ",",
        "\t",
        "\r\n",
        "\n",
        "\r",
        "\u{E9}",
        "Jumlah 12",
    ],
};

pub const ROSTER_XLSX: FuzzBody = FuzzBody {
    name: "roster_xlsx",
    input_bytes_max: 8 * 1024,
    run: xlsx,
    seeds: xlsx_seeds,
    dictionary: &[
        "<row>",
        "<row r=\"",
        "</row>",
        "<c ",
        "<c r=\"B2\" t=\"s\">",
        "</c>",
        "<v>",
        "</v>",
        "<f>",
        "<f/>",
        "<is>",
        "<t>",
        "</t>",
        " t=\"inlineStr\"",
        " t=\"e\"",
        " t=\"n\"",
        " t=\"str\"",
        " r=\"ZZZ1\"",
        " r=\"4294967295\"",
        " r=\"0\"",
        "<mergeCells><mergeCell ref=\"A1:B2\"/>",
        "<si>",
        "</si>",
        "<rPh>",
        "</rPh>",
        "&amp;",
        "&#233;",
        "&#x1F600;",
        "&nix;",
        "_x000D_",
        "_x005F_",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "</worksheet>",
        "<worksheet>",
        "<sheetData>",
        "</sst>",
        "<sst>",
        "<sheet name=\"",
        " state=\"hidden\"",
        " hidden=\"1\"",
        "<cols><col min=\"1\" max=\"2\" hidden=\"1\"/></cols>",
        " r:id=\"r1\"",
        "<Relationship Id=\"r1\" Type=\"/worksheet\" Target=\"",
        "NIP",
        "Nama",
        "Unit Kerja",
        "197001011995031001",
        "1e400",
        "nan",
    ],
};

/// Separates the parts of a workbook; XML can't contain it.
const BETWEEN_PARTS: u8 = 0;
/// Far more steps than a file of these lengths needs.
const STEPS_MAX: u64 = 2_000_000;

static SECRET: LazyLock<CampaignSecret> = LazyLock::new(|| {
    let keyring = Keyring::generate(&[3; 128]);
    let sealed = keyring.seal_secret(&[1; 16], &[2; 32], [4; 24]);
    keyring.open_secret(&[1; 16], &sealed).unwrap()
});

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn limits(steps_max: u64) -> Limits {
    Limits { steps_max, ..Limits::new(Arc::default(), std::env::temp_dir()) }
}

fn checked(file: &NamedTempFile, steps_max: u64) -> Result<ImportReport, RosterFileError> {
    let institution =
        Institution { code: "16".into(), name: "Provinsi".into(), position: 0, help_contact: String::new() };
    check(file.path(), SECRET.clone(), vec![institution], limits(steps_max))
}

/// Asserts what must hold for any file. Returns the report if there is one.
fn holds(bytes: &[u8], steps_max: u64) -> Option<ImportReport> {
    let file = file(bytes);
    let report = match checked(&file, steps_max) {
        Ok(report) => report,
        Err(RosterFileError::Io(error)) => panic!("a file that is there wasn't read: {error}"),
        Err(_) => return None,
    };
    assert!(!report.applied && report.numbered <= report.people);
    assert!(report.people > 0 || !report.faults.is_empty(), "neither people nor faults");
    assert!(report.faults.kept().len() as u64 <= report.faults.total);
    // What was read can be sent back with remarks, and its copy holds the same people. A copy has values for formulas
    // and no merged cells, so it can have fewer faults, and people in their rows.
    match checked(&annotated(&file, &report, steps_max), u64::MAX) {
        Ok(again) => {
            let (people, faults) = (again.people, again.faults.total);
            assert!(people >= report.people, "{people} people instead of {}: {:?}", report.people, again.faults);
            assert!(!report.faults.is_empty() || (people, faults) == (report.people, 0), "{:?}", again.faults);
        }
        // Only faults were found: what can't be read is plain text in the copy.
        Err(
            RosterFileError::NoPeople { .. }
            | RosterFileError::NoParticipants { .. }
            | RosterFileError::NoHeader { .. },
        ) => {
            assert_eq!(report.people, 0)
        }
        Err(refused) => panic!("the copy is refused: {refused}"),
    }
    Some(report)
}

/// The copy with remarks, which is written within the limits of the check.
fn annotated(file: &NamedTempFile, report: &ImportReport, steps_max: u64) -> NamedTempFile {
    let annotated = NamedTempFile::new().unwrap();
    annotate(file.path(), &report.faults, Localizer(Lang::Id), annotated.path(), limits(steps_max)).unwrap();
    annotated
}

/// What a report says, for comparison with that of the same people in another file.
fn said(report: &ImportReport) -> (u64, u64, u64, u64, Vec<(u32, &'static str)>) {
    let faults = report.faults.kept().iter().map(|fault| (fault.row, fault.kind.key())).collect();
    (report.people, report.numbered, report.units, report.faults.total, faults)
}

fn csv(data: &[u8]) {
    if data.starts_with(b"PK") {
        return;
    }
    // In UTF-16, line ends and marks have two bytes.
    if data.contains(&0) || data.starts_with(b"\xFF\xFE") || data.starts_with(b"\xFE\xFF") {
        holds(data, STEPS_MAX);
        return;
    }
    let Some(report) = holds(data, STEPS_MAX) else {
        let refused = checked(&file(data), STEPS_MAX);
        assert!(!matches!(
            refused,
            Err(RosterFileError::TooMuchWork { .. } | RosterFileError::TooMuchMemory | RosterFileError::RowTooLong)
        ));
        return;
    };
    let lines = data.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64 + 1;
    assert!(report.people < lines, "{} people in {lines} lines", report.people);
    assert!(report.faults.listed().iter().all(|fault| u64::from(fault.row) <= lines), "a fault below the last line");
    // A byte order mark changes nothing.
    if std::str::from_utf8(data).is_ok_and(|text| !text.starts_with('\u{FEFF}')) {
        let marked = checked(&file(&[b"\xEF\xBB\xBF", data].concat()), STEPS_MAX).unwrap();
        assert_eq!(said(&marked), said(&report));
    }
    // The copy keeps each row in its place, and a text file has nothing that a copy loses.
    let again = checked(&annotated(&file(data), &report, STEPS_MAX), u64::MAX).unwrap();
    assert_eq!(said(&again), said(&report));
    // Rows are the same however their lines end.
    for end in [&b"\n"[..], b"\r", b"\r\n"] {
        let ended = checked(&file(&with_line_ends(data, end)), STEPS_MAX).unwrap();
        assert_eq!(said(&ended), said(&report), "lines end in {}", end.escape_ascii());
    }
}

fn with_line_ends(data: &[u8], end: &[u8]) -> Vec<u8> {
    let mut ended = Vec::with_capacity(2 * data.len());
    let mut before = 0;
    for byte in data {
        match byte {
            b'\n' if before == b'\r' => {}
            b'\n' | b'\r' => ended.extend_from_slice(end),
            byte => ended.push(*byte),
        }
        before = *byte;
    }
    ended
}

fn xlsx(data: &[u8]) {
    if data.starts_with(b"PK") {
        holds(data, u64::MAX);
    } else {
        holds(&workbook(data), u64::MAX);
    }
}

const WORKBOOK: &str = r#"<workbook><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const RELATIONS: &str = r#"<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
const STRINGS: &str =
    "<sst><si><t>NIP</t></si><si><t>Nama</t></si><si><t>197001011995031001</t></si><si><r><t>Siti</t></r></si></sst>";
const SHEET: &str = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c></row>\
    <row r=\"2\"><c r=\"A2\" t=\"s\"><v>2</v></c><c r=\"B2\" t=\"s\"><v>3</v></c></row></sheetData></worksheet>";
const INLINE: &str = "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>NIP</t></is></c><c t=\"str\"><v>Nama</v></c>\
    <c t=\"inlineStr\"><is><t>Unit Kerja</t></is></c></row><row r=\"5\"><c t=\"inlineStr\"><is><t>197001011995031001</t></is></c>\
    <c r=\"B5\" t=\"str\"><f>A1</f><v>Siti &amp; S</v></c><c r=\"C5\"><v>007</v></c></row><row><c><v>1.97E+17</v></c>\
    <c t=\"e\"><v>#N/A</v></c></row></sheetData><mergeCells><mergeCell ref=\"A5:B6\"/></mergeCells></worksheet>";

/// A workbook from the sheet, the shared strings, the list of sheets and the relations; missing parts are replaced by
/// valid ones.
fn workbook(data: &[u8]) -> Vec<u8> {
    let mut parts = data.splitn(4, |byte| *byte == BETWEEN_PARTS);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, honest) in [
        ("xl/worksheets/sheet1.xml", SHEET),
        ("xl/sharedStrings.xml", STRINGS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
    ] {
        zip.start_file(name, stored).unwrap();
        zip.write_all(parts.next().unwrap_or(honest.as_bytes())).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn csv_seeds() -> Vec<Vec<u8>> {
    [
        "NIP;Nama;Unit Kerja\n197001011995031001;\"Siti; M.Si.\";Dinas\n",
        "\u{FEFF}Daftar Peserta\r\n\r\nNo,NIP,Nama,Instansi,Unit Induk,Unit Kerja,Jabatan,Pangkat,Lokasi\r\n1,2,3,4,5,6,7,8,9\r\n\
            1,=\"197001011995031001\",Siti,Provinsi,Dinas,Seksi A,Analis,III/a,Kota\r\n2,199002022015032002,Andr\u{E9},Provinsi,Dinas,Seksi B,-,-,-\r\n",
        "Nama\tUnit Kerja\nSiti\tDinas\nSiti\tDinas\nBudi\tDinas A\n",
        "NIP;Nama\r197001011995031001;\"Siti\rA\"\r\r1;Budi\n2;\"\r\nTono\"\r\n3;Joko",
        "Nomor Peserta;Nama;Unit Kerja\n16-000012;Siti;Dinas\n16-000012;Budi;Dinas\n;Tono;Dinas\n",
        "NIP;Nama\n1.97001011995031E+17;Siti\n3276010101700001;Budi\n;\nJumlah 12;x\nNIP;Nama\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into_iter()
    .chain([b"NIP,Nama\n197001011995031001,Andr\xE9 d'Fretes\n".to_vec()])
    .chain([u16::to_le_bytes, u16::to_be_bytes].map(|bytes| {
        "NIP\tNama\r\n197001011995031001\tAndr\u{E9}\r\n1\tSiti\r\n".encode_utf16().flat_map(bytes).collect()
    }))
    .collect()
}

fn xlsx_seeds() -> Vec<Vec<u8>> {
    let parts = [SHEET, STRINGS, WORKBOOK, RELATIONS].join("\0").into_bytes();
    vec![SHEET.into(), INLINE.into(), [SHEET, STRINGS].join("\0").into_bytes(), parts.clone(), workbook(&parts)]
}
