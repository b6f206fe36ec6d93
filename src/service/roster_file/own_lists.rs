//! The lists of people that this program writes, recognised by their headings when they come back.

use super::field::Field;
use super::header::Header;
use super::heading_words::bare;
use super::roster_columns::ROSTER_COLUMNS;
use super::unit_names::UNIT_COLUMNS;
use crate::domain::unit::BETWEEN_UNITS;
use crate::i18n::{Lang, Localizer};

/// Whether a header is that of a list with codes or signatures, which has both units in one column.
pub fn is_own_list(header: &Header) -> bool {
    let has = |heading: &str| header.headings.iter().any(|(_, known)| bare(known) == heading);
    [Lang::Id, Lang::En].into_iter().any(|lang| {
        let has = |key: &str| has(&bare(&Localizer(lang).t(key)));
        let is_list = ["list-identifier", "list-name", "list-institution-code", "list-institution", "list-unit"]
            .into_iter()
            .all(has);
        is_list && (has("list-access-code") || has("list-status"))
    })
}

/// Whether a header is that of an exported roster; those of two levels have no column for sub-units.
pub fn is_own_export(header: &Header) -> bool {
    let has = |heading: &str| header.headings.iter().any(|(_, known)| bare(known) == heading);
    [Lang::Id, Lang::En].into_iter().any(|lang| {
        let columns = ROSTER_COLUMNS.iter().filter(|column| column.field != Field::SubUnit);
        columns.map(|column| bare(&column.heading(Localizer(lang)))).all(|heading| has(&heading))
    })
}

/// The names of a cell such as `Dinas Kesehatan / Bidang Promosi`, from the top down and as many as a file has columns
/// for; `None` if it names one unit.
pub fn all_units(cell: &str) -> Option<Vec<&str>> {
    let names: Vec<&str> = cell.splitn(UNIT_COLUMNS.len(), BETWEEN_UNITS).map(str::trim).collect();
    (names.len() > 1 && names.iter().all(|name| !name.is_empty())).then_some(names)
}
