//! The reading of an import: a file is read on a thread of its own, checked, compared with the roster in force, and its
//! people are handed over in chunks. A dry run and `check` read in the same way and hand over nobody.

use super::budget::Limits;
use super::checker::Checker;
use super::codes_in_use::CodeInUse;
use super::column_choices::ColumnChoices;
use super::column_report::{ColumnsRefused, FileColumns, UnnamedColumn};
use super::comparison::{CHANGED_ROWS_MAX, Comparison, ComparisonEnd, DepartedRows, Replaced, RowDifference, UnitMove};
use super::fault::Faults;
use super::kept_values::{KeptCounts, PersonBefore, UnitBefore};
use super::look_alikes::look_alikes;
use super::not_people::Numberless;
use super::numbering::KnownNumbers;
use super::reading_choices::ReadingChoices;
use super::row_notes::RowRemarks;
use super::surroundings::Surroundings;
use super::target::Target;
use super::unit_tree::UnitTree;
use super::unread_sheet::UnreadSheet;
use super::{RosterFileError, open, read_rows};
use crate::domain::employment::EmploymentCounts;
use crate::domain::identifier::Identifier;
use crate::domain::ids::ParticipantId;
use crate::domain::institution::Institution;
use crate::domain::participant::Participant;
use crate::domain::unit::Unit;
use crate::domain::unit_renames::{RenameFault, UnitRenames};
use crate::keyring::CampaignSecret;
use jiff::civil::Date;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{mpsc, watch};

/// People in one staged chunk.
const STAGED_CHUNK_PEOPLE: usize = 2_048;

/// The progress of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ImportProgress {
    /// What the import is doing.
    pub phase: ImportPhase,
    /// Rows read so far on all sheets, headers and rows without a person included.
    pub rows: u64,
    /// Faults found so far.
    pub faults: u64,
    /// The part of the file read so far, from 0 to 1.
    pub part_done: f64,
}

/// The steps of an import, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImportPhase {
    /// Loads the roster in force, for comparison.
    #[default]
    Comparing,
    /// Reads, checks and compares the file, and stages its people unless it is a dry run.
    Reading,
    /// Puts the staged roster into force. Left out after a fault and in a dry run.
    Switching,
    /// Deletes rows that no institution points to any more. Left out in a dry run.
    Purging,
    /// The import has ended, with a report or an error. One that fails while comparing or purging stays in that phase.
    Done,
}

/// What an import found, and whether it was applied.
#[derive(Debug)]
pub struct ImportReport {
    /// Whether the new roster is in force: `false` after a fault and in a dry run.
    pub applied: bool,
    /// Whether the roster in force is already what the file says, so that only the audit trail was written.
    pub is_unchanged: bool,
    /// People in the file without a fault, those who got a number included.
    pub people: u64,
    /// People whose row has no number. They keep an earlier participant number or get a new one.
    pub numbered: u64,
    /// What the columns of the file hold and are read as, and the first names.
    pub columns: FileColumns,
    /// How many people are of each kind of employment.
    pub employment: EmploymentCounts,
    /// People who keep what the file has no column for.
    pub kept: KeptCounts,
    /// Rows to look at, which don't refuse the file.
    pub remarks: RowRemarks,
    /// The differences from the roster in force.
    pub comparison: Comparison,
    /// Institutions that the file adds to the campaign, in its order.
    pub created_institutions: Vec<Institution>,
    /// Those of them whose code is registered by other names. A reading without a database leaves this empty.
    pub codes_in_use: Vec<CodeInUse>,
    /// What the file does to the registered units of its institutions. A reading without a database leaves this empty.
    pub renames: UnitRenames,
    /// Why what was said of units isn't so, which refuses the file.
    pub rename_fault: Option<RenameFault>,
    /// Units that the file names.
    pub units: u64,
    /// Pairs of unit names that differ slightly: institution code, one name, the other name.
    pub look_alikes: Vec<(String, String, String)>,
    /// Pairs of names of institutions that the file adds and that may be one institution, such as `Kab. OKU Timur` and
    /// `Kabupaten Ogan Komering Ulu Timur`.
    pub institution_look_alikes: Vec<(String, String)>,
    /// Whether all names were compared. `false` once a limit was reached; the remaining names are not compared.
    pub look_alikes_complete: bool,
    /// Sheets that hold something and are not read: those without a header and hidden ones.
    pub sheets_unread: Vec<UnreadSheet>,
    /// Columns without a heading that hold something and are not read.
    pub unnamed_columns: Vec<UnnamedColumn>,
    /// Faults of rows. A single one refuses the file.
    pub faults: Faults,
}

