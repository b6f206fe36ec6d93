//! Faults of rows, with what is needed to correct them: the place, the value, and a key for the remedy.

use super::cell::column_letters;
use super::field::Field;
use crate::domain::characters::{code_point, shown_character, turns_direction};
use crate::domain::identifier::IdentifierFault;
use crate::domain::identifier_times::ImpossibleTime;
use crate::domain::participant::SHOWN_NAME_BYTES_MAX;
use std::sync::Arc;

/// Faults that are listed. All of them are counted.
pub const FAULTS_LISTED_MAX: usize = 1_000;
/// Faults that are kept for the annotated file.
pub const FAULTS_KEPT_MAX: usize = 200_000;
/// Characters of a cell's value that a fault shows.
const VALUE_CHARS_MAX: usize = 60;

/// One fault in one place.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The sheet's name; empty for a text file.
    pub sheet: Arc<str>,
    /// The row number that the spreadsheet shows, from 1; 0 for a fault of the whole sheet.
    pub row: u32,
    /// Letters and label, such as `B (NIP BARU)`; letters alone for a cell above the header or in it; empty for a fault
    /// of the whole row.
    pub column: String,
    /// What the cell shows, cut to 60 characters with an ellipsis; empty for merged cells.
    pub value: String,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with a row or cell. Each variant has its own messages, `roster-fault-KEY` and `roster-remedy-KEY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A NIP or NI PPPK in a numeric cell, a participant number of more than 15 digits in one, or either in scientific
    /// notation. A spreadsheet keeps only 15 digits of a number.
    NumericIdentifier,
    /// The text is not a valid NIP or NI PPPK, or participant number with its issuer. The field says why.
    Identifier(IdentifierFault),
    /// The NIP or NI PPPK holds a time that nobody can have. The field says which.
    ImpossibleTime(ImpossibleTime),
    /// A date stands where a number belongs.
    NumberIsDate,
    /// A text without a digit stands where a number belongs, such as *honorer* or *proses*.
    NumberIsWord,
    /// What stands before the hyphen of a participant number is no institution of the campaign.
    NumberIssuer {
        /// The part before the first hyphen.
        issuer: String,
    },
    /// Sixteen digits, as in an identity card number (NIK), which does not belong on a roster.
    LooksLikeNik,
    /// The name is empty.
    NameMissing,
    /// The name holds digits: a total or date below the table, or cells that slipped into the wrong column.
    NameHasDigits,
    /// The name holds a sign that is in no name, as an address, two names in one cell or letters lost to `?` leave it.
    NameHasSign {
        /// The first such sign.
        sign: char,
    },
    /// A cell is longer than its field allows, or the name with its titles is.
    TooLong {
        /// Most characters that the field allows.
        limit: usize,
    },
    /// The name with its titles takes more bytes than a credential holds, although it has few enough characters.
    NameBytes {
        /// Bytes of the name in UTF-8.
        bytes: usize,
    },
    /// The row names no institution, the import is not for one, and the campaign did not have exactly one before.
    InstitutionMissing,
    /// The row's institution matches none of the campaign's, or several. Also a new one beyond the most institutions of
    /// a campaign (1,000).
    InstitutionUnknown {
        /// The one institution that the name may be, misspelt; empty if there is none.
        alike: String,
    },
    /// The code of a new institution is longer than 16 characters or isn't letters and digits in parts that single dots
    /// separate.
    InstitutionCode,
    /// The code of the institution in the row is that of another institution than the name beside it.
    InstitutionContradiction {
        /// Code and name of the institution that the code stands for, or, of a new code, that the name stands for.
        known: String,
    },
    /// The import is for one institution and the row names another.
    InstitutionOther {
        /// Name of the institution that the import is for.
        expected: String,
    },
    /// An earlier row has the same identifier.
    Duplicate {
        /// Sheet of the earlier row; empty for a text file.
        sheet: Arc<str>,
        /// Number of the earlier row, from 1.
        row: u32,
    },
    /// A cell right of the last column with a heading: values that slipped, as after a separator within a name, or a
    /// column that lacks its heading.
    BeyondHeader,
    /// A cell of a known column holds a formula.
    Formula,
    /// A cell of a known column holds an error value such as `#N/A`.
    CellError,
    /// Column labels again, in a row below the header.
    SecondHeader,
    /// Cells of a known column are merged. Areas above the header, below the last person, or from the header down
    /// within one column are ignored.
    Merged {
        /// The merged cells, such as `B5:B7`.
        range: String,
        /// They are of one column that may be filled down.
        fills: bool,
    },
    /// A participant number is longer than 32 characters or holds others than letters, digits, `.`, `/` and `-`.
    ParticipantNumber,
    /// A cell holds control characters or the replacement character U+FFFD, as a wrong encoding leaves them, or its
    /// markup can't be read. Up to the header, a damaged cell of any column counts.
    BrokenText,
    /// A cell holds a character that changes the direction of writing.
    Direction {
        /// The character.
        character: char,
        /// Its place in the text, from 1.
        place: usize,
    },
    /// A letter of the cell has more combining marks than any language writes.
    Marks {
        /// The first mark that is too many.
        character: char,
        /// Its place in the text, from 1.
        place: usize,
    },
    /// The cell would be printed, and certificates and slips can't print one of its characters.
    Unprintable {
        /// The character.
        character: char,
        /// Its place in the text, from 1.
        place: usize,
    },
    /// Letters of the cell were written in one encoding and read in another, as in `Maâ€™ruf`.
    Garbled {
        /// The first such letters.
        found: String,
        /// What they probably were.
        meant: String,
    },
    /// The cell holds an entity or tag of a web page that can't be decoded with certainty.
    Markup {
        /// The entity or tag.
        found: String,
    },
}

