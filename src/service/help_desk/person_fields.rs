//! What is typed of a person who is added or corrected, checked as an import checks a row.

use crate::certificate::printable::unprintable;
use crate::domain::characters::{CharacterFault, kept_line};
use crate::domain::employment::EmploymentKind;
use crate::domain::identifier::IdentifierFault;
use crate::domain::participant::{
    LABEL_CHARS_MAX, Participant, SHORT_LABEL_CHARS_MAX, SHOWN_NAME_BYTES_MAX, SHOWN_NAME_CHARS_MAX,
};
use crate::every_variant::every_variant;

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonField {
    /// NIP, NI PPPK or participant number.
    Identifier,
    /// Name with titles.
    Name,
    /// The institution's code.
    Institution,
    /// The unit within the institution.
    Unit,
    /// Position.
    Position,
    /// Rank.
    Rank,
    /// Where the person works.
    Location,
}

impl PersonField {
    /// Every field.
    pub const ALL: [Self; 7] =
        every_variant!(PersonField: Identifier, Name, Institution, Unit, Position, Rank, Location);

    /// The name in the form, which also ends its message key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Name => "name",
            Self::Institution => "institution",
            Self::Unit => "unit",
            Self::Position => "position",
            Self::Rank => "rank",
            Self::Location => "location",
        }
    }
}

/// Why a field isn't accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldProblem {
    /// It must be filled in.
    Empty,
    /// It is longer than this many characters.
    TooLong(usize),
    /// It holds a character that isn't kept.
    Character(CharacterFault),
    /// It holds a character that certificates can't print.
    Unprintable(char),
    /// It isn't an identifier.
    Identifier(IdentifierFault),
    /// The number was issued by no institution of the campaign.
    Issuer,
    /// The campaign has no such institution, the account doesn't see it, or it had nobody when the roster was locked.
    Unknown,
}

/// The parts of a person's row that can be typed, without identifier and institution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypedPerson {
    /// Name with titles, as it will be printed.
    pub name: String,
    /// The number of the unit; `None` without one.
    pub unit: Option<u32>,
    /// Position; may be empty.
    pub position: String,
    /// Rank; may be empty.
    pub rank: String,
    /// Where the person works; may be empty.
    pub location: String,
    /// The kind of employment; `None`: it isn't filled in.
    pub employment: Option<EmploymentKind>,
}

impl TypedPerson {
    /// A participant's row as a form shows it.
    pub fn of(person: &Participant) -> Self {
        Self {
            name: person.shown_name.clone(),
            unit: person.unit,
            position: person.position.clone(),
            rank: person.rank.clone(),
            location: person.location.clone(),
            employment: person.employment,
        }
    }

    /// The same with tidied texts.
    ///
    /// # Errors
    /// The first field that isn't accepted.
    pub fn checked(self) -> Result<Self, (PersonField, FieldProblem)> {
        let name = line(PersonField::Name, &self.name, SHOWN_NAME_CHARS_MAX)?;
        if name.is_empty() {
            return Err((PersonField::Name, FieldProblem::Empty));
        }
        if name.len() > SHOWN_NAME_BYTES_MAX {
            return Err((PersonField::Name, FieldProblem::TooLong(SHOWN_NAME_CHARS_MAX)));
        }
        Ok(Self {
            name,
            position: line(PersonField::Position, &self.position, LABEL_CHARS_MAX)?,
            rank: line(PersonField::Rank, &self.rank, SHORT_LABEL_CHARS_MAX)?,
            location: line(PersonField::Location, &self.location, SHORT_LABEL_CHARS_MAX)?,
            ..self
        })
    }
}

fn line(field: PersonField, text: &str, chars_max: usize) -> Result<String, (PersonField, FieldProblem)> {
    let line = kept_line(text).map_err(|fault| (field, FieldProblem::Character(fault)))?;
    if line.chars().count() > chars_max {
        return Err((field, FieldProblem::TooLong(chars_max)));
    }
    match unprintable(&line) {
        Some(fault) => Err((field, FieldProblem::Unprintable(fault.character))),
        None => Ok(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_tidied_and_what_can_t_be_printed_is_refused() {
        let typed = TypedPerson { name: "  Siti   Aminah, S.Pd. ".into(), ..TypedPerson::default() };
        assert_eq!(typed.clone().checked().unwrap().name, "Siti Aminah, S.Pd.");
        let refused = |change: fn(&mut TypedPerson)| {
            let mut changed = typed.clone();
            change(&mut changed);
            changed.checked().unwrap_err()
        };
        assert_eq!(refused(|person| person.name = " ".into()), (PersonField::Name, FieldProblem::Empty));
        let arrow = (PersonField::Position, FieldProblem::Unprintable('→'));
        assert_eq!(refused(|person| person.position = "Kabid → Kadis".into()), arrow);
        let turned = refused(|person| person.rank = "III\u{202E}a".into());
        assert!(matches!(turned, (PersonField::Rank, FieldProblem::Character(_))));
        let long = refused(|person| person.location = "x".repeat(SHORT_LABEL_CHARS_MAX + 1));
        assert_eq!(long, (PersonField::Location, FieldProblem::TooLong(SHORT_LABEL_CHARS_MAX)));
    }
}
