//! Minutes of a closed campaign: collects what they say at one moment, seals and keeps them, and takes back copies that
//! were signed elsewhere.

mod numbers;

pub use crate::certificate::minutes::sealed_minutes;
pub use crate::domain::minutes::{MinutesEdition, SignedCopy};

use crate::background;
use crate::certificate::CertificateFault;
use crate::certificate::letterhead::PrintedLetterhead;
use crate::certificate::minutes::{Minutes, MinutesText};
use crate::certificate::pades::Seal;
use crate::clock::{Clock, Entropy};
use crate::domain::audit::{AuditEntry, AuditEvent};
use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::employment::EmploymentKind;
use crate::domain::ids::CampaignId;
use crate::domain::minutes::{
    MINUTES_EDITIONS_MAX, MINUTES_FIELD_CHARS_MAX, POSITIONS_MAX, SIGNED_COPIES_MAX, SIGNED_COPY_BYTES_MAX,
};
use crate::domain::text::PledgeText;
use crate::domain::time::UnixMillis;
use crate::i18n::Localizer;
use crate::store::letterheads::letterhead_and_emblem;
use crate::store::{SharedStore, StoreError};
use async_trait::async_trait;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A PDF's header may stand behind other bytes, as long as it is within the first kilobyte (ISO 32000-1, annex H).
const HEADER_WITHIN: usize = 1024;

/// What seals minutes.
#[async_trait]
pub trait SealSource: Send + Sync {
    /// The seal in use and its key's id; `actor` is recorded if it has to be made.
    async fn seal(&self, actor: &str) -> Result<(String, Seal), NoSeal>;
}

