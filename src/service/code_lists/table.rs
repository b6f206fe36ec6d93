//! A list as CSV or XLSX.

use super::Line;
use crate::domain::disclosure::Disclosure;
use crate::domain::formula_guard::guarded;
use crate::domain::time::Zone;
use crate::i18n::Localizer;
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use std::io::{self, Write};

/// People per sheet; further people go to another sheet.
const SHEET_PEOPLE_MAX: usize = 1_000_000;
/// Column widths, in characters.
const WIDTHS: [f64; 8] = [22.0, 40.0, 10.0, 40.0, 50.0, 16.0, 22.0, 18.0];

/// What a list shows besides number, name, institution and unit.
#[derive(Debug)]
pub enum Columns {
    /// The access code.
    Codes(Disclosure),
    /// Whether and when the person signed, and the kind of employment.
    Signatures(Zone),
}

impl Columns {
    fn headings(&self, words: Localizer) -> Vec<String> {
        let mut keys = vec!["list-identifier", "list-name", "list-institution-code", "list-institution", "list-unit"];
        match self {
            Self::Codes(_) => keys.push("list-access-code"),
            Self::Signatures(_) => keys.extend(["list-status", "list-signed-at", "list-employment"]),
        }
        keys.into_iter().map(|key| words.t(key)).collect()
    }

    fn cells(&self, line: &Line, words: Localizer) -> Vec<String> {
        let mut cells = vec![
            line.identifier.shown(),
            line.shown_name.clone(),
            line.institution_code.clone(),
            line.institution.clone(),
            line.unit.clone(),
        ];
        match self {
            Self::Codes(disclosure) => cells.push(line.code.shown(disclosure)),
            Self::Signatures(zone) => {
                cells.push(words.t(if line.signed_at.is_some() { "list-signed" } else { "list-not-signed" }));
                cells.push(line.signed_at.map_or_else(String::new, |at| zone.sortable(at)));
                cells.push(line.employment.map_or_else(String::new, |kind| words.employment(kind.as_str())));
            }
        }
        cells
    }
}

/// Writes UTF-8 with a byte order mark, so that spreadsheets read names correctly, separated by commas.
pub fn write_csv(lines: &[Line], columns: &Columns, words: Localizer, mut out: impl Write) -> io::Result<()> {
    out.write_all("\u{FEFF}".as_bytes())?;
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(columns.headings(words))?;
    for line in lines {
        csv.write_record(columns.cells(line, words).iter().map(|cell| guarded(cell).into_owned()))?;
    }
    csv.flush()
}

/// Writes one sheet, or several where the people don't fit one.
pub fn write_xlsx(
    lines: &[Line],
    columns: &Columns,
    words: Localizer,
    out: impl Write + io::Seek + Send,
) -> Result<(), XlsxError> {
    let mut workbook = Workbook::new();
    let bold = Format::new().set_bold();
    let text = Format::new().set_num_format("@");
    let mut sheets = lines.chunks(SHEET_PEOPLE_MAX).peekable();
    loop {
        let people = sheets.next().unwrap_or_default();
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        for (column, width) in (0u16..).zip(WIDTHS) {
            sheet.set_column_width(column, width)?;
        }
        for (column, heading) in (0u16..).zip(columns.headings(words)) {
            sheet.write_string_with_format(0, column, heading, &bold)?;
        }
        for (row, line) in (1u32..).zip(people) {
            for (column, cell) in (0u16..).zip(columns.cells(line, words)) {
                sheet.write_string_with_format(row, column, cell, &text)?;
            }
        }
        if sheets.peek().is_none() {
            return workbook.save_to_writer(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access_code::AccessCode;
    use crate::domain::employment::EmploymentKind;
    use crate::domain::identifier::Identifier;
    use crate::domain::time::UnixMillis;

    fn line(name: &str) -> Line {
        Line {
            identifier: Identifier::parse("197001011995031001").unwrap(),
            shown_name: name.into(),
            institution_code: "16.71".into(),
            institution: "Pemerintah Kota Palembang".into(),
            help_contact: String::new(),
            unit: "Dinas Sosial".into(),
            code: AccessCode::from_mac(&[7; 32]),
            employment: Some(EmploymentKind::Pppk),
            signed_at: Some(UnixMillis(1_800_000_000_000)),
        }
    }

    #[test]
    fn csv_is_guarded_against_formulas() {
        let mut csv = vec![];
        let disclosure = Disclosure::to_the_operator();
        let people = [line("=HYPERLINK(1)"), line("-1"), line("Siti")];
        write_csv(&people, &Columns::Codes(disclosure), Localizer::default(), &mut csv).unwrap();
        let text = String::from_utf8(csv).unwrap();
        assert!(text.contains(",'=HYPERLINK(1),") && text.contains(",'-1,") && text.contains(",Siti,"));
        assert!(text.starts_with('\u{FEFF}'));
    }

    #[test]
    fn numbers_in_a_workbook_are_text() {
        use calamine::{Data, Reader, Xlsx};
        let mut file = std::io::Cursor::new(vec![]);
        write_xlsx(&[line("Siti")], &Columns::Signatures(Zone::Wib), Localizer::default(), &mut file).unwrap();
        let mut workbook: Xlsx<_> = Xlsx::new(file).unwrap();
        let range = workbook.worksheet_range_at(0).unwrap().unwrap();
        assert_eq!(range.get((1, 0)), Some(&Data::String("197001011995031001".into())));
        assert_eq!(range.get((1, 6)), Some(&Data::String("2027-01-15 15:00:00 WIB".into())));
        assert_eq!(range.get((1, 7)), Some(&Data::String("PPPK".into())));
    }
}
