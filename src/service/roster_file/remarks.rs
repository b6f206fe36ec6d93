//! The refused file as a workbook that can be corrected and sent back: beside the numbers a column says what is wrong
//! in each row, faulty rows and cells have a colour, and columns of numbers are text.
//!
//! Values and row numbers stay as in the file, but a row whose number isn't above that of the row before it follows
//! that row, and what stands right of the numbers moves by one column. Formats and the rows beyond [`SHEET_ROWS_MAX`]
//! are lost. A copy can be written wherever the check found faults of rows: what the check needs is read in the same
//! way, the other columns as far as the limits allow.

use super::budget::{Budget, Limits};
use super::cell::{ColumnNeed, Merged, RawRow, RowSink, SHEET_ROWS_MAX};
use super::fault::{Fault, FaultKind, Faults, HeaderPlace};
use super::header::HEADER_ROWS_MAX;
use super::remarks_layout::{RemarksLayout, column_of, moved};
use super::remarks_row::{CELL_UNITS_MAX, CellStyles, CopiedRow, cut, sheet_column};
use super::{RosterFileError, open, read_rows};
use crate::i18n::Localizer;
use rust_xlsxwriter::{Workbook, XlsxError};
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

/// Longest name of a sheet in an XLSX file, in UTF-16 units.
const SHEET_NAME_UNITS_MAX: usize = 31;
/// UTF-8 bytes of the remarks in one cell, from which no further remark is added. The last one is added whole.
const CELL_REMARKS_BYTES_MAX: usize = 2_000;
/// Bytes that a fault takes in memory while the copy is written, besides itself.
const FAULT_ENTRY_BYTES: usize = 96;
/// Width of the column of remarks and of those of numbers, in characters.
const REMARKS_WIDTH: f64 = 60.0;
const NUMBERS_WIDTH: f64 = 24.0;

/// Writes a copy of the file `from` with its faults to `to`.
pub fn annotate(
    from: &Path,
    faults: &Faults,
    words: Localizer,
    to: &Path,
    limits: Limits,
) -> Result<(), RosterFileError> {
    let (file, budget) = open(from, limits)?;
    let by_row = faults_by_row(faults, &budget)?;
    let mut copy = RemarksCopy {
        workbook: Workbook::new(),
        by_row,
        headers: &faults.headers,
        beyond: beyond_header(faults),
        styles: CellStyles::new(),
        names: HashSet::new(),
        sheet: None,
        failed: None,
        words,
    };
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

/// The faults of each row, by sheet and row.
type FaultsByRow<'f> = HashMap<(Arc<str>, u32), Vec<&'f Fault>>;

fn faults_by_row<'f>(faults: &'f Faults, budget: &Budget) -> Result<FaultsByRow<'f>, RosterFileError> {
    let mut by_row = FaultsByRow::new();
    for fault in faults.kept() {
        budget.step(0)?;
        budget.hold(FAULT_ENTRY_BYTES)?;
        by_row.entry((Arc::clone(&fault.sheet), fault.row)).or_default().push(fault);
    }
    Ok(by_row)
}

/// The rightmost cell beyond the header of each sheet.
fn beyond_header(faults: &Faults) -> HashMap<Arc<str>, u32> {
    let mut beyond = HashMap::new();
    for fault in faults.kept().iter().filter(|fault| fault.kind == FaultKind::BeyondHeader) {
        if let Some(column) = column_of(fault) {
            let last: &mut u32 = beyond.entry(Arc::clone(&fault.sheet)).or_default();
            *last = column.max(*last);
        }
    }
    beyond
}

/// The remarks of a row. `from`: columns from this one on stand one further right in the copy.
fn remarks_of(faults: &[&Fault], from: Option<u32>, words: Localizer) -> String {
    let mut told = String::new();
    for fault in faults {
        if told.len() >= CELL_REMARKS_BYTES_MAX {
            break;
        }
        if !told.is_empty() {
            told.push_str("; ");
        }
        told.push_str(&remark(&from.map_or_else(|| (*fault).clone(), |from| moved(fault, from)), words));
    }
    told
}

