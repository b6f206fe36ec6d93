//! Files built to exhaust time or memory, and files of arbitrary bytes. Each reading ends within its budget, counted in
//! steps and held bytes, without a panic.

use super::budget::{Budget, HELD_BYTES_MAX, STEPS_MAX};
use super::cell::{ColumnNeed, Merged, RawRow, RowSink};
use super::checker::Checker;
use super::comparison::Comparison;
use super::kept_values::MissingColumns;
use super::numbering::{KnownNumbers, NumberGiven, Waiting, numbered_before};
use super::surroundings::Surroundings;
use super::target::Target;
use super::unit_tree::{UnitCode, UnitTree, path};
use super::workbook::RELATIONS_MAX;
use super::{RosterFileError, header, read_rows, text_encoding};
use crate::domain::identifier::Identifier;
use crate::domain::ids::ParticipantId;
use crate::domain::institution::Institution;
use crate::domain::participant::Participant;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Steps that any of the small files below may take.
const SMALL_STEPS_MAX: u64 = 500_000;

/// Accepts people and drops them.
struct Anywhere;

impl Surroundings for Anywhere {
    fn identify(&self, identifier: &Identifier) -> ParticipantId {
        let hash: [u8; 32] = Sha256::digest(identifier.shown()).into();
        ParticipantId(hash[..16].try_into().unwrap())
    }
    fn person(&mut self, _: Participant, _: &UnitTree) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
    fn progress(&mut self, _: u64, _: u64, _: f64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    file
}

/// Reads and checks a file as an import does, and returns the number of people.
fn checked(bytes: &[u8], budget: &Budget) -> Result<u64, RosterFileError> {
    let institution =
        Institution { code: "16".into(), name: "Provinsi".into(), position: 0, help_contact: String::new() };
    let target = Target::new(vec![institution], None).unwrap();
    let mut anywhere = Anywhere;
    let mut checker = Checker::new(&mut anywhere, target, KnownNumbers::default(), budget.clone());
    read_rows(file(bytes), &mut checker, budget)?;
    checker.finish()?;
    Ok(checker.people)
}

pub(super) fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const WORKBOOK: &str = r#"<workbook><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>"#;

fn relation(id: &str, kind: &str) -> String {
    format!(r#"<Relationship Id="{id}" Type="http://x/{kind}" Target="worksheets/sheet1.xml"/>"#)
}

fn relations() -> String {
    format!("<Relationships>{}</Relationships>", relation("r1", "worksheet"))
}

pub(super) fn workbook(strings: &str, sheet: &str) -> Vec<u8> {
    zipped(&[
        ("xl/_rels/workbook.xml.rels", &relations()),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/sharedStrings.xml", strings),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}

const STRINGS: &str =
    "<sst><si><t>NIP</t></si><si><t>Nama</t></si><si><t>197001011995031001</t></si><si><t>Siti</t></si></sst>";
const SHEET: &str = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c></row>\
    <row r=\"2\"><c r=\"A2\" t=\"s\"><v>2</v></c><c r=\"B2\" t=\"s\"><v>3</v></c></row></sheetData></worksheet>";
const CSV: &str = "NIP;Nama;Unit Kerja\n197001011995031001;\"Siti; M.Si.\";Dinas\n";

#[test]
fn the_honest_ones_are_read() {
    let budget = Budget::for_test(SMALL_STEPS_MAX);
    assert_eq!(checked(&workbook(STRINGS, SHEET), &budget).unwrap(), 1);
    assert_eq!(checked(CSV.as_bytes(), &budget).unwrap(), 1);
}

/// 250,000 relations once took over two minutes, because each was searched for among all others.
#[test]
fn relations_are_read_once_and_have_a_limit() {
    let many = |kind: &str, sheets: &str| {
        let mut relations = String::from("<Relationships>");
        for number in 0..250_000 {
            relations += &relation(&format!("x{number}"), kind);
        }
        let _ = write!(relations, "{}</Relationships>", relation("r1", "worksheet"));
        let workbook = format!("<workbook><sheets>{sheets}</sheets></workbook>");
        zipped(&[
            ("xl/_rels/workbook.xml.rels", &relations),
            ("xl/workbook.xml", &workbook),
            ("xl/sharedStrings.xml", STRINGS),
            ("xl/worksheets/sheet1.xml", SHEET),
        ])
    };
    let unknown = r#"<sheet name="A" sheetId="1" r:id="none"/>"#.repeat(1_000) + r#"<sheet name="A" r:id="r1"/>"#;
    let budget = Budget::for_test(SMALL_STEPS_MAX);
    assert_eq!(checked(&many("theme", &unknown), &budget).unwrap(), 1);
    let budget = Budget::for_test(SMALL_STEPS_MAX);
    let refused = checked(&many("worksheet", &unknown), &budget);
    assert!(matches!(refused, Err(RosterFileError::TooManyRelations)));
    assert!(budget.steps() <= RELATIONS_MAX as u64 + 10);
}

#[test]
fn a_container_of_very_many_parts_is_refused_before_their_names_fill_the_memory() {
    let names: Vec<String> = (0..80_000).map(|number| format!("{number:030}")).collect();
    let parts: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let refused = checked(&zipped(&parts), &Budget::for_test(SMALL_STEPS_MAX));
    assert!(matches!(refused, Err(RosterFileError::TooManyEntries)), "{refused:?}");
}

/// A file of a few kilobytes in which each row would take gigabytes.
#[test]
fn one_long_string_in_every_cell_of_a_row_is_refused() {
    let strings = format!("<sst><si><t>{}</t></si></sst>", "a".repeat(200_000));
    let mut sheet = String::from("<worksheet><sheetData><row>");
    sheet += &"<c t=\"s\"><v>0</v></c>".repeat(10_000);
    sheet += "</row></sheetData></worksheet>";
    let refused = checked(&workbook(&strings, &sheet), &Budget::for_test(STEPS_MAX));
    assert!(matches!(refused, Err(RosterFileError::RowTooLong)), "{refused:?}");
}

#[test]
fn work_beyond_the_budget_is_refused_and_names_it() {
    let rows = "197001011995031001;Siti;Dinas\n".repeat(1_000);
    let text = format!("NIP;Nama;Unit Kerja\n{rows}");
    let refused = checked(text.as_bytes(), &Budget::for_test(1_000));
    assert!(matches!(refused, Err(RosterFileError::TooMuchWork { limit: 1_000 })));
    let row = "<row><c><v>1</v></c></row>".repeat(1_000);
    let sheet = format!("<worksheet><sheetData>{row}</sheetData></worksheet>");
    let refused = checked(&workbook(STRINGS, &sheet), &Budget::for_test(1_000));
    assert!(matches!(refused, Err(RosterFileError::TooMuchWork { limit: 1_000 })));
}

/// Numbers already seen, units, people without a number: each is counted before it is kept.
#[test]
fn memory_beyond_the_budget_is_refused_whatever_fills_it() {
    let lines = |line: &dyn Fn(u32) -> String| (0..2_000).map(line).collect::<String>();
    for (what, head, body) in [
        ("numbers", "NIP;Nama", lines(&|n| format!("19700101199503{};Siti\n", 1_001 + n % 900))),
        ("units", "NIP;Nama;Unit Kerja", lines(&|n| format!("197001011995031001;Siti;Unit {n}\n"))),
        ("nobody", "Nama;Unit Kerja", lines(&|_| "Siti;Dinas\n".into())),
        ("participant numbers", "Nomor Peserta;Nama", lines(&|n| format!("{};Siti\n", 100 + n))),
    ] {
        let budget = Budget::with_pools(STEPS_MAX, 0, 20_000);
        let refused = checked(format!("{head}\n{body}").as_bytes(), &budget);
        assert!(matches!(refused, Err(RosterFileError::TooMuchMemory)), "{what}: {refused:?}");
    }
    // Every fault is counted, and kept while there is room.
    let text = format!("NIP;Nama\n{}", "1;Siti\n".repeat(2_000));
    assert!(checked(text.as_bytes(), &Budget::with_pools(STEPS_MAX, 0, 20_000)).is_ok());
}

/// Restoring the numbers of very many people who share a name takes no more steps than for different names.
#[test]
fn people_of_one_name_get_their_numbers_back_in_order() {
    let mut known = KnownNumbers::default();
    for number in 1..=50_000 {
        known.remember(&numbered_before("16", &format!("{number:06}"), "Siti", ""), "Dinas");
    }
    let mut units = UnitTree::default();
    let unit = units.place((0, "16"), &["Dinas"], &UnitCode::default());
    let mut waiting: Vec<Waiting> = (1..=50_000).map(|row| waiting("Siti", unit, row)).collect();
    let budget = Budget::with_pools(STEPS_MAX, 0, 20_000);
    known.give_back(&mut waiting, &units, &budget).unwrap();
    for (of, number) in waiting.iter().zip(1..) {
        assert_eq!(of.person.identifier.shown(), format!("16-{number:06}"));
    }
    assert!(budget.steps() <= 100_000, "{} steps", budget.steps());
}

fn waiting(name: &str, unit: Option<u32>, row: u32) -> Waiting {
    let person = Participant {
        id: ParticipantId([0; 16]),
        identifier: Identifier::Nip(String::new()),
        shown_name: name.into(),
        institution: "16".into(),
        unit,
        location: String::new(),
        rank: String::new(),
        position: String::new(),
        employment: None,
    };
    Waiting { person, place: (0, row), missing: MissingColumns::default(), number: NumberGiven::NotYet }
}

/// Every pass checks for cancellation: detecting the kind, decoding and reading the file, giving numbers, and
/// comparing.
#[test]
fn a_cancelled_reading_ends_in_each_pass() {
    for bytes in [
        CSV.as_bytes().to_vec(),
        workbook(STRINGS, SHEET),
        [&b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"[..], &[1; 99]].concat(),
    ] {
        let budget = Budget::for_test(SMALL_STEPS_MAX);
        budget.cancel();
        assert!(matches!(checked(&bytes, &budget), Err(RosterFileError::Cancelled)));
    }
    let budget = Budget::for_test(SMALL_STEPS_MAX);
    let mut tree = UnitTree::default();
    tree.place((0, "16"), &["Dinas"], &UnitCode::default());
    budget.cancel();
    assert!(matches!(Comparison::default().finish(&tree.take(), 0, &budget), Err(RosterFileError::Cancelled)));
    let mut anywhere = Anywhere;
    let institution = Institution { code: "16".into(), name: "P".into(), position: 0, help_contact: String::new() };
    let target = Target::new(vec![institution], None).unwrap();
    let budget = Budget::for_test(SMALL_STEPS_MAX);
    let mut checker = Checker::new(&mut anywhere, target, KnownNumbers::default(), budget.clone());
    read_rows(file("Nama;Unit Kerja\nSiti;Dinas\n".as_bytes()), &mut checker, &budget).unwrap();
    budget.cancel();
    assert!(matches!(checker.finish(), Err(RosterFileError::Cancelled)));
}

/// Accepts everything that a reader yields.
struct Any;

impl RowSink for Any {
    fn sheet(&mut self, _: &str) {}
    fn need(&self, column: u32) -> ColumnNeed {
        [ColumnNeed::Needed, ColumnNeed::IfRoom, ColumnNeed::Unneeded][column as usize % 3]
    }
    fn row(&mut self, row: RawRow<'_>) -> ControlFlow<()> {
        let _found = header::find_header(row.cells);
        ControlFlow::Continue(())
    }
    fn merged(&mut self, _: Merged) {}
    fn progress(&mut self, _: u64, _: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Arbitrary bytes, or a good file with parts changed, removed or doubled.
fn bytes(good: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0usize..40, 0u8..3);
    let changed = prop::collection::vec(change, 1..8).prop_map(move |changes| {
        let mut bytes = good.clone();
        for (at, byte, length, how) in changes {
            let at = at.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            let end = (at + length).min(bytes.len());
            match how {
                0 if !bytes.is_empty() => bytes[at] = byte,
                1 => drop(bytes.drain(at..end)),
                _ => {
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        bytes
    });
    prop_oneof![1 => prop::collection::vec(any::<u8>(), 1..400), 4 => changed]
}

fn text(good: &'static str) -> impl Strategy<Value = String> {
    bytes(good.into()).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn within(budget: &Budget, read: Result<impl Sized, RosterFileError>) -> Result<(), TestCaseError> {
    prop_assert!(budget.steps() <= SMALL_STEPS_MAX, "{} steps", budget.steps());
    let is_beyond = matches!(read, Err(RosterFileError::TooMuchWork { .. } | RosterFileError::TooMuchMemory));
    prop_assert!(!is_beyond);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_file_is_read_within_its_budget(bytes in bytes(CSV.into())) {
        let budget = Budget::with_pools(SMALL_STEPS_MAX, 0, 1 << 20);
        within(&budget, checked(&bytes, &budget))?;
        within(&budget, read_rows(file(&bytes), &mut Any, &budget))?;
        within(&budget, text_encoding::detect(&bytes[..], &budget))?;
    }

    #[test]
    fn any_container_is_read_within_its_budget(bytes in bytes(workbook(STRINGS, SHEET))) {
        let budget = Budget::with_pools(SMALL_STEPS_MAX, 0, 1 << 20);
        within(&budget, checked(&bytes, &budget))?;
        within(&budget, read_rows(file(&bytes), &mut Any, &budget))?;
    }

    #[test]
    fn any_parts_of_a_workbook_are_read_within_its_budget(
        strings in text(STRINGS), sheet in text(SHEET), list in text(WORKBOOK), own in any::<bool>(),
    ) {
        let relations = relations();
        let list = if own { WORKBOOK } else { &list };
        let parts = [
            ("xl/_rels/workbook.xml.rels", relations.as_str()),
            ("xl/workbook.xml", list),
            ("xl/sharedStrings.xml", &strings),
            ("xl/worksheets/sheet1.xml", &sheet),
        ];
        let budget = Budget::with_pools(SMALL_STEPS_MAX, 0, 1 << 20);
        within(&budget, checked(&zipped(&parts), &budget))?;
        within(&budget, read_rows(file(&zipped(&parts)), &mut Any, &budget))?;
    }

    #[test]
    fn any_units_make_a_tree_whose_paths_read_back(names in prop::collection::vec((prop::collection::vec(".{1,12}", 0..4), "[ab]?", any::<bool>()), 1..40)) {
        let code = |text, is_of_file| UnitCode { text: Cow::Owned(text), is_of_file };
        let names: Vec<_> = names.into_iter().map(|(names, id, of_file)| (names, code(id, of_file))).collect();
        let mut tree = UnitTree::default();
        let placed: Vec<_> = names.iter().map(|(names, code)| tree.place((0, "16"), names, code)).collect();
        let again: Vec<_> = names.iter().map(|(names, code)| tree.place((0, "16"), names, code)).collect();
        prop_assert_eq!(&placed, &again);
        prop_assert!(tree.bytes() >= placed.iter().flatten().max().map_or(0, |id| *id as usize));
        let units = tree.take();
        for id in placed.into_iter().flatten() {
            prop_assert!(!path(&units, Some(id)).is_empty() && id as usize <= units.len());
        }
    }
}

/// The account is realistic: the data of the largest legitimate roster fits.
#[test]
fn the_most_people_with_numbers_fit_into_memory() {
    assert!(Budget::for_test(STEPS_MAX).hold(64 * usize::try_from(super::ROWS_MAX).unwrap()).is_ok());
    const { assert!(64 * 6_000_000 * 2 <= HELD_BYTES_MAX) };
}
