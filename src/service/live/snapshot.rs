//! The published numbers of one campaign at one instant.

use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::reporting_group::GroupKind;
use crate::domain::time::UnixMillis;
use crate::store::campaigns::GroupCount;
use crate::store::public_numbers::PublicNumbers;
use bytes::Bytes;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// How far back "signatures in the last seconds" looks, in seconds.
pub const TEMPO_SECS: i64 = 10;
/// Samples kept to look that far back: one a second, and some spare.
const SAMPLES_MAX: usize = 32;

/// Where the campaign stands, apart from its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// The campaign's state.
    pub state: CampaignState,
    /// The opening instant; `None`: it opens by hand.
    pub opens_at: Option<UnixMillis>,
}

impl Phase {
    /// The phase of a campaign as it was read.
    pub fn of(campaign: &Campaign) -> Self {
        Self { state: campaign.state, opens_at: campaign.opens_at }
    }
}

/// What every reader is shown until the next one, about a second later.
#[derive(Debug)]
pub struct Snapshot {
    /// The campaign's state.
    pub state: CampaignState,
    /// The opening instant; `None`: it opens by hand.
    pub opens_at: Option<UnixMillis>,
    /// Pledges in the log, revoked ones included: the log's size, and the number on the screen.
    pub signed: u64,
    /// People on the roster as it was locked; 0 before.
    pub eligible: u64,
    /// People who were added after the lock.
    pub added: u64,
    /// People who were excused from signing.
    pub excused: u64,
    /// Who is to sign: `eligible + added - excused`. Every percentage is of this number.
    pub target: u64,
    /// Pledges that were revoked; [`Self::signed`] counts them too.
    pub revoked: u64,
    /// Pledges during the last [`TEMPO_SECS`].
    pub tempo: u64,
    /// The reporting groups in official order; empty before the campaign is locked.
    pub groups: Arc<[GroupCount]>,
    /// The institutions that they belong to, in official order.
    pub institutions: Vec<InstitutionNumbers>,
    /// When the last batch was committed, by any node; `None` before the first.
    pub committed_at: Option<UnixMillis>,
    /// When the numbers were read.
    pub as_of: UnixMillis,
    /// The signed note of the pledge log, which the high-water mark holds; `None` before the log has a head.
    pub pledges_checkpoint: Option<String>,
    /// The signed note of the roster log; `None` before the roster is locked.
    pub roster_checkpoint: Option<String>,
    /// The signed note of the notices log; `None` before its first entry.
    pub notices_checkpoint: Option<String>,
    /// The JSON body of the count, made for the first request and shared by all.
    pub count_body: OnceLock<Bytes>,
    /// The bytes of the server-sent event, made and shared likewise.
    pub event_body: OnceLock<Bytes>,
}

impl Snapshot {
    /// The snapshot of numbers that were read at `as_of`. `tempo` is how many signed during the last [`TEMPO_SECS`].
    pub fn new(phase: Phase, numbers: PublicNumbers, tempo: u64, as_of: UnixMillis) -> Self {
        let sum = |of: fn(&GroupCount) -> u64| numbers.groups.iter().map(of).sum();
        Self {
            state: phase.state,
            opens_at: phase.opens_at,
            signed: numbers.log_size,
            eligible: sum(|group| group.eligible),
            added: sum(|group| group.added),
            excused: sum(|group| group.excused),
            target: sum(GroupCount::target),
            revoked: sum(|group| group.revoked),
            tempo,
            committed_at: numbers.committed_at,
            as_of,
            pledges_checkpoint: numbers.pledges_checkpoint,
            roster_checkpoint: numbers.roster_checkpoint,
            notices_checkpoint: numbers.notices_checkpoint,
            institutions: InstitutionNumbers::of(&numbers.groups),
            groups: numbers.groups.into(),
            count_body: OnceLock::new(),
            event_body: OnceLock::new(),
        }
    }

    /// The phase that it was made in.
    pub fn phase(&self) -> Phase {
        Phase { state: self.state, opens_at: self.opens_at }
    }

    /// The same numbers in another phase.
    pub fn in_phase(&self, phase: Phase) -> Self {
        Self {
            state: phase.state,
            opens_at: phase.opens_at,
            groups: Arc::clone(&self.groups),
            institutions: InstitutionNumbers::of(&self.groups),
            pledges_checkpoint: self.pledges_checkpoint.clone(),
            roster_checkpoint: self.roster_checkpoint.clone(),
            notices_checkpoint: self.notices_checkpoint.clone(),
            count_body: OnceLock::new(),
            event_body: OnceLock::new(),
            ..*self
        }
    }

