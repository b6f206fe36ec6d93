//! Roster files: reading, checking and importing them, and annotating the refused ones.
//!
//! A file's format follows from its bytes. It is read row by row and judged as a whole: a single fault refuses all of
//! it. People are staged in chunks under a new roster id, and one short commit then points the institutions to it.
//! Deliberately absent: HTTP and the campaign's life cycle. Faults carry message keys; only the annotated file has
//! words.

mod amendment;
#[cfg(test)]
mod block_tests;
mod budget;
mod cell;
mod cell_text;
#[cfg(test)]
mod character_tests;
mod checker;
mod codes_in_use;
mod column_choices;
mod column_report;
#[cfg(test)]
mod column_tests;
mod column_watch;
mod column_words;
mod comparison;
mod container;
mod csv_quotes;
#[cfg(test)]
mod csv_quotes_tests;
mod csv_records;
mod csv_rows;
#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod documented_headings_tests;
mod doubts;
mod employment_words;
mod fault;
mod field;
mod fill_down;
mod foreign_format;
#[cfg(test)]
mod format_tests;
mod from_before;
mod header;
mod header_guess;
mod header_rows;
#[cfg(test)]
mod header_tests;
mod heading_words;
#[cfg(test)]
mod hostile_tests;
mod import;
mod institution_names;
mod issuers;
mod kept_values;
mod left_out_rows;
mod line_feeds;
mod listed_people;
mod look_alikes;
#[cfg(test)]
mod mapping_tests;
mod not_people;
mod numbering;
mod own_lists;
#[cfg(test)]
mod people_tests;
mod plain_cell;
#[cfg(test)]
mod plain_cell_tests;
mod read_ahead;
mod reading;
mod reading_choices;
mod recorded;
mod remarks;
mod remarks_layout;
mod remarks_row;
#[cfg(test)]
mod remarks_tests;
mod roster_columns;
mod roster_export;
mod roster_tables;
mod row_notes;
mod row_values;
mod scratch_file;
mod shared_strings;
mod sheet;
mod sheet_header;
mod sheet_institution;
mod sheet_remarks;
mod sheet_units;
mod surroundings;
mod target;
mod text_encoding;
mod titles;
mod unit_names;
mod unit_question_words;
mod unit_questions;
pub mod unit_tree;
mod unread_sheet;
#[cfg(test)]
mod unseen_tests;
mod uploads;
mod utf16_text;
mod words;
mod workbook;
mod xml;

pub use budget::{HELD_BYTES_MAX, INFLATED_BYTES_MAX, Limits, STRINGS_BYTES_MAX};
pub use cell::column_letters;
pub use codes_in_use::CodeInUse;
pub use column_choices::{
    COLUMN_CHOICES_MAX, ColumnChoice, ColumnChoiceFault, ColumnChoices, NOT_KEPT, column_of, named_field,
};
pub use column_report::{
    COLUMNS_TOLD_MAX, ColumnReading, ColumnUse, ColumnsRefused, FIRST_NAMES_MAX, FileColumns, UnnamedColumn,
};
pub use column_words::{TABLE_CHARS_MAX, column_choice_words, column_sheets, column_table, column_use, columns_json};
pub use comparison::{CHANGED_ROWS_MAX, Comparison, InstitutionChange, Moved};
pub use container::{FILE_BYTES_MAX, ZIP_ENTRIES_MAX};
pub use fault::{FAULTS_KEPT_MAX, FAULTS_LISTED_MAX, Fault, FaultKind, Faults};
pub use field::{ColumnSource, Field};
pub use foreign_format::ForeignFormat;
pub use import::{ImportError, ImportRequest, Importer, RosterFile};
pub use kept_values::KeptCounts;
pub use listed_people::{ListedPeople, PEOPLE_FILE_BYTES_MAX, PeopleFile, PeopleFileError};
pub use not_people::Numberless;
pub use reading::{ImportPhase, ImportProgress, ImportReport, check};
pub use reading_choices::ReadingChoices;
pub use recorded::RosterImports;
pub use remarks::{annotate, remark};
pub use roster_export::{ROSTER_LIST, RosterExportError, RosterExports, RosterLine};
pub use roster_tables::{write_roster_csv, write_roster_template, write_roster_xlsx};
pub use row_notes::{ROWS_NOTED_MAX, RowNote, RowNotes, RowRemarks};
pub use sheet_institution::SheetInstitution;
pub use unit_question_words::{rename_choice, rename_fault, renames_json, unit_lines, unit_questions};
pub use unread_sheet::{UnreadReason, UnreadSheet};
pub use uploads::{
    IncomingFile, IncomingUpload, PeopleListRefusal, READING_MAX, RosterUploads, UPLOADS_MAX, Upload, UploadAnswers,
    UploadId, UploadProgress, UploadRefusal,
};
pub use words::{employment_counts, employment_word, kept_columns, refusal_words, unnamed_column, unread_words};

