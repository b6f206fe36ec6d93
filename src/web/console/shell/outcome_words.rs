//! How the console names what whoever has a report's number is told.

use crate::domain::misuse_report::ReportOutcome;
use crate::i18n::Localizer;

/// As the help desk chooses it, and as the audit trail says what it chose.
pub fn outcome_words(outcome: ReportOutcome, w: Localizer) -> String {
    w.t(&format!("console-reports-outcome-{}", outcome.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_outcome_has_words_for_the_help_desk() {
        check_built_keys("console-reports-outcome-{}", ReportOutcome::ALL.map(ReportOutcome::as_str));
    }
}
