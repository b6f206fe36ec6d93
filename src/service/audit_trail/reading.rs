//! Reading the audit trail, and adding lines that no other service writes.

use crate::clock::{Clock, Entropy};
use crate::domain::audit::{AuditEntry, AuditEntryId, AuditEvent};
use crate::domain::audit_chain::TrailHead;
use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use crate::store::audit::ChainedEntry;
use crate::store::counted_event_channel::{CountedEvent, CountedEventSender};
use crate::store::{SharedStore, StoreError};
use std::sync::Arc;

/// Entries in one export, newest first. Older ones stay in the database.
const EXPORT_ENTRIES_MAX: usize = 100_000;
/// Entries that an export reads at once.
const EXPORT_CHUNK_ENTRIES: u32 = 1_000;

/// The audit trails: one for each campaign, and the installation's, which is named `None`.
pub struct AuditTrail {
    store: SharedStore,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
    counted_events: CountedEventSender,
}

impl AuditTrail {
    /// `counted_events` takes what is counted before it is written.
    pub fn new(
        store: SharedStore,
        clock: Arc<dyn Clock>,
        entropy: Arc<Entropy>,
        counted_events: CountedEventSender,
    ) -> Self {
        Self { store, clock, entropy, counted_events }
    }

    /// Adds a line for an event that changes nothing else, such as an export.
    ///
    /// # Errors
    /// When the database fails; the event must not take place then.
    pub async fn record(&self, campaign: Option<CampaignId>, actor: &str, event: AuditEvent) -> Result<(), StoreError> {
        self.store.record(&AuditEntry::new(campaign, self.now(), self.entropy.bytes(), actor, event)).await
    }

    /// Counts that an account was refused a route or an institution. `route` is the route's pattern, which names
    /// nobody.
    pub fn count_access_refused(&self, login: String, route: String) {
        self.counted_events.report(self.now(), CountedEvent::AccessRefused { login, route });
    }

    /// The newest entries, or those older than `before`, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(
        &self,
        campaign: Option<CampaignId>,
        before: Option<AuditEntryId>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        self.store.audit_page(campaign, before, limit).await
    }

    /// The end of a trail; `None` before its first line was chained.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn head(&self, campaign: Option<CampaignId>) -> Result<Option<TrailHead>, StoreError> {
        self.store.audit_head(campaign).await
    }

    /// The newest 100,000 entries with their places in the chain, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export(&self, campaign: Option<CampaignId>) -> Result<Vec<ChainedEntry>, StoreError> {
        let mut entries: Vec<ChainedEntry> = vec![];
        while entries.len() < EXPORT_ENTRIES_MAX {
            let before = entries.last().map(|chained| chained.entry.id);
            let chunk = self.store.audit_links(campaign, before, EXPORT_CHUNK_ENTRIES).await?;
            let is_last = chunk.len() < EXPORT_CHUNK_ENTRIES as usize;
            entries.extend(chunk);
            if is_last {
                break;
            }
        }
        Ok(entries)
    }

    fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.now_ms())
    }
}
