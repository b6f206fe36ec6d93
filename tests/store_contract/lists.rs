//! How large a write or a list may be, the same on each database.

use crate::line;
use crate::scene::{self, CAMPAIGN, person, person_id};
use ikrar::domain::participant::Participant;
use ikrar::domain::time::UnixMillis;
use ikrar::store::SharedStore;
use ikrar::store::rosters::CHUNK_ROWS_MAX;

crate::properties![the_largest_chunk_is_staged_locked_signed_and_read];

async fn the_largest_chunk_is_staged_locked_signed_and_read(store: SharedStore) {
    let people = u32::try_from(CHUNK_ROWS_MAX).unwrap();
    scene::draft(&store).await;
    store.begin_roster(CAMPAIGN, scene::ROSTER, None, UnixMillis(3), "bkd").await.unwrap();
    let roster: Vec<Participant> = (0..people).map(person).collect();
    store.stage_people(CAMPAIGN, scene::ROSTER, &roster).await.unwrap();
    store.activate_roster(CAMPAIGN, &scene::activation(u64::from(people)), &line()).await.unwrap();
    store.begin_lock(CAMPAIGN, scene::TOKEN, UnixMillis(4)).await.unwrap();
    let leaves: Vec<Vec<u8>> = (0..=people).map(|number| number.to_be_bytes().to_vec()).collect();
    store.lock_chunk(CAMPAIGN, scene::TOKEN, &scene::slots(people), &scene::rosters(), 0, &leaves).await.unwrap();
    store.finish_lock(CAMPAIGN, &scene::the_lock(people), &line()).await.unwrap();
    scene::step(&store, ikrar::domain::campaign::CampaignState::Locked, ikrar::domain::campaign::CampaignState::Open)
        .await;
    scene::sign(&store, 0..people).await;
    assert_eq!(store.count_pledges(CAMPAIGN).await.unwrap(), u64::from(people));
    let asked: Vec<_> = (0..people).map(person_id).collect();
    let facts = store.signing_facts(CAMPAIGN, &asked).await.unwrap();
    assert!(facts.len() == asked.len() && facts.iter().all(|facts| facts.pledge.is_some()));
}
