//! The keys that checks trust, cached until the keyring changes.

use crate::credential::jwks::Jwks;
use crate::keyring::{Keyring, Keys};
use crate::verification::TrustRoots;
use std::sync::{Arc, PoisonError, RwLock};

/// Derived again only when the keyring changes: decoding a public key costs a good part of a signature check.
pub struct TrustCache {
    keyring: Arc<Keyring>,
    public_url: String,
    cached: RwLock<(Arc<Keys>, Arc<TrustRoots>)>,
}

impl TrustCache {
    /// For the keys published under `public_url`.
    pub fn new(keyring: Arc<Keyring>, public_url: &str) -> Self {
        let cached = RwLock::new((keyring.keys(), roots(&Jwks::of_keyring(public_url, &keyring))));
        Self { keyring, public_url: public_url.into(), cached }
    }

    /// The keys that are trusted now.
    pub fn current(&self) -> Arc<TrustRoots> {
        let keys = self.keyring.keys();
        let (of, roots_then) = self.cached.read().unwrap_or_else(PoisonError::into_inner).clone();
        if Arc::ptr_eq(&of, &keys) {
            return roots_then;
        }
        let now = roots(&Jwks::of_keyring(&self.public_url, &self.keyring));
        *self.cached.write().unwrap_or_else(PoisonError::into_inner) = (keys, now.clone());
        now
    }
}

fn roots(published: &Jwks) -> Arc<TrustRoots> {
    Arc::new(TrustRoots::of(std::slice::from_ref(published)))
}
