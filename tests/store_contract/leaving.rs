//! What nodes tell each other of sessions that were left.

use ikrar::domain::time::UnixMillis;
use ikrar::store::SharedStore;
use ikrar::store::sign_outs::{ROW_SIGN_OUTS_MAX, SIGN_OUT_ROWS_READ_MAX, SignOutRow, SignedOutSession};

crate::properties![
    what_was_left_is_read_by_node_and_number,
    a_row_that_is_sent_twice_stays_as_it_was,
    many_rows_are_read_in_pages,
    what_has_expired_is_forgotten_and_what_is_in_force_stays,
    a_node_that_is_forgotten_goes_on_counting,
    two_nodes_may_write_at_once,
];

fn session(number: u64, expires_at: i64) -> SignedOutSession {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&number.to_be_bytes());
    SignedOutSession { key, expires_at: UnixMillis(expires_at) }
}

fn row(node: u8, number: u64, sessions: Vec<SignedOutSession>) -> SignOutRow {
    SignOutRow { node: [node; 16], number, sessions }
}

async fn keep(store: &SharedStore, rows: &[SignOutRow]) {
    for row in rows {
        store.add_sign_outs(row).await.unwrap();
    }
}

async fn read(store: &SharedStore, node: u8, from: u64) -> Vec<SignOutRow> {
    store.sign_outs_from([node; 16], from).await.unwrap()
}

async fn what_was_left_is_read_by_node_and_number(store: SharedStore) {
    let most = (0..ROW_SIGN_OUTS_MAX as u64).map(|number| session(number, i64::MAX)).collect();
    let rows = [row(1, 0, vec![session(7, 10)]), row(1, 1, most), row(2, 0, vec![session(8, 20), session(9, 5)])];
    assert_eq!(store.sign_out_nodes().await.unwrap(), []);
    keep(&store, &rows).await;
    assert_eq!(store.sign_out_nodes().await.unwrap(), [([1; 16], 2), ([2; 16], 1)]);
    assert!(read(&store, 1, 0).await == rows[..2] && read(&store, 2, 0).await == rows[2..]);
    assert!(read(&store, 1, 1).await == rows[1..2]);
    assert!(read(&store, 1, 2).await.is_empty() && read(&store, 3, 0).await.is_empty());
}

async fn a_row_that_is_sent_twice_stays_as_it_was(store: SharedStore) {
    let first = row(1, 0, vec![session(7, 10)]);
    keep(&store, &[first.clone(), first.clone(), row(1, 0, vec![session(8, 10)])]).await;
    assert!(read(&store, 1, 0).await == [first]);
    assert_eq!(store.sign_out_nodes().await.unwrap(), [([1; 16], 1)]);
}

async fn many_rows_are_read_in_pages(store: SharedStore) {
    let last = SIGN_OUT_ROWS_READ_MAX as u64 + 3;
    for number in 0..last {
        store.add_sign_outs(&row(1, number, vec![session(number, 10)])).await.unwrap();
    }
    let first = read(&store, 1, 0).await;
    let next = first.last().unwrap().number + 1;
    assert_eq!((first.len(), next), (SIGN_OUT_ROWS_READ_MAX, SIGN_OUT_ROWS_READ_MAX as u64));
    assert_eq!(read(&store, 1, next).await.len(), 3);
}

async fn what_has_expired_is_forgotten_and_what_is_in_force_stays(store: SharedStore) {
    let rows = [
        row(1, 0, vec![session(1, 10)]),
        row(1, 1, vec![session(2, 10), session(3, 30)]),
        row(1, 2, vec![session(4, 20)]),
        row(2, 0, vec![session(5, 10)]),
    ];
    keep(&store, &rows).await;
    assert_eq!(store.forget_sign_outs([1; 16], UnixMillis(9)).await.unwrap(), 0);
    assert_eq!(store.forget_sign_outs([1; 16], UnixMillis(20)).await.unwrap(), 2);
    assert!(read(&store, 1, 0).await == rows[1..2], "a row with one session in force is needed");
    assert!(read(&store, 2, 0).await == rows[3..], "another node's rows are its own");
    assert_eq!(store.sign_out_nodes().await.unwrap(), [([1; 16], 3), ([2; 16], 1)]);
}

async fn a_node_that_is_forgotten_goes_on_counting(store: SharedStore) {
    keep(&store, &[row(1, 0, vec![session(1, 10)]), row(2, 0, vec![session(2, 20)])]).await;
    assert_eq!(store.forget_sign_outs([1; 16], UnixMillis(10)).await.unwrap(), 1);
    assert_eq!(store.sign_out_nodes().await.unwrap(), [([2; 16], 1)]);
    keep(&store, &[row(1, 1, vec![session(3, 40)])]).await;
    assert_eq!(store.sign_out_nodes().await.unwrap(), [([1; 16], 2), ([2; 16], 1)]);
    assert_eq!(read(&store, 1, 0).await.len(), 1);
}

async fn two_nodes_may_write_at_once(store: SharedStore) {
    let write = |node: u8| {
        let store = store.clone();
        async move {
            for number in 0..40 {
                keep(&store, &[row(node, number, vec![session(number, 10)])]).await;
                store.forget_sign_outs([3 - node; 16], UnixMillis(5)).await.unwrap();
            }
        }
    };
    tokio::join!(write(1), write(2));
    assert_eq!(store.sign_out_nodes().await.unwrap(), [([1; 16], 40), ([2; 16], 40)]);
    assert_eq!((read(&store, 1, 0).await.len(), read(&store, 2, 0).await.len()), (40, 40));
}
