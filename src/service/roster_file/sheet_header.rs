//! The header of the sheet that is being checked, and what a file shows that is refused for its columns.

use super::RosterFileError;
use super::cell::{Cell, Merged, RawRow, column_letters};
use super::checker::Checker;
use super::fault::{Fault, FaultKind, column_name, shortened};
use super::fill_down::FillDown;
use super::row_values::RowValues;
use super::surroundings::Surroundings;
use std::ops::ControlFlow;

/// Rows that are read after a file was refused for its columns.
const ROWS_SHOWN_MAX: u32 = 200;

impl<S: Surroundings> Checker<'_, S> {
    /// Damaged cells up to the header. Each may be a label, without which a column or the whole sheet stays unread.
    fn damaged_labels(&mut self, raw: &RawRow<'_>) {
        for (column, cell) in raw.cells {
            if let Cell::Damaged(shown) = cell {
                let (column, value) = (column_letters(*column), shortened(shown.trim()));
                self.add(Fault { sheet: self.sheet_name(), row: raw.row, column, value, kind: FaultKind::BrokenText });
            }
        }
    }

    /// Looks for the header in the next row of a sheet.
    pub(super) fn search_header(&mut self, raw: &RawRow<'_>) -> ControlFlow<()> {
        if self.search.is_over() {
            return ControlFlow::Continue(());
        }
        self.damaged_labels(raw);
        let Some(found) = self.search.find(raw, &self.choices) else {
            self.guess.see(raw, &self.choices);
            return ControlFlow::Continue(());
        };
        self.header_from = self.sheet_rows - (found.rows.1 - found.rows.0);
        if found.begins_with.is_none() {
            self.found = Some(found);
            return ControlFlow::Continue(());
        }
        self.begin_data(found)?;
        self.row_of_table(raw)
    }

    /// Refuses the file for its columns. Some more rows are read, so that people see what the columns hold.
    pub(super) fn refuse_columns(&mut self, error: RosterFileError) {
        self.refused.get_or_insert(error);
        self.rows_to_show = ROWS_SHOWN_MAX;
    }

    /// Looks at a row of a file that is refused for its columns.
    pub(super) fn show(&mut self, raw: &RawRow<'_>, values: &RowValues<'_>) -> ControlFlow<()> {
        if self.table.excludes(values) {
            self.watch.see_left_out(raw);
            return ControlFlow::Continue(());
        }
        self.watch.see(raw);
        if let Ok(name) = values.shown_name() {
            self.columns.name(&name);
        }
        self.rows_to_show -= 1;
        if self.rows_to_show == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Tells of merged cells that take values from rows or columns beside their first one.
    pub(super) fn merged_fault(&mut self, area: Merged) {
        let Some(((first, last), header)) = &self.header else { return };
        let (from, to) = area.rows;
        let in_columns = area.columns.0..=area.columns.1;
        let column = header.first_within(in_columns.clone());
        // Harmless: a title above the table, a signature below it, a heading that spans columns or the rows of the
        // header, a label that spans rows of one column, and cells that are filled down. Within one row: a heading of
        // people below it, and a cell that takes no other column that is read.
        let is_column = area.columns.0 == area.columns.1;
        let fills = is_column && column.and_then(|at| header.at(at)).is_some_and(|known| FillDown::fills(known.field));
        let reads_one = || header.columns().iter().filter(|known| in_columns.contains(&known.column)).count() == 1;
        let harmless = to <= *last
            || from > self.last_person_row
            || (from == to && (reads_one() || self.empty_rows.binary_search(&from).is_ok()))
            || (fills && self.reading.fill_down)
            || ((*first..=*last).contains(&from) && is_column);
        let Some(column) = column.filter(|_| !harmless) else { return };
        let label = header.at(column).map(|known| known.label.clone()).unwrap_or_default();
        let range = format!("{}{from}:{}{to}", column_letters(area.columns.0), column_letters(area.columns.1));
        let sheet = self.sheet_name();
        let kind = FaultKind::Merged { range, fills };
        self.add(Fault { sheet, row: from, column: column_name(column, &label), value: String::new(), kind });
    }
}
