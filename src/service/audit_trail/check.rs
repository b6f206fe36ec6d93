//! Walks a trail and names the first line that isn't the one that was chained.

use crate::domain::audit::AuditEntryId;
use crate::domain::audit_chain::{BEGINNING, LineHash, PlacedLine, TrailHead};
use crate::domain::ids::CampaignId;
use crate::every_variant::every_variant;
use crate::store::{SharedStore, StoreError};
use data_encoding::HEXLOWER_PERMISSIVE;

/// Lines read at once.
const LINES_READ_MAX: u32 = 1_000;
/// How often a trail that grows meanwhile is read further.
const ROUNDS_MAX: u32 = 64;
/// Trails of one installation: one for each campaign, and its own.
const TRAILS_MAX: u32 = 10_000;
/// Shortest noted hash, in bytes: long enough that a forger can't search for a match.
pub const NOTED_BYTES_MIN: usize = 16;

/// What is wrong with a trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrailFaultKind {
    /// The line isn't the one chained here: it was changed, inserted, or moved from elsewhere.
    Line,
    /// No line has this place: it was removed, or cut off the end.
    Missing,
    /// A line has a place beyond the last one that the head names.
    Beyond,
    /// Unchained lines beside chained ones: inserted, or written by an earlier program that still serves.
    Unchained,
    /// There are chained lines but no head.
    HeadMissing,
    /// The head's hash isn't that of the last line, or its newest id isn't the highest.
    Head,
    /// A stored value isn't valid for its column.
    Malformed,
}

impl TrailFaultKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        every_variant!(TrailFaultKind: Line, Missing, Beyond, Unchained, HeadMissing, Head, Malformed);
}

/// Why a trail can't be called sound.
#[derive(Debug, thiserror::Error)]
pub enum TrailFault {
    /// The trail differs from what was written.
    #[error("the audit trail isn't the one that was written")]
    Differs {
        /// What is wrong.
        kind: TrailFaultKind,
        /// The first place concerned, counted from 1; `None` where it isn't known.
        place: Option<u64>,
    },
    /// The database failed, so nothing is known about the trail. The operator runs the check again.
    #[error(transparent)]
    Store(StoreError),
}

/// A trail found sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckedTrail {
    /// The end of the chain; `None` if no line is chained.
    pub head: Option<TrailHead>,
    /// Lines of an earlier program in a trail that was never chained.
    pub unchained: u64,
    /// Whether one of its lines has the noted hash.
    pub is_noted: bool,
}

/// The beginning of a hash that a person wrote down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedHash(Vec<u8>);

impl NotedHash {
    /// Reads hexadecimal digits with any spaces between them, from twice [`NOTED_BYTES_MIN`] to 64; `None` for anything
    /// else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        let bytes = HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
        (NOTED_BYTES_MIN..=32).contains(&bytes.len()).then_some(Self(bytes))
    }
}

/// The trails to check, and the hash to look for on the way.
pub struct TrailCheck {
    /// The trails to check; `None` in the list is the installation's own.
    pub trails: Vec<Option<CampaignId>>,
    /// The hash to look for; `None` to look for none.
    pub noted: Option<NotedHash>,
    /// Whether any trail is chained; then all of them must be.
    chained: bool,
}

impl TrailCheck {
    /// All trails, or only one campaign's.
    pub async fn of(
        store: &SharedStore,
        campaign: Option<CampaignId>,
        noted: Option<NotedHash>,
    ) -> Result<Self, StoreError> {
        let mut trails = store.audit_trails(TRAILS_MAX).await?;
        let mut chained = false;
        for trail in &trails {
            chained |=
                store.audit_head(*trail).await?.is_some() || !store.audit_chain(*trail, i64::MIN, 1).await?.is_empty();
        }
        if let Some(campaign) = campaign {
            trails.retain(|trail| *trail == Some(campaign));
        }
        Ok(Self { trails, noted, chained })
    }
}

/// Checks one trail, even while lines are written to it.
pub async fn check(
    store: &SharedStore,
    of: &TrailCheck,
    trail: Option<CampaignId>,
) -> Result<CheckedTrail, TrailFault> {
    let mut walk =
        Walk { place: 0, newest: AuditEntryId([0; 16]), hash: BEGINNING, noted: of.noted.as_ref(), is_noted: false };
    let mut head = store.audit_head(trail).await.map_err(stored)?;
    for _ in 0..ROUNDS_MAX {
        walk.up_to(store, trail, head).await?;
        let before = head;
        head = store.audit_head(trail).await.map_err(stored)?;
        if head == before {
            break;
        }
    }
    let unchained = store.unchained_audit_lines(trail).await.map_err(stored)?;
    if unchained > 0 && of.chained {
        return Err(TrailFault::Differs { kind: TrailFaultKind::Unchained, place: None });
    }
    Ok(CheckedTrail { head, unchained, is_noted: walk.is_noted })
}

