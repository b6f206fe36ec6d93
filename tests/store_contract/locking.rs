//! Locking a roster and unlocking it.

use crate::line;
use crate::scene::{self, CAMPAIGN, TOKEN, rosters, slots, the_lock};
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::time::UnixMillis;
use ikrar::store::pledges::{CommitOutcome, LogKind};
use ikrar::store::rosters::{Lock, RosterVersion, Slot};
use ikrar::store::{SharedStore, StoreError};

crate::properties![
    locking_gives_slots_groups_and_a_roster_log,
    a_later_claim_voids_an_earlier_one,
    a_lock_is_refused_when_a_roster_changed,
    unlocking_takes_groups_and_heads_back_and_locking_goes_again,
    nobody_unlocks_once_somebody_signed,
    of_a_first_pledge_and_an_unlocking_one_wins,
];

const OTHER: [u8; 16] = [7; 16];

fn leaves(people: u32) -> Vec<Vec<u8>> {
    (0..=people).map(|number| number.to_be_bytes().to_vec()).collect()
}

async fn locking_gives_slots_groups_and_a_roster_log(store: SharedStore) {
    scene::locked(&store, 300).await;
    assert_eq!(store.state_now(CAMPAIGN).await.unwrap(), Some(CampaignState::Locked));
    let groups = store.published_groups(CAMPAIGN).await.unwrap().unwrap();
    assert_eq!(groups, the_lock(300).groups.list);
    assert_eq!(store.leaves(CAMPAIGN, LogKind::Roster, 0, 999).await.unwrap(), leaves(300));
    let head = store.log_head(CAMPAIGN, LogKind::Roster).await.unwrap().unwrap();
    assert_eq!((head.size, head.root, head.at, head.checkpoint.as_str()), (301, [9; 32], UnixMillis(4), "roster"));
    let facts = store.signing_facts(CAMPAIGN, &[scene::person_id(299)]).await.unwrap().pop().unwrap();
    assert_eq!((facts.slot, facts.group), (300, 1));
    assert!(matches!(store.begin_lock(CAMPAIGN, OTHER, UnixMillis(5)).await, Err(StoreError::Conflict)));
}

async fn a_later_claim_voids_an_earlier_one(store: SharedStore) {
    scene::with_roster(&store, 6).await;
    store.begin_lock(CAMPAIGN, TOKEN, UnixMillis(4)).await.unwrap();
    store.lock_chunk(CAMPAIGN, TOKEN, &slots(6), &rosters(), 0, &leaves(6)).await.unwrap();
    store.begin_lock(CAMPAIGN, OTHER, UnixMillis(5)).await.unwrap();
    assert!(store.leaves(CAMPAIGN, LogKind::Roster, 0, 9).await.unwrap().is_empty(), "what the first one left is gone");
    let late = store.lock_chunk(CAMPAIGN, TOKEN, &slots(6), &rosters(), 0, &leaves(6)).await;
    assert!(matches!(late, Err(StoreError::Conflict)));
    assert!(matches!(store.finish_lock(CAMPAIGN, &the_lock(6), &line()).await, Err(StoreError::Conflict)));
    store.lock_chunk(CAMPAIGN, OTHER, &slots(6), &rosters(), 0, &leaves(6)).await.unwrap();
    store.finish_lock(CAMPAIGN, &Lock { token: OTHER, ..the_lock(6) }, &line()).await.unwrap();
    assert_eq!(store.state_now(CAMPAIGN).await.unwrap(), Some(CampaignState::Locked));
}

async fn a_lock_is_refused_when_a_roster_changed(store: SharedStore) {
    scene::with_roster(&store, 6).await;
    store.begin_lock(CAMPAIGN, TOKEN, UnixMillis(4)).await.unwrap();
    let stranger = Slot { participant: scene::person_id(99), ..slots(1).remove(0) };
    let chunk = store.lock_chunk(CAMPAIGN, TOKEN, &[stranger], &rosters(), 0, &leaves(1)).await;
    assert!(matches!(chunk, Err(StoreError::Conflict)));
    assert!(store.leaves(CAMPAIGN, LogKind::Roster, 0, 9).await.unwrap().is_empty());
    let version = |roster| RosterVersion { roster, generation: 0 };
    let other_rosters = vec![("16".into(), version(Some([8; 16]))), ("16.71".into(), version(None))];
    let other = Lock { rosters: other_rosters, ..the_lock(6) };
    assert!(matches!(store.finish_lock(CAMPAIGN, &other, &line()).await, Err(StoreError::Conflict)));
    assert!(store.group_counts(CAMPAIGN).await.unwrap().is_empty());
    assert_eq!(store.state_now(CAMPAIGN).await.unwrap(), Some(CampaignState::Draft));
}

async fn unlocking_takes_groups_and_heads_back_and_locking_goes_again(store: SharedStore) {
    scene::locked(&store, 6).await;
    store.unlock_roster(CAMPAIGN, &line()).await.unwrap();
    assert_eq!(store.state_now(CAMPAIGN).await.unwrap(), Some(CampaignState::Draft));
    assert!(store.published_groups(CAMPAIGN).await.unwrap().is_none());
    assert_eq!(store.log_head(CAMPAIGN, LogKind::Roster).await.unwrap(), None);
    assert!(matches!(store.unlock_roster(CAMPAIGN, &line()).await, Err(StoreError::Conflict)));
    store.begin_lock(CAMPAIGN, TOKEN, UnixMillis(4)).await.unwrap();
    store.lock_chunk(CAMPAIGN, TOKEN, &slots(6), &rosters(), 0, &leaves(6)).await.unwrap();
    store.finish_lock(CAMPAIGN, &the_lock(6), &line()).await.unwrap();
    assert_eq!(store.leaves(CAMPAIGN, LogKind::Roster, 0, 9).await.unwrap(), leaves(6));
}

async fn nobody_unlocks_once_somebody_signed(store: SharedStore) {
    scene::open(&store, 6).await;
    scene::sign(&store, [0]).await;
    scene::step(&store, CampaignState::Open, CampaignState::Locked).await;
    assert!(matches!(store.unlock_roster(CAMPAIGN, &line()).await, Err(StoreError::Conflict)));
    let back = store
        .change_state(
            CAMPAIGN,
            scene::seen(&store, CampaignState::Locked).await,
            CampaignState::Draft,
            None,
            None,
            &line(),
        )
        .await;
    assert!(matches!(back, Err(StoreError::Conflict)));
    assert_eq!(store.group_counts(CAMPAIGN).await.unwrap().len(), 2);
}

async fn of_a_first_pledge_and_an_unlocking_one_wins(store: SharedStore) {
    scene::open(&store, 6).await;
    let back = async {
        scene::step(&store, CampaignState::Open, CampaignState::Locked).await;
        store.unlock_roster(CAMPAIGN, &line()).await
    };
    let (outcome, unlocked) = tokio::join!(scene::sign(&store, [0]), back);
    let signed = matches!(outcome[..], [CommitOutcome::Committed { .. }]);
    assert_ne!(signed, unlocked.is_ok());
    assert_eq!(store.count_pledges(CAMPAIGN).await.unwrap(), u64::from(signed));
}
