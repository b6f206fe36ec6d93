//! `ikrar import`: a roster file into a campaign that is still a draft.

use super::{file_hash, open};
use crate::background;
use crate::config::ConfigOptions;
use crate::domain::audit::ACTOR_COMMAND_LINE;
use crate::domain::registry::RegistryNode;
use crate::domain::unit_renames::UnitRename;
use crate::i18n::Localizer;
use crate::output::{errln, outln};
use crate::server::use_small_pages;
use crate::service::roster_file::{
    CodeInUse, ColumnChoices, ColumnsRefused, FileColumns, ImportError, ImportPhase, ImportProgress, ImportReport,
    Limits, Numberless, ReadingChoices, RosterFile, UnreadReason, annotate, column_choice_words, column_table,
    columns_json, employment_counts, kept_columns, refusal_words, remark, rename_fault, renames_json, unit_lines,
    unit_questions, unnamed_column, unread_words,
};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::sync::watch;

/// How many faults, moved people and look-alike names the terminal shows, each.
const SHOWN_MAX: usize = 20;
/// The subfolder of the data folder for what an import can't hold in memory. The console's uploads are in it, too.
const SCRATCH: &str = "uploads";

#[derive(Args)]
pub struct Import {
    /// Slug of the campaign
    #[arg(long)]
    campaign: String,
    /// Replace the people of this institution only
    #[arg(long, value_name = "CODE")]
    institution: Option<String>,
    /// Remove the people of institutions that the file doesn't name, too. Without it they stay as they are
    #[arg(long, conflicts_with = "institution")]
    replace_all: bool,
    /// What rows with a name and no number are. Without it, they are participants if they have a position, a kind of
    /// employment or a unit
    #[arg(long, value_name = "WHAT")]
    numberless: Option<NumberlessRows>,
    /// Take the name of each sheet as the institution or the parent unit of its people, where no cell says another
    #[arg(long)]
    unit_from_sheet: bool,
    /// Let a blank cell of an institution or unit take what stands above it
    #[arg(long)]
    fill_down: bool,
    /// What a column holds, such as NIP=C; `-=C` for a column that isn't kept. It comes before the column's heading,
    /// and is remembered for the institution once the file is imported
    #[arg(long = "column", value_name = "FIELD=LETTERS", allow_hyphen_values = true)]
    columns: Vec<String>,
    /// An institution of other campaigns that is the one of its code in the file, although the file names it otherwise;
    /// a dry run tells which are asked about
    #[arg(long = "same-institution", value_name = "CODE")]
    same_institutions: Vec<String>,
    /// A registered unit, such as 16.71/4, and the name that it has in the file, below the same unit as before; a dry
    /// run tells which are asked about
    #[arg(long = "same-unit", value_name = "NODE=NAME")]
    same_units: Vec<String>,
    /// Only tell what would happen
    #[arg(long)]
    dry_run: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Where to write the file with a column of remarks when it is refused
    #[arg(long, value_name = "OUT.xlsx")]
    remarks: Option<PathBuf>,
    /// XLSX or CSV
    file: PathBuf,
}

/// The answer to what rows with a name and no number are.
#[derive(Clone, Copy, clap::ValueEnum)]
enum NumberlessRows {
    /// Each gets a participant number
    Participants,
    /// None is a participant
    Skip,
}

