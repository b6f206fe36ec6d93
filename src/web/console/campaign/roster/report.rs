//! The result of an import, in sentences and tables.

use crate::domain::institution::Institution;
use crate::domain::visible_institutions::VisibleInstitutions;
use crate::i18n::Localizer;
use crate::service::roster_file::{
    ColumnsRefused, ImportError, ImportReport, employment_counts, kept_columns, refusal_words, rename_fault,
    unit_lines, unnamed_column, unread_words,
};
use crate::web::console::shell::fault_rows::FaultRow;

/// Moved people and look-alike units shown.
const LISTED_MAX: usize = 50;

pub struct ReportView {
    /// Why the file as a whole, or its import, was refused.
    pub refused: Option<String>,
    /// Faults of single rows; the file with remarks has all.
    pub faults: Vec<FaultRow>,
    pub faults_total: String,
    pub has_faults: bool,
    /// Everything is right and waits for a word.
    pub is_ready: bool,
    /// What the import does, one sentence each.
    pub says: Vec<String>,
    pub institutions: Vec<InstitutionRow>,
    /// Worth a look; they don't prevent the import.
    pub notes: Vec<String>,
}

pub struct InstitutionRow {
    pub code: String,
    pub name: String,
    pub before: String,
    pub after: String,
}

impl ReportView {
    /// `known`: the institutions that the campaign has already, of which those that aren't seen are told nothing of.
    pub fn of(
        w: Localizer,
        known: &[Institution],
        visible: &VisibleInstitutions,
        result: &Result<ImportReport, ImportError>,
    ) -> Self {
        match result {
            Ok(ImportReport { rename_fault: Some(fault), .. }) => Self::refused(rename_fault(fault, w)),
            Ok(report) => Self::found(w, known, visible, report),
            Err(error) => Self::refused(refusal(w, error)),
        }
    }

    fn refused(why: String) -> Self {
        Self {
            refused: Some(why),
            faults: vec![],
            faults_total: String::new(),
            has_faults: false,
            is_ready: false,
            says: vec![],
            institutions: vec![],
            notes: vec![],
        }
    }

    fn found(w: Localizer, known: &[Institution], visible: &VisibleInstitutions, report: &ImportReport) -> Self {
        let has_faults = !report.faults.is_empty();
        let named = |code: &str| {
            let found = known.iter().chain(&report.created_institutions).find(|institution| institution.code == code);
            found.map_or_else(String::new, |institution| institution.name.clone())
        };
        let seen = report.comparison.by_institution.iter().filter(|change| visible.includes(&change.code));
        let institutions = seen.map(|change| InstitutionRow {
            code: change.code.clone(),
            name: named(&change.code),
            before: w.number(change.before),
            after: w.number(change.after),
        });
        Self {
            refused: None,
            faults: FaultRow::first(w, &report.faults),
            faults_total: w.number(report.faults.total),
            has_faults,
            is_ready: !has_faults && !report.applied,
            says: says(w, visible, report),
            institutions: institutions.collect(),
            notes: notes(w, visible, report),
        }
    }
}

fn says(w: Localizer, visible: &VisibleInstitutions, report: &ImportReport) -> Vec<String> {
    let change = &report.comparison;
    let number = |count: u64| w.number(count);
    let (people, numbered) = (number(report.people), number(report.numbered));
    let (added, changed) = (number(change.added), number(change.changed));
    let (unchanged, removed) = (number(change.unchanged), number(change.removed));
    let (units, new) = (number(report.units), number(change.new_units));
    let mut says = vec![
        w.with("roster-report-people", &[("people", &people), ("numbered", &numbered)]),
        employment_counts(&report.employment, w),
        w.with(
            "roster-report-changes",
            &[("added", &added), ("changed", &changed), ("unchanged", &unchanged), ("removed", &removed)],
        ),
        w.with("roster-report-units", &[("units", &units), ("new", &new)]),
    ];
    if let Some((count, people)) = change.staying_numbers().filter(|_| *visible == VisibleInstitutions::All) {
        says.push(w.with("roster-report-stays", &[("count", &number(count)), ("people", &number(people))]));
    }
    for created in &report.created_institutions {
        says.push(w.with("roster-report-created", &[("code", &created.code), ("name", &created.name)]));
    }
    says.extend(unit_lines(&report.renames, w));
    let asked = report.renames.asked.iter().filter(|one| one.same.is_none()).count();
    if asked > 0 && !report.applied {
        says.push(w.with("console-rename-asked", &[("count", &number(asked as u64))]));
    }
    says
}

fn notes(w: Localizer, visible: &VisibleInstitutions, report: &ImportReport) -> Vec<String> {
    let change = &report.comparison;
    let mut notes: Vec<String> = kept_columns(&report.kept, w).into_iter().collect();
    if change.moved > 0 {
        notes.push(w.with("roster-report-moved", &[("moved", &w.number(change.moved))]));
    }
    for moved in change.moved_listed.iter().take(LISTED_MAX) {
        let from = if visible.includes(&moved.from) { moved.from.clone() } else { w.t("roster-report-elsewhere") };
        let words = [("name", &*moved.name), ("from", &from), ("to", &moved.to)];
        notes.push(w.with("roster-report-moved-line", &words));
    }
    for (one, other) in report.institution_look_alikes.iter().take(LISTED_MAX) {
        notes.push(w.with("roster-report-institutions-alike", &[("one", one), ("other", other)]));
    }
    for (institution, one, other) in report.look_alikes.iter().take(LISTED_MAX) {
        notes.push(w.with("roster-report-look-alike", &[("institution", institution), ("one", one), ("other", other)]));
    }
    if !report.look_alikes_complete {
        notes.push(w.t("roster-report-look-alikes-incomplete"));
    }
    notes.extend(report.sheets_unread.iter().take(LISTED_MAX).map(|sheet| unread_words(sheet, w)));
    notes.extend(report.unnamed_columns.iter().map(|column| unnamed_column(column, w)));
    notes.extend(report.remarks.words(w));
    notes
}

fn refusal(w: Localizer, error: &ImportError) -> String {
    match error {
        ImportError::File(file) | ImportError::Columns(ColumnsRefused { error: file, .. }) => refusal_words(file, w),
        ImportError::NotDraft => w.t("roster-not-draft"),
        ImportError::Overtaken => w.t("roster-overtaken"),
        ImportError::Store(error) => {
            tracing::error!(%error, "an import failed");
            w.t("campaign-refusal-store")
        }
    }
}
