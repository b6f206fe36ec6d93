//! Derives a campaign's logs, numbers and credentials again from its rows, and names the first thing that differs.
//!
//! Everything is read in pages, so that memory holds one page, one bit per pledge and the pledge ids. It may run beside
//! a server: what is committed meanwhile is checked, but counted only up to the instant whose numbers were read. Drawn
//! signatures are in no log and no credential, so the only check is that they can be read.

mod logs;
mod notices;
mod people;
mod pledges;

use crate::domain::campaign::Campaign;
use crate::every_variant::every_variant;
use crate::keyring::Keyring;
use crate::store::pledges::LogKind;
use crate::store::{SharedStore, StoreError};
use crate::tlog::checkpoint::Checkpoint;
use std::sync::Arc;

/// Rows or leaves read in one page.
pub const ROWS_READ_MAX: u32 = 4_096;

/// What differs: enough to look for it, and nothing about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferenceKind {
    /// The campaign's secret doesn't open under this keyring.
    Secret,
    /// A log that must have a head has none.
    HeadMissing,
    /// There is no leaf with this index.
    LeafMissing,
    /// There are leaves beyond the head's size.
    LeafBeyond,
    /// The head's root isn't the root of the leaves.
    Root,
    /// The stored right edge of the tree isn't that of the leaves.
    Frontier,
    /// The checkpoint can't be read, or names another log, size or root than the head.
    Checkpoint,
    /// The checkpoint isn't signed by the log key.
    CheckpointSignature,
    /// The first leaf isn't the hash of the list of groups.
    GroupsLeaf,
    /// The leaf isn't what follows from the person's row.
    RosterLeaf,
    /// A person or a unit isn't as it was when the roster was locked.
    RosterRows,
    /// A text isn't the one that its hash names, or isn't there.
    TextBytes,
    /// The key that follows from the identifier isn't the row's.
    PersonKey,
    /// Two people have this slot.
    SlotTwice,
    /// Nobody on the roster has this slot.
    SlotMissing,
    /// The leaf isn't what follows from the pledge's row.
    PledgeLeaf,
    /// Two pledges have this index in the log.
    PledgeTwice,
    /// No pledge has this index in the log.
    PledgeMissing,
    /// There are pledges that are in no log.
    PledgeBeyond,
    /// Two pledges have one id, or an id isn't of this campaign.
    PledgeId,
    /// The pledge's participant isn't on the roster.
    PledgeOfNobody,
    /// The pledge is about another text than the campaign's.
    Text,
    /// The count in the signer's receipt can't have been right: it isn't above the pledge's index, or it exceeds the
    /// log's size.
    SignedCount,
    /// The credential can't be read.
    CredentialBytes,
    /// The credential isn't signed by the keyring's credential key.
    CredentialSignature,
    /// The credential's claims differ from the row.
    CredentialClaims,
    /// The drawn signature can't be decoded.
    Drawing,
    /// The leaf isn't what follows from the notice's row.
    NoticeLeaf,
    /// The notice can't follow on those before it, or its details can't be read.
    NoticeOrder,
    /// A person's standing isn't what the notices say.
    Standing,
    /// A group's number of people isn't the roster's. The index is the group's.
    Eligible,
    /// A group's number of added people isn't what the notices say. The index is the group's.
    Added,
    /// A group's number of excused people isn't what the notices say. The index is the group's.
    Excused,
    /// A group's number of signed pledges isn't that of the rows. The index is the group's.
    Signed,
    /// A group's number of revoked pledges isn't that of the rows. The index is the group's.
    Revoked,
    /// A revocation has no pledge.
    RevocationOfNothing,
    /// A stored value isn't what its column holds.
    Malformed,
}

