//! Queries of the help desk and the console's tables: people by name, progress by institution and unit, reissued codes.

use super::StoreError;
use crate::domain::audit::AuditEntry;
use crate::domain::employment::EmploymentKind;
use crate::domain::identifier::Identifier;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::notice::RosterStanding;
use crate::domain::visible_institutions::VisiblePart;
use async_trait::async_trait;

/// A person found by name.
#[derive(Clone, Debug)]
pub struct FoundPerson {
    /// The person's id.
    pub participant: ParticipantId,
    /// The number that the person signs in with.
    pub identifier: Identifier,
    /// Name with titles, as printed.
    pub shown_name: String,
    /// Name of the institution, not its code.
    pub institution_name: String,
    /// The path of the unit, such as `Dinas Kesehatan / Bidang Promosi`. Empty when the roster names no unit.
    pub unit_name: String,
    /// Whether there is a pledge, revoked or not.
    pub has_signed: bool,
    /// Whether the person counts and may sign.
    pub standing: RosterStanding,
}

/// Number of people in one row of a progress table, and how many of them have signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningProgress {
    /// The institution's code.
    pub key: String,
    /// The institution's name.
    pub name: String,
    /// People on the rosters in force who are to sign: those who were excused don't count.
    pub people: u64,
    /// Those of them with a pledge that wasn't revoked.
    pub signed: u64,
}

/// Number of people of one institution and kind of employment, and how many of them have signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmploymentProgress {
    /// The institution's code.
    pub institution: String,
    /// The kind of employment; `None`: it isn't filled in.
    pub kind: Option<EmploymentKind>,
    /// People on the rosters in force who are to sign: those who were excused don't count.
    pub people: u64,
    /// Those of them with a pledge that wasn't revoked.
    pub signed: u64,
    /// Revoked pledges, also of people who were admitted anew since.
    pub revoked: u64,
}

/// Number of people of one unit and kind of employment, without those of units below it, and how many of them have
/// signed; counted as in [`EmploymentProgress`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitProgress {
    /// The unit's number within its institution; `None`: people without a unit.
    pub unit: Option<u32>,
    /// The kind of employment; `None`: it isn't filled in.
    pub kind: Option<EmploymentKind>,
    /// People who are to sign.
    pub people: u64,
    /// Those of them with a pledge that wasn't revoked.
    pub signed: u64,
    /// Revoked pledges, also of people who were admitted anew since.
    pub revoked: u64,
}

/// Look-ups of the help desk, and counts by institution and unit.
#[async_trait]
pub trait HelpDeskStore: Send + Sync {
    /// People on the rosters in force whose shown name contains these words in this order, ignoring case; of one
    /// institution, or part of one, where one is given. Sorted by name, at most `limit`.
    async fn people_named(
        &self,
        campaign: CampaignId,
        within: Option<&VisiblePart>,
        words: &[String],
        limit: u32,
    ) -> Result<Vec<FoundPerson>, StoreError>;

    /// Institutions in official order.
    async fn institution_progress(&self, campaign: CampaignId) -> Result<Vec<SigningProgress>, StoreError>;
    /// As [`Self::institution_progress`], of one institution; `None` where there is none of this code.
    async fn progress_of_institution(
        &self,
        campaign: CampaignId,
        institution: &str,
    ) -> Result<Option<SigningProgress>, StoreError>;
    /// By unit of an institution, people without a unit last, and kind of employment.
    async fn unit_progress(&self, campaign: CampaignId, institution: &str) -> Result<Vec<UnitProgress>, StoreError>;

    /// By institution in official order, and kind of employment; kinds without people are left out. It goes through all
    /// people of the campaign.
    async fn employment_progress(&self, campaign: CampaignId) -> Result<Vec<EmploymentProgress>, StoreError>;

    /// Raises the version of a person's access code from `before`, and returns the new one. Codes and sessions of older
    /// versions stop working: from here on no pledge is committed under them. `Conflict` when the version isn't
    /// `before` any more.
    async fn reissue_code(
        &self,
        campaign: CampaignId,
        participant: ParticipantId,
        before: u32,
        audit: &AuditEntry,
    ) -> Result<u32, StoreError>;
}
