//! The columns of a sheet that are not read: what their first filled cells hold, and cells outside every column.
//!
//! A column whose heading nobody knows may be the one that tells people apart. Its cells do tell.

use super::cell::{Cell, ColumnNeed, RawRow, column_letters};
use super::column_choices::HeadingKeys;
use super::column_report::{ColumnReading, ColumnUse, SAMPLES_MAX};
use super::fault::shortened;
use super::field::{ColumnSource, Field};
use super::header::{Header, field_of};
use super::row_values::stands_for_nothing;
use crate::domain::identifier::Identifier;

/// Filled cells of each unread column that are looked at.
pub const CELLS_WATCHED_MAX: u16 = 200;
/// What is known of the columns of one sheet, from its header down.
#[derive(Default)]
pub struct ColumnWatch {
    columns: Vec<WatchedColumn>,
    /// The first column right of the table. From here on only columns with a heading may hold something.
    end: usize,
    /// A column beyond the others that isn't the sender's.
    remarks: Option<u32>,
}

/// A column, read or not.
#[derive(Default)]
pub struct WatchedColumn {
    /// The heading as written, shortened; empty if there is none.
    pub heading: String,
    /// How the column is read.
    pub field: Option<Field>,
    /// Who decided that.
    source: ColumnSource,
    /// The letters and digits of the heading.
    key: String,
    /// The first distinct values, shortened.
    pub samples: Vec<String>,
    /// Those of rows that are left out, for a column that nobody else has anything in.
    left_out: Vec<String>,
    filled: u16,
    /// Of them, those that stand for nothing, such as a hyphen.
    blanks: u16,
    /// National numbers in rows that are read without one.
    unread_numbers: u16,
}

impl ColumnWatch {
    pub fn new(header: &Header) -> Self {
        let mut columns: Vec<WatchedColumn> = vec![];
        columns.resize_with(header.last() as usize + 1, WatchedColumn::default);
        let mut keys = HeadingKeys::default();
        for (column, heading) in &header.headings {
            if let Some(watched) = columns.get_mut(*column as usize) {
                watched.heading.clone_from(heading);
                watched.key = keys.next(heading);
            }
        }
        for known in header.columns() {
            let watched = &mut columns[known.column as usize];
            (watched.field, watched.source) = (Some(known.field), known.source);
        }
        for (column, source) in &header.not_kept {
            if let Some(watched) = columns.get_mut(*column as usize) {
                watched.source = *source;
            }
        }
        Self { columns, end: header.end() as usize, remarks: header.remarks() }
    }

    /// How much the cells of a column are needed in the next row. Those right of the last heading always are, because
    /// they show that a row has slipped.
    pub fn need(&self, column: u32) -> ColumnNeed {
        match self.columns.get(column as usize) {
            Some(watched) if watched.field.is_some() => ColumnNeed::Needed,
            None if self.remarks == Some(column) => ColumnNeed::Unneeded,
            Some(watched) if watched.filled >= CELLS_WATCHED_MAX && !self.is_beyond(column) => ColumnNeed::Unneeded,
            _ => ColumnNeed::IfRoom,
        }
    }

