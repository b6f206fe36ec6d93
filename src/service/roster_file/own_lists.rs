//! The lists of people that this program writes, recognised by their headings when they come back.

use super::header::Header;
use super::heading_words::bare;
use crate::i18n::{Lang, Localizer};

/// What separates a unit from the one above it in a list's only column of units.
const BETWEEN_UNITS: &str = " / ";

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

/// The unit above and the unit of a cell such as `Dinas Kesehatan / Bidang Promosi`; `None` if it names one unit.
pub fn both_units(cell: &str) -> Option<(&str, &str)> {
    let (parent, unit) = cell.split_once(BETWEEN_UNITS)?;
    let (parent, unit) = (parent.trim(), unit.trim());
    (!parent.is_empty() && !unit.is_empty()).then_some((parent, unit))
}
