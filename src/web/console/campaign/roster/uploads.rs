//! Roster files that were sent to the console: kept on disk, compared by a dry run, and imported when confirmed.
//!
//! An upload lives until it is imported, cancelled, or replaced by the account's next one, until its place is needed
//! and it hasn't been opened for an hour, or until the server stops. One account holds only a share of the places.

use super::folder::{Folder, OwnFile};
use crate::clock::Entropy;
use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use crate::fair_permits::{FairPermits, NoPermit, Permit, Requester};
use crate::service::roster_file::{ImportError, ImportPhase, ImportProgress, ImportReport};
use data_encoding::BASE64URL_NOPAD;
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Most uploads received or kept at once, at most half of them of one account; further ones are refused as busy.
pub const UPLOADS_MAX: usize = 32;
/// Most files read at once: each takes a core, and memory for its people.
pub const READING_MAX: usize = 2;
/// Most runs that wait: each upload has at most one.
const READING_WAITING_MAX: usize = 2 * UPLOADS_MAX;
/// An upload that hasn't been opened for this long is dropped when its place is needed.
const IDLE_SECS: i64 = 3_600;

/// Names an upload in addresses: 16 random bytes.
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

/// A file that is to be imported.
pub struct Upload {
    pub id: UploadId,
    pub campaign: CampaignId,
    /// Login of who sent it.
    pub by: String,
    /// Only this institution's people are replaced.
    pub institution: Option<String>,
    /// As it was called where it came from.
    pub file_name: String,
    pub file: OwnFile,
    pub sha256: String,
    pub cancel: Arc<AtomicBool>,
    looked_at: AtomicI64,
    run: Mutex<Run>,
    _permit: Permit,
}

/// An upload's sender, its purpose, and the place that it holds.
pub struct Sent {
    pub id: UploadId,
    pub campaign: CampaignId,
    pub by: String,
    pub institution: Option<String>,
    pub at: UnixMillis,
    pub permit: Permit,
}

/// The run, in progress or finished.
struct Run {
    is_dry: bool,
    progress: watch::Receiver<ImportProgress>,
    result: Option<Arc<Result<ImportReport, ImportError>>>,
}

/// The state of an upload.
pub struct Standing {
    /// Only compared; else imported.
    pub is_dry: bool,
    pub phase: ImportPhase,
    pub rows: u64,
    /// In hundredths.
    pub percent: u8,
    /// What came of it; `None` while it runs.
    pub result: Option<Arc<Result<ImportReport, ImportError>>>,
}

impl Upload {
    pub fn new(sent: Sent, file: ReceivedFile) -> Self {
        let run = Run { is_dry: true, progress: watch::channel(ImportProgress::default()).1, result: None };
        Self {
            id: sent.id,
            campaign: sent.campaign,
            by: sent.by,
            institution: sent.institution,
            file_name: file.name,
            file: file.file,
            sha256: file.sha256,
            cancel: Arc::default(),
            looked_at: AtomicI64::new(sent.at.0),
            run: Mutex::new(run),
            _permit: sent.permit,
        }
    }

    fn is_idle(&self, now: UnixMillis) -> bool {
        let looked_at = UnixMillis(self.looked_at.load(Ordering::Relaxed));
        self.standing().result.is_some() && now >= looked_at.plus_secs(IDLE_SECS)
    }

    pub fn standing(&self) -> Standing {
        let run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        let progress = *run.progress.borrow();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share between 0 and 1")]
        let percent = (progress.part_done.clamp(0.0, 1.0) * 100.0) as u8;
        Standing { is_dry: run.is_dry, phase: progress.phase, rows: progress.rows, percent, result: run.result.clone() }
    }

