//! The refusal of a whole file, and what is left unread of it, in words.

use super::{KeptCounts, RosterFileError, UnnamedColumn, UnreadSheet};
use crate::domain::employment::{EMPLOYMENT_UNSET, EmploymentCounts, EmploymentKind};
use crate::i18n::Localizer;

/// What is wrong with the file and what to do.
pub fn refusal_words(error: &RosterFileError, w: Localizer) -> String {
    let arguments = error.arguments();
    let arguments: Vec<(&'static str, &str)> = arguments.iter().map(|(name, value)| (*name, value.as_str())).collect();
    w.with(&format!("roster-file-{}", error.key()), &arguments)
}

/// How many people are of each kind of employment, in one sentence.
pub fn employment_counts(counts: &EmploymentCounts, w: Localizer) -> String {
    let of = |(kind, people): (&str, u64)| format!("{} {}", w.employment(kind), w.number(people));
    let kinds: Vec<String> = counts.filled().map(of).collect();
    w.with("roster-report-employment", &[("kinds", &kinds.join(", "))])
}

/// The word for a kind of employment, which an import reads; `None`: it isn't filled in.
pub fn employment_word(kind: Option<EmploymentKind>, w: Localizer) -> String {
    w.employment(kind.map_or(EMPLOYMENT_UNSET, EmploymentKind::as_str))
}

/// The columns that the file doesn't have and of which people keep their values, in one sentence; `None` if nobody
/// does.
pub fn kept_columns(kept: &KeptCounts, w: Localizer) -> Option<String> {
    let of = |(column, people): (&str, u64)| w.with(&format!("roster-kept-{column}"), &[("count", &w.number(people))]);
    let columns: Vec<String> = kept.filled().map(of).collect();
    (!columns.is_empty()).then(|| w.with("roster-report-kept", &[("columns", &columns.join(", "))]))
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
    use crate::service::roster_file::{ForeignFormat, SheetInstitution, UnreadReason};

    #[test]
    fn every_sheet_that_is_not_read_has_words() {
        let reasons = every_variant!(UnreadReason: NoHeader, Hidden, VeryHidden);
        check_built_keys("roster-report-sheet-{}", reasons.map(UnreadReason::key));
    }

    #[test]
    fn every_kind_of_employment_has_a_word() {
        for kind in EmploymentKind::ALL.map(Some).into_iter().chain([None]) {
            let word = employment_word(kind, Localizer::default());
            assert!(!word.contains("Unknown localization"), "{word}");
        }
    }

    #[test]
    fn every_column_that_may_be_missing_has_words() {
        let all = KeptCounts { units: 1, locations: 1, ranks: 1, positions: 1, employments: 1 };
        check_built_keys("roster-kept-{}", all.filled().map(|(column, _)| column));
        assert!(kept_columns(&KeptCounts::default(), Localizer::default()).is_none());
    }

    #[test]
    fn every_refusal_has_words() {
        let refusals = every_variant!(RosterFileError:
            Empty, FileTooLarge, InflatesTooLarge, TooManyEntries, TooManyRows, RowTooLong, TooManyRelations,
            TooManyStrings, TooMuchWork { limit: 1 }, TooMuchMemory, TooManyUnits, Password, OldExcel,
            NotASpreadsheet("pdf"), NotAWorkbook, NoVisibleSheet, TooManySheets,
            Foreign(ForeignFormat::Html), Damaged, BrokenText { line: 1 },
            QuoteNotClosed { line: 1 }, NoHeader { hidden: String::new() },
            AmbiguousColumns { first: String::new(), second: String::new() },
            UnreadNumbers { sheet: String::new(), column: String::new(), heading: String::new(), samples: String::new() },
            NoInstitutionColumn { sheet: String::new(), named: SheetInstitution::None },
            NoSuchInstitution { code: String::new() }, NoPeople { hidden: String::new() },
            NoParticipants { rows: 1, first: String::new() }, Cancelled, Io(std::io::Error::other("test"))
        );
        let formats = every_variant!(ForeignFormat:
            Html, XmlSpreadsheet, Xml, BinaryWorkbook, OpenDocument, Numbers, Word, Archive
        );
        let formats = formats.iter().map(|format| format.key());
        check_built_keys("roster-file-{}", refusals.iter().map(RosterFileError::key).chain(formats));
    }
}
