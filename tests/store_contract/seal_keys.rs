//! The keys that seal, and the editions that name them.

use crate::line;
use crate::scene::{self, CAMPAIGN};
use ikrar::domain::seal_key::{SealKey, SealKeyRole, SealKeyStatus};
use ikrar::domain::time::UnixMillis;
use ikrar::store::{SharedStore, StoreError};

crate::properties![
    keys_that_seal_read_back_and_are_added_all_or_none,
    a_key_that_seals_is_ended_and_one_that_is_compromised_stays_so,
    an_authority_s_private_key_is_forgotten_once_and_its_certificate_stays,
];

fn key(role: SealKeyRole, number: u32) -> SealKey {
    SealKey {
        role,
        number,
        kid: format!("{}-{number}", role.as_str()),
        sealed_key: Some(vec![7; 60]),
        chain: "-----BEGIN CERTIFICATE-----".into(),
        status: SealKeyStatus::Active,
        created_at: UnixMillis(5),
        ended_at: None,
    }
}

async fn keys_that_seal_read_back_and_are_added_all_or_none(store: SharedStore) {
    let (authority, seal) = (key(SealKeyRole::Authority, 1), key(SealKeyRole::Seal, 1));
    store.add_seal_keys(&[authority.clone(), seal.clone()], &line()).await.unwrap();
    assert!(store.seal_keys().await.unwrap() == [authority.clone(), seal.clone()]);
    // Another node was faster: neither of the two is added.
    let late = [key(SealKeyRole::Authority, 2), SealKey { kid: "late".into(), ..key(SealKeyRole::Seal, 1) }];
    assert!(matches!(store.add_seal_keys(&late, &line()).await, Err(StoreError::Conflict)));
    assert!(store.seal_keys().await.unwrap() == [authority, seal]);
    assert!(store.edition(CAMPAIGN, 1).await.unwrap().is_none());
    assert_eq!(scene::edition().number, 1);
}

async fn a_key_that_seals_is_ended_and_one_that_is_compromised_stays_so(store: SharedStore) {
    store.add_seal_keys(&[key(SealKeyRole::Seal, 1)], &line()).await.unwrap();
    let end = |kid: &'static str, status| {
        let store = store.clone();
        async move { store.end_seal_key(kid, status, UnixMillis(9), &line()).await }
    };
    end("seal-1", SealKeyStatus::Compromised).await.unwrap();
    let ended = &store.seal_keys().await.unwrap()[0];
    assert_eq!((ended.status, ended.ended_at), (SealKeyStatus::Compromised, Some(UnixMillis(9))));
    for (kid, status) in [("seal-1", SealKeyStatus::Retired), ("no-such", SealKeyStatus::Retired)] {
        assert!(matches!(end(kid, status).await, Err(StoreError::Conflict)), "{kid}");
    }
}

async fn an_authority_s_private_key_is_forgotten_once_and_its_certificate_stays(store: SharedStore) {
    let (authority, seal) = (key(SealKeyRole::Authority, 1), key(SealKeyRole::Seal, 1));
    store.add_seal_keys(&[authority.clone(), seal.clone()], &line()).await.unwrap();
    store.forget_authority_key(&authority.kid, &line()).await.unwrap();
    let expected = [SealKey { sealed_key: None, ..authority.clone() }, seal.clone()];
    assert!(store.seal_keys().await.unwrap() == expected);
    // A seal's key is needed for what it sealed.
    for kid in [&authority.kid, &seal.kid, "no-such"] {
        assert!(matches!(store.forget_authority_key(kid, &line()).await, Err(StoreError::Conflict)), "{kid}");
    }
    assert!(store.seal_keys().await.unwrap() == expected);
}
