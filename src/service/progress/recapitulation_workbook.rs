//! The recapitulation as a workbook: the lines of its head, the tables with real numbers, and a page set up for A4.

use crate::certificate::recapitulation::{Recapitulation, RecapitulationRow, figure_headings};
use crate::i18n::Localizer;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

/// A4, as Excel numbers papers.
const PAPER_A4: u8 = 9;
/// Widths of the columns, in characters.
const WIDTHS: [f64; 6] = [5.0, 48.0, 12.0, 12.0, 12.0, 9.0];

struct Formats {
    title: Format,
    heading: Format,
    text: Format,
    number: Format,
    share: Format,
    total: Format,
    total_number: Format,
    total_share: Format,
}

impl Formats {
    fn new() -> Self {
        let cell = Format::new().set_border(FormatBorder::Thin);
        let bold = cell.clone().set_bold();
        let (count, share) = ("#,##0", "0.0%");
        Self {
            title: Format::new().set_bold(),
            heading: bold.clone().set_align(FormatAlign::Center),
            text: cell.clone().set_text_wrap(),
            number: cell.clone().set_num_format(count),
            share: cell.set_num_format(share),
            total_number: bold.clone().set_num_format(count),
            total_share: bold.clone().set_num_format(share),
            total: bold,
        }
    }
}

/// The workbook's bytes.
///
/// # Errors
/// When it can't be written.
pub fn write_recapitulation_xlsx(what: &Recapitulation, words: Localizer) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let formats = Formats::new();
    let sheet = workbook.add_worksheet().set_name(words.t("recapitulation-sheet"))?;
    for (column, width) in (0u16..).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
    }
    sheet.set_paper_size(PAPER_A4).set_print_fit_to_pages(1, 0);
    let mut row = 0;
    for line in what.head(words) {
        sheet.write_string_with_format(row, 0, line, &formats.title)?;
        row += 1;
    }
    row = table(sheet, &formats, row + 1, (&what.heading(words), &what.rows), words)?;
    row = cells(sheet, row, "", &what.total, [&formats.total, &formats.total_number, &formats.total_share])?;
    for line in what.below_total(words) {
        sheet.write_string(row, 0, line)?;
        row += 1;
    }
    if !what.kinds.is_empty() {
        table(sheet, &formats, row + 1, (&words.t("recapitulation-kind"), &what.kinds), words)?;
    }
    workbook.save_to_buffer()
}

/// Writes headings and rows; returns the row after them.
fn table(
    sheet: &mut Worksheet,
    formats: &Formats,
    first: u32,
    (heading, rows): (&str, &[RecapitulationRow]),
    words: Localizer,
) -> Result<u32, XlsxError> {
    let headings = [words.t("recapitulation-number"), heading.to_owned()].into_iter().chain(figure_headings(words));
    for (column, text) in (0u16..).zip(headings) {
        sheet.write_string_with_format(first, column, text, &formats.heading)?;
    }
    let mut at = first + 1;
    for (number, row) in (1usize..).zip(rows) {
        at = cells(sheet, at, &number.to_string(), row, [&formats.text, &formats.number, &formats.share])?;
    }
    Ok(at)
}

fn cells(
    sheet: &mut Worksheet,
    at: u32,
    number: &str,
    row: &RecapitulationRow,
    [text, figure, share]: [&Format; 3],
) -> Result<u32, XlsxError> {
    match number.parse::<u32>() {
        Ok(number) => sheet.write_number_with_format(at, 0, number, text)?,
        Err(_) => sheet.write_string_with_format(at, 0, "", text)?,
    };
    sheet.write_string_with_format(at, 1, &row.name, text)?;
    for (column, count) in (2u16..).zip([row.target, row.signed, row.waiting()]) {
        // Exact up to 2^53.
        sheet.write_number_with_format(at, column, count as f64, figure)?;
    }
    let part = if row.target == 0 { 0.0 } else { row.signed as f64 / row.target as f64 };
    sheet.write_number_with_format(at, 5, part, share)?;
    Ok(at + 1)
}
