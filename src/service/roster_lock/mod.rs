//! Locking a roster: it forms reporting groups, gives each participant a shuffled slot and a salt, and writes the
//! roster log.
//!
//! Slots, salts and leaves are written in chunks under a claim, so that signing in another campaign is not held up. One
//! short commit then locks the campaign. An attempt that dies leaves the campaign a draft.

mod agencies;

use crate::certificate::CertificateTemplate;
use crate::certificate::layout_2::LAYOUT;
use crate::clock::{Clock, Entropy};
use crate::domain::audit::AuditEntry;
use crate::domain::campaign::Campaign;
use crate::domain::edition::{Edition, FIRST_EDITION};
use crate::domain::identifier::Identifier;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::leaf::{groups_leaf, roster_leaf};
use crate::domain::letterhead::Letterhead;
use crate::domain::reporting_group::{
    CombinedNames, FormedGroups, GroupList, InstitutionPeople, TooManyGroups, form_groups,
};
use crate::domain::time::UnixMillis;
use crate::keyring::Keyring;
use crate::store::pledges::LogKind;
use crate::store::registry::told_apart;
use crate::store::rosters::{
    self, CHUNK_ROWS_MAX, InstitutionRoster, ListedPerson, Lock, PeopleFilter, RosterHead, RosterVersion, Slot,
};
use crate::store::{SharedStore, StoreError};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::merkle::{Frontier, leaf_hash};
use agencies::{Agencies, UnitCounts};
use rand::seq::SliceRandom;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Chunks that may wait for the store before the shuffling thread blocks.
const CHUNKS_WAITING_MAX: usize = 2;

/// Locks the rosters of campaigns.
pub struct RosterLocker {
    /// The database.
    pub store: SharedStore,
    /// Gives the times of the claim and of the log head.
    pub clock: Arc<dyn Clock>,
    /// Gives the token of the claim, the order of the slots and the salts.
    pub entropy: Arc<Entropy>,
    /// Holds the key that signs the checkpoints of the campaign's logs.
    pub keyring: Arc<Keyring>,
    /// Host and port as in `public_url`, for the origin of the log.
    pub host: String,
}

/// Why a roster was not locked. The campaign stays a draft if it was one.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// No visible participant is on the roster.
    #[error("nobody is on the roster")]
    NoPeople,
    /// More reporting groups would be formed than a campaign may have.
    #[error(transparent)]
    TooManyGroups(#[from] TooManyGroups),
    /// The campaign is not a draft, its roster changed while it was being locked, or another attempt took over the
    /// claim. Also when the shuffling thread panicked.
    #[error("the campaign changed meanwhile")]
    Changed,
    /// The database fails, or the keyring lacks the log key of the campaign.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for LockError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Changed,
            error => Self::Store(error),
        }
    }
}

/// The locked roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Participants, each of whom has a slot: 1 to this number.
    pub people: u64,
    /// The list of groups that the first leaf of the roster log fixes.
    pub groups: GroupList,
}

impl RosterLocker {
    /// The groups that a lock would form now; none without people.
    ///
    /// # Errors
    /// When there would be too many, or the database fails.
    pub async fn preview(&self, campaign: &Campaign, names: &CombinedNames) -> Result<GroupList, LockError> {
        let institutions = self.store.institutions(campaign.id).await?;
        let units = told_apart(self.store.registered_units(campaign.id, None).await?);
        let counts = self.store.unit_counts(campaign.id).await?;
        let counts = counts.into_iter().map(|count| ((count.institution, count.unit), count.people)).collect();
        let people = Agencies::new(&units).people(institutions, &counts);
        Ok(form_groups(&people, campaign.settings.group_level, names)?.list)
    }

    /// Takes a campaign from draft to locked. `names` are those of groups that are put together; `seal_key` is the id
    /// of the key that seals the campaign's certificates. `audit` is written in the last commit, the one that locks.
    pub async fn lock(
        &self,
        campaign: &Campaign,
        names: &CombinedNames,
        seal_key: &str,
        audit: &AuditEntry,
    ) -> Result<Locked, LockError> {
        let token = self.entropy.bytes();
        let at = UnixMillis(self.clock.now_ms());
        self.store.begin_lock(campaign.id, token, at).await?;
        let institutions = self.store.institution_rosters(campaign.id).await?;
        let rosters: Vec<(String, RosterVersion)> = institutions.iter().map(InstitutionRoster::version).collect();
        let mut people = self.people(campaign.id, &rosters).await?;
        if people.is_empty() {
            return Err(LockError::NoPeople);
        }
        let units = told_apart(self.store.registered_units(campaign.id, None).await?);
        let agencies = Agencies::new(&units);
        let institutions = institutions.into_iter().map(|known| known.institution).collect();
        let sized = agencies.people(institutions, &unit_counts(&people, &rosters));
        let groups = form_groups(&sized, campaign.settings.group_level, names)?;
        place(&mut people, &sized, &agencies, &groups);
        let count = people.len() as u64;
        let (chunks, mut waiting) = mpsc::channel::<Chunk>(CHUNKS_WAITING_MAX);
        let entropy = Arc::clone(&self.entropy);
        let codes = rosters.iter().map(|(code, _)| code.clone()).collect();
        let shuffler = Shuffler { campaign: campaign.id, codes, hash: groups.list.hash() };
        let shuffling = tokio::task::spawn_blocking(move || shuffler.run(people, &entropy, &chunks));
        while let Some(chunk) = waiting.recv().await {
            self.store.lock_chunk(campaign.id, token, &chunk.slots, &rosters, chunk.first_leaf, &chunk.leaves).await?;
        }
        drop(waiting);
        let frontier = shuffling.await.map_err(|_| LockError::Changed)?;
        let head = self.head(campaign, &frontier)?;
        let digest = rosters::digest(&*self.store, campaign.id).await?;
        let letterheads = self.store.letterheads(campaign.id).await?;
        let edition = self.edition(campaign, letterheads, seal_key);
        let lock = Lock { token, rosters, groups, head, digest, edition };
        self.store.finish_lock(campaign.id, &lock, audit).await?;
        Ok(Locked { people: count, groups: lock.groups.list })
    }

