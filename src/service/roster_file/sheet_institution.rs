//! Workbooks with one sheet for each institution, whose name says which it is.

use super::RosterFileError;
use super::checker::Checker;
use super::fault::FaultKind;
use super::field::Field;
use super::header::Header;
use super::row_values::{CellFault, RowValues, stands_empty};
use super::surroundings::Surroundings;
use super::unread_sheet::UnreadReason;

/// What the name of a sheet says of the institution of its people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetInstitution {
    /// It is an institution of the campaign, or says that it is one; sheets aren't taken for institutions, though.
    Known,
    /// It is none, although sheets are taken for institutions.
    Unknown,
    /// Nothing.
    None,
}

impl SheetInstitution {
    /// What selects the words of the refusal.
    pub fn key(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Unknown => "unknown",
            Self::None => "none",
        }
    }
}

impl<S: Surroundings> Checker<'_, S> {
    /// Refuses a file of several institutions where neither a column of the sheet nor, if sheets are taken for
    /// institutions, its name says which one its people belong to.
    pub(super) fn check_institution(&mut self, header: &Header) {
        let is_named = header.of(Field::Institution).is_some() || header.of(Field::InstitutionCode).is_some();
        if is_named || self.target.is_single() {
            return;
        }
        let sheet = self.sheet_name();
        let named = match (self.reading.unit_from_sheet, self.target.may_be_institution(&sheet)) {
            (true, true) => return,
            (true, false) if !sheet.is_empty() => SheetInstitution::Unknown,
            (false, true) => SheetInstitution::Known,
            (_, false) => SheetInstitution::None,
        };
        self.refuse_columns(RosterFileError::NoInstitutionColumn { sheet: sheet.to_string(), named });
    }

    /// The institution of a row: that of its cells, else that of its sheet.
    pub(super) fn institution_of<'v>(&mut self, values: &RowValues<'v>) -> Result<usize, CellFault<'v>> {
        let is_blank = |field: Field| stands_empty(&values.text(field));
        let takes_sheet =
            self.reading.unit_from_sheet && is_blank(Field::Institution) && is_blank(Field::InstitutionCode);
        let sheet = self.sheet_name();
        let Some(at) = takes_sheet.then(|| self.target.institution_of_sheet(&sheet)).flatten() else {
            return self.target.institution(values);
        };
        match self.target.only_name() {
            Some(expected) if !self.target.is_only(at) => {
                Err((None, sheet.to_string(), FaultKind::InstitutionOther { expected: expected.to_owned() }))
            }
            _ => Ok(at),
        }
    }

    /// The names of hidden sheets that hold something.
    pub(super) fn hidden_sheets(&self) -> String {
        let hidden = self.sheets_unread.iter().filter(|unread| unread.reason != UnreadReason::NoHeader);
        hidden.take(HIDDEN_NAMED_MAX).map(|unread| unread.sheet.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Hidden sheets that a refusal names.
const HIDDEN_NAMED_MAX: usize = 5;
