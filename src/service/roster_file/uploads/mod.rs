//! Roster files that were sent to the console: kept on disk, compared by a dry run, and imported when confirmed.
//!
//! An upload lives until it is imported, cancelled, or replaced by the account's next one, until its place is needed
//! and it hasn't been opened for an hour, or until the server stops. One account holds only a share of the places.
//! Deliberately absent: HTTP, and words for people.

mod folder;
mod receive;
mod upload;

pub use receive::{IncomingFile, IncomingUpload};
pub use upload::{Upload, UploadAnswers, UploadId, UploadProgress};

use super::{
    ImportProgress, Limits, ListedPeople, PeopleFile, PeopleFileError, ReadingChoices, RosterFile, RosterFileError,
    RosterImports, annotate,
};
use crate::clock::{Clock, Entropy};
use crate::domain::account::{Account, Role};
use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::time::UnixMillis;
use crate::domain::visible_institutions::VisibleInstitutions;
use crate::fair_permits::{FairPermits, NoPermit, Permit, Requester};
use crate::i18n::Localizer;
use crate::keyring::WrongKeyring;
use crate::store::StoreError;
use folder::UploadFolder;
use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Most uploads received or kept at once, at most half of them of one account; further ones are refused as busy.
pub const UPLOADS_MAX: usize = 32;
/// Most files read at once: each takes a core, and memory for its people.
pub const READING_MAX: usize = 2;
/// Most runs that wait: each upload has at most one.
const READING_WAITING_MAX: usize = 2 * UPLOADS_MAX;

/// Seconds that a refusal for want of a place asks the client to wait.
const FULL_RETRY_SECS: u32 = 60;

