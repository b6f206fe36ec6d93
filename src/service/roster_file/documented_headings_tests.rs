//! `docs/roster.md` lists the headings that are read.

use super::cell::Cell;
use super::field::Field;
use super::header::{Header, find_header};

const DOCUMENT: &str = include_str!("../../../docs/roster.md");
const FIELDS: [(&str, Field); 18] = [
    ("NIP atau NI PPPK", Field::Identifier),
    ("nomor peserta", Field::Number),
    ("nama", Field::Name),
    ("gelar depan", Field::FrontTitle),
    ("gelar belakang", Field::BackTitle),
    ("instansi", Field::Institution),
    ("kode instansi", Field::InstitutionCode),
    ("perangkat daerah", Field::ParentUnit),
    ("unit kerja", Field::Unit),
    ("sub unit kerja", Field::SubUnit),
    ("kode unit", Field::UnitId),
    ("tempat kerja", Field::Location),
    ("pangkat", Field::Rank),
    ("golongan", Field::Grade),
    ("jabatan", Field::Position),
    ("jenis pegawai", Field::Employment),
    ("CPNS atau PNS", Field::CivilStatus),
    ("kedudukan hukum (disebut dalam laporan, tidak disimpan)", Field::LegalStanding),
];

fn header(labels: &[&str]) -> Header {
    let cells: Vec<(u32, Cell)> =
        (0..).zip(labels).map(|(column, label)| (column, Cell::Text((*label).into()))).collect();
    find_header(&cells).unwrap_or_else(|| panic!("{labels:?} is no header"))
}

#[test]
fn the_document_lists_headings_in_the_order_in_which_they_are_preferred() {
    for (content, field) in FIELDS {
        let row = DOCUMENT.lines().find_map(|line| line.strip_prefix(&format!("| {content} | ")));
        let headings: Vec<&str> =
            row.unwrap_or_else(|| panic!("no row for {content}")).trim_end_matches(" |").split(", ").collect();
        // A header has a name and another column.
        let other = if field == Field::Name { ["NIP", "UNIT"] } else { ["NAMA", "KETERANGAN"] };
        for (at, heading) in headings.iter().enumerate() {
            let alone = header(&[other[0], heading, other[1]]);
            assert_eq!(alone.of(field).map(|column| column.column), Some(1), "{heading}");
            for later in &headings[at + 1..] {
                let both = header(&[other[0], later, heading]);
                assert_eq!(both.of(field).map(|column| column.label.as_str()), Some(*heading), "{heading} and {later}");
            }
        }
    }
    let rows = DOCUMENT.lines().filter(|line| line.starts_with("| ")).count();
    assert_eq!(rows, FIELDS.len() + 1, "a row for each field, and the table's heading");
}
