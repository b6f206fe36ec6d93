//! The nodes that serve an installation, and the keys that have begun to be used.

use crate::properties;
use ikrar::domain::key::{KeyInUse, KeyRole};
use ikrar::domain::time::UnixMillis;
use ikrar::store::SharedStore;
use ikrar::store::nodes::ServingNode;

const T0: i64 = 1_800_000_000_000;

properties!(
    a_node_is_there_with_what_it_said_last_until_it_is_silent_too_long_or_leaves,
    a_key_begins_once_and_keeps_its_time_whoever_says_it_again,
    two_nodes_that_say_it_at_once_begin_a_key_once,
);

fn node(id: u8, keys: &[&str], seen_at: i64) -> ServingNode {
    ServingNode { id: [id; 16], keys: keys.iter().map(|key| (*key).into()).collect(), seen_at: UnixMillis(seen_at) }
}

fn begun(role: KeyRole, kid: &str, since: i64) -> KeyInUse {
    KeyInUse { role, kid: kid.into(), since: UnixMillis(since) }
}

async fn a_node_is_there_with_what_it_said_last_until_it_is_silent_too_long_or_leaves(store: SharedStore) {
    let since = async |at: i64| store.nodes_since(UnixMillis(at)).await.unwrap();
    assert_eq!(since(0).await, []);
    store.report_node(&node(1, &["a"], T0), UnixMillis(0)).await.unwrap();
    store.report_node(&node(2, &[], T0 + 5), UnixMillis(0)).await.unwrap();
    store.report_node(&node(1, &["a", "b"], T0 + 10), UnixMillis(0)).await.unwrap();
    assert_eq!(since(T0).await, [node(1, &["a", "b"], T0 + 10), node(2, &[], T0 + 5)]);
    assert_eq!(since(T0 + 5).await, [node(1, &["a", "b"], T0 + 10)], "seen after, not at");
    // Who was silent up to then is forgotten by whoever speaks next.
    store.report_node(&node(3, &["b"], T0 + 20), UnixMillis(T0 + 5)).await.unwrap();
    assert_eq!(since(0).await, [node(1, &["a", "b"], T0 + 10), node(3, &["b"], T0 + 20)]);
    store.forget_node([1; 16]).await.unwrap();
    store.forget_node([1; 16]).await.unwrap();
    assert_eq!(since(0).await, [node(3, &["b"], T0 + 20)]);
}

async fn a_key_begins_once_and_keeps_its_time_whoever_says_it_again(store: SharedStore) {
    assert_eq!(store.keys_in_use().await.unwrap(), []);
    for key in [
        begun(KeyRole::Session, "s", T0 + 9),
        begun(KeyRole::Credential, "b", T0 + 3),
        begun(KeyRole::Credential, "a", T0 + 3),
        begun(KeyRole::Session, "s", T0 + 50),
        begun(KeyRole::Session, "s", T0 - 50),
        // One id in two roles is two keys.
        begun(KeyRole::Log, "s", T0 + 1),
    ] {
        store.begin_key(&key).await.unwrap();
    }
    let oldest_first = [
        begun(KeyRole::Log, "s", T0 + 1),
        begun(KeyRole::Credential, "a", T0 + 3),
        begun(KeyRole::Credential, "b", T0 + 3),
        begun(KeyRole::Session, "s", T0 + 9),
    ];
    assert_eq!(store.keys_in_use().await.unwrap(), oldest_first);
}

async fn two_nodes_that_say_it_at_once_begin_a_key_once(store: SharedStore) {
    for turn in 0..8 {
        let kid = format!("k{turn}");
        let (one, other) =
            (begun(KeyRole::Credential, &kid, T0 + turn), begun(KeyRole::Credential, &kid, T0 + 100 + turn));
        let (first, second) = tokio::join!(store.begin_key(&one), store.begin_key(&other));
        first.unwrap();
        second.unwrap();
        let kept = store.keys_in_use().await.unwrap();
        let kept: Vec<_> = kept.iter().filter(|key| key.kid == kid).collect();
        assert!(kept.len() == 1 && (*kept[0] == one || *kept[0] == other), "{kept:?}");
    }
}
