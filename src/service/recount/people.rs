//! Checks the roster in force against the roster log: each person's key and leaf, one person per slot, the size of each
//! group.

use super::{DifferenceKind, IndexBitmap, Lowest, ROWS_READ_MAX, Recount, RecountFault, RecountProgress, stored};
use crate::domain::campaign::Campaign;
use crate::domain::leaf::roster_leaf;
use crate::keyring::CampaignSecret;
use crate::store::pledges::LogKind;
use crate::store::recount::{RecountGroup, RecountHead, RecountPerson};
use crate::store::rosters;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

impl Recount {
    /// Checks the people and returns how many there are.
    pub(super) async fn people(
        &self,
        campaign: &Campaign,
        head: &RecountHead,
        groups: &[RecountGroup],
        progress: RecountProgress<'_>,
    ) -> Result<u64, RecountFault> {
        let log = LogKind::Roster;
        let secret = self
            .keyring
            .open_secret(&campaign.id.0, &campaign.sealed_secret)
            .map_err(|_| RecountFault::of(DifferenceKind::Secret, log))?;
        let mut slots = IndexBitmap::new(head.size);
        // Index 0 is the list of groups.
        slots.take(0);
        let mut lowest = Lowest::default();
        let mut eligible: HashMap<u32, u64> = HashMap::new();
        let (mut after, mut people) = (None, 0);
        loop {
            let page = self.store.recount_people(campaign.id, after, ROWS_READ_MAX).await.map_err(stored(log))?;
            let Some(last) = page.last() else { break };
            after = Some(last.participant);
            people += page.len() as u64;
            progress(page.len() as u64);
            for person in &page {
                *eligible.entry(person.group).or_default() += 1;
                if let Some(kind) = differs(campaign, &secret, person) {
                    lowest.note(kind, log, person.slot.into());
                } else if !slots.take(person.slot.into()) {
                    lowest.note(DifferenceKind::SlotTwice, log, person.slot.into());
                }
            }
        }
        lowest.settled()?;
        if let Some(slot) = slots.first_free() {
            return Err(RecountFault::at(DifferenceKind::SlotMissing, log, slot));
        }
        for group in groups {
            if eligible.remove(&group.index).unwrap_or_default() != group.eligible {
                return Err(RecountFault::at(DifferenceKind::Eligible, log, group.index.into()));
            }
        }
        Ok(people)
    }

    /// Checks that names and units are as they were when the roster was locked.
    pub(super) async fn roster_rows(&self, campaign: &Campaign, head: &RecountHead) -> Result<(), RecountFault> {
        let log = LogKind::Roster;
        let locked = self.store.roster_digest(campaign.id).await.map_err(stored(log))?;
        // A digest with another root was left by an earlier version of the program, which locked the roster again.
        let Some(locked) = locked.filter(|locked| locked.root == head.root) else { return Ok(()) };
        let digest = rosters::digest(&*self.store, campaign.id).await.map_err(stored(log))?;
        if digest == locked.digest { Ok(()) } else { Err(RecountFault::of(DifferenceKind::RosterRows, log)) }
    }

    /// Checks that every text of the campaign has the hash that names it.
    pub(super) async fn texts(&self, campaign: &Campaign) -> Result<(), RecountFault> {
        let log = LogKind::Pledges;
        for version in self.store.text_versions(campaign.id).await.map_err(stored(log))? {
            let canonical = self.store.canonical_text(&version.text_hash).await.map_err(stored(log))?;
            if canonical.is_none_or(|text| Sha256::digest(text)[..] != version.text_hash) {
                return Err(RecountFault::of(DifferenceKind::TextBytes, log));
            }
        }
        Ok(())
    }
}

fn differs(campaign: &Campaign, secret: &CampaignSecret, person: &RecountPerson) -> Option<DifferenceKind> {
    if secret.participant_id(&person.identifier) != person.participant {
        return Some(DifferenceKind::PersonKey);
    }
    let Some(salt) = &person.salt else { return Some(DifferenceKind::RosterLeaf) };
    let derived = roster_leaf(campaign.id, person.group, person.slot, &person.identifier, salt);
    (person.leaf.as_ref() != Some(&derived)).then_some(DifferenceKind::RosterLeaf)
}
