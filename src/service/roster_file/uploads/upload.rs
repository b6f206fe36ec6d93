//! One uploaded roster file, and its run: a dry run first, then the import.

use super::folder::UploadFile;
use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use crate::domain::unit_renames::UnitRename;
use crate::fair_permits::Permit;
use crate::service::roster_file::{
    ColumnChoices, ImportError, ImportPhase, ImportProgress, ImportReport, Numberless, ReadingChoices,
};
use data_encoding::BASE64URL_NOPAD;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// An upload that hasn't been opened for this long is dropped when its place is needed.
const IDLE_SECS: i64 = 3_600;

/// Names an upload in addresses: 16 random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UploadId(pub [u8; 16]);

impl UploadId {
    /// Reads what [`std::fmt::Display`] writes: unpadded base64url.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()?))
    }
}

impl std::fmt::Display for UploadId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

/// A file that is to be imported.
pub struct Upload {
    /// Names it in addresses.
    pub id: UploadId,
    pub(super) campaign: CampaignId,
    /// Login of its sender.
    pub(super) by: String,
    /// Only this institution's people are replaced.
    pub institution: Option<String>,
    /// The people of institutions that the file doesn't name are removed.
    pub replace_all: bool,
    /// How the file is read where its cells leave it open.
    pub reading: ReadingChoices,
    /// As it was called where it came from.
    pub file_name: String,
    pub(super) file: UploadFile,
    /// Of the file, in hexadecimal.
    pub(super) sha256: String,
    /// Set to end the run.
    pub(super) cancel: Arc<AtomicBool>,
    opened_at: AtomicI64,
    /// A check found faults, and the audit trail says so.
    is_refusal_recorded: AtomicBool,
    run: Mutex<UploadRun>,
    _permit: Permit,
}

/// An upload's sender, its purpose, and the permit that it holds.
pub(super) struct SentUpload {
    pub id: UploadId,
    pub campaign: CampaignId,
    pub by: String,
    pub institution: Option<String>,
    pub replace_all: bool,
    pub reading: ReadingChoices,
    pub at: UnixMillis,
    pub permit: Permit,
}

/// A file that was received completely.
pub(super) struct ReceivedFile {
    pub name: String,
    pub file: UploadFile,
    /// Hexadecimal.
    pub sha256: String,
}

/// What the one who imports answers to what a check shows and asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadAnswers {
    /// What columns hold.
    pub columns: ColumnChoices,
    /// What rows without a number are.
    pub numberless: Numberless,
    /// Nodes of the registry that are the institutions of their code that the file adds.
    pub same_institutions: Vec<String>,
    /// Registered units that the file names otherwise.
    pub same_units: Vec<UnitRename>,
}

/// The run, in progress or finished.
struct UploadRun {
    is_dry: bool,
    answers: UploadAnswers,
    progress: watch::Receiver<ImportProgress>,
    result: Option<Arc<Result<ImportReport, ImportError>>>,
}

/// The state of an upload.
pub struct UploadProgress {
    /// Only compared; else imported.
    pub is_dry: bool,
    /// What the run does now.
    pub phase: ImportPhase,
    /// Rows read so far.
    pub rows: u64,
    /// In hundredths.
    pub percent: u8,
    /// What was answered before it.
    pub answers: UploadAnswers,
    /// What came of it; `None` while it runs.
    pub result: Option<Arc<Result<ImportReport, ImportError>>>,
}

impl Upload {
    pub(super) fn new(sent: SentUpload, file: ReceivedFile) -> Self {
        let progress = watch::channel(ImportProgress::default()).1;
        let run = UploadRun { is_dry: true, answers: UploadAnswers::default(), progress, result: None };
        Self {
            id: sent.id,
            campaign: sent.campaign,
            by: sent.by,
            institution: sent.institution,
            replace_all: sent.replace_all,
            reading: sent.reading,
            file_name: file.name,
            file: file.file,
            sha256: file.sha256,
            cancel: Arc::default(),
            opened_at: AtomicI64::new(sent.at.0),
            is_refusal_recorded: AtomicBool::new(false),
            run: Mutex::new(run),
            _permit: sent.permit,
        }
    }

    /// Ends its run, if one is in progress.
    pub(super) fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// Notes that it is opened now.
    pub(super) fn note_opened(&self, now: UnixMillis) {
        self.opened_at.store(now.0, Ordering::Relaxed);
    }

    /// Whether its run has ended and it hasn't been opened for [`IDLE_SECS`].
    pub(super) fn is_idle(&self, now: UnixMillis) -> bool {
        let opened_at = UnixMillis(self.opened_at.load(Ordering::Relaxed));
        self.progress().result.is_some() && now >= opened_at.plus_secs(IDLE_SECS)
    }

    /// What its run does, or what came of it.
    pub fn progress(&self) -> UploadProgress {
        let run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        let progress = *run.progress.borrow();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share between 0 and 1")]
        let percent = (progress.part_done.clamp(0.0, 1.0) * 100.0) as u8;
        UploadProgress {
            is_dry: run.is_dry,
            phase: progress.phase,
            rows: progress.rows,
            percent,
            answers: run.answers.clone(),
            result: run.result.clone(),
        }
    }

    /// Begins a run. Returns where its progress goes, and the answers that it follows: those of the last check. `None`
    /// when an import isn't allowed yet: it follows a dry run without faults.
    pub(super) fn begin(&self, is_dry: bool) -> Option<(watch::Sender<ImportProgress>, UploadAnswers)> {
        let (sender, receiver) = watch::channel(ImportProgress::default());
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        let is_right = matches!(run.result.as_deref(), Some(Ok(report)) if report.is_right());
        let may_begin = is_dry || (run.is_dry && is_right);
        if !may_begin {
            return None;
        }
        let answers = run.answers.clone();
        *run = UploadRun { is_dry, answers: answers.clone(), progress: receiver, result: None };
        Some((sender, answers))
    }

    /// Begins a further dry run that follows these answers. `None` while a run is in progress, and once an import has
    /// begun.
    pub(super) fn begin_again(&self, answers: UploadAnswers) -> Option<watch::Sender<ImportProgress>> {
        let (sender, receiver) = watch::channel(ImportProgress::default());
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        if !run.is_dry || run.result.is_none() {
            return None;
        }
        *run = UploadRun { is_dry: true, answers, progress: receiver, result: None };
        Some(sender)
    }

    /// Whether the audit trail has the line of a check that found faults.
    pub(super) fn is_refusal_recorded(&self) -> bool {
        self.is_refusal_recorded.load(Ordering::Relaxed)
    }

    pub(super) fn end(&self, result: Result<ImportReport, ImportError>) {
        if matches!(&result, Ok(report) if !report.faults.is_empty()) {
            self.is_refusal_recorded.store(true, Ordering::Relaxed);
        }
        self.run.lock().unwrap_or_else(PoisonError::into_inner).result = Some(Arc::new(result));
    }
}

/// Dropping an upload stops its run and removes its file.
impl Drop for Upload {
    fn drop(&mut self) {
        self.cancel();
    }
}