/// Why there is no seal.
#[derive(Debug, thiserror::Error)]
pub enum NoSeal {
    /// No key can be made or opened.
    #[error("nothing can be sealed: {0}")]
    Key(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes and keeps minutes.
pub struct MinutesMaker {
    /// The database.
    pub store: SharedStore,
    /// Gives the time that minutes are dated.
    pub clock: Arc<dyn Clock>,
    /// Gives ids of audit lines.
    pub entropy: Arc<Entropy>,
    /// Seals them.
    pub seals: Arc<dyn SealSource>,
    /// Where the campaign's page is.
    pub public_url: String,
    /// Host and port of it, for the log's name.
    pub host: String,
}

/// What an organizer says of minutes that are to be made.
pub struct MinutesOrder<'a> {
    /// Their login.
    pub actor: &'a str,
    /// The number that the office gave; may be empty.
    pub letter_number: &'a str,
    /// Why they replace the ones before; not empty if there are any.
    pub reason: &'a str,
    /// Positions of those who sign by hand, one a line.
    pub positions: &'a str,
    /// Reports of pledges by somebody else that nobody has decided on.
    pub open_reports: u64,
    /// Names a kind of employment, also that of people of whom none is known.
    pub employment: fn(Option<EmploymentKind>, Localizer) -> String,
}

/// Why there are no minutes.
#[derive(Debug, thiserror::Error)]
pub enum MinutesError {
    /// The campaign isn't closed, so its numbers can change.
    #[error("the campaign isn't closed")]
    NotClosed,
    /// What was read at different moments doesn't agree: somebody revoked or changed something meanwhile.
    #[error("the numbers changed meanwhile")]
    Moving,
    /// There are as many editions, or copies, as there may be.
    #[error("there are too many already")]
    TooMany,
    /// They replace others without a reason.
    #[error("a reason is missing")]
    ReasonMissing,
    /// A number, reason or position is too long, or there are too many positions.
    #[error("a field is too long")]
    TooLong,
    /// There is no such edition or copy.
    #[error("no such minutes")]
    Unknown,
    /// What was sent back isn't a PDF, or is too long.
    #[error("not a PDF of at most 4 MiB")]
    NotPdf,
    /// They can't be printed.
    #[error(transparent)]
    Print(#[from] CertificateFault),
    /// They can't be sealed.
    #[error(transparent)]
    Seal(#[from] NoSeal),
    /// The program is being stopped.
    #[error("the program is being stopped")]
    Stopped,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MinutesMaker {
    /// All minutes of a campaign, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn editions(&self, campaign: CampaignId) -> Result<Vec<MinutesEdition>, StoreError> {
        self.store.minutes(campaign).await
    }

    /// The file of an edition.
    ///
    /// # Errors
    /// `Unknown`, or when the database fails.
    pub async fn file(&self, campaign: CampaignId, edition: u32) -> Result<Vec<u8>, MinutesError> {
        self.store.minutes_file(campaign, edition).await?.ok_or(MinutesError::Unknown)
    }

    /// The newest copy of an edition that was sent back.
    ///
    /// # Errors
    /// `Unknown`, or when the database fails.
    pub async fn copy(&self, campaign: CampaignId, edition: u32) -> Result<Vec<u8>, MinutesError> {
        self.store.signed_copy_file(campaign, edition).await?.ok_or(MinutesError::Unknown)
    }

    /// Makes the next edition of a closed campaign's minutes. Nothing is kept on an error.
    ///
    /// # Errors
    /// See [`MinutesError`]. `Store(Conflict)` when another account makes the same edition at once.
    pub async fn make(&self, campaign: &Campaign, order: &MinutesOrder<'_>) -> Result<MinutesEdition, MinutesError> {
        if campaign.state != CampaignState::Closed {
            return Err(MinutesError::NotClosed);
        }
        let number = u32::try_from(self.store.minutes(campaign.id).await?.len()).unwrap_or(u32::MAX).saturating_add(1);
        let positions = self.checked(number, order)?;
        let made_at = UnixMillis(self.clock.now_ms());
        let reason = if number == 1 { String::new() } else { order.reason.trim().to_string() };
        let numbers = self.numbers(campaign, order.employment).await?;
        let settings = &campaign.settings;
        let minutes = Minutes {
            v: 1,
            edition: number,
            reason: reason.clone(),
            letter_number: order.letter_number.trim().into(),
            made_at,
            zone: settings.zone,
            place: settings.place.clone(),
            organizer: settings.organizer.clone(),
            title: settings.title.clone(),
            kind: campaign.kind,
            synthetic: settings.synthetic,
            address: format!("{}/k/{}", self.public_url, campaign.slug),
            opened_at: campaign.opens_at,
            closed_at: campaign.closes_at,
            totals: numbers.totals,
            institutions: numbers.institutions,
            locations: numbers.locations,
            employment: numbers.employment,
            text: self.text(campaign).await?,
            log: numbers.log,
            open_reports: order.open_reports,
            positions,
        };
        let (seal_key, seal) = self.seals.seal(order.actor).await?;
        let letter_number = minutes.letter_number.clone();
        let letterhead = self.letterhead(campaign.id).await?;
        let sealed = background::run(move || sealed_minutes(&minutes, letterhead.as_ref(), &seal)).await;
        let file = sealed.map_err(|_| MinutesError::Stopped)??;
        let edition = MinutesEdition {
            number,
            letter_number,
            reason: reason.clone(),
            sha256: Sha256::digest(&file).into(),
            bytes: file.len() as u64,
            seal_key,
            made_at,
            made_by: order.actor.into(),
            copy: None,
        };
        let sha256 = HEXLOWER.encode(&edition.sha256);
        let line = self.line(campaign.id, order.actor, AuditEvent::MinutesMade { edition: number, reason, sha256 });
        self.store.add_minutes(campaign.id, &edition, &file, &line).await?;
        Ok(edition)
    }

    /// Keeps a copy of an edition that was signed elsewhere. The ones before are kept too.
    ///
    /// # Errors
    /// See [`MinutesError`].
    pub async fn keep_copy(
        &self,
        campaign: CampaignId,
        (edition, file): (u32, &[u8]),
        actor: &str,
    ) -> Result<(), MinutesError> {
        let is_pdf = file[..file.len().min(HEADER_WITHIN)].windows(5).any(|window| window == b"%PDF-");
        if !is_pdf || file.len() > SIGNED_COPY_BYTES_MAX {
            return Err(MinutesError::NotPdf);
        }
        let known = self.store.minutes(campaign).await?;
        let known = known.iter().find(|known| known.number == edition).ok_or(MinutesError::Unknown)?;
        let number = known.copy.as_ref().map_or(0, |copy| copy.number) + 1;
        if number > SIGNED_COPIES_MAX {
            return Err(MinutesError::TooMany);
        }
        let own = self.file(campaign, edition).await?;
        let copy = SignedCopy {
            number,
            sha256: Sha256::digest(file).into(),
            bytes: file.len() as u64,
            is_extension: file.len() > own.len() && file.starts_with(&own),
            sent_at: UnixMillis(self.clock.now_ms()),
            sent_by: actor.into(),
        };
        let sha256 = HEXLOWER.encode(&copy.sha256);
        let line = self.line(campaign, actor, AuditEvent::MinutesCopyKept { edition, sha256 });
        Ok(self.store.add_signed_copy(campaign, edition, &copy, file, &line).await?)
    }

    /// The letterhead of all institutions.
    async fn letterhead(&self, campaign: CampaignId) -> Result<Option<PrintedLetterhead>, StoreError> {
        let known = self.store.letterheads(campaign).await?;
        let found = letterhead_and_emblem(&*self.store, campaign, &known, "").await?;
        Ok(found.map(|(letterhead, png)| PrintedLetterhead::new(&letterhead.lines, png.as_deref())))
    }

    /// The positions, if all that is typed may be.
    fn checked(&self, number: u32, order: &MinutesOrder<'_>) -> Result<Vec<String>, MinutesError> {
        if number > MINUTES_EDITIONS_MAX {
            return Err(MinutesError::TooMany);
        }
        if number > 1 && order.reason.trim().is_empty() {
            return Err(MinutesError::ReasonMissing);
        }
        let positions = order.positions.lines().map(str::trim).filter(|line| !line.is_empty()).map(String::from);
        let positions: Vec<String> = positions.collect();
        let fields = positions.iter().map(String::as_str).chain([order.letter_number.trim(), order.reason.trim()]);
        let is_long = |field: &str| field.chars().count() > MINUTES_FIELD_CHARS_MAX;
        if positions.len() > POSITIONS_MAX || fields.into_iter().any(is_long) {
            return Err(MinutesError::TooLong);
        }
        Ok(positions)
    }

    async fn text(&self, campaign: &Campaign) -> Result<MinutesText, MinutesError> {
        let hash = campaign.text_hash.ok_or(StoreError::Corrupt("text_hash"))?;
        let canonical = self.store.canonical_text(&hash).await?.ok_or(StoreError::Corrupt("canonical_text"))?;
        let text: PledgeText = serde_json::from_str(&canonical).map_err(|_| StoreError::Corrupt("canonical_text"))?;
        let clauses = text.clauses.into_iter().map(|clause| clause.text).collect();
        Ok(MinutesText { title: text.title, clauses, sha256: HEXLOWER.encode(&hash) })
    }

    fn line(&self, campaign: CampaignId, actor: &str, event: AuditEvent) -> AuditEntry {
        let at = UnixMillis(self.clock.now_ms());
        AuditEntry::new(Some(campaign), at, self.entropy.bytes(), actor, event)
    }
}
