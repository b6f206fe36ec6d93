//! The clock that opens and closes campaigns at their instants, and notices what other processes changed.
//!
//! It reads the campaigns once a second, so a step taken by the command line reaches this server within that time. What
//! is admitted is decided by instants, not by when this task wakes: see `Campaign::accepts`.
//!
//! Opening and closing take effect on all nodes, so a node whose own clock is wrong takes neither step.

use super::{CampaignRefusal, Campaigns};
use crate::domain::audit::ACTOR_CLOCK;
use crate::domain::campaign::{CLOSING_DRAIN_SECS_MAX, Campaign, CampaignState, Transition};
use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Longest sleep of the clock.
const TICK_MAX: Duration = Duration::from_secs(1);
/// Shortest sleep, so that a step that keeps failing doesn't occupy a core.
const TICK_MIN: Duration = Duration::from_millis(5);

/// A tick that takes longer, draining included, is given up: the database doesn't answer. What was due stays due.
const TICK_TIMEOUT: Duration = Duration::from_secs(30);

/// Milliseconds that a node's clock may differ from the database's. Beyond it the clock is wrong, and so would be the
/// node's admission times and steps.
const CLOCK_APART_MS_MAX: i64 = 2_000;

/// Each campaign as the clock last read it.
pub(super) type ClockReading = HashMap<CampaignId, Campaign>;

impl Campaigns {
    /// Runs until it is dropped. One per node.
    pub async fn run_clock(self: Arc<Self>) {
        let mut seen = ClockReading::new();
        loop {
            let next = tokio::time::timeout(TICK_TIMEOUT, self.tick(&mut seen)).await;
            let next = match next.unwrap_or_else(|_| Err(StoreError::no_answer().into())) {
                Ok(next) => next,
                Err(error) => {
                    tracing::error!(%error, "the clock couldn't read the campaigns");
                    TICK_MAX
                }
            };
            tokio::select! {
                () = tokio::time::sleep(next) => {}
                () = self.changed.notified() => {}
            }
        }
    }

    /// Takes every step that is due and returns how long to sleep.
    pub(super) async fn tick(&self, seen: &mut ClockReading) -> Result<Duration, CampaignRefusal> {
        let campaigns = self.store.campaigns().await?;
        let may_step = self.ports.may_step();
        let mut next = TICK_MAX;
        for campaign in campaigns {
            if seen.get(&campaign.id) != Some(&campaign) {
                self.ports.refresh(campaign.id).await;
            }
            // A step that failed is tried again a second later, not at once.
            if may_step && self.is_right_for(&campaign).await? && followed(&campaign.slug, self.follow(&campaign).await)
            {
                next = next.min(self.until_due(&campaign));
            }
            seen.insert(campaign.id, campaign);
        }
        Ok(next.max(TICK_MIN))
    }

    /// Whether this node's clock may decide about the campaign. The database's clock is read only when a step is due.
    async fn is_right_for(&self, campaign: &Campaign) -> Result<bool, StoreError> {
        let is_due = campaign.due(self.now()).is_some() || campaign.state == CampaignState::Closing;
        let right = !is_due || self.clock_agrees().await?;
        if !right {
            tracing::warn!(slug = campaign.slug, "this node's clock isn't the database's: it opens and closes nothing");
        }
        Ok(right)
    }

    async fn follow(&self, campaign: &Campaign) -> Result<(), CampaignRefusal> {
        match campaign.due(self.now()) {
            Some(transition @ (Transition::Open | Transition::BeginClosing)) => {
                let next = self.next(campaign, transition)?;
                let times = (campaign.opens_at, campaign.closes_at);
                self.step(ACTOR_CLOCK, campaign, next, times.0, times.1, String::new()).await?;
                if next == CampaignState::Closing { self.finish(&self.again(campaign.id).await?).await } else { Ok(()) }
            }
            _ if campaign.state == CampaignState::Closing => self.finish(campaign).await,
            _ => Ok(()),
        }
    }

    /// Closes the campaign once the other nodes have settled and this node's queue is drained. All that was admitted
    /// before the closing instant is then committed; what a drain of [`CLOSING_DRAIN_SECS_MAX`] seconds leaves is
    /// refused. From here on the log's size is final.
    async fn finish(&self, campaign: &Campaign) -> Result<(), CampaignRefusal> {
        if self.settled_at(campaign).is_some_and(|at| self.now() < at) {
            return Ok(());
        }
        let longest = Duration::from_secs(CLOSING_DRAIN_SECS_MAX.unsigned_abs());
        if tokio::time::timeout(longest, self.ports.drain(campaign.id)).await.is_err() {
            tracing::warn!(slug = campaign.slug, "the queue wasn't empty in time; what is left in it is refused");
        }
        self.finish_closing(ACTOR_CLOCK, campaign).await
    }

    /// Whether this node's clock is within 2 seconds of the database's; `true` where the database has no clock of its
    /// own. The database's clock is read between two readings of this node's, so the round trip doesn't count.
    pub async fn clock_agrees(&self) -> Result<bool, StoreError> {
        let before = self.now().0;
        let Some(theirs) = self.store.database_clock_ms().await? else { return Ok(true) };
        let after = self.now().0;
        Ok(before - CLOCK_APART_MS_MAX <= theirs && theirs <= after + CLOCK_APART_MS_MAX)
    }

    fn settled_at(&self, campaign: &Campaign) -> Option<UnixMillis> {
        Some(campaign.closes_at?.plus_secs(self.ports.others_settle_secs()))
    }

    /// How long until the next instant of a campaign at which something is due.
    fn until_due(&self, campaign: &Campaign) -> Duration {
        let at = match campaign.state {
            CampaignState::Locked => campaign.opens_at,
            CampaignState::Open | CampaignState::Paused => campaign.closes_at,
            CampaignState::Closing => self.settled_at(campaign),
            CampaignState::Draft | CampaignState::Closed | CampaignState::Cancelled => None,
        };
        at.map_or(TICK_MAX, |at| Duration::from_millis(u64::try_from(at.0.saturating_sub(self.now().0)).unwrap_or(0)))
    }
}

/// Logs why a step wasn't taken. `false` when it failed and waits for the next full tick.
fn followed(slug: &str, followed: Result<(), CampaignRefusal>) -> bool {
    match followed {
        Ok(()) => true,
        // Another node took the step first.
        Err(CampaignRefusal::NotAllowed(_)) => {
            tracing::debug!(slug, "the step was taken already");
            true
        }
        Err(error) => {
            tracing::warn!(slug, %error, "a step of the clock wasn't taken");
            false
        }
    }
}
