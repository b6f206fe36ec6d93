//! How a pledge stands, as the issuer's records or a saved answer of them say.

use crate::domain::ids::PledgeId;
use serde::Deserialize;

/// A saved status is no longer than this.
pub const STATUS_BYTES_MAX: usize = 64 * 1024;

/// What the issuer's records say of a pledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PledgeStanding {
    /// Recorded, and neither replaced nor revoked.
    #[serde(rename = "valid")]
    Active,
    /// A newer credential of the same person took its place.
    Replaced,
    /// Withdrawn by the organizer.
    Revoked,
    /// There is no such pledge, or another credential was issued for it.
    Unknown,
}

/// A saved answer of `GET /c/{pledge_id}.json`, as far as it says how a pledge stands.
#[derive(Deserialize)]
pub struct SavedStatus {
    pledge_id: String,
    status: PledgeStanding,
}

impl SavedStatus {
    /// `None` when the bytes aren't such an answer.
    pub fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// How this pledge stands; `None` when the answer is about another one.
    pub fn standing_of(&self, pledge: PledgeId) -> Option<PledgeStanding> {
        (PledgeId::parse(&self.pledge_id) == Some(pledge)).then_some(self.status)
    }
}
