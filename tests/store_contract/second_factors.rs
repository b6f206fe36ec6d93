//! Second factors and recovery codes.

use crate::line;
use ikrar::domain::account::{Account, Role, Scope};
use ikrar::domain::time::UnixMillis;
use ikrar::store::second_factors::StoredSecondFactor;
use ikrar::store::{SharedStore, StoreError};

crate::properties![
    a_second_factor_reads_back_and_is_replaced,
    a_second_factor_is_taken_away_once,
    a_step_is_accepted_once_and_none_before_it,
    a_recovery_code_is_used_up,
    attempts_are_counted_within_their_time,
];

fn factor(last_step: u64) -> StoredSecondFactor {
    StoredSecondFactor { sealed: vec![7; 60], added_at: UnixMillis(5), last_step }
}

async fn begin(store: &SharedStore) {
    let account = Account {
        login: "bkd".into(),
        display_name: "Nama Orang".into(),
        role: Role::Organizer,
        scope: Scope::All,
        must_change_password: false,
        one_time_until: None,
        disabled: false,
        created_at: UnixMillis(5),
    };
    store.add_account(&account, "hash", &line()).await.unwrap();
    store.set_second_factor("bkd", &factor(10), &[[1; 32], [2; 32]], &line()).await.unwrap();
}

async fn a_second_factor_reads_back_and_is_replaced(store: SharedStore) {
    begin(&store).await;
    assert_eq!(store.second_factor("bkd").await.unwrap(), Some(factor(10)));
    assert_eq!(store.second_factor("kota").await.unwrap(), None);
    store.set_second_factor("bkd", &factor(12), &[[3; 32]], &line()).await.unwrap();
    assert_eq!(store.second_factor("bkd").await.unwrap(), Some(factor(12)));
    assert_eq!(store.recovery_codes_left("bkd").await.unwrap(), 1);
}

async fn a_second_factor_is_taken_away_once(store: SharedStore) {
    begin(&store).await;
    store.remove_second_factor("bkd", UnixMillis(99), &line()).await.unwrap();
    assert_eq!(store.second_factor("bkd").await.unwrap(), None);
    assert_eq!(store.recovery_codes_left("bkd").await.unwrap(), 0);
    assert_eq!(store.factor_waived_until("bkd").await.unwrap(), UnixMillis(99));
    let again = store.remove_second_factor("bkd", UnixMillis(99), &line()).await;
    assert!(matches!(again, Err(StoreError::Conflict)));
    let codes = store.set_recovery_codes("bkd", &[[1; 32]], &line()).await;
    assert!(matches!(codes, Err(StoreError::Conflict)));
}

async fn a_step_is_accepted_once_and_none_before_it(store: SharedStore) {
    begin(&store).await;
    assert!(!store.take_step("bkd", 10).await.unwrap());
    let tries = futures_util::future::join_all((0..8).map(|_| store.take_step("bkd", 11))).await;
    assert_eq!(tries.iter().filter(|taken| *taken.as_ref().unwrap()).count(), 1);
    assert!(!store.take_step("bkd", 11).await.unwrap());
    assert!(store.take_step("bkd", 12).await.unwrap());
    assert!(!store.take_step("kota", 12).await.unwrap());
}

async fn a_recovery_code_is_used_up(store: SharedStore) {
    begin(&store).await;
    assert!(!store.take_recovery_code("kota", &[1; 32], &line()).await.unwrap());
    assert!(store.take_recovery_code("bkd", &[1; 32], &line()).await.unwrap());
    assert!(!store.take_recovery_code("bkd", &[1; 32], &line()).await.unwrap());
    store.set_recovery_codes("bkd", &[[4; 32], [5; 32]], &line()).await.unwrap();
    assert!(!store.take_recovery_code("bkd", &[2; 32], &line()).await.unwrap());
    assert_eq!(store.recovery_codes_left("bkd").await.unwrap(), 2);
}

async fn attempts_are_counted_within_their_time(store: SharedStore) {
    begin(&store).await;
    let count = async |since, now| store.count_code_attempt("bkd", UnixMillis(since), UnixMillis(now)).await.unwrap();
    assert_eq!((count(1, 100).await, count(1, 200).await, count(99, 999).await), (1, 2, 3));
    assert_eq!(count(100, 1_000).await, 1);
    assert_eq!(count(100, 1_001).await, 2);
    assert!(store.take_step("bkd", 11).await.unwrap());
    assert_eq!(count(101, 1_002).await, 1);
    assert_eq!(store.count_code_attempt("kota", UnixMillis(0), UnixMillis(1)).await.unwrap(), 0);
}