    /// Begins a run; answers where its progress goes. Only what a dry run found to be right is imported; else `None`.
    pub fn begin(&self, is_dry: bool) -> Option<watch::Sender<ImportProgress>> {
        let (sender, receiver) = watch::channel(ImportProgress::default());
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

/// Dropping an upload stops its run and removes its file.
impl Drop for Upload {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

/// A file that was received completely.
pub struct ReceivedFile {
    pub name: String,
    pub file: OwnFile,
    /// Hexadecimal.
    pub sha256: String,
}

/// All uploads of this server.
pub struct Uploads {
    pub folder: Folder,
    kept: Mutex<HashMap<UploadId, Arc<Upload>>>,
    permits: FairPermits,
    reading: FairPermits,
}

impl Uploads {
    pub fn new(data: &Path, entropy: Arc<Entropy>) -> Self {
        Self {
            kept: Mutex::default(),
            permits: FairPermits::new(entropy.bytes(), UPLOADS_MAX, 0),
            reading: FairPermits::new(entropy.bytes(), READING_MAX, READING_WAITING_MAX),
            folder: Folder::new(data, entropy),
        }
    }

    /// Removes what servers left that are gone.
    pub fn clear_leftovers(&self) {
        self.folder.clear_leftovers();
    }

    /// A place for one more upload of this account.
    pub async fn permit(&self, login: &str, now: UnixMillis) -> Result<Permit, NoPermit> {
        match self.permits.acquire(Requester::Account(login)).await {
            Ok(permit) => Ok(permit),
            Err(NoPermit) => {
                self.forget_idle(now);
                self.permits.acquire(Requester::Account(login)).await
            }
        }
    }

    /// Waits for a turn to read a file of this account.
    pub async fn turn(&self, login: &str) -> Result<Permit, NoPermit> {
        self.reading.acquire(Requester::Account(login)).await
    }

    fn forget_idle(&self, now: UnixMillis) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, upload| !upload.is_idle(now));
    }

    /// Keeps an upload; the same account's earlier ones for the campaign are forgotten, unless they are being imported.
    pub fn keep(&self, upload: Upload) -> Arc<Upload> {
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
        kept.insert(upload.id, upload.clone());
        upload
    }

    pub fn find(&self, id: UploadId, now: UnixMillis) -> Option<Arc<Upload>> {
        let found = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()?;
        found.looked_at.store(now.0, Ordering::Relaxed);
        Some(found)
    }

    /// Ends all readings, since the server ends.
    pub fn cancel_all(&self) {
        for upload in self.kept.lock().unwrap_or_else(PoisonError::into_inner).values() {
            upload.cancel.store(true, Ordering::Relaxed);
        }
    }

    pub fn forget(&self, upload: &Upload) {
        upload.cancel.store(true, Ordering::Relaxed);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&upload.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: UnixMillis = UnixMillis(1_800_000_000_000);

    async fn upload(uploads: &Uploads, id: u8, by: &str) -> Upload {
        let permit = uploads.permit(by, AT).await.unwrap();
        let (campaign, by) = (CampaignId([1; 16]), by.to_owned());
        let sent = Sent { id: UploadId([id; 16]), campaign, by, institution: None, at: AT, permit };
        let file = uploads.folder.create().unwrap().0;
        Upload::new(sent, ReceivedFile { name: "a.csv".into(), file, sha256: String::new() })
    }

    /// Cancelled, replaced, dropped, or abandoned when the server stops: signals the reading thread to stop.
    #[tokio::test]
    async fn every_way_in_which_an_upload_ends_stops_its_reading() {
        let data = tempfile::tempdir().unwrap();
        let uploads = Uploads::new(data.path(), Arc::new(Entropy::seeded(1)));
        let is_set = |cancel: &AtomicBool| cancel.load(Ordering::Relaxed);
        let cancelled = uploads.keep(upload(&uploads, 1, "a").await);
        uploads.forget(&cancelled);
        assert!(is_set(&cancelled.cancel));
        let replaced = uploads.keep(upload(&uploads, 2, "a").await);
        let last = uploads.keep(upload(&uploads, 3, "a").await);
        assert!(is_set(&replaced.cancel) && !is_set(&last.cancel));
        uploads.cancel_all();
        assert!(is_set(&last.cancel));
        let dropped = upload(&uploads, 4, "b").await;
        let cancel = dropped.cancel.clone();
        drop(dropped);
        assert!(is_set(&cancel));
    }
}