/// Why an upload isn't taken, or doesn't go on.
#[derive(Debug, thiserror::Error)]
pub enum UploadRefusal {
    /// No such upload, or the account may not see it.
    #[error("no such upload")]
    Unknown,
    /// The campaign is no draft any more, or the upload isn't at this step. The person looks at the page again.
    #[error("the upload isn't at this step")]
    Conflict,
    /// The account may replace the people of some institutions, not of all.
    #[error("the account may not replace all people")]
    NotAllowed,
    /// The institution is outside the account's scope.
    #[error("the institution is outside the account's scope")]
    NotInScope,
    /// All places, or the account's share of them, are taken. The client retries later.
    #[error("too many uploads at once")]
    Busy {
        /// Seconds after which the client may retry.
        retry_after_secs: u32,
    },
    /// The form names no institution before its file, or has two institutions or two files.
    #[error("the parts of the form aren't in order")]
    FormOrder,
    /// The file is larger than [`FILE_BYTES_MAX`](super::FILE_BYTES_MAX).
    #[error("the file is too large")]
    TooLarge,
    /// A file can't be written or read.
    #[error("an uploaded file can't be written")]
    Storage(#[source] io::Error),
    /// The file can't be read again, or its reading was cancelled.
    #[error("the file can't be annotated")]
    Annotation(#[source] RosterFileError),
    /// The campaign's secret can't be opened.
    #[error(transparent)]
    Keyring(#[from] WrongKeyring),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a file that lists people isn't read.
#[derive(Debug, thiserror::Error)]
pub enum PeopleListRefusal {
    /// It isn't taken.
    #[error(transparent)]
    Upload(#[from] UploadRefusal),
    /// It is refused as a whole.
    #[error(transparent)]
    File(#[from] PeopleFileError),
}

/// All uploads of this server, and their runs.
pub struct RosterUploads {
    imports: Arc<RosterImports>,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
    folder: UploadFolder,
    kept: Mutex<HashMap<UploadId, Arc<Upload>>>,
    permits: FairPermits,
    reading: FairPermits,
}

impl RosterUploads {
    /// Keeps files within the folder `data`, and runs `imports` on them.
    pub fn new(data: &Path, clock: Arc<dyn Clock>, entropy: Arc<Entropy>, imports: Arc<RosterImports>) -> Self {
        Self {
            imports,
            clock,
            kept: Mutex::default(),
            permits: FairPermits::new(entropy.bytes(), UPLOADS_MAX, 0),
            reading: FairPermits::new(entropy.bytes(), READING_MAX, READING_WAITING_MAX),
            folder: UploadFolder::new(data, entropy.clone()),
            entropy,
        }
    }

    /// Removes what dead servers left.
    pub fn clear_leftovers(&self) {
        self.folder.clear_leftovers();
    }

    /// Begins to receive an upload. `institution` is the code of the institution, where the address names it. Nothing
    /// is read before the account may send it and has a place.
    ///
    /// # Errors
    /// `Conflict` when the campaign is no draft any more; `NotAllowed`, `NotInScope` and `Busy`.
    pub async fn receive<'a>(
        self: &'a Arc<Self>,
        campaign: &'a Campaign,
        sender: &'a Account,
        institution: Option<&str>,
    ) -> Result<IncomingUpload<'a>, UploadRefusal> {
        if campaign.state != CampaignState::Draft {
            return Err(UploadRefusal::Conflict);
        }
        let visible = self.imports.visible_institutions(campaign.id, &sender.scope).await?;
        institution.map_or(Ok(()), |code| may_replace(&visible, code))?;
        let at = self.now();
        let permit = self.permit(&sender.login, at).await;
        let permit = permit.map_err(|_| UploadRefusal::Busy { retry_after_secs: FULL_RETRY_SECS })?;
        let institution = institution.map(str::to_owned);
        Ok(IncomingUpload {
            uploads: self,
            campaign,
            sender,
            visible,
            at,
            permit,
            institution,
            replace_all: false,
            reading: ReadingChoices::default(),
            file: None,
        })
    }

    /// Finds an upload of a campaign. It is visible to its sender, while they may replace its people, and to
    /// organizers.
    ///
    /// # Errors
    /// `Unknown` when it was imported or cancelled meanwhile, or isn't visible; `Store`.
    pub async fn find(&self, campaign: &Campaign, account: &Account, id: &str) -> Result<Arc<Upload>, UploadRefusal> {
        let found = UploadId::parse(id).and_then(|id| self.opened(id));
        let visible = self.imports.visible_institutions(campaign.id, &account.scope).await?;
        let is_visible = |upload: &Arc<Upload>| {
            let is_theirs = upload.by == account.login || account.role == Role::Organizer;
            let code = upload.institution.as_deref().unwrap_or_default();
            upload.campaign == campaign.id && is_theirs && may_replace(&visible, code).is_ok()
        };
        found.filter(is_visible).ok_or(UploadRefusal::Unknown)
    }

    /// Reads a file that lists people of a locked roster, or people for it. It isn't kept. `institution` is the code of
    /// the one institution to which all of them belong.
    ///
    /// # Errors
    /// `NotInScope`, and `Busy` when all places or turns are taken; `Storage` when the file can't be written;
    /// [`PeopleListRefusal::File`] when it is refused as a whole.
    pub async fn listed_people(
        self: &Arc<Self>,
        campaign: &Campaign,
        sender: &Account,
        institution: Option<String>,
        bytes: Vec<u8>,
    ) -> Result<ListedPeople, PeopleListRefusal> {
        let visible =
            self.imports.visible_institutions(campaign.id, &sender.scope).await.map_err(UploadRefusal::from)?;
        institution.as_deref().map_or(Ok(()), |code| may_replace(&visible, code))?;
        let busy = |_| UploadRefusal::Busy { retry_after_secs: FULL_RETRY_SECS };
        let place = self.permit(&sender.login, self.now()).await.map_err(busy)?;
        let turn = self.turn(&sender.login).await.map_err(busy)?;
        let (file, mut open) = self.folder.create().map_err(UploadRefusal::Storage)?;
        open.write_all(&bytes).map_err(UploadRefusal::Storage)?;
        let scratch = self.folder.path().map_err(UploadRefusal::Storage)?;
        let listed = PeopleFile { path: file.path().to_owned(), scratch, institution };
        // Place and turn are held until the reading has ended, also when nobody waits for it any more.
        let (uploads, campaign) = (self.clone(), campaign.clone());
        let reading = tokio::spawn(async move {
            let read = uploads.imports.listed_people(&campaign, listed).await;
            drop((file, turn, place));
            read
        });
        Ok(reading.await.map_err(|_| PeopleFileError::Import(RosterFileError::Damaged.into()))??)
    }

    /// Starts the import of an upload whose dry run found no faults.
    ///
    /// # Errors
    /// As [`Self::find`]; `Conflict` unless the dry run found no faults; `Storage` and `Keyring`.
    pub async fn confirm(
        self: &Arc<Self>,
        campaign: &Campaign,
        account: &Account,
        id: &str,
    ) -> Result<(), UploadRefusal> {
        let upload = self.find(campaign, account, id).await?;
        self.run(campaign, &upload, false)
    }

    /// Checks an upload again, with what was answered to the last check.
    ///
    /// # Errors
    /// As [`Self::find`]; `Conflict` while it is read, and once its import has begun; `Storage` and
    /// `Keyring`.
    pub async fn check_again(
        self: &Arc<Self>,
        campaign: &Campaign,
        account: &Account,
        id: &str,
        answers: UploadAnswers,
    ) -> Result<(), UploadRefusal> {
        let upload = self.find(campaign, account, id).await?;
        let progress = upload.begin_again(answers.clone()).ok_or(UploadRefusal::Conflict)?;
        self.start(campaign, &upload, true, answers, progress)
    }

    /// Writes the file that was sent as a workbook with a column of remarks. Blocks while it reads and writes.
    ///
    /// # Errors
    /// `Conflict` while the file is read and when it was refused as a whole; `Annotation` and `Storage`.
    pub fn annotated(&self, upload: &Upload, words: Localizer) -> Result<Vec<u8>, UploadRefusal> {
        let result = upload.progress().result.ok_or(UploadRefusal::Conflict)?;
        let Ok(report) = result.as_ref() else { return Err(UploadRefusal::Conflict) };
        let (to, _) = self.folder.create().map_err(UploadRefusal::Storage)?;
        let scratch = self.folder.path().map_err(UploadRefusal::Storage)?;
        let limits = Limits::new(upload.cancel.clone(), scratch);
        let written = annotate(upload.file.path(), &report.faults, words, to.path(), limits);
        written.map_err(UploadRefusal::Annotation)?;
        std::fs::read(to.path()).map_err(UploadRefusal::Storage)
    }

    /// Ends all readings, since the server ends.
    pub fn cancel_all(&self) {
        for upload in self.kept.lock().unwrap_or_else(PoisonError::into_inner).values() {
            upload.cancel();
        }
    }

    /// Ends an upload's run and removes the upload.
    pub fn forget(&self, upload: &Upload) {
        upload.cancel();
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&upload.id);
    }

    /// Runs a check or an import as [`Self::start`] does, where the upload is at this step.
    fn run(self: &Arc<Self>, campaign: &Campaign, upload: &Arc<Upload>, is_dry: bool) -> Result<(), UploadRefusal> {
        let (progress, answers) = upload.begin(is_dry).ok_or(UploadRefusal::Conflict)?;
        self.start(campaign, upload, is_dry, answers, progress)
    }

    /// Runs an import in a task of its own and puts the result into the upload.
    fn start(
        self: &Arc<Self>,
        campaign: &Campaign,
        upload: &Arc<Upload>,
        is_dry: bool,
        answers: UploadAnswers,
        progress: watch::Sender<ImportProgress>,
    ) -> Result<(), UploadRefusal> {
        let file = RosterFile {
            path: upload.file.path().to_owned(),
            scratch: self.folder.path().map_err(UploadRefusal::Storage)?,
            institution: upload.institution.clone(),
            replace_all: upload.replace_all,
            numberless: answers.numberless,
            reading: upload.reading,
            same_institutions: answers.same_institutions,
            same_units: answers.same_units,
            columns: answers.columns,
            dry_run: is_dry,
            by: upload.by.clone(),
            sha256: upload.sha256.clone(),
        };
        let request = self.imports.request(campaign, file)?;
        let (uploads, upload) = (self.clone(), upload.clone());
        tokio::spawn(async move {
            let Ok(_turn) = uploads.turn(&upload.by).await else {
                // There are places to wait for all uploads that can be kept.
                tracing::error!("an upload was forgotten: there was no place for it to wait");
                return uploads.forget(&upload);
            };
            let (imports, cancel) = (&uploads.imports, upload.cancel.clone());
            // However often a faulty file is checked, it leaves one line of the audit trail.
            let result = if upload.is_refusal_recorded() {
                imports.run(request, progress, cancel).await
            } else {
                imports.run_recorded(request, progress, cancel).await
            };
            upload.end(result);
        });
        Ok(())
    }

    /// A place for one more upload of this account.
    async fn permit(&self, login: &str, now: UnixMillis) -> Result<Permit, NoPermit> {
        match self.permits.acquire(Requester::Account(login)).await {
            Ok(permit) => Ok(permit),
            Err(NoPermit) => {
                self.forget_idle(now);
                self.permits.acquire(Requester::Account(login)).await
            }
        }
    }

    /// Waits for a turn to read a file of this account.
    async fn turn(&self, login: &str) -> Result<Permit, NoPermit> {
        self.reading.acquire(Requester::Account(login)).await
    }

    fn forget_idle(&self, now: UnixMillis) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, upload| !upload.is_idle(now));
    }

    /// Keeps an upload; the same account's earlier ones for the campaign are forgotten, unless they are being imported.
    fn keep(&self, upload: Upload) -> Arc<Upload> {
        let upload = Arc::new(upload);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, other| {
            let is_older = other.campaign == upload.campaign && other.by == upload.by;
            let progress = other.progress();
            let is_importing = !progress.is_dry && progress.result.is_none();
            if is_older && !is_importing {
                other.cancel();
            }
            !is_older || is_importing
        });
        kept.insert(upload.id, upload.clone());
        upload
    }

