//! The audit trail.

use ikrar::domain::audit::{Entry, Event};
use ikrar::domain::ids::CampaignId;
use ikrar::domain::time::UnixMillis;
use ikrar::store::{SharedStore, StoreError};

crate::properties![entries_read_back_newest_first_page_by_page, a_trail_belongs_to_one_campaign, an_id_is_used_once];

fn entry(campaign: Option<CampaignId>, at: i64) -> Entry {
    Entry::new(campaign, UnixMillis(at), [7; 10], "bkd", Event::SettingsSaved { title: format!("ke-{at}") })
}

async fn entries_read_back_newest_first_page_by_page(store: SharedStore) {
    let campaign = Some(CampaignId([1; 16]));
    for at in [3, 1, 4, 2, 5] {
        store.record(&entry(campaign, at)).await.unwrap();
    }
    let first = store.audit_page(campaign, None, 2).await.unwrap();
    assert_eq!(first, [entry(campaign, 5), entry(campaign, 4)]);
    let second = store.audit_page(campaign, Some(first[1].id), 10).await.unwrap();
    assert_eq!(second, [entry(campaign, 3), entry(campaign, 2), entry(campaign, 1)]);
}

async fn a_trail_belongs_to_one_campaign(store: SharedStore) {
    let (one, other) = (Some(CampaignId([1; 16])), Some(CampaignId([2; 16])));
    store.record(&entry(one, 1)).await.unwrap();
    store.record(&entry(None, 2)).await.unwrap();
    assert_eq!(store.audit_page(one, None, 9).await.unwrap().len(), 1);
    assert_eq!(store.audit_page(other, None, 9).await.unwrap().len(), 0);
    assert_eq!(store.audit_page(None, None, 9).await.unwrap(), [entry(None, 2)]);
}

async fn an_id_is_used_once(store: SharedStore) {
    store.record(&entry(None, 1)).await.unwrap();
    assert!(matches!(store.record(&entry(None, 1)).await, Err(StoreError::Conflict)));
}