/// Exit code 1 when the file was refused.
pub async fn run(settings: ConfigOptions, import: Import) -> anyhow::Result<u8> {
    use_small_pages();
    let words = Localizer::default();
    let columns = match ColumnChoices::parse(import.columns.iter().map(String::as_str)) {
        Ok(columns) => columns,
        Err(fault) => return Ok(refused(&import, "columns", &column_choice_words(&fault, words), None)),
    };
    let same_units = match same_units(&import.same_units, words) {
        Ok(same_units) => same_units,
        Err(told) => return Ok(refused(&import, "same-unit", &told, None)),
    };
    let path = import.file.clone();
    // The file is hashed while the installation is opened.
    let hashing = background::run(move || file_hash::of_file(&path));
    let state = open::services(settings).await?;
    let campaign = open::campaign(&state, &import.campaign, words).await?;
    let scratch = state.config.data.join(SCRATCH);
    let file = RosterFile {
        path: import.file.clone(),
        scratch: scratch.clone(),
        institution: import.institution.clone(),
        replace_all: import.replace_all,
        numberless: match import.numberless {
            None => Numberless::ByRow,
            Some(NumberlessRows::Participants) => Numberless::Participants,
            Some(NumberlessRows::Skip) => Numberless::Skip,
        },
        reading: ReadingChoices { unit_from_sheet: import.unit_from_sheet, fill_down: import.fill_down },
        same_institutions: import.same_institutions.clone(),
        same_units,
        columns,
        dry_run: import.dry_run,
        by: ACTOR_COMMAND_LINE.into(),
        // If the file can't be read, the import itself refuses it with a message.
        sha256: hashing.await?.unwrap_or_default(),
    };
    let request = state.roster_imports.request(&campaign, file)?;
    let (progress, watched) = watch::channel(ImportProgress::default());
    let bar = (!import.json).then(|| tokio::spawn(show(watched)));
    let result = state.roster_imports.run(request, progress, Arc::new(AtomicBool::new(false))).await;
    if let Some(bar) = bar {
        bar.await?;
    }
    match result {
        Ok(ImportReport { rename_fault: Some(fault), .. }) => {
            Ok(refused(&import, "same-unit", &rename_fault(&fault, words), None))
        }
        Ok(report) => finish(&import, &report, words, scratch),
        Err(error) => {
            let (key, told) = refusal(&error, words);
            Ok(refused(&import, &key, &told, error.columns()))
        }
    }
}

/// What is said of units; in words, what can't be read.
fn same_units(said: &[String], words: Localizer) -> Result<Vec<UnitRename>, String> {
    let read =
        |text: &String| UnitRename::parse(text).ok_or_else(|| words.with("roster-same-unit-unread", &[("text", text)]));
    said.iter().map(read).collect()
}

/// Tells why nothing was imported, with what was seen of the columns.
fn refused(import: &Import, key: &str, told: &str, seen: Option<&FileColumns>) -> u8 {
    if import.json {
        let mut report = json!({ "applied": false, "refused": { "code": key, "message": told } });
        seen.into_iter().for_each(|seen| add_columns(&mut report, seen));
        outln!("{report}");
    } else {
        errln!("{told}");
        seen.into_iter().flat_map(|seen| column_table(seen, Localizer::default())).for_each(|line| errln!("{line}"));
    }
    1
}

fn finish(import: &Import, report: &ImportReport, words: Localizer, scratch: PathBuf) -> anyhow::Result<u8> {
    if let Some(out) = &import.remarks
        && !report.faults.is_empty()
    {
        annotate(&import.file, &report.faults, words, out, Limits::new(Arc::default(), scratch))?;
    }
    outln!("{}", if import.json { as_json(report, words).to_string() } else { as_text(import, report, words) });
    Ok(u8::from(!report.faults.is_empty()))
}

/// Shows a progress bar until the import is done.
async fn show(mut watched: watch::Receiver<ImportProgress>) {
    let bar = ProgressBar::new(1_000);
    if let Ok(style) = ProgressStyle::with_template("{spinner} [{bar:40}] {percent}% {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    while watched.changed().await.is_ok() {
        let now = *watched.borrow_and_update();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share between 0 and 1")]
        bar.set_position(match now.phase {
            ImportPhase::Comparing => 0,
            ImportPhase::Reading => (now.part_done * 950.0) as u64,
            ImportPhase::Switching | ImportPhase::Purging => 975,
            ImportPhase::Done => 1_000,
        });
        bar.set_message(now.rows.to_string());
    }
    bar.finish_and_clear();
}

/// The code and message of an import that failed as a whole, not because of single rows.
pub fn refusal(error: &ImportError, words: Localizer) -> (String, String) {
    match error {
        ImportError::File(file) | ImportError::Columns(ColumnsRefused { error: file, .. }) => {
            (file.key().to_owned(), refusal_words(file, words))
        }
        ImportError::NotDraft => ("not-draft".into(), words.t("roster-not-draft")),
        ImportError::Overtaken => ("overtaken".into(), words.t("roster-overtaken")),
        ImportError::Store(error) => ("storage".into(), error.to_string()),
    }
}

