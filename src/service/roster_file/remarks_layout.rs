//! Where the column of remarks stands in the copy of a refused file: beside the numbers, or beside the names if there
//! are none. What stands right of it moves by one column. Where people said by letters what one of those columns holds,
//! the remarks stand right of all columns instead. A copy of a copy has them where the first copy has them.

use super::cell::{COLUMNS_MAX, column_letters, parse_reference};
use super::fault::{Fault, FaultKind, HeaderPlace};
use super::field::Field;

/// The columns of a sheet's copy. Columns are those of the file, but for [`Self::remarks`].
pub struct RemarksLayout {
    /// The column of remarks in the copy.
    pub remarks: u32,
    /// From this column on the file's columns stand one further right in the copy.
    pub moves_from: Option<u32>,
    /// The last column of the header.
    pub last: u32,
    /// Which rows of the sheet are the header, counted from 1: the first one, and the one after the last.
    pub rows: (u32, u32),
    /// The columns that are read.
    read: Vec<u32>,
    /// Columns of people's numbers.
    numbers: Vec<u32>,
    /// Columns of codes of institutions and units.
    codes: Vec<u32>,
    /// Columns with the remarks of earlier copies.
    earlier: Vec<u32>,
}

impl RemarksLayout {
    /// `beyond` is the rightmost column with a cell beyond the header, if there is one.
    pub fn of(header: &HeaderPlace, beyond: Option<u32>) -> Self {
        let columns = |fields: &[Field]| -> Vec<u32> {
            let of = |field: &Field| header.columns.iter().find(|(known, _)| known == field).map(|(_, column)| *column);
            fields.iter().filter_map(of).collect()
        };
        let numbers = columns(&[Field::Identifier, Field::Number]);
        let beside = numbers.first().or(columns(&[Field::Name]).first()).map_or(0, |column| column + 1);
        let stays = header.said_last.is_some_and(|said| said >= beside);
        let (remarks, moves_from) = match (header.remarks.first(), stays) {
            // An earlier copy's, wherever another column of numbers was chosen since.
            (Some(earlier), _) => (*earlier, None),
            (None, true) => (header.beside.max(beyond.map_or(0, |column| column + 1)), None),
            (None, false) => (beside, Some(beside)),
        };
        Self {
            remarks,
            moves_from,
            last: header.beside.saturating_sub(1),
            rows: (header.first, header.first + header.rows),
            read: header.columns.iter().map(|(_, column)| *column).collect(),
            numbers,
            codes: columns(&[Field::InstitutionCode, Field::UnitId]),
            earlier: header.remarks.clone(),
        }
    }

    pub fn knows(&self, column: u32) -> bool {
        self.read.contains(&column)
    }

    /// Where a column of the file stands in the copy.
    pub fn place(&self, column: u32) -> u32 {
        column + u32::from(self.moves_from.is_some_and(|from| column >= from))
    }

    /// Whether a column of the file holds the remarks of an earlier copy, which are left out.
    pub fn replaces(&self, column: u32) -> bool {
        self.earlier.contains(&column)
    }

    /// Whether a column of the file is text.
    pub fn is_text(&self, column: u32) -> bool {
        self.numbers.contains(&column) || self.codes.contains(&column)
    }

    /// The columns of people's numbers in the copy.
    pub fn number_columns(&self) -> impl Iterator<Item = u32> {
        self.numbers.iter().map(|column| self.place(*column))
    }

    /// The columns in the copy that are text.
    pub fn text_columns(&self) -> impl Iterator<Item = u32> {
        self.numbers.iter().chain(&self.codes).map(|column| self.place(*column))
    }
}

/// The column of a fault.
pub fn column_of(fault: &Fault) -> Option<u32> {
    let letters = letters(&fault.column);
    parse_reference(&format!("{letters}1")).map(|(_, column)| column)
}

