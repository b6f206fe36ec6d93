//! Checks the roster in force against the roster log: each person's key and leaf, one person per slot, the size of each
//! group.

use super::notices::{Replayed, ReplayedSlot};
use super::{DifferenceKind, IndexBitmap, Lowest, ROWS_READ_MAX, Recount, RecountFault, RecountProgress, stored};
use crate::domain::campaign::Campaign;
use crate::domain::leaf::roster_leaf;
use crate::domain::notice::{NoticedPerson, RosterStanding};
use crate::domain::roster_digest::RosterDigest;
use crate::domain::unit::{Unit, unit_paths};
use crate::keyring::CampaignSecret;
use crate::store::pledges::LogKind;
use crate::store::recount::{RecountGroup, RecountHead, RecountPerson};
use crate::store::rosters::{ListedPerson, PeopleFilter, StoredPath};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

impl Recount {
    /// Checks the people and returns how many there are.
    pub(super) async fn people(
        &self,
        campaign: &Campaign,
        head: &RecountHead,
        groups: &[RecountGroup],
        replayed: &Replayed,
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
        let mut counts = GroupCounts::new(groups);
        let mut standings = vec![];
        let (mut after, mut people) = (None, 0);
        loop {
            let page = self.store.recount_people(campaign.id, after, ROWS_READ_MAX).await.map_err(stored(log))?;
            let Some(last) = page.last() else { break };
            after = Some(last.participant);
            people += page.len() as u64;
            progress(page.len() as u64);
            for person in &page {
                let noticed = replayed.slots.get(&person.slot);
                counts.count(person, noticed);
                if noticed.map_or(RosterStanding::Listed, |noticed| noticed.standing) != person.standing {
                    standings.push(person.slot);
                }
                let admission = noticed.map_or(1, |noticed| noticed.admission.max(1));
                // Whose leaf is beyond the head came meanwhile.
                let is_newer = u64::from(person.slot) >= head.size;
                if let Some(kind) = differs(campaign, &secret, person, admission).filter(|_| !is_newer) {
                    lowest.note(kind, log, person.slot.into());
                } else if !slots.take(person.slot.into()) {
                    lowest.note(DifferenceKind::SlotTwice, log, person.slot.into());
                }
            }
        }
        self.standings(campaign, replayed, &standings, &mut lowest).await?;
        lowest.settled()?;
        // Whose addition was undone has no row any more once they are added again.
        for (slot, _) in replayed.slots.iter().filter(|(_, noticed)| noticed.standing == RosterStanding::Withdrawn) {
            slots.take(u64::from(*slot));
        }
        if slots.first_free().is_some() {
            for slot in self.slots_noticed_since(campaign, replayed.size).await? {
                slots.take(slot.into());
            }
        }
        if let Some(slot) = slots.first_free() {
            return Err(RecountFault::at(DifferenceKind::SlotMissing, log, slot));
        }
        counts.compare(groups)?;
        Ok(people)
    }

    /// People whose standing isn't what the notices said, unless a notice was written about them meanwhile.
    async fn standings(
        &self,
        campaign: &Campaign,
        replayed: &Replayed,
        slots: &[u32],
        lowest: &mut Lowest,
    ) -> Result<(), RecountFault> {
        if slots.is_empty() {
            return Ok(());
        }
        let since = self.slots_noticed_since(campaign, replayed.size).await?;
        for slot in slots.iter().filter(|slot| !since.contains(slot)) {
            lowest.note(DifferenceKind::Standing, LogKind::Roster, u64::from(*slot));
        }
        Ok(())
    }

    /// Checks that names and units are as they were when the roster was locked, or as the notices have them since.
    pub(super) async fn roster_rows(&self, campaign: &Campaign, groups: &[RecountGroup]) -> Result<(), RecountFault> {
        let log = LogKind::Roster;
        let people = groups.iter().map(|group| group.eligible).sum();
        let Some(locked) = self.store.roster_digest(campaign.id).await.map_err(stored(log))? else { return Ok(()) };
        // A digest with another root was left by an earlier version of the program, which locked the roster again.
        if locked.root != self.locked_root(campaign, people).await? {
            return Ok(());
        }
        let mut read = None;
        loop {
            let replayed = self.notices(campaign, 0, u64::MAX).await?;
            let is_last = read == Some(replayed.size);
            read = Some(replayed.size);
            if self.locked_digest(campaign, people, &replayed).await? == Some(locked.digest) {
                return Ok(());
            }
            // Somebody may have been corrected while the rows were read.
            if is_last {
                return Err(RecountFault::of(DifferenceKind::RosterRows, log));
            }
        }
    }

