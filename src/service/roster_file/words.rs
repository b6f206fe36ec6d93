//! The refusal of a whole file, and what is left unread of it, in words.

use super::{RosterFileError, UnnamedColumn, UnreadSheet};
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

/// A sheet that is not read, in one sentence.
pub fn unread_words(unread: &UnreadSheet, w: Localizer) -> String {
    let more = if unread.has_more { "+" } else { "" };
    let rows = w.number(unread.rows) + more;
    let arguments = [("sheet", unread.sheet.as_str()), ("rows", &rows), ("first", &unread.first.join("; "))];
    w.with(&format!("roster-report-sheet-{}", unread.reason.key()), &arguments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::every_variant::every_variant;
    use crate::i18n::check_built_keys;
    use crate::service::roster_file::{ForeignFormat, UnreadReason};

    #[test]
    fn every_sheet_that_is_not_read_has_words() {
        let reasons = every_variant!(UnreadReason: NoHeader, Hidden, VeryHidden);
        check_built_keys("roster-report-sheet-{}", reasons.map(UnreadReason::key));
    }

    #[test]
    fn every_refusal_has_words() {
        let refusals = every_variant!(RosterFileError:
            Empty, FileTooLarge, InflatesTooLarge, TooManyEntries, TooManyRows, RowTooLong, TooManyRelations,
            TooManyStrings, TooMuchWork { limit: 1 }, TooMuchMemory, TooManyUnits, Password, OldExcel,
            NotASpreadsheet("pdf"), NotAWorkbook, NoVisibleSheet, TooManySheets,
            Foreign(ForeignFormat::Html), Damaged, BrokenText { line: 1 },
            QuoteNotClosed { line: 1 }, NoHeader,
            AmbiguousColumns { first: String::new(), second: String::new() },
            UnreadNumbers { sheet: String::new(), column: String::new(), heading: String::new(), samples: String::new() },
            NoInstitutionColumn,
            NoSuchInstitution { code: String::new() }, NoPeople,
            NoParticipants { rows: 1, first: String::new() }, Cancelled, Io(std::io::Error::other("test"))
        );
        let formats = every_variant!(ForeignFormat:
            Html, XmlSpreadsheet, Xml, BinaryWorkbook, OpenDocument, Numbers, Word, Archive
        );
        let formats = formats.iter().map(|format| format.key());
        check_built_keys("roster-file-{}", refusals.iter().map(RosterFileError::key).chain(formats));
    }
}
