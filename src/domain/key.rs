//! Keys by role, as records and files name them. Deliberately absent: key material.

use super::time::UnixMillis;
use crate::every_variant::every_variant;

/// Most keys that an installation may have, in all roles together: enough for one rotation a day for a year.
pub const KEYS_MAX: usize = 400;

/// What a key is for. The key-encryption key has no role: it is never replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyRole {
    /// Signs credentials.
    Credential,
    /// Signs checkpoints. A log keeps its key; campaigns that are created later use the newer one.
    Log,
    /// Makes the MAC of session tokens.
    Session,
}

impl KeyRole {
    /// Every role, in the order in which a new keyring lists its keys.
    pub const ALL: [Self; 3] = every_variant!(KeyRole: Credential, Log, Session);

    /// Reads what [`Self::as_str`] wrote; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// As in the keyring's file, in the database, in JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::Log => "log",
            Self::Session => "session",
        }
    }
}

/// Records that a rotated key is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInUse {
    /// What the key is for.
    pub role: KeyRole,
    /// The key's id.
    pub kid: String,
    /// When the first node began to use it.
    pub since: UnixMillis,
}
