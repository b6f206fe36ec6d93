//! What nodes tell each other of wrong attempts.

use ikrar::domain::time::UnixMillis;
use ikrar::store::SharedStore;
use ikrar::store::attempts::{Gate, TALLIES_MAX, TELLINGS_KEPT, Tally, Telling};

crate::properties![
    what_a_node_tells_is_heard_by_the_others_and_not_by_itself,
    a_node_that_tells_for_ever_keeps_a_few_rows,
    what_was_told_long_ago_is_forgotten,
    two_nodes_may_tell_at_once,
];

const LONG_AGO: UnixMillis = UnixMillis(0);

fn telling(node: u8, number: u64, at: i64, tallies: Vec<Tally>) -> Telling {
    Telling { node: [node; 16], number, at: UnixMillis(at), tallies }
}

fn tally(bucket: u16, wrong: u16) -> Tally {
    Tally { gate: Gate::ALL[usize::from(bucket) % Gate::ALL.len()], bucket, wrong }
}

async fn what_a_node_tells_is_heard_by_the_others_and_not_by_itself(store: SharedStore) {
    let most = (0..TALLIES_MAX).map(|bucket| tally(u16::try_from(bucket).unwrap(), u16::MAX)).collect();
    let told = [
        telling(1, 0, 10, vec![tally(0, 1), tally(65_535, 65_535)]),
        telling(1, 1, 20, most),
        telling(2, 0, 20, vec![tally(7, 3)]),
    ];
    for telling in &told {
        store.tell_attempts(telling, LONG_AGO).await.unwrap();
    }
    assert_eq!(store.attempts_told([3; 16], UnixMillis(9)).await.unwrap(), told);
    assert_eq!(store.attempts_told([2; 16], UnixMillis(9)).await.unwrap(), told[..2]);
    assert_eq!(store.attempts_told([1; 16], UnixMillis(9)).await.unwrap(), told[2..]);
    assert_eq!(store.attempts_told([3; 16], UnixMillis(10)).await.unwrap(), told[1..]);
}

async fn a_node_that_tells_for_ever_keeps_a_few_rows(store: SharedStore) {
    let last = 3 * TELLINGS_KEPT + 1;
    for number in 0..=last {
        store.tell_attempts(&telling(1, number, 10, vec![tally(1, 1)]), LONG_AGO).await.unwrap();
    }
    let kept: Vec<u64> =
        store.attempts_told([2; 16], LONG_AGO).await.unwrap().iter().map(|telling| telling.number).collect();
    assert_eq!(kept, (last + 1 - TELLINGS_KEPT..=last).collect::<Vec<u64>>());
}

async fn what_was_told_long_ago_is_forgotten(store: SharedStore) {
    for node in 1..=5 {
        store.tell_attempts(&telling(node, 0, i64::from(node), vec![tally(1, 1)]), LONG_AGO).await.unwrap();
    }
    store.tell_attempts(&telling(6, 0, 100, vec![]), UnixMillis(4)).await.unwrap();
    let left = store.attempts_told([9; 16], LONG_AGO).await.unwrap();
    assert_eq!(left, [telling(5, 0, 5, vec![tally(1, 1)]), telling(6, 0, 100, vec![])]);
}

async fn two_nodes_may_tell_at_once(store: SharedStore) {
    let tell = |node: u8| {
        let store = store.clone();
        async move {
            for number in 0..50 {
                let at = i64::try_from(number).unwrap() + 1;
                store.tell_attempts(&telling(node, number, at, vec![tally(1, 1)]), LONG_AGO).await.unwrap();
            }
        }
    };
    tokio::join!(tell(1), tell(2));
    assert_eq!(store.attempts_told([3; 16], LONG_AGO).await.unwrap().len(), 100);
}
