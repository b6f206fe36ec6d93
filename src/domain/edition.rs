//! Editions of a campaign's certificates: what determines their bytes besides the pledge.

use super::time::UnixMillis;

/// The first edition of every campaign, and the only one so far. A campaign that was locked before editions were
/// recorded has it without a row: layout 1, unsealed.
pub const FIRST_EDITION: u32 = 1;

/// An edition. It never changes once somebody has signed, whatever happens to settings and keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Counts the campaign's editions, from 1.
    pub number: u32,
    /// The certificate's layout.
    pub layout: u32,
    /// What all its certificates have in common, as the layout reads it (canonical JSON).
    pub template: String,
    /// Id of the key that seals its certificates.
    pub seal_key: String,
    /// When it was made.
    pub created_at: UnixMillis,
}
