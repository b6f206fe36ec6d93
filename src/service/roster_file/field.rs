//! What the columns of a roster may hold: the closed list that people choose from.

use crate::i18n::Localizer;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// NIP or NI PPPK, or a participant number with its issuer.
    Identifier,
    /// A participant number issued by the institution of the row.
    Number,
    /// The name, with or without titles.
    Name,
    /// *Gelar depan*.
    FrontTitle,
    /// *Gelar belakang*.
    BackTitle,
    /// The institution's name.
    Institution,
    /// The institution's code.
    InstitutionCode,
    /// *Perangkat daerah*.
    ParentUnit,
    /// *Unit kerja*.
    Unit,
    /// *Sub unit kerja*, below the unit.
    SubUnit,
    /// The unit's id where the file comes from.
    UnitId,
    /// The place of work.
    Location,
    /// *Pangkat*.
    Rank,
    /// *Golongan*.
    Grade,
    /// *Jabatan*.
    Position,
    /// *Jenis pegawai*.
    Employment,
    /// *Status CPNS PNS*, which tells candidates from civil servants.
    CivilStatus,
    /// *Kedudukan hukum*. It is only told.
    LegalStanding,
}

/// Who decided what a column is read as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColumnSource {
    /// Its heading.
    #[default]
    Heading,
    /// An earlier import of the same institution.
    Remembered,
    /// The one who imports.
    Said,
}

impl Field {
    /// All fields, in the order in which people choose from them.
    pub const ALL: [Self; 18] = [
        Self::Identifier,
        Self::Number,
        Self::Name,
        Self::FrontTitle,
        Self::BackTitle,
        Self::Institution,
        Self::InstitutionCode,
        Self::ParentUnit,
        Self::Unit,
        Self::SubUnit,
        Self::UnitId,
        Self::Location,
        Self::Rank,
        Self::Grade,
        Self::Position,
        Self::Employment,
        Self::CivilStatus,
        Self::LegalStanding,
    ];

    /// Whether the cells of the field become part of a person, so that each must be readable.
    pub fn is_kept(self) -> bool {
        self != Self::LegalStanding
    }

    /// Its name in forms, in JSON and in the database. The last part of its message's key, too.
    pub fn key(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Number => "number",
            Self::Name => "name",
            Self::FrontTitle => "front-title",
            Self::BackTitle => "back-title",
            Self::Institution => "institution",
            Self::InstitutionCode => "institution-code",
            Self::ParentUnit => "parent-unit",
            Self::Unit => "unit",
            Self::SubUnit => "sub-unit",
            Self::UnitId => "unit-id",
            Self::Location => "location",
            Self::Rank => "rank",
            Self::Grade => "grade",
            Self::Position => "position",
            Self::Employment => "employment",
            Self::CivilStatus => "civil-status",
            Self::LegalStanding => "legal-standing",
        }
    }

    /// The field with this [`Self::key`].
    pub fn by_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.key() == key)
    }

    /// What people call it.
    pub fn shown(self, w: Localizer) -> String {
        w.t(&format!("roster-field-{}", self.key()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::every_variant::every_variant;
    use crate::i18n::{Lang, check_built_keys};
    use std::collections::HashSet;

    #[test]
    fn every_field_is_on_the_list_with_a_key_and_a_name_of_its_own() {
        let fields = every_variant!(Field:
            Identifier, Number, Name, FrontTitle, BackTitle, Institution, InstitutionCode, ParentUnit, Unit, SubUnit,
            UnitId, Location, Rank, Grade, Position, Employment, CivilStatus, LegalStanding
        );
        assert_eq!(fields, Field::ALL);
        check_built_keys("roster-field-{}", fields.map(Field::key));
        let names: HashSet<_> = fields.map(|field| field.shown(Localizer(Lang::Id))).into();
        assert_eq!(names.len(), fields.len());
        assert_eq!(fields.map(|field| Field::by_key(field.key())), fields.map(Some));
    }
}