/// The fault as it stands in a copy whose columns from `from` on are one further right.
pub fn moved(fault: &Fault, from: u32) -> Fault {
    let mut moved = fault.clone();
    if let Some(column) = column_of(fault).filter(|column| *column >= from) {
        let rest = &fault.column[letters(&fault.column).len()..];
        moved.column = format!("{}{rest}", column_letters((column + 1).min(COLUMNS_MAX)));
    }
    if let FaultKind::Merged { range, .. } = &mut moved.kind {
        let corners: Vec<String> = range.split(':').map(|corner| moved_reference(corner, from)).collect();
        *range = corners.join(":");
    }
    moved
}

fn moved_reference(reference: &str, from: u32) -> String {
    match parse_reference(reference) {
        Some((row, column)) if column >= from => format!("{}{row}", column_letters(column + 1)),
        _ => reference.to_owned(),
    }
}

fn letters(column: &str) -> &str {
    let end = column.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(column.len());
    &column[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::roster_file::cell::{Cell, RawRow};
    use crate::service::roster_file::column_choices::ColumnChoices;
    use crate::service::roster_file::header_rows::HeaderSearch;

    fn layout(labels: &[&str], said: &[&str]) -> RemarksLayout {
        let cells: Vec<(u32, Cell)> =
            (0..).zip(labels).map(|(column, label)| (column, Cell::Text((*label).into()))).collect();
        let choices = ColumnChoices::parse(said.iter().copied()).unwrap();
        let found = HeaderSearch::default().find(&RawRow { row: 1, is_hidden: false, cells: &cells }, &choices);
        RemarksLayout::of(&found.unwrap().place(1), None)
    }

    #[test]
    fn remarks_stand_beside_the_numbers_and_an_earlier_copy_s_are_replaced() {
        let first = layout(&["No", "NIP", "Nama", "Keterangan"], &[]);
        assert_eq!((first.remarks, [0, 1, 2, 3].map(|column| first.place(column))), (2, [0, 1, 3, 4]));
        for heading in ["KETERANGAN PEMERIKSAAN", "REMARKS OF THE CHECK: B (NIP): x"] {
            let again = layout(&["No", "NIP", heading, "Nama"], &[]);
            assert_eq!((again.remarks, again.place(3), again.replaces(2)), (2, 3, true));
        }
        let own = layout(&["NIP", "KETERANGAN", "Nama"], &[]);
        assert!(!own.replaces(1) && own.place(1) == 2, "the sender's own column");
        assert_eq!(layout(&["Nama", "Unit"], &[]).remarks, 1);
        // Another column of numbers was chosen since.
        let chosen = layout(&["No", "NIP", "KETERANGAN PEMERIKSAAN: B (NIP): x", "Nama", "Kode"], &["NIP=E"]);
        assert_eq!((chosen.remarks, chosen.place(4), chosen.replaces(2)), (2, 4, true));
        // What only begins alike is the sender's own.
        let own = layout(&["NIP", "Keterangan Pemeriksaan Inspektorat", "Nama"], &[]);
        assert_eq!((own.remarks, own.place(1), own.replaces(1)), (1, 2, false));
    }

    #[test]
    fn no_column_moves_of_which_people_said_what_it_holds() {
        let labels = ["Nama", "Kode", "Unit", "Bagian"];
        let said = layout(&labels, &["NIP=B", "UNIT=D"]);
        assert_eq!((said.remarks, said.place(3)), (4, 3));
        let left = layout(&labels, &["NIP=B"]);
        assert_eq!((left.remarks, left.place(3)), (2, 4));
    }

    #[test]
    fn a_fault_names_its_column_of_the_copy() {
        let fault = |column: &str, kind: FaultKind| Fault {
            sheet: "".into(),
            row: 3,
            column: column.into(),
            value: String::new(),
            kind,
        };
        let of = |column: &str| moved(&fault(column, FaultKind::NameMissing), 2).column;
        assert_eq!([of("B (NIP)"), of("C (Nama)"), of("Z"), of("")], ["B (NIP)", "D (Nama)", "AA", ""]);
        let merged = moved(&fault("C (Nama)", FaultKind::Merged { range: "B3:C4".into(), fills: false }), 2);
        assert_eq!(merged.kind, FaultKind::Merged { range: "B3:D4".into(), fills: false });
        assert_eq!(column_of(&merged), Some(3));
    }
}
