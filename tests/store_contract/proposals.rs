//! Proposals: decided once, carried out in the commits of their changes.

use crate::line;
use crate::scene::{self, CAMPAIGN, change_batch, change_request, person_id, sign_checkpoint};
use ikrar::domain::ids::ProposalId;
use ikrar::domain::notice::{ExcuseReason, RosterStanding};
use ikrar::domain::proposal::{
    GivenNumbers, LeftOutPerson, LeftOutReason, Proposal, ProposalState, ProposedChanges, proposal_hash,
};
use ikrar::domain::time::UnixMillis;
use ikrar::store::notices::{ChangeBatch, ChangeRequest, RosterAction};
use ikrar::store::proposals::{
    AloneLimit, LIVE_PROPOSALS_MAX, LIVE_PROPOSALS_OF_ACCOUNT_MAX, PROPOSALS_READ_MAX, ProposalDecision, ProposalStep,
};
use ikrar::store::{SharedStore, StoreError};

crate::properties![
    a_proposal_is_kept_and_read_back,
    a_proposal_is_decided_once_in_time_and_as_it_was_seen,
    one_that_nothing_can_come_of_loses_what_it_held,
    a_part_is_carried_out_with_its_changes_and_once,
    unlocking_a_roster_voids_what_rests_on_it,
    participant_numbers_are_taken_once,
    an_approved_one_can_be_stopped_and_then_does_nothing,
    an_account_approves_only_so_many_people_of_its_own,
    only_so_many_wait,
];

const AT: i64 = 5_000;
const EXPIRES: i64 = 9_000;

fn changes() -> String {
    let people = vec![person_id(1).to_string(), person_id(2).to_string(), person_id(3).to_string()];
    ProposedChanges::ExcusePeople { people, reason: ExcuseReason::Moved }.canonical()
}

fn proposal(number: u8) -> Proposal {
    let id = ProposalId([number; 16]);
    Proposal {
        id,
        kind: ikrar::domain::proposal::ProposalKind::ExcusePeople,
        state: ProposalState::Open,
        proposed_by: "bkd".into(),
        proposed_at: UnixMillis(AT + i64::from(number)),
        expires_at: UnixMillis(EXPIRES),
        institutions: vec!["16".into(), "16.71".into()],
        people: 3,
        needs_second_account: true,
        hash: proposal_hash(CAMPAIGN, id, &changes()),
        decided_by: None,
        decided_at: None,
        processed: 0,
        left_out: vec![left_out(7, false)],
    }
}

fn left_out(number: u32, late: bool) -> LeftOutPerson {
    let name = format!("Orang {number}");
    LeftOutPerson { participant: person_id(number).to_string(), name, reason: LeftOutReason::Signed, late }
}

fn decision(proposal: &Proposal, approved: bool, at: i64) -> ProposalDecision {
    let alone = AloneLimit { since: UnixMillis(0), people: 3 };
    ProposalDecision { approved, by: "inspektorat".into(), at: UnixMillis(at), hash: proposal.hash, alone }
}

async fn decide(store: &SharedStore, of: &Proposal, decision: &ProposalDecision) -> Result<(), StoreError> {
    store.decide_proposal(CAMPAIGN, of.id, decision, &line()).await
}

async fn added(store: &SharedStore, number: u8) -> Proposal {
    let added = proposal(number);
    assert!(store.add_proposal(CAMPAIGN, &added, &changes(), &[], &line()).await.unwrap());
    added
}

fn is_conflict(done: &Result<(), StoreError>) -> bool {
    matches!(done, Err(StoreError::Conflict))
}

async fn a_proposal_is_kept_and_read_back(store: SharedStore) {
    scene::open(&store, 6).await;
    let (first, second) = (added(&store, 1).await, added(&store, 2).await);
    let without = |of: &Proposal| Proposal { left_out: vec![], ..of.clone() };
    assert_eq!(store.proposals(CAMPAIGN).await.unwrap(), [without(&second), without(&first)]);
    // Those that wait come first.
    decide(&store, &second, &decision(&second, false, AT)).await.unwrap();
    assert_eq!(store.proposals(CAMPAIGN).await.unwrap()[0], without(&first));
    assert_eq!(store.proposal(CAMPAIGN, first.id).await.unwrap(), Some((first, changes())));
    assert!(store.proposal(CAMPAIGN, ProposalId([9; 16])).await.unwrap().is_none());
}

