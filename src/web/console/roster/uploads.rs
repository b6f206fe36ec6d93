//! Roster files that were sent to the console: kept on disk, compared by a dry run, and imported when confirmed.
//!
//! An upload lives until it is imported, cancelled, replaced by the same account's next one, or the server ends.

use crate::domain::ids::CampaignId;
use crate::service::roster_file::{ImportError, ImportReport, Phase, Progress};
use data_encoding::BASE64URL_NOPAD;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Uploads kept at once; a further one is told to come again.
pub const UPLOADS_MAX: usize = 32;
/// Files read at once: each takes a core and memory for its people.
pub const READING_MAX: usize = 2;
const FOLDER: &str = "uploads";

/// How an upload is named in addresses: 16 random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UploadId(pub [u8; 16]);

impl UploadId {
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()?))
    }
}

impl std::fmt::Display for UploadId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

/// A file on its way into a roster.
pub struct Upload {
    pub id: UploadId,
    pub campaign: CampaignId,
    /// Login of who sent it.
    pub by: String,
    /// Only this institution's people are replaced.
    pub institution: Option<String>,
    /// As it was called where it came from.
    pub file_name: String,
    pub path: PathBuf,
    pub sha256: String,
    pub cancel: Arc<AtomicBool>,
    run: Mutex<Run>,
}

/// The run under way or done.
struct Run {
    is_dry: bool,
    progress: watch::Receiver<Progress>,
    result: Option<Arc<Result<ImportReport, ImportError>>>,
}

/// Where an upload stands.
pub struct Standing {
    /// Only compared; else imported.
    pub is_dry: bool,
    pub phase: Phase,
    pub rows: u64,
    /// In hundredths.
    pub percent: u8,
    /// What came of it; `None` while it runs.
    pub result: Option<Arc<Result<ImportReport, ImportError>>>,
}

impl Upload {
    pub fn new(
        id: UploadId,
        campaign: CampaignId,
        by: String,
        institution: Option<String>,
        file: ReceivedFile,
    ) -> Self {
        let run = Run { is_dry: true, progress: watch::channel(Progress::default()).1, result: None };
        Self {
            id,
            campaign,
            by,
            institution,
            file_name: file.name,
            path: file.path,
            sha256: file.sha256,
            cancel: Arc::default(),
            run: Mutex::new(run),
        }
    }

    pub fn standing(&self) -> Standing {
        let run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        let progress = *run.progress.borrow();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share between 0 and 1")]
        let percent = (progress.part_done.clamp(0.0, 1.0) * 100.0) as u8;
        Standing { is_dry: run.is_dry, phase: progress.phase, rows: progress.rows, percent, result: run.result.clone() }
    }

    /// Begins a run; answers where its progress goes. Only what a dry run found to be right is imported; else `None`.
    pub fn begin(&self, is_dry: bool) -> Option<watch::Sender<Progress>> {
        let (sender, receiver) = watch::channel(Progress::default());
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        let is_right = matches!(run.result.as_deref(), Some(Ok(report)) if report.faults.is_empty());
        let may_begin = is_dry || (run.is_dry && is_right);
        if !may_begin {
            return None;
        }
        *run = Run { is_dry, progress: receiver, result: None };
        Some(sender)
    }

    pub fn end(&self, result: Result<ImportReport, ImportError>) {
        self.run.lock().unwrap_or_else(PoisonError::into_inner).result = Some(Arc::new(result));
    }
}

/// A forgotten upload stops reading and takes its file with it.
impl Drop for Upload {
    fn drop(&mut self) {
        // Nothing is lost when the file is gone already.
        let _gone = std::fs::remove_file(&self.path);
    }
}

/// A file that was received completely.
pub struct ReceivedFile {
    pub name: String,
    pub path: PathBuf,
    /// Hexadecimal.
    pub sha256: String,
}

/// All uploads of this server.
pub struct Uploads {
    folder: PathBuf,
    kept: Mutex<HashMap<UploadId, Arc<Upload>>>,
    pub reading: tokio::sync::Semaphore,
}

/// There are as many uploads as are kept.
#[derive(Debug)]
pub struct UploadsFull;

impl Uploads {
    pub fn new(data: &Path) -> Self {
        Self { folder: data.join(FOLDER), kept: Mutex::default(), reading: tokio::sync::Semaphore::new(READING_MAX) }
    }

    /// Removes what an earlier run of the server left.
    pub fn clear_leftovers(&self) {
        let _absent = std::fs::remove_dir_all(&self.folder);
    }

    /// Where a file that is being received goes.
    pub fn path(&self, id: UploadId) -> std::io::Result<PathBuf> {
        std::fs::create_dir_all(&self.folder)?;
        Ok(self.folder.join(id.to_string()))
    }

    /// Keeps an upload; the same account's earlier ones for the campaign are forgotten, unless they are being imported.
    pub fn keep(&self, upload: Upload) -> Result<Arc<Upload>, UploadsFull> {
        let upload = Arc::new(upload);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, other| {
            let is_older = other.campaign == upload.campaign && other.by == upload.by;
            let standing = other.standing();
            let is_importing = !standing.is_dry && standing.result.is_none();
            if is_older && !is_importing {
                other.cancel.store(true, Ordering::Relaxed);
            }
            !is_older || is_importing
        });
        if kept.len() >= UPLOADS_MAX {
            return Err(UploadsFull);
        }
        kept.insert(upload.id, upload.clone());
        Ok(upload)
    }

    pub fn find(&self, id: UploadId) -> Option<Arc<Upload>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    pub fn forget(&self, upload: &Upload) {
        upload.cancel.store(true, Ordering::Relaxed);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&upload.id);
    }
}
