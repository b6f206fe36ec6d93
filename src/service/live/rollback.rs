//! Whether the database still holds what this node has shown and acknowledged.
//!
//! A database that goes back, because an old backup was restored or a standby took over without the last commits, would
//! sign a second history of the same log. At start it is refused. Under a running node it is noticed by the next batch,
//! whose commit says what the node knows, or by the next reading; from then on the node signs and publishes nothing
//! more.

use super::{HighWaterFault, Live};
use crate::domain::campaign::Campaign;
use crate::domain::ids::CampaignId;
use crate::store::StoreError;
use crate::store::pledges::{KnownSizes, LogKind};
use crate::store::public_numbers::PublicNumbers;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::merkle::{Frontier, leaf_hash};
use crate::tlog::note::Note;
use std::fmt::Display;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

/// Leaves read in one step when a root is derived again.
const LEAVES_READ_MAX: u32 = 4_096;

/// Why a database isn't served at start.
#[derive(Debug, thiserror::Error)]
pub enum OldDatabase {
    /// A log is shorter than what was published, or another history, or the mark can't be read.
    #[error(transparent)]
    HighWater(#[from] HighWaterFault),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a running node reports: the log is shorter than the node knows it to be.
#[derive(Debug, thiserror::Error)]
#[error("the log of {slug} has {size} entries, but this node knows of {known}: the database is an old copy")]
pub(super) struct LogRollback {
    pub slug: String,
    pub size: u64,
    pub known: u64,
}

impl Live {
    /// Compares the database with what this node has published before: `Err` when it is an old copy or another history.
    /// Must run before anything is served. A log that has grown since is read up to the mark.
    pub async fn refuse_old_database(&self) -> Result<(), OldDatabase> {
        let mut heads = Vec::new();
        for campaign in self.store.campaigns().await? {
            let numbers = self.store.public_numbers(campaign.id).await?;
            for (log, head) in self::heads(&campaign, &numbers) {
                let marked = self.high_water.lock().unwrap_or_else(PoisonError::into_inner).size(&head.origin);
                if marked < head.size {
                    let marked = self.head_at(campaign.id, log, &head, marked).await?;
                    self.high_water.lock().unwrap_or_else(PoisonError::into_inner).check(&marked)?;
                }
                heads.push(head);
            }
        }
        self.high_water.lock().unwrap_or_else(PoisonError::into_inner).check_all(&heads)?;
        Ok(())
    }

    /// The head that a log had at an earlier size.
    async fn head_at(
        &self,
        campaign: CampaignId,
        log: LogKind,
        head: &Checkpoint,
        size: u64,
    ) -> Result<Checkpoint, StoreError> {
        let mut frontier = Frontier::new();
        while frontier.size() < size {
            let limit = u32::try_from(size - frontier.size()).unwrap_or(u32::MAX).min(LEAVES_READ_MAX);
            let leaves = self.store.leaves(campaign, log, frontier.size(), limit).await?;
            if leaves.is_empty() {
                return Err(StoreError::Corrupt("leaf_index"));
            }
            for leaf in leaves {
                frontier.append(leaf_hash(&leaf));
            }
        }
        Ok(Checkpoint::of(&head.origin, &frontier))
    }

    /// Whether the database was found to hold less, or something else, than this node has shown or acknowledged. It
    /// stays `true` until a restart, which checks again: a log that has grown past the known size again is another
    /// history.
    pub fn rollback_detected(&self) -> bool {
        self.rollback_detected.load(Ordering::Relaxed)
    }

    /// Stops signing and publishing until a restart. Logs the reason of the first call only.
    pub fn halt_signing(&self, fault: &(dyn Display + Sync)) {
        if !self.rollback_detected.swap(true, Ordering::Relaxed) {
            tracing::error!(%fault, "the database went back: nothing more is signed or published until a restart");
        }
    }

    /// Sizes that the campaign's logs have at least, as far as this node knows; 0 where it isn't public.
    pub fn known_sizes(&self, campaign: CampaignId) -> KnownSizes {
        self.index().by_id.get(&campaign).map_or_else(KnownSizes::default, |place| place.known.sizes())
    }

    /// People who were on the campaign's roster when it was locked, as far as this node knows; 0 where it isn't public.
    pub fn locked_people(&self, campaign: CampaignId) -> u64 {
        self.index().by_id.get(&campaign).map_or(0, |place| place.now().snapshot.eligible)
    }

    /// A log that was known to be longer than its head went back.
    pub(super) fn check_not_shorter(&self, campaign: &Campaign, heads: &[(LogKind, Checkpoint)], known: KnownSizes) {
        for log in LogKind::ALL {
            let size = heads.iter().find(|(kind, _)| *kind == log).map_or(0, |(_, head)| head.size);
            if size < known.of(log) {
                self.halt_signing(&LogRollback { slug: campaign.slug.clone(), size, known: known.of(log) });
            }
        }
    }

    /// A campaign that has pledges never disappears, nor returns to draft: if it does, the database went back.
    pub(super) fn check_none_vanished(&self, campaigns: &[Campaign]) {
        for place in &self.index().order {
            let (shown, known) = (place.now(), place.known.sizes().pledges);
            let there = campaigns.iter().any(|one| one.id == shown.campaign.id && one.state.is_public());
            if known > 0 && !there {
                self.halt_signing(&LogRollback { slug: shown.campaign.slug.clone(), size: 0, known });
            }
        }
    }
}

/// The heads that may never go back: the pledge log's, and from the opening on those of the roster and notices logs.
/// Before it, the roster can still be unlocked.
pub(super) fn heads(campaign: &Campaign, numbers: &PublicNumbers) -> Vec<(LogKind, Checkpoint)> {
    let checkpoints = [
        (LogKind::Pledges, &numbers.pledges_checkpoint),
        (LogKind::Roster, &numbers.roster_checkpoint),
        (LogKind::Notices, &numbers.notices_checkpoint),
    ];
    let is_kept = |log| log == LogKind::Pledges || campaign.state.is_settled();
    let kept = checkpoints.into_iter().filter(|(log, _)| is_kept(*log));
    kept.filter_map(|(log, checkpoint)| Some((log, head_of(checkpoint.as_deref()?)?))).collect()
}

fn head_of(checkpoint: &str) -> Option<Checkpoint> {
    Checkpoint::parse(&Note::parse(checkpoint).ok()?.text)
}
