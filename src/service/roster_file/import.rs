//! The import of a roster: one thread reads and checks the file and compares it with the roster in force. Any fault
//! refuses the whole file.
//!
//! Where there is a roster, the changes are kept meanwhile and written in place, in one commit: a file that changes
//! nothing writes one line of the audit trail. A first import, and one that changes more than [`CHANGED_ROWS_MAX`]
//! rows, is staged in chunks, and one short commit switches over.

use super::RosterFileError;
use super::amendment::{RostersBefore, amendment};
use super::budget::Limits;
use super::codes_in_use::codes_in_use;
use super::column_choices::ColumnChoices;
use super::column_report::{ColumnUse, ColumnsRefused, FileColumns};
use super::comparison::{CHANGED_ROWS_MAX, Comparison, PERSON_BEFORE_BYTES, Replaced};
use super::field::{ColumnSource, Field};
use super::not_people::Numberless;
use super::numbering::{KnownNumbers, known_bytes};
use super::reading::{
    Handover, ImportPhase, ImportProgress, ImportReport, RosterReader, RosterReading, RowRules, read,
};
use super::reading_choices::ReadingChoices;
use super::target::Target;
use super::unit_question_words::renamed_units;
use super::unit_questions::UnitQuestions;
use crate::background;
use crate::clock::{Clock, Entropy};
use crate::domain::audit::{AuditEntry, AuditEvent};
use crate::domain::campaign::CampaignState;
use crate::domain::ids::CampaignId;
use crate::domain::institution::Institution;
use crate::domain::participant::Participant;
use crate::domain::time::UnixMillis;
use crate::domain::unit_renames::{RenamedUnit, UnitRename};
use crate::keyring::CampaignSecret;
use crate::store::rosters::{Activation, InstitutionRoster, PeopleFilter, RememberedColumn, RosterId};
use crate::store::{SharedStore, StoreError};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Chunks that may wait for the store before the reading thread blocks.
const STAGED_CHUNKS_WAITING_MAX: usize = 4;
/// Age in milliseconds from which a staged roster belongs to a process that died.
const STALE_STAGING_MS: i64 = 24 * 60 * 60 * 1_000;
/// How often an import that waits for the database checks for cancellation.
const LOOK_FOR_CANCEL: Duration = Duration::from_millis(100);

/// A roster file on disk, and how an import applies it.
pub struct RosterFile {
    /// Path of the file.
    pub path: PathBuf,
    /// A private folder for data that does not fit into memory. Files there lose their names as soon as they are open.
    pub scratch: PathBuf,
    /// Code of the one institution whose people are replaced; `None` replaces those of every institution that the file
    /// names.
    pub institution: Option<String>,
    /// Without an institution: people of institutions that the file doesn't name are removed, too.
    pub replace_all: bool,
    /// What becomes of rows that have a name and no number.
    pub numberless: Numberless,
    /// How the file is read where its cells leave it open.
    pub reading: ReadingChoices,
    /// Codes of registry nodes that are the institutions of their code that the file adds, whatever their names.
    pub same_institutions: Vec<String>,
    /// Registered units that the file names otherwise.
    pub same_units: Vec<UnitRename>,
    /// What people say that columns hold. An import that is applied remembers it for the institution.
    pub columns: ColumnChoices,
    /// Only report what the import would change.
    pub dry_run: bool,
    /// Who imports, for the audit trail.
    pub by: String,
    /// SHA-256 of the file in hexadecimal, for the audit trail.
    pub sha256: String,
}

/// One import: the file, and the campaign it goes to.
pub struct ImportRequest {
    /// The campaign, which must be a draft.
    pub campaign: CampaignId,
    /// The campaign's secret, from which participant ids are derived.
    pub secret: CampaignSecret,
    /// The roster file, and how it is applied.
    pub file: RosterFile,
}

/// Why an import ends without a report. Faults of rows are part of the report instead.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file as a whole is refused, or the import was cancelled.
    #[error(transparent)]
    File(#[from] RosterFileError),
    /// The file as a whole is refused after some of its columns were seen.
    #[error(transparent)]
    Columns(ColumnsRefused),
    /// The campaign is not a draft when the import begins or switches over.
    #[error("the roster is fixed: the campaign is no draft any more")]
    NotDraft,
    /// Another import replaced a roster after this one was compared with it. Nothing is switched over.
    #[error("another import finished meanwhile")]
    Overtaken,
    /// The database fails.
    #[error(transparent)]
    Store(StoreError),
}

