//! Rows as they are stored, for whoever derives everything again.

use crate::line;
use crate::scene::{self, CAMPAIGN, entry, person, person_id, pledge_id, sign};
use ikrar::domain::time::UnixMillis;
use ikrar::store::SharedStore;
use ikrar::store::pledges::{LogKind, RevocationRecord};
use ikrar::tlog::merkle::{Frontier, leaf_hash};

crate::properties![
    a_log_s_head_is_read_with_what_stands_under_it,
    the_groups_numbers_are_read_with_the_revocations,
    leaves_are_read_with_their_indexes,
    people_are_read_with_the_leaf_at_their_slot,
    pledges_are_read_with_their_person_and_leaf,
];

async fn a_log_s_head_is_read_with_what_stands_under_it(store: SharedStore) {
    scene::open(&store, 6).await;
    assert_eq!(store.recount_head(CAMPAIGN, LogKind::Pledges).await.unwrap(), None);
    sign(&store, 0..4).await;
    let head = store.recount_head(CAMPAIGN, LogKind::Pledges).await.unwrap().unwrap();
    let shown = store.log_head(CAMPAIGN, LogKind::Pledges).await.unwrap().unwrap();
    assert_eq!((head.size, head.leaves_end, head.pledges), (4, 4, 4));
    assert_eq!((head.root, &head.checkpoint), (shown.root, &shown.checkpoint));
    let mut frontier = Frontier::new();
    (0..4).for_each(|number| frontier.append(leaf_hash(&entry(number, 0).leaf)));
    assert_eq!(head.frontier, frontier.to_bytes());
    let roster = store.recount_head(CAMPAIGN, LogKind::Roster).await.unwrap().unwrap();
    assert_eq!((roster.size, roster.leaves_end, roster.pledges), (7, 7, 4));
}

async fn the_groups_numbers_are_read_with_the_revocations(store: SharedStore) {
    assert!(store.recount_groups(CAMPAIGN).await.unwrap().is_empty());
    scene::open(&store, 6).await;
    assert_eq!(store.recount_groups(CAMPAIGN).await.unwrap()[0].log_size, 0);
    sign(&store, 0..4).await;
    let revocation = RevocationRecord { reason: "bukan saya".into(), at: UnixMillis(3_000), by: "bkd".into() };
    scene::revoke(&store, pledge_id(32), &revocation).await.unwrap();
    let groups = store.recount_groups(CAMPAIGN).await.unwrap();
    let numbers: Vec<_> =
        groups.iter().map(|g| (g.index, g.eligible, g.signed, g.revoked, g.revocations, g.log_size)).collect();
    assert_eq!(numbers, [(0, 4, 3, 0, 0, 4), (1, 2, 1, 1, 1, 4)]);
    assert!(groups.iter().all(|group| group.all_revocations == 1));
}

async fn leaves_are_read_with_their_indexes(store: SharedStore) {
    scene::open(&store, 6).await;
    sign(&store, 0..6).await;
    let leaves = store.recount_leaves(CAMPAIGN, LogKind::Pledges, 3, 2).await.unwrap();
    let read: Vec<_> = leaves.into_iter().map(|leaf| (leaf.index, leaf.bytes)).collect();
    assert_eq!(read, [(3, entry(3, 0).leaf), (4, entry(4, 0).leaf)]);
    assert!(store.recount_leaves(CAMPAIGN, LogKind::Pledges, 6, 2).await.unwrap().is_empty());
}

async fn people_are_read_with_the_leaf_at_their_slot(store: SharedStore) {
    scene::with_roster(&store, 5).await;
    let unlocked = store.recount_people(CAMPAIGN, None, 1).await.unwrap();
    assert_eq!((unlocked[0].slot, unlocked[0].salt, &unlocked[0].leaf), (0, None, &None));
    store.begin_lock(CAMPAIGN, scene::TOKEN, UnixMillis(4)).await.unwrap();
    let leaves: Vec<Vec<u8>> = (0u32..=5).map(|number| number.to_be_bytes().to_vec()).collect();
    store.lock_chunk(CAMPAIGN, scene::TOKEN, &scene::slots(5), &scene::rosters(), 0, &leaves).await.unwrap();
    store.finish_lock(CAMPAIGN, &scene::the_lock(5), &line()).await.unwrap();

    let people = store.recount_people(CAMPAIGN, Some(person_id(1)), 2).await.unwrap();
    assert_eq!(people.len(), 2);
    assert_eq!((people[0].participant, people[0].slot, people[0].group), (person_id(2), 3, 1));
    assert_eq!((people[0].salt, people[0].leaf.as_ref()), (Some([2; 32]), Some(&leaves[3])));
    assert_eq!(people[0].identifier, person(2).identifier);
    assert_eq!(people[1].participant, person_id(3));
    assert!(store.recount_people(CAMPAIGN, Some(person_id(4)), 2).await.unwrap().is_empty());
}

async fn pledges_are_read_with_their_person_and_leaf(store: SharedStore) {
    scene::open(&store, 6).await;
    sign(&store, [5, 2, 0]).await;
    let pledges = store.recount_pledges(CAMPAIGN, None, 2).await.unwrap();
    assert_eq!(pledges.iter().map(|one| one.participant).collect::<Vec<_>>(), [person_id(0), person_id(2)]);
    let two = &pledges[1];
    let entry = entry(2, 0);
    assert_eq!((two.pledge, two.log_index, two.signed_count, two.signed_at), (entry.pledge, 1, 3, entry.signed_at));
    assert_eq!((&two.credential, two.salt, two.method), (&entry.credential, entry.salt, Some(entry.method)));
    assert_eq!((two.text_hash, two.leaf.as_ref()), (scene::text("Ikrar").hash(), Some(&entry.leaf)));
    let signer = two.signer.as_ref().unwrap();
    assert_eq!((signer.institution.as_str(), signer.slot, signer.group), ("16.71", 3, 1));
    assert_eq!((signer.shown_name.clone(), signer.last4.clone()), (person(2).shown_name, person(2).identifier.last4()));
    let rest = store.recount_pledges(CAMPAIGN, Some(person_id(2)), 2).await.unwrap();
    assert_eq!(rest.iter().map(|one| one.log_index).collect::<Vec<_>>(), [0]);
}
