//! Rosters in files: reading, checking, importing and listing them.
//!
//! A file is told by its bytes, read row by row, and checked as a whole: any fault refuses all of it. People go to the
//! store in chunks under a new roster, and one short commit lets the institutions point to it.
//! Deliberately absent: HTTP, the campaign's life cycle. Faults carry message keys; only the annotated file has words.

mod budget;
mod cell;
mod checker;
mod comparison;
mod container;
mod csv_rows;
mod fault;
mod header;
#[cfg(test)]
mod hostile_tests;
mod import;
mod institution_names;
mod look_alikes;
mod numbering;
mod recorded;
mod remarks;
mod row_values;
mod shared_strings;
mod sheet;
mod target;
mod text_encoding;
pub mod unit_tree;
mod words;
mod workbook;
mod xml;

pub use budget::{HELD_BYTES_MAX, INFLATED_BYTES_MAX, Limits, STRINGS_BYTES_MAX};
pub use cell::column_letters;
pub use comparison::{Comparison, InstitutionChange, Moved};
pub use container::{FILE_BYTES_MAX, ZIP_ENTRIES_MAX};
pub use fault::{FAULTS_KEPT_MAX, FAULTS_LISTED_MAX, Fault, FaultKind, Faults};
pub use import::{ImportError, ImportPhase, ImportProgress, ImportReport, ImportRequest, Importer, check};
pub use recorded::{RosterFile, RosterImports};
pub use remarks::{annotate, remark};
pub use words::refusal_words;

use budget::{Budget, TOKEN_BYTES_MAX};
use cell::RowSink;
use container::Container;
use shared_strings::SHARED_STRINGS_BYTES_MAX;
use std::fs::File;
use std::path::Path;
use workbook::RELATIONS_MAX;

/// Most rows in one file, all sheets together.
pub const ROWS_MAX: u64 = 6_000_000;

/// Why a file as a whole can't be read. Each is a message of its own: `roster-file-KEY`.
#[derive(Debug, thiserror::Error)]
pub enum RosterFileError {
    #[error("the file is empty")]
    Empty,
    #[error("the file is larger than {} MiB", FILE_BYTES_MAX / 1024 / 1024)]
    FileTooLarge,
    #[error("the file unpacks to more than the limit")]
    InflatesTooLarge,
    #[error("the file holds more than {ZIP_ENTRIES_MAX} parts")]
    TooManyEntries,
    #[error("the file holds more than {ROWS_MAX} rows")]
    TooManyRows,
    #[error("a row or cell of the file holds more than {} MiB", TOKEN_BYTES_MAX / 1024 / 1024)]
    RowTooLong,
    #[error("the workbook names more than {RELATIONS_MAX} sheets")]
    TooManyRelations,
    #[error("the workbook holds more text than the limit")]
    TooManyStrings,
    #[error("reading the file takes more than {limit} steps, which no other file of its size needs")]
    TooMuchWork { limit: u64 },
    #[error("reading the file takes more memory than all readers together may hold")]
    TooMuchMemory,
    #[error("the file names more institutions or units than the limit")]
    TooManyUnits,
    #[error("the workbook is protected by a password")]
    Password,
    #[error("the workbook has the old format .xls")]
    OldExcel,
    #[error("the file is no table")]
    NotASpreadsheet(&'static str),
    #[error("the container is no workbook")]
    NotAWorkbook,
    #[error("the file is damaged or cut short")]
    Damaged,
    #[error("the file is UTF-16 text")]
    Utf16,
    #[error("line {line} isn't text in a known encoding")]
    BrokenText { line: u64 },
    #[error("a quotation mark is never closed")]
    QuoteNotClosed,
    #[error("no header row was found")]
    NoHeader,
    #[error("two columns have the same name")]
    AmbiguousColumns { first: String, second: String },
    #[error("the file doesn't say which institution its people belong to")]
    NoInstitutionColumn,
    #[error("there is no such institution in this campaign")]
    NoSuchInstitution { code: String },
    #[error("the file holds no people")]
    NoPeople,
    #[error("cancelled")]
    Cancelled,
    #[error("the file can't be read: {0}")]
    Io(#[from] std::io::Error),
}

impl RosterFileError {
    /// The last part of its message key.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::FileTooLarge => "too-large",
            Self::InflatesTooLarge => "inflates-too-large",
            Self::TooManyEntries => "too-many-parts",
            Self::TooManyRows => "too-many-rows",
            Self::RowTooLong => "row-too-long",
            Self::TooManyRelations => "too-many-relations",
            Self::TooManyStrings => "too-many-strings",
            Self::TooMuchWork { .. } => "too-much-work",
            Self::TooMuchMemory => "too-much-memory",
            Self::TooManyUnits => "too-many-units",
            Self::Password => "password",
            Self::OldExcel => "old-excel",
            Self::NotASpreadsheet(_) => "no-table",
            Self::NotAWorkbook => "no-workbook",
            Self::Damaged => "damaged",
            Self::Utf16 => "utf16",
            Self::BrokenText { .. } => "broken-text",
            Self::QuoteNotClosed => "quote-not-closed",
            Self::NoHeader => "no-header",
            Self::AmbiguousColumns { .. } => "ambiguous-columns",
            Self::NoInstitutionColumn => "no-institution-column",
            Self::NoSuchInstitution { .. } => "no-such-institution",
            Self::NoPeople => "no-people",
            Self::Cancelled => "cancelled",
            Self::Io(_) => "unreadable",
        }
    }

