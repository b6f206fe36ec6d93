//! A pledge's standing, from the issuer's records or a saved status.

use crate::domain::ids::PledgeId;
use serde::Deserialize;

/// Most bytes of a saved status.
pub const STATUS_BYTES_MAX: usize = 64 * 1024;

/// What the issuer's records say of a pledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PledgeStanding {
    /// Recorded, and neither replaced nor revoked.
    #[serde(rename = "valid")]
    Active,
    /// Replaced by a newer credential of the same person.
    Replaced,
    /// Withdrawn by the organizer.
    Revoked,
    /// There is no such pledge, or another credential was issued for it.
    Unknown,
}

/// A saved response of `GET /c/{pledge_id}.json`, of which only the standing is read.
#[derive(Deserialize)]
pub struct SavedStatus {
    pledge_id: String,
    status: PledgeStanding,
}

impl SavedStatus {
    /// `None` when the bytes aren't such a response.
    pub fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// The pledge's standing; `None` when the status is of another pledge.
    pub fn standing_of(&self, pledge: PledgeId) -> Option<PledgeStanding> {
        (PledgeId::parse(&self.pledge_id) == Some(pledge)).then_some(self.status)
    }
}