async fn a_proposal_is_decided_once_in_time_and_as_it_was_seen(store: SharedStore) {
    scene::open(&store, 6).await;
    let open = added(&store, 1).await;
    assert!(is_conflict(&decide(&store, &open, &decision(&open, true, EXPIRES)).await), "too late");
    let other = ProposalDecision { hash: [0; 32], ..decision(&open, true, EXPIRES - 1) };
    assert!(is_conflict(&decide(&store, &open, &other).await), "another hash");
    decide(&store, &open, &decision(&open, true, EXPIRES - 1)).await.unwrap();
    for approved in [true, false] {
        assert!(is_conflict(&decide(&store, &open, &decision(&open, approved, EXPIRES - 1)).await));
    }
    let (approved, kept) = store.proposal(CAMPAIGN, open.id).await.unwrap().unwrap();
    assert_eq!((approved.state, approved.decided_by.as_deref()), (ProposalState::Approved, Some("inspektorat")));
    assert_eq!((approved.decided_at, kept), (Some(UnixMillis(EXPIRES - 1)), changes()));
}

async fn one_that_nothing_can_come_of_loses_what_it_held(store: SharedStore) {
    scene::open(&store, 6).await;
    let (rejected, waits) = (added(&store, 1).await, added(&store, 2).await);
    decide(&store, &rejected, &decision(&rejected, false, AT)).await.unwrap();
    let held = |id| {
        let store = store.clone();
        async move {
            let (found, held) = store.proposal(CAMPAIGN, id).await.unwrap().unwrap();
            (found.state, held, found.left_out.len())
        }
    };
    assert_eq!(held(rejected.id).await, (ProposalState::Rejected, String::new(), 0));
    assert_eq!(held(waits.id).await, (ProposalState::Open, changes(), 1));
    // The next one clears those that have expired.
    let late = Proposal { proposed_at: UnixMillis(EXPIRES), expires_at: UnixMillis(EXPIRES + 1), ..proposal(3) };
    assert!(store.add_proposal(CAMPAIGN, &late, &changes(), &[], &line()).await.unwrap());
    assert_eq!(held(waits.id).await, (ProposalState::Expired, String::new(), 0));
    assert_eq!(held(late.id).await, (ProposalState::Open, changes(), 1));
}

async fn unlocking_a_roster_voids_what_rests_on_it(store: SharedStore) {
    scene::locked(&store, 6).await;
    let (waits, approved) = (added(&store, 1).await, added(&store, 2).await);
    decide(&store, &approved, &decision(&approved, true, AT)).await.unwrap();
    store.unlock_roster(CAMPAIGN, &line()).await.unwrap();
    for id in [waits.id, approved.id] {
        let (found, held) = store.proposal(CAMPAIGN, id).await.unwrap().unwrap();
        assert_eq!((found.state, held), (ProposalState::Expired, String::new()));
    }
}

async fn participant_numbers_are_taken_once(store: SharedStore) {
    scene::open(&store, 6).await;
    let code = store.institution_rosters(CAMPAIGN).await.unwrap().remove(0).institution.code;
    let free = || async {
        let rosters = store.institution_rosters(CAMPAIGN).await.unwrap();
        rosters.iter().find(|known| known.institution.code == code).unwrap().next_number
    };
    let from = free().await;
    let numbers = [GivenNumbers { institution: code.clone(), from, next: from + 40 }];
    let (first, second) = (proposal(1), proposal(2));
    assert!(store.add_proposal(CAMPAIGN, &first, &changes(), &numbers, &line()).await.unwrap());
    assert_eq!(free().await, from + 40);
    let taken = store.add_proposal(CAMPAIGN, &second, &changes(), &numbers, &line()).await;
    assert!(matches!(taken, Err(StoreError::Conflict)), "{taken:?}");
    assert!(store.proposal(CAMPAIGN, second.id).await.unwrap().is_none());
    assert_eq!(free().await, from + 40);
}

async fn an_approved_one_can_be_stopped_and_then_does_nothing(store: SharedStore) {
    scene::open(&store, 6).await;
    let open = added(&store, 1).await;
    assert!(is_conflict(&store.stop_proposal(CAMPAIGN, open.id, &line()).await), "it isn't approved");
    decide(&store, &open, &decision(&open, true, AT)).await.unwrap();
    store.commit_changes(&part(&open, (0, 1), &[1], false), &sign_checkpoint).await.unwrap();
    store.stop_proposal(CAMPAIGN, open.id, &line()).await.unwrap();
    refused(&store, &part(&open, (1, 2), &[2], false), 2).await;
    let (stopped, _) = store.proposal(CAMPAIGN, open.id).await.unwrap().unwrap();
    assert_eq!((stopped.state, stopped.processed), (ProposalState::Stopped, 1));
}

/// A part of a proposal that excuses these people.
fn part(of: &Proposal, (from, to): (u32, u32), numbers: &[u32], is_last: bool) -> ChangeBatch {
    let excuse = |number: &u32| RosterAction::Excuse { participant: person_id(*number) };
    let left_out = vec![left_out(7, false), left_out(3, true)];
    let step = Some(ProposalStep { proposal: of.id, from, to, left_out, is_last });
    let requests = vec![ChangeRequest { step, ..change_request(numbers.iter().map(excuse).collect()) }];
    ChangeBatch { requests, ..change_batch(vec![]) }
}