    /// Values for the message's placeables.
    pub fn arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::FileTooLarge => vec![("limit", (FILE_BYTES_MAX / 1024 / 1024).to_string())],
            Self::InflatesTooLarge => vec![("limit", (INFLATED_BYTES_MAX / 1024 / 1024 / 1024).to_string())],
            Self::TooManyEntries => vec![("limit", ZIP_ENTRIES_MAX.to_string())],
            Self::TooManyRows => vec![("limit", ROWS_MAX.to_string())],
            Self::RowTooLong => vec![("limit", (TOKEN_BYTES_MAX / 1024 / 1024).to_string())],
            Self::TooManyRelations => vec![("limit", RELATIONS_MAX.to_string())],
            Self::TooManyStrings => vec![("limit", (SHARED_STRINGS_BYTES_MAX / 1024 / 1024).to_string())],
            Self::TooMuchWork { limit } => vec![("limit", limit.to_string())],
            Self::TooMuchMemory => vec![("limit", (HELD_BYTES_MAX / 1024 / 1024).to_string())],
            Self::BrokenText { line } => vec![("line", line.to_string())],
            Self::AmbiguousColumns { first, second } => vec![("first", first.clone()), ("second", second.clone())],
            Self::NoSuchInstitution { code } => vec![("code", code.clone())],
            _ => vec![],
        }
    }
}

/// Whatever XML can't be read is a damaged file to whoever sent it, except a failing disk.
impl From<quick_xml::Error> for RosterFileError {
    fn from(_: quick_xml::Error) -> Self {
        Self::Damaged
    }
}

impl From<csv::Error> for RosterFileError {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Self::Io(error),
            _ => Self::Damaged,
        }
    }
}

/// Opens a file and the account of what reading it may cost.
fn open(path: &Path, limits: Limits) -> Result<(File, Budget), RosterFileError> {
    let file = File::open(path)?;
    let size = container::size(&file)?;
    Ok((file, Budget::new(limits, size)))
}

/// Hands all rows of a file to the sink.
fn read_rows(mut file: File, sink: &mut dyn RowSink, budget: &Budget) -> Result<(), RosterFileError> {
    match container::recognise(&mut file, budget)? {
        Container::Xlsx => workbook::read(file, sink, budget),
        Container::Text => csv_rows::read(file, sink, budget),
    }
}