    /// The rightmost filled cell right of the table.
    pub fn beyond<'a>(&self, row: &RawRow<'a>) -> Option<&'a (u32, Cell)> {
        let mut beyond = row.cells.iter().rev().take_while(|(column, _)| *column as usize >= self.end);
        beyond.find(|(column, cell)| self.is_beyond(*column) && !cell.is_blank())
    }

    /// Whether a column is right of the table, without a heading of its own.
    fn is_beyond(&self, column: u32) -> bool {
        let is_headed = || self.columns.get(column as usize).is_some_and(|watched| !watched.heading.is_empty());
        column as usize >= self.end && Some(column) != self.remarks && !is_headed()
    }

    /// Looks at the cells of a person's row.
    pub fn see(&mut self, row: &RawRow<'_>) {
        let mut has_number = None;
        for (column, cell) in row.cells {
            let Some(watched) = self.columns.get(*column as usize) else { return };
            if watched.field.is_some() && watched.samples.len() >= SAMPLES_MAX || cell.is_blank() {
                continue;
            }
            let is_unread = watched.field.is_none() && is_national(cell);
            let is_lost = is_unread && !*has_number.get_or_insert_with(|| self.reads_a_number(row));
            let watched = &mut self.columns[*column as usize];
            watched.filled = watched.filled.saturating_add(1);
            watched.blanks += u16::from(watched.field.is_none() && stands_for_nothing(cell));
            watched.unread_numbers += u16::from(is_lost);
            let shown = cell.shown().trim();
            if watched.samples.len() < SAMPLES_MAX && !watched.samples.iter().any(|sample| sample == shown) {
                let value = shortened(shown);
                if !watched.samples.contains(&value) {
                    watched.samples.push(value);
                }
            }
        }
    }

    /// Looks at the cells of a row that is left out.
    pub fn see_left_out(&mut self, row: &RawRow<'_>) {
        for (column, cell) in row.cells.iter().filter(|(_, cell)| !cell.is_blank()) {
            let Some(watched) = self.columns.get_mut(*column as usize) else { return };
            if watched.left_out.len() < SAMPLES_MAX {
                let value = shortened(cell.shown().trim());
                if !watched.left_out.contains(&value) {
                    watched.left_out.push(value);
                }
            }
        }
    }

    fn reads_a_number(&self, row: &RawRow<'_>) -> bool {
        row.cells.iter().any(|(column, cell)| {
            let field = self.columns.get(*column as usize).and_then(|watched| watched.field);
            matches!(field, Some(Field::Identifier | Field::Number)) && is_national(cell)
        })
    }

    /// The first column that isn't read although most of its cells are national numbers, of people who have no other.
    pub fn unread_numbers(&self) -> Option<(u32, &WatchedColumn)> {
        (0..)
            .zip(&self.columns)
            .filter(|(_, watched)| watched.source == ColumnSource::Heading)
            .find(|(_, watched)| watched.loses_numbers())
    }

    /// Columns that have a heading or hold something, and what they are read as.
    pub fn readings<'a>(&'a self, sheet: &'a str) -> impl Iterator<Item = ColumnReading> + 'a {
        let told = (0..)
            .zip(&self.columns)
            .filter(|(_, watched)| !watched.heading.is_empty() || watched.filled > 0 || watched.field.is_some());
        told.map(move |(column, watched)| ColumnReading {
            sheet: sheet.to_owned(),
            more_sheets: 0,
            column: column_letters(column),
            heading: watched.heading.clone(),
            key: watched.key.clone(),
            samples: if watched.samples.is_empty() { &watched.left_out } else { &watched.samples }.clone(),
            read_as: watched.read_as(),
            source: watched.source,
        })
    }

    /// Columns without a heading, left of the last one, that hold something.
    pub fn unnamed(&self) -> impl Iterator<Item = (u32, &WatchedColumn)> {
        let is_unnamed = |watched: &WatchedColumn| {
            watched.heading.is_empty()
                && watched.filled > 0
                && watched.field.is_none()
                && watched.source == ColumnSource::Heading
        };
        (0..).zip(&self.columns).filter(move |(_, watched)| is_unnamed(watched))
    }
}

impl WatchedColumn {
    /// Whether it holds numbers of people who have no other: where its heading names numbers a single one is enough,
    /// else half of what it holds.
    fn loses_numbers(&self) -> bool {
        let names_numbers = || matches!(field_of(&self.heading), Some((Field::Identifier | Field::Number, _)));
        self.unread_numbers > 0 && (self.unread_numbers * 2 >= self.filled - self.blanks || names_numbers())
    }

    fn read_as(&self) -> ColumnUse {
        match self.field {
            Some(field) => ColumnUse::Read(field),
            None if self.source != ColumnSource::Heading || field_of(&self.heading).is_some() => ColumnUse::NotKept,
            None => ColumnUse::Unknown,
        }
    }
}

/// Whether a cell holds a NIP or NI PPPK, or what a spreadsheet has made of one.
fn is_national(cell: &Cell) -> bool {
    let text = cell.shown().trim();
    if text.len() > 60 {
        return false;
    }
    let number = text.trim_start_matches(|c: char| c.is_alphabetic() || matches!(c, '.' | ':' | ' ')).trim();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if digits.len() == 18 {
        let is_rest_punctuation = number.chars().all(|c| !c.is_alphanumeric() || c.is_ascii_digit());
        let is_rounded = digits.ends_with("000");
        return is_rest_punctuation && (is_rounded || Identifier::parse(&digits).is_ok());
    }
    // 1.98001012005012E+17
    let value: Option<f64> = number.contains(['E', 'e']).then(|| number.replace(',', ".").parse().ok()).flatten();
    value.is_some_and(|value| (1.9e17..2.1e17).contains(&value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn national_numbers_are_known_as_people_and_spreadsheets_write_them() {
        for text in [
            "198001012005012001",
            "19800101 200501 2 001",
            "'198001012005012001",
            "19800101.200501.2.001",
            "198001012005012000",
            "NIP. 198001012005012001",
            "1980\u{200B}01012005012001",
            "1.98001012005012E+17",
            "1,98001E+17",
        ] {
            assert!(is_national(&Cell::Text(text.into())), "{text:?}");
        }
        for text in
            ["", "-", "1671010101800001", "081234567890", "19801301200501200", "Budi", "991301012005012001", "1E+3"]
        {
            assert!(!is_national(&Cell::Text(text.into())), "{text:?}");
        }
    }
}