fn as_text(import: &Import, report: &ImportReport, words: Localizer) -> String {
    let number = |count: u64| words.number(count);
    let change = &report.comparison;
    let mut lines = vec![match (report.faults.is_empty(), report.applied) {
        (false, _) => words.with("roster-report-refused", &[("faults", &number(report.faults.total))]),
        (true, true) => words.t("roster-report-applied"),
        (true, false) => words.t("roster-report-dry-run"),
    }];
    if report.is_unchanged {
        lines.push(words.t("roster-report-unchanged"));
    }
    let (people, numbered) = (number(report.people), number(report.numbered));
    lines.push(words.with("roster-report-people", &[("people", &people), ("numbered", &numbered)]));
    lines.push(employment_counts(&report.employment, words));
    lines.extend(kept_columns(&report.kept, words));
    let (added, changed) = (number(change.added), number(change.changed));
    let (unchanged, removed) = (number(change.unchanged), number(change.removed));
    let counts = [("added", &*added), ("changed", &changed), ("unchanged", &unchanged), ("removed", &removed)];
    lines.push(words.with("roster-report-changes", &counts));
    let (units, new) = (number(report.units), number(change.new_units));
    lines.push(words.with("roster-report-units", &[("units", &units), ("new", &new)]));
    for created in &report.created_institutions {
        lines.push(words.with("roster-report-created", &[("code", &created.code), ("name", &created.name)]));
    }
    lines.extend(report.codes_in_use.iter().map(|asked| asked.words(words)));
    lines.extend(unit_lines(&report.renames, words));
    if !report.applied {
        lines.extend(unit_questions(&report.renames, words));
    }
    if let Some((count, people)) = change.staying_numbers() {
        lines.push(words.with("roster-report-stays", &[("count", &number(count)), ("people", &number(people))]));
        for stays in change.staying().take(SHOWN_MAX) {
            let told = [("code", &*stays.code), ("people", &number(stays.after))];
            lines.push(words.with("roster-report-stays-line", &told));
        }
    }
    if change.moved > 0 {
        lines.push(words.with("roster-report-moved", &[("moved", &number(change.moved))]));
    }
    for moved in change.moved_listed.iter().take(SHOWN_MAX) {
        let told = [("name", &*moved.name), ("from", &moved.from), ("to", &moved.to)];
        lines.push(words.with("roster-report-moved-line", &told));
    }
    for (one, other) in report.institution_look_alikes.iter().take(SHOWN_MAX) {
        lines.push(words.with("roster-report-institutions-alike", &[("one", one), ("other", other)]));
    }
    for (institution, one, other) in report.look_alikes.iter().take(SHOWN_MAX) {
        let told = [("institution", &**institution), ("one", one), ("other", other)];
        lines.push(words.with("roster-report-look-alike", &told));
    }
    if !report.look_alikes_complete {
        lines.push(words.t("roster-report-look-alikes-incomplete"));
    }
    lines.extend(report.sheets_unread.iter().take(SHOWN_MAX).map(|sheet| unread_words(sheet, words)));
    if !report.applied {
        lines.extend(column_table(&report.columns, words));
    }
    lines.extend(report.unnamed_columns.iter().map(|column| unnamed_column(column, words)));
    lines.extend(report.remarks.words(words));
    lines.extend(faults(import, report, words));
    lines.join("\n")
}

fn faults(import: &Import, report: &ImportReport, words: Localizer) -> Vec<String> {
    let mut lines = vec![];
    for fault in report.faults.listed().iter().take(SHOWN_MAX) {
        let sheet = if fault.sheet.is_empty() { String::new() } else { format!(" ({})", fault.sheet) };
        let (row, told) = (fault.row.to_string(), remark(fault, words));
        let told = [("row", &*row), ("sheet", &sheet), ("value", &fault.value), ("remark", &told)];
        lines.push(words.with("roster-report-fault", &told));
    }
    let more = report.faults.total.saturating_sub(SHOWN_MAX as u64);
    if more > 0 {
        lines.push(words.with("roster-report-more-faults", &[("more", &words.number(more))]));
    }
    if let Some(out) = &import.remarks
        && !report.faults.is_empty()
    {
        lines.push(words.with("roster-report-annotated", &[("path", &out.display().to_string())]));
    }
    lines
}

