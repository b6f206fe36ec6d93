//! Campaigns, their institutions and their groups.

use super::StoreError;
use crate::domain::audit::AuditEntry;
use crate::domain::campaign::{Campaign, CampaignSettings, CampaignState, ObservedState};
use crate::domain::ids::{CampaignId, CampaignTag};
use crate::domain::institution::Institution;
use crate::domain::reporting_group::{GroupKind, GroupList};
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// A reporting group with its running numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCount {
    /// Its index, from 0, as roster and pledge leaves carry it.
    pub index: u32,
    /// A code that no other group of the campaign has.
    pub code: String,
    /// The name shown in public.
    pub name: String,
    /// What it is made of.
    pub kind: GroupKind,
    /// The code of the institution, or of the institutions together, that it belongs to.
    pub institution: String,
    /// The name of these as shown in public.
    pub institution_name: String,
    /// People on the locked roster who belong to the group.
    pub eligible: u64,
    /// Pledges of these people, revoked ones included.
    pub signed: u64,
    /// People of the group who were excused from signing.
    pub excused: u64,
    /// Pledges that were revoked.
    pub revoked: u64,
    /// People who were added to the group after the lock.
    pub added: u64,
}

impl GroupCount {
    /// Who is to sign (*sasaran*): as locked, plus added, minus excused.
    pub fn target(&self) -> u64 {
        (self.eligible + self.added).saturating_sub(self.excused)
    }

    /// Pledges that stand: those that weren't revoked.
    pub fn valid(&self) -> u64 {
        self.signed.saturating_sub(self.revoked)
    }
}

/// Campaigns with their settings, state, institutions and groups.
#[async_trait]
pub trait CampaignStore: Send + Sync {
    /// `Conflict` when the slug, the id or its tag is taken.
    async fn create_campaign(&self, campaign: &Campaign, audit: &AuditEntry) -> Result<(), StoreError>;

    /// The campaign with this id; `None` where there is none.
    async fn campaign(&self, id: CampaignId) -> Result<Option<Campaign>, StoreError>;
    /// The campaign with this slug, the part of its address that people see.
    async fn campaign_by_slug(&self, slug: &str) -> Result<Option<Campaign>, StoreError>;
    /// The campaign with this tag, the short form of its id that a credential carries.
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

    /// Sets the times. `Conflict` when state or times differ from `expected`.
    async fn save_times(
        &self,
        id: CampaignId,
        expected: ObservedState,
        opens_at: Option<UnixMillis>,
        closes_at: Option<UnixMillis>,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// Sets the state, under the row lock that also orders batches, and with it the times, since a button sets them to
    /// now. `Conflict` when state or times differ from `expected`, or when a locked campaign that has pledges would go
    /// back to draft.
    async fn change_state(
        &self,
        id: CampaignId,
        expected: ObservedState,
        next: CampaignState,
        opens_at: Option<UnixMillis>,
        closes_at: Option<UnixMillis>,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// In official order.
    async fn institutions(&self, id: CampaignId) -> Result<Vec<Institution>, StoreError>;
    /// Adds institutions or renames those whose code exists; leaves rosters alone. `same` holds codes of registry nodes
    /// of which somebody said that they are the added institutions of their code. `Conflict` unless draft.
    async fn save_institutions(
        &self,
        id: CampaignId,
        institutions: &[Institution],
        same: &[String],
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
    /// The published list of groups, whose hash the first roster leaf fixes; `None` before the campaign is locked.
    async fn published_groups(&self, id: CampaignId) -> Result<Option<GroupList>, StoreError>;
}
