//! Editions of certificates: which there are, and how each makes its certificates.

use super::{CertificatesError, text};
use crate::certificate::layout_2::LAYOUT;
use crate::certificate::letterhead::PrintedLetterhead;
use crate::certificate::pades::Seal;
use crate::certificate::splice::SealedTemplate;
use crate::certificate::{CertificateFault, CertificateInput, CertificatePledge, CertificateTemplate, layout_1};
use crate::credential::qr;
use crate::domain::campaign::Campaign;
use crate::domain::certificate_copy::CertificateCopy;
use crate::domain::edition::{Edition, FIRST_EDITION};
use crate::domain::ids::CampaignId;
use crate::domain::pledge::Pledge;
use crate::domain::seal_key::SealKey;
use crate::domain::text::PledgeText;
use crate::domain::unit::printed_path;
use crate::keyring::Keyring;
use crate::store::letterheads::letterhead_and_emblem;
use crate::store::pledges::Signer;
use crate::store::{Store, StoreError};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Most editions that are kept prepared, each with one letterhead. An installation has few campaigns whose certificates
/// are fetched at once; each takes a few hundred kilobytes.
const PREPARED_MAX: usize = 128;

/// Editions whose common part is prepared. An edition of a campaign that somebody has signed never changes, so nothing
/// here is ever out of date.
#[derive(Default)]
pub(super) struct PreparedEditions(Mutex<Known>);

#[derive(Default)]
struct Known {
    prepared: HashMap<EditionKey, PreparedEdition>,
    /// The institutions that have a letterhead of their own.
    own_letterheads: HashMap<(CampaignId, u32), Arc<HashSet<String>>>,
}

/// Campaign, number, hash of the text, and the institution if it has a letterhead of its own.
type EditionKey = (CampaignId, u32, [u8; 32], Option<String>);

/// Makes the certificates of one edition and text.
#[derive(Clone)]
pub(super) enum PreparedEdition {
    /// From the campaign's settings, which don't change once it is locked; not sealed.
    Layout1(Arc<PledgeText>),
    /// From what the edition keeps.
    Sealed(Arc<SealedTemplate>),
}

/// A certificate's pages as SVG images, marked as a copy and without a drawn signature.
pub struct InspectionCopy {
    /// The pages, at least one.
    pub pages: Vec<String>,
}

/// All that one certificate is made of.
pub(super) enum CertificateParts {
    Layout1(Box<CertificateInput>),
    Sealed(Arc<SealedTemplate>, Box<CertificatePledge>),
}

impl PreparedEditions {
    /// The edition with the text of a pledge and the letterhead of its institution.
    ///
    /// # Errors
    /// `Unknown` when the campaign has no such edition.
    pub async fn get(
        &self,
        (store, keyring): (&dyn Store, &Keyring),
        campaign: CampaignId,
        number: u32,
        (text_hash, institution): ([u8; 32], &str),
    ) -> Result<PreparedEdition, CertificatesError> {
        if let Some(prepared) = self.known(campaign, number, (text_hash, institution)) {
            return Ok(prepared);
        }
        let (prepared, own) = match store.edition(campaign, number).await? {
            Some(edition) => {
                let keys = store.seal_keys().await?;
                let key = keys.iter().find(|key| key.kid == edition.seal_key).ok_or(StoreError::Corrupt("seal_key"))?;
                let template = CertificateTemplate::parse(&edition.template).ok_or(StoreError::Corrupt("template"))?;
                let found = letterhead_and_emblem(store, campaign, &template.letterheads, institution).await?;
                let head = found.map(|(letterhead, png)| PrintedLetterhead::new(&letterhead.lines, png.as_deref()));
                let text = text(store, &text_hash).await?;
                let prepared = sealed(&edition, (&template, head), &text, seal(key, keyring)?)?;
                (prepared, template.letterheads.into_iter().map(|one| one.institution).collect())
            }
            None if number == FIRST_EDITION => {
                (PreparedEdition::Layout1(Arc::new(text(store, &text_hash).await?)), HashSet::new())
            }
            None => return Err(CertificatesError::Unknown),
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.prepared.len() >= PREPARED_MAX {
            *known = Known::default();
        }
        let key = (campaign, number, text_hash, own.get(institution).cloned());
        known.own_letterheads.insert((campaign, number), Arc::new(own));
        known.prepared.insert(key, prepared.clone());
        Ok(prepared)
    }

    fn known(
        &self,
        campaign: CampaignId,
        number: u32,
        (text_hash, institution): ([u8; 32], &str),
    ) -> Option<PreparedEdition> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = known.own_letterheads.get(&(campaign, number))?.get(institution).cloned();
        known.prepared.get(&(campaign, number, text_hash, own)).cloned()
    }
}

