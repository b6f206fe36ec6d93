//! What the help desk and the console's tables ask: people by name, progress by institution and unit, new codes.

use super::StoreError;
use crate::domain::audit::AuditEntry;
use crate::domain::identifier::Identifier;
use crate::domain::ids::{CampaignId, ParticipantId};
use async_trait::async_trait;

/// Somebody who was found by name.
#[derive(Clone, Debug)]
pub struct FoundPerson {
    pub participant: ParticipantId,
    pub identifier: Identifier,
    pub shown_name: String,
    pub institution_name: String,
    /// Empty when the roster names no unit.
    pub unit_name: String,
    pub has_signed: bool,
}

/// How many people there are, and how many of them have signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningProgress {
    /// The institution's code, or the unit's number within its institution; empty for people without a unit.
    pub key: String,
    pub name: String,
    pub people: u64,
    pub signed: u64,
}

#[async_trait]
pub trait HelpDeskStore: Send + Sync {
    /// People on the rosters in force whose shown name holds these words in this order, case aside; of one institution
    /// where one is named. By name, at most `limit`.
    async fn people_named(
        &self,
        campaign: CampaignId,
        institution: Option<&str>,
        words: &[String],
        limit: u32,
    ) -> Result<Vec<FoundPerson>, StoreError>;

    /// Institutions in official order.
    async fn institution_progress(&self, campaign: CampaignId) -> Result<Vec<SigningProgress>, StoreError>;
    /// As [`Self::institution_progress`], of the institutions whose people one reporting group holds.
    async fn group_progress(&self, campaign: CampaignId, group: u32) -> Result<Vec<SigningProgress>, StoreError>;
    /// An institution's units by name; people without a unit come last.
    async fn unit_progress(&self, campaign: CampaignId, institution: &str) -> Result<Vec<SigningProgress>, StoreError>;

    /// Raises the version that somebody's access code is issued under from `before`, and answers the new one. What was
    /// issued under an older version, sessions included, stops working: from here on no pledge is committed under it.
    /// `Conflict` when somebody else did so first.
    async fn reissue_code(
        &self,
        campaign: CampaignId,
        participant: ParticipantId,
        before: u32,
        audit: &AuditEntry,
    ) -> Result<u32, StoreError>;
}
