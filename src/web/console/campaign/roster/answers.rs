//! What a check asks about a file: what its columns hold, and what rows without a number are. And the answers.

use crate::domain::registry::RegistryNode;
use crate::i18n::Localizer;
use crate::service::roster_file::{
    CodeInUse, ColumnChoice, ColumnChoices, ColumnReading, ColumnSource, ColumnUse, Field, FileColumns, ImportError,
    ImportReport, NOT_KEPT, Numberless, RowNotes, UploadAnswers, column_of, column_sheets, column_use,
};
use crate::web::error::Problem;
use crate::web::form::FormFields;

/// Prefix of the names of selects, before a column's letters and the key of its heading.
const COLUMN: &str = "column.";
/// Prefix of the names of selects, before an institution's code.
const SAME: &str = "same.";
const NUMBERLESS: &str = "numberless";
const PARTICIPANTS: &str = "participants";
const SKIP: &str = "skip";

/// What is asked.
pub struct Questions {
    pub columns: Vec<ColumnQuestion>,
    pub has_more: bool,
    /// The first people as certificates show them.
    pub first_names: Vec<String>,
    /// What rows without a number are, where there are any.
    pub numberless: Option<NumberlessQuestion>,
    pub institutions: Vec<InstitutionQuestion>,
}

/// An institution whose code is known of other events.
pub struct InstitutionQuestion {
    pub field: String,
    pub code: String,
    pub name: String,
    pub options: Vec<KnownInstitution>,
}

/// An institution of other events.
pub struct KnownInstitution {
    pub node: String,
    pub name: String,
    pub is_chosen: bool,
}

/// A column and what it may be read as.
pub struct ColumnQuestion {
    pub name: String,
    pub letters: String,
    pub heading: String,
    /// The sheets that it is on, where they are others than of the column before.
    pub sheets: String,
    pub samples: Vec<String>,
    /// How it is read now.
    pub use_now: String,
    pub is_unknown: bool,
    pub options: Vec<ColumnOption>,
}

pub struct ColumnOption {
    pub value: &'static str,
    pub label: String,
    pub is_selected: bool,
}

/// Rows that have a name and no number.
pub struct NumberlessQuestion {
    /// How many people get a number now, and the first ones.
    pub numbered: String,
    pub first_numbered: Vec<String>,
    /// How many rows are no participants now, and the first ones.
    pub skipped: String,
    pub first_skipped: Vec<String>,
    pub answer: &'static str,
}

impl Questions {
    /// `None` where nothing was seen of the file's columns.
    pub fn of(w: Localizer, result: &Result<ImportReport, ImportError>, answers: &UploadAnswers) -> Option<Self> {
        let (seen, report) = match result {
            Ok(report) => (&report.columns, Some(report)),
            Err(error) => (error.columns()?, None),
        };
        let mut sheets = String::new();
        let columns = seen.columns.iter().map(|column| ColumnQuestion::of(w, column, &mut sheets)).collect();
        let numberless = report.and_then(|report| NumberlessQuestion::of(w, report, answers.numberless));
        let asked = report.map_or(&[][..], |report| &report.codes_in_use);
        let institutions = asked.iter().map(InstitutionQuestion::of).collect();
        let first_names = seen.first_names.clone();
        Some(Self { columns, has_more: seen.has_more, first_names, numberless, institutions })
    }
}

impl InstitutionQuestion {
    fn of(asked: &CodeInUse) -> Self {
        let option = |node: &RegistryNode| KnownInstitution {
            is_chosen: asked.same.as_ref() == Some(&node.code),
            node: node.code.clone(),
            name: node.name.clone(),
        };
        Self {
            field: format!("{SAME}{}", asked.code),
            code: asked.code.clone(),
            name: asked.name.clone(),
            options: asked.nodes.iter().map(option).collect(),
        }
    }
}