    /// The digest of the rows as they were locked; `None` if a row isn't as the last notice has it.
    async fn locked_digest(
        &self,
        campaign: &Campaign,
        people: u64,
        replayed: &Replayed,
    ) -> Result<Option<[u8; 32]>, RecountFault> {
        let mut digest = RosterDigest::default();
        let fault = stored(LogKind::Roster);
        let units = self.store.units(campaign.id, None).await.map_err(&fault)?;
        units.iter().for_each(|unit| digest.unit(unit));
        let stored = self.store.stored_paths(campaign.id).await.map_err(&fault)?;
        if !are_paths_of(&stored, &units) {
            return Ok(None);
        }
        let mut is_noticed = true;
        let mut take = |listed: &ListedPerson| {
            let slot = listed.slot.unwrap_or_default();
            let noticed = replayed.slots.get(&slot);
            let row = noticed.and_then(|noticed| noticed.row.as_ref());
            is_noticed &= row.is_none_or(|row| *row == NoticedPerson::from(&listed.participant));
            if u64::from(slot) > people {
                is_noticed &= row.is_some();
            } else if let Some(locked) = noticed.and_then(|noticed| noticed.locked.as_ref()) {
                let of = &listed.participant;
                digest.person(&locked.participant(of.id, of.identifier.clone()));
            } else {
                digest.person(&listed.participant);
            }
        };
        let everybody = PeopleFilter { superseded: true, ..PeopleFilter::default() };
        self.store.visit_people(campaign.id, &everybody, &mut take).await.map_err(&fault)?;
        Ok(is_noticed.then(|| digest.finish()))
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

fn differs(
    campaign: &Campaign,
    secret: &CampaignSecret,
    person: &RecountPerson,
    admission: u8,
) -> Option<DifferenceKind> {
    if secret.admission_id(&person.identifier, admission) != person.participant {
        return Some(DifferenceKind::PersonKey);
    }
    let Some(salt) = &person.salt else { return Some(DifferenceKind::RosterLeaf) };
    let derived = roster_leaf(campaign.id, person.group, person.slot, &person.identifier, salt);
    (person.leaf.as_ref() != Some(&derived)).then_some(DifferenceKind::RosterLeaf)
}

/// People of each group, as rows and notices have them.
struct GroupCounts {
    /// Slots up to this one were given by the lock.
    locked: u64,
    groups: HashMap<u32, GroupTally>,
}

#[derive(Default)]
struct GroupTally {
    eligible: u64,
    added: u64,
    excused: u64,
}

impl GroupCounts {
    fn new(groups: &[RecountGroup]) -> Self {
        Self { locked: groups.iter().map(|group| group.eligible).sum(), groups: HashMap::new() }
    }

    /// Counts a person. A slot without a notice that was given after the lock is younger than the groups' numbers.
    fn count(&mut self, person: &RecountPerson, noticed: Option<&ReplayedSlot>) {
        let tally = self.groups.entry(person.group).or_default();
        let standing = noticed.map_or(RosterStanding::Listed, |noticed| noticed.standing);
        if u64::from(person.slot) <= self.locked {
            tally.eligible += 1;
        } else if noticed.is_some_and(|noticed| noticed.is_added) && standing != RosterStanding::Withdrawn {
            tally.added += 1;
        }
        tally.excused += u64::from(standing == RosterStanding::Excused);
    }

    fn compare(mut self, groups: &[RecountGroup]) -> Result<(), RecountFault> {
        for group in groups {
            let tally = self.groups.remove(&group.index).unwrap_or_default();
            let differs = [
                (tally.eligible != group.eligible, DifferenceKind::Eligible),
                (tally.added != group.added, DifferenceKind::Added),
                (tally.excused != group.excused, DifferenceKind::Excused),
            ];
            if let Some((_, kind)) = differs.into_iter().find(|(differs, _)| *differs) {
                return Err(RecountFault::at(kind, LogKind::Roster, group.index.into()));
            }
        }
        Ok(())
    }
}

/// Whether the stored paths are those of the units. Rosters that were locked before there were paths have none.
fn are_paths_of(stored: &[StoredPath], units: &[Unit]) -> bool {
    units.chunk_by(|one, other| one.institution == other.institution).all(|units| {
        let paths = unit_paths(units);
        let of = |stored: &&StoredPath| units.first().is_some_and(|unit| unit.institution == stored.institution);
        stored.iter().filter(of).all(|stored| paths.get(&stored.unit) == Some(&stored.path))
    })
}
