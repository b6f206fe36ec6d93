//! Minutes, the copies of them that were signed elsewhere, and the numbers that only they need.

use super::StoreError;
use crate::domain::audit::AuditEntry;
use crate::domain::ids::CampaignId;
use crate::domain::minutes::{MinutesEdition, SignedCopy};
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// People of one place and how many of them have signed; counted as in `EmploymentProgress`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocationProgress {
    /// The place as the roster has it; empty: it isn't filled in.
    pub location: String,
    /// People who are to sign.
    pub people: u64,
    /// Those of them with a pledge that wasn't revoked.
    pub signed: u64,
}

/// What minutes need from the database.
#[async_trait]
pub trait MinutesStore: Send + Sync {
    /// All minutes of a campaign, by number.
    async fn minutes(&self, campaign: CampaignId) -> Result<Vec<MinutesEdition>, StoreError>;

    /// The file of an edition.
    async fn minutes_file(&self, campaign: CampaignId, edition: u32) -> Result<Option<Vec<u8>>, StoreError>;

    /// The newest copy of an edition that was sent back.
    async fn signed_copy_file(&self, campaign: CampaignId, edition: u32) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keeps minutes with their file. `Conflict` when there is an edition of that number: another account was faster.
    async fn add_minutes(
        &self,
        campaign: CampaignId,
        minutes: &MinutesEdition,
        file: &[u8],
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// Keeps a copy that was sent back. `Conflict` when there is one of that number.
    async fn add_signed_copy(
        &self,
        campaign: CampaignId,
        edition: u32,
        copy: &SignedCopy,
        file: &[u8],
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// When the campaign's first and last pledges were signed, revoked ones included; `None` before the first.
    async fn signing_span(&self, campaign: CampaignId) -> Result<Option<(UnixMillis, UnixMillis)>, StoreError>;

    /// Progress by place, in the order of the places' names.
    async fn location_progress(&self, campaign: CampaignId) -> Result<Vec<LocationProgress>, StoreError>;
}
