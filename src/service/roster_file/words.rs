//! The refusal of a whole file, and what is left unread of it, in words.

use super::{RosterFileError, UnnamedColumn};
use crate::i18n::Localizer;

/// What is wrong with the file and what to do.
pub fn refusal_words(error: &RosterFileError, w: Localizer) -> String {
    let arguments = error.arguments();
    let arguments: Vec<(&'static str, &str)> = arguments.iter().map(|(name, value)| (*name, value.as_str())).collect();
    w.with(&format!("roster-file-{}", error.key()), &arguments)
}

/// A column without a heading that is not read, in one sentence.
pub fn unnamed_column(column: &UnnamedColumn, w: Localizer) -> String {
    let named = if column.sheet.is_empty() { "no" } else { "yes" };
    let samples = column.samples.join(", ");
    let arguments = [("named", named), ("sheet", &column.sheet), ("column", &column.column), ("samples", &samples)];
    w.with("roster-report-unnamed-column", &arguments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::every_variant::every_variant;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_refusal_has_words() {
        let refusals = every_variant!(RosterFileError:
            Empty, FileTooLarge, InflatesTooLarge, TooManyEntries, TooManyRows, RowTooLong, TooManyRelations,
            TooManyStrings, TooMuchWork { limit: 1 }, TooMuchMemory, TooManyUnits, Password, OldExcel,
            NotASpreadsheet("pdf"), NotAWorkbook, Damaged, Utf16, BrokenText { line: 1 },
            QuoteNotClosed { line: 1 }, NoHeader,
            AmbiguousColumns { first: String::new(), second: String::new() },
            UnreadNumbers { sheet: String::new(), column: String::new(), heading: String::new(), samples: String::new() },
            NoInstitutionColumn,
            NoSuchInstitution { code: String::new() }, NoPeople,
            NoParticipants { rows: 1, first: String::new() }, Cancelled, Io(std::io::Error::other("test"))
        );
        check_built_keys("roster-file-{}", refusals.iter().map(RosterFileError::key));
    }
}