use budget::{Budget, TOKEN_BYTES_MAX};
use cell::RowSink;
use container::Container;
use shared_strings::SHARED_STRINGS_BYTES_MAX;
use std::fs::File;
use std::path::Path;
use workbook::{RELATIONS_MAX, SHEETS_MAX};

/// Most rows in one file, counted over all sheets.
pub const ROWS_MAX: u64 = 6_000_000;

/// Why a whole file is refused. Each variant has a message of its own, `roster-file-KEY`.
#[derive(Debug, thiserror::Error)]
pub enum RosterFileError {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The file is larger than [`FILE_BYTES_MAX`].
    #[error("the file is larger than {} MiB", FILE_BYTES_MAX / 1024 / 1024)]
    FileTooLarge,
    /// The parts that are read unpack to more than [`INFLATED_BYTES_MAX`].
    #[error("the file unpacks to more than the limit")]
    InflatesTooLarge,
    /// The XLSX container has more than [`ZIP_ENTRIES_MAX`] parts or an oversized directory.
    #[error("the file holds more than {ZIP_ENTRIES_MAX} parts")]
    TooManyEntries,
    /// The sheets together have more than [`ROWS_MAX`] rows, or too many people without a number (1,000,000).
    #[error("the file holds more than {ROWS_MAX} rows")]
    TooManyRows,
    /// One tag, text run or row of a worksheet, or one record of a text file, is longer than 4 MiB.
    #[error("a row or cell of the file holds more than {} MiB", TOKEN_BYTES_MAX / 1024 / 1024)]
    RowTooLong,
    /// The workbook has more than 1,000 sheets.
    #[error("the workbook has more than {SHEETS_MAX} sheets")]
    TooManySheets,
    /// The workbook declares more than 4,096 relations to worksheets.
    #[error("the workbook names more than {RELATIONS_MAX} sheets")]
    TooManyRelations,
    /// The workbook's shared strings exceed 512 MiB of text or 60,000,000 entries.
    #[error("the workbook holds more text than the limit")]
    TooManyStrings,
    /// Reading takes more steps than a file of this size may take, as with a file made to keep the reader busy.
    #[error("reading the file takes more than {limit} steps, which no other file of its size needs")]
    TooMuchWork {
        /// Steps that this file may take.
        limit: u64,
    },
    /// The data kept for all files being read at the moment would exceed [`HELD_BYTES_MAX`]. The same file may pass
    /// once other readings have ended.
    #[error("reading the file takes more memory than all readers together may hold")]
    TooMuchMemory,
    /// The file names more than [`unit_tree::UNITS_MAX`] units.
    #[error("the file names more institutions or units than the limit")]
    TooManyUnits,
    /// The workbook is encrypted: an OLE container that holds an `EncryptedPackage` stream.
    #[error("the workbook is protected by a password")]
    Password,
    /// Any other OLE container, the format of Excel before 2007.
    #[error("the workbook has the old format .xls")]
    OldExcel,
    /// The first bytes are those of an image or a PDF, or contain a NUL byte. The field names the kind, in Indonesian.
    #[error("the file is no table")]
    NotASpreadsheet(&'static str),
    /// The file is one of another program.
    #[error("the file has another format: {}", .0.key())]
    Foreign(ForeignFormat),
    /// The container lacks the workbook part or its relations, or the workbook has no worksheet.
    #[error("the container is no workbook")]
    NotAWorkbook,
    /// All worksheets of the workbook are hidden.
    #[error("all sheets of the workbook are hidden")]
    NoVisibleSheet,
    /// The container or its XML is broken, cells refer to shared strings of which the workbook has none, or the reading
    /// thread panicked. Damage within one cell is a fault of its row instead.
    #[error("the file is damaged or cut short")]
    Damaged,
    /// The text is not valid UTF-8 and cannot be Windows-1252 either: it begins with a UTF-8 byte order mark, holds
    /// other characters in UTF-8, or holds bytes that Windows-1252 leaves undefined.
    #[error("line {line} isn't text in a known encoding")]
    BrokenText {
        /// The first line that holds such a byte, from 1.
        line: u64,
    },
    /// A quotation mark in a text file opens a cell that is still open at the end of the file or 4 MiB later, or that
    /// takes in further rows.
    #[error("the quotation mark opened in line {line} isn't closed in its cell")]
    QuoteNotClosed {
        /// The line on which the cell begins, from 1.
        line: u64,
    },
    /// No sheet has a header within its first 50 rows: a row with a column for the name and at least one other known
    /// column.
    #[error("no header row was found")]
    NoHeader {
        /// Hidden sheets that hold something, separated by commas.
        hidden: String,
    },
    /// Two columns of a sheet have the same label, and the field has no column with a preferred label.
    #[error("two columns have the same name")]
    AmbiguousColumns {
        /// Letters of the left column, such as `B`.
        first: String,
        /// Letters of the right column.
        second: String,
    },
    /// A column that isn't read holds NIPs of people who would have no number otherwise: of its first 200 filled cells
    /// half or more.
    #[error("column {column} holds identifiers under a heading that isn't known")]
    UnreadNumbers {
        /// The sheet's name; empty for a text file.
        sheet: String,
        /// Letters of the column.
        column: String,
        /// Its heading; empty if it has none.
        heading: String,
        /// Its first values, at most three, separated by commas.
        samples: String,
    },
    /// A sheet has no column for the institution or its code, the import is not for one institution, and the campaign
    /// does not have exactly one.
    #[error("the file doesn't say which institution its people belong to")]
    NoInstitutionColumn {
        /// The sheet's name; empty for a text file.
        sheet: String,
        /// Whether its name may be that of an institution.
        named: SheetInstitution,
    },
    /// The import is for an institution that the campaign does not have.
    #[error("there is no such institution in this campaign")]
    NoSuchInstitution {
        /// The code that was asked for.
        code: String,
    },
    /// Below the headers there is no person and no fault.
    #[error("the file holds no people")]
    NoPeople {
        /// Hidden sheets that hold something, separated by commas.
        hidden: String,
    },
    /// Below the headers there is no fault, and every row is taken for no participant.
    #[error("no row of the file is a participant")]
    NoParticipants {
        /// Rows that aren't blank.
        rows: u64,
        /// What the first of them shows.
        first: String,
    },
    /// The import was cancelled, or nothing takes its results any more because the store failed.
    #[error("cancelled")]
    Cancelled,
    /// The file cannot be read, or a scratch file or the annotated file cannot be written.
    #[error("the file can't be read: {0}")]
    Io(#[from] std::io::Error),
}

impl RosterFileError {
    /// The last part of the message key, such as `empty`.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::FileTooLarge => "too-large",
            Self::InflatesTooLarge => "inflates-too-large",
            Self::TooManyEntries => "too-many-parts",
            Self::TooManyRows => "too-many-rows",
            Self::RowTooLong => "row-too-long",
            Self::TooManySheets => "too-many-sheets",
            Self::TooManyRelations => "too-many-relations",
            Self::TooManyStrings => "too-many-strings",
            Self::TooMuchWork { .. } => "too-much-work",
            Self::TooMuchMemory => "too-much-memory",
            Self::TooManyUnits => "too-many-units",
            Self::Password => "password",
            Self::OldExcel => "old-excel",
            Self::NotASpreadsheet(_) => "no-table",
            Self::Foreign(format) => format.key(),
            Self::NotAWorkbook => "no-workbook",
            Self::NoVisibleSheet => "no-visible-sheet",
            Self::Damaged => "damaged",
            Self::BrokenText { .. } => "broken-text",
            Self::QuoteNotClosed { .. } => "quote-not-closed",
            Self::NoHeader { .. } => "no-header",
            Self::AmbiguousColumns { .. } => "ambiguous-columns",
            Self::UnreadNumbers { .. } => "unread-numbers",
            Self::NoInstitutionColumn { .. } => "no-institution-column",
            Self::NoSuchInstitution { .. } => "no-such-institution",
            Self::NoPeople { .. } => "no-people",
            Self::NoParticipants { .. } => "no-participants",
            Self::Cancelled => "cancelled",
            Self::Io(_) => "unreadable",
        }
    }

