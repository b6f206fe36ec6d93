//! The commit point: one pledge a person, one number everywhere.

use crate::line;
use crate::scene::{
    self, CAMPAIGN, CLOSES_AT, OPENS_AT, ORIGIN, batch, entry, log_key, person_id, pledge_id, sign, sign_checkpoint,
};
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::ids::CampaignId;
use ikrar::domain::time::UnixMillis;
use ikrar::store::pledges::{BatchEntry, CommitOutcome, KnownSizes, LogKind, PledgeBatch};
use ikrar::store::{SharedStore, StoreError};
use ikrar::tlog::checkpoint::Checkpoint;
use ikrar::tlog::merkle::{Frontier, leaf_hash};
use ikrar::tlog::note::{Note, VerifierKey};
use std::time::Duration;

crate::properties![
    a_batch_is_pledges_leaves_numbers_and_a_signed_checkpoint_at_once,
    whoever_signed_before_gets_the_first_pledge,
    batches_of_the_same_people_at_once_count_everybody_once,
    state_and_times_decide_at_the_commit,
    what_was_admitted_is_still_taken_while_closing,
    closing_waits_for_a_batch_or_the_batch_sees_it,
    nothing_is_taken_under_a_code_that_was_issued_again,
    issuing_a_code_again_waits_for_a_batch_or_the_batch_sees_it,
    a_batch_that_fails_leaves_nothing,
    a_batch_that_knows_of_a_longer_log_is_refused_and_leaves_nothing,
];

/// Count = log size = rows, and the stored root is the root of the stored leaves.
async fn recount(store: &SharedStore, expected: u64) {
    let head = store.log_head(CAMPAIGN, LogKind::Pledges).await.unwrap().unwrap();
    let counted: u64 = store.group_counts(CAMPAIGN).await.unwrap().iter().map(|group| group.signed).sum();
    let rows = store.count_pledges(CAMPAIGN).await.unwrap();
    assert_eq!((head.size, counted, rows), (expected, expected, expected));
    let mut frontier = Frontier::new();
    for leaf in store.leaves(CAMPAIGN, LogKind::Pledges, 0, 10_000).await.unwrap() {
        frontier.append(leaf_hash(&leaf));
    }
    assert_eq!((frontier.size(), frontier.root()), (expected, head.root));
}

async fn a_batch_is_pledges_leaves_numbers_and_a_signed_checkpoint_at_once(store: SharedStore) {
    scene::open(&store, 400).await;
    let first = sign(&store, 0..7).await;
    let expected: Vec<_> = (0..7).map(|at| CommitOutcome::Committed { log_index: at, signed_count: 7 }).collect();
    assert_eq!(first, expected);
    // Any number of rows, whatever sizes a database cuts them into.
    let second = sign(&store, 7..340).await;
    assert_eq!(second.last(), Some(&CommitOutcome::Committed { log_index: 339, signed_count: 340 }));
    recount(&store, 340).await;
    let counts: Vec<u64> = store.group_counts(CAMPAIGN).await.unwrap().iter().map(|group| group.signed).collect();
    assert_eq!(counts, [227, 113]);

    let head = store.log_head(CAMPAIGN, LogKind::Pledges).await.unwrap().unwrap();
    assert_eq!(head.at, UnixMillis(2_500));
    let note = Note::parse(&head.checkpoint).unwrap();
    let key = VerifierKey::new(ORIGIN, log_key().public().to_bytes()).unwrap();
    assert_eq!(note.verify(&[key]).unwrap().len(), 1);
    let shown = Checkpoint::parse(&note.text).unwrap();
    assert_eq!((shown.size, shown.root), (340, head.root));
}

async fn whoever_signed_before_gets_the_first_pledge(store: SharedStore) {
    scene::open(&store, 40).await;
    sign(&store, 0..3).await;
    let again = batch((0..5).map(|number| entry(number, 1)).collect());
    let outcomes = store.commit_batch(&again, &sign_checkpoint).await.unwrap();
    for (number, outcome) in (0..).zip(&outcomes[..3]) {
        let CommitOutcome::Already(pledge) = outcome else { panic!("{outcome:?} for {number}") };
        assert_eq!((pledge.id, pledge.log_index, pledge.signed_count), (pledge_id(number * 16), u64::from(number), 3));
        assert_eq!(pledge.credential, entry(number, 0).credential);
        assert_eq!(pledge.strokes.is_some(), number % 2 == 0);
    }
    assert_eq!(outcomes[3], CommitOutcome::Committed { log_index: 3, signed_count: 5 });
    assert_eq!(outcomes[4], CommitOutcome::Committed { log_index: 4, signed_count: 5 });
    recount(&store, 5).await;
    // A batch of repeats only moves nothing.
    let repeats = batch(vec![entry(0, 2)]);
    assert!(matches!(store.commit_batch(&repeats, &sign_checkpoint).await.unwrap()[..], [CommitOutcome::Already(_)]));
    recount(&store, 5).await;
}

