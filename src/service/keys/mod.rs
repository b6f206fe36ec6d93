//! The installation's keys: administration of the keyring's file, and rotation on the nodes that serve.

mod administration;
mod rotation;
mod seals;

pub use administration::{KeyAdministration, KeyChangeError, KeyInfo, SealKeyInfo};
pub use rotation::KeyRotation;
pub use seals::{SealKeyError, SealKeys, published_seals};

pub use crate::certificate::pades::{BroughtFault, PEM_BYTES_MAX, brought_seal, private_key, private_key_pem};

use crate::atomic_file;
use crate::credential::jwks::Jwks;
use crate::keyring::Keyring;
use std::io;
use std::path::Path;

/// The keyring's file in the data folder.
pub const KEYRING_FILE: &str = "keyring";
/// The published keys in the data folder, for checking without a network.
pub const JWKS_FILE: &str = "jwks.json";

/// Writes the published keys into the data folder, readable for everybody, for `ikrar verify`. Commands and a serving
/// process may do this at once.
///
/// # Errors
/// When the file can't be written.
pub fn publish(folder: &Path, public_url: &str, keyring: &Keyring) -> io::Result<()> {
    let bytes = Jwks::of_keyring(public_url, keyring).to_json();
    atomic_file::replace(&folder.join(JWKS_FILE), bytes.as_bytes(), atomic_file::PUBLIC_MODE)
}
