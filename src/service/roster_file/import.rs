//! The import of a roster: one thread reads and checks the file, chunks of people are staged meanwhile, the result is
//! compared with the roster in force, and one short commit switches over. Any fault refuses the whole file.

use super::budget::Limits;
use super::checker::{Checker, Surroundings};
use super::comparison::{Comparison, PERSON_BEFORE_BYTES};
use super::fault::Faults;
use super::look_alikes::look_alikes;
use super::numbering::{KnownNumbers, known_bytes};
use super::target::Target;
use super::unit_tree::UnitTree;
use super::{RosterFileError, open, read_rows};
use crate::background;
use crate::clock::{Clock, Entropy};
use crate::domain::audit::{AuditEntry, AuditEvent};
use crate::domain::campaign::CampaignState;
use crate::domain::identifier::Identifier;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::institution::{Institution, Unit};
use crate::domain::participant::Participant;
use crate::domain::time::UnixMillis;
use crate::keyring::CampaignSecret;
use crate::store::rosters::{Activation, InstitutionRoster, PeopleFilter, RosterId};
use crate::store::{SharedStore, StoreError};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// People in one staged chunk.
const STAGED_CHUNK_PEOPLE: usize = 2_048;
/// Chunks that may wait for the store before the reading thread blocks.
const STAGED_CHUNKS_WAITING_MAX: usize = 4;
/// Age in milliseconds from which a staged roster belongs to a process that died.
const STALE_STAGING_MS: i64 = 24 * 60 * 60 * 1_000;
/// How often an import that waits for the database checks for cancellation.
const LOOK_FOR_CANCEL: Duration = Duration::from_millis(100);

/// One import: the file, the campaign it goes to, and how it is applied.
pub struct ImportRequest {
    /// The campaign, which must be a draft.
    pub campaign: CampaignId,
    /// The campaign's secret, from which participant ids are derived.
    pub secret: CampaignSecret,
    /// The roster file.
    pub path: PathBuf,
    /// A private folder for data that does not fit into memory. Files there lose their names as soon as they are open.
    pub scratch: PathBuf,
    /// Code of the one institution whose people are replaced; `None` replaces the whole roster.
    pub institution: Option<String>,
    /// Only report what the import would change.
    pub dry_run: bool,
    /// Who imports, for the audit trail.
    pub by: String,
    /// SHA-256 of the file in hexadecimal, for the audit trail.
    pub sha256: String,
}

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
    /// People in the file without a fault, those who got a number included.
    pub people: u64,
    /// People whose row has no number. They keep an earlier participant number or get a new one.
    pub numbered: u64,
    /// The differences from the roster in force.
    pub comparison: Comparison,
    /// Institutions that the file adds to the campaign, in its order.
    pub created_institutions: Vec<Institution>,
    /// Units that the file names.
    pub units: u64,
    /// Pairs of unit names that differ slightly: institution code, one name, the other name.
    pub look_alikes: Vec<(String, String, String)>,
    /// Whether all names were compared. `false` once a limit was reached; the remaining names are not compared.
    pub look_alikes_complete: bool,
    /// Names of the sheets without a header, which are not read.
    pub sheets_skipped: Vec<String>,
    /// Faults of rows. A single one refuses the file.
    pub faults: Faults,
}

