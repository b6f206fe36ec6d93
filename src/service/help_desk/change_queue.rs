//! The changes of one campaign that wait for their commit, and when it is due.
//!
//! Deliberately absent: the commit, tasks.

use crate::store::StoreError;
use crate::store::notices::ChangeRequest;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Time for each commit of a campaign, in the long run.
const PACE: Duration = Duration::from_millis(200);
/// The same while so many sign that pledges wait for their commit: each commit of changes holds them up.
const PACE_BESIDE_MANY: Duration = Duration::from_millis(500);
/// Commits, and readings, of a campaign that may be ahead of that time: for so many in a row nobody waits.
const COMMITS_AT_ONCE: u32 = 8;
/// Time for each reading of the published numbers after a commit, in the long run: each moves the high-water mark,
/// which waits for the disk beside the ledger. They are read once a second in any case.
const NUMBERS_PACE: Duration = Duration::from_secs(1);
/// Most changes that share a commit. Signing waits for it, so it is short.
const SHARED_CHANGES_MAX: usize = 100;
/// Most requests of a campaign that wait for their commit.
const REQUESTS_WAITING_MAX: usize = 1_000;

/// How often changes are committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommitPace {
    /// While so many sign that pledges wait for the commit of others.
    BesideMany,
    BesideFew,
}

/// The requests of a campaign.
#[derive(Default)]
pub(super) struct ChangeQueue {
    waiting: VecDeque<WaitingChange>,
    /// A task commits them until none waits.
    is_served: bool,
    /// When the time of all commits until now is over.
    busy_until: Option<Instant>,
    /// When the time of all readings of the published numbers until now is over.
    read_until: Option<Instant>,
}

/// A request, and whom its outcome is told.
pub(super) struct WaitingChange {
    pub request: ChangeRequest,
    pub reply: oneshot::Sender<Result<(), StoreError>>,
}

impl ChangeQueue {
    /// Adds a request. `true`: no task serves the queue, and the caller starts one. `None`: too many wait.
    pub fn push(&mut self, change: WaitingChange) -> Option<bool> {
        if self.waiting.len() >= REQUESTS_WAITING_MAX {
            return None;
        }
        self.waiting.push_back(change);
        Some(!std::mem::replace(&mut self.is_served, true))
    }

    /// When the next commit is due; `None`, and no task serves the queue any more, if nothing waits.
    pub fn next_turn(&mut self, now: Instant, pace: CommitPace) -> Option<Instant> {
        if self.waiting.is_empty() {
            self.is_served = false;
            return None;
        }
        let changes: usize = self.waiting.iter().map(|one| one.request.changes.len()).sum();
        let due = self.busy_until.and_then(|until| until.checked_sub(pace.time() * (COMMITS_AT_ONCE - 1)));
        Some(due.filter(|_| changes < SHARED_CHANGES_MAX).map_or(now, |due| due.max(now)))
    }

    /// Whether the published numbers are to be read again now, after a commit.
    pub fn must_read_numbers(&mut self, now: Instant) -> bool {
        let until = self.read_until.map_or(now, |until| until.max(now));
        let is_due = until - now <= NUMBERS_PACE * (COMMITS_AT_ONCE - 1);
        if is_due {
            self.read_until = Some(until + NUMBERS_PACE);
        }
        is_due
    }

    /// The requests of the commit that begins now: the first, and those after it that have room.
    pub fn take(&mut self, now: Instant, pace: CommitPace) -> Vec<WaitingChange> {
        self.busy_until = Some(self.busy_until.map_or(now, |until| until.max(now)) + pace.time());
        let (mut taken, mut changes) = (vec![], 0);
        while let Some(next) = self.waiting.front() {
            changes += next.request.changes.len();
            if changes > SHARED_CHANGES_MAX && !taken.is_empty() {
                break;
            }
            taken.extend(self.waiting.pop_front());
        }
        taken
    }
}