impl ImportError {
    /// Why the file as a whole is refused, if it is.
    pub fn file(&self) -> Option<&RosterFileError> {
        match self {
            Self::File(error) | Self::Columns(ColumnsRefused { error, .. }) => Some(error),
            Self::NotDraft | Self::Overtaken | Self::Store(_) => None,
        }
    }

    /// What was seen of the file's columns.
    pub fn columns(&self) -> Option<&FileColumns> {
        match self {
            Self::Columns(refused) => Some(&refused.seen),
            _ => None,
        }
    }
}

impl From<ColumnsRefused> for ImportError {
    fn from(refused: ColumnsRefused) -> Self {
        if refused.seen.columns.is_empty() { Self::File(refused.error) } else { Self::Columns(refused) }
    }
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Imports roster files.
pub struct Importer {
    /// The database.
    pub store: SharedStore,
    /// Gives the times of staged rosters and audit entries.
    pub clock: Arc<dyn Clock>,
    /// Gives the random ids of staged rosters and audit entries.
    pub entropy: Arc<Entropy>,
}

impl Importer {
    /// Runs an import to its end, or until `cancel` is set. Spawn it as its own task: dropping it leaves staged rows
    /// behind, which a later import purges.
    pub async fn run(
        &self,
        request: ImportRequest,
        progress: watch::Sender<ImportProgress>,
        cancel: Arc<AtomicBool>,
    ) -> Result<ImportReport, ImportError> {
        if self.store.state_now(request.campaign).await? != Some(CampaignState::Draft) {
            return Err(ImportError::NotDraft);
        }
        let before = tokio::select! {
            before = self.before(&request, &cancel) => before?,
            () = until_set(&cancel) => return Err(RosterFileError::Cancelled.into()),
        };
        let mut before = before;
        if !request.file.dry_run && before.comparison.may_amend() {
            if let Some(report) = self.amend(&request, before, &progress, &cancel).await? {
                progress.send_modify(|progress| progress.phase = ImportPhase::Done);
                return Ok(report);
            }
            before = self.before(&request, &cancel).await?;
        }
        let roster: RosterId = self.entropy.bytes();
        if !request.file.dry_run {
            let (at, only) = (UnixMillis(self.clock.now_ms()), request.file.institution.as_deref());
            self.store.begin_roster(request.campaign, roster, only, at, &request.file.by).await.map_err(not_draft)?;
        }
        let result = self.carry_out(&request, roster, before, &progress, cancel).await;
        if !request.file.dry_run {
            if !matches!(&result, Ok(report) if report.applied) {
                self.store.abandon_roster(request.campaign, roster).await?;
            }
            progress.send_modify(|progress| progress.phase = ImportPhase::Purging);
            self.purge(request.campaign).await?;
        }
        progress.send_modify(|progress| progress.phase = ImportPhase::Done);
        result
    }

    /// Deletes, in every draft, the rows of imports that were abandoned and of those that began more than a day ago,
    /// which must have died. Logs and returns the number of rows. A younger import may still be running, possibly on
    /// another node.
    pub async fn clear_leftovers(&self) -> Result<u64, StoreError> {
        let mut rows = 0;
        for campaign in
            self.store.campaigns().await?.into_iter().filter(|campaign| campaign.state == CampaignState::Draft)
        {
            rows += self.purge(campaign.id).await?;
        }
        if rows > 0 {
            tracing::warn!(rows, "removed what imports left that had ended early");
        }
        Ok(rows)
    }

    /// Deletes rows that no institution points to any more, in chunks. Returns how many.
    async fn purge(&self, campaign: CampaignId) -> Result<u64, StoreError> {
        let stale_before = UnixMillis(self.clock.now_ms() - STALE_STAGING_MS);
        let mut purged = 0;
        loop {
            match self.store.purge_orphans(campaign, stale_before).await? {
                0 => return Ok(purged),
                rows => purged += rows,
            }
            tokio::task::yield_now().await;
        }
    }

