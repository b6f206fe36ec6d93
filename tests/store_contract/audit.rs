//! The audit trail.

use ikrar::domain::audit::{Entry, Event};
use ikrar::domain::ids::CampaignId;
use ikrar::domain::time::UnixMillis;
use ikrar::store::{SharedStore, StoreError};

crate::properties![
    entries_read_back_newest_first_page_by_page,
    a_trail_belongs_to_one_campaign,
    the_newest_entry_is_not_written_again,
    a_trail_keeps_the_order_it_was_written_in,
];

fn entry(campaign: Option<CampaignId>, at: i64) -> Entry {
    Entry::new(campaign, UnixMillis(at), [7; 10], "bkd", Event::SettingsSaved { title: format!("ke-{at}") })
}

async fn entries_read_back_newest_first_page_by_page(store: SharedStore) {
    let campaign = Some(CampaignId([1; 16]));
    for at in 1..=5 {
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

async fn the_newest_entry_is_not_written_again(store: SharedStore) {
    store.record(&entry(None, 1)).await.unwrap();
    assert!(matches!(store.record(&entry(None, 1)).await, Err(StoreError::Conflict)));
}

async fn a_trail_keeps_the_order_it_was_written_in(store: SharedStore) {
    let campaign = Some(CampaignId([1; 16]));
    let titled = |title: &str, at: i64, random: u8| {
        Entry::new(campaign, UnixMillis(at), [random; 10], "bkd", Event::SettingsSaved { title: title.into() })
    };
    // Within one millisecond, and with a clock that was put back.
    for (title, at, random) in [("a", 5, 9), ("b", 5, 1), ("c", 5, 8), ("d", 2, 200), ("e", 6, 0)] {
        store.record(&titled(title, at, random)).await.unwrap();
    }
    let mut told = vec![];
    let mut before = None;
    // One by one, so that the pages' edges are in order too.
    while let Some(entry) = store.audit_page(campaign, before, 1).await.unwrap().pop() {
        let Event::SettingsSaved { title } = entry.event else { unreachable!("nothing else was written") };
        told.push((title, entry.at.0));
        before = Some(entry.id);
    }
    assert_eq!(told, [("e", 6), ("d", 2), ("c", 5), ("b", 5), ("a", 5)].map(|(title, at)| (title.to_owned(), at)));
}
