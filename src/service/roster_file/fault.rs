//! What is wrong with a row, told so that whoever keeps the file can mend it: where, what stands there, what to do.

use super::cell::column_letters;
use crate::domain::identifier::IdentifierFault;
use std::sync::Arc;

/// Faults that are listed one by one; all are counted.
pub const FAULTS_LISTED_MAX: usize = 1_000;
/// Faults that are kept for the annotated file.
pub const FAULTS_KEPT_MAX: usize = 200_000;
/// Characters of a cell's value that are shown.
const VALUE_CHARS_MAX: usize = 60;

/// One thing wrong in one place.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The sheet's name; empty for a text file.
    pub sheet: Arc<str>,
    /// As the spreadsheet numbers it, from 1; 0 when the sheet as a whole is meant.
    pub row: u32,
    /// Letters and label, e.g. `B (NIP BARU)`; empty when the row as a whole is meant.
    pub column: String,
    pub value: String,
    pub kind: FaultKind,
}

/// A variant is a message and a remedy of its own: `roster-fault-KEY` and `roster-remedy-KEY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A number kept as a number: a spreadsheet has cut it to 15 digits.
    NumericIdentifier,
    Identifier(IdentifierFault),
    /// Sixteen digits: the number of an identity card, which doesn't belong here.
    LooksLikeNik,
    NameMissing,
    /// Digits in a name: a total or a date below the table, or cells that slipped.
    NameHasDigits,
    TooLong {
        limit: usize,
    },
    InstitutionMissing,
    InstitutionUnknown,
    /// A code that can't be one.
    InstitutionCode,
    /// The file was given for one institution and the row names another.
    InstitutionOther {
        expected: String,
    },
    /// Neither a number nor a unit: more likely a remark below the table than a person.
    NeitherNumberNorUnit,
    Duplicate {
        sheet: Arc<str>,
        row: u32,
    },
    Formula,
    CellError,
    /// A label row within the data.
    SecondHeader,
    Merged {
        range: String,
    },
    /// A participant number that can't be written down as one.
    ParticipantNumber,
    /// Characters that are no text, e.g. the replacement character of a wrong encoding.
    BrokenText,
}

impl FaultKind {
    /// The last part of its message keys.
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
            Self::LooksLikeNik => "nik",
            Self::NameMissing => "name-missing",
            Self::NameHasDigits => "name-has-digits",
            Self::TooLong { .. } => "too-long",
            Self::InstitutionMissing => "institution-missing",
            Self::InstitutionUnknown => "institution-unknown",
            Self::InstitutionCode => "institution-code",
            Self::InstitutionOther { .. } => "institution-other",
            Self::NeitherNumberNorUnit => "neither-number-nor-unit",
            Self::Duplicate { .. } => "duplicate",
            Self::Formula => "formula",
            Self::CellError => "cell-error",
            Self::SecondHeader => "second-header",
            Self::Merged { .. } => "merged",
            Self::ParticipantNumber => "participant-number",
            Self::BrokenText => "broken-text",
        }
    }

    /// Values for the message's placeables.
    pub fn arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooLong { limit } => vec![("limit", limit.to_string())],
            Self::InstitutionOther { expected } => vec![("expected", expected.clone())],
            Self::Duplicate { sheet, row } => {
                // A CSV file has no sheets to name.
                let named = if sheet.is_empty() { "no" } else { "yes" };
                vec![("named", named.into()), ("sheet", sheet.to_string()), ("row", row.to_string())]
            }
            Self::Merged { range } => vec![("range", range.clone())],
            _ => vec![],
        }
    }
}

/// Collects faults: all counted, the first ones kept.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    pub total: u64,
    kept: Vec<Fault>,
}

impl Fault {
    /// About how much memory it takes.
    pub fn bytes(&self) -> usize {
        let of_kind = match &self.kind {
            FaultKind::InstitutionOther { expected } => expected.len(),
            FaultKind::Merged { range } => range.len(),
            _ => 0,
        };
        size_of::<Self>() + self.column.len() + self.value.len() + of_kind
    }
}

impl Faults {
    /// Whether a further one would be kept.
    pub fn is_keeping(&self) -> bool {
        self.kept.len() < FAULTS_KEPT_MAX
    }

    pub fn add(&mut self, fault: Fault) {
        self.total += 1;
        if self.is_keeping() {
            self.kept.push(fault);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The first [`FAULTS_LISTED_MAX`].
    pub fn listed(&self) -> &[Fault] {
        &self.kept[..self.kept.len().min(FAULTS_LISTED_MAX)]
    }

    /// The first [`FAULTS_KEPT_MAX`].
    pub fn kept(&self) -> &[Fault] {
        &self.kept
    }
}

/// `B (NIP BARU)`.
pub fn column_name(column: u32, label: &str) -> String {
    format!("{} ({label})", column_letters(column))
}

/// A value short enough for a list.
pub fn shortened(value: &str) -> String {
    let mut short: String = value.chars().take(VALUE_CHARS_MAX).collect();
    if short.len() < value.len() {
        short.push('…');
    }
    short
}
