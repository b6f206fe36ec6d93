//! A campaign's life: made from a template, set up, locked, opened, paused, closed, cancelled; each step audited.
//!
//! Siblings are reached through [`Neighbours`], which whoever puts the services together implements, so that this room
//! imports none of them.

mod clock;
mod draft;
mod reading;
pub mod rules;
#[cfg(test)]
mod scenarios;
pub mod templates;
mod transitions;
pub mod words;

pub use draft::NewCampaign;

use crate::clock::{Clock, Entropy};
use crate::domain::audit::{AuditEntry, AuditEvent};
use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::ids::CampaignId;
use crate::domain::text::TextFault;
use crate::domain::time::UnixMillis;
use crate::keyring::Keyring;
use crate::store::{SharedStore, StoreError};
use async_trait::async_trait;
use rules::{Missing, SettingsFault};
use std::sync::Arc;
use tokio::sync::Notify;

/// What a campaign's steps need of other services.
#[async_trait]
pub trait Neighbours: Send + Sync {
    /// How many people are on the roster now.
    async fn people(&self, id: CampaignId) -> Result<u64, StoreError>;
    /// Draft to locked: gives out slots, writes the roster log and forms the groups, with the state in the same commit.
    /// `Conflict` when the campaign isn't a draft any more.
    async fn lock_roster(&self, campaign: &Campaign, audit: &AuditEntry) -> Result<(), StoreError>;
    /// Locked to draft, in one commit with what locking wrote. `Conflict` when somebody has signed, or the campaign
    /// isn't locked any more.
    async fn unlock_roster(&self, campaign: &Campaign, audit: &AuditEntry) -> Result<(), StoreError>;
    /// Returns when everything that this node admitted before now is committed.
    async fn drain(&self, id: CampaignId);
    /// How long after the closing instant other nodes on the same database may still commit what they admitted before
    /// it; 0 where there are none.
    fn others_settle_secs(&self) -> i64 {
        0
    }
    /// Whether the clock may take steps: not on a database that is known to be an old copy.
    fn may_step(&self) -> bool {
        true
    }
    /// The campaign's row changed: forget what was kept of it.
    async fn refresh(&self, id: CampaignId);
}

/// Why a step wasn't taken.
#[derive(Debug, thiserror::Error)]
pub enum CampaignRefusal {
    #[error("there is no such campaign")]
    Unknown,
    #[error("a slug has 2-40 of a-z 0-9 - and begins and ends with a letter or digit")]
    Slug,
    #[error("this slug is taken")]
    SlugTaken,
    #[error(transparent)]
    Settings(#[from] SettingsFault),
    #[error(transparent)]
    Text(#[from] TextFault),
    #[error("the closing must lie after the opening and ahead, and an opening that has come can't be moved")]
    Times,
    #[error("a reason is needed, of at most {} characters", rules::REASON_CHARS_MAX)]
    Reason,
    #[error("this isn't possible while the campaign is {}", .0.as_str())]
    NotAllowed(CampaignState),
    #[error("something is missing: {0:?}")]
    Missing(Vec<Missing>),
    #[error("somebody has signed already")]
    Signed,
    #[error("a locked campaign was made with public_url {0}, which can't change any more")]
    PublicUrl(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The campaigns of an installation.
pub struct Campaigns {
    store: SharedStore,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
    keyring: Arc<Keyring>,
    /// What links and log origins are made from.
    public_url: String,
    neighbours: Arc<dyn Neighbours>,
    /// Wakes the clock before its time when something changed here.
    changed: Notify,
}

impl Campaigns {
    pub fn new(
        store: SharedStore,
        clock: Arc<dyn Clock>,
        entropy: Arc<Entropy>,
        keyring: Arc<Keyring>,
        public_url: String,
        neighbours: Arc<dyn Neighbours>,
    ) -> Self {
        Self { store, clock, entropy, keyring, public_url, neighbours, changed: Notify::new() }
    }

    pub async fn find(&self, slug: &str) -> Result<Campaign, CampaignRefusal> {
        self.store.campaign_by_slug(slug).await?.ok_or(CampaignRefusal::Unknown)
    }

    /// What keeps a draft from being locked.
    pub async fn missing(&self, campaign: &Campaign) -> Result<Vec<Missing>, StoreError> {
        let people = self.neighbours.people(campaign.id).await?;
        Ok(rules::missing(campaign, people, self.now()))
    }

    /// A line of the campaign's trail, to be written with what it tells of.
    fn line(&self, id: CampaignId, actor: &str, event: AuditEvent) -> AuditEntry {
        AuditEntry::new(Some(id), self.now(), self.entropy.bytes(), actor, event)
    }

    async fn again(&self, id: CampaignId) -> Result<Campaign, CampaignRefusal> {
        self.store.campaign(id).await?.ok_or(CampaignRefusal::Unknown)
    }

    /// After every change: what others keep of the campaign is stale, and the clock may have something to do.
    async fn announce(&self, id: CampaignId) {
        self.neighbours.refresh(id).await;
        self.changed.notify_one();
    }

    fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.now_ms())
    }
}