impl ColumnQuestion {
    fn of(w: Localizer, column: &ColumnReading, sheets_before: &mut String) -> Self {
        let sheets = column_sheets(column, w);
        let is_new = sheets != *sheets_before;
        sheets_before.clone_from(&sheets);
        let selected = selected(column);
        let mut options = vec![];
        if column.source != ColumnSource::Remembered {
            options.push(("", w.t("console-columns-by-heading")));
        }
        options.extend(Field::ALL.map(|field| (field.key(), field.shown(w))));
        options.push((NOT_KEPT, w.t("roster-column-not-kept")));
        let option = |(value, label)| ColumnOption { value, label, is_selected: value == selected };
        Self {
            name: name(column),
            letters: column.column.clone(),
            heading: column.heading.clone(),
            sheets: if is_new { sheets } else { String::new() },
            samples: column.samples.clone(),
            use_now: column_use(column, w),
            is_unknown: column.read_as == ColumnUse::Unknown,
            options: options.into_iter().map(option).collect(),
        }
    }
}

impl NumberlessQuestion {
    fn of(w: Localizer, report: &ImportReport, answer: Numberless) -> Option<Self> {
        let remarks = &report.remarks;
        let (numbered, skipped) = (&remarks.numberless, &remarks.not_participants);
        let is_asked = numbered.count > 0 || skipped.count > 0 || answer != Numberless::ByRow;
        let first = |rows: &RowNotes| rows.first.iter().map(|row| format!("{}: {}", row.row, row.text)).collect();
        is_asked.then(|| Self {
            numbered: w.number(numbered.count),
            first_numbered: first(numbered),
            skipped: w.number(skipped.count),
            first_skipped: first(skipped),
            answer: match answer {
                Numberless::ByRow => "",
                Numberless::Participants => PARTICIPANTS,
                Numberless::Skip => SKIP,
            },
        })
    }
}

/// The value that a column's select shows.
fn selected(column: &ColumnReading) -> &'static str {
    match column.read_as {
        ColumnUse::Unknown => "",
        ColumnUse::NotKept => NOT_KEPT,
        ColumnUse::Read(field) => field.key(),
    }
}

fn name(column: &ColumnReading) -> String {
    format!("{COLUMN}{}.{}", column.column, column.key)
}

/// The answers of a form about what a check found. A select that shows what the heading says is no answer.
pub fn read(fields: &FormFields, result: &Result<ImportReport, ImportError>) -> Result<UploadAnswers, Problem> {
    let nothing = FileColumns::default();
    let seen = match result {
        Ok(report) => &report.columns,
        Err(error) => error.columns().unwrap_or(&nothing),
    };
    let mut said = vec![];
    for column in &seen.columns {
        let value = fields.get(&name(column));
        let is_as_before = value == selected(column) && column.source != ColumnSource::Said;
        if value.is_empty() || is_as_before {
            continue;
        }
        let field = if value == NOT_KEPT { None } else { Some(Field::by_key(value).ok_or(Problem::Malformed)?) };
        let at = column_of(&column.column).ok_or(Problem::Malformed)?;
        said.push(ColumnChoice { column: at, heading: Some(column.key.clone()), field });
    }
    let columns = ColumnChoices::said(said).map_err(|_| Problem::Malformed)?;
    let numberless = match fields.get(NUMBERLESS) {
        PARTICIPANTS => Numberless::Participants,
        SKIP => Numberless::Skip,
        "" => Numberless::ByRow,
        _ => return Err(Problem::Malformed),
    };
    let asked = result.as_ref().map_or(&[][..], |report| &report.codes_in_use);
    let mut same_institutions = vec![];
    for question in asked {
        let node = fields.get(&format!("{SAME}{}", question.code));
        if question.nodes.iter().any(|known| known.code == node) {
            same_institutions.push(node.to_owned());
        } else if !node.is_empty() {
            return Err(Problem::Malformed);
        }
    }
    Ok(UploadAnswers { columns, numberless, same_institutions })
}