    /// Values for the message's placeables. A `limit` is in the unit that the message names: MiB, GiB or a count.
    pub fn arguments(&self) -> Vec<(&'static str, String)> {
        let is_there = |text: &str| String::from(if text.is_empty() { "no" } else { "yes" });
        match self {
            Self::FileTooLarge => vec![("limit", (FILE_BYTES_MAX / 1024 / 1024).to_string())],
            Self::InflatesTooLarge => vec![("limit", (INFLATED_BYTES_MAX / 1024 / 1024 / 1024).to_string())],
            Self::TooManyEntries => vec![("limit", ZIP_ENTRIES_MAX.to_string())],
            Self::TooManyRows => vec![("limit", ROWS_MAX.to_string())],
            Self::RowTooLong => vec![("limit", (TOKEN_BYTES_MAX / 1024 / 1024).to_string())],
            Self::NotASpreadsheet(kind) => vec![("kind", (*kind).to_owned())],
            Self::TooManySheets => vec![("limit", SHEETS_MAX.to_string())],
            Self::TooManyRelations => vec![("limit", RELATIONS_MAX.to_string())],
            Self::TooManyStrings => vec![("limit", (SHARED_STRINGS_BYTES_MAX / 1024 / 1024).to_string())],
            Self::TooMuchWork { limit } => vec![("limit", limit.to_string())],
            Self::TooMuchMemory => vec![("limit", (HELD_BYTES_MAX / 1024 / 1024).to_string())],
            Self::BrokenText { line } | Self::QuoteNotClosed { line } => vec![("line", line.to_string())],
            Self::AmbiguousColumns { first, second } => vec![("first", first.clone()), ("second", second.clone())],
            Self::UnreadNumbers { sheet, column, heading, samples } => {
                vec![
                    ("named", is_there(sheet)),
                    ("sheet", sheet.clone()),
                    ("column", column.clone()),
                    ("headed", is_there(heading)),
                    ("heading", heading.clone()),
                    ("samples", samples.clone()),
                ]
            }
            Self::NoHeader { hidden } | Self::NoPeople { hidden } => {
                vec![("hidden", is_there(hidden)), ("sheets", hidden.clone())]
            }
            Self::NoInstitutionColumn { sheet, named } => {
                vec![("named", named.key().to_owned()), ("sheet", sheet.clone())]
            }
            Self::NoSuchInstitution { code } => vec![("code", code.clone())],
            Self::NoParticipants { rows, first } => vec![("rows", rows.to_string()), ("first", first.clone())],
            _ => vec![],
        }
    }
}

/// Any XML error means a damaged file, a failed read below the XML reader included. `Budget::told` puts the exceeded
/// limit in its place where there is one.
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

/// Opens a file and the budget for reading it.
fn open(path: &Path, limits: Limits) -> Result<(File, Budget), RosterFileError> {
    let file = File::open(path)?;
    let size = container::size(&file)?;
    Ok((file, Budget::new(limits, size)))
}

/// Passes all rows of a file to the sink.
fn read_rows(mut file: File, sink: &mut dyn RowSink, budget: &Budget) -> Result<(), RosterFileError> {
    match container::recognise(&mut file, budget)? {
        Container::Xlsx => workbook::read(file, sink, budget),
        Container::Utf16(encoding) => csv_rows::read(utf16_text::in_utf8(file, encoding, budget)?, sink, budget),
        Container::Text => csv_rows::read(file, sink, budget),
    }
}
