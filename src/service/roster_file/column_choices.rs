//! What people say that columns hold: on the command line, on the console's page, or in an earlier import.
//!
//! A choice comes before what a heading says. Headings are compared by letters and digits; the second column of the
//! same heading is another one than the first. Deliberately absent: the database, and words for people.

use super::cell::{COLUMNS_MAX, column_letters, parse_reference};
use super::field::{ColumnSource, Field};
use super::header::field_of;
use super::heading_words::bare;
use crate::i18n::{Lang, Localizer};
use std::collections::HashMap;

/// Most columns of one file that choices are made for.
pub const COLUMN_CHOICES_MAX: usize = 200;
/// What stands for a field where a column isn't kept.
pub const NOT_KEPT: &str = "-";

/// What one column holds, as a person says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnChoice {
    /// The column, from 0.
    pub column: u32,
    /// Where it is said of columns with this heading only: its letters and digits, numbered where a sheet has several.
    pub heading: Option<String>,
    /// `None`: it isn't kept.
    pub field: Option<Field>,
}

/// Why choices aren't taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnChoiceFault {
    /// It isn't in the form `FIELD=LETTERS`, or the letters name no column.
    #[error("{0} names no column")]
    Form(String),
    /// The field isn't known.
    #[error("{0} is no field")]
    Field(String),
    /// One column is said to be two fields, or two columns one field.
    #[error("{0} is said twice")]
    Twice(String),
    /// More than [`COLUMN_CHOICES_MAX`].
    #[error("more than {COLUMN_CHOICES_MAX} columns")]
    TooMany,
}

impl ColumnChoiceFault {
    /// The last part of the message's key, and what it is about.
    pub fn key(&self) -> (&'static str, &str) {
        match self {
            Self::Form(text) => ("form", text),
            Self::Field(text) => ("field", text),
            Self::Twice(text) => ("twice", text),
            Self::TooMany => ("too-many", ""),
        }
    }
}

/// What is said and what is remembered of the columns of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnChoices {
    said: Vec<ColumnChoice>,
    remembered: HashMap<String, Option<Field>>,
}

impl ColumnChoices {
    /// Choices of a command line, each `FIELD=LETTERS`, or `-=LETTERS` for a column that isn't kept.
    ///
    /// # Errors
    /// See [`ColumnChoiceFault`].
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, ColumnChoiceFault> {
        let choices = texts.into_iter().map(|text| {
            let (field, letters) = text.rsplit_once('=').ok_or_else(|| ColumnChoiceFault::Form(text.into()))?;
            let column = column_of(letters).ok_or_else(|| ColumnChoiceFault::Form(text.into()))?;
            Ok(ColumnChoice { column, heading: None, field: named_field(field)? })
        });
        Self::said(choices.collect::<Result<_, _>>()?)
    }

    /// What a person says.
    ///
    /// # Errors
    /// `Twice` and `TooMany`.
    pub fn said(said: Vec<ColumnChoice>) -> Result<Self, ColumnChoiceFault> {
        if said.len() > COLUMN_CHOICES_MAX {
            return Err(ColumnChoiceFault::TooMany);
        }
        for (at, one) in said.iter().enumerate() {
            let may_be_one = |other: &&ColumnChoice| {
                other.heading.is_none() || one.heading.is_none() || one.heading == other.heading
            };
            let mut others = said[..at].iter().filter(may_be_one);
            if others.clone().any(|other| other.column == one.column) {
                return Err(ColumnChoiceFault::Twice(column_letters(one.column)));
            }
            let is_cli = one.heading.is_none();
            if let Some(field) = one.field.filter(|_| is_cli)
                && others.any(|other| other.field == Some(field))
            {
                return Err(ColumnChoiceFault::Twice(field.shown(Localizer(Lang::Id))));
            }
        }
        Ok(Self { said, remembered: HashMap::new() })
    }

    /// These, and for other columns what is remembered: headings as `HeadingKeys` writes them.
    #[must_use]
    pub fn remembering(self, remembered: impl IntoIterator<Item = (String, Option<Field>)>) -> Self {
        Self { remembered: remembered.into_iter().collect(), ..self }
    }

    /// Whether every heading decides for itself.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty() && self.remembered.is_empty()
    }

    /// Whether nothing is said.
    pub fn says_nothing(&self) -> bool {
        self.said.is_empty()
    }

    /// What people said.
    pub fn said_choices(&self) -> &[ColumnChoice] {
        &self.said
    }

    /// What a column is said or remembered to hold; `None` where its heading decides.
    pub(super) fn of(&self, column: u32, key: &str) -> Option<(Option<Field>, ColumnSource)> {
        let is_meant = |said: &&ColumnChoice| {
            said.column == column && said.heading.as_deref().is_none_or(|heading| heading == key)
        };
        if let Some(said) = self.said.iter().find(is_meant) {
            return Some((said.field, ColumnSource::Said));
        }
        let remembered = self.remembered.get(key).filter(|_| !key.is_empty())?;
        Some((*remembered, ColumnSource::Remembered))
    }

    /// What is said of columns without a heading: all that `has_heading` doesn't have.
    pub(super) fn unheaded(&self, has_heading: impl Fn(u32) -> bool) -> impl Iterator<Item = (u32, Option<Field>)> {
        let is_meant =
            move |said: &&ColumnChoice| said.heading.as_deref().is_none_or(str::is_empty) && !has_heading(said.column);
        self.said.iter().filter(is_meant).map(|said| (said.column, said.field))
    }

    /// Whether a column is said or remembered to hold the field.
    pub(super) fn names(&self, field: Field) -> bool {
        let mut fields = self.said.iter().map(|said| said.field).chain(self.remembered.values().copied());
        fields.any(|named| named == Some(field))
    }
}

