//! An upload that is being received: the form's parts in the order in which they come, the file streamed to disk.
//!
//! The address or the form's first part names the institution whose people the file replaces, before the file itself,
//! so a file that the account may not send isn't read. If receiving fails or the sender disconnects, dropping this
//! removes the partial file. Deliberately absent: HTTP and its multipart format.

use super::folder::UploadFile;
use super::upload::{ReceivedFile, SentUpload};
use super::{RosterUploads, Upload, UploadId, UploadRefusal, may_replace};
use crate::domain::account::Account;
use crate::domain::campaign::Campaign;
use crate::domain::characters::{only_formats, turns_direction};
use crate::domain::time::UnixMillis;
use crate::domain::visible_institutions::VisibleInstitutions;
use crate::fair_permits::Permit;
use crate::service::roster_file::{FILE_BYTES_MAX, ReadingChoices};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

/// Longest file name that is remembered, in characters.
const NAME_CHARS_MAX: usize = 120;

/// An upload before its form has been read. Holds one of the uploads' permits.
pub struct IncomingUpload<'a> {
    pub(super) uploads: &'a Arc<RosterUploads>,
    pub(super) campaign: &'a Campaign,
    pub(super) sender: &'a Account,
    pub(super) visible: VisibleInstitutions,
    pub(super) at: UnixMillis,
    pub(super) permit: Permit,
    /// Empty: all institutions.
    pub(super) institution: Option<String>,
    pub(super) replace_all: bool,
    pub(super) reading: ReadingChoices,
    pub(super) file: Option<ReceivedFile>,
}

/// The form's file while its bytes arrive.
pub struct IncomingFile {
    name: String,
    own: UploadFile,
    open: File,
    bytes: u64,
    hash: Sha256,
}

impl IncomingUpload<'_> {
    /// Notes the institution that the form names; an empty code stands for all.
    ///
    /// # Errors
    /// `FormOrder` when one is named already; `NotAllowed` and `NotInScope` when the account may not replace its
    /// people.
    pub fn name_institution(&mut self, code: &str) -> Result<(), UploadRefusal> {
        if self.institution.is_some() {
            return Err(UploadRefusal::FormOrder);
        }
        may_replace(&self.visible, code)?;
        self.institution = Some(code.to_owned());
        Ok(())
    }

    /// Notes that institutions that the file doesn't name lose their people, too. Means nothing for a file of one
    /// institution.
    ///
    /// # Errors
    /// `FormOrder` before an institution is named and after the file.
    pub fn replace_all(&mut self) -> Result<(), UploadRefusal> {
        if self.institution.is_none() || self.file.is_some() {
            return Err(UploadRefusal::FormOrder);
        }
        self.replace_all = true;
        Ok(())
    }

    /// How the file is read where its cells leave it open.
    ///
    /// # Errors
    /// `FormOrder` after the file.
    pub fn reading(&mut self) -> Result<&mut ReadingChoices, UploadRefusal> {
        if self.file.is_some() { Err(UploadRefusal::FormOrder) } else { Ok(&mut self.reading) }
    }

    /// Creates the file that the form's bytes go to. Nothing is awaited: a sender who disconnects leaves no file
    /// without an owner.
    ///
    /// # Errors
    /// `FormOrder` before an institution is named and after another file; `Storage` when no file can be created.
    pub fn begin_file(&self, name: &str) -> Result<IncomingFile, UploadRefusal> {
        if self.institution.is_none() || self.file.is_some() {
            return Err(UploadRefusal::FormOrder);
        }
        let (own, open) = self.uploads.folder.create().map_err(UploadRefusal::Storage)?;
        let is_shown = |c: &char| !c.is_control() && !only_formats(*c) && !turns_direction(*c);
        let name = name.chars().filter(is_shown).take(NAME_CHARS_MAX).collect();
        Ok(IncomingFile { name, own, open: File::from_std(open), bytes: 0, hash: Sha256::new() })
    }

    /// Takes the file whose last bytes were written. One without bytes counts as none: no file was chosen.
    ///
    /// # Errors
    /// `Storage` when the bytes can't be written.
    pub async fn end_file(&mut self, mut file: IncomingFile) -> Result<(), UploadRefusal> {
        file.open.flush().await.map_err(UploadRefusal::Storage)?;
        let sha256 = HEXLOWER.encode(&file.hash.finalize());
        self.file = (file.bytes > 0).then_some(ReceivedFile { name: file.name, file: file.own, sha256 });
        Ok(())
    }

    /// Keeps the upload and starts its dry run. `None` when the form held no file.
    ///
    /// # Errors
    /// `FormOrder` when no institution was named; `Storage` and `Keyring` when the dry run can't start.
    pub fn finish(self) -> Result<Option<Arc<Upload>>, UploadRefusal> {
        let institution = self.institution.ok_or(UploadRefusal::FormOrder)?;
        let Some(file) = self.file else { return Ok(None) };
        let sent = SentUpload {
            id: UploadId(self.uploads.entropy.bytes()),
            campaign: self.campaign.id,
            by: self.sender.login.clone(),
            replace_all: self.replace_all && institution.is_empty(),
            reading: self.reading,
            institution: Some(institution).filter(|code| !code.is_empty()),
            at: self.at,
            permit: self.permit,
        };
        let upload = self.uploads.keep(Upload::new(sent, file));
        self.uploads.run(self.campaign, &upload, true)?;
        Ok(Some(upload))
    }
}

impl IncomingFile {
    /// Writes the next bytes and hashes them.
    ///
    /// # Errors
    /// `TooLarge` beyond [`FILE_BYTES_MAX`]; `Storage` when they can't be written.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), UploadRefusal> {
        self.bytes += bytes.len() as u64;
        if self.bytes > FILE_BYTES_MAX {
            return Err(UploadRefusal::TooLarge);
        }
        self.hash.update(bytes);
        self.open.write_all(bytes).await.map_err(UploadRefusal::Storage)
    }
}
