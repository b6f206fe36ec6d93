//! Letterheads of a draft's documents: checked, saved, and shown as they will be printed.

pub use crate::certificate::emblem::{EMBLEM_BYTES_MAX, EmblemFault};

use crate::background;
use crate::certificate::emblem::Emblem;
use crate::certificate::inspection_copy::{SAMPLE_MARK, inspection_copy};
use crate::certificate::layout_2::Layout2;
use crate::certificate::letterhead::PrintedLetterhead;
use crate::certificate::printable::unprintable;
use crate::certificate::structure::Structure;
use crate::certificate::{CertificateFault, CertificatePledge, CertificateTemplate};
use crate::clock::{Clock, Entropy};
use crate::credential::qr;
use crate::domain::audit::{AuditEntry, AuditEvent};
use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::certificate_copy::PrintedIdentifier;
use crate::domain::characters::kept_line;
use crate::domain::ids::{CampaignId, PledgeId};
use crate::domain::letterhead::{LETTERHEAD_LINE_CHARS_MAX, LETTERHEAD_LINES_MAX, Letterhead};
use crate::domain::text::PledgeText;
use crate::domain::time::UnixMillis;
use crate::store::letterheads::{EmblemPicture, letterhead_and_emblem};
use crate::store::{SharedStore, StoreError};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The signer of a preview.
const SAMPLE_NAME: &str = "Nama Penanda Tangan, S.Sos., M.Si.";
const SAMPLE_RANK: &str = "Pembina (IV/a)";
const SAMPLE_POSITION: &str = "Kepala Bidang";
const SAMPLE_UNIT: &str = "Bidang Contoh, Dinas Contoh";
/// Length of a usual credential, for a QR code of usual size.
const SAMPLE_CREDENTIAL_BYTES: usize = 230;

/// Saves and shows letterheads.
pub struct Letterheads {
    /// The database.
    pub store: SharedStore,
    /// Gives the times of audit lines.
    pub clock: Arc<dyn Clock>,
    /// Gives ids of audit lines.
    pub entropy: Arc<Entropy>,
    /// The address of certificates' QR codes.
    pub public_url: String,
    /// Host and port of it.
    pub host: String,
}

/// What becomes of the emblem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmblemChange<'a> {
    /// It stays.
    Keep,
    /// There is none from now on.
    Remove,
    /// This picture is the new one.
    Replace(&'a [u8]),
}