/// The keys of the headings of one row, by which columns are remembered.
#[derive(Default)]
pub struct HeadingKeys(HashMap<String, u32>);

impl HeadingKeys {
    /// The letters and digits of the next heading; with a number from the second one of the same name on.
    pub fn next(&mut self, heading: &str) -> String {
        let key = bare(heading);
        if key.is_empty() {
            return key;
        }
        let times = self.0.entry(key.clone()).or_default();
        *times += 1;
        if *times == 1 { key } else { format!("{key}#{times}") }
    }
}

/// The field of this name: a heading under which it is known, its name in Indonesian, or its key. `-` is none.
///
/// # Errors
/// `Field` for every other text.
pub fn named_field(text: &str) -> Result<Option<Field>, ColumnChoiceFault> {
    if text.trim() == NOT_KEPT {
        return Ok(None);
    }
    let wanted = bare(text);
    let is_named = |field: &Field| bare(field.key()) == wanted || bare(&field.shown(Localizer(Lang::Id))) == wanted;
    let named = Field::ALL.into_iter().find(is_named).or_else(|| field_of(text).map(|found| found.0));
    named.map(Some).ok_or_else(|| ColumnChoiceFault::Field(text.trim().into()))
}

/// The column that letters name, in either case.
pub fn column_of(letters: &str) -> Option<u32> {
    let letters = letters.trim().to_ascii_uppercase();
    let is_letters = letters.bytes().all(|letter| letter.is_ascii_uppercase());
    let (_, column) = parse_reference(&format!("{letters}1")).filter(|_| is_letters)?;
    (column < COLUMNS_MAX).then_some(column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(texts: &[&str]) -> Result<Vec<(u32, Option<Field>)>, ColumnChoiceFault> {
        let choices = ColumnChoices::parse(texts.iter().copied())?;
        Ok(choices.said.iter().map(|said| (said.column, said.field)).collect())
    }

    #[test]
    fn fields_are_named_as_people_know_them() {
        for name in ["NIP", "nip", "N.I.P.", "NIP atau NI PPPK", "identifier", "NIP BARU"] {
            assert_eq!(fields(&[&format!("{name}=C")]), Ok(vec![(2, Some(Field::Identifier))]), "{name}");
        }
        assert_eq!(fields(&["unit kerja=ab", "-=A"]), Ok(vec![(27, Some(Field::Unit)), (0, None)]));
        for field in Field::ALL {
            assert_eq!(named_field(field.key()), Ok(Some(field)));
            assert_eq!(named_field(&field.shown(Localizer(Lang::Id))), Ok(Some(field)));
        }
    }

    #[test]
    fn what_names_no_field_or_column_is_refused() {
        for (text, key) in [
            ("NIP", "form"),
            ("NIP=", "form"),
            ("NIP=3", "form"),
            ("NIP=C1", "form"),
            ("NIP=ZZZZ", "form"),
            ("NIP=XFD", "form"),
            ("ALAMAT=C", "field"),
            ("=C", "field"),
            ("--=C", "field"),
        ] {
            assert_eq!(fields(&[text]).unwrap_err().key().0, key, "{text}");
        }
        assert_eq!(fields(&["NIP=C", "NAMA=C"]).unwrap_err().key(), ("twice", "C"));
        assert_eq!(fields(&["NIP=C", "nip baru=D"]).unwrap_err().key().0, "twice");
        assert!(fields(&["-=C", "-=D"]).is_ok());
    }

    #[test]
    fn so_many_columns_can_be_named_and_no_more() {
        let choices =
            |count: u32| (0..count).map(|column| ColumnChoice { column, heading: None, field: None }).collect();
        let most = u32::try_from(COLUMN_CHOICES_MAX).unwrap();
        assert!(ColumnChoices::said(choices(most)).is_ok());
        assert!(matches!(ColumnChoices::said(choices(most + 1)), Err(ColumnChoiceFault::TooMany)));
    }

    #[test]
    fn headings_of_one_name_are_told_apart() {
        let mut keys = HeadingKeys::default();
        assert_eq!(
            ["N.I.P.", "", "nip", "Nama", " "].map(|heading| keys.next(heading)),
            ["NIP", "", "NIP#2", "NAMA", ""]
        );
    }
}
