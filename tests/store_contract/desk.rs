//! What the help desk asks.

use ikrar::domain::ids::{CampaignId, ParticipantId};
use ikrar::store::SharedStore;

crate::properties![a_code_is_issued_anew_one_version_at_a_time, an_empty_roster_finds_nobody];

async fn a_code_is_issued_anew_one_version_at_a_time(store: SharedStore) {
    let (campaign, person) = (CampaignId([1; 16]), ParticipantId([2; 16]));
    assert_eq!(store.reissue_code(campaign, person).await.unwrap(), 2);
    assert_eq!(store.reissue_code(campaign, person).await.unwrap(), 3);
    assert_eq!(store.reissue_code(CampaignId([9; 16]), person).await.unwrap(), 2);
}

async fn an_empty_roster_finds_nobody(store: SharedStore) {
    let campaign = CampaignId([1; 16]);
    assert!(store.people_named(campaign, None, &["siti".into()], 5).await.unwrap().is_empty());
    assert!(store.institution_progress(campaign).await.unwrap().is_empty());
    assert!(store.unit_progress(campaign, "16").await.unwrap().is_empty());
}
