//! What is fixed for the installation.

use ikrar::store::SharedStore;
use ikrar::store::installation::PUBLIC_URL;

crate::properties![the_first_value_is_fixed_for_good];

async fn the_first_value_is_fixed_for_good(store: SharedStore) {
    assert_eq!(store.pinned(PUBLIC_URL).await.unwrap(), None);
    assert_eq!(store.pin(PUBLIC_URL, "https://a.example").await.unwrap(), "https://a.example");
    assert_eq!(store.pin(PUBLIC_URL, "https://b.example").await.unwrap(), "https://a.example");
    assert_eq!(store.pinned(PUBLIC_URL).await.unwrap().as_deref(), Some("https://a.example"));
}
