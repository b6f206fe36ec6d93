//! A campaign's life: it is made from a template, set up, locked, opened, paused, closed or cancelled. Each step is
//! audited.
//!
//! Sibling services are reached through [`CampaignPorts`], which is implemented where the services are put together, so
//! this module imports none of them.

mod clock;
mod draft;
pub mod printing;
#[cfg(test)]
mod printing_tests;
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
use crate::domain::reporting_group::{GROUPS_MAX, GroupList};
use crate::domain::text::TextFault;
use crate::domain::time::UnixMillis;
use crate::keyring::Keyring;
use crate::store::{SharedStore, StoreError};
use async_trait::async_trait;
use printing::UnprintablePart;
use rules::{Missing, SettingsFault};
use std::sync::Arc;
use tokio::sync::Notify;

/// What a campaign's steps need of other services.
#[async_trait]
pub trait CampaignPorts: Send + Sync {
    /// How many people are on the roster now.
    async fn people(&self, id: CampaignId) -> Result<u64, StoreError>;
    /// Draft to locked: gives out slots, writes the roster log and forms the groups, with the state in the same commit.
    /// `Conflict` when the campaign isn't a draft any more.
    async fn lock_roster(&self, campaign: &Campaign, audit: &AuditEntry) -> Result<(), StoreError>;
    /// The groups that a lock would form now; `None` when there would be too many.
    async fn groups(&self, campaign: &Campaign) -> Result<Option<GroupList>, StoreError>;
    /// Locked to draft, in one commit with what locking wrote. `Conflict` when the campaign has pledges or isn't locked
    /// any more.
    async fn unlock_roster(&self, campaign: &Campaign, audit: &AuditEntry) -> Result<(), StoreError>;
    /// Returns when everything that this node admitted before now is committed.
    async fn drain(&self, id: CampaignId);
    /// Seconds after the closing instant in which other nodes on the same database may still commit what they admitted
    /// before it; 0 where there are no other nodes.
    fn others_settle_secs(&self) -> i64 {
        0
    }
    /// Whether the clock may take steps: not on a database that is known to be an old copy.
    fn may_step(&self) -> bool {
        true
    }
    /// The campaign's row changed: drops what is cached of it.
    async fn refresh(&self, id: CampaignId);
}

/// Why a step wasn't taken.
#[derive(Debug, thiserror::Error)]
pub enum CampaignRefusal {
    /// No campaign has this slug or id.
    #[error("there is no such campaign")]
    Unknown,
    /// The slug isn't 2 to 40 of `a-z 0-9 -`, or begins or ends with a hyphen.
    #[error("a slug has 2-40 of a-z 0-9 - and begins and ends with a letter or digit")]
    Slug,
    /// Another campaign has this slug.
    #[error("this slug is taken")]
    SlugTaken,
    /// A setting or an institution is unfit; holds which one.
    #[error(transparent)]
    Settings(#[from] SettingsFault),
    /// The text to be put into force is unfit, or a placeholder in it stays unfilled.
    #[error(transparent)]
    Text(#[from] TextFault),
    /// Certificates couldn't print a part of the text, an institution, a unit or a person.
    #[error("something can't be printed: {0:?}")]
    Unprintable(Box<UnprintablePart>),
    /// The closing doesn't lie after the opening, or has passed, or the opening of a campaign that has opened was
    /// moved.
    #[error("the closing must lie after the opening and ahead, and an opening that has come can't be moved")]
    Times,
    /// The reason is longer than [`rules::REASON_CHARS_MAX`] characters, holds control characters, or has fewer than 3
    /// characters where one is required.
    #[error("a reason is needed, of at most {} characters", rules::REASON_CHARS_MAX)]
    Reason,
    /// The campaign's state doesn't allow the step, or another process moved the campaign first. Holds the state as
    /// last read, or `Locked` where a draft was locked meanwhile.
    #[error("this isn't possible while the campaign is {}", .0.as_str())]
    NotAllowed(CampaignState),
    /// A draft can't be locked yet; holds everything that is missing.
    #[error("something is missing: {0:?}")]
    Missing(Vec<Missing>),
    /// By agency there would be too many reporting groups.
    #[error("the roster has more than {GROUPS_MAX} agencies to be shown")]
    TooManyGroups,
    /// A locked campaign that has pledges can't return to draft.
    #[error("somebody has signed already")]
    Signed,
    /// People were added, excused or corrected after the lock, and the notices of it name slots of this lock.
    #[error("people were added, excused or corrected since the roster was locked")]
    RosterChanged,
    /// The first lock fixed another public URL than this service is set to; holds the fixed one.
    #[error("a locked campaign was made with public_url {0}, which can't change any more")]
    PublicUrl(String),
    /// The database failed.
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
    ports: Arc<dyn CampaignPorts>,
    /// Wakes the clock early when a campaign changed.
    changed: Notify,
}

impl Campaigns {
    /// Manages the campaigns in `store`. `public_url` is the installation's address, from which links and log origins
    /// are made; `keyring` seals the campaigns' secrets.
    pub fn new(
        store: SharedStore,
        clock: Arc<dyn Clock>,
        entropy: Arc<Entropy>,
        keyring: Arc<Keyring>,
        public_url: String,
        ports: Arc<dyn CampaignPorts>,
    ) -> Self {
        Self { store, clock, entropy, keyring, public_url, ports, changed: Notify::new() }
    }

    /// The campaign with this slug.
    ///
    /// # Errors
    /// `Unknown` where there is none; `Store` when the database fails.
    pub async fn find(&self, slug: &str) -> Result<Campaign, CampaignRefusal> {
        self.store.campaign_by_slug(slug).await?.ok_or(CampaignRefusal::Unknown)
    }

    /// What keeps a draft from being locked.
    pub async fn missing(&self, campaign: &Campaign) -> Result<Vec<Missing>, StoreError> {
        let people = self.ports.people(campaign.id).await?;
        Ok(rules::missing(campaign, people, self.now()))
    }

    /// The reporting groups that a lock would form now.
    ///
    /// # Errors
    /// `TooManyGroups`; `Store` when the database fails.
    pub async fn groups_to_be(&self, campaign: &Campaign) -> Result<GroupList, CampaignRefusal> {
        self.ports.groups(campaign).await?.ok_or(CampaignRefusal::TooManyGroups)
    }

    /// An audit entry of the campaign, to be committed together with the change that it records.
    fn line(&self, id: CampaignId, actor: &str, event: AuditEvent) -> AuditEntry {
        AuditEntry::new(Some(id), self.now(), self.entropy.bytes(), actor, event)
    }

    async fn again(&self, id: CampaignId) -> Result<Campaign, CampaignRefusal> {
        self.store.campaign(id).await?.ok_or(CampaignRefusal::Unknown)
    }

    /// Runs after every change: other services drop what they cached of the campaign, and the clock looks for due
    /// steps.
    async fn announce(&self, id: CampaignId) {
        self.ports.refresh(id).await;
        self.changed.notify_one();
    }

    fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.now_ms())
    }
}
