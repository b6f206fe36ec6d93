//! An exported roster as CSV or XLSX, and the template to fill in.

use super::field::Field;
use super::roster_columns::{ROSTER_COLUMNS, RosterColumn};
use super::roster_export::RosterLine;
use super::words::employment_word;
use crate::domain::employment::EmploymentKind;
use crate::domain::formula_guard::{guarded, unguarded};
use crate::i18n::Localizer;
use rust_xlsxwriter::{DataValidation, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use std::borrow::Cow;
use std::io::{self, Write};

/// People per sheet; further people go to another sheet.
const SHEET_PEOPLE_MAX: usize = 1_000_000;
/// Rows of the template whose kind of employment can be chosen from a list.
const TEMPLATE_ROWS: u32 = 100_000;

/// Writes UTF-8 with a byte order mark, so that spreadsheets read names correctly, separated by commas.
pub fn write_roster_csv(lines: &[RosterLine], w: Localizer, mut out: impl Write) -> io::Result<()> {
    out.write_all("\u{FEFF}".as_bytes())?;
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(ROSTER_COLUMNS.map(|column| column.heading(w)))?;
    for line in lines {
        let cells = ROSTER_COLUMNS.map(|column| column.cell(line, w));
        csv.write_record(cells.iter().map(|cell| guarded(cell).into_owned()))?;
    }
    csv.flush()
}

/// Writes one sheet, or several where the people don't fit one. Every cell is text.
pub fn write_roster_xlsx(
    lines: &[RosterLine],
    w: Localizer,
    out: impl Write + io::Seek + Send,
) -> Result<(), XlsxError> {
    let mut workbook = Workbook::new();
    let text = text_format();
    let mut sheets = lines.chunks(SHEET_PEOPLE_MAX).peekable();
    loop {
        let people = sheets.next().unwrap_or_default();
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        write_headings(sheet, &ROSTER_COLUMNS, w)?;
        for (row, line) in (1u32..).zip(people) {
            for (column, of) in (0u16..).zip(ROSTER_COLUMNS) {
                let cell = of.cell(line, w);
                if !cell.is_empty() {
                    sheet.write_string_with_format(row, column, read_back(&cell), &text)?;
                }
            }
        }
        if sheets.peek().is_none() {
            return workbook.save_to_writer(out);
        }
    }
}

/// Writes a workbook to fill in: a sheet with the headings, and one that explains the columns and isn't read.
pub fn write_roster_template(w: Localizer, out: impl Write + io::Seek + Send) -> Result<(), XlsxError> {
    let columns: Vec<RosterColumn> =
        ROSTER_COLUMNS.into_iter().filter(|column| column.field != Field::UnitId).collect();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name(w.t("roster-template-sheet"))?;
    write_headings(sheet, &columns, w)?;
    let kinds = EmploymentKind::ALL.map(|kind| employment_word(Some(kind), w));
    let choice = DataValidation::new().allow_list_strings(&kinds)?.ignore_blank(true);
    for (at, _) in (0u16..).zip(&columns).filter(|(_, column)| column.field == Field::Employment) {
        sheet.add_data_validation(1, at, TEMPLATE_ROWS, at, &choice)?;
    }
    write_explanation(workbook.add_worksheet(), &columns, w)?;
    workbook.save_to_writer(out)
}

/// A workbook needs no guard, but an apostrophe that an import would take for one gets another.
fn read_back(cell: &str) -> Cow<'_, str> {
    if unguarded(cell) == cell { Cow::Borrowed(cell) } else { guarded(cell) }
}

/// Each column is text, so that a spreadsheet keeps all digits of a number that is typed into it.
fn write_headings(sheet: &mut Worksheet, columns: &[RosterColumn], w: Localizer) -> Result<(), XlsxError> {
    let (bold, text) = (Format::new().set_bold(), text_format());
    for (at, column) in (0u16..).zip(columns) {
        sheet.set_column_width(at, column.width)?;
        sheet.set_column_format(at, &text)?;
        sheet.write_string_with_format(0, at, column.heading(w), &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn write_explanation(sheet: &mut Worksheet, columns: &[RosterColumn], w: Localizer) -> Result<(), XlsxError> {
    sheet.set_name(w.t("roster-template-explanation"))?;
    let bold = Format::new().set_bold();
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top).set_num_format("@");
    for (at, width) in [(0u16, 24.0), (1, 12.0), (2, 80.0), (3, 40.0)] {
        sheet.set_column_width(at, width)?;
    }
    sheet.write_string_with_format(0, 0, w.t("roster-template-note"), &bold)?;
    let headings = ["column", "needed", "means", "example"].map(|key| w.t(&format!("roster-template-{key}")));
    for (at, heading) in (0u16..).zip(headings) {
        sheet.write_string_with_format(2, at, heading, &bold)?;
    }
    for (row, column) in (3u32..).zip(columns) {
        let needed = if column.is_needed { "roster-template-is-needed" } else { "roster-template-is-optional" };
        let cells = [
            column.heading(w),
            w.t(needed),
            w.t(&format!("roster-template-means-{}", column.key)),
            w.t(&format!("roster-template-example-{}", column.key)),
        ];
        for (at, cell) in (0u16..).zip(cells) {
            sheet.write_string_with_format(row, at, cell, &wrapped)?;
        }
    }
    Ok(())
}

fn text_format() -> Format {
    Format::new().set_num_format("@")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn the_explanation_has_words() {
        check_built_keys("roster-template-means-{}", ROSTER_COLUMNS.map(|column| column.key));
        check_built_keys("roster-template-example-{}", ROSTER_COLUMNS.map(|column| column.key));
        check_built_keys("roster-template-{}", ["column", "needed", "means", "example"]);
    }
}
