//! What nodes tell each other of wrong attempts.

use ikrar::domain::time::UnixMillis;
use ikrar::store::SharedStore;
use ikrar::store::wrong_attempts::{AttemptReport, BUCKET_COUNTS_MAX, BucketCount, REPORTS_KEPT, ThrottleKind};

crate::properties![
    what_a_node_tells_is_heard_by_the_others_and_not_by_itself,
    a_node_that_tells_for_ever_keeps_a_few_rows,
    what_was_told_long_ago_is_forgotten,
    two_nodes_may_tell_at_once,
];

const LONG_AGO: UnixMillis = UnixMillis(0);

fn telling(node: u8, number: u64, at: i64, counts: Vec<BucketCount>) -> AttemptReport {
    AttemptReport { node: [node; 16], number, at: UnixMillis(at), counts }
}

fn tally(bucket: u16, wrong: u16) -> BucketCount {
    BucketCount { throttle: ThrottleKind::ALL[usize::from(bucket) % ThrottleKind::ALL.len()], bucket, wrong }
}

async fn what_a_node_tells_is_heard_by_the_others_and_not_by_itself(store: SharedStore) {
    let most = (0..BUCKET_COUNTS_MAX).map(|bucket| tally(u16::try_from(bucket).unwrap(), u16::MAX)).collect();
    let told = [
        telling(1, 0, 10, vec![tally(0, 1), tally(65_535, 65_535)]),
        telling(1, 1, 20, most),
        telling(2, 0, 20, vec![tally(7, 3)]),
    ];
    for telling in &told {
        store.report_attempts(telling, LONG_AGO).await.unwrap();
    }
    assert_eq!(store.attempt_reports([3; 16], UnixMillis(9)).await.unwrap(), told);
    assert_eq!(store.attempt_reports([2; 16], UnixMillis(9)).await.unwrap(), told[..2]);
    assert_eq!(store.attempt_reports([1; 16], UnixMillis(9)).await.unwrap(), told[2..]);
    assert_eq!(store.attempt_reports([3; 16], UnixMillis(10)).await.unwrap(), told[1..]);
}

async fn a_node_that_tells_for_ever_keeps_a_few_rows(store: SharedStore) {
    let last = 3 * REPORTS_KEPT + 1;
    for number in 0..=last {
        store.report_attempts(&telling(1, number, 10, vec![tally(1, 1)]), LONG_AGO).await.unwrap();
    }
    let kept: Vec<u64> =
        store.attempt_reports([2; 16], LONG_AGO).await.unwrap().iter().map(|telling| telling.number).collect();
    assert_eq!(kept, (last + 1 - REPORTS_KEPT..=last).collect::<Vec<u64>>());
}

async fn what_was_told_long_ago_is_forgotten(store: SharedStore) {
    for node in 1..=5 {
        store.report_attempts(&telling(node, 0, i64::from(node), vec![tally(1, 1)]), LONG_AGO).await.unwrap();
    }
    store.report_attempts(&telling(6, 0, 100, vec![]), UnixMillis(4)).await.unwrap();
    let left = store.attempt_reports([9; 16], LONG_AGO).await.unwrap();
    assert_eq!(left, [telling(5, 0, 5, vec![tally(1, 1)]), telling(6, 0, 100, vec![])]);
}

async fn two_nodes_may_tell_at_once(store: SharedStore) {
    let tell = |node: u8| {
        let store = store.clone();
        async move {
            for number in 0..50 {
                let at = i64::try_from(number).unwrap() + 1;
                store.report_attempts(&telling(node, number, at, vec![tally(1, 1)]), LONG_AGO).await.unwrap();
            }
        }
    };
    tokio::join!(tell(1), tell(2));
    assert_eq!(store.attempt_reports([3; 16], LONG_AGO).await.unwrap().len(), 100);
}