fn sealed(
    edition: &Edition,
    (template, letterhead): (&CertificateTemplate, Option<PrintedLetterhead>),
    text: &PledgeText,
    seal: Seal,
) -> Result<PreparedEdition, CertificatesError> {
    if edition.layout != LAYOUT {
        return Err(StoreError::Corrupt("layout").into());
    }
    let made = (edition.number, edition.created_at);
    let template = SealedTemplate::with_letterhead(template, letterhead, text, made, Arc::new(seal))?;
    Ok(PreparedEdition::Sealed(Arc::new(template)))
}

fn seal(key: &SealKey, keyring: &Keyring) -> Result<Seal, StoreError> {
    let sealed = key.sealed_key.as_ref().ok_or(StoreError::Corrupt("sealed_key"))?;
    let pkcs8 = keyring.open_private_key(&key.kid, sealed).map_err(|_| StoreError::Corrupt("sealed_key"))?;
    Seal::new(&pkcs8, &key.chain).map_err(|_| StoreError::Corrupt("chain"))
}

impl PreparedEdition {
    /// Whether there are own copies and inspection copies of it, which layout 1 doesn't have.
    pub fn has_copies(&self) -> bool {
        matches!(self, Self::Sealed(_))
    }

    /// What a copy of the certificate of a pledge is made of. Layout 1 has public copies only.
    pub fn parts(
        &self,
        campaign: &Campaign,
        (signer, pledge): (&Signer, &Pledge),
        copy: CertificateCopy,
        public_url: &str,
    ) -> CertificateParts {
        match self {
            Self::Layout1(text) => {
                CertificateParts::Layout1(Box::new(layout_1_input(campaign, text, signer, pledge, public_url)))
            }
            Self::Sealed(template) => {
                let pledge = certificate_pledge((signer, pledge), copy, public_url);
                CertificateParts::Sealed(template.clone(), Box::new(pledge))
            }
        }
    }
}

impl CertificateParts {
    /// The PDF.
    ///
    /// # Errors
    /// When a part is too long to be printed.
    pub fn certificate(&self) -> Result<Vec<u8>, CertificateFault> {
        match self {
            Self::Layout1(input) => layout_1::certificate(input),
            Self::Sealed(template, pledge) => template.certificate(pledge),
        }
    }

    /// The PDF and its SHA-256.
    ///
    /// # Errors
    /// When a part is too long to be printed.
    pub fn hashed_certificate(&self) -> Result<(Vec<u8>, [u8; 32]), CertificateFault> {
        match self {
            Self::Layout1(input) => {
                let bytes = layout_1::certificate(input)?;
                let hash = Sha256::digest(&bytes).into();
                Ok((bytes, hash))
            }
            Self::Sealed(template, pledge) => template.hashed_certificate(pledge),
        }
    }

    /// The copy that strangers see; `None` for layout 1, which has none.
    ///
    /// # Errors
    /// When a part is too long to be printed.
    pub fn inspection_copy(&self) -> Result<Option<InspectionCopy>, CertificateFault> {
        match self {
            Self::Layout1(_) => Ok(None),
            Self::Sealed(template, pledge) => {
                let pages = template.inspection_copy(pledge)?;
                Ok(Some(InspectionCopy { pages }))
            }
        }
    }
}

fn layout_1_input(
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
        edition: FIRST_EDITION,
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

fn certificate_pledge(
    (signer, pledge): (&Signer, &Pledge),
    copy: CertificateCopy,
    public_url: &str,
) -> CertificatePledge {
    let person = &signer.participant;
    CertificatePledge {
        id: pledge.id,
        signed_at: pledge.signed_at,
        name: person.shown_name.clone(),
        identifier: copy.identifier(&person.identifier),
        institution: signer.institution_name.clone(),
        unit: printed_path(&signer.unit_name),
        rank: person.rank.clone(),
        position: person.position.clone(),
        strokes: pledge.strokes.clone(),
        qr_text: qr::text(public_url, &pledge.credential),
        credential: pledge.credential.clone(),
    }
}
