//! The certificates of many signers in one ZIP archive, which is written front to back: to a file, or to somebody who
//! downloads it.
//!
//! ```text
//! VERIFY.txt, jwks.json, authority.pem    how to check them, and with which keys
//! INSTITUTION/SERIAL-NAME.pdf             one for each signer, stored as it is
//! manifest.csv                            one row for each of them
//! ```

mod forward_sink;
mod manifest;
mod writer;

use super::editions::PreparedEdition;
use super::{Certificates, CertificatesError};
use crate::background;
use crate::certificate::pades::PublicChain;
use crate::credential::jwks::Jwks;
use crate::domain::account::Scope;
use crate::domain::campaign::Campaign;
use crate::domain::certificate_copy::CertificateCopy;
use crate::domain::edition::FIRST_EDITION;
use crate::domain::ids::{ParticipantId, Serial};
use crate::i18n::{Lang, Localizer};
use crate::store::StoreError;
use crate::store::people_selection::{PeopleSelection, SelectedPerson, SelectionError, visit_selected};
use crate::store::pledges::Signer;
use crate::store::registry::visible_institutions;
use manifest::ManifestRow;
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;
use writer::{ArchiveWriter, entry_name};

/// Signers read and rendered at a time; two such batches are in memory.
const BATCH_SIGNERS: usize = 256;

/// Whose certificates an archive holds.
pub struct ArchivePlan {
    /// Which copies.
    pub copy: CertificateCopy,
    /// In the order of institution, unit and name.
    participants: Vec<ParticipantId>,
}

/// An archive that was written to its end.
pub struct Archived<W> {
    /// Where it was written to.
    pub out: W,
    /// SHA-256 of the whole archive, in hexadecimal.
    pub sha256: String,
    /// The serials whose certificate can't be printed, each with the reason.
    pub faults: Vec<String>,
}

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The edition can't be made.
    #[error(transparent)]
    Edition(#[from] CertificatesError),
    /// It can't be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It can't be written as an archive.
    #[error(transparent)]
    Zip(#[from] zip::result::ZipError),
    /// The program is being stopped.
    #[error("the program is being stopped")]
    Stopped,
}

/// Why nothing can be planned.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Nobody can be selected so.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The campaign's certificates have no own copies.
    #[error("there are no own copies of this campaign's certificates")]
    NoOwnCopies,
}

impl ArchivePlan {
    /// How many certificates it holds.
    pub fn people(&self) -> u64 {
        self.participants.len() as u64
    }
}

/// The prepared editions by the hash of their text and the institution.
type Editions = Arc<HashMap<([u8; 32], String), PreparedEdition>>;
type Rendered = (ManifestRow, Vec<u8>);

