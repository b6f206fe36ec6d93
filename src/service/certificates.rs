//! Certificates from committed state: one for a page, all of a campaign for a file.
//!
//! Nothing is stored: the bytes are a function of the pledge and the edition, so a certificate can be made again at
//! any time. A revocation never changes them; the status beside them does.

use crate::certificate::{CertificateFault, CertificateInput, certificate};
use crate::credential::qr;
use crate::domain::campaign::{Campaign, Kind};
use crate::domain::ids::{PledgeId, Serial};
use crate::domain::pledge::Pledge;
use crate::domain::text::PledgeText;
use crate::domain::time::UnixMillis;
use crate::places::{Full, Place};
use crate::store::pledges::{Revocation, Signer};
use crate::store::{Store, StoreError};
use std::borrow::Cow;

/// The only edition so far.
pub const EDITION: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub enum CertificatesError {
    /// No such pledge or edition.
    #[error("no such certificate")]
    Unknown,
    /// The roster or the text holds what can't be printed.
    #[error("the certificate can't be printed: {0}")]
    Unprintable(#[from] CertificateFault),
    /// Its side draws as many as it may already.
    #[error(transparent)]
    Busy(#[from] Full),
    /// The program is being stopped.
    #[error("the program is being stopped")]
    Stopped,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is known of a pledge beside its certificate. Whoever has the pledge id may see it.
#[derive(Clone, Debug)]
pub struct Status {
    pub pledge: Pledge,
    pub campaign: Campaign,
    pub shown_name: String,
    pub institution: String,
    pub revocation: Option<Revocation>,
}

/// The campaign that a pledge's id names, where it is known without asking the store, and the text in force there. It must be
/// settled: a copy of a draft may be an old one.
#[derive(Clone, Copy)]
pub struct Known<'k> {
    pub campaign: &'k Campaign,
    pub text: Option<&'k PledgeText>,
}

/// Renders the certificate of a pledge; with it the name under which it is saved. `place` is waited for once all is read, and
/// held until the drawing has really ended, also when nobody waits for it any more.
pub async fn render(
    store: &dyn Store,
    known: Option<Known<'_>>,
    public_url: &str,
    id: PledgeId,
    edition: u32,
    place: impl Future<Output = Result<Place, Full>>,
) -> Result<(String, Vec<u8>), CertificatesError> {
    if edition != EDITION {
        return Err(CertificatesError::Unknown);
    }
    let (campaign, signer, pledge) = signed(store, known, id).await?;
    let in_force =
        known.filter(|known| known.campaign.text_hash == Some(pledge.text_hash)).and_then(|known| known.text);
    let text = match in_force {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(text(store, &pledge.text_hash).await?),
    };
    let input = input(&campaign, &text, &signer, &pledge, public_url);
    // A few milliseconds of work: not on the threads that answer everybody.
    let place = place.await?;
    let drawing = move || {
        let drawn = certificate(&input);
        drop(place);
        drawn
    };
    let bytes = tokio::task::spawn_blocking(drawing).await.map_err(|_| CertificatesError::Stopped)??;
    Ok((file_name(campaign.kind, id), bytes))
}

pub async fn status(store: &dyn Store, known: Option<Known<'_>>, id: PledgeId) -> Result<Status, CertificatesError> {
    let (campaign, signer, pledge) = signed(store, known, id).await?;
    let revocation = store.revocation(campaign.id, id).await?;
    Ok(Status {
        pledge,
        campaign: campaign.into_owned(),
        shown_name: signer.participant.shown_name,
        institution: signer.institution_name,
        revocation,
    })
}

/// What a signer's certificate is made of.
pub fn input(
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
        unit: signer.unit_name.clone(),
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
pub async fn text(store: &dyn Store, text_hash: &[u8; 32]) -> Result<PledgeText, StoreError> {
    let canonical = store.canonical_text(text_hash).await?.ok_or(StoreError::Corrupt("canonical_text"))?;
    serde_json::from_str(&canonical).map_err(|_| StoreError::Corrupt("canonical_text"))
}

/// What the file of a certificate is called when it is saved: `piagam-ikrar-XXXXX-XXXXX-XXXX.pdf`.
pub fn file_name(kind: Kind, id: PledgeId) -> String {
    let what = match kind {
        Kind::NeutralityPledge => "piagam-ikrar",
        Kind::IntegrityPact => "pakta-integritas",
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

    pub fn revoked_at(&self) -> Option<UnixMillis> {
        self.revocation.as_ref().map(|revocation| revocation.at)
    }
}
