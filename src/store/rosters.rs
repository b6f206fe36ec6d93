//! Rosters: staged in chunks, switched over in one short commit, locked with slots and salts.
//!
//! A person is visible when their row's roster is the one that their institution points to. Everything else is staging
//! or an orphan, and orphans are purged in chunks, so that no write holds up signing in another campaign.

use super::StoreError;
use crate::domain::audit::AuditEntry;
use crate::domain::campaign::CampaignState;
use crate::domain::edition::Edition;
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::domain::institution::Institution;
use crate::domain::notice::RosterStanding;
use crate::domain::participant::Participant;
use crate::domain::reporting_group::FormedGroups;
use crate::domain::roster_digest::RosterDigest;
use crate::domain::time::UnixMillis;
use crate::domain::unit::Unit;
use crate::domain::unit_renames::UnitRename;
use async_trait::async_trait;
use std::collections::HashSet;

/// Most rows in one staging or locking write.
pub const CHUNK_ROWS_MAX: usize = 4_096;

/// An import: 16 random bytes.
pub type RosterId = [u8; 16];

/// An institution and the roster it has.
#[derive(Clone, Debug)]
pub struct InstitutionRoster {
    /// The institution, with or without people.
    pub institution: Institution,
    /// The roster in force; `None` before the first import.
    pub roster: Option<RosterId>,
    /// How often the roster's rows were changed in place.
    pub generation: u64,
    /// The lowest participant number that the institution has never given.
    pub next_number: u64,
}

/// The state of an institution's roster. Imports and the lock compare it to see whether it has changed meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RosterVersion {
    /// The roster in force; `None` before the first import.
    pub roster: Option<RosterId>,
    /// How often its rows were changed in place.
    pub generation: u64,
}

impl InstitutionRoster {
    /// The institution's code, and the version of its roster.
    pub fn version(&self) -> (String, RosterVersion) {
        (self.institution.code.clone(), RosterVersion { roster: self.roster, generation: self.generation })
    }
}

/// What people said that the columns of one heading hold, in files of one institution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RememberedColumn {
    /// The institution's code; empty for files of all institutions.
    pub institution: String,
    /// The letters and digits of the heading.
    pub heading: String,
    /// The key of the field; empty for a column that isn't kept.
    pub field: String,
}

/// The commit that changes rosters in force in place. An amendment that changes no row writes its audit entry only.
#[derive(Debug, Default)]
pub struct Amendment {
    /// The roster that the institutions in `begun` get.
    pub roster: RosterId,
    /// The versions that the rosters had when the file was compared with them.
    pub before: Vec<(String, RosterVersion)>,
    /// Codes of institutions that have no roster yet and get people or units.
    pub begun: Vec<String>,
    /// Rows of people that are deleted; a changed person's row is deleted here and written again.
    pub removed: Vec<(RosterId, ParticipantId)>,
    /// People whose rows are written.
    pub added: Vec<(RosterId, Vec<Participant>)>,
    /// Units that are deleted; a renamed unit is deleted here and written again with its id.
    pub units_removed: Vec<(RosterId, u32)>,
    /// Units that are written.
    pub units_added: Vec<(RosterId, Vec<Unit>)>,
    /// Codes of the institutions whose generation rises: all whose rows change.
    pub amended: Vec<String>,
    /// For each institution's code, the lowest participant number that is free after the import.
    pub next_numbers: Vec<(String, u64)>,
    /// What was said of the file's columns.
    pub columns: Vec<RememberedColumn>,
    /// Registered units that have another name from now on.
    pub renames: Vec<UnitRename>,
}

/// The commit that puts a staged roster into force.
#[derive(Debug)]
pub struct Activation {
    /// The staged roster that is put into force.
    pub roster: RosterId,
    /// The versions that the rosters had when the new one was compared with them.
    pub before: Vec<(String, RosterVersion)>,
    /// Institutions that the campaign didn't have before.
    pub created: Vec<Institution>,
    /// Codes of registry nodes of which somebody said that they are the created institutions of their code.
    pub same_institutions: Vec<String>,
    /// Registered units that have another name from now on.
    pub renames: Vec<UnitRename>,
    /// Codes of the institutions that get the new roster.
    pub switched: Vec<String>,
    /// People who move here from an institution whose roster isn't replaced.
    pub taken_over: Vec<ParticipantId>,
    /// For each institution's code, the lowest participant number that is free after the import.
    pub next_numbers: Vec<(String, u64)>,
    /// People on the staged roster.
    pub people: u64,
    /// What was said of the file's columns.
    pub columns: Vec<RememberedColumn>,
}

