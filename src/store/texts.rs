//! The versions of a campaign's text, and canonical texts by their hash.

use super::StoreError;
use crate::domain::audit::AuditEntry;
use crate::domain::ids::CampaignId;
use crate::domain::text::PledgeText;
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// A version of a campaign's text as the organizer wrote it, placeholders unfilled.
#[derive(Clone, Debug)]
pub struct TextVersion {
    /// Counts the campaign's versions, from 1.
    pub version: u32,
    /// SHA-256 of the canonical text with the placeholders filled.
    pub text_hash: [u8; 32],
    /// The text with its placeholders.
    pub body: PledgeText,
    /// When it was saved.
    pub created_at: UnixMillis,
    /// Login of the account that saved it.
    pub created_by: String,
}

/// Makes the audit line for a version of the text, whose number is known only when it is saved.
pub type VersionLine<'a> = dyn Fn(u32) -> AuditEntry + Send + Sync + 'a;

/// Texts of campaigns.
#[async_trait]
pub trait TextStore: Send + Sync {
    /// Saves the next version of the text with its canonical bytes, and puts it into force. The version's author and
    /// time are the audit line's. `Conflict` unless draft.
    async fn save_text(
        &self,
        id: CampaignId,
        body: &PledgeText,
        filled: &PledgeText,
        audit: &VersionLine<'_>,
    ) -> Result<TextVersion, StoreError>;
    /// Newest first.
    async fn text_versions(&self, id: CampaignId) -> Result<Vec<TextVersion>, StoreError>;
    /// The canonical JSON with this hash. Texts are kept after the campaign has a newer version.
    async fn canonical_text(&self, text_hash: &[u8; 32]) -> Result<Option<String>, StoreError>;
    /// As [`Self::canonical_text`], by the first 16 bytes that a credential carries; with the full hash.
    async fn canonical_text_by_prefix(&self, prefix: &[u8; 16]) -> Result<Option<([u8; 32], String)>, StoreError>;
}
