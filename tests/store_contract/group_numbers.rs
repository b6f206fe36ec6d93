//! Pledges by reporting group: what an earlier program counted and what is counted since, wherever each stands.

use crate::line;
use crate::scene::{self, CAMPAIGN, sign};
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::time::UnixMillis;
use ikrar::store::SharedStore;
use ikrar::store::sqlite::Sqlite;
use sqlx::{Connection, SqliteConnection};
use std::sync::Arc;

crate::properties![a_roster_that_is_locked_again_begins_at_nothing, every_number_of_a_group_is_the_same,];

/// By the groups, by the public numbers and by a recount.
async fn signed(store: &SharedStore) -> [Vec<u64>; 3] {
    let counts = store.group_counts(CAMPAIGN).await.unwrap().iter().map(|group| group.signed).collect();
    let shown = store.public_numbers(CAMPAIGN).await.unwrap().groups.iter().map(|group| group.signed).collect();
    let recounted = store.recount_groups(CAMPAIGN).await.unwrap().iter().map(|group| group.signed).collect();
    [counts, shown, recounted]
}

async fn every_number_of_a_group_is_the_same(store: SharedStore) {
    scene::open(&store, 30).await;
    assert_eq!(signed(&store).await, [[0, 0]; 3]);
    sign(&store, 0..3).await;
    sign(&store, 3..12).await;
    assert_eq!(signed(&store).await, [[8, 4]; 3]);
    let shown = store.public_numbers(CAMPAIGN).await.unwrap();
    assert!(shown.log_size == 12 && shown.pledges_checkpoint.is_some() && shown.roster_checkpoint.is_some());
    assert_eq!(shown.committed_at, Some(UnixMillis(2_500)));
}

async fn a_roster_that_is_locked_again_begins_at_nothing(store: SharedStore) {
    scene::locked(&store, 9).await;
    store.unlock_roster(CAMPAIGN, &line()).await.unwrap();
    scene::lock(&store, 9).await;
    scene::step(&store, CampaignState::Locked, CampaignState::Open).await;
    sign(&store, 0..3).await;
    assert_eq!(signed(&store).await, [[2, 1]; 3]);
}

#[tokio::test]
async fn what_an_earlier_program_counted_is_added_to() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ikrar.sqlite");
    let store: SharedStore = Arc::new(Sqlite::open(&file).await.unwrap());
    scene::open(&store, 30).await;
    sign(&store, 0..6).await;
    // As if an earlier program had counted them.
    let mut connection = SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
    for statement in ["UPDATE reporting_group SET signed = 4 - 2 * group_index", "DELETE FROM group_tally"] {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    assert_eq!(signed(&store).await, [[4, 2]; 3]);
    sign(&store, 6..9).await;
    sign(&store, 9..15).await;
    assert_eq!(signed(&store).await, [[10, 5]; 3]);
}