async fn batches_of_the_same_people_at_once_count_everybody_once(store: SharedStore) {
    scene::open(&store, 60).await;
    let mut batches = tokio::task::JoinSet::new();
    for attempt in 0..6 {
        let store = store.clone();
        let numbers = (0..60).map(move |at| (at * 7 + attempt * 11) % 60);
        let entries = numbers.map(|number| entry(number, attempt)).collect();
        batches.spawn(async move { store.commit_batch(&batch(entries), &sign_checkpoint).await.unwrap() });
    }
    let outcomes: Vec<CommitOutcome> = batches.join_all().await.into_iter().flatten().collect();
    let committed = outcomes.iter().filter(|outcome| matches!(outcome, CommitOutcome::Committed { .. })).count();
    let repeated = outcomes.iter().filter(|outcome| matches!(outcome, CommitOutcome::Already(_))).count();
    assert_eq!((committed, repeated), (60, 300));
    recount(&store, 60).await;
}

async fn state_and_times_decide_at_the_commit(store: SharedStore) {
    scene::locked(&store, 6).await;
    assert_eq!(sign(&store, [0]).await, [CommitOutcome::NotAccepting(CampaignState::Locked)]);
    scene::step(&store, CampaignState::Locked, CampaignState::Open).await;
    let mut late = entry(0, 0);
    late.signed_at = CLOSES_AT;
    let mut early = entry(1, 0);
    early.signed_at = UnixMillis(OPENS_AT.0 - 1);
    let outcomes = store.commit_batch(&batch(vec![late, early, entry(2, 0)]), &sign_checkpoint).await.unwrap();
    assert_eq!(
        outcomes[..2],
        [CommitOutcome::NotAccepting(CampaignState::Open), CommitOutcome::NotAccepting(CampaignState::Open)]
    );
    assert_eq!(outcomes[2], CommitOutcome::Committed { log_index: 0, signed_count: 1 });
    scene::step(&store, CampaignState::Open, CampaignState::Paused).await;
    assert_eq!(sign(&store, [3]).await, [CommitOutcome::NotAccepting(CampaignState::Paused)]);
    recount(&store, 1).await;
    let unknown = PledgeBatch { campaign: CampaignId([9; 16]), ..batch(vec![entry(5, 0)]) };
    assert!(matches!(store.commit_batch(&unknown, &sign_checkpoint).await, Err(StoreError::Conflict)));
}

async fn what_was_admitted_is_still_taken_while_closing(store: SharedStore) {
    scene::open(&store, 6).await;
    scene::step(&store, CampaignState::Open, CampaignState::Closing).await;
    assert_eq!(sign(&store, [4]).await, [CommitOutcome::Committed { log_index: 0, signed_count: 1 }]);
    scene::step(&store, CampaignState::Closing, CampaignState::Closed).await;
    assert_eq!(sign(&store, [5]).await, [CommitOutcome::NotAccepting(CampaignState::Closed)]);
    recount(&store, 1).await;
}

async fn closing_waits_for_a_batch_or_the_batch_sees_it(store: SharedStore) {
    scene::open(&store, 300).await;
    let signing = tokio::spawn({
        let store = store.clone();
        async move {
            let mut taken = 0;
            for start in (0..300).step_by(20) {
                let outcomes = sign(&store, start..start + 20).await;
                taken += outcomes.iter().filter(|outcome| matches!(outcome, CommitOutcome::Committed { .. })).count();
            }
            taken
        }
    });
    while store.count_pledges(CAMPAIGN).await.unwrap() < 60 {
        tokio::task::yield_now().await;
    }
    scene::step(&store, CampaignState::Open, CampaignState::Paused).await;
    let after = store.count_pledges(CAMPAIGN).await.unwrap();
    let taken = signing.await.unwrap() as u64;
    assert_eq!(taken, after, "a pledge was taken after the state had changed");
    recount(&store, after).await;
}