impl ImportReport {
    /// Whether nothing refuses the file.
    pub fn is_right(&self) -> bool {
        self.faults.is_empty() && self.rename_fault.is_none()
    }
}

/// What the reading thread returns.
pub(super) struct RosterReading {
    pub(super) report: ImportReport,
    pub(super) units: Vec<Unit>,
    /// People who are added or changed, where they are kept for an amendment.
    pub(super) changed: Vec<(Participant, RowDifference)>,
    /// People whose rows go; `None` if they are too many for an amendment.
    pub(super) departed: Option<DepartedRows>,
    /// The units in force, by institution.
    pub(super) units_before: HashMap<String, Vec<Unit>>,
    /// People who change, by their units.
    pub(super) unit_moves: Vec<UnitMove>,
    /// People who move here from an institution whose roster isn't replaced.
    pub(super) taken_over: Vec<ParticipantId>,
    /// The next participant number of each institution, by its code.
    pub(super) next_numbers: Vec<(String, u64)>,
}

/// What becomes of the people who are read.
pub(super) enum Handover {
    /// Nothing: a dry run, or a file that is refused already.
    Nobody,
    /// Everybody is staged, in chunks.
    Staged(mpsc::Sender<Vec<Participant>>),
    /// Who is added or changed is kept. Beyond [`CHANGED_ROWS_MAX`] the reading ends and `too_many` is set.
    Changed {
        /// The people so far.
        people: Vec<(Participant, RowDifference)>,
        /// Set where the file has to be staged.
        too_many: Arc<AtomicBool>,
    },
}

/// By what rows are judged besides the file itself.
#[derive(Clone, Default)]
pub(super) struct RowRules {
    pub(super) numberless: Numberless,
    pub(super) reading: ReadingChoices,
    /// Without it, times within numbers are only compared with each other.
    pub(super) today: Option<Date>,
    /// What people say that columns hold.
    pub(super) columns: ColumnChoices,
}

/// The side of the import that runs on the reading thread.
pub(super) struct RosterReader {
    secret: CampaignSecret,
    comparison: Comparison,
    chunk: Vec<Participant>,
    handover: Handover,
    progress: watch::Sender<ImportProgress>,
}

impl RosterReader {
    pub(super) fn new(
        secret: CampaignSecret,
        comparison: Comparison,
        handover: Handover,
        progress: watch::Sender<ImportProgress>,
    ) -> Self {
        Self { secret, comparison, chunk: Vec::new(), handover, progress }
    }