impl CommitPace {
    /// Of each commit in the long run.
    fn time(self) -> Duration {
        match self {
            Self::BesideMany => PACE_BESIDE_MANY,
            Self::BesideFew => PACE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CommitPace::{BesideFew, BesideMany};
    use super::*;
    use crate::domain::ids::ParticipantId;
    use crate::domain::notice::{ExcuseReason, NoticeDetails};
    use crate::store::notices::{RosterAction, RosterChange};

    fn waiting(changes: usize) -> WaitingChange {
        let change = |_| RosterChange {
            action: RosterAction::Excuse { participant: ParticipantId([1; 16]) },
            details: NoticeDetails::Excused { reason: ExcuseReason::Retired },
            salt: [0; 32],
        };
        let changes = (0..changes).map(change).collect();
        let request =
            ChangeRequest { states: &[], by: "bkd".into(), changes, next_numbers: vec![], audit: vec![], step: None };
        WaitingChange { request, reply: oneshot::channel().0 }
    }

    #[test]
    fn the_first_commits_are_at_once_and_then_they_keep_their_pace() {
        for (pace, time) in [(BesideFew, PACE), (BesideMany, PACE_BESIDE_MANY)] {
            let (mut queue, began) = (ChangeQueue::default(), Instant::now());
            let mut waits = vec![];
            let mut now = began;
            for _ in 0..30 {
                queue.push(waiting(1)).unwrap();
                let due = queue.next_turn(now, pace).unwrap();
                waits.push(due - now);
                now = due;
                assert_eq!(queue.take(now, pace).len(), 1);
            }
            assert_eq!(waits[..8], [Duration::ZERO; 8]);
            assert_eq!(waits[8..], [time; 22]);
            // After a pause nobody waits again.
            now += time * COMMITS_AT_ONCE;
            queue.push(waiting(1)).unwrap();
            assert_eq!(queue.next_turn(now, pace), Some(now));
        }
    }

    #[test]
    fn numbers_are_read_after_a_change_but_not_after_each_of_many() {
        let (mut queue, now) = (ChangeQueue::default(), Instant::now());
        let mut read = |now| (0..20).filter(|_| queue.must_read_numbers(now)).count();
        assert_eq!([read(now), read(now + PACE), read(now + 3 * NUMBERS_PACE)], [8, 0, 3]);
    }

    #[test]
    fn a_commit_takes_what_has_room_and_a_large_request_goes_alone() {
        let (mut queue, now) = (ChangeQueue::default(), Instant::now());
        for changes in [40, 40, 20, 1, 200, 1] {
            queue.push(waiting(changes)).unwrap();
        }
        let mut taken = || queue.take(now, BesideFew).iter().map(|one| one.request.changes.len()).collect::<Vec<_>>();
        assert_eq!([taken(), taken(), taken(), taken()], [vec![40, 40, 20], vec![1], vec![200], vec![1]]);
        // So many don't wait for their turn.
        (0..COMMITS_AT_ONCE).for_each(|_| _ = queue.take(now, BesideFew));
        queue.push(waiting(SHARED_CHANGES_MAX - 1)).unwrap();
        assert!(queue.next_turn(now, BesideFew) > Some(now));
        queue.push(waiting(1)).unwrap();
        assert_eq!(queue.next_turn(now, BesideFew), Some(now));
    }

    #[test]
    fn one_task_serves_a_queue_and_so_many_wait_and_no_more() {
        let (mut queue, now) = (ChangeQueue::default(), Instant::now());
        assert_eq!(queue.push(waiting(1)), Some(true));
        for _ in 1..REQUESTS_WAITING_MAX {
            assert_eq!(queue.push(waiting(1)), Some(false));
        }
        assert_eq!(queue.push(waiting(1)), None);
        while queue.next_turn(now, BesideFew).is_some() {
            queue.take(now, BesideFew);
        }
        assert_eq!(queue.push(waiting(1)), Some(true));
    }
}
