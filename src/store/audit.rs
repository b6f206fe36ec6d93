//! The audit trail: written once, never changed.
//!
//! A write that takes an [`Entry`] as `audit` puts it into the trail in the same commit: a crash leaves both or neither.

use super::StoreError;
use crate::domain::audit::{Entry, EntryId};
use crate::domain::ids::CampaignId;
use async_trait::async_trait;

#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Adds an entry, after everything that its trail holds. `Conflict` when it is the newest already.
    async fn record(&self, entry: &Entry) -> Result<(), StoreError>;

    /// Entries of a campaign, or of the installation, newest first, older than `before` where that is given.
    /// At most `limit`.
    async fn audit_page(
        &self,
        campaign: Option<CampaignId>,
        before: Option<EntryId>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError>;
}