    fn send(&mut self) -> ControlFlow<()> {
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(STAGED_CHUNK_PEOPLE));
        match &self.handover {
            Handover::Staged(chunks) if !chunk.is_empty() && chunks.blocking_send(chunk).is_err() => {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

impl Surroundings for RosterReader {
    fn identify(&self, identifier: &Identifier) -> ParticipantId {
        self.secret.participant_id(identifier)
    }

    fn person(&mut self, person: Participant, units: &UnitTree) -> ControlFlow<()> {
        let difference = self.comparison.compare(&person, units);
        match &mut self.handover {
            Handover::Staged(_) => {
                self.chunk.push(person);
                if self.chunk.len() >= STAGED_CHUNK_PEOPLE {
                    return self.send();
                }
            }
            Handover::Changed { people, too_many } if difference != RowDifference::None => {
                people.push((person, difference));
                if people.len() > CHANGED_ROWS_MAX {
                    too_many.store(true, Ordering::Relaxed);
                    return ControlFlow::Break(());
                }
            }
            Handover::Nobody | Handover::Changed { .. } => {}
        }
        ControlFlow::Continue(())
    }

    fn before(&self, person: ParticipantId) -> Option<PersonBefore<'_>> {
        self.comparison.before(person)
    }

    fn unit_of_path(&mut self, institution: &str, path: &str) -> Option<UnitBefore<'_>> {
        self.comparison.unit_of_path(institution, path)
    }

    fn progress(&mut self, rows: u64, faults: u64, part_done: f64) -> ControlFlow<()> {
        if faults > 0 {
            // The file is refused already; the rest is read only for its faults.
            self.handover = Handover::Nobody;
        }
        self.progress.send_modify(|progress| {
            *progress = ImportProgress { phase: ImportPhase::Reading, rows, faults, part_done }
        });
        ControlFlow::Continue(())
    }
}

/// Reads and checks a file as a dry run would, for a campaign that has these institutions and no people yet. It needs
/// no database.
pub fn check(
    path: &Path,
    secret: CampaignSecret,
    institutions: Vec<Institution>,
    limits: Limits,
) -> Result<ImportReport, RosterFileError> {
    let target = Target::new(institutions, None).expect("no institution is asked for");
    let reader =
        RosterReader::new(secret, Comparison::new(vec![], Replaced::Named), Handover::Nobody, watch::Sender::default());
    read(path, reader, target, KnownNumbers::default(), RowRules::default(), limits)
        .map(|read| read.report)
        .map_err(|refused| refused.error)
}

/// Reads and checks a file to its end.
pub(super) fn read(
    path: &Path,
    mut reader: RosterReader,
    target: Target,
    known: KnownNumbers,
    rows: RowRules,
    limits: Limits,
) -> Result<RosterReading, ColumnsRefused> {
    let (file, budget) = open(path, limits)?;
    let mut checker = Checker::new(&mut reader, target, known, budget.clone());
    (checker.numberless_rows, checker.reading) = (rows.numberless, rows.reading);
    (checker.today, checker.choices) = (rows.today, rows.columns);
    let ended = read_rows(file, &mut checker, &budget).and_then(|()| checker.finish());
    let columns = std::mem::take(&mut checker.columns);
    if let Err(error) = ended {
        return Err(ColumnsRefused { error, seen: Box::new(columns) });
    }
    let units = checker.units.take();
    let next_numbers = checker.known.next_numbers().map(|(code, next)| (code.to_owned(), next)).collect();
    let institutions = checker.target.look_alikes(&budget)?;
    let mut report = ImportReport {
        applied: false,
        is_unchanged: false,
        people: checker.people,
        numbered: checker.numbered,
        columns,
        employment: checker.employment,
        kept: checker.kept,
        remarks: std::mem::take(&mut checker.remarks),
        comparison: Comparison::default(),
        created_institutions: checker.target.created().to_vec(),
        codes_in_use: vec![],
        renames: UnitRenames::default(),
        rename_fault: None,
        units: units.len() as u64,
        look_alikes: vec![],
        institution_look_alikes: institutions.pairs,
        look_alikes_complete: true,
        sheets_unread: std::mem::take(&mut checker.sheets_unread),
        unnamed_columns: std::mem::take(&mut checker.unnamed_columns),
        faults: std::mem::take(&mut checker.faults),
    };
    if report.faults.is_empty() && reader.send().is_break() {
        return Err(RosterFileError::Cancelled.into());
    }
    let changed = match std::mem::replace(&mut reader.handover, Handover::Nobody) {
        Handover::Changed { people, .. } => people,
        Handover::Nobody | Handover::Staged(_) => vec![],
    };
    let named = |(one, other): (&Unit, &Unit)| (one.institution.clone(), one.name.clone(), other.name.clone());
    let found = look_alikes(&units, &budget)?;
    report.look_alikes_complete = found.complete && institutions.complete;
    report.look_alikes = found.pairs.into_iter().map(named).collect();
    let end = reader.comparison.finish(&units, CHANGED_ROWS_MAX, &budget)?;
    report.comparison = reader.comparison;
    let ComparisonEnd { taken_over, departed, units_before, unit_moves } = end;
    Ok(RosterReading { report, units, changed, departed, units_before, unit_moves, taken_over, next_numbers })
}