impl DifferenceKind {
    /// Every kind.
    pub const ALL: [Self; 37] = every_variant!(DifferenceKind:
        Secret, HeadMissing, LeafMissing, LeafBeyond, Root, Frontier, Checkpoint, CheckpointSignature, GroupsLeaf,
        RosterLeaf, RosterRows, TextBytes, PersonKey, SlotTwice, SlotMissing, PledgeLeaf, PledgeTwice,
        PledgeMissing, PledgeBeyond, PledgeId, PledgeOfNobody, Text, SignedCount, CredentialBytes,
        CredentialSignature, CredentialClaims, Drawing, NoticeLeaf, NoticeOrder, Standing, Eligible, Added, Excused,
        Signed, Revoked, RevocationOfNothing, Malformed
    );
}

/// The first thing that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub kind: DifferenceKind,
    /// The log that it concerns.
    pub log: LogKind,
    /// The index in the log, or of a reporting group where the kind says so.
    pub index: Option<u64>,
}

impl Difference {
    fn at(kind: DifferenceKind, log: LogKind, index: u64) -> Self {
        Self { kind, log, index: Some(index) }
    }

    fn of(kind: DifferenceKind, log: LogKind) -> Self {
        Self { kind, log, index: None }
    }
}

/// What was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recounted {
    /// People on the roster; 0 before it is locked.
    pub people: u64,
    /// Pledges in the log, revoked ones included.
    pub pledges: u64,
    /// Revocations; each has its pledge.
    pub revoked: u64,
    /// Notices in the log.
    pub notices: u64,
    /// Heads of the logs, as they were read.
    pub heads: Vec<Checkpoint>,
}

/// Why a recount ended early.
#[derive(Debug, thiserror::Error)]
pub enum RecountFault {
    /// The rows contradict each other; holds the first difference.
    #[error("the rows don't fit together")]
    Differs(Difference),
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
}

impl RecountFault {
    fn at(kind: DifferenceKind, log: LogKind, index: u64) -> Self {
        Self::Differs(Difference::at(kind, log, index))
    }

    fn of(kind: DifferenceKind, log: LogKind) -> Self {
        Self::Differs(Difference::of(kind, log))
    }
}

/// Called with the number of rows and leaves that were checked since the last call.
pub type RecountProgress<'p> = &'p (dyn Fn(u64) + Send + Sync);

/// Recounts campaigns of one store.
pub struct Recount {
    /// Where the rows are read from.
    pub store: SharedStore,
    /// Opens the campaigns' secrets and checks signatures.
    pub keyring: Arc<Keyring>,
    /// Host and port of the logs' origins.
    pub host: String,
}

impl Recount {
    /// About how many rows and leaves [`Self::campaign`] will check.
    pub async fn steps(&self, campaign: &Campaign) -> Result<u64, StoreError> {
        let mut steps = 0;
        for log in LogKind::ALL {
            steps += self.store.recount_head(campaign.id, log).await?.map_or(0, |head| 2 * head.size);
        }
        Ok(steps)
    }

    /// Checks everything of a campaign, in this order: the notices log and its notices, the roster log and its people,
    /// the pledge log and its pledges, the groups' numbers, the revocations. A draft must have no pledges and no pledge
    /// log.
    pub async fn campaign(
        &self,
        campaign: &Campaign,
        progress: RecountProgress<'_>,
    ) -> Result<Recounted, RecountFault> {
        if self.keyring.open_secret(&campaign.id.0, &campaign.sealed_secret).is_err() {
            return Err(RecountFault::of(DifferenceKind::Secret, LogKind::Roster));
        }
        let groups = self.store.recount_groups(campaign.id).await.map_err(stored(LogKind::Pledges))?;
        if groups.is_empty() {
            return self.unlocked(campaign).await;
        }
        let (notices, notices_head) = self.log(campaign, LogKind::Notices, progress).await?;
        let counted = groups.first().map_or(0, |group| group.notices_size);
        let replayed = self.notices(campaign, notices.size, counted).await?;
        let (roster, roster_head) = self.log(campaign, LogKind::Roster, progress).await?;
        let people = self.people(campaign, &roster, &groups, &replayed, progress).await?;
        // The groups were read first, so the log holds all that they count.
        let (log, pledges_head) = self.log(campaign, LogKind::Pledges, progress).await?;
        let pledges = self.pledges(campaign, &log, &groups, progress).await?;
        let revoked = pledges::revocations(&groups, replayed.revoked)?;
        // Last, since a log or a credential also tells at which index it differs.
        self.roster_rows(campaign, &groups).await?;
        self.texts(campaign).await?;
        let heads = [roster_head, pledges_head, notices_head].into_iter().flatten().collect();
        Ok(Recounted { people, pledges, revoked, notices: notices.size, heads })
    }