/// A person as lists and locking need them.
#[derive(Clone, Debug)]
pub struct ListedPerson {
    /// The person as the roster has them.
    pub participant: Participant,
    /// Version under which the access code is issued; 1 unless it was reissued.
    pub code_version: u32,
    /// When they signed; `None` until then.
    pub signed_at: Option<UnixMillis>,
    /// Public id of their pledge; `None` until they sign.
    pub pledge_id: Option<PledgeId>,
    /// Index of the person's leaf in the roster log; `None` before the lock.
    pub slot: Option<u32>,
    /// Whether the person counts and may sign.
    pub standing: RosterStanding,
}

/// The people of a unit, or those of an institution who have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitCount {
    /// The institution's code.
    pub institution: String,
    /// The unit's number within the institution's roster; `None`: people without a unit.
    pub unit: Option<u32>,
    /// People of the unit itself.
    pub people: u64,
}

/// Which people to read.
#[derive(Clone, Debug, Default)]
pub struct PeopleFilter {
    /// Code of an institution; `None`: all of them.
    pub institution: Option<String>,
    /// Together with an institution: people of these units only.
    pub units: Option<UnitFilter>,
    /// Also the earlier admissions of people who were admitted anew.
    pub superseded: bool,
}

/// Units of an institution.
#[derive(Clone, Debug)]
pub struct UnitFilter {
    /// The roster within which they have their numbers. When another has come into force, nobody is of them.
    pub roster: RosterId,
    /// Their numbers.
    pub units: HashSet<u32>,
}

/// A person's place in the roster log.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The person's id.
    pub participant: ParticipantId,
    /// The institution's code.
    pub institution: String,
    /// Index of the person's leaf in the roster log, from 1.
    pub slot: u32,
    /// Index of the person's reporting group, from 0.
    pub group: u32,
    /// Random bytes that hide the person in their leaf.
    pub salt: [u8; 32],
}

/// The locking commit, which follows the chunks of [`RosterStore::lock_chunk`].
#[derive(Debug)]
pub struct Lock {
    /// The claim that [`RosterStore::begin_lock`] stored.
    pub token: [u8; 16],
    /// The rosters that were locked.
    pub rosters: Vec<(String, RosterVersion)>,
    /// The reporting groups; the first leaf of the roster log fixes their list.
    pub groups: FormedGroups,
    /// Head of the roster log after its last leaf.
    pub head: RosterHead,
    /// Digest of the locked rows; see [`digest`].
    pub digest: [u8; 32],
    /// What certificates of the campaign look like, and who seals them.
    pub edition: Edition,
}

/// Head of the finished roster log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterHead {
    /// Number of leaves: the list of groups and one for each person.
    pub size: u64,
    /// The bytes of [`Frontier::to_bytes`]: the size as a big-endian u64, then one 32-byte hash for each full subtree,
    /// the largest first.
    ///
    /// [`Frontier::to_bytes`]: crate::tlog::merkle::Frontier::to_bytes
    pub frontier: Vec<u8>,
    /// Merkle tree hash of those leaves (RFC 6962, section 2.1).
    pub root: [u8; 32],
    /// The signed checkpoint.
    pub checkpoint: String,
    /// When the checkpoint was signed.
    pub at: UnixMillis,
}

/// Rosters: staging, activation, locking and reading.
#[async_trait]
pub trait RosterStore: Send + Sync {
    /// In official order.
    async fn institution_rosters(&self, campaign: CampaignId) -> Result<Vec<InstitutionRoster>, StoreError>;

