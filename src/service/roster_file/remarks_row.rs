//! One row of the copy of a refused file: its cells, with the colours of faults.

use super::cell::{COLUMNS_MAX, Cell};
use super::fault::Fault;
use super::remarks_layout::{RemarksLayout, column_of};
use rust_xlsxwriter::{Color, Format, Worksheet, XlsxError};

/// Longest number that is kept as it is written, in bytes. A spreadsheet keeps 15 digits.
const NUMBER_BYTES_MAX: usize = 15;
/// Longest text of a cell in an XLSX file, in UTF-16 units. The rest is cut off.
pub const CELL_UNITS_MAX: usize = 32_767;
/// Columns from the left whose empty cells are coloured in a faulty row.
const COLOURED_COLUMNS_MAX: u32 = 100;
/// Colour of the rows with a fault, of the cells at fault, and of the remarks.
const ROW_COLOUR: Color = Color::RGB(0x00FF_F2CC);
const CELL_COLOUR: Color = Color::RGB(0x00F8_CBAD);

/// The formats of cells. `[1]` is for columns of numbers, which are text.
pub struct CellStyles {
    pub plain: [Format; 2],
    pub in_row: [Format; 2],
    pub at_fault: [Format; 2],
    pub heading: Format,
}

impl CellStyles {
    pub fn new() -> Self {
        let both = |format: Format| [format.clone(), format.set_num_format("@")];
        Self {
            plain: both(Format::new()),
            in_row: both(Format::new().set_background_color(ROW_COLOUR)),
            at_fault: both(Format::new().set_background_color(CELL_COLOUR)),
            heading: Format::new().set_bold().set_background_color(CELL_COLOUR),
        }
    }
}

/// One row of the copy.
pub struct CopiedRow<'a> {
    /// From 0.
    pub row: u32,
    pub layout: Option<&'a RemarksLayout>,
    pub faults: &'a [&'a Fault],
    pub styles: &'a CellStyles,
}

impl CopiedRow<'_> {
    pub fn put_cells(&self, out: &mut Worksheet, cells: &[(u32, Cell)]) -> Result<(), XlsxError> {
        let at_fault: Vec<u32> = self.faults.iter().filter_map(|fault| column_of(fault)).collect();
        let is_kept = |column: u32| self.layout.is_none_or(|layout| !layout.replaces(column));
        for (column, cell) in cells.iter().filter(|(column, _)| is_kept(*column)) {
            self.put_cell(out, *column, cell, &at_fault)?;
        }
        let Some(layout) = self.layout.filter(|_| !self.faults.is_empty()) else { return Ok(()) };
        for column in (0..=layout.last.min(COLOURED_COLUMNS_MAX)).filter(|column| is_kept(*column)) {
            if cells.binary_search_by_key(&column, |(at, _)| *at).is_err() {
                let format = self.format(column, &at_fault);
                out.write_blank(self.row, sheet_column(layout.place(column)), format)?;
            }
        }
        Ok(())
    }

    fn format(&self, column: u32, at_fault: &[u32]) -> &Format {
        let of_kind = match (self.faults.is_empty(), at_fault.contains(&column)) {
            (true, _) => &self.styles.plain,
            (false, true) => &self.styles.at_fault,
            (false, false) => &self.styles.in_row,
        };
        &of_kind[usize::from(self.layout.is_some_and(|layout| layout.is_text(column)))]
    }

    /// A number of a known column that would be read back as another text, such as the code `16.10`, becomes text.
    fn put_cell(&self, out: &mut Worksheet, column: u32, cell: &Cell, at_fault: &[u32]) -> Result<(), XlsxError> {
        let is_known = self.layout.is_some_and(|layout| layout.knows(column));
        let changes =
            |number: f64, text: &str| is_known && text.len() <= NUMBER_BYTES_MAX && number.to_string() != text;
        let format = self.format(column, at_fault);
        let column = sheet_column(self.layout.map_or(column, |layout| layout.place(column)));
        match cell {
            Cell::Number(text) => match text.parse::<f64>() {
                Ok(number) if !changes(number, text) => {
                    out.write_number_with_format(self.row, column, number, format)?
                }
                _ => out.write_string_with_format(self.row, column, cut(text, CELL_UNITS_MAX), format)?,
            },
            cell => out.write_string_with_format(self.row, column, cut(cell.shown(), CELL_UNITS_MAX), format)?,
        };
        Ok(())
    }
}

/// The longest beginning of a text that fits into `units_max` UTF-16 units.
pub fn cut(text: &str, units_max: usize) -> &str {
    let mut units = 0;
    let fits = |(_, c): &(usize, char)| {
        units += c.len_utf16();
        units <= units_max
    };
    let end = text.char_indices().take_while(fits).last().map_or(0, |(at, c)| at + c.len_utf8());
    &text[..end]
}

/// The column of an XLSX file. What would stand right of the last one stands there.
pub fn sheet_column(column: u32) -> u16 {
    u16::try_from(column.min(COLUMNS_MAX)).expect("an XLSX file has fewer columns than fit 16 bits")
}
