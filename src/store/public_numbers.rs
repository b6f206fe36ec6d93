//! The numbers that the public sees of a campaign, read at one instant.

use super::StoreError;
use super::campaigns::GroupCount;
use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use async_trait::async_trait;

/// The numbers of a locked campaign together with the log heads that belong to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicNumbers {
    /// In official order; empty before the campaign is locked.
    pub groups: Vec<GroupCount>,
    /// The size of the pledge log; 0 before its first batch.
    pub log_size: u64,
    /// The signed note over that size; `None` before the log has a head.
    pub pledges_checkpoint: Option<String>,
    /// The signed note of the roster log; `None` before the roster is locked.
    pub roster_checkpoint: Option<String>,
    /// The signed note of the notices log; `None` before its first entry.
    pub notices_checkpoint: Option<String>,
    /// When the last batch was committed, by any node; `None` before the first.
    pub committed_at: Option<UnixMillis>,
}

/// The public numbers of a campaign.
#[async_trait]
pub trait PublicNumbersStore: Send + Sync {
    /// Groups, log size and checkpoints at the same instant: one statement reads them.
    async fn public_numbers(&self, id: CampaignId) -> Result<PublicNumbers, StoreError>;
}