impl Certificates {
    /// Those of the selected people who have signed, within an account's scope.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub async fn archive_plan(
        &self,
        campaign: &Campaign,
        scope: &Scope,
        (institution, unit): (Option<&str>, Option<&str>),
        copy: CertificateCopy,
    ) -> Result<ArchivePlan, PlanError> {
        if copy == CertificateCopy::Own && !self.has_own_copies(campaign.id).await.map_err(SelectionError::from)? {
            return Err(PlanError::NoOwnCopies);
        }
        let visible = visible_institutions(self.store.as_ref(), campaign.id, scope).await;
        let visible = visible.map_err(SelectionError::from)?;
        let mut participants = Vec::new();
        let mut take = |one: SelectedPerson<'_>| {
            if one.listed.signed_at.is_some() {
                participants.push(one.listed.participant.id);
            }
        };
        let selection = PeopleSelection { institution, unit, superseded: true };
        visit_selected(self.store.as_ref(), campaign.id, &visible, selection, &mut take).await?;
        Ok(ArchivePlan { copy, participants })
    }

    /// Writes the planned certificates to `out`. `progress` gets the number of signers done at each step. What can't be
    /// printed is left out and stands in the manifest with the reason.
    ///
    /// # Errors
    /// See [`ArchiveError`]; what was written is then no archive.
    pub async fn archive<W: Write + Send + 'static>(
        &self,
        campaign: &Campaign,
        plan: &ArchivePlan,
        out: W,
        words: Localizer,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Archived<W>, ArchiveError> {
        let campaign = Arc::new(campaign.clone());
        let texts = self.accompanying(&campaign, plan, words).await?;
        let writer = ArchiveWriter::new(out, campaign.settings.zone, words)?;
        // The sink may wait for whoever reads it, so it is used on threads that may.
        let written = background::run(move || writer.add_texts(&texts)).await;
        let mut writer = written.map_err(|_| ArchiveError::Stopped)??;
        let mut editions = Editions::default();
        let mut batches = plan.participants.chunks(BATCH_SIGNERS);
        let mut signers = self.store.signers(campaign.id, batches.next().unwrap_or_default()).await?;
        let mut rendered: Vec<Rendered> = Vec::new();
        // While one batch is rendered, the one before is written and the next one read.
        while !signers.is_empty() || !rendered.is_empty() {
            self.prepare(&mut editions, &campaign, &signers).await?;
            let next = batches.next().unwrap_or_default();
            let count = signers.len() as u64;
            let written = background::run(move || writer.add_certificates(rendered));
            let (campaign_of, editions_of) = (campaign.clone(), editions.clone());
            let job = BatchOfSigners { campaign: campaign_of, editions: editions_of, signers, copy: plan.copy };
            let public_url = self.public_url.clone();
            let rendering = background::run(move || job.rendered(&public_url));
            let (read, done, back) = tokio::join!(self.store.signers(campaign.id, next), rendering, written);
            writer = back.map_err(|_| ArchiveError::Stopped)??;
            rendered = done.map_err(|_| ArchiveError::Stopped)?;
            signers = read?;
            progress(count);
        }
        let finished = background::run(move || writer.finish()).await;
        finished.map_err(|_| ArchiveError::Stopped)?
    }

    /// Adds the editions of these pledges.
    async fn prepare(
        &self,
        editions: &mut Editions,
        campaign: &Campaign,
        signers: &[Signer],
    ) -> Result<(), CertificatesError> {
        for (signer, pledge) in signers.iter().filter_map(|signer| Some((signer, signer.pledge.as_ref()?))) {
            let key = (pledge.text_hash, signer.participant.institution.clone());
            if !editions.contains_key(&key) {
                let edition = self.first_edition(campaign.id, signer, pledge).await?;
                Arc::make_mut(editions).insert(key, edition);
            }
        }
        Ok(())
    }

    /// What stands in the archive before the certificates: how to check them, and the keys that it takes.
    async fn accompanying(
        &self,
        campaign: &Campaign,
        plan: &ArchivePlan,
        words: Localizer,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let jwks = Jwks::of_keyring(&self.public_url, &self.keyring).to_json();
        let authority = match self.store.edition(campaign.id, FIRST_EDITION).await? {
            Some(edition) => {
                let keys = self.store.seal_keys().await?;
                let key = keys.into_iter().find(|key| key.kid == edition.seal_key);
                key.and_then(|key| PublicChain::of_pem(&key.chain)).and_then(|chain| chain.authority())
            }
            None => None,
        };
        let fingerprint = authority.as_ref().map(|authority| authority.sha256.clone()).unwrap_or_default();
        let told = [
            ("event", campaign.settings.title.as_str()),
            ("organizer", &campaign.settings.organizer),
            ("count", &words.number(plan.people())),
            ("url", &self.public_url),
            ("fingerprint", &fingerprint),
        ];
        let sealed = if authority.is_some() { "certificates-verify-sealed" } else { "certificates-verify-unsealed" };
        let texts = [Localizer(Lang::Id), Localizer(Lang::En)].map(|words| {
            let parts = [words.with("certificates-verify", &told), words.with(sealed, &told)];
            format!("{}\n\n{}\n", parts[0], parts[1])
        });
        let mut files = vec![("VERIFY.txt".to_string(), texts.join("\n\n")), ("jwks.json".into(), jwks)];
        files.extend(authority.map(|authority| ("authority.pem".to_string(), authority.pem)));
        Ok(files)
    }
}

/// Signers whose certificates are rendered together.
struct BatchOfSigners {
    campaign: Arc<Campaign>,
    editions: Editions,
    signers: Vec<Signer>,
    copy: CertificateCopy,
}

impl BatchOfSigners {
    /// Renders on all cores and keeps the order of the signers.
    fn rendered(&self, public_url: &str) -> Vec<Rendered> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = self.signers.len().div_ceil(cores).max(1);
        let some = |signers: &[Signer]| -> Vec<Rendered> {
            signers.iter().filter_map(|signer| self.certificate(signer, public_url)).collect()
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = self.signers.chunks(share).map(|signers| scope.spawn(|| some(signers))).collect();
            let done = threads.into_iter().map(|thread| thread.join());
            done.flat_map(|rendered| rendered.expect("rendering never panics, whatever the input")).collect()
        })
    }

    /// The signer's row and certificate, which is empty where it can't be printed. `None` without a pledge.
    fn certificate(&self, signer: &Signer, public_url: &str) -> Option<Rendered> {
        let pledge = signer.pledge.as_ref()?;
        let serial = Serial::of(pledge.id);
        let key = (pledge.text_hash, signer.participant.institution.clone());
        let made = match self.editions.get(&key) {
            Some(edition) => {
                let parts = edition.parts(&self.campaign, (signer, pledge), self.copy, public_url);
                parts.hashed_certificate().map_err(|fault| fault.to_string())
            }
            None => Err("its text isn't there".into()),
        };
        let ((bytes, sha256), fault) = match made {
            Ok(made) => (made, None),
            Err(fault) => (Default::default(), Some(fault)),
        };
        let person = &signer.participant;
        let file = || entry_name(&person.institution, serial, &person.shown_name);
        let row = ManifestRow {
            file: if fault.is_none() { file() } else { String::new() },
            serial: serial.to_string(),
            name: person.shown_name.clone(),
            institution_code: person.institution.clone(),
            institution: signer.institution_name.clone(),
            unit: signer.unit_name.clone(),
            signed_at: pledge.signed_at,
            is_revoked: signer.revoked,
            sha256,
            fault,
        };
        Some((row, bytes))
    }
}
