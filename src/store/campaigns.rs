//! Campaigns, their institutions and their texts.

use super::StoreError;
use crate::domain::audit::Entry;
use crate::domain::campaign::{Campaign, Course, Settings, State};
use crate::domain::ids::{CampaignId, CampaignTag};
use crate::domain::institution::{Group, Institution};
use crate::domain::text::PledgeText;
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// A version of a campaign's text as the organizer wrote it, placeholders unfilled.
#[derive(Clone, Debug)]
pub struct TextVersion {
    pub version: u32,
    pub text_hash: [u8; 32],
    pub body: PledgeText,
    pub created_at: UnixMillis,
    pub created_by: String,
}

/// Makes the line of the trail for a version of the text, which has its number only when it is saved.
pub type VersionLine<'a> = dyn Fn(u32) -> Entry + Send + Sync + 'a;

/// A reporting group with its running numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCount {
    pub index: u32,
    pub code: String,
    pub name: String,
    pub eligible: u64,
    pub signed: u64,
    pub excused: u64,
    pub revoked: u64,
}

#[async_trait]
pub trait CampaignStore: Send + Sync {
    /// `Conflict` when the slug, the id or its tag is taken.
    async fn create_campaign(&self, campaign: &Campaign, audit: &Entry) -> Result<(), StoreError>;

    async fn campaign(&self, id: CampaignId) -> Result<Option<Campaign>, StoreError>;
    async fn campaign_by_slug(&self, slug: &str) -> Result<Option<Campaign>, StoreError>;
    async fn campaign_by_tag(&self, tag: CampaignTag) -> Result<Option<Campaign>, StoreError>;
    /// All, oldest first.
    async fn campaigns(&self) -> Result<Vec<Campaign>, StoreError>;

    /// `Conflict` unless the campaign is a draft.
    async fn save_settings(&self, id: CampaignId, settings: &Settings, audit: &Entry) -> Result<(), StoreError>;

    /// Moves the times. `Conflict` when the campaign isn't as it was `seen` any more.
    async fn save_times(
        &self,
        id: CampaignId,
        seen: Course,
        opens_at: Option<UnixMillis>,
        closes_at: Option<UnixMillis>,
        audit: &Entry,
    ) -> Result<(), StoreError>;

    /// Moves the state, under the same row lock that orders batches; with it the times, since a button sets them to now.
    /// `Conflict` when it isn't as it was `seen` any more, or when a locked campaign that has pledges would go back to
    /// draft.
    async fn change_state(
        &self,
        id: CampaignId,
        seen: Course,
        next: State,
        opens_at: Option<UnixMillis>,
        closes_at: Option<UnixMillis>,
        audit: &Entry,
    ) -> Result<(), StoreError>;

    /// Saves the next version of the text with its canonical bytes, and puts it into force. `audit` makes the line that
    /// tells of a version; its actor saved it, at its time. `Conflict` unless draft.
    async fn save_text(
        &self,
        id: CampaignId,
        body: &PledgeText,
        filled: &PledgeText,
        audit: &VersionLine<'_>,
    ) -> Result<TextVersion, StoreError>;
    /// Newest first.
    async fn text_versions(&self, id: CampaignId) -> Result<Vec<TextVersion>, StoreError>;
    /// The canonical JSON with this hash, for ever.
    async fn canonical_text(&self, text_hash: &[u8; 32]) -> Result<Option<String>, StoreError>;
    /// As [`Self::canonical_text`], by the first 16 bytes that a credential carries; with the full hash.
    async fn canonical_text_by_prefix(&self, prefix: &[u8; 16]) -> Result<Option<([u8; 32], String)>, StoreError>;

    /// In official order.
    async fn institutions(&self, id: CampaignId) -> Result<Vec<Institution>, StoreError>;
    /// Adds institutions or renames those whose code exists; leaves rosters alone. `Conflict` unless draft.
    async fn save_institutions(
        &self,
        id: CampaignId,
        institutions: &[Institution],
        audit: &Entry,
    ) -> Result<(), StoreError>;
    /// Allowed in every state. `Conflict` when there is no such institution.
    async fn save_help_contact(
        &self,
        id: CampaignId,
        institution: &str,
        contact: &str,
        audit: &Entry,
    ) -> Result<(), StoreError>;

    /// The reporting groups with their numbers; empty before the campaign is locked.
    async fn group_counts(&self, id: CampaignId) -> Result<Vec<GroupCount>, StoreError>;
    /// The published list of groups, as the first roster leaf fixes it; empty before the campaign is locked.
    async fn published_groups(&self, id: CampaignId) -> Result<Vec<Group>, StoreError>;
}