/// Carrying out a part is refused and changes nobody.
async fn refused(store: &SharedStore, part: &ChangeBatch, number: u32) {
    let done = store.commit_changes(part, &sign_checkpoint).await;
    assert!(matches!(done, Err(StoreError::Conflict)), "{done:?}");
    assert_eq!(standing(store, number).await, RosterStanding::Listed);
}

async fn standing(store: &SharedStore, number: u32) -> RosterStanding {
    store.signer(CAMPAIGN, person_id(number)).await.unwrap().unwrap().standing
}

async fn a_part_is_carried_out_with_its_changes_and_once(store: SharedStore) {
    scene::open(&store, 6).await;
    let open = added(&store, 1).await;
    // Nothing is carried out before it is approved.
    refused(&store, &part(&open, (0, 1), &[1], false), 1).await;
    decide(&store, &open, &decision(&open, true, AT)).await.unwrap();
    store.commit_changes(&part(&open, (0, 1), &[1], false), &sign_checkpoint).await.unwrap();
    let (now, _) = store.proposal(CAMPAIGN, open.id).await.unwrap().unwrap();
    assert_eq!((now.state, now.processed, now.late()), (ProposalState::Approved, 1, 1));
    // Two servers carry the same part out: one does, and the other changes nothing.
    let next = part(&open, (1, 3), &[2], true);
    let commit = || store.commit_changes(&next, &sign_checkpoint);
    let (one, other) = futures_util::future::join(commit(), commit()).await;
    assert_ne!(one.is_ok(), other.is_ok(), "{one:?} {other:?}");
    let (done, _) = store.proposal(CAMPAIGN, open.id).await.unwrap().unwrap();
    assert_eq!((done.state, done.processed), (ProposalState::Done, 3));
    for number in [1, 2] {
        assert_eq!(standing(&store, number).await, RosterStanding::Excused);
    }
    refused(&store, &part(&open, (3, 3), &[3], true), 3).await;
    assert_eq!(store.roster_notices(CAMPAIGN, 0, 10).await.unwrap().len(), 2);
}

async fn an_account_approves_only_so_many_people_of_its_own(store: SharedStore) {
    scene::open(&store, 6).await;
    let (first, second, third) = (added(&store, 1).await, added(&store, 2).await, added(&store, 3).await);
    let own = |of: &Proposal| ProposalDecision { by: "bkd".into(), ..decision(of, true, AT) };
    // Both at once are more than it may; one of them is not.
    let (of_first, of_second) = (own(&first), own(&second));
    let both = futures_util::future::join(decide(&store, &first, &of_first), decide(&store, &second, &of_second));
    let (one, other) = both.await;
    assert_ne!(one.is_ok(), other.is_ok(), "{one:?} {other:?}");
    assert_eq!(store.approved_alone(CAMPAIGN, "bkd", UnixMillis(0)).await.unwrap(), 3);
    assert_eq!(store.approved_alone(CAMPAIGN, "bkd", UnixMillis(AT)).await.unwrap(), 0, "it was before");
    assert!(is_conflict(&decide(&store, &third, &own(&third)).await));
    let (open, _) = store.proposal(CAMPAIGN, third.id).await.unwrap().unwrap();
    assert_eq!((open.state, open.decided_by), (ProposalState::Open, None), "nothing is left of it");
    decide(&store, &third, &decision(&third, true, AT)).await.unwrap();
    assert_eq!(store.approved_alone(CAMPAIGN, "inspektorat", UnixMillis(0)).await.unwrap(), 0);
}

async fn only_so_many_wait(store: SharedStore) {
    scene::open(&store, 6).await;
    let of = |number: u64, login: u64| {
        let number = u8::try_from(number).unwrap();
        Proposal { proposed_by: format!("akun-{login}"), ..proposal(number) }
    };
    let add = |proposal: Proposal| {
        let store = store.clone();
        async move { store.add_proposal(CAMPAIGN, &proposal, &changes(), &[], &line()).await.unwrap() }
    };
    for number in 0..LIVE_PROPOSALS_MAX {
        assert!(add(of(number, number / LIVE_PROPOSALS_OF_ACCOUNT_MAX)).await);
        if number == LIVE_PROPOSALS_OF_ACCOUNT_MAX {
            assert!(!add(of(250, 0)).await, "one account has as many as it may");
        }
    }
    assert!(!add(of(251, 99)).await, "all accounts together have as many as they may");
    let one = of(0, 0);
    decide(&store, &one, &decision(&one, false, AT)).await.unwrap();
    assert!(add(of(251, 99)).await);
    let read = store.proposals(CAMPAIGN).await.unwrap();
    assert!(read.len() as u64 > LIVE_PROPOSALS_MAX && PROPOSALS_READ_MAX as u64 > LIVE_PROPOSALS_MAX);
}
