//! Rows that a report tells of although they don't refuse the file: how many, and the first ones.

use super::fault::shortened;
use crate::i18n::Localizer;
use std::sync::Arc;

/// Rows of each kind that are listed. All of them are counted.
pub const ROWS_NOTED_MAX: usize = 5;

/// A row that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowNote {
    /// The sheet's name; empty for a text file.
    pub sheet: Arc<str>,
    /// The row number that the spreadsheet shows, from 1.
    pub row: u32,
    /// The name in the row, or what its first cell shows, cut to 60 characters.
    pub text: String,
}

/// Rows of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowNotes {
    /// All rows, listed or not.
    pub count: u64,
    /// The first [`ROWS_NOTED_MAX`] rows.
    pub first: Vec<RowNote>,
}

impl RowNotes {
    /// Counts a row, and lists it if it is one of the first.
    pub fn add(&mut self, sheet: &Arc<str>, row: u32, text: &str) {
        self.count += 1;
        if self.first.len() < ROWS_NOTED_MAX {
            self.first.push(RowNote { sheet: Arc::clone(sheet), row, text: shortened(text.trim()) });
        }
    }

    /// The first rows, separated by semicolons.
    fn listed(&self, w: Localizer) -> String {
        let mut listed = vec![];
        for note in &self.first {
            let sheet = if note.sheet.is_empty() { String::new() } else { format!(" ({})", note.sheet) };
            let row = note.row.to_string();
            listed.push(w.with("roster-note-row", &[("row", &row), ("sheet", &sheet), ("text", &note.text)]));
        }
        if self.count > self.first.len() as u64 {
            listed.push("…".into());
        }
        listed.join("; ")
    }
}

/// What a report tells of rows, for the one who imports to judge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowRemarks {
    /// People whose row has no number. They get a participant number, or keep an earlier one.
    pub numberless: RowNotes,
    /// Rows without a number that are taken for no participants: signatures, totals, headings, names alone.
    pub not_participants: RowNotes,
    /// People without a number who get the one of an earlier namesake in another unit.
    pub numbers_by_name: RowNotes,
    /// People with a NIP whose name and birth date came before with an NI PPPK, or the other way round.
    pub two_numbers: RowNotes,
    /// People whose legal standing (*kedudukan hukum*) ends service, such as *pensiun* and *meninggal*.
    pub ended_service: RowNotes,
    /// People in rows that a spreadsheet doesn't show, because they are hidden or filtered out.
    pub hidden_rows: RowNotes,
    /// Columns that are read although a spreadsheet doesn't show them; their rows are those of the headers.
    pub hidden_columns: RowNotes,
    /// Sheets with a column of NIPs that is empty for all people; their rows are those of the headers.
    pub empty_nip_columns: RowNotes,
    /// People on these sheets. Each would get a participant number.
    pub people_of_empty_nip_columns: u64,
    /// People whose cell of a unit is blank, below one that isn't.
    pub blank_units: RowNotes,
    /// People whose blank cells of a unit or institution took what stands above them.
    pub filled_down: RowNotes,
    /// Sheets of a file without a column of units whose names may be units; their rows are those of the headers.
    pub sheets_as_units: RowNotes,
    /// People whose kind of employment is a word that isn't known: it is kept as another kind.
    pub other_employment: RowNotes,
    /// People whose kind of employment may be several kinds, such as *ASN*: it isn't filled in.
    pub unclear_employment: RowNotes,
}

impl RowRemarks {
    /// One sentence for each kind of which there is a row.
    pub fn words(&self, w: Localizer) -> Vec<String> {
        let told = self.kinds().into_iter().filter(|(_, rows)| rows.count > 0);
        told.map(|(kind, rows)| {
            let key = kind.replace('_', "-");
            let people = w.number(self.people_of_empty_nip_columns);
            let arguments = [("count", &*w.number(rows.count)), ("rows", &rows.listed(w)), ("people", &people)];
            w.with(&format!("roster-note-{key}"), &arguments)
        })
        .collect()
    }

    /// The members that a report in JSON has of them, each with `count` and `first`.
    pub fn as_json(&self) -> Vec<(&'static str, serde_json::Value)> {
        let of = |rows: &RowNotes| {
            let row = |note: &RowNote| serde_json::json!({ "sheet": *note.sheet, "row": note.row, "name": note.text });
            serde_json::json!({ "count": rows.count, "first": rows.first.iter().map(row).collect::<Vec<_>>() })
        };
        self.kinds().map(|(kind, rows)| (kind, of(rows))).to_vec()
    }

    /// Each kind of remark by its name in JSON.
    fn kinds(&self) -> [(&'static str, &RowNotes); 13] {
        [
            ("numberless", &self.numberless),
            ("not_participants", &self.not_participants),
            ("numbers_by_name", &self.numbers_by_name),
            ("two_numbers", &self.two_numbers),
            ("ended_service", &self.ended_service),
            ("hidden_rows", &self.hidden_rows),
            ("hidden_columns", &self.hidden_columns),
            ("empty_nip_columns", &self.empty_nip_columns),
            ("blank_units", &self.blank_units),
            ("filled_down", &self.filled_down),
            ("sheets_as_units", &self.sheets_as_units),
            ("other_employment", &self.other_employment),
            ("unclear_employment", &self.unclear_employment),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_kind_of_remark_has_words() {
        let remarks = RowRemarks::default();
        let kinds = remarks.kinds().map(|(kind, _)| kind.replace('_', "-"));
        check_built_keys("roster-note-{}", kinds);
    }
}