fn add_columns(report: &mut serde_json::Value, seen: &FileColumns) {
    report["columns"] = columns_json(seen);
    report["first_names"] = json!(seen.first_names);
}

/// People by kind of employment, those who keep what the file has no column for, the institutions asked about, and the
/// registered units.
fn further_rows(report: &ImportReport) -> Vec<(&'static str, serde_json::Value)> {
    let named = |(name, people): (&str, u64)| (name.to_owned(), json!(people));
    let mut rows = vec![
        ("employment", report.employment.filled().map(named).collect()),
        ("kept", report.kept.filled().map(named).collect()),
        ("codes_in_use", codes_in_use(report).into()),
    ];
    rows.extend(renames_json(&report.renames));
    rows
}

/// The institutions of which it has to be said whether they are known ones, and what was said.
fn codes_in_use(report: &ImportReport) -> Vec<serde_json::Value> {
    let node = |node: &RegistryNode| json!({ "node": node.code, "name": node.name });
    let asked = |of: &CodeInUse| {
        let known: Vec<_> = of.nodes.iter().map(node).collect();
        json!({ "code": of.code, "name": of.name, "known": known, "same": of.same })
    };
    report.codes_in_use.iter().map(asked).collect()
}

fn as_json(report: &ImportReport, words: Localizer) -> serde_json::Value {
    let change = &report.comparison;
    let faults: Vec<_> = report
        .faults
        .listed()
        .iter()
        .map(|fault| {
            json!({ "sheet": *fault.sheet, "row": fault.row, "column": fault.column, "value": fault.value,
                    "code": fault.kind.key(), "remark": remark(fault, words) })
        })
        .collect();
    let institutions: Vec<_> = change
        .by_institution
        .iter()
        .map(|of| json!({ "code": of.code, "before": of.before, "after": of.after, "stays": of.stays }))
        .collect();
    let moved: Vec<_> =
        change.moved_listed.iter().map(|of| json!({ "name": of.name, "from": of.from, "to": of.to })).collect();
    let unnamed: Vec<_> = report
        .unnamed_columns
        .iter()
        .map(|column| json!({ "sheet": column.sheet, "column": column.column, "samples": column.samples }))
        .collect();
    let unread = report.sheets_unread.iter();
    let skipped: Vec<_> = unread.clone().filter(|of| of.reason == UnreadReason::NoHeader).map(|of| &of.sheet).collect();
    let unread: Vec<_> = unread
        .map(|of| {
            json!({ "sheet": of.sheet, "reason": of.reason.key(), "rows": of.rows, "has_more": of.has_more,
                    "first": of.first })
        })
        .collect();
    let mut told = json!({
        "applied": report.applied,
        "is_unchanged": report.is_unchanged,
        "people": report.people,
        "numbered": report.numbered,
        "added": change.added,
        "changed": change.changed,
        "unchanged": change.unchanged,
        "removed": change.removed,
        "moved": change.moved,
        "moved_listed": moved,
        "institutions": institutions,
        "created_institutions": report.created_institutions,
        "units": report.units,
        "new_units": change.new_units,
        "new_units_listed": change.new_units_listed,
        "look_alikes": report.look_alikes,
        "institution_look_alikes": report.institution_look_alikes,
        "look_alikes_complete": report.look_alikes_complete,
        "sheets_skipped": skipped,
        "sheets_unread": unread,
        "unnamed_columns": unnamed,
        "faults": report.faults.total,
        "faults_listed": faults,
    });
    add_columns(&mut told, &report.columns);
    for (name, rows) in report.remarks.as_json().into_iter().chain(further_rows(report)) {
        told[name] = rows;
    }
    told
}