    async fn before(&self, request: &ImportRequest, cancel: &Arc<AtomicBool>) -> Result<Before, ImportError> {
        let mut limits = Limits::new(cancel.clone(), request.file.scratch.clone());
        let rosters = self.store.institution_rosters(request.campaign).await?;
        let institutions: Vec<Institution> = rosters.iter().map(|known| known.institution.clone()).collect();
        let code = |code: &Option<String>| code.clone().unwrap_or_default();
        let target = Target::new(institutions, request.file.institution.as_deref())
            .ok_or_else(|| RosterFileError::NoSuchInstitution { code: code(&request.file.institution) })?;
        let units = self.store.units(request.campaign, None).await?;
        let replaced = match target.only_code() {
            Some(only) => Replaced::Only(only),
            None if request.file.replace_all => Replaced::All,
            None => Replaced::Named,
        };
        let mut comparison = Comparison::new(units, replaced);
        let mut known = KnownNumbers::default();
        for roster in &rosters {
            known.begin_at(&roster.institution.code, roster.next_number);
        }
        let mut has_room = true;
        let mut remember = |person: &crate::store::rosters::ListedPerson| {
            has_room &= limits.held.grow(PERSON_BEFORE_BYTES);
            if !has_room {
                return;
            }
            let texts = comparison.text_bytes();
            let path = comparison.remember(&person.participant);
            has_room &= limits.held.grow(comparison.text_bytes() - texts);
            let of = &person.participant;
            if !of.identifier.issuer().is_empty() {
                has_room &= limits.held.grow(known_bytes(&of.shown_name, &path));
            }
            known.remember(of, &path);
        };
        self.store.visit_people(request.campaign, &PeopleFilter::default(), &mut remember).await?;
        if !has_room {
            return Err(RosterFileError::TooMuchMemory.into());
        }
        let (said, of) = (request.file.columns.clone(), said_for(&request.file));
        let columns = self.with_remembered(request.campaign, of, said).await?;
        Ok(Before { rosters, target, comparison, known, columns, limits })
    }

    /// What is said of columns, and what is remembered for the files of an institution, or with an empty code for files
    /// of all.
    pub(super) async fn with_remembered(
        &self,
        campaign: CampaignId,
        institution: &str,
        said: ColumnChoices,
    ) -> Result<ColumnChoices, StoreError> {
        let columns = self.store.remembered_columns(campaign, institution).await?;
        Ok(said.remembering(columns.into_iter().filter_map(|column| {
            let field = Field::by_key(&column.field);
            (field.is_some() || column.field.is_empty()).then_some((column.heading, field))
        })))
    }

    /// By what rows are judged besides the file itself.
    pub(super) fn rules(&self, numberless: Numberless, reading: ReadingChoices, columns: ColumnChoices) -> RowRules {
        let now = jiff::Timestamp::from_millisecond(self.clock.now_ms()).ok();
        let today = now.map(|now| now.to_zoned(jiff::tz::TimeZone::UTC).date());
        RowRules { numberless, reading, today, columns }
    }

