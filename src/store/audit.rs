//! The audit trail: written once, never changed, each line chained to the one before it.
//!
//! A write that takes an [`AuditEntry`] as `audit` puts it into the trail in the same commit: a crash leaves both or
//! neither. The trail's head is the last lock that such a write takes, and where it takes two, in the order of the
//! trails' ids. A batch of pledges writes no line and takes no head.

use super::StoreError;
use crate::domain::audit::{AuditEntry, AuditEntryId};
use crate::domain::audit_chain::{LineHash, PlacedLine, TrailHead};
use crate::domain::ids::CampaignId;
use async_trait::async_trait;

/// Most lines of an earlier program that one commit chains.
pub const CHAIN_LINES_MAX: u32 = 500;

/// An audit entry and its link in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainedEntry {
    /// The line's time, actor and event.
    pub entry: AuditEntry,
    /// Position in the trail, from 1, and the line's hash; `None` until the line is chained.
    pub link: Option<(u64, LineHash)>,
}

/// The audit trails: one for each campaign and one for the installation.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Appends an entry to its trail. `Conflict` when it is the newest already.
    async fn record(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.record_all(std::slice::from_ref(entry)).await
    }

    /// Appends entries to any trails in one commit, those of one trail in their order.
    async fn record_all(&self, entries: &[AuditEntry]) -> Result<(), StoreError>;

    /// Entries of a campaign, or of the installation, newest first, older than `before` where that is given.
    /// At most `limit`.
    async fn audit_page(
        &self,
        campaign: Option<CampaignId>,
        before: Option<AuditEntryId>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let page = self.audit_links(campaign, before, limit).await?;
        Ok(page.into_iter().map(|chained| chained.entry).collect())
    }

    /// As [`Self::audit_page`], with their places in the chain.
    async fn audit_links(
        &self,
        campaign: Option<CampaignId>,
        before: Option<AuditEntryId>,
        limit: u32,
    ) -> Result<Vec<ChainedEntry>, StoreError>;

    /// The end of a trail; `None` before its first line was chained.
    async fn audit_head(&self, campaign: Option<CampaignId>) -> Result<Option<TrailHead>, StoreError>;

    /// Chains lines that an earlier program wrote, in the order of their ids: at most [`CHAIN_LINES_MAX`] of one trail,
    /// in one commit. Returns how many; 0 when no trail has any left. Nodes may do this at the same time.
    async fn chain_audit(&self) -> Result<u64, StoreError>;

    /// Trails that have a line or a head, the installation's as `None`. At most `limit`.
    async fn audit_trails(&self, limit: u32) -> Result<Vec<Option<CampaignId>>, StoreError>;

    /// Lines as they are stored whose place comes after this one, in the order of their places. At most `limit`.
    async fn audit_chain(
        &self,
        campaign: Option<CampaignId>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<PlacedLine>, StoreError>;

    /// Number of lines of a trail that aren't chained yet.
    async fn unchained_audit_lines(&self, campaign: Option<CampaignId>) -> Result<u64, StoreError>;
}