fn unwritable(error: XlsxError) -> RosterFileError {
    match error {
        XlsxError::IoError(error) => RosterFileError::Io(error),
        error => RosterFileError::Io(std::io::Error::other(error)),
    }
}

struct RemarksCopy<'f> {
    workbook: Workbook,
    by_row: FaultsByRow<'f>,
    /// The header of each sheet.
    headers: &'f [Option<HeaderPlace>],
    /// The rightmost cell beyond the header of each sheet.
    beyond: HashMap<Arc<str>, u32>,
    styles: CellStyles,
    /// Names of the sheets so far, in lower case, because a spreadsheet ignores case in them.
    names: HashSet<String>,
    sheet: Option<SheetCopy>,
    failed: Option<XlsxError>,
    words: Localizer,
}

struct SheetCopy {
    name: Arc<str>,
    index: usize,
    /// Where the remarks stand, if the sheet has a header.
    layout: Option<RemarksLayout>,
    /// The row with the heading of the remarks, counted from 1 over the rows that the file has.
    heading_row: u32,
    rows: u32,
    /// The last row written, from 1. Rows are written from top to bottom.
    row: u32,
}

impl RemarksCopy<'_> {
    fn begin(&mut self, name: &str) -> Result<(), XlsxError> {
        let index = self.sheet.as_ref().map_or(0, |sheet| sheet.index + 1);
        let title = sheet_title(name, &self.names);
        self.names.insert(title.to_lowercase());
        self.workbook.add_worksheet_with_constant_memory()?.set_name(title)?;
        let header = self.headers.get(index).and_then(Option::as_ref);
        let layout = header.map(|header| RemarksLayout::of(header, self.beyond.get(name).copied()));
        let heading_row = header.map_or(0, |header| header.first);
        self.sheet = Some(SheetCopy { name: name.into(), index, layout, heading_row, rows: 0, row: 0 });
        Ok(())
    }

    /// Makes columns of numbers text, so that a spreadsheet keeps all digits of a number that is typed into them.
    fn set_columns(&mut self) -> Result<(), XlsxError> {
        let Some((sheet, layout)) = self.sheet.as_ref().and_then(|sheet| Some((sheet, sheet.layout.as_ref()?))) else {
            return Ok(());
        };
        let out = self.workbook.worksheet_from_index(sheet.index)?;
        for column in layout.text_columns() {
            out.set_column_format(sheet_column(column), &self.styles.plain[1])?;
        }
        for column in layout.number_columns() {
            out.set_column_width(sheet_column(column), NUMBERS_WIDTH)?;
        }
        out.set_column_width(sheet_column(layout.remarks), REMARKS_WIDTH).map(|_| ())
    }

    fn put(&mut self, raw: &RawRow<'_>) -> Result<(), XlsxError> {
        let Some(sheet) = &mut self.sheet else { return Ok(()) };
        let number = raw.row.max(sheet.row + 1);
        sheet.rows += 1;
        if number > SHEET_ROWS_MAX {
            return Ok(());
        }
        sheet.row = number;
        let out = self.workbook.worksheet_from_index(sheet.index)?;
        let layout = sheet.layout.as_ref();
        if let Some(layout) = layout.filter(|layout| layout.rows.0 == sheet.rows) {
            // Between a heading and what it spans the remarks have theirs below it, so that it goes on to the right.
            let is_free = !raw.cells.iter().any(|(at, cell)| *at == layout.remarks && !cell.is_blank());
            if is_free && layout.rows.1 == layout.rows.0 + 2 {
                sheet.heading_row += 1;
            }
        }
        if layout.is_some_and(|layout| layout.rows.1 == sheet.rows + 1) && number < SHEET_ROWS_MAX {
            out.set_freeze_panes(number, 0)?;
        }
        let faults = self.by_row.get(&(Arc::clone(&sheet.name), raw.row)).map_or(&[][..], Vec::as_slice);
        let place = CopiedRow { row: number - 1, layout, faults, styles: &self.styles };
        place.put_cells(out, raw.cells)?;
        let mut told = remarks_of(faults, layout.and_then(|layout| layout.moves_from), self.words);
        let mut format = &self.styles.in_row[0];
        if layout.is_some() && sheet.rows == sheet.heading_row {
            let heading = self.words.t("roster-remarks-heading");
            told = if told.is_empty() { heading } else { format!("{heading}: {told}") };
            format = &self.styles.heading;
        }
        if told.is_empty() {
            return Ok(());
        }
        let beside = raw.cells.last().map_or(0, |(last, _)| last + 1);
        let column = sheet_column(layout.map_or(beside, |layout| layout.remarks));
        out.write_string_with_format(number - 1, column, cut(&told, CELL_UNITS_MAX), format).map(|_| ())
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

impl RowSink for RemarksCopy<'_> {
    fn sheet(&mut self, name: &str) {
        if self.failed.is_none() {
            let begun = self.begin(name).and_then(|()| self.set_columns());
            let _: ControlFlow<()> = self.keep(begun);
        }
    }

    /// As the check needs them, so that what it reads is read here, too.
    fn need(&self, column: u32) -> ColumnNeed {
        let is_needed = self.sheet.as_ref().is_some_and(|sheet| match &sheet.layout {
            Some(layout) if sheet.rows >= layout.rows.0 => layout.knows(column),
            _ => sheet.rows < HEADER_ROWS_MAX,
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
    use crate::service::roster_file::fault::FaultKind;

    #[test]
    fn every_fault_of_a_row_has_words_and_a_remedy() {
        let identifiers = every_variant!(IdentifierFault:
            Empty, Length, BirthDate, Appointment, Sex, SerialZero, Form
        );
        let faults = every_variant!(FaultKind:
            NumericIdentifier, Identifier(IdentifierFault::Empty), ImpossibleTime(AnyTime::Birth), NumberIsDate,
            NumberIsWord, NumberIssuer { issuer: String::new() }, LooksLikeNik, NameMissing, NameHasDigits, NameHasSign { sign: '?' },
            TooLong { limit: 1 }, NameBytes { bytes: 1 }, InstitutionMissing, InstitutionUnknown { alike: String::new() },
            InstitutionCode,
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
    fn remarks_in(columns: &[String]) -> String {
        let fault = |column: &String| Fault {
            sheet: "".into(),
            row: 2,
            column: column.clone(),
            value: String::new(),
            kind: FaultKind::NameMissing,
        };
        let faults: Vec<Fault> = columns.iter().map(fault).collect();
        remarks_of(&faults.iter().collect::<Vec<_>>(), None, Localizer(Lang::Id))
    }

    #[test]
    fn remarks_are_added_until_a_cell_holds_the_limit_in_bytes_also_where_characters_are_longer() {
        let own_bytes = remarks_in(&["A".into()]).len() - 1;
        // "é" takes two bytes. The first remark ends one byte short of the limit, at it, and one byte beyond it.
        for (bytes, remarks) in
            [(CELL_REMARKS_BYTES_MAX - 1, 2), (CELL_REMARKS_BYTES_MAX, 1), (CELL_REMARKS_BYTES_MAX + 1, 1)]
        {
            let name_bytes = bytes - own_bytes;
            let name = format!("{}{}", "A".repeat(name_bytes % 2), "é".repeat(name_bytes / 2));
            let written = remarks_in(&[name.clone(), "B".into(), "C".into()]);
            assert!(written.starts_with(&name) && written.chars().count() < CELL_REMARKS_BYTES_MAX);
            assert_eq!(written.split("; ").count(), remarks, "{bytes}");
        }
    }
}
