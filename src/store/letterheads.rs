//! Letterheads of a campaign's documents, and the emblems in them.

use super::{Store, StoreError};
use crate::domain::audit::AuditEntry;
use crate::domain::ids::CampaignId;
use crate::domain::letterhead::{Letterhead, letterhead_of};
use async_trait::async_trait;

/// An emblem's picture, as it is kept.
pub struct EmblemPicture {
    /// Its name: SHA-256 of the file.
    pub sha256: [u8; 32],
    /// The PNG file.
    pub png: Vec<u8>,
}

/// Letterheads by campaign.
#[async_trait]
pub trait LetterheadStore: Send + Sync {
    /// A campaign's letterheads; that of all institutions first.
    async fn letterheads(&self, campaign: CampaignId) -> Result<Vec<Letterhead>, StoreError>;

    /// The PNG of an emblem, by its SHA-256 in hexadecimal.
    async fn emblem(&self, campaign: CampaignId, sha256: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keeps a letterhead instead of the institution's before, or takes that away if it has no lines. `emblem` is the
    /// picture that it names, if it isn't kept yet. `Conflict` unless the campaign is a draft.
    async fn save_letterhead(
        &self,
        campaign: CampaignId,
        letterhead: &Letterhead,
        emblem: Option<&EmblemPicture>,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
}

/// The letterhead of an institution's documents among a campaign's, with its emblem's PNG.
///
/// # Errors
/// When the database fails, or lacks the emblem.
pub async fn letterhead_and_emblem(
    store: &dyn Store,
    campaign: CampaignId,
    letterheads: &[Letterhead],
    institution: &str,
) -> Result<Option<(Letterhead, Option<Vec<u8>>)>, StoreError> {
    let Some(letterhead) = letterhead_of(letterheads, institution) else { return Ok(None) };
    let png = match &letterhead.emblem {
        Some(sha256) => Some(store.emblem(campaign, sha256).await?.ok_or(StoreError::Corrupt("emblem"))?),
        None => None,
    };
    Ok(Some((letterhead.clone(), png)))
}