    /// An upload by its id, noted as opened now.
    fn opened(&self, id: UploadId) -> Option<Arc<Upload>> {
        let found = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()?;
        found.note_opened(self.now());
        Some(found)
    }

    fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.now_ms())
    }
}

/// Whether an account that sees this may replace the people of an institution, or, with an empty code, of all.
fn may_replace(visible: &VisibleInstitutions, code: &str) -> Result<(), UploadRefusal> {
    match code {
        "" if *visible != VisibleInstitutions::All => Err(UploadRefusal::NotAllowed),
        "" => Ok(()),
        code if visible.includes(code) => Ok(()),
        _ => Err(UploadRefusal::NotInScope),
    }
}

#[cfg(test)]
mod tests {
    use super::upload::{ReceivedFile, SentUpload};
    use super::*;
    use crate::clock::FixedClock;
    use crate::domain::ids::CampaignId;
    use crate::domain::visible_institutions::VisiblePart;
    use crate::keyring::Keyring;
    use crate::store::sqlite::Sqlite;
    use std::sync::atomic::{AtomicBool, Ordering};

    const AT: UnixMillis = UnixMillis(1_800_000_000_000);

    async fn uploads(data: &Path) -> RosterUploads {
        let store = Arc::new(Sqlite::open(&data.join("ikrar.sqlite")).await.unwrap());
        let (clock, entropy) = (Arc::new(FixedClock::at(AT.0)), Arc::new(Entropy::seeded(1)));
        let keyring = Arc::new(Keyring::generate(&[9; 128]));
        let imports = RosterImports::new(store, clock.clone(), entropy.clone(), keyring);
        RosterUploads::new(data, clock, entropy, Arc::new(imports))
    }