    /// Checks that a campaign that isn't locked has no pledge and no pledge log.
    async fn unlocked(&self, campaign: &Campaign) -> Result<Recounted, RecountFault> {
        let pledges = self.store.count_pledges(campaign.id).await.map_err(stored(LogKind::Pledges))?;
        let head = self.store.log_head(campaign.id, LogKind::Pledges).await.map_err(stored(LogKind::Pledges))?;
        if pledges > 0 || head.is_some() {
            return Err(RecountFault::of(DifferenceKind::PledgeBeyond, LogKind::Pledges));
        }
        Ok(Recounted::default())
    }
}

/// A malformed value counts as a difference; every other error is the database's.
fn stored(log: LogKind) -> impl Fn(StoreError) -> RecountFault {
    move |error| match error {
        StoreError::Corrupt(_) => RecountFault::of(DifferenceKind::Malformed, log),
        error => RecountFault::Store(error),
    }
}

/// One bit for each index below a size.
struct IndexBitmap {
    bits: Vec<u64>,
    size: u64,
}

impl IndexBitmap {
    fn new(size: u64) -> Self {
        Self { bits: vec![0; usize::try_from(size.div_ceil(64)).unwrap_or(usize::MAX)], size }
    }

    /// Takes an index; `true` when it was free. An index beyond the size is always free.
    fn take(&mut self, index: u64) -> bool {
        let Some(word) = usize::try_from(index / 64).ok().filter(|_| index < self.size) else { return true };
        let bit = 1 << (index % 64);
        let free = self.bits[word] & bit == 0;
        self.bits[word] |= bit;
        free
    }

    /// The lowest index that is still free.
    fn first_free(&self) -> Option<u64> {
        let word = self.bits.iter().position(|word| *word != u64::MAX)?;
        let index = word as u64 * 64 + u64::from(self.bits[word].trailing_ones());
        (index < self.size).then_some(index)
    }
}

/// Keeps the difference with the lowest index, since rows aren't read in the log's order.
#[derive(Default)]
struct Lowest(Option<Difference>);

impl Lowest {
    fn note(&mut self, kind: DifferenceKind, log: LogKind, index: u64) {
        if self.0.is_none_or(|known| known.index.is_none_or(|at| index < at)) {
            self.0 = Some(Difference::at(kind, log, index));
        }
    }

    fn settled(self) -> Result<(), RecountFault> {
        self.0.map_or(Ok(()), |difference| Err(RecountFault::Differs(difference)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_free_place_is_found_and_none_is_taken_twice() {
        let mut places = IndexBitmap::new(130);
        for index in (0..130).filter(|index| *index != 128) {
            assert!(places.take(index));
        }
        assert!(!places.take(64));
        assert_eq!(places.first_free(), Some(128));
        assert!(places.take(128) && places.take(500) && places.take(500));
        assert_eq!(places.first_free(), None);
        assert_eq!(IndexBitmap::new(0).first_free(), None);
        assert_eq!(IndexBitmap::new(64).first_free(), Some(0));
    }

    #[test]
    fn the_lowest_index_is_kept() {
        let mut lowest = Lowest::default();
        lowest.note(DifferenceKind::PledgeLeaf, LogKind::Pledges, 9);
        lowest.note(DifferenceKind::Text, LogKind::Pledges, 3);
        lowest.note(DifferenceKind::PledgeLeaf, LogKind::Pledges, 4);
        assert_eq!(lowest.0, Some(Difference::at(DifferenceKind::Text, LogKind::Pledges, 3)));
    }
}
