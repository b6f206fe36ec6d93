//! Certificates from committed state: one for a page, all of a campaign as an archive.
//!
//! Nothing is stored of a certificate: its bytes are a function of the pledge and the edition, so it can be made
//! again at any time. A revocation doesn't change them; it changes the status shown beside them.

mod archive;
mod editions;

pub use crate::store::people_selection::SelectionError;
pub use archive::{ArchiveError, ArchivePlan, Archived, PlanError};
pub use editions::InspectionCopy;

use crate::certificate::CertificateFault;
use crate::credential::cwt::Claims;
use crate::credential::vc;
use crate::domain::campaign::{Campaign, CampaignKind};
use crate::domain::certificate_copy::CertificateCopy;
use crate::domain::edition::FIRST_EDITION;
use crate::domain::ids::{CampaignId, PledgeId, Serial};
use crate::domain::pledge::Pledge;
use crate::domain::text::PledgeText;
use crate::domain::time::UnixMillis;
use crate::fair_permits::{NoPermit, Permit};
use crate::keyring::Keyring;
use crate::store::pledges::{RevocationRecord, Signer};
use crate::store::{SharedStore, Store, StoreError};
use editions::{CertificateParts, PreparedEdition, PreparedEditions};
use std::borrow::Cow;
use std::sync::Arc;

