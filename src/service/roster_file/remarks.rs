//! The refused file as a workbook, with a column that says what is wrong in each row.
//!
//! Values and row numbers stay as in the file, but a row whose number isn't above that of the row before it follows
//! that row. Formats and the rows beyond [`SHEET_ROWS_MAX`] are lost. A copy can be written wherever the check found
//! faults of rows: what the check needs is read in the same way, the other columns as far as the limits allow.

use super::budget::{Budget, Limits};
use super::cell::{COLUMNS_MAX, Cell, ColumnNeed, Merged, RawRow, RowSink, SHEET_ROWS_MAX, parse_reference};
use super::fault::{Fault, FaultKind, Faults, HeaderPlace};
use super::header::HEADER_ROWS_MAX;
use super::{RosterFileError, open, read_rows};
use crate::i18n::Localizer;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

/// Longest number that is kept as it is written, in bytes. A spreadsheet keeps 15 digits.
const NUMBER_BYTES_MAX: usize = 15;
/// Longest text of a cell in an XLSX file, in UTF-16 units. The rest is cut off.
const CELL_UNITS_MAX: usize = 32_767;
/// Longest name of a sheet in an XLSX file, in UTF-16 units.
const SHEET_NAME_UNITS_MAX: usize = 31;
/// UTF-8 bytes of the remarks in one cell, from which no further remark is added. The last one is added whole.
const CELL_REMARKS_BYTES_MAX: usize = 2_000;
/// Bytes that a remark takes in memory besides its text.
const REMARK_ENTRY_BYTES: usize = 96;

/// Writes a copy of the file `from` with its faults to `to`.
pub fn annotate(
    from: &Path,
    faults: &Faults,
    words: Localizer,
    to: &Path,
    limits: Limits,
) -> Result<(), RosterFileError> {
    let (file, budget) = open(from, limits)?;
    let remarks = remarks(faults, words, &budget)?;
    let beyond = beyond_header(faults);
    let headers = &faults.headers;
    let (workbook, names) = (Workbook::new(), HashSet::new());
    let mut copy = Copy { workbook, remarks, headers, beyond, names, sheet: None, failed: None, words };
    let read = read_rows(file, &mut copy, &budget);
    if let Some(failed) = copy.failed {
        return Err(unwritable(failed));
    }
    read?;
    copy.workbook.save(to).map_err(unwritable)
}

/// What is wrong and what to do, in one or two sentences.
pub fn remark(fault: &Fault, words: Localizer) -> String {
    let arguments = fault.kind.arguments();
    let arguments: Vec<(&'static str, &str)> = arguments.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let key = fault.kind.key();
    let what = words.with(&format!("roster-fault-{key}"), &arguments);
    let remedy = words.with(&format!("roster-remedy-{key}"), &arguments);
    if fault.column.is_empty() { format!("{what} {remedy}") } else { format!("{}: {what} {remedy}", fault.column) }
}

type Remarks = HashMap<(Arc<str>, u32), String>;

fn remarks(faults: &Faults, words: Localizer, budget: &Budget) -> Result<Remarks, RosterFileError> {
    let mut remarks = Remarks::new();
    for fault in faults.kept() {
        let told = remarks.entry((Arc::clone(&fault.sheet), fault.row)).or_default();
        if told.len() < CELL_REMARKS_BYTES_MAX {
            if !told.is_empty() {
                told.push_str("; ");
            }
            let remark = remark(fault, words);
            budget.step(0)?;
            budget.hold(remark.len() + REMARK_ENTRY_BYTES)?;
            told.push_str(&remark);
        }
    }
    Ok(remarks)
}

/// The rightmost filled column beyond the header of each sheet that has one.
fn beyond_header(faults: &Faults) -> HashMap<Arc<str>, u32> {
    let mut beyond = HashMap::new();
    for fault in faults.kept().iter().filter(|fault| fault.kind == FaultKind::BeyondHeader) {
        if let Some((_, column)) = parse_reference(&format!("{}1", fault.column)) {
            let rightmost = beyond.entry(Arc::clone(&fault.sheet)).or_insert(column);
            *rightmost = column.max(*rightmost);
        }
    }
    beyond
}

fn unwritable(error: XlsxError) -> RosterFileError {
    match error {
        XlsxError::IoError(error) => RosterFileError::Io(error),
        error => RosterFileError::Io(std::io::Error::other(error)),
    }
}

struct Copy<'a> {
    workbook: Workbook,
    remarks: Remarks,
    /// The header of each sheet.
    headers: &'a [Option<HeaderPlace>],
    /// The remarks stand right of these columns.
    beyond: HashMap<Arc<str>, u32>,
    /// Names of the sheets so far, in lower case, because a spreadsheet ignores case in them.
    names: HashSet<String>,
    sheet: Option<SheetCopy>,
    failed: Option<XlsxError>,
    words: Localizer,
}

