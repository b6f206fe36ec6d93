//! Certificates from committed state: one for a page, all of a campaign as an archive.
//!
//! Nothing is stored: the bytes are a function of the pledge and the edition, so a certificate can be made again at any
//! time. A revocation doesn't change them; it changes the status shown beside them.

mod archive;

pub use archive::ArchiveError;

use crate::certificate::{CertificateFault, CertificateInput, certificate};
use crate::credential::cwt::Claims;
use crate::credential::{qr, vc};
use crate::domain::campaign::{Campaign, CampaignKind};
use crate::domain::ids::{CampaignId, PledgeId, Serial};
use crate::domain::pledge::Pledge;
use crate::domain::text::PledgeText;
use crate::domain::time::UnixMillis;
use crate::domain::unit::printed_path;
use crate::fair_permits::{NoPermit, Permit};
use crate::keyring::Keyring;
use crate::store::pledges::{RevocationRecord, Signer};
use crate::store::{SharedStore, Store, StoreError};
use std::borrow::Cow;
use std::sync::Arc;

/// The only edition so far.
pub const EDITION: u32 = 1;

/// Makes certificates and reports their status.
pub struct Certificates {
    store: SharedStore,
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
}

/// The campaign that a pledge id names, if it is known without the database, and its text in force. The campaign must
/// be settled: a copy of a draft may be out of date.
#[derive(Clone, Copy)]
pub struct Known<'k> {
    /// The campaign as this node knows it.
    pub campaign: &'k Campaign,
    /// Its text in force; `None` if it isn't known.
    pub text: Option<&'k PledgeText>,
}

impl Certificates {
    /// Certificates of the installation at `public_url`.
    pub fn new(store: SharedStore, keyring: Arc<Keyring>, public_url: String) -> Self {
        Self { store, keyring, public_url }
    }

    /// Renders the certificate of a pledge and names its file. `permit` is awaited once everything is read, and held
    /// until the rendering ends, even if the request is given up.
    ///
    /// # Errors
    /// See [`CertificatesError`].
    pub async fn render(
        &self,
        known: Option<Known<'_>>,
        id: PledgeId,
        edition: u32,
        permit: impl Future<Output = Result<Permit, NoPermit>>,
    ) -> Result<(String, Vec<u8>), CertificatesError> {
        if edition != EDITION {
            return Err(CertificatesError::Unknown);
        }
        let store = self.store.as_ref();
        let (campaign, signer, pledge) = signed(store, known, id).await?;
        let in_force =
            known.filter(|known| known.campaign.text_hash == Some(pledge.text_hash)).and_then(|known| known.text);
        let text = match in_force {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(text(store, &pledge.text_hash).await?),
        };
        let input = input(&campaign, &text, &signer, &pledge, &self.public_url);
        // A few milliseconds of work, so not on the threads that answer requests.
        let permit = permit.await?;
        let drawing = move || {
            let drawn = certificate(&input);
            drop(permit);
            drawn
        };
        let bytes = tokio::task::spawn_blocking(drawing).await.map_err(|_| CertificatesError::Stopped)??;
        Ok((file_name(campaign.kind, id), bytes))
    }

    /// What is recorded about a pledge.
    ///
    /// # Errors
    /// When there is no such pledge or the database fails.
    pub async fn status(&self, known: Option<Known<'_>>, id: PledgeId) -> Result<Status, CertificatesError> {
        let (campaign, signer, pledge) = signed(self.store.as_ref(), known, id).await?;
        let revocation = self.store.revocation(campaign.id, id).await?;
        Ok(Status {
            pledge,
            campaign: campaign.into_owned(),
            shown_name: signer.participant.shown_name,
            institution: signer.institution_name,
            revocation,
        })
    }

    /// How many pledges of a campaign have a certificate.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count(&self, campaign: CampaignId) -> Result<u64, StoreError> {
        self.store.count_pledges(campaign).await
    }

    /// The claims as a W3C Verifiable Credential 2.0, signed with the active credential key.
    pub fn verifiable_credential(&self, claims: &Claims) -> serde_json::Value {
        let key = self.keyring.credential();
        vc::issue(claims, &self.public_url, &key.kid, |message| key.sign(message))
    }
}

/// What a signer's certificate consists of.
fn input(
    campaign: &Campaign,
    text: &PledgeText,
    signer: &Signer,
    pledge: &Pledge,
    public_url: &str,
) -> CertificateInput {
    let settings = &campaign.settings;
    let person = &signer.participant;
    let host = public_url.split_once("://").map_or(public_url, |(_, host)| host);
    CertificateInput {
        edition: EDITION,
        pledge_id: pledge.id,
        organizer: settings.organizer.clone(),
        event: settings.title.clone(),
        synthetic: settings.synthetic,
        text: text.clone(),
        name: person.shown_name.clone(),
        identifier_last4: person.identifier.last4(),
        institution: signer.institution_name.clone(),
        unit: printed_path(&signer.unit_name),
        rank: person.rank.clone(),
        position: person.position.clone(),
        place: settings.place.clone(),
        signed_at: pledge.signed_at,
        zone: settings.zone,
        officials: settings.officials.clone(),
        strokes: pledge.strokes.clone(),
        qr_text: qr::text(public_url, &pledge.credential),
        verify_address: format!("{host}/v"),
        credential: pledge.credential.clone(),
    }
}

/// The text that was agreed to, by its hash.
async fn text(store: &dyn Store, text_hash: &[u8; 32]) -> Result<PledgeText, StoreError> {
    let canonical = store.canonical_text(text_hash).await?.ok_or(StoreError::Corrupt("canonical_text"))?;
    serde_json::from_str(&canonical).map_err(|_| StoreError::Corrupt("canonical_text"))
}

/// What the file of a certificate is called when it is saved: `piagam-ikrar-XXXXX-XXXXX-XXXX.pdf`.
fn file_name(kind: CampaignKind, id: PledgeId) -> String {
    let what = match kind {
        CampaignKind::NeutralityPledge => "piagam-ikrar",
        CampaignKind::IntegrityPact => "pakta-integritas",
    };
    format!("{what}-{}.pdf", Serial::of(id))
}

async fn signed<'k>(
    store: &dyn Store,
    known: Option<Known<'k>>,
    id: PledgeId,
) -> Result<(Cow<'k, Campaign>, Signer, Pledge), CertificatesError> {
    let campaign = match known {
        Some(known) => Cow::Borrowed(known.campaign),
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
