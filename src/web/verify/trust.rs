//! The keys that a check trusts, as the keyring holds them now.

use crate::credential::jwks::Jwks;
use crate::keyring::{Keyring, Keys};
use crate::service::key_rotation;
use crate::verification::TrustRoots;
use std::sync::{Arc, PoisonError, RwLock};

/// Made again only when the keyring has changed: reading a key costs as much as a good part of a signature's check.
pub struct Trust {
    keyring: Arc<Keyring>,
    public_url: String,
    made: RwLock<(Arc<Keys>, Arc<TrustRoots>)>,
}

impl Trust {
    pub fn of(keyring: Arc<Keyring>, public_url: &str) -> Self {
        let made = RwLock::new((keyring.keys(), roots(&key_rotation::published(public_url, &keyring))));
        Self { keyring, public_url: public_url.into(), made }
    }

    pub fn now(&self) -> Arc<TrustRoots> {
        let keys = self.keyring.keys();
        let (of, made) = self.made.read().unwrap_or_else(PoisonError::into_inner).clone();
        if Arc::ptr_eq(&of, &keys) {
            return made;
        }
        let made = roots(&key_rotation::published(&self.public_url, &self.keyring));
        *self.made.write().unwrap_or_else(PoisonError::into_inner) = (keys, made.clone());
        made
    }
}

fn roots(published: &Jwks) -> Arc<TrustRoots> {
    Arc::new(TrustRoots::of(std::slice::from_ref(published)))
}
