//! What a file reader produces: rows of cells, before the meaning of the columns is known.

use super::unread_sheet::UnreadSheet;
use crate::domain::characters::only_formats;
use std::ops::ControlFlow;

/// Most rows in a sheet of an XLSX file.
pub const SHEET_ROWS_MAX: u32 = 1_048_576;
/// Columns of a sheet that are read: one less than an XLSX file can have, so that a copy has room for its remarks. What
/// stands further right in a row of the table is told as a cell of the column with this number.
pub const COLUMNS_MAX: u32 = 16_383;

/// The content of one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    /// A finite number as written in the file, such as `1.97001011995031E+17`.
    Number(String),
    /// A formula, as the value that the spreadsheet last computed.
    Formula(String),
    /// An error value such as `#N/A`.
    Error(String),
    /// A cell whose markup is broken or whose shared string doesn't exist. U+FFFD stands for what can't be read.
    Damaged(String),
}

impl Cell {
    /// The text that the cell shows.
    pub fn shown(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Formula(text) | Self::Error(text) | Self::Damaged(text) => {
                text
            }
        }
    }

    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.chars().all(|c| c.is_whitespace() || only_formats(c)))
    }
}

/// A rectangle of merged cells; rows from 1, columns from 0, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    pub rows: (u32, u32),
    pub columns: (u32, u32),
}

/// One row of a file: its number on the sheet, from 1, and its non-empty cells by column, from 0. They go from left to
/// right, and each column has one cell. Numbers of rows that a file made up may fall or repeat.
pub struct RawRow<'a> {
    pub row: u32,
    /// The spreadsheet doesn't show the row, because it is hidden or filtered out.
    pub is_hidden: bool,
    pub cells: &'a [(u32, Cell)],
}

impl<'a> RawRow<'a> {
    /// The cells that may be headings: all but one right of [`COLUMNS_MAX`].
    pub fn headings(&self) -> &'a [(u32, Cell)] {
        &self.cells[..self.cells.partition_point(|(column, _)| *column < COLUMNS_MAX)]
    }

    /// What the cells that aren't blank show.
    pub fn filled(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.cells.iter().filter(|(_, cell)| !cell.is_blank()).map(|(_, cell)| cell.shown().trim())
    }
}

/// Rows between two progress reports.
pub const PROGRESS_EVERY_ROWS: u32 = 1_000;

/// How much a sink depends on the cells of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnNeed {
    /// The cells are not decoded.
    Unneeded,
    /// The cells are decoded, and left out where a limit on text or steps leaves no room for them.
    IfRoom,
    /// The cells are decoded. A limit that they exceed refuses the file.
    Needed,
}

/// Takes the rows of a file, sheet by sheet, in order.
pub trait RowSink {
    fn sheet(&mut self, name: &str);
    /// How much the cells of this column are needed in the next row.
    fn need(&self, column: u32) -> ColumnNeed;
    /// `Break` ends the reading early, as when it was cancelled.
    fn row(&mut self, row: RawRow<'_>) -> ControlFlow<()>;
    /// Columns that the spreadsheet doesn't show, from 0, both ends included. Reported before the rows of the sheet.
    fn hidden_columns(&mut self, _columns: (u32, u32)) {}
    /// A sheet that the spreadsheet doesn't show. Its rows are not passed on. Reported after all sheets.
    fn hidden_sheet(&mut self, _sheet: UnreadSheet) {}
    /// An area of merged cells. Reported after the rows of the sheet.
    fn merged(&mut self, area: Merged);
    /// Reports how much of the file has been read, from time to time. Both figures are bytes after unpacking. `Break`
    /// ends the reading.
    fn progress(&mut self, done: u64, total: u64) -> ControlFlow<()>;
}

/// The letters that a spreadsheet gives a column: 0 is `A`, 26 is `AA`.
pub fn column_letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).expect("less than 26");
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// Row (from 1) and column (from 0) of a reference such as `AB12`; `None` if it is malformed or out of range.
pub fn parse_reference(reference: &str) -> Option<(u32, u32)> {
    let split = reference.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = reference.split_at(split);
    if letters.is_empty() || letters.len() > 3 || digits.len() > 7 {
        return None;
    }
    let mut column = 0u32;
    for letter in letters.bytes() {
        if !letter.is_ascii_uppercase() {
            return None;
        }
        column = column * 26 + u32::from(letter - b'A') + 1;
    }
    Some((digits.parse().ok().filter(|row| *row > 0)?, column - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_are_named_as_in_a_spreadsheet() {
        assert_eq!(["A", "Z", "AA", "BQ"], [0, 25, 26, 68].map(column_letters).each_ref().map(String::as_str));
        assert_eq!(parse_reference("AA10"), Some((10, 26)));
        assert_eq!(["", "A", "1", "a1", "A0", "AAAA1"].map(parse_reference), [None; 6]);
    }

    proptest! {
        #[test]
        fn references_read_back(row in 1u32..1_048_577, column in 0u32..16_384) {
            prop_assert_eq!(parse_reference(&format!("{}{row}", column_letters(column))), Some((row, column)));
        }
    }
}
