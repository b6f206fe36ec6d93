//! Minutes, the copies that were signed elsewhere, and the numbers that only they need.

use crate::line;
use crate::scene::{self, CAMPAIGN, CLOSES_AT, OPENS_AT};
use ikrar::domain::minutes::{MinutesEdition, SignedCopy};
use ikrar::domain::time::UnixMillis;
use ikrar::store::{SharedStore, StoreError};

crate::properties![
    minutes_read_back_and_a_number_is_given_once,
    the_newest_copy_of_minutes_counts,
    a_copy_of_no_minutes_isn_t_kept,
    the_first_and_the_last_pledge_are_found_and_places_are_counted,
];

fn edition(number: u32) -> MinutesEdition {
    MinutesEdition {
        number,
        letter_number: "800/1".into(),
        reason: if number == 1 { String::new() } else { "salah tulis".into() },
        sha256: [7; 32],
        bytes: 5,
        seal_key: "seal".into(),
        made_at: UnixMillis(9),
        made_by: "bkd".into(),
        copy: None,
    }
}

fn copy(number: u32) -> SignedCopy {
    SignedCopy {
        number,
        sha256: [8; 32],
        bytes: 3 + u64::from(number),
        is_extension: number > 1,
        sent_at: UnixMillis(10),
        sent_by: "bkd-2".into(),
    }
}

async fn minutes_read_back_and_a_number_is_given_once(store: SharedStore) {
    assert_eq!(store.minutes(CAMPAIGN).await.unwrap(), []);
    assert_eq!(store.minutes_file(CAMPAIGN, 1).await.unwrap(), None);
    store.add_minutes(CAMPAIGN, &edition(1), b"%PDF1", &line()).await.unwrap();
    store.add_minutes(CAMPAIGN, &edition(2), b"%PDF2", &line()).await.unwrap();
    let again = store.add_minutes(CAMPAIGN, &edition(2), b"other", &line()).await;
    assert!(matches!(again, Err(StoreError::Conflict)));
    assert_eq!(store.minutes(CAMPAIGN).await.unwrap(), [edition(1), edition(2)]);
    assert_eq!(store.minutes_file(CAMPAIGN, 2).await.unwrap().unwrap(), b"%PDF2");
}

async fn the_newest_copy_of_minutes_counts(store: SharedStore) {
    store.add_minutes(CAMPAIGN, &edition(1), b"%PDF1", &line()).await.unwrap();
    store.add_minutes(CAMPAIGN, &edition(2), b"%PDF2", &line()).await.unwrap();
    store.add_signed_copy(CAMPAIGN, 1, &copy(1), b"%PDF", &line()).await.unwrap();
    store.add_signed_copy(CAMPAIGN, 1, &copy(2), b"%PDF2", &line()).await.unwrap();
    let late = store.add_signed_copy(CAMPAIGN, 1, &copy(2), b"late!", &line()).await;
    assert!(matches!(late, Err(StoreError::Conflict)));
    let with_copy = MinutesEdition { copy: Some(copy(2)), ..edition(1) };
    assert_eq!(store.minutes(CAMPAIGN).await.unwrap(), [with_copy, edition(2)]);
    assert_eq!(store.signed_copy_file(CAMPAIGN, 1).await.unwrap().unwrap(), b"%PDF2");
    assert_eq!(store.signed_copy_file(CAMPAIGN, 2).await.unwrap(), None);
}

async fn a_copy_of_no_minutes_isn_t_kept(store: SharedStore) {
    let refused = store.add_signed_copy(CAMPAIGN, 1, &copy(1), b"%PDF", &line()).await;
    assert!(matches!(refused, Err(StoreError::Conflict)));
    assert_eq!(store.signed_copy_file(CAMPAIGN, 1).await.unwrap(), None);
}

async fn the_first_and_the_last_pledge_are_found_and_places_are_counted(store: SharedStore) {
    assert_eq!(store.signing_span(CAMPAIGN).await.unwrap(), None);
    scene::open(&store, 5).await;
    assert_eq!(store.signing_span(CAMPAIGN).await.unwrap(), None);
    scene::sign(&store, 0..3).await;
    let (first, last) = store.signing_span(CAMPAIGN).await.unwrap().unwrap();
    assert!(first <= last && (OPENS_AT..CLOSES_AT).contains(&first) && (OPENS_AT..CLOSES_AT).contains(&last));
    let places = store.location_progress(CAMPAIGN).await.unwrap();
    let sum = places.iter().fold((0, 0), |sum, place| (sum.0 + place.people, sum.1 + place.signed));
    assert_eq!(sum, (5, 3));
}