/// Why a letterhead isn't saved, or can't be shown.
#[derive(Debug, thiserror::Error)]
pub enum LetterheadRefusal {
    /// The campaign is locked, so its certificates keep what they have.
    #[error("the campaign is locked")]
    NotDraft,
    /// The campaign has no such institution.
    #[error("no such institution")]
    NoSuchInstitution,
    /// There are too many lines.
    #[error("more than {LETTERHEAD_LINES_MAX} lines")]
    TooManyLines,
    /// A line is too long; counted from 1.
    #[error("line {0} is too long")]
    LineTooLong(usize),
    /// A line has a character that can't be kept or printed; counted from 1.
    #[error("line {0} can't be printed")]
    LineUnprintable(usize),
    /// There is an emblem and no line.
    #[error("an emblem without lines")]
    NoLines,
    /// The picture can't be taken.
    #[error(transparent)]
    Emblem(#[from] EmblemFault),
    /// A certificate with it can't be printed.
    #[error(transparent)]
    Print(#[from] CertificateFault),
    /// The program is being stopped.
    #[error("the program is being stopped")]
    Stopped,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Letterheads {
    /// A campaign's letterheads; that of all institutions first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self, campaign: CampaignId) -> Result<Vec<Letterhead>, StoreError> {
        self.store.letterheads(campaign).await
    }

    /// Saves the letterhead of an institution, or of all that have none if it is empty. Without lines there is none.
    ///
    /// # Errors
    /// See [`LetterheadRefusal`].
    pub async fn save(
        &self,
        actor: &str,
        campaign: &Campaign,
        (institution, lines): (&str, &str),
        change: EmblemChange<'_>,
    ) -> Result<(), LetterheadRefusal> {
        if campaign.state != CampaignState::Draft {
            return Err(LetterheadRefusal::NotDraft);
        }
        let institutions = self.store.institutions(campaign.id).await?;
        if !institution.is_empty() && !institutions.iter().any(|one| one.code == institution) {
            return Err(LetterheadRefusal::NoSuchInstitution);
        }
        let lines = checked(lines)?;
        let known = self.store.letterheads(campaign.id).await?;
        let kept = known.into_iter().find(|one| one.institution == institution).and_then(|one| one.emblem);
        let picture = match change {
            EmblemChange::Replace(file) => {
                let file = file.to_vec();
                let decoded = background::run(move || Emblem::of_upload(&file)).await;
                Some(decoded.map_err(|_| LetterheadRefusal::Stopped)??)
            }
            EmblemChange::Keep | EmblemChange::Remove => None,
        };
        if lines.is_empty() && picture.is_some() {
            return Err(LetterheadRefusal::NoLines);
        }
        let fitting = match (&picture, &kept, change) {
            (Some(picture), ..) => Some(picture.clone()),
            (None, Some(sha256), EmblemChange::Keep) => {
                self.store.emblem(campaign.id, sha256).await?.and_then(|png| Emblem::of_kept(&png))
            }
            _ => None,
        };
        let printed = PrintedLetterhead { lines: lines.clone(), emblem: fitting };
        if !lines.is_empty() {
            printed.block(&mut Structure::default())?;
        }
        let picture = picture.map(|picture| {
            let png = picture.png();
            EmblemPicture { sha256: Sha256::digest(&png).into(), png }
        });
        let emblem = match (&picture, change) {
            (Some(picture), _) => Some(HEXLOWER.encode(&picture.sha256)),
            (None, EmblemChange::Keep) => kept,
            (None, _) => None,
        };
        let letterhead = Letterhead { institution: institution.into(), lines, emblem };
        let named = Some(institution.to_string()).filter(|code| !code.is_empty());
        let at = UnixMillis(self.clock.now_ms());
        let event = AuditEvent::LetterheadSaved { institution: named };
        let line = AuditEntry::new(Some(campaign.id), at, self.entropy.bytes(), actor, event);
        match self.store.save_letterhead(campaign.id, &letterhead, picture.as_ref(), &line).await {
            Err(StoreError::Conflict) => Err(LetterheadRefusal::NotDraft),
            saved => Ok(saved?),
        }
    }

    /// The pages of a certificate of nobody, as SVG, with the letterhead of an institution's certificates. `None`
    /// before the campaign has a text.
    ///
    /// # Errors
    /// See [`LetterheadRefusal`].
    pub async fn preview(
        &self,
        campaign: &Campaign,
        institution: &str,
    ) -> Result<Option<Vec<String>>, LetterheadRefusal> {
        let Some(hash) = campaign.text_hash else { return Ok(None) };
        let canonical = self.store.canonical_text(&hash).await?.ok_or(StoreError::Corrupt("canonical_text"))?;
        let text: PledgeText = serde_json::from_str(&canonical).map_err(|_| StoreError::Corrupt("canonical_text"))?;
        let known = self.store.letterheads(campaign.id).await?;
        let found = letterhead_and_emblem(&*self.store, campaign.id, &known, institution).await?;
        let letterhead = found.map(|(letterhead, png)| PrintedLetterhead::new(&letterhead.lines, png.as_deref()));
        let template = CertificateTemplate::of(&campaign.settings, &self.host, vec![]);
        let institutions = self.store.institutions(campaign.id).await?;
        let named = institutions.into_iter().find(|one| one.code == institution || institution.is_empty());
        let credential = vec![0; SAMPLE_CREDENTIAL_BYTES];
        let pledge = CertificatePledge {
            id: PledgeId::new(campaign.id, 0, [0; 12]),
            signed_at: UnixMillis(self.clock.now_ms()),
            name: SAMPLE_NAME.into(),
            identifier: PrintedIdentifier::Ending("0000".into()),
            institution: named.map_or_else(|| campaign.settings.organizer.clone(), |one| one.name),
            unit: SAMPLE_UNIT.into(),
            rank: SAMPLE_RANK.into(),
            position: SAMPLE_POSITION.into(),
            strokes: None,
            qr_text: qr::text(&self.public_url, &credential),
            credential,
        };
        let layout = Layout2::with_letterhead(&template, letterhead, &text)?;
        Ok(Some(inspection_copy(&layout.lay_out(&pledge)?, layout.emblem(), SAMPLE_MARK)))
    }
}

/// The lines that aren't empty, as they are kept.
fn checked(lines: &str) -> Result<Vec<String>, LetterheadRefusal> {
    let mut kept = Vec::new();
    for (at, line) in (1..).zip(lines.lines()) {
        let line = kept_line(line).map_err(|_| LetterheadRefusal::LineUnprintable(at))?;
        if line.is_empty() {
            continue;
        }
        if line.chars().count() > LETTERHEAD_LINE_CHARS_MAX {
            return Err(LetterheadRefusal::LineTooLong(at));
        }
        if unprintable(&line).is_some() {
            return Err(LetterheadRefusal::LineUnprintable(at));
        }
        kept.push(line);
    }
    if kept.len() > LETTERHEAD_LINES_MAX {
        return Err(LetterheadRefusal::TooManyLines);
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_are_left_out_and_faults_name_their_line() {
        assert_eq!(checked(" A \n\nB\r\n").unwrap(), ["A", "B"]);
        assert!(matches!(checked("A\n\u{4E00}"), Err(LetterheadRefusal::LineUnprintable(2))));
        let long = format!("A\n\n{}", "x".repeat(LETTERHEAD_LINE_CHARS_MAX + 1));
        assert!(matches!(checked(&long), Err(LetterheadRefusal::LineTooLong(3))));
        assert!(matches!(checked(&"x\n".repeat(LETTERHEAD_LINES_MAX + 1)), Err(LetterheadRefusal::TooManyLines)));
    }
}
