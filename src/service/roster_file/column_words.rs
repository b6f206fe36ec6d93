//! The columns of a file in words and in JSON: a table for the terminal, and names of what columns are read as.

use super::column_choices::{COLUMN_CHOICES_MAX, ColumnChoiceFault};
use super::column_report::{ColumnReading, ColumnUse, FileColumns};
use super::field::{ColumnSource, Field};
use crate::i18n::{Lang, Localizer};
use serde_json::{Value, json};

/// Widths of the table's columns but for the last, in characters; with the spaces between them the table has at most
/// [`TABLE_CHARS_MAX`].
const LETTERS_CHARS: usize = 3;
const HEADING_CHARS: usize = 22;
const SAMPLES_CHARS: usize = 40;
/// Most characters of a line.
pub const TABLE_CHARS_MAX: usize = 100;

/// What a column is read as, and who decided that.
pub fn column_use(column: &ColumnReading, w: Localizer) -> String {
    let said = match column.read_as {
        ColumnUse::Read(field) => field.shown(w),
        ColumnUse::NotKept => w.t("roster-column-not-kept"),
        ColumnUse::Unknown => w.t("roster-column-unknown"),
    };
    match column.source {
        ColumnSource::Heading => said,
        ColumnSource::Remembered => w.with("roster-column-remembered", &[("use", &said)]),
        ColumnSource::Said => w.with("roster-column-said", &[("use", &said)]),
    }
}

/// The sheets that a column is on; empty for a text file.
pub fn column_sheets(column: &ColumnReading, w: Localizer) -> String {
    if column.sheet.is_empty() {
        return String::new();
    }
    let more = column.more_sheets.to_string();
    w.with("roster-columns-sheet", &[("sheet", &column.sheet), ("more", &more)])
}

/// The columns as a table of lines, and the first names below it.
pub fn column_table(columns: &FileColumns, w: Localizer) -> Vec<String> {
    let mut lines = vec![];
    if columns.columns.is_empty() {
        return lines;
    }
    lines.push(format!("{}:", w.t("roster-columns-title")));
    let titles = ["roster-columns-heading", "roster-columns-samples", "roster-columns-read-as"].map(|key| w.t(key));
    lines.push(line("", &titles[0], &titles[1], &titles[2]));
    let mut sheet = String::new();
    for column in &columns.columns {
        let sheets = column_sheets(column, w);
        if sheets != sheet {
            lines.push(cut(&format!("[{sheets}]"), TABLE_CHARS_MAX));
            sheet = sheets;
        }
        lines.push(line(&column.column, &column.heading, &column.samples.join(" | "), &column_use(column, w)));
    }
    if columns.has_more {
        lines.push(w.t("roster-columns-more"));
    }
    lines.push(w.t("roster-columns-hint"));
    if !columns.first_names.is_empty() {
        lines.push(format!("{}:", w.t("roster-columns-names")));
        lines.extend(columns.first_names.iter().map(|name| format!("  {name}")));
    }
    lines
}

/// The columns for a report in JSON.
pub fn columns_json(columns: &FileColumns) -> Value {
    let column = |column: &ColumnReading| {
        let (read_as, field) = match column.read_as {
            ColumnUse::Read(field) => ("field", Some(field.key())),
            ColumnUse::NotKept => ("not-kept", None),
            ColumnUse::Unknown => ("unknown", None),
        };
        let source = match column.source {
            ColumnSource::Heading => "heading",
            ColumnSource::Remembered => "remembered",
            ColumnSource::Said => "said",
        };
        json!({ "sheet": column.sheet, "more_sheets": column.more_sheets, "column": column.column,
                "heading": column.heading, "samples": column.samples, "read_as": read_as, "field": field,
                "source": source })
    };
    columns.columns.iter().map(column).collect()
}

/// Why choices of columns aren't taken, and what is known instead.
pub fn column_choice_words(fault: &ColumnChoiceFault, w: Localizer) -> String {
    let (key, text) = fault.key();
    let fields = Field::ALL.map(|field| field.shown(Localizer(Lang::Id))).join(", ");
    let limit = COLUMN_CHOICES_MAX.to_string();
    w.with(&format!("roster-choice-{key}"), &[("text", text), ("fields", &fields), ("limit", &limit)])
}

fn line(letters: &str, heading: &str, samples: &str, read_as: &str) -> String {
    let (heading, samples) = (cut(heading, HEADING_CHARS), cut(samples, SAMPLES_CHARS));
    let line = format!("{letters:>LETTERS_CHARS$}  {heading:HEADING_CHARS$}  {samples:SAMPLES_CHARS$}  {read_as}");
    cut(line.trim_end(), TABLE_CHARS_MAX)
}

/// The first characters of a text, with an ellipsis where some were cut. A character that ends a line or can't be seen
/// becomes a space.
fn cut(text: &str, chars_max: usize) -> String {
    let mut cut: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(chars_max).collect();
    if text.chars().count() > chars_max {
        cut.pop();
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::every_variant::every_variant;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_fault_of_a_choice_has_words_and_a_wrong_field_is_told_with_the_known_ones() {
        let faults = every_variant!(ColumnChoiceFault: Form("a".into()), Field("b".into()), Twice("c".into()), TooMany);
        check_built_keys("roster-choice-{}", faults.iter().map(|fault| fault.key().0));
        let told = column_choice_words(&ColumnChoiceFault::Field("ALAMAT".into()), Localizer(Lang::Id));
        for field in Field::ALL {
            assert!(told.contains("ALAMAT") && told.contains(&field.shown(Localizer(Lang::Id))), "{told}");
        }
    }

    #[test]
    fn the_table_fits_a_hundred_characters_in_both_languages() {
        let column = |heading: &str, read_as, source| ColumnReading {
            sheet: "Dinas Pendidikan dan Kebudayaan".into(),
            more_sheets: 3,
            column: "XFC".into(),
            heading: heading.repeat(9),
            key: String::new(),
            samples: vec!["198001012005012001".into(), "nama\nyang panjang sekali".repeat(3), "x".into()],
            read_as,
            source,
        };
        let columns = FileColumns {
            columns: Field::ALL
                .into_iter()
                .map(|field| column("Nomor ", ColumnUse::Read(field), ColumnSource::Remembered))
                .chain([column("é", ColumnUse::Unknown, ColumnSource::Heading)])
                .collect(),
            has_more: true,
            first_names: vec!["Dr. Budi".into()],
        };
        for lang in [Lang::Id, Lang::En] {
            let table = column_table(&columns, Localizer(lang));
            let shown = &table[..table.len() - 4];
            assert_eq!(shown.len(), 3 + columns.columns.len());
            for line in shown {
                assert!(line.chars().count() <= TABLE_CHARS_MAX && !line.contains('\n'), "{line}");
            }
            assert_eq!(table.last().map(String::as_str), Some("  Dr. Budi"));
        }
    }
}
