//! Imports of one installation, with the secret of the campaign and with refusals recorded in the audit trail.

use super::{
    ImportError, ImportProgress, ImportReport, ImportRequest, Importer, ListedPeople, PeopleFile, PeopleFileError,
    RosterFile,
};
use crate::clock::{Clock, Entropy};
use crate::domain::account::Scope;
use crate::domain::audit::{AuditEntry, AuditEvent};
use crate::domain::campaign::Campaign;
use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use crate::domain::visible_institutions::VisibleInstitutions;
use crate::keyring::{Keyring, WrongKeyring};
use crate::store::{SharedStore, StoreError, registry};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::sync::watch;

/// Imports roster files.
pub struct RosterImports {
    importer: Importer,
    keyring: Arc<Keyring>,
}

impl RosterImports {
    /// Imports into `store`.
    pub fn new(store: SharedStore, clock: Arc<dyn Clock>, entropy: Arc<Entropy>, keyring: Arc<Keyring>) -> Self {
        Self { importer: Importer { store, clock, entropy }, keyring }
    }

    /// What an account of this scope sees of a campaign.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visible_institutions(
        &self,
        campaign: CampaignId,
        scope: &Scope,
    ) -> Result<VisibleInstitutions, StoreError> {
        registry::visible_institutions(&*self.importer.store, campaign, scope).await
    }

    /// The request that imports a file into a campaign.
    ///
    /// # Errors
    /// When the campaign's secret can't be opened.
    pub fn request(&self, campaign: &Campaign, file: RosterFile) -> Result<ImportRequest, WrongKeyring> {
        let secret = self.keyring.open_secret(&campaign.id.0, &campaign.sealed_secret)?;
        Ok(ImportRequest { campaign: campaign.id, secret, file })
    }

    /// Runs an import. `cancel` ends it early.
    ///
    /// # Errors
    /// See [`ImportError`]; faults of single rows are part of the report.
    pub async fn run(
        &self,
        request: ImportRequest,
        progress: watch::Sender<ImportProgress>,
        cancel: Arc<AtomicBool>,
    ) -> Result<ImportReport, ImportError> {
        self.importer.run(request, progress, cancel).await
    }

    /// Like [`Self::run`], and records a file with faults in the audit trail. The import itself records an applied
    /// file.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn run_recorded(
        &self,
        request: ImportRequest,
        progress: watch::Sender<ImportProgress>,
        cancel: Arc<AtomicBool>,
    ) -> Result<ImportReport, ImportError> {
        let (campaign, by) = (request.campaign, request.file.by.clone());
        let (institution, sha256) = (request.file.institution.clone(), request.file.sha256.clone());
        let result = self.importer.run(request, progress, cancel).await;
        if let Ok(report) = &result
            && !report.faults.is_empty()
        {
            let Importer { store, clock, entropy } = &self.importer;
            let event = AuditEvent::RosterRefused { institution, faults: report.faults.total, sha256 };
            let entry = AuditEntry::new(Some(campaign), UnixMillis(clock.now_ms()), entropy.bytes(), &by, event);
            if let Err(error) = store.record(&entry).await {
                tracing::error!(%error, "a refused import couldn't be put into the audit trail");
            }
        }
        result
    }

    /// The people that a file lists, for changes of a locked roster.
    ///
    /// # Errors
    /// See [`PeopleFileError`]; faults of single rows are part of the report.
    pub async fn listed_people(&self, campaign: &Campaign, file: PeopleFile) -> Result<ListedPeople, PeopleFileError> {
        let secret = self.keyring.open_secret(&campaign.id.0, &campaign.sealed_secret)?;
        self.importer.listed_people(campaign.id, secret, file).await
    }

    /// Deletes the rows that interrupted imports left in the database, and returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clear_leftovers(&self) -> Result<u64, StoreError> {
        self.importer.clear_leftovers().await
    }
}
