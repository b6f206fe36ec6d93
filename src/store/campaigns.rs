//! Campaigns, their institutions and their groups.

use super::StoreError;
use crate::domain::audit::AuditEntry;
use crate::domain::campaign::{Campaign, CampaignSettings, CampaignState, Course};
use crate::domain::ids::{CampaignId, CampaignTag};
use crate::domain::institution::{Group, Institution};
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

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
    async fn create_campaign(&self, campaign: &Campaign, audit: &AuditEntry) -> Result<(), StoreError>;

    async fn campaign(&self, id: CampaignId) -> Result<Option<Campaign>, StoreError>;
    async fn campaign_by_slug(&self, slug: &str) -> Result<Option<Campaign>, StoreError>;
    async fn campaign_by_tag(&self, tag: CampaignTag) -> Result<Option<Campaign>, StoreError>;
    /// All, oldest first.
    async fn campaigns(&self) -> Result<Vec<Campaign>, StoreError>;

    /// `Conflict` unless the campaign is a draft.
    async fn save_settings(
        &self,
        id: CampaignId,
        settings: &CampaignSettings,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// Moves the times. `Conflict` when the campaign isn't as it was `seen` any more.
    async fn save_times(
        &self,
        id: CampaignId,
        seen: Course,
        opens_at: Option<UnixMillis>,
        closes_at: Option<UnixMillis>,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// Moves the state, under the same row lock that orders batches; with it the times, since a button sets them to
    /// now. `Conflict` when it isn't as it was `seen` any more, or when a locked campaign that has pledges would go
    /// back to draft.
    async fn change_state(
        &self,
        id: CampaignId,
        seen: Course,
        next: CampaignState,
        opens_at: Option<UnixMillis>,
        closes_at: Option<UnixMillis>,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// In official order.
    async fn institutions(&self, id: CampaignId) -> Result<Vec<Institution>, StoreError>;
    /// Adds institutions or renames those whose code exists; leaves rosters alone. `Conflict` unless draft.
    async fn save_institutions(
        &self,
        id: CampaignId,
        institutions: &[Institution],
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// Allowed in every state. `Conflict` when there is no such institution.
    async fn save_help_contact(
        &self,
        id: CampaignId,
        institution: &str,
        contact: &str,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// The reporting groups with their numbers; empty before the campaign is locked.
    async fn group_counts(&self, id: CampaignId) -> Result<Vec<GroupCount>, StoreError>;
    /// The published list of groups, as the first roster leaf fixes it; empty before the campaign is locked.
    async fn published_groups(&self, id: CampaignId) -> Result<Vec<Group>, StoreError>;
}