impl FaultKind {
    /// The value of the cell as the fault shows it: where it has a character that nobody sees, with that written out.
    pub fn shown(&self, value: &str) -> String {
        match self {
            Self::Direction { .. } => value
                .chars()
                .map(|c| if turns_direction(c) { format!("[U+{:04X}]", u32::from(c)) } else { c.to_string() })
                .collect(),
            _ => value.to_owned(),
        }
    }

    /// The last part of the message keys, such as `formula`.
    pub fn key(&self) -> &'static str {
        match self {
            Self::NumericIdentifier => "numeric-identifier",
            Self::Identifier(fault) => match fault {
                IdentifierFault::Empty => "identifier-empty",
                IdentifierFault::Length => "identifier-length",
                IdentifierFault::BirthDate => "identifier-birth-date",
                IdentifierFault::Appointment => "identifier-appointment",
                IdentifierFault::Sex => "identifier-sex",
                IdentifierFault::SerialZero => "identifier-serial-zero",
                IdentifierFault::Form => "identifier-form",
            },
            Self::ImpossibleTime(time) => match time {
                ImpossibleTime::Birth => "born-ahead",
                ImpossibleTime::AppointmentAhead => "appointed-ahead",
                ImpossibleTime::AppointmentTooYoung => "appointed-too-young",
            },
            Self::NumberIsDate => "number-is-a-date",
            Self::NumberIsWord => "number-is-a-word",
            Self::NumberIssuer { .. } => "number-issuer",
            Self::LooksLikeNik => "nik",
            Self::NameMissing => "name-missing",
            Self::NameHasDigits => "name-has-digits",
            Self::NameHasSign { .. } => "name-has-sign",
            Self::TooLong { .. } => "too-long",
            Self::NameBytes { .. } => "name-bytes",
            Self::InstitutionMissing => "institution-missing",
            Self::InstitutionUnknown { .. } => "institution-unknown",
            Self::InstitutionCode => "institution-code",
            Self::InstitutionContradiction { .. } => "institution-contradiction",
            Self::InstitutionOther { .. } => "institution-other",
            Self::Duplicate { .. } => "duplicate",
            Self::BeyondHeader => "beyond-header",
            Self::Formula => "formula",
            Self::CellError => "cell-error",
            Self::SecondHeader => "second-header",
            Self::Merged { .. } => "merged",
            Self::ParticipantNumber => "participant-number",
            Self::BrokenText => "broken-text",
            Self::Direction { .. } => "direction",
            Self::Marks { .. } => "marks",
            Self::Unprintable { .. } => "unprintable",
            Self::Garbled { .. } => "garbled",
            Self::Markup { .. } => "markup",
        }
    }

    /// Values for the message's placeables.
    pub fn arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooLong { limit } => vec![("limit", limit.to_string())],
            Self::NameBytes { bytes } => {
                vec![("bytes", bytes.to_string()), ("limit", SHOWN_NAME_BYTES_MAX.to_string())]
            }
            Self::NumberIssuer { issuer } => vec![("issuer", issuer.clone())],
            Self::InstitutionContradiction { known } => vec![("known", known.clone())],
            Self::InstitutionOther { expected } => vec![("expected", expected.clone())],
            Self::Duplicate { sheet, row } => {
                // A CSV file has no sheet names.
                let named = if sheet.is_empty() { "no" } else { "yes" };
                vec![("named", named.into()), ("sheet", sheet.to_string()), ("row", row.to_string())]
            }
            Self::NameHasSign { sign } => vec![("sign", sign.to_string())],
            Self::InstitutionUnknown { alike } => {
                vec![("found", if alike.is_empty() { "no" } else { "yes" }.to_owned()), ("alike", alike.clone())]
            }
            Self::Merged { range, fills } => {
                vec![("range", range.clone()), ("fills", if *fills { "yes" } else { "no" }.to_owned())]
            }
            Self::Direction { character, place } | Self::Marks { character, place } => {
                vec![("character", code_point(*character)), ("place", place.to_string())]
            }
            Self::Unprintable { character, place } => {
                vec![("character", shown_character(*character)), ("place", place.to_string())]
            }
            Self::Garbled { found, meant } => vec![("found", found.clone()), ("meant", meant.clone())],
            Self::Markup { found } => vec![("found", found.clone())],
            _ => vec![],
        }
    }
}

