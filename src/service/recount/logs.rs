//! One log by itself: its leaves without a gap, the root and right edge that follow from them, and the signed
//! checkpoint.

use super::{DifferenceKind, ROWS_READ_MAX, Recount, RecountFault, RecountProgress, stored};
use crate::domain::campaign::Campaign;
use crate::domain::leaf::groups_leaf;
use crate::domain::reporting_group::{Group, GroupList};
use crate::store::campaigns::GroupCount;
use crate::store::pledges::LogKind;
use crate::store::recount::RecountHead;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::merkle::{Frontier, leaf_hash};
use crate::tlog::note::{Note, VerifierKey};

impl Recount {
    /// Checks everything under the log's head and returns the head. Without a head the log must be empty; only the
    /// roster log of a locked campaign can't be.
    pub(super) async fn log(
        &self,
        campaign: &Campaign,
        log: LogKind,
        progress: RecountProgress<'_>,
    ) -> Result<(RecountHead, Option<Checkpoint>), RecountFault> {
        let Some(head) = self.store.recount_head(campaign.id, log).await.map_err(stored(log))? else {
            return self.empty_log(campaign, log).await;
        };
        let frontier = self.leaves(campaign, log, &head, progress).await?;
        if head.leaves_end > head.size {
            return Err(RecountFault::at(DifferenceKind::LeafBeyond, log, head.size));
        }
        if frontier.root() != head.root {
            return Err(RecountFault::of(DifferenceKind::Root, log));
        }
        if frontier.to_bytes() != head.frontier {
            return Err(RecountFault::of(DifferenceKind::Frontier, log));
        }
        let origin = log.origin(&self.host, &campaign.slug);
        let checkpoint = Checkpoint { origin, size: head.size, root: head.root };
        self.signed(campaign, log, &checkpoint, &head.checkpoint)?;
        Ok((head, Some(checkpoint)))
    }

    async fn empty_log(
        &self,
        campaign: &Campaign,
        log: LogKind,
    ) -> Result<(RecountHead, Option<Checkpoint>), RecountFault> {
        let pledges = self.store.count_pledges(campaign.id).await.map_err(stored(log))?;
        let leaves = self.store.recount_leaves(campaign.id, log, 0, 1).await.map_err(stored(log))?;
        if log == LogKind::Roster || (log == LogKind::Pledges && pledges > 0) || !leaves.is_empty() {
            return Err(RecountFault::of(DifferenceKind::HeadMissing, log));
        }
        let none = Frontier::new();
        let head = RecountHead {
            size: 0,
            root: none.root(),
            frontier: none.to_bytes(),
            checkpoint: String::new(),
            leaves_end: 0,
            pledges: 0,
        };
        Ok((head, None))
    }

    /// The root that the roster log had when it was locked, before anybody was added.
    pub(super) async fn locked_root(&self, campaign: &Campaign, people: u64) -> Result<[u8; 32], RecountFault> {
        let mut frontier = Frontier::new();
        while frontier.size() <= people {
            let limit = u32::try_from(people + 1 - frontier.size()).unwrap_or(u32::MAX).min(ROWS_READ_MAX);
            let page = self.store.recount_leaves(campaign.id, LogKind::Roster, frontier.size(), limit).await;
            let page = page.map_err(stored(LogKind::Roster))?;
            if page.is_empty() {
                return Err(RecountFault::at(DifferenceKind::LeafMissing, LogKind::Roster, frontier.size()));
            }
            page.iter().for_each(|leaf| frontier.append(leaf_hash(&leaf.bytes)));
        }
        Ok(frontier.root())
    }

    async fn leaves(
        &self,
        campaign: &Campaign,
        log: LogKind,
        head: &RecountHead,
        progress: RecountProgress<'_>,
    ) -> Result<Frontier, RecountFault> {
        let mut frontier = Frontier::new();
        while frontier.size() < head.size {
            let limit = u32::try_from(head.size - frontier.size()).unwrap_or(u32::MAX).min(ROWS_READ_MAX);
            let page =
                self.store.recount_leaves(campaign.id, log, frontier.size(), limit).await.map_err(stored(log))?;
            if page.is_empty() {
                return Err(RecountFault::at(DifferenceKind::LeafMissing, log, frontier.size()));
            }
            progress(page.len() as u64);
            for leaf in page {
                if leaf.index != frontier.size() {
                    return Err(RecountFault::at(DifferenceKind::LeafMissing, log, frontier.size()));
                }
                frontier.append(leaf_hash(&leaf.bytes));
            }
        }
        if log == LogKind::Roster {
            self.groups_leaf(campaign).await?;
        }
        Ok(frontier)
    }

    /// The first leaf of the roster log fixes the published list of groups.
    async fn groups_leaf(&self, campaign: &Campaign) -> Result<(), RecountFault> {
        let fault = stored(LogKind::Roster);
        let list = self.store.published_groups(campaign.id).await.map_err(&fault)?;
        let counts = self.store.group_counts(campaign.id).await.map_err(&fault)?;
        let first = self.store.recount_leaves(campaign.id, LogKind::Roster, 0, 1).await.map_err(&fault)?;
        let is_fixed = |list: &GroupList| first.first().is_some_and(|leaf| leaf.bytes == groups_leaf(&list.hash()));
        if list.is_some_and(|list| is_fixed(&list) && are_of_list(&counts, &list)) {
            Ok(())
        } else {
            Err(RecountFault::at(DifferenceKind::GroupsLeaf, LogKind::Roster, 0))
        }
    }

    fn signed(
        &self,
        campaign: &Campaign,
        log: LogKind,
        checkpoint: &Checkpoint,
        note: &str,
    ) -> Result<(), RecountFault> {
        let note = Note::parse(note).map_err(|_| RecountFault::of(DifferenceKind::Checkpoint, log))?;
        if Checkpoint::parse(&note.text).as_ref() != Some(checkpoint) {
            return Err(RecountFault::of(DifferenceKind::Checkpoint, log));
        }
        let key = self.keyring.log(&campaign.log_key);
        let key = key.and_then(|key| VerifierKey::new(&checkpoint.origin, key.public().to_bytes()));
        let signed = key.is_some_and(|key| note.verify(&[key]).is_ok());
        if signed { Ok(()) } else { Err(RecountFault::of(DifferenceKind::CheckpointSignature, log)) }
    }
}

/// Whether the groups that are counted are the published ones.
fn are_of_list(counts: &[GroupCount], list: &GroupList) -> bool {
    let is_of = |(count, group): (&GroupCount, &Group)| {
        (count.index, count.kind, count.eligible) == (group.index, group.kind, group.eligible)
            && (&count.code, &count.name) == (&group.code, &group.name)
            && list.institutions.get(group.institution).is_some_and(|institution| {
                (&count.institution, &count.institution_name) == (&institution.code, &institution.name)
            })
    };
    counts.len() == list.groups.len() && counts.iter().zip(&list.groups).all(is_of)
}
