//! What a check asks about a file: what its columns hold, and what rows without a number are. And the answers.

use crate::domain::registered_units::unit_key;
use crate::domain::registry::RegistryNode;
use crate::domain::unit_renames::{RenameChoice, RenameQuestion, UnitRename};
use crate::i18n::Localizer;
use crate::service::roster_file::{
    CodeInUse, ColumnChoice, ColumnChoices, ColumnReading, ColumnSource, ColumnUse, Field, FileColumns, ImportError,
    ImportReport, NOT_KEPT, Numberless, RowNotes, UploadAnswers, column_of, column_sheets, column_use, rename_choice,
};
use crate::web::error::Problem;
use crate::web::form::FormFields;

/// Prefix of the names of selects, before a column's letters and the key of its heading.
const COLUMN: &str = "column.";
/// Prefix of the names of selects, before an institution's code.
const SAME: &str = "same.";
/// Prefix of the names of selects, before the node above a new unit and the key of its name.
const UNIT: &str = "unit.";
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
    pub units: Vec<UnitQuestion>,
    /// How many more new units may have been others; empty if none may.
    pub more_units: String,
}

/// A new unit that may have been another.
pub struct UnitQuestion {
    pub field: String,
    pub path: String,
    pub options: Vec<KnownUnitOption>,
}

/// A unit that the file doesn't have.
pub struct KnownUnitOption {
    pub node: String,
    pub label: String,
    pub is_chosen: bool,
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
        let renames = report.map(|report| &report.renames);
        let units = renames.map_or(&[][..], |renames| &renames.asked);
        let units = units.iter().map(|asked| UnitQuestion::of(w, asked, &answers.same_units)).collect();
        let more_units = renames.map_or(0, |renames| renames.more);
        let more_units = if more_units > 0 { w.number(more_units) } else { String::new() };
        let first_names = seen.first_names.clone();
        Some(Self { columns, has_more: seen.has_more, first_names, numberless, institutions, units, more_units })
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

impl UnitQuestion {
    /// `said` is what was answered last, also where it was refused.
    fn of(w: Localizer, asked: &RenameQuestion, said: &[UnitRename]) -> Self {
        let option = |choice: &RenameChoice| KnownUnitOption {
            node: choice.unit.node.clone(),
            label: rename_choice(choice, w),
            is_chosen: said.iter().any(|one| one.node == choice.unit.node && one.name == asked.name),
        };
        Self { field: unit_field(asked), path: asked.path.clone(), options: asked.choices.iter().map(option).collect() }
    }
}

fn unit_field(asked: &RenameQuestion) -> String {
    format!("{UNIT}{}.{}", asked.parent, unit_key(&asked.name))
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
    let same_units = same_units(fields, result.as_ref().map_or(&[][..], |report| &report.renames.asked))?;
    Ok(UploadAnswers { columns, numberless, same_institutions, same_units })
}

/// The new units that were said to be others. Only what was offered is taken.
fn same_units(fields: &FormFields, asked: &[RenameQuestion]) -> Result<Vec<UnitRename>, Problem> {
    let mut said = vec![];
    for question in asked {
        let node = fields.get(&unit_field(question));
        if question.choices.iter().any(|choice| choice.unit.node == node) {
            said.push(UnitRename { node: node.to_owned(), name: question.name.clone() });
        } else if !node.is_empty() {
            return Err(Problem::Malformed);
        }
    }
    Ok(said)
}
