//! Files as programs save them: each is read, or refused in words that say what it is and how to save it again.

use super::hostile_tests::zipped;
use super::{ImportReport, Limits, RosterFileError, check, refusal_words};
use crate::domain::institution::Institution;
use crate::i18n::{Lang, Localizer};
use crate::keyring::Keyring;
use rust_xlsxwriter::Workbook;
use std::sync::Arc;

pub(super) const N: &str = "198001012005012001";
pub(super) const M: &str = "198001012005011002";

/// Checks a file for an event of one institution.
pub(super) fn checked(bytes: &[u8]) -> Result<ImportReport, RosterFileError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let keyring = Keyring::generate(&[9; 128]);
    let secret = keyring.open_secret(&[5; 16], &keyring.seal_secret(&[5; 16], &[6; 32], [0; 24])).unwrap();
    let institution =
        Institution { code: "16".into(), name: "Provinsi".into(), position: 0, help_contact: String::new() };
    check(file.path(), secret, vec![institution], Limits::new(Arc::default(), std::env::temp_dir()))
}

/// The key of the refusal, and its words in both languages.
fn refused(bytes: &[u8]) -> (&'static str, String) {
    let error = checked(bytes).unwrap_err();
    let words = [Lang::Id, Lang::En].map(|lang| refusal_words(&error, Localizer(lang)));
    (error.key(), words.join(" "))
}

/// A sheet with one person for each number.
pub(super) fn sheet(numbers: &[&str]) -> String {
    let mut rows = String::from("<row><c t=\"str\"><v>NIP</v></c><c t=\"str\"><v>Nama</v></c></row>");
    for number in numbers {
        rows += &format!("<row><c t=\"str\"><v>{number}</v></c><c t=\"str\"><v>Siti</v></c></row>");
    }
    format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
}

fn relations(list: &[(&str, &str, &str)]) -> String {
    let one = |(id, kind, target): &(&str, &str, &str)| {
        format!("<Relationship Id=\"{id}\" Type=\"http://schemas/relationships/{kind}\" Target=\"{target}\"/>")
    };
    format!("<Relationships>{}</Relationships>", list.iter().map(one).collect::<String>())
}

fn workbook(sheets: &str) -> String {
    format!("<workbook><sheets>{sheets}</sheets></workbook>")
}

const ONE_SHEET: &str = "<sheet name=\"Data\" sheetId=\"1\" r:id=\"r1\"/>";