struct SheetCopy {
    name: Arc<str>,
    index: usize,
    /// The column of remarks, from the header down.
    column: Option<u32>,
    /// The columns that are read.
    wanted: Vec<u32>,
    rows: u32,
    /// The last row written, from 1. Rows are written from top to bottom.
    row: u32,
}

impl SheetCopy {
    fn knows(&self, column: u32) -> bool {
        self.wanted.contains(&column)
    }
}

impl Copy<'_> {
    fn begin(&mut self, name: &str) -> Result<(), XlsxError> {
        let index = self.sheet.as_ref().map_or(0, |sheet| sheet.index + 1);
        let title = sheet_title(name, &self.names);
        self.names.insert(title.to_lowercase());
        self.workbook.add_worksheet_with_constant_memory()?.set_name(title)?;
        self.sheet = Some(SheetCopy { name: name.into(), index, column: None, wanted: vec![], rows: 0, row: 0 });
        Ok(())
    }

    fn put(&mut self, raw: &RawRow<'_>) -> Result<(), XlsxError> {
        let Some(sheet) = &mut self.sheet else { return Ok(()) };
        sheet.rows += 1;
        let number = raw.row.max(sheet.row + 1);
        if number > SHEET_ROWS_MAX {
            return Ok(());
        }
        sheet.row = number;
        let row = number - 1;
        let out = self.workbook.worksheet_from_index(sheet.index)?;
        for (column, cell) in raw.cells.iter().filter(|(column, _)| sheet.column != Some(*column)) {
            put_cell(out, row, *column, cell, sheet.knows(*column))?;
        }
        let told = self.remarks.get(&(Arc::clone(&sheet.name), raw.row));
        let beside = raw.cells.last().map_or(0, |(last, _)| last + 1);
        let header = self.headers.get(sheet.index).and_then(Option::as_ref);
        if let Some(header) = header.filter(|header| header.first == sheet.rows) {
            let beside = self.beyond.get(&sheet.name).map_or(header.beside, |column| header.beside.max(column + 1));
            sheet.column = Some(beside);
            sheet.wanted.clone_from(&header.columns);
            let mut heading = self.words.t("roster-remarks-heading");
            if let Some(told) = told {
                heading = format!("{heading}: {told}");
            }
            let bold = Format::new().set_bold();
            out.write_string_with_format(row, sheet_column(beside), cut(&heading, CELL_UNITS_MAX), &bold)?;
        } else if let Some(told) = told {
            let column = sheet.column.unwrap_or(beside);
            out.write_string(row, sheet_column(column), cut(told, CELL_UNITS_MAX))?;
        }
        Ok(())
    }

    fn keep(&mut self, done: Result<(), XlsxError>) -> ControlFlow<()> {
        match done {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

/// A sheet name that is valid in an XLSX file and differs from the names in `taken`.
fn sheet_title(name: &str, taken: &HashSet<String>) -> String {
    let allowed: String = name.chars().filter(|c| !c.is_control() && !"*?:[]\\/'".contains(*c)).collect();
    let base = if allowed.trim().is_empty() { "Daftar" } else { allowed.as_str() };
    let mut title = cut(base, SHEET_NAME_UNITS_MAX).to_owned();
    let mut number = 1;
    while taken.contains(&title.to_lowercase()) {
        number += 1;
        let ending = format!(" ({number})");
        title = format!("{}{ending}", cut(base, SHEET_NAME_UNITS_MAX - ending.len()));
    }
    title
}

/// The longest beginning of a text that fits into `units_max` UTF-16 units.
fn cut(text: &str, units_max: usize) -> &str {
    let mut units = 0;
    let fits = |(_, c): &(usize, char)| {
        units += c.len_utf16();
        units <= units_max
    };
    let end = text.char_indices().take_while(fits).last().map_or(0, |(at, c)| at + c.len_utf8());
    &text[..end]
}

/// The column of an XLSX file. The reader yields none beyond [`COLUMNS_MAX`], which leaves one for the remarks.
fn sheet_column(column: u32) -> u16 {
    u16::try_from(column.min(COLUMNS_MAX)).expect("an XLSX file has fewer columns than fit 16 bits")
}

/// A number of a known column that would be read back as another text, such as the code `16.10`, becomes text.
fn put_cell(out: &mut Worksheet, row: u32, column: u32, cell: &Cell, is_known: bool) -> Result<(), XlsxError> {
    let changes = |number: f64, text: &str| is_known && text.len() <= NUMBER_BYTES_MAX && number.to_string() != text;
    let column = sheet_column(column);
    match cell {
        Cell::Number(text) => match text.parse::<f64>() {
            Ok(number) if !changes(number, text) => out.write_number(row, column, number)?,
            _ => out.write_string(row, column, cut(text, CELL_UNITS_MAX))?,
        },
        cell => out.write_string(row, column, cut(cell.shown(), CELL_UNITS_MAX))?,
    };
    Ok(())
}

impl RowSink for Copy<'_> {
    fn sheet(&mut self, name: &str) {
        if self.failed.is_none() {
            let begun = self.begin(name);
            let _: ControlFlow<()> = self.keep(begun);
        }
    }

    /// As the check needs them, so that what it reads is read here, too.
    fn need(&self, column: u32) -> ColumnNeed {
        let is_needed = self.sheet.as_ref().is_some_and(|sheet| match sheet.column {
            None => sheet.rows < HEADER_ROWS_MAX,
            Some(_) => sheet.knows(column),
        });
        if is_needed { ColumnNeed::Needed } else { ColumnNeed::IfRoom }
    }

    fn row(&mut self, row: RawRow<'_>) -> ControlFlow<()> {
        if self.failed.is_some() {
            return ControlFlow::Break(());
        }
        let done = self.put(&row);
        self.keep(done)
    }

    fn merged(&mut self, _: Merged) {}

    fn progress(&mut self, _: u64, _: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identifier::IdentifierFault;
    use crate::domain::identifier_times::ImpossibleTime as AnyTime;
    use crate::every_variant::every_variant;
    use crate::i18n::{Lang, check_built_keys};

    #[test]
    fn every_fault_of_a_row_has_words_and_a_remedy() {
        let identifiers = every_variant!(IdentifierFault:
            Empty, Length, BirthDate, Appointment, Sex, SerialZero, Form
        );
        let faults = every_variant!(FaultKind:
            NumericIdentifier, Identifier(IdentifierFault::Empty), ImpossibleTime(AnyTime::Birth), NumberIsDate,
            NumberIsWord, NumberIssuer { issuer: String::new() }, LooksLikeNik, NameMissing, NameHasDigits,
            TooLong { limit: 1 }, NameBytes { bytes: 1 }, InstitutionMissing, InstitutionUnknown, InstitutionCode,
            InstitutionOther { expected: String::new() }, Duplicate { sheet: "".into(), row: 1 },
            BeyondHeader, Formula, CellError, SecondHeader, Merged { range: String::new(), fills: false }, ParticipantNumber, BrokenText,
            Direction { character: 'a', place: 1 }, Marks { character: 'a', place: 1 },
            Unprintable { character: 'a', place: 1 }, Garbled { found: String::new(), meant: String::new() },
            Markup { found: String::new() }, InstitutionContradiction { known: String::new() }
        );
        let times = every_variant!(AnyTime: Birth, AppointmentAhead, AppointmentTooYoung);
        let faults = faults.into_iter().chain(identifiers.map(FaultKind::Identifier));
        let faults = faults.chain(times.map(FaultKind::ImpossibleTime));
        let keys: Vec<_> = faults.map(|fault| fault.key()).collect();
        check_built_keys("roster-fault-{}", &keys);
        check_built_keys("roster-remedy-{}", &keys);
    }

    /// The remarks of a row whose faults stand in columns of these names.
    fn remarks_of(columns: &[String]) -> String {
        let mut faults = Faults::default();
        for column in columns {
            let (column, value) = (column.clone(), String::new());
            faults.add(Fault { sheet: "".into(), row: 2, column, value, kind: FaultKind::NameMissing });
        }
        let remarks = remarks(&faults, Localizer(Lang::Id), &Budget::for_test(1_000)).unwrap();
        remarks.into_values().next().unwrap()
    }

    #[test]
    fn remarks_are_added_until_a_cell_holds_the_limit_in_bytes_also_where_characters_are_longer() {
        let own_bytes = remarks_of(&["A".into()]).len() - 1;
        // "é" takes two bytes. The first remark ends one byte short of the limit, at it, and one byte beyond it.
        for (bytes, remarks) in
            [(CELL_REMARKS_BYTES_MAX - 1, 2), (CELL_REMARKS_BYTES_MAX, 1), (CELL_REMARKS_BYTES_MAX + 1, 1)]
        {
            let name_bytes = bytes - own_bytes;
            let name = format!("{}{}", "A".repeat(name_bytes % 2), "é".repeat(name_bytes / 2));
            let written = remarks_of(&[name.clone(), "B".into(), "C".into()]);
            assert!(written.starts_with(&name) && written.chars().count() < CELL_REMARKS_BYTES_MAX);
            assert_eq!(written.split("; ").count(), remarks, "{bytes}");
        }
    }
}
