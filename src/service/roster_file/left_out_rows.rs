//! Rows of the table that become nobody: told, or refused because they have slipped.

use super::cell::{Cell, column_letters};
use super::checker::Checker;
use super::fault::{Fault, FaultKind, shortened};
use super::field::Field;
use super::not_people::{Numberless, is_person_by_row};
use super::row_values::RowValues;
use super::surroundings::Surroundings;
use std::ops::ControlFlow;

/// Rows of a sheet that are remembered because they hold nobody. Merged cells in further ones are told.
const EMPTY_ROWS_MAX: usize = 50_000;

impl<S: Surroundings> Checker<'_, S> {
    /// A cell right of the last heading: the row has slipped, or the column lacks its heading.
    pub(super) fn beyond_header(&mut self, row: u32, column: u32, cell: &Cell) {
        let (column, value) = (column_letters(column), shortened(cell.shown().trim()));
        self.add(Fault { sheet: self.sheet_name(), row, column, value, kind: FaultKind::BeyondHeader });
    }

    /// Notes a row that holds something and nobody.
    pub(super) fn holds_nobody(&mut self, row: u32) {
        let is_next = self.empty_rows.last().is_none_or(|last| *last < row);
        if is_next && self.empty_rows.len() < EMPTY_ROWS_MAX {
            self.empty_rows.push(row);
        }
    }

    /// Whether a row without a number is a participant.
    pub(super) fn takes(&self, values: &RowValues<'_>, has_unit: bool) -> bool {
        match self.numberless_rows {
            Numberless::ByRow => is_person_by_row(values, has_unit),
            Numberless::Participants => true,
            Numberless::Skip => false,
        }
    }

    /// Tells of a row that isn't a participant.
    pub(super) fn skip(&mut self, row: u32, values: &RowValues<'_>) -> ControlFlow<()> {
        self.holds_nobody(row);
        let name = values.text(Field::Name);
        let shown = if name.is_empty() { values.kept().next().map_or("", |(_, text)| text) } else { &name };
        self.remarks.not_participants.add(&self.sheet_name(), row, shown);
        ControlFlow::Continue(())
    }
}