/// The state of a walk.
struct Walk<'n> {
    place: u64,
    newest: AuditEntryId,
    hash: LineHash,
    noted: Option<&'n NotedHash>,
    is_noted: bool,
}

impl Walk<'_> {
    /// Walks on to the head's last line.
    async fn up_to(
        &mut self,
        store: &SharedStore,
        trail: Option<CampaignId>,
        head: Option<TrailHead>,
    ) -> Result<(), TrailFault> {
        let end = head.map_or(0, |head| head.lines);
        // Start below every place, so that a line before the first is seen.
        let mut after = if self.place == 0 { i64::MIN } else { signed(self.place)? };
        while self.place < end {
            let page = store.audit_chain(trail, after, LINES_READ_MAX).await.map_err(stored)?;
            if page.is_empty() {
                return Err(differs(TrailFaultKind::Missing, self.place + 1));
            }
            for line in page.iter().take_while(|line| line.place <= i64::try_from(end).unwrap_or(i64::MAX)) {
                self.step(line)?;
            }
            if self.place < end && page.last().is_some_and(|line| line.place > signed(end).unwrap_or(i64::MAX)) {
                return Err(differs(TrailFaultKind::Missing, self.place + 1));
            }
            after = signed(self.place)?;
        }
        match head {
            Some(head) if (head.hash, head.newest) != (self.hash, self.newest) => {
                Err(differs(TrailFaultKind::Head, head.lines))
            }
            Some(_) => self.nothing_beyond(store, trail).await,
            None if store.audit_chain(trail, i64::MIN, 1).await.map_err(stored)?.is_empty() => Ok(()),
            None => Err(TrailFault::Differs { kind: TrailFaultKind::HeadMissing, place: None }),
        }
    }

    fn step(&mut self, line: &PlacedLine) -> Result<(), TrailFault> {
        let place = self.place + 1;
        match u64::try_from(line.place) {
            Ok(found) if found > place => return Err(differs(TrailFaultKind::Missing, place)),
            Ok(found) if found == place => {}
            // Two lines have the same place, or one is before the first.
            _ => return Err(differs(TrailFaultKind::Line, u64::try_from(line.place).unwrap_or(0))),
        }
        let hash = line.line.as_ref().map(|line| line.hash(&self.hash, place));
        let Some(hash) = hash.filter(|hash| line.hash == hash) else {
            return Err(differs(TrailFaultKind::Line, place));
        };
        self.is_noted |= self.noted.is_some_and(|noted| hash.starts_with(&noted.0));
        self.newest = line.line.as_ref().map_or(self.newest, |line| self.newest.max(line.id));
        (self.place, self.hash) = (place, hash);
        Ok(())
    }

    /// A line and the head are written in one commit, so a head read after a line covers it.
    async fn nothing_beyond(&self, store: &SharedStore, trail: Option<CampaignId>) -> Result<(), TrailFault> {
        let beyond = store.audit_chain(trail, signed(self.place)?, 1).await.map_err(stored)?;
        let Some(line) = beyond.first() else { return Ok(()) };
        let known = store.audit_head(trail).await.map_err(stored)?.map_or(0, |head| head.lines);
        let place = u64::try_from(line.place).unwrap_or(0);
        if place > known { Err(differs(TrailFaultKind::Beyond, place)) } else { Ok(()) }
    }
}

fn differs(kind: TrailFaultKind, place: u64) -> TrailFault {
    TrailFault::Differs { kind, place: Some(place) }
}

fn signed(place: u64) -> Result<i64, TrailFault> {
    i64::try_from(place).map_err(|_| TrailFault::Differs { kind: TrailFaultKind::Malformed, place: None })
}

/// A value that isn't valid for its column counts as a difference; everything else is a database fault.
fn stored(error: StoreError) -> TrailFault {
    match error {
        StoreError::Corrupt(_) => TrailFault::Differs { kind: TrailFaultKind::Malformed, place: None },
        error => TrailFault::Store(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noted_hash_is_read_as_people_write_it() {
        let noted = NotedHash::parse(" 00Ff 1122 3344 5566 7788 99aa bbcc ddee ").unwrap();
        assert_eq!(noted.0.len(), 16);
        assert_eq!(noted.0[..3], [0, 255, 0x11]);
        for wrong in ["", "00ff", "00ff 1122 3344 5566 7788 99aa bbcc dde", "zz", &"0".repeat(66)] {
            assert_eq!(NotedHash::parse(wrong), None, "{wrong}");
        }
    }
}