/// Makes certificates and reports their status.
pub struct Certificates {
    store: SharedStore,
    editions: PreparedEditions,
    keyring: Arc<Keyring>,
    public_url: String,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificatesError {
    /// No such pledge or edition.
    #[error("no such certificate")]
    Unknown,
    /// The roster or the text contains what can't be printed.
    #[error("the certificate can't be printed: {0}")]
    Unprintable(#[from] CertificateFault),
    /// The requester already renders as many as its share allows.
    #[error(transparent)]
    Busy(#[from] NoPermit),
    /// The program is being stopped.
    #[error("the program is being stopped")]
    Stopped,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is recorded about a pledge besides its certificate. Shown to anyone who has the pledge id.
#[derive(Clone, Debug)]
pub struct Status {
    /// The pledge as committed.
    pub pledge: Pledge,
    /// The campaign that the pledge belongs to.
    pub campaign: Campaign,
    /// The name as printed on the certificate.
    pub shown_name: String,
    /// Name of the institution on the roster.
    pub institution: String,
    /// When and why the pledge was revoked; `None` if it is valid.
    pub revocation: Option<RevocationRecord>,
    /// Whether [`Certificates::inspection_copy`] makes one.
    pub has_inspection_copy: bool,
}

impl Certificates {
    /// Certificates of the installation at `public_url`.
    pub fn new(store: SharedStore, keyring: Arc<Keyring>, public_url: String) -> Self {
        Self { store, editions: PreparedEditions::default(), keyring, public_url }
    }

    /// Renders the certificate of a pledge and names its file. `known` is the campaign that the pledge id names, if
    /// it is known without the database; it must be settled, since a copy of a draft may be out of date. `permit` is
    /// awaited once everything is read, and held until the rendering ends, even if the request is given up.
    ///
    /// # Errors
    /// See [`CertificatesError`].
    pub async fn render(
        &self,
        known: Option<&Campaign>,
        id: PledgeId,
        edition: u32,
        permit: impl Future<Output = Result<Permit, NoPermit>>,
    ) -> Result<(String, Vec<u8>), CertificatesError> {
        let store = self.store.as_ref();
        let (campaign, signer, pledge) = signed(store, known, id).await?;
        let edition = self.editions.get((store, &self.keyring), campaign.id, edition, of(&signer, &pledge)).await?;
        let parts = edition.parts(&campaign, (&signer, &pledge), CertificateCopy::Public, &self.public_url);
        let bytes = drawn(parts, permit, CertificateParts::certificate).await?;
        Ok((file_name(campaign.kind, id, CertificateCopy::Public), bytes))
    }

    /// The own copy of the first edition, with the signer's whole number, and the name of its file. `signer` has a
    /// pledge; who may have this copy is the caller's to know. `permit` as for [`Self::render`].
    ///
    /// # Errors
    /// See [`CertificatesError`]; `Unknown` without a pledge, and where there are no own copies.
    pub async fn own_copy(
        &self,
        campaign: &Campaign,
        signer: &Signer,
        permit: impl Future<Output = Result<Permit, NoPermit>>,
    ) -> Result<(String, Vec<u8>), CertificatesError> {
        let pledge = signer.pledge.as_ref().ok_or(CertificatesError::Unknown)?;
        let edition = self.first_edition(campaign.id, signer, pledge).await?;
        if !edition.has_copies() {
            return Err(CertificatesError::Unknown);
        }
        let parts = edition.parts(campaign, (signer, pledge), CertificateCopy::Own, &self.public_url);
        let bytes = drawn(parts, permit, CertificateParts::certificate).await?;
        Ok((file_name(campaign.kind, pledge.id, CertificateCopy::Own), bytes))
    }

    /// Whether [`Self::own_copy`] makes one of this signer's certificate.
    pub async fn has_own_copy(&self, campaign: CampaignId, signer: &Signer) -> bool {
        match &signer.pledge {
            Some(pledge) => {
                self.first_edition(campaign, signer, pledge).await.is_ok_and(|edition| edition.has_copies())
            }
            None => false,
        }
    }

    /// Whether the campaign's certificates have own copies. Those of before editions were recorded have none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_own_copies(&self, campaign: CampaignId) -> Result<bool, StoreError> {
        Ok(self.store.edition(campaign, FIRST_EDITION).await?.is_some())
    }

    async fn first_edition(
        &self,
        campaign: CampaignId,
        signer: &Signer,
        pledge: &Pledge,
    ) -> Result<PreparedEdition, CertificatesError> {
        let from = (self.store.as_ref(), self.keyring.as_ref());
        self.editions.get(from, campaign, FIRST_EDITION, of(signer, pledge)).await
    }

    /// The first edition's pages as images that are marked as a copy, for who checks a print. `None` where there are
    /// none, or the pledge was revoked. `known` and `permit` as for [`Self::render`].
    ///
    /// # Errors
    /// See [`CertificatesError`].
    pub async fn inspection_copy(
        &self,
        known: Option<&Campaign>,
        id: PledgeId,
        permit: impl Future<Output = Result<Permit, NoPermit>>,
    ) -> Result<Option<InspectionCopy>, CertificatesError> {
        let store = self.store.as_ref();
        let (campaign, signer, pledge) = signed(store, known, id).await?;
        if store.revocation(campaign.id, id).await?.is_some() {
            return Ok(None);
        }
        let edition = self.first_edition(campaign.id, &signer, &pledge).await?;
        let parts = edition.parts(&campaign, (&signer, &pledge), CertificateCopy::Public, &self.public_url);
        drawn(parts, permit, CertificateParts::inspection_copy).await
    }

    /// What is recorded about a pledge; `known` as for [`Self::render`].
    ///
    /// # Errors
    /// When there is no such pledge or the database fails.
    pub async fn status(&self, known: Option<&Campaign>, id: PledgeId) -> Result<Status, CertificatesError> {
        let (campaign, signer, pledge) = signed(self.store.as_ref(), known, id).await?;
        let revocation = self.store.revocation(campaign.id, id).await?;
        let edition = self.first_edition(campaign.id, &signer, &pledge).await;
        Ok(Status {
            has_inspection_copy: revocation.is_none() && edition.is_ok_and(|edition| edition.has_copies()),
            pledge,
            campaign: campaign.into_owned(),
            shown_name: signer.participant.shown_name,
            institution: signer.institution_name,
            revocation,
        })
    }

    /// The claims as a W3C Verifiable Credential 2.0, signed with the active credential key.
    pub fn verifiable_credential(&self, claims: &Claims) -> serde_json::Value {
        let key = self.keyring.credential();
        vc::issue(claims, &self.public_url, &key.kid, |message| key.sign(message))
    }
}

/// What of an edition is for this pledge: its text, and the institution whose letterhead it has.
fn of<'s>(signer: &'s Signer, pledge: &Pledge) -> ([u8; 32], &'s str) {
    (pledge.text_hash, &signer.participant.institution)
}

/// What `draw` makes of a certificate's parts. It is work of up to some milliseconds, so not done on the threads that
/// answer requests.
async fn drawn<T: Send + 'static>(
    parts: CertificateParts,
    permit: impl Future<Output = Result<Permit, NoPermit>>,
    draw: impl FnOnce(&CertificateParts) -> Result<T, CertificateFault> + Send + 'static,
) -> Result<T, CertificatesError> {
    let permit = permit.await?;
    let drawing = move || {
        let drawn = draw(&parts);
        drop(permit);
        drawn
    };
    Ok(tokio::task::spawn_blocking(drawing).await.map_err(|_| CertificatesError::Stopped)??)
}

/// The text that was agreed to, by its hash.
async fn text(store: &dyn Store, text_hash: &[u8; 32]) -> Result<PledgeText, StoreError> {
    let canonical = store.canonical_text(text_hash).await?.ok_or(StoreError::Corrupt("canonical_text"))?;
    serde_json::from_str(&canonical).map_err(|_| StoreError::Corrupt("canonical_text"))
}

/// What the file of a certificate is called when it is saved: `piagam-ikrar-XXXXX-XXXXX-XXXX.pdf`, with `-arsip` at the
/// end for the own copy.
fn file_name(kind: CampaignKind, id: PledgeId, copy: CertificateCopy) -> String {
    let what = match kind {
        CampaignKind::NeutralityPledge => "piagam-ikrar",
        CampaignKind::IntegrityPact => "pakta-integritas",
    };
    let ending = match copy {
        CertificateCopy::Public => "",
        CertificateCopy::Own => "-arsip",
    };
    format!("{what}-{}{ending}.pdf", Serial::of(id))
}

async fn signed<'k>(
    store: &dyn Store,
    known: Option<&'k Campaign>,
    id: PledgeId,
) -> Result<(Cow<'k, Campaign>, Signer, Pledge), CertificatesError> {
    let campaign = match known {
        Some(known) => Cow::Borrowed(known),
        None => Cow::Owned(store.campaign_by_tag(id.campaign_tag()).await?.ok_or(CertificatesError::Unknown)?),
    };
    let pledge = store.pledge(campaign.id, id).await?.ok_or(CertificatesError::Unknown)?;
    let signer =
        store.signer(campaign.id, pledge.participant).await?.ok_or(StoreError::Corrupt("participant of a pledge"))?;
    Ok((campaign, signer, pledge))
}

impl Status {
    /// `valid` or `revoked`.
    pub fn word(&self) -> &'static str {
        if self.revocation.is_some() { "revoked" } else { "valid" }
    }

    /// When the pledge was revoked; `None` if it is valid.
    pub fn revoked_at(&self) -> Option<UnixMillis> {
        self.revocation.as_ref().map(|revocation| revocation.at)
    }
}