/// Why an import ends without a report. Faults of rows are part of the report instead.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file as a whole is refused, or the import was cancelled.
    #[error(transparent)]
    File(#[from] RosterFileError),
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
        let roster: RosterId = self.entropy.bytes();
        if !request.dry_run {
            let (at, only) = (UnixMillis(self.clock.now_ms()), request.institution.as_deref());
            self.store.begin_roster(request.campaign, roster, only, at, &request.by).await.map_err(not_draft)?;
        }
        let result = self.carry_out(&request, roster, before, &progress, cancel).await;
        if !request.dry_run {
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
        let mut limits = Limits::new(cancel.clone(), request.scratch.clone());
        let rosters = self.store.institution_rosters(request.campaign).await?;
        let institutions: Vec<Institution> = rosters.iter().map(|known| known.institution.clone()).collect();
        let code = |code: &Option<String>| code.clone().unwrap_or_default();
        let target = Target::new(institutions, request.institution.as_deref())
            .ok_or_else(|| RosterFileError::NoSuchInstitution { code: code(&request.institution) })?;
        let units = self.store.units(request.campaign, None).await?;
        let mut comparison = Comparison::new(units, target.only_code());
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
            let path = comparison.remember(&person.participant);
            let of = &person.participant;
            if !of.identifier.issuer().is_empty() {
                has_room &= limits.held.grow(known_bytes(&of.shown_name, &path));
            }
            known.remember(&of.identifier, &of.institution, &of.shown_name, &path);
        };
        self.store.visit_people(request.campaign, &PeopleFilter::default(), &mut remember).await?;
        if !has_room {
            return Err(RosterFileError::TooMuchMemory.into());
        }
        Ok(Before { rosters, target, comparison, known, limits })
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
        let reader = RosterReader {
            secret: request.secret.clone(),
            comparison: before.comparison,
            chunk: Vec::with_capacity(STAGED_CHUNK_PEOPLE),
            chunks: (!request.dry_run).then_some(chunks),
            progress: progress.clone(),
        };
        let path = request.path.clone();
        // The reading thread outlives a dropped import, so dropping cancels it.
        let mut told = CancelOnDrop(Some(cancel));
        let (target, known, limits) = (before.target, before.known, before.limits);
        let reading = background::run(move || read(&path, reader, target, known, limits));
        let staged = self.stage(request.campaign, roster, waiting).await;
        let read = reading.await.map_err(|_| RosterFileError::Damaged)?;
        told.0 = None;
        staged?;
        let read = read?;
        let applied = read.report.faults.is_empty() && !request.dry_run;
        if applied {
            progress.send_modify(|progress| progress.phase = ImportPhase::Switching);
            self.switch(request, roster, &rosters, &read).await?;
        }
        Ok(ImportReport { applied, ..read.report })
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
        read: &Read,
    ) -> Result<(), ImportError> {
        let campaign = request.campaign;
        self.store.stage_units(campaign, roster, &read.units).await?;
        let report = &read.report;
        let all = rosters.iter().map(|known| &known.institution).chain(&report.created_institutions);
        let switched = match &read.only {
            Some(code) => vec![code.clone()],
            None => all.map(|institution| institution.code.clone()).collect(),
        };
        let activation = Activation {
            roster,
            before: rosters.iter().map(|known| (known.institution.code.clone(), known.roster)).collect(),
            created: report.created_institutions.clone(),
            switched,
            taken_over: read.taken_over.clone(),
            next_numbers: read.next_numbers.clone(),
            people: report.people,
        };
        let event = AuditEvent::RosterImported {
            institution: request.institution.clone(),
            people: report.people,
            sha256: request.sha256.clone(),
        };
        let at = UnixMillis(self.clock.now_ms());
        let audit = AuditEntry::new(Some(campaign), at, self.entropy.bytes(), &request.by, event);
        match self.store.activate_roster(campaign, &activation, &audit).await {
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
    limits: Limits,
}

/// What the reading thread returns.
struct Read {
    report: ImportReport,
    only: Option<String>,
    units: Vec<Unit>,
    taken_over: Vec<ParticipantId>,
    next_numbers: Vec<(String, u64)>,
}

/// The side of the import that runs on the reading thread.
struct RosterReader {
    secret: CampaignSecret,
    comparison: Comparison,
    chunk: Vec<Participant>,
    /// `None` in a dry run.
    chunks: Option<mpsc::Sender<Vec<Participant>>>,
    progress: watch::Sender<ImportProgress>,
}

impl RosterReader {
    fn send(&mut self) -> ControlFlow<()> {
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(STAGED_CHUNK_PEOPLE));
        match &self.chunks {
            Some(chunks) if !chunk.is_empty() && chunks.blocking_send(chunk).is_err() => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

impl Surroundings for RosterReader {
    fn identify(&self, identifier: &Identifier) -> ParticipantId {
        self.secret.participant_id(identifier)
    }

    fn person(&mut self, person: Participant, units: &UnitTree) -> ControlFlow<()> {
        self.comparison.compare(&person, units);
        if self.chunks.is_none() {
            return ControlFlow::Continue(());
        }
        self.chunk.push(person);
        if self.chunk.len() >= STAGED_CHUNK_PEOPLE { self.send() } else { ControlFlow::Continue(()) }
    }

    fn progress(&mut self, rows: u64, faults: u64, part_done: f64) -> ControlFlow<()> {
        if faults > 0 {
            // The file is refused already; the rest is read only for its faults.
            self.chunks = None;
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
    let target = Target::new(institutions, None).ok_or(RosterFileError::NoInstitutionColumn)?;
    let reader = RosterReader {
        secret,
        comparison: Comparison::new(vec![], None),
        chunk: vec![],
        chunks: None,
        progress: watch::Sender::default(),
    };
    read(path, reader, target, KnownNumbers::default(), limits).map(|read| read.report)
}

fn read(
    path: &Path,
    mut reader: RosterReader,
    target: Target,
    known: KnownNumbers,
    limits: Limits,
) -> Result<Read, RosterFileError> {
    let (file, budget) = open(path, limits)?;
    let mut checker = Checker::new(&mut reader, target, known, budget.clone());
    read_rows(file, &mut checker, &budget)?;
    checker.finish()?;
    let units = checker.units.take();
    let next_numbers = checker.known.next_numbers().map(|(code, next)| (code.to_owned(), next)).collect();
    let only = checker.target.only_code();
    let mut report = ImportReport {
        applied: false,
        people: checker.people,
        numbered: checker.numbered,
        comparison: Comparison::default(),
        created_institutions: checker.target.created().to_vec(),
        units: units.len() as u64,
        look_alikes: vec![],
        look_alikes_complete: true,
        sheets_skipped: std::mem::take(&mut checker.sheets_skipped),
        faults: std::mem::take(&mut checker.faults),
    };
    if report.faults.is_empty() && reader.send().is_break() {
        return Err(RosterFileError::Cancelled);
    }
    drop(reader.chunks.take());
    let named = |(one, other): (&Unit, &Unit)| (one.institution.clone(), one.name.clone(), other.name.clone());
    let found = look_alikes(&units, &budget)?;
    report.look_alikes_complete = found.complete;
    report.look_alikes = found.pairs.into_iter().map(named).collect();
    let taken_over = reader.comparison.finish(&units, &budget)?;
    report.comparison = reader.comparison;
    Ok(Read { report, only, units, taken_over, next_numbers })
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

/// A conflict when staging begins means that the campaign has left the draft state.
fn not_draft(error: StoreError) -> ImportError {
    match error {
        StoreError::Conflict => ImportError::NotDraft,
        error => ImportError::Store(error),
    }
}
