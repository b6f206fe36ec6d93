//! The report as a table for a terminal: label, figure, note.

use crate::bench::figures::recount::SoundnessChecks;
use crate::bench::figures::report::CpuPerOperation;
use crate::bench::figures::report::DatabaseEngine;
use crate::bench::figures::report::SharedFigures;
use crate::i18n::Localizer;

type Row = [String; 3];

/// The rows of a report, in the terminal's language.
pub struct FigureTable {
    words: Localizer,
    rows: Vec<Row>,
}

impl FigureTable {
    pub fn new(words: Localizer) -> Self {
        Self { words, rows: Vec::new() }
    }

    pub fn row(&mut self, label: &str, figure: impl Into<String>, note: impl Into<String>) {
        self.labelled_row(self.words.t(label), figure, note);
    }

    /// A row whose label is given as text.
    pub fn labelled_row(&mut self, label: String, figure: impl Into<String>, note: impl Into<String>) {
        self.rows.push([label, figure.into(), note.into()]);
    }

    /// A row with its figure, or with "not measured" and no note.
    pub fn optional_row(&mut self, label: &str, figure: Option<String>, note: impl Into<String>) {
        match figure {
            Some(figure) => self.row(label, figure, note),
            None => self.row(label, self.words.t("bench-not-measured"), ""),
        }
    }

    pub fn seconds(&self, value: f64) -> String {
        format!("{} s", self.words.decimal(value, 1))
    }

    pub fn ms(&self, value: f64) -> String {
        format!("{} ms", self.words.decimal(value, 1))
    }

    pub fn micros(&self, value: f64) -> String {
        format!("{} µs", self.words.decimal(value, 1))
    }

    pub fn percent(&self, value: f64) -> String {
        format!("{} %", self.words.decimal(value, 1))
    }

    pub fn rate(&self, value: f64) -> String {
        self.words.with("bench-per-second", &[("rate", &self.words.rounded(value))])
    }

    /// The 99th percentile and the maximum.
    pub fn p99_and_max(&self, p99_ms: f64, longest_ms: f64) -> String {
        self.words.with("bench-slow", &[("p99", &self.ms(p99_ms)), ("longest", &self.ms(longest_ms))])
    }

    /// CPU time per operation of each side; `operation_key` is the message that names the operation.
    pub fn cpu_rows(&mut self, each: &CpuPerOperation, database: DatabaseEngine, operation_key: &str) {
        let operation = self.words.t(operation_key);
        let micros = |value: Option<f64>| value.map(|value| self.micros(value));
        let (server, client, own) =
            (micros(each.server_cpu_us), micros(each.client_cpu_us), micros(each.database_cpu_us));
        self.optional_row("bench-server-cpu", server, operation.clone());
        self.optional_row("bench-client-cpu", client, operation.clone());
        if database == DatabaseEngine::Postgres {
            self.optional_row("bench-database-cpu", own, operation);
        }
    }

    pub fn memory_row(&mut self, shared: &SharedFigures) {
        let memory = shared.rss_mb.map(|mib| format!("{} MiB", self.words.number(mib)));
        self.optional_row("bench-memory", memory, "");
    }

    pub fn fsync_row(&mut self, shared: &SharedFigures, batches: u64) {
        let fsyncs = shared.fsyncs.map_or_else(|| self.words.t("bench-not-measured"), |n| self.words.number(n));
        let batches = self.words.with("bench-batches", &[("batches", &self.words.number(batches))]);
        self.row("bench-fsyncs", fsyncs, batches);
    }

    pub fn retry_row(&mut self, shared: &SharedFigures) {
        let errors = self.words.with("bench-errors", &[("errors", &self.words.number(shared.errors))]);
        self.row("bench-retries", self.words.number(shared.retries), errors);
    }

    pub fn check_rows(&mut self, checks: &SoundnessChecks) {
        for (label, found) in [
            ("bench-receipts", checks.receipts_verified),
            ("bench-pledges", checks.pledges),
            ("bench-leaves", checks.leaves),
            ("bench-counted", checks.counted),
            ("bench-duplicates", checks.duplicates),
        ] {
            self.row(label, self.words.number(found), "");
        }
    }

    /// The whole table with its heading and verdict.
    pub fn render(self, heading: &str, shared: &SharedFigures) -> String {
        format!("\n{heading}\n\n{}\n{}\n", aligned(&self.rows), verdict(shared, self.words))
    }
}

/// The name in headings.
pub fn database_name(engine: DatabaseEngine) -> &'static str {
    match engine {
        DatabaseEngine::Sqlite => "SQLite",
        DatabaseEngine::Postgres => "PostgreSQL",
    }
}

fn verdict(shared: &SharedFigures, words: Localizer) -> String {
    if shared.sound {
        return words.with("bench-sound", &[("people", &words.number(shared.participants))]);
    }
    let error = shared.first_error.as_deref().unwrap_or_default();
    let key = if shared.checks.are_sound(shared.participants) { "bench-not-held" } else { "bench-unsound" };
    format!("{} {error}", words.t(key)).trim_end().to_owned()
}

/// Aligns labels to the left and figures to the right.
fn aligned(rows: &[Row]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let (label, figure) = (width(0), width(1));
    let lines = rows
        .iter()
        .map(|[name, value, note]| format!("  {name:<label$}  {value:>figure$}  {note}").trim_end().to_owned() + "\n");
    lines.collect()
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::bench::figures::report::tests::shared;
    use crate::i18n::Lang;

    /// Renders in both languages: no message may be missing, and `not_measured` figures say so.
    pub fn assert_renders(not_measured: usize, shown: impl Fn(Localizer) -> String) {
        for lang in [Lang::Id, Lang::En] {
            let words = Localizer(lang);
            let shown = shown(words);
            assert!(!shown.contains("bench-") && !shown.contains("Unknown"), "a word is missing: {shown}");
            assert_eq!(shown.matches(&words.t("bench-not-measured")).count(), not_measured, "{shown}");
        }
    }

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [["a", "1 ms", "x"], ["bcd", "1.000 ms", ""]].map(|row| row.map(String::from));
        assert_eq!(aligned(&rows), "  a        1 ms  x\n  bcd  1.000 ms\n");
    }

    #[test]
    fn an_unsound_run_says_what_went_wrong_first() {
        let mut shared = shared("burst");
        let words = Localizer(Lang::En);
        assert!(FigureTable::new(words).render("", &shared).contains("Sound"));
        shared.sound = false;
        shared.first_error = Some("status 500".into());
        let kept_out = FigureTable::new(words).render("", &shared);
        assert!(kept_out.trim_end().ends_with("status 500") && !kept_out.contains("lost"), "{kept_out}");
        shared.checks.pledges = 1;
        assert!(FigureTable::new(words).render("", &shared).contains("lost"));
    }
}