async fn nothing_is_taken_under_a_code_that_was_issued_again(store: SharedStore) {
    scene::open(&store, 40).await;
    sign(&store, [5]).await;
    for number in [3, 5] {
        store.reissue_code(CAMPAIGN, person_id(number), 1, &line()).await.unwrap();
    }
    // Prepared before; neither is a receipt handed out under the older code.
    let outcomes = sign(&store, [2, 3, 5]).await;
    let [CommitOutcome::Committed { log_index: 1, signed_count: 2 }, voided @ ..] = &outcomes[..] else {
        panic!("{outcomes:?}")
    };
    assert_eq!(voided, [CommitOutcome::CodeReissued, CommitOutcome::CodeReissued]);
    assert_eq!(sign(&store, [3]).await, [CommitOutcome::CodeReissued], "with nobody else beside them");
    recount(&store, 2).await;
    let newest = |number| BatchEntry { code_version: 2, ..entry(number, 1) };
    let early = BatchEntry { code_version: 2, ..entry(4, 0) };
    let outcomes = store.commit_batch(&batch(vec![newest(3), newest(5), early]), &sign_checkpoint).await.unwrap();
    assert_eq!(outcomes[0], CommitOutcome::Committed { log_index: 2, signed_count: 3 });
    assert!(matches!(&outcomes[1], CommitOutcome::Already(pledge) if pledge.id == pledge_id(80)), "{outcomes:?}");
    assert_eq!(outcomes[2], CommitOutcome::CodeReissued, "a version that was never issued");
    recount(&store, 3).await;
}

async fn issuing_a_code_again_waits_for_a_batch_or_the_batch_sees_it(store: SharedStore) {
    const ROUNDS: u32 = 40;
    const BATCH: u32 = 25;
    scene::open(&store, ROUNDS * BATCH).await;
    let mut signed = 0;
    for round in 0..ROUNDS {
        let last = (round + 1) * BATCH - 1;
        let signing = tokio::spawn({
            let store = store.clone();
            async move { sign(&store, round * BATCH..=last).await.pop().unwrap() }
        });
        // Later from round to round, until it comes behind the batch.
        tokio::time::sleep(Duration::from_micros(u64::from(round) * 300)).await;
        store.reissue_code(CAMPAIGN, person_id(last), 1, &line()).await.unwrap();
        let when_issued = store.pledge_of(CAMPAIGN, person_id(last)).await.unwrap();
        let taken = matches!(signing.await.unwrap(), CommitOutcome::Committed { .. });
        assert_eq!(taken, when_issued.is_some(), "signed under the older code after another was issued");
        signed += u64::from(BATCH - 1) + u64::from(taken);
    }
    recount(&store, signed).await;
}

async fn a_batch_that_fails_leaves_nothing(store: SharedStore) {
    scene::open(&store, 6).await;
    sign(&store, [0]).await;
    // The pledge's id is taken: the insert fails in the middle of the transaction.
    let mut clash = entry(2, 0);
    clash.pledge = pledge_id(0);
    let failed = store.commit_batch(&batch(vec![entry(1, 0), clash]), &sign_checkpoint).await;
    assert!(matches!(failed, Err(StoreError::Conflict)));
    recount(&store, 1).await;
    assert!(store.pledge_of(CAMPAIGN, person_id(1)).await.unwrap().is_none());
    sign(&store, [1, 2]).await;
    recount(&store, 3).await;
}

async fn a_batch_that_knows_of_a_longer_log_is_refused_and_leaves_nothing(store: SharedStore) {
    scene::open(&store, 9).await;
    let knows = |pledges, person| {
        let known = KnownSizes { pledges, ..KnownSizes::default() };
        PledgeBatch { known, ..batch(vec![entry(person, 0)]) }
    };
    let refused = store.commit_batch(&knows(1, 0), &sign_checkpoint).await;
    assert!(matches!(refused, Err(StoreError::RollbackDetected { size: 0, known: 1 })));
    sign(&store, [0, 1, 2]).await;
    let refused = store.commit_batch(&knows(4, 3), &sign_checkpoint).await;
    assert!(matches!(refused, Err(StoreError::RollbackDetected { size: 3, known: 4 })));
    recount(&store, 3).await;
    let taken = store.commit_batch(&knows(3, 3), &sign_checkpoint).await.unwrap();
    assert_eq!(taken, [CommitOutcome::Committed { log_index: 3, signed_count: 4 }]);
    recount(&store, 4).await;
}
