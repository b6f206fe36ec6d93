//! The keys that seal files, and the authorities that vouch for them, as records keep them.

use super::time::UnixMillis;
use crate::every_variant::every_variant;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealKeyRole {
    /// Issues the certificates of seals.
    Authority,
    /// Seals certificates and minutes.
    Seal,
}

/// The stage of a key's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealKeyStatus {
    /// Used, if it is the newest of its role.
    Active,
    /// Seals nothing new. What it sealed is made again with it, and stays valid.
    Retired,
    /// Another party may have it: what it sealed isn't vouched for.
    Compromised,
}

/// A key with its certificates.
#[derive(Clone, PartialEq, Eq)]
pub struct SealKey {
    /// What it is for.
    pub role: SealKeyRole,
    /// Counts the keys of its role, from 1.
    pub number: u32,
    /// Id: base64url of the first 8 bytes of SHA-256 over its certificate, 11 characters.
    pub kid: String,
    /// The private key, sealed by the keyring; `None` where it isn't here.
    pub sealed_key: Option<Vec<u8>>,
    /// X.509 certificates in PEM, the key's own first.
    pub chain: String,
    /// Whether it is used.
    pub status: SealKeyStatus,
    /// When it was made or brought.
    pub created_at: UnixMillis,
    /// When it was retired, or since when somebody else may have it.
    pub ended_at: Option<UnixMillis>,
}

impl SealKeyRole {
    /// Both roles.
    pub const ALL: [Self; 2] = every_variant!(SealKeyRole: Authority, Seal);

    /// As in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::Seal => "seal",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

impl SealKeyStatus {
    const ALL: [Self; 3] = every_variant!(SealKeyStatus: Active, Retired, Compromised);

    /// As in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Compromised => "compromised",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// The newest active key of a role.
pub fn in_use(keys: &[SealKey], role: SealKeyRole) -> Option<&SealKey> {
    keys.iter().filter(|key| key.role == role && key.status == SealKeyStatus::Active).max_by_key(|key| key.number)
}
