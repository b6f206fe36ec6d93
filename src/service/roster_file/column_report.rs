//! What the columns of a file hold and what they are read as, for the one who imports to see and to say otherwise.
//!
//! It has values of people: it is for their eyes, and is never logged.

use super::RosterFileError;
use super::field::{ColumnSource, Field};

/// Columns that are told of one file.
pub const COLUMNS_TOLD_MAX: usize = 200;
/// Sample values of a column.
pub const SAMPLES_MAX: usize = 3;
/// Names that are told as they will be printed.
pub const FIRST_NAMES_MAX: usize = 5;

/// What a column is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnUse {
    /// As this field.
    Read(Field),
    /// It isn't kept: somebody said so, or another column of the same field is preferred.
    NotKept,
    /// Nobody knows its heading, or it has none. It isn't kept.
    Unknown,
}

/// A column that has a heading or holds something.
#[derive(Clone, PartialEq, Eq)]
pub struct ColumnReading {
    /// The sheet's name; empty for a text file.
    pub sheet: String,
    /// Further sheets that have the same column.
    pub more_sheets: u64,
    /// The column's letters.
    pub column: String,
    /// The heading as written, shortened; empty if there is none.
    pub heading: String,
    /// The letters and digits by which it is remembered.
    pub key: String,
    /// The first distinct values, at most three, shortened.
    pub samples: Vec<String>,
    /// What it is read as.
    pub read_as: ColumnUse,
    /// Who decided that.
    pub source: ColumnSource,
}

/// A column without a heading, left of the last one, that holds something. It is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnnamedColumn {
    /// The sheet's name; empty for a text file.
    pub sheet: String,
    /// Letters of the column.
    pub column: String,
    /// Its first distinct values, at most three.
    pub samples: Vec<String>,
}

/// The columns of a file, and the first people as their certificates show them.
#[derive(Clone, Default)]
pub struct FileColumns {
    /// The columns, sheet by sheet; the first [`COLUMNS_TOLD_MAX`].
    pub columns: Vec<ColumnReading>,
    /// Whether there are further columns.
    pub has_more: bool,
    /// The names of the first people with their titles; at most [`FIRST_NAMES_MAX`].
    pub first_names: Vec<String>,
}

impl FileColumns {
    /// Adds a column, or counts it where an earlier sheet has the same one.
    pub(super) fn add(&mut self, column: ColumnReading) {
        let is_same = |told: &&mut ColumnReading| {
            told.column == column.column
                && told.key == column.key
                && told.read_as == column.read_as
                && told.sheet != column.sheet
        };
        if let Some(told) = self.columns.iter_mut().find(is_same) {
            told.more_sheets += 1;
            let room = SAMPLES_MAX.saturating_sub(told.samples.len());
            told.samples.extend(column.samples.into_iter().take(room));
        } else if self.columns.len() < COLUMNS_TOLD_MAX {
            self.columns.push(column);
        } else {
            self.has_more = true;
        }
    }

    pub(super) fn name(&mut self, shown: &str) {
        if self.first_names.len() < FIRST_NAMES_MAX {
            self.first_names.push(shown.to_owned());
        }
    }
}

/// Values of people don't get into logs.
impl std::fmt::Debug for FileColumns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileColumns({} columns)", self.columns.len())
    }
}

/// A file that is refused as a whole, with what was seen of its columns.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct ColumnsRefused {
    /// Why.
    pub error: RosterFileError,
    /// What was seen until then.
    pub seen: Box<FileColumns>,
}

impl From<RosterFileError> for ColumnsRefused {
    fn from(error: RosterFileError) -> Self {
        Self { error, seen: Box::default() }
    }
}