    /// The numbers of an institution by its public code.
    pub fn institution(&self, code: &str) -> Option<&InstitutionNumbers> {
        self.institutions.iter().find(|one| one.total.code == code)
    }

    /// The reporting groups of an institution in official order.
    pub fn groups_of(&self, institution: &InstitutionNumbers) -> &[GroupCount] {
        &self.groups[institution.groups.clone()]
    }

    /// Whether a watcher would see no difference.
    pub fn looks_like(&self, other: &Self) -> bool {
        (self.phase(), self.signed, self.tempo, self.revoked, self.excused)
            == (other.phase(), other.signed, other.tempo, other.revoked, other.excused)
            && self.groups == other.groups
    }
}

/// The numbers of an institution, or of institutions that are shown together.
#[derive(Debug)]
pub struct InstitutionNumbers {
    /// The sum of its groups. Index and code are the first group's where there is one group, and kind.
    pub total: GroupCount,
    /// Where its groups are in [`Snapshot::groups`].
    pub groups: Range<usize>,
    /// The JSON body of its count, made for the first request and shared by all.
    pub count_body: OnceLock<Bytes>,
    /// The bytes of its server-sent event, made and shared likewise.
    pub event_body: OnceLock<Bytes>,
}

impl InstitutionNumbers {
    /// Groups of one institution follow each other.
    fn of(groups: &[GroupCount]) -> Vec<Self> {
        let mut start = 0;
        let of_chunk = |chunk: &[GroupCount]| {
            let range = start..start + chunk.len();
            start = range.end;
            let bodies = (OnceLock::new(), OnceLock::new());
            Self { total: total(chunk), groups: range, count_body: bodies.0, event_body: bodies.1 }
        };
        groups.chunk_by(|one, next| one.institution == next.institution).map(of_chunk).collect()
    }
}

/// The sum of an institution's groups, named as the institution.
fn total(groups: &[GroupCount]) -> GroupCount {
    let sum = |of: fn(&GroupCount) -> u64| groups.iter().map(of).sum();
    let first = &groups[0];
    GroupCount {
        index: first.index,
        code: first.institution.clone(),
        name: first.institution_name.clone(),
        kind: if groups.len() == 1 { first.kind } else { GroupKind::of_earlier_list(&first.institution) },
        institution: first.institution.clone(),
        institution_name: first.institution_name.clone(),
        eligible: sum(|group| group.eligible),
        signed: sum(|group| group.signed),
        excused: sum(|group| group.excused),
        revoked: sum(|group| group.revoked),
        added: sum(|group| group.added),
    }
}

/// The log's sizes during the last seconds.
#[derive(Debug, Default)]
pub struct Tempo(VecDeque<(UnixMillis, u64)>);

impl Tempo {
    /// Records the log's size at an instant and returns how many signed in the [`TEMPO_SECS`] before it.
    pub fn record(&mut self, at: UnixMillis, size: u64) -> u64 {
        let since = at.plus_secs(-TEMPO_SECS);
        // A sample later than now was taken before the clock was set back.
        self.0.retain(|(sampled, _)| *sampled <= at);
        // The size is compared with the newest sample that is at least that old.
        while self.0.get(1).is_some_and(|(sampled, _)| *sampled <= since) || self.0.len() >= SAMPLES_MAX {
            self.0.pop_front();
        }
        self.0.push_back((at, size));
        self.0.front().map_or(0, |(_, before)| size.saturating_sub(*before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tempo_looks_back_ten_seconds() {
        let mut tempo = Tempo::default();
        let seen: Vec<u64> =
            (0..15).map(|second| tempo.record(UnixMillis(second * 1000), 100 + 7 * second as u64)).collect();
        assert_eq!(seen[..3], [0, 7, 14]);
        assert_eq!(seen[10..], [70, 70, 70, 70, 70]);
        assert_eq!(tempo.record(UnixMillis(60_000), 198), 0);
    }

    #[test]
    fn a_clock_that_is_set_back_or_forward_an_hour_never_counts_more_than_ten_seconds() {
        let mut tempo = Tempo::default();
        let mut size = 0;
        for start in [0, -3_600_000, 3_600_000] {
            for second in 0..30 {
                size += 7;
                assert!(tempo.record(UnixMillis(start + second * 1000), size) <= 70);
            }
        }
    }

    #[test]
    fn many_samples_in_a_moment_stay_few() {
        let mut tempo = Tempo::default();
        for n in 0..10_000 {
            tempo.record(UnixMillis(0), n);
        }
        assert!(tempo.0.len() <= SAMPLES_MAX);
    }
}