    async fn people(
        &self,
        campaign: CampaignId,
        rosters: &[(String, RosterVersion)],
    ) -> Result<Vec<LockedPerson>, StoreError> {
        let mut people = Vec::new();
        let mut take = |person: &ListedPerson| {
            let of = &person.participant;
            if let Some(institution) = rosters.iter().position(|(code, _)| *code == of.institution) {
                let identifier = of.identifier.clone();
                people.push(LockedPerson { id: of.id, identifier, institution, unit: of.unit, group: 0 });
            }
        };
        self.store.visit_people(campaign, &PeopleFilter::default(), &mut take).await?;
        Ok(people)
    }

    /// The first edition of the campaign's certificates.
    fn edition(&self, campaign: &Campaign, letterheads: Vec<Letterhead>, seal_key: &str) -> Edition {
        Edition {
            number: FIRST_EDITION,
            layout: LAYOUT,
            template: CertificateTemplate::of(&campaign.settings, &self.host, letterheads).canonical(),
            seal_key: seal_key.into(),
            created_at: UnixMillis(self.clock.now_ms()),
        }
    }

    fn head(&self, campaign: &Campaign, frontier: &Frontier) -> Result<RosterHead, StoreError> {
        let origin = LogKind::Roster.origin(&self.host, &campaign.slug);
        let key = self.keyring.log(&campaign.log_key).ok_or(StoreError::Corrupt("log_key"))?;
        Ok(RosterHead {
            size: frontier.size(),
            frontier: frontier.to_bytes(),
            root: frontier.root(),
            checkpoint: key.sign_checkpoint(&Checkpoint::of(&origin, frontier)),
            at: UnixMillis(self.clock.now_ms()),
        })
    }
}

struct LockedPerson {
    id: ParticipantId,
    identifier: Identifier,
    /// Index in the list of institutions.
    institution: usize,
    unit: Option<u32>,
    /// Index of their reporting group, once the groups are formed.
    group: u32,
}

struct Chunk {
    slots: Vec<Slot>,
    first_leaf: u64,
    leaves: Vec<Vec<u8>>,
}

fn unit_counts(people: &[LockedPerson], rosters: &[(String, RosterVersion)]) -> UnitCounts {
    let mut counts: HashMap<(usize, Option<u32>), u64> = HashMap::new();
    people.iter().for_each(|person| *counts.entry((person.institution, person.unit)).or_default() += 1);
    counts.into_iter().map(|((institution, unit), people)| ((rosters[institution].0.clone(), unit), people)).collect()
}

/// Gives each person their group. `institutions` are in the order of those of the people.
fn place(
    people: &mut [LockedPerson],
    institutions: &[InstitutionPeople],
    agencies: &Agencies<'_>,
    groups: &FormedGroups,
) {
    let mut known: HashMap<(usize, Option<u32>), u32> = HashMap::new();
    for person in people {
        let key = (person.institution, person.unit);
        person.group = *known.entry(key).or_insert_with(|| {
            let code = &institutions[person.institution].institution.code;
            let agency = person.unit.and_then(|unit| agencies.of(code, unit));
            groups.group_of(code, agency).unwrap_or_default()
        });
    }
}

struct Shuffler {
    campaign: CampaignId,
    /// Codes of the institutions.
    codes: Vec<String>,
    hash: [u8; 32],
}

impl Shuffler {
    /// Assigns slots from 1 in random order. The leaf with index 0 fixes the list of groups, so that a slot is its
    /// leaf's index. Ends early if the receiver of the chunks is gone.
    fn run(&self, mut people: Vec<LockedPerson>, entropy: &Entropy, chunks: &mpsc::Sender<Chunk>) -> Frontier {
        entropy.with(|rng| people.shuffle(rng));
        let mut frontier = Frontier::new();
        let mut leaves = vec![groups_leaf(&self.hash)];
        let mut first_leaf = 0u64;
        let mut slot = 0u32;
        for part in people.chunks(CHUNK_ROWS_MAX) {
            let mut slots = Vec::with_capacity(part.len());
            for person in part {
                slot += 1;
                let salt = entropy.bytes();
                leaves.push(roster_leaf(self.campaign, person.group, slot, &person.identifier, &salt));
                slots.push(Slot {
                    participant: person.id,
                    institution: self.codes[person.institution].clone(),
                    slot,
                    group: person.group,
                    salt,
                });
            }
            // Sorted by the key of the index, so that the write touches neighbouring pages.
            slots.sort_unstable_by_key(|slot| slot.participant);
            leaves.iter().for_each(|leaf| frontier.append(leaf_hash(leaf)));
            let chunk = Chunk { slots, first_leaf, leaves: std::mem::take(&mut leaves) };
            first_leaf = frontier.size();
            if chunks.blocking_send(chunk).is_err() {
                break;
            }
        }
        frontier
    }
}