#[test]
fn files_of_other_programs_are_refused_in_words_that_say_what_they_are() {
    let xml_spreadsheet = "<?xml version=\"1.0\"?>\r\n<?mso-application progid=\"Excel.Sheet\"?>\r\n\
        <Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"><Worksheet ss:Name=\"A\"/></Workbook>";
    let zip = |part: &str| zipped(&[("[Content_Types].xml", ""), (part, "")]);
    let main = |target: &str| zipped(&[("_rels/.rels", &relations(&[("r1", "officeDocument", target)])), (target, "")]);
    for (bytes, key, named) in [
        (b"<html><body><table><tr><td>NIP</td></tr></table></body></html>".to_vec(), "html", "HTML"),
        (b"<table border='1'><tr><td>NIP</td></tr></table>".to_vec(), "html", "HTML"),
        (xml_spreadsheet.as_bytes().to_vec(), "xml-spreadsheet", "2003"),
        (b"<?xml version='1.0'?><pegawai/>".to_vec(), "xml", "XML"),
        (zip("xl/workbook.bin"), "binary-workbook", ".xlsb"),
        (main("xl/buku.bin"), "binary-workbook", ".xlsb"),
        (
            zipped(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", "")]),
            "open-document",
            ".ods",
        ),
        (zip("word/document.xml"), "word", "Word"),
        (b"{\\rtf1\\ansi NIP}".to_vec(), "word", "Word"),
        (zipped(&[("Index/Document.iwa", "")]), "numbers", "Numbers"),
        (b"Rar!\x1A\x07\0".to_vec(), "archive", ".rar"),
        (b"%PDF-1.7\n".to_vec(), "no-table", "PDF"),
        (b"\xFF\xD8\xFF\xE0JFIF".to_vec(), "no-table", "gambar"),
        (zipped(&[("daftar.csv", "NIP;Nama")]), "no-workbook", ".zip"),
        ([&b"\x05Admin"[..], &[b' '; 159]].concat(), "no-table", "~$"),
    ] {
        let (found, words) = refused(&bytes);
        assert!(found == key && words.contains(named), "{key}: {found}: {words}");
        assert!(words.matches(".xlsx").count() + words.matches("CSV").count() >= 2, "{words}");
    }
}

#[test]
fn utf16_is_read_with_and_without_a_mark_however_its_lines_end() {
    for end in ["\r\n", "\n", "\r"] {
        for separator in ["\t", ";", ","] {
            let cells = [["NIP", "Nama", "Unit Kerja"], [N, "“Đỗ” André", "Dinas"], ["1", "Siti", "Dinas"]];
            let text = cells.map(|row| row.join(separator)).join(end);
            for mark in ["", "\u{FEFF}"] {
                let units: Vec<u16> = format!("{mark}{text}{end}").encode_utf16().collect();
                let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
                let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
                for bytes in [little, big] {
                    let report = checked(&bytes).unwrap();
                    let faults: Vec<_> =
                        report.faults.listed().iter().map(|fault| (fault.row, fault.kind.key())).collect();
                    assert_eq!(
                        (report.people, faults),
                        (1, vec![(3, "identifier-length")]),
                        "{end:?} {separator:?} {mark:?}"
                    );
                }
            }
        }
    }
}

/// The container says which part is the workbook, and the workbook which parts are its sheets and strings.
#[test]
fn a_workbook_is_found_by_the_relations_of_its_container() {
    let sheet = sheet(&[N]);
    let shared = sheet.replace("t=\"str\"><v>Siti<", "t=\"s\"><v>0<");
    let strings = "<sst><si><t>Siti</t></si></sst>";
    for (main, list, target, part) in [
        ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
        ("xl/workbook2.xml", "xl/_rels/workbook2.xml.rels", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
        ("buku/isi.xml", "buku/_rels/isi.xml.rels", "/lembar/data.xml", "lembar/data.xml"),
        ("isi.xml", "_rels/isi.xml.rels", "data.xml", "data.xml"),
        ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "../data/a.xml", "data/a.xml"),
        // As other programs write them: without the slash, and with the folders of Windows.
        ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/a.xml", "xl/worksheets/a.xml"),
        ("xl\\workbook.xml", "xl\\_rels\\workbook.xml.rels", "worksheets/a.xml", "xl\\worksheets\\a.xml"),
        ("XL/Workbook.xml", "XL/_rels/Workbook.xml.rels", "Worksheets/A.xml", "xl/worksheets/a.xml"),
    ] {
        let own = relations(&[("r1", "officeDocument", &format!("/{main}")), ("r2", "theme", "x.xml")]);
        let named = relations(&[("r1", "worksheet", target), ("r2", "sharedStrings", "/teks/kata.xml")]);
        let parts = [
            ("_rels/.rels", own.as_str()),
            (list, &named),
            (main, &workbook(ONE_SHEET)),
            (part, &shared),
            ("teks/kata.xml", strings),
        ];
        assert_eq!(checked(&zipped(&parts)).unwrap().people, 1, "{main} {target}");
    }
    // A workbook that was renamed without its relations.
    let own = relations(&[("r1", "officeDocument", "xl/workbook22.xml")]);
    let named = relations(&[("r1", "worksheet", "worksheets/sheet1.xml")]);
    let parts = [
        ("_rels/.rels", own.as_str()),
        ("xl/_rels/workbook.xml.rels", &named),
        ("xl/workbook22.xml", &workbook(ONE_SHEET)),
        ("xl/worksheets/sheet1.xml", &sheet),
        ("xl/worksheets/_rels/sheet1.xml.rels", ""),
    ];
    assert_eq!(checked(&zipped(&parts)).unwrap().people, 1);
    // Without relations of the container, or with damaged ones, it is where it usually is.
    let named = relations(&[("r1", "worksheet", "worksheets/sheet1.xml")]);
    for own in ["", "<Relationships><Relationship", "<Relationships/>"] {
        let parts = [
            ("_rels/.rels", own),
            ("xl/_rels/workbook.xml.rels", &named),
            ("xl/workbook.xml", &workbook(ONE_SHEET)),
            ("xl/worksheets/sheet1.xml", &sheet),
        ];
        assert_eq!(checked(&zipped(&parts)).unwrap().people, 1, "{own}");
        assert_eq!(checked(&zipped(&parts[1..])).unwrap().people, 1);
    }
}

/// A workbook of many sheets, each with settings for printing, notes and a drawing.
#[test]
fn parts_that_are_not_read_do_not_count() {
    let count = 90;
    let (mut list, mut sheets) = (vec![], String::new());
    let mut parts = vec![("xl/theme/theme1.xml".to_owned(), String::new())];
    for n in 0..count {
        list.push((format!("r{n}"), format!("worksheets/sheet{n}.xml")));
        sheets += &format!("<sheet name=\"Unit {n}\" sheetId=\"{n}\" r:id=\"r{n}\"/>");
        parts.push((format!("xl/worksheets/sheet{n}.xml"), sheet(&[&format!("19700101199503{}", 1_001 + n)])));
        for unread in [
            "worksheets/_rels/sheet{}.xml.rels",
            "printerSettings/printerSettings{}.bin",
            "drawings/drawing{}.xml",
            "comments{}.xml",
        ] {
            parts.push((format!("xl/{}", unread.replace("{}", &n.to_string())), "x".repeat(100)));
        }
    }
    let list: Vec<_> = list.iter().map(|(id, target)| (id.as_str(), "worksheet", target.as_str())).collect();
    parts.push(("xl/_rels/workbook.xml.rels".into(), relations(&list)));
    parts.push(("xl/workbook.xml".into(), workbook(&sheets)));
    let parts: Vec<_> = parts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert_eq!(checked(&zipped(&parts)).unwrap().people, count);
}

#[test]
fn too_many_sheets_and_only_hidden_ones_are_refused_as_such() {
    let book = |sheets: &str| {
        let named = relations(&[("r1", "worksheet", "worksheets/sheet1.xml")]);
        zipped(&[
            ("xl/_rels/workbook.xml.rels", &named),
            ("xl/workbook.xml", &workbook(sheets)),
            ("xl/worksheets/sheet1.xml", &sheet(&[N])),
        ])
    };
    let (key, words) = refused(&book(&ONE_SHEET.repeat(1_001)));
    assert!(key == "too-many-sheets" && words.contains("1000"), "{words}");
    for state in ["hidden", "veryHidden"] {
        let hidden = ONE_SHEET.replace("/>", &format!(" state=\"{state}\"/>"));
        let (key, words) = refused(&book(&hidden));
        assert!(key == "no-visible-sheet" && words.contains("tersembunyi"), "{words}");
    }
    assert_eq!(refused(&book("")).0, "no-workbook");
}

/// A credential holds fewer bytes than a name of the most characters may have.
#[test]
fn a_name_that_takes_too_many_bytes_is_told_so_and_not_by_letters() {
    let faults = |name: &str| {
        let report = checked(format!("NIP;Nama\n{N};{name}\n").as_bytes()).unwrap();
        let told = |fault: &super::Fault| (fault.kind.key(), super::remark(fault, Localizer(Lang::En)));
        report.faults.listed().iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(faults(&format!("{}{}", "a".repeat(95), "é".repeat(25))), []);
    let [(key, told)] = &faults(&format!("{}{}", "a".repeat(94), "é".repeat(26)))[..] else { panic!("one fault") };
    assert!(*key == "name-bytes" && told.contains("146 bytes") && told.contains("145"), "{told}");
    let [(key, told)] = &faults(&"é".repeat(121))[..] else { panic!("one fault") };
    assert!(*key == "too-long" && told.contains("120"), "{told}");
}

#[test]
fn a_hidden_sheet_that_is_damaged_refuses_nothing() {
    let named =
        relations(&[("r1", "worksheet", "worksheets/sheet1.xml"), ("r2", "worksheet", "worksheets/sheet2.xml")]);
    let listed = format!("{ONE_SHEET}<sheet name=\"Lama\" sheetId=\"2\" state=\"hidden\" r:id=\"r2\"/>");
    for (damaged, rows) in
        [("<worksheet><sheetData><row><c t=\"str\"><v>x</v></c></row><row><c", 1), ("\0", 0), ("", 0)]
    {
        let report = checked(&zipped(&[
            ("xl/_rels/workbook.xml.rels", &named),
            ("xl/workbook.xml", &workbook(&listed)),
            ("xl/worksheets/sheet1.xml", &sheet(&[N])),
            ("xl/worksheets/sheet2.xml", damaged),
        ]));
        let report = report.unwrap();
        assert_eq!(
            (report.people, report.sheets_unread.iter().map(|of| of.rows).sum::<u64>()),
            (1, rows),
            "{damaged:?}"
        );
    }
}

/// A cell left in the last column of a sheet is no heading, above the table or in the row of its headings.
#[test]
fn a_stray_cell_in_the_last_column_changes_nothing() {
    for (at, stray) in [(0, "x"), (0, "Nama"), (3, "x")] {
        let mut book = Workbook::new();
        let page = book.add_worksheet();
        page.write_string(at, 16_383, stray).unwrap();
        let header = if at == 0 { 0 } else { at + 2 };
        for (column, label, cell) in [(0, "NIP", N), (1, "Nama", "Siti")] {
            page.write_string(header, column, label).unwrap();
            page.write_string(header + 1, column, cell).unwrap();
        }
        let report = checked(&book.save_to_buffer().unwrap()).unwrap();
        let found = (report.people, report.faults.total, report.unnamed_columns.len(), report.sheets_unread.len());
        assert_eq!(found, (1, 0, 0, 0), "{at} {stray}");
    }
}

/// Forms have formulas down the page that show nothing yet. One that was never computed may be a name.
#[test]
fn a_formula_that_shows_nothing_is_no_cell_and_one_without_a_result_is_a_fault() {
    let named = relations(&[("r1", "worksheet", "worksheets/sheet1.xml")]);
    let faults = |cell: &str| {
        let row = format!("<row>{cell}{cell}</row></sheetData>");
        let report = checked(&zipped(&[
            ("xl/_rels/workbook.xml.rels", &named),
            ("xl/workbook.xml", &workbook(ONE_SHEET)),
            ("xl/worksheets/sheet1.xml", &sheet(&[N]).replace("</sheetData>", &row)),
        ]));
        let report = report.unwrap();
        (report.people, report.faults.total)
    };
    assert_eq!(faults("<c t=\"str\"><f>IF(A9=\"\",\"\",A9)</f><v></v></c>"), (1, 0));
    assert_eq!(faults("<c t=\"str\"><f>IF(A9=\"\",\"\",A9)</f><v/></c>"), (1, 0));
    assert_eq!(faults("<c><f>A9</f><v></v></c>"), (1, 2));
    assert_eq!(faults("<c t=\"str\"><f>A9</f><v>Budi</v></c>"), (1, 2));
}