    /// Opens a roster for staging. `Conflict` unless the campaign is a draft.
    async fn begin_roster(
        &self,
        campaign: CampaignId,
        roster: RosterId,
        institution: Option<&str>,
        at: UnixMillis,
        by: &str,
    ) -> Result<(), StoreError>;
    /// Adds people to a staged roster, all or none. `Conflict` when one of them is on it already.
    async fn stage_people(
        &self,
        campaign: CampaignId,
        roster: RosterId,
        people: &[Participant],
    ) -> Result<(), StoreError>;
    /// Adds units to a staged roster, in commits of [`CHUNK_ROWS_MAX`]. `Conflict` when one of them is on it already.
    async fn stage_units(&self, campaign: CampaignId, roster: RosterId, units: &[Unit]) -> Result<(), StoreError>;
    /// Puts the staged roster into force, in one short commit. `Conflict` when the campaign isn't a draft any more or a
    /// roster changed since the comparison.
    async fn activate_roster(
        &self,
        campaign: CampaignId,
        activation: &Activation,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// Changes rosters in force in place, in one commit. `Conflict` when the campaign isn't a draft any more or a
    /// roster changed since the comparison. A lock that is under way loses its claim if a row changes.
    async fn amend_roster(
        &self,
        campaign: CampaignId,
        amendment: &Amendment,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;
    /// What an import of this institution, or with an empty code of all, said of columns. Later imports replace it.
    async fn remembered_columns(
        &self,
        campaign: CampaignId,
        institution: &str,
    ) -> Result<Vec<RememberedColumn>, StoreError>;
    /// The highest id of a unit of each roster that has units, orphans included.
    async fn last_units(&self, campaign: CampaignId) -> Result<Vec<(RosterId, u32)>, StoreError>;
    /// Abandons a staged roster; its rows become orphans.
    async fn abandon_roster(&self, campaign: CampaignId, roster: RosterId) -> Result<(), StoreError>;
    /// Deletes one chunk of orphans and returns how many rows; 0 when none are left. Staging that began before
    /// `stale_before` belongs to a process that died.
    async fn purge_orphans(&self, campaign: CampaignId, stale_before: UnixMillis) -> Result<u64, StoreError>;

    /// The units of all rosters in force, or of one institution; ids are unique within an institution.
    async fn units(&self, campaign: CampaignId, institution: Option<&str>) -> Result<Vec<Unit>, StoreError>;
    /// The paths that were written for the units in force when the roster was locked.
    async fn stored_paths(&self, campaign: CampaignId) -> Result<Vec<StoredPath>, StoreError>;
    /// Visits visible people by institution, unit and name, without those whose addition was undone.
    async fn visit_people(
        &self,
        campaign: CampaignId,
        filter: &PeopleFilter,
        visit: &mut (dyn for<'p> FnMut(&'p ListedPerson) + Send),
    ) -> Result<(), StoreError>;
    /// Visible people per institution code; institutions without people are left out.
    async fn people_counts(&self, campaign: CampaignId) -> Result<Vec<(String, u64)>, StoreError>;

    /// Visible people by institution and unit; units and institutions without people are left out.
    async fn unit_counts(&self, campaign: CampaignId) -> Result<Vec<UnitCount>, StoreError>;

    /// Claims the locking, deletes the rows of an earlier attempt, and writes the paths of units. `Conflict` unless the
    /// campaign is a draft.
    async fn begin_lock(&self, campaign: CampaignId, token: [u8; 16], at: UnixMillis) -> Result<(), StoreError>;
    /// Writes slots and salts of people, and their leaves in the roster log from `first_leaf` on. `Conflict` when the
    /// claim isn't this token's.
    async fn lock_chunk(
        &self,
        campaign: CampaignId,
        token: [u8; 16],
        slots: &[Slot],
        rosters: &[(String, RosterVersion)],
        first_leaf: u64,
        leaves: &[Vec<u8>],
    ) -> Result<(), StoreError>;
    /// The short commit from draft to locked. `Conflict` when state, claim or a roster changed meanwhile.
    async fn finish_lock(&self, campaign: CampaignId, lock: &Lock, audit: &AuditEntry) -> Result<(), StoreError>;
    /// Returns from locked to draft: deletes groups and the head of the roster log. `Conflict` unless locked, without a
    /// pledge and without a notice.
    async fn unlock_roster(&self, campaign: CampaignId, audit: &AuditEntry) -> Result<(), StoreError>;

    /// The state as the database has it now.
    async fn state_now(&self, campaign: CampaignId) -> Result<Option<CampaignState>, StoreError>;
}

/// The path of a unit as certificates and pages of a locked campaign show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPath {
    /// The code of the unit's institution.
    pub institution: String,
    /// The unit's number.
    pub unit: u32,
    /// The names from the agency down to the unit.
    pub path: String,
}

/// The digest of the rosters in force, read as they are now.
pub async fn digest<S: RosterStore + ?Sized>(store: &S, campaign: CampaignId) -> Result<[u8; 32], StoreError> {
    let mut digest = RosterDigest::default();
    for unit in store.units(campaign, None).await? {
        digest.unit(&unit);
    }
    let mut take = |person: &ListedPerson| digest.person(&person.participant);
    store.visit_people(campaign, &PeopleFilter::default(), &mut take).await?;
    Ok(digest.finish())
}