    /// Reads the file and writes what it changes into the rosters in force. `None`: it changes too much for that, and
    /// nothing is written.
    async fn amend(
        &self,
        request: &ImportRequest,
        before: Before,
        progress: &watch::Sender<ImportProgress>,
        cancel: &Arc<AtomicBool>,
    ) -> Result<Option<ImportReport>, ImportError> {
        progress.send_modify(|progress| progress.phase = ImportPhase::Reading);
        let last_units = self.store.last_units(request.campaign).await?.into_iter().collect();
        let rosters = RostersBefore { institutions: before.rosters, last_units, fresh: self.entropy.bytes() };
        let too_many = Arc::new(AtomicBool::new(false));
        let people = Vec::with_capacity(CHANGED_ROWS_MAX / 16);
        let handover = Handover::Changed { people, too_many: too_many.clone() };
        let reader = RosterReader::new(request.secret.clone(), before.comparison, handover, progress.clone());
        let path = request.file.path.clone();
        let mut told = CancelOnDrop(Some(cancel.clone()));
        let (target, known, limits) = (before.target, before.known, before.limits);
        let rules = self.rules(request.file.numberless, request.file.reading, before.columns);
        let reading = background::run(move || {
            let mut read = read(&path, reader, target, known, rules, limits)?;
            let is_right = read.report.faults.is_empty();
            let amendment = if is_right { amendment(&mut read, &rosters) } else { None };
            Ok::<_, ColumnsRefused>((read, amendment))
        });
        let read = reading.await.map_err(|_| RosterFileError::Damaged)?;
        told.0 = None;
        if too_many.load(Ordering::Relaxed) && !cancel.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let (mut read, amendment) = read?;
        if !read.report.faults.is_empty() {
            return Ok(Some(read.report));
        }
        let Some(mut amendment) = amendment else { return Ok(None) };
        self.ask_about_units(request, &mut read).await?;
        let report = read.report;
        if !report.is_right() {
            return Ok(Some(report));
        }
        amendment.columns = remembered(request, &report.columns);
        amendment.renames = report.renames.said.iter().map(RenamedUnit::rename).collect();
        progress.send_modify(|progress| progress.phase = ImportPhase::Switching);
        let audit = self.audit(request, &report);
        let done = self.store.amend_roster(request.campaign, &amendment, &audit).await;
        self.told(request.campaign, done).await?;
        Ok(Some(ImportReport { applied: true, is_unchanged: amendment.amended.is_empty(), ..report }))
    }

    async fn carry_out(
        &self,
        request: &ImportRequest,
        roster: RosterId,
        before: Before,
        progress: &watch::Sender<ImportProgress>,
        cancel: Arc<AtomicBool>,
    ) -> Result<ImportReport, ImportError> {
        progress.send_modify(|progress| progress.phase = ImportPhase::Reading);
        let (chunks, waiting) = mpsc::channel(STAGED_CHUNKS_WAITING_MAX);
        let rosters = before.rosters.clone();
        let handover = if request.file.dry_run {
            // Staging ends when nobody can send a chunk any more.
            drop(chunks);
            Handover::Nobody
        } else {
            Handover::Staged(chunks)
        };
        let reader = RosterReader::new(request.secret.clone(), before.comparison, handover, progress.clone());
        let path = request.file.path.clone();
        // The reading thread outlives a dropped import, so dropping cancels it.
        let mut told = CancelOnDrop(Some(cancel));
        let (target, known, limits) = (before.target, before.known, before.limits);
        let rules = self.rules(request.file.numberless, request.file.reading, before.columns);
        let reading = background::run(move || read(&path, reader, target, known, rules, limits));
        let staged = self.stage(request.campaign, roster, waiting).await;
        let read = reading.await.map_err(|_| RosterFileError::Damaged)?;
        told.0 = None;
        staged?;
        let mut read = read?;
        let created = &read.report.created_institutions;
        read.report.codes_in_use = codes_in_use(&self.store, created, &request.file.same_institutions).await?;
        self.ask_about_units(request, &mut read).await?;
        let applied = read.report.is_right() && !request.file.dry_run;
        if applied {
            progress.send_modify(|progress| progress.phase = ImportPhase::Switching);
            self.switch(request, roster, &rosters, &read).await?;
        }
        Ok(ImportReport { applied, ..read.report })
    }

    /// Fills in what the report of a file without faults of rows says of registered units.
    async fn ask_about_units(&self, request: &ImportRequest, read: &mut RosterReading) -> Result<(), ImportError> {
        if !read.report.faults.is_empty() {
            return Ok(());
        }
        let RosterFile { same_institutions, same_units, .. } = &request.file;
        let (moves, said) = (std::mem::take(&mut read.unit_moves), same_units.clone());
        let questions =
            UnitQuestions::of(&self.store, request.campaign, &read.report, moves, same_institutions, said).await?;
        let units = std::mem::take(&mut read.units);
        let asking = background::run(move || {
            let asked = questions.ask(&units);
            (units, asked)
        });
        let (units, (renames, fault)) = asking.await.map_err(|_| RosterFileError::Damaged)?;
        read.units = units;
        (read.report.renames, read.report.rename_fault) = (renames, fault);
        Ok(())
    }

