//! What is told of a sheet and its people besides their faults: what a spreadsheet doesn't show, what is blank, and
//! what isn't read.

use super::cell_text;
use super::checker::Checker;
use super::doubts::ended_service;
use super::fault::column_name;
use super::field::Field;
use super::fill_down::LackingCells;
use super::header::Header;
use super::row_values::RowValues;
use super::sheet_units::unit_of_sheet;
use super::surroundings::Surroundings;
use super::unread_sheet::{UnreadReason, UnreadSheet};
use crate::domain::participant::LABEL_CHARS_MAX;

impl<S: Surroundings> Checker<'_, S> {
    /// Tells of columns that are read and not shown, and of a name that becomes a unit and can't be printed.
    pub(super) fn tell_of_header(&mut self, row: u32, header: &Header) {
        let sheet = self.sheet_name();
        for column in header.columns() {
            let is_hidden = |range: &(u32, u32)| (range.0..=range.1).contains(&column.column);
            if self.hidden_columns.iter().any(is_hidden) {
                self.remarks.hidden_columns.add(&sheet, row, &column_name(column.column, &column.label));
            }
        }
        let is_unit = self.reading.unit_from_sheet && unit_of_sheet(&sheet).is_some();
        if let Some(kind) = is_unit.then(|| cell_text::fault(&sheet, LABEL_CHARS_MAX)).flatten() {
            self.fault(row, (None, kind.shown(&sheet), kind));
        }
    }

    /// Tells of a person's row that isn't shown, has blank cells below filled ones, or says that service has ended.
    pub(super) fn tell_of_person(&mut self, row: u32, values: &RowValues<'_>, name: &str) {
        let sheet = self.sheet_name();
        if values.is_hidden() {
            self.remarks.hidden_rows.add(&sheet, row, name);
        }
        match self.lacks {
            Some(_) if self.reading.fill_down => self.remarks.filled_down.add(&sheet, row, name),
            Some(LackingCells::Units) => self.remarks.blank_units.add(&sheet, row, name),
            Some(LackingCells::Institution) | None => {}
        }
        if let Some(standing) = ended_service(values) {
            self.remarks.ended_service.add(&sheet, row, &format!("{name}, {standing}"));
        }
    }

    /// Tells of a sheet that isn't read, or on which nobody has a number.
    pub(super) fn tell_of_sheet(&mut self) {
        let sheet = self.sheet_name();
        let above_header = std::mem::replace(&mut self.above_header, UnreadSheet::new("", UnreadReason::NoHeader));
        let Some(((row, _), header)) = &self.header else {
            if above_header.rows > 0 {
                self.sheets_unread.push(above_header);
            }
            return;
        };
        if self.last_person_row > 0 {
            self.sheet_units.add(sheet.clone(), *row, header);
        }
        let without_number = self.table.all_without_number();
        if let Some(column) = header.of(Field::Identifier).filter(|_| without_number > 0) {
            self.remarks.people_of_empty_nip_columns += without_number;
            self.remarks.empty_nip_columns.add(&sheet, *row, &column_name(column.column, &column.label));
        }
    }

    /// Tells of sheets whose names may be units.
    pub(super) fn tell_of_offices(&mut self) {
        for (sheet, row) in self.sheet_units.offices() {
            if !self.reading.unit_from_sheet {
                self.remarks.sheets_as_units.add(sheet, *row, sheet);
            }
        }
    }
}