    async fn upload(uploads: &RosterUploads, id: u8, by: &str) -> Upload {
        let permit = uploads.permit(by, AT).await.unwrap();
        let (campaign, by) = (CampaignId([1; 16]), by.to_owned());
        let sent = SentUpload {
            id: UploadId([id; 16]),
            campaign,
            by,
            institution: None,
            replace_all: false,
            reading: ReadingChoices::default(),
            at: AT,
            permit,
        };
        let file = uploads.folder.create().unwrap().0;
        Upload::new(sent, ReceivedFile { name: "a.csv".into(), file, sha256: String::new() })
    }

    /// Cancelled, replaced, dropped, or abandoned when the server stops: signals the reading thread to stop.
    #[tokio::test]
    async fn every_way_in_which_an_upload_ends_stops_its_reading() {
        let data = tempfile::tempdir().unwrap();
        let uploads = uploads(data.path()).await;
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

    #[test]
    fn an_account_replaces_the_people_of_its_institutions_only() {
        let own = VisibleInstitutions::Parts(vec![VisiblePart::whole("16.71")]);
        assert!(may_replace(&own, "16.71").is_ok() && may_replace(&VisibleInstitutions::All, "").is_ok());
        assert!(matches!(may_replace(&own, ""), Err(UploadRefusal::NotAllowed)));
        assert!(matches!(may_replace(&own, "16"), Err(UploadRefusal::NotInScope)));
    }
}