/// Where the header of a sheet stands, for a copy with remarks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderPlace {
    /// Which row of the sheet it begins with, counted from 1 over the rows that the file has.
    pub first: u32,
    /// Rows that it takes; 0 where there is none and people say what the columns hold.
    pub rows: u32,
    /// The first column right of its cells.
    pub beside: u32,
    /// The columns that are read, with what they hold.
    pub columns: Vec<(Field, u32)>,
    /// The rightmost column of which people said what it holds, by its letters.
    pub said_last: Option<u32>,
    /// Columns with the remarks of an earlier copy.
    pub remarks: Vec<u32>,
}

/// Counts all faults and keeps the first ones.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// All faults, kept or not.
    pub total: u64,
    /// The headers of the sheets, in the order of the file; `None` for a sheet without one.
    pub(super) headers: Vec<Option<HeaderPlace>>,
    kept: Vec<Fault>,
}

impl Fault {
    /// Approximate bytes that it takes in memory.
    pub fn bytes(&self) -> usize {
        let of_kind = match &self.kind {
            FaultKind::InstitutionOther { expected } => expected.len(),
            FaultKind::Merged { range, .. } => range.len(),
            FaultKind::Garbled { found, meant } => found.len() + meant.len(),
            FaultKind::Markup { found } => found.len(),
            FaultKind::InstitutionContradiction { known } | FaultKind::InstitutionUnknown { alike: known } => {
                known.len()
            }
            FaultKind::NumberIssuer { issuer } => issuer.len(),
            _ => 0,
        };
        size_of::<Self>() + self.column.len() + self.value.len() + of_kind
    }
}

impl Faults {
    /// Whether a further fault would be kept.
    pub fn is_keeping(&self) -> bool {
        self.kept.len() < FAULTS_KEPT_MAX
    }

    /// Counts a fault, and keeps it if fewer than [`FAULTS_KEPT_MAX`] are kept.
    pub fn add(&mut self, fault: Fault) {
        self.total += 1;
        if self.is_keeping() {
            self.kept.push(fault);
        }
    }

    /// Whether no fault was found.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The first [`FAULTS_LISTED_MAX`] faults.
    pub fn listed(&self) -> &[Fault] {
        &self.kept[..self.kept.len().min(FAULTS_LISTED_MAX)]
    }

    /// The faults that are kept, in the order found: no more than [`FAULTS_KEPT_MAX`].
    pub fn kept(&self) -> &[Fault] {
        &self.kept
    }
}

/// Letters and label of a column, such as `B (NIP BARU)`.
pub fn column_name(column: u32, label: &str) -> String {
    let letters = column_letters(column);
    if label.is_empty() { letters } else { format!("{letters} ({label})") }
}

/// The first [`VALUE_CHARS_MAX`] characters of a value, with an ellipsis if some were cut.
pub fn shortened(value: &str) -> String {
    let mut short: String = value.chars().take(VALUE_CHARS_MAX).collect();
    if short.len() < value.len() {
        short.push('…');
    }
    short
}