    async fn stage(
        &self,
        campaign: CampaignId,
        roster: RosterId,
        mut waiting: mpsc::Receiver<Vec<Participant>>,
    ) -> Result<(), StoreError> {
        while let Some(chunk) = waiting.recv().await {
            // An error closes the channel, which ends the reading.
            self.store.stage_people(campaign, roster, &chunk).await?;
        }
        Ok(())
    }

    async fn switch(
        &self,
        request: &ImportRequest,
        roster: RosterId,
        rosters: &[InstitutionRoster],
        read: &RosterReading,
    ) -> Result<(), ImportError> {
        let campaign = request.campaign;
        self.store.stage_units(campaign, roster, &read.units).await?;
        let report = &read.report;
        let all = rosters.iter().map(|known| &known.institution).chain(&report.created_institutions);
        let switched = all.map(|institution| institution.code.clone());
        let switched = switched.filter(|code| report.comparison.replaces(code)).collect();
        let activation = Activation {
            roster,
            before: rosters.iter().map(InstitutionRoster::version).collect(),
            created: report.created_institutions.clone(),
            same_institutions: request.file.same_institutions.clone(),
            renames: report.renames.said.iter().map(RenamedUnit::rename).collect(),
            switched,
            taken_over: read.taken_over.clone(),
            next_numbers: read.next_numbers.clone(),
            people: report.people,
            columns: remembered(request, &report.columns),
        };
        let audit = self.audit(request, report);
        let done = self.store.activate_roster(campaign, &activation, &audit).await;
        self.told(campaign, done).await
    }

    fn audit(&self, request: &ImportRequest, report: &ImportReport) -> AuditEntry {
        let (institution, sha256) = (request.file.institution.clone(), request.file.sha256.clone());
        let renamed = renamed_units(&report.renames);
        let event = AuditEvent::RosterImported { institution, people: report.people, sha256, renamed };
        let at = UnixMillis(self.clock.now_ms());
        AuditEntry::new(Some(request.campaign), at, self.entropy.bytes(), &request.file.by, event)
    }

    /// Tells apart why the commit was refused.
    async fn told(&self, campaign: CampaignId, done: Result<(), StoreError>) -> Result<(), ImportError> {
        match done {
            Err(StoreError::Conflict) if self.store.state_now(campaign).await? != Some(CampaignState::Draft) => {
                Err(ImportError::NotDraft)
            }
            Err(StoreError::Conflict) => Err(ImportError::Overtaken),
            done => Ok(done?),
        }
    }
}

struct Before {
    rosters: Vec<InstitutionRoster>,
    target: Target,
    comparison: Comparison,
    known: KnownNumbers,
    columns: ColumnChoices,
    limits: Limits,
}

/// Cancels the reading thread on drop, unless it has ended.
struct CancelOnDrop(Option<Arc<AtomicBool>>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(cancelled) = &self.0 {
            cancelled.store(true, Ordering::Relaxed);
        }
    }
}

async fn until_set(cancel: &AtomicBool) {
    while !cancel.load(Ordering::Relaxed) {
        tokio::time::sleep(LOOK_FOR_CANCEL).await;
    }
}

/// For whose files something is said of columns: the code of the one institution; empty for files of all.
fn said_for(file: &RosterFile) -> &str {
    file.institution.as_deref().unwrap_or_default()
}

/// What was said of columns that have a heading.
fn remembered(request: &ImportRequest, columns: &FileColumns) -> Vec<RememberedColumn> {
    let mut headings = HashSet::new();
    let said = columns.columns.iter().filter(|column| column.source == ColumnSource::Said && !column.key.is_empty());
    let told = said.filter(|column| headings.insert(&column.key)).map(|column| RememberedColumn {
        institution: said_for(&request.file).to_owned(),
        heading: column.key.clone(),
        field: match column.read_as {
            ColumnUse::Read(field) => field.key().to_owned(),
            ColumnUse::NotKept | ColumnUse::Unknown => String::new(),
        },
    });
    told.collect()
}

/// A conflict when staging begins means that the campaign has left the draft state.
fn not_draft(error: StoreError) -> ImportError {
    match error {
        StoreError::Conflict => ImportError::NotDraft,
        error => ImportError::Store(error),
    }
}
