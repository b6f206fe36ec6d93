//! Checks the notices against their log, and replays them: who was added, excused, withdrawn and corrected.

use super::{DifferenceKind, ROWS_READ_MAX, Recount, RecountFault, stored};
use crate::domain::campaign::Campaign;
use crate::domain::leaf::notice_leaf;
use crate::domain::notice::{NoticeDetails, NoticedPerson, RosterStanding};
use crate::store::notices::StoredNotice;
use crate::store::pledges::LogKind;
use std::collections::{HashMap, HashSet};

const LOG: LogKind = LogKind::Notices;

/// What the notices say of each slot that they concern.
#[derive(Default)]
pub(super) struct Replayed {
    /// Notices that were replayed.
    pub size: u32,
    /// Slots with a notice about their person.
    pub slots: HashMap<u32, ReplayedSlot>,
    /// Revocations that have a notice.
    pub revoked: u64,
}

/// A person's slot after the notices about it.
#[derive(Clone, Debug, Default)]
pub(super) struct ReplayedSlot {
    pub standing: RosterStanding,
    /// Whether the slot was given after the lock.
    pub is_added: bool,
    /// The row as it was locked, where it was corrected since.
    pub locked: Option<NoticedPerson>,
    /// The row as the last notice has it; `None` where none has one.
    pub row: Option<NoticedPerson>,
    /// Which admission of its number the person is; 0: the first.
    pub admission: u8,
    /// Index of the notice of the addition.
    added_by: u32,
    /// Index of the notice of the last exclusion.
    excused_by: u32,
    is_revoked: bool,
}

impl ReplayedSlot {
    /// Undoes the notice with this index; `false` if the standing doesn't rest on it.
    fn undo(&mut self, other: u32) -> bool {
        match self.standing {
            RosterStanding::Excused if other == self.excused_by => {
                self.standing = RosterStanding::Listed;
                true
            }
            RosterStanding::Listed if self.is_added && other == self.added_by => {
                self.standing = RosterStanding::Withdrawn;
                true
            }
            _ => false,
        }
    }
}

impl Recount {
    /// Checks every notice below the head's size and replays those below `size`.
    pub(super) async fn notices(&self, campaign: &Campaign, head: u64, size: u64) -> Result<Replayed, RecountFault> {
        let mut replayed = Replayed::default();
        let mut index = 0u32;
        loop {
            let page = self.store.roster_notices(campaign.id, index, ROWS_READ_MAX).await.map_err(stored(LOG))?;
            let leaves = self.store.recount_leaves(campaign.id, LOG, index.into(), ROWS_READ_MAX).await;
            let leaves = leaves.map_err(stored(LOG))?;
            if page.is_empty() {
                break;
            }
            for (row, leaf) in page.iter().zip(&leaves) {
                let facts = &row.facts;
                let differs = |kind| RecountFault::at(kind, LOG, index.into());
                let derived = notice_leaf(campaign.id, facts, &row.details, &row.salt);
                if facts.index != index || leaf.index != u64::from(index) || leaf.bytes != derived {
                    return Err(differs(DifferenceKind::NoticeLeaf));
                }
                if u64::from(index) < size && !replayed.apply(row) {
                    return Err(differs(DifferenceKind::NoticeOrder));
                }
                index += 1;
            }
            if leaves.len() < page.len() {
                return Err(RecountFault::at(DifferenceKind::LeafMissing, LOG, index.into()));
            }
        }
        if u64::from(index) < head {
            return Err(RecountFault::at(DifferenceKind::NoticeLeaf, LOG, index.into()));
        }
        Ok(replayed)
    }

    /// Slots with a notice from an index on: their people changed while the rows were read.
    pub(super) async fn slots_noticed_since(
        &self,
        campaign: &Campaign,
        from: u32,
    ) -> Result<HashSet<u32>, RecountFault> {
        let mut slots = HashSet::new();
        let mut from = from;
        loop {
            let page = self.store.roster_notices(campaign.id, from, ROWS_READ_MAX).await.map_err(stored(LOG))?;
            let Some(last) = page.last() else { return Ok(slots) };
            from = last.facts.index + 1;
            slots.extend(page.iter().map(|row| row.facts.slot));
        }
    }
}

impl Replayed {
    /// Applies a notice; `false` if it can't follow on those before it.
    fn apply(&mut self, row: &StoredNotice) -> bool {
        let Ok(details) = serde_json::from_str::<NoticeDetails>(&row.details) else { return false };
        if details.kind() != row.facts.kind {
            return false;
        }
        self.size = row.facts.index + 1;
        let is_new = !self.slots.contains_key(&row.facts.slot);
        let slot = self.slots.entry(row.facts.slot).or_default();
        let is_listed = slot.standing == RosterStanding::Listed;
        let (index, other) = (row.facts.index, row.facts.other);
        match details {
            NoticeDetails::Added { person, .. } => {
                *slot = ReplayedSlot { is_added: true, row: Some(person), added_by: index, ..ReplayedSlot::default() };
                is_new && other == 0
            }
            NoticeDetails::Excused { .. } => {
                let follows = is_listed && other == 0;
                (slot.standing, slot.excused_by) = (RosterStanding::Excused, index);
                follows
            }
            NoticeDetails::Undone { .. } => slot.undo(other),
            NoticeDetails::Corrected { before, after, .. } => {
                let follows = is_listed && other == 0 && slot.row.as_ref().is_none_or(|row| *row == before);
                if !slot.is_added {
                    slot.locked.get_or_insert(before);
                }
                slot.row = Some(after);
                follows
            }
            NoticeDetails::AdmittedAnew { person, admission, .. } => {
                *slot = ReplayedSlot { row: Some(person), admission, ..ReplayedSlot::default() };
                let Some(earlier) = self.slots.get_mut(&other) else { return false };
                let follows = is_new && earlier.is_revoked && earlier.standing == RosterStanding::Listed;
                earlier.standing = RosterStanding::Superseded;
                follows && admission == earlier.admission.max(1) + 1
            }
            NoticeDetails::Revoked { .. } => {
                let follows = is_listed && !slot.is_revoked && other == 0;
                slot.is_revoked = true;
                self.revoked += 1;
                follows
            }
        }
    }
}
