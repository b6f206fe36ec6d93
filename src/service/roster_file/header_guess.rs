//! Where a sheet has no header: the row that is most like one, and what stands below it, for people to say what it is.

use super::cell::RawRow;
use super::column_choices::ColumnChoices;
use super::column_report::ColumnReading;
use super::column_watch::ColumnWatch;
use super::header::{field_of, headings};
use super::header_rows::{are_headings, likely_header};

/// Filled cells that a row of a table has at least.
const CELLS_MIN: usize = 2;

/// Follows the rows of a sheet that are searched for a header.
#[derive(Default)]
pub struct HeaderGuess {
    /// How many headings are known, and how many there are; none where the table begins with data.
    likeness: (usize, usize),
    columns: Option<ColumnWatch>,
}

impl HeaderGuess {
    /// Looks at the next row.
    pub fn see(&mut self, raw: &RawRow<'_>, choices: &ColumnChoices) {
        let own = headings(raw.cells);
        if own.len() < CELLS_MIN {
            return;
        }
        let is_header = are_headings(raw.cells);
        let known = own.iter().filter(|(_, heading)| field_of(heading).is_some()).count();
        let likeness = if is_header { (known, own.len()) } else { (0, 0) };
        match &mut self.columns {
            Some(columns) if likeness <= self.likeness => columns.see(raw),
            _ => {
                let heading = |heading: String| if is_header { heading } else { String::new() };
                let row: Vec<_> = own.into_iter().map(|(column, text)| (column, heading(text))).collect();
                let mut columns = ColumnWatch::new(&likely_header(&row, choices));
                if !is_header {
                    columns.see(raw);
                }
                self.likeness = likeness;
                self.columns = Some(columns);
            }
        }
    }

    /// The columns below that row.
    pub fn readings<'a>(&'a self, sheet: &'a str) -> impl Iterator<Item = ColumnReading> + 'a {
        self.columns.iter().flat_map(move |columns| columns.readings(sheet))
    }
}
