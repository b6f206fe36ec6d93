//! The ledger's rows: pledges, the log they stand in, revocations.

use super::StoreError;
use crate::domain::audit;
use crate::domain::campaign::CampaignState;
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::domain::leaf::Salt;
use crate::domain::participant::{Participant, RosterEntry};
use crate::domain::pledge::{Method, Pledge};
use crate::domain::time::UnixMillis;
use crate::tlog::checkpoint::Checkpoint;
use async_trait::async_trait;

/// Every code's version until it is issued again.
pub const FIRST_CODE_VERSION: u32 = 1;

/// A campaign's logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    Pledges,
    Roster,
    Notices,
}

impl LogKind {
    /// The number in the `log` column.
    pub fn number(self) -> i64 {
        match self {
            Self::Pledges => 1,
            Self::Roster => 2,
            Self::Notices => 3,
        }
    }

    /// The last part of the log's origin and of its address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pledges => "pledges",
            Self::Roster => "roster",
            Self::Notices => "notices",
        }
    }

    /// The origin line of this log's checkpoints: `HOST/log/SLUG/pledges`.
    pub fn origin(self, host: &str, slug: &str) -> String {
        format!("{host}/log/{slug}/{}", self.as_str())
    }
}

/// The head of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHead {
    pub size: u64,
    pub root: [u8; 32],
    /// The signed checkpoint (C2SP tlog-checkpoint).
    pub checkpoint: String,
    pub at: UnixMillis,
}

/// A participant with all that pages show of them.
#[derive(Clone, Debug)]
pub struct Signer {
    pub participant: Participant,
    pub institution_name: String,
    /// Empty when the roster names no unit.
    pub unit_name: String,
    /// The institution's own help contact; may be empty.
    pub help_contact: String,
    pub code_version: u32,
    pub pledge: Option<Pledge>,
    pub revoked: bool,
    /// `None` until the roster is locked, and for people who are listed and not looked up.
    pub place: Option<RosterPlace>,
}

impl Signer {
    /// What signing needs, unless they have signed or the roster isn't locked.
    pub fn placed(&self) -> Option<RosterEntry> {
        let (Some(place), None) = (&self.place, &self.pledge) else { return None };
        Some(RosterEntry {
            roster_epoch: RosterEntry::roster_epoch(&place.roster),
            slot: place.slot,
            group: place.group,
            shown_name: self.participant.shown_name.clone(),
            institution: self.participant.institution.clone(),
            last4: self.participant.identifier.last4(),
        })
    }
}

/// Where a person stands in a locked roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RosterPlace {
    /// Root of the roster log, which names the locking that the place belongs to.
    pub roster: [u8; 32],
    pub slot: u32,
    pub group: u32,
}

/// What the ledger needs of a participant to build a credential.
#[derive(Clone, Debug)]
pub struct SigningFacts {
    pub participant: ParticipantId,
    pub shown_name: String,
    /// The identifier's last four characters.
    pub last4: String,
    pub institution: String,
    pub slot: u32,
    pub group: u32,
    pub code_version: u32,
    pub pledge: Option<Pledge>,
}

/// What is recorded of a pledge, for whoever checks its credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedCredential {
    pub credential: Vec<u8>,
    pub revoked: bool,
}

/// One admitted pledge, ready to be committed.
#[derive(Clone, Debug)]
pub struct BatchEntry {
    pub participant: ParticipantId,
    /// As the session has it: the commit takes nothing under a code that was issued again.
    pub code_version: u32,
    pub pledge: PledgeId,
    pub signed_at: UnixMillis,
    pub group: u32,
    pub method: Method,
    pub credential: Vec<u8>,
    pub salt: Salt,
    /// Packed (see `domain::pledge::Strokes`).
    pub strokes: Option<Vec<u8>>,
    /// The bytes of its leaf.
    pub leaf: Vec<u8>,
}

/// Pledges of one campaign, at most one per participant, in the order of their leaves.
#[derive(Clone, Debug)]
pub struct PledgeBatch {
    pub campaign: CampaignId,
    /// Origin of the pledge log's checkpoints, and name of the log key.
    pub origin: String,
    pub text_hash: [u8; 32],
    pub entries: Vec<BatchEntry>,
    pub at: UnixMillis,
    /// Entries that the log has at least, as this node knows: see [`StoreError::RollbackDetected`].
    pub known_size: u64,
}

/// What became of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitOutcome {
    Committed {
        log_index: u64,
        signed_count: u64,
    },
    /// The participant had a pledge already.
    Already(Box<Pledge>),
    /// The participant's code was issued again after the entry was prepared.
    CodeIssuedAgain,
    /// The campaign's state or times forbade it.
    NotAccepting(CampaignState),
}

/// Signs a log's new head: the checkpoint goes in, the signed note (C2SP `tlog-checkpoint`) comes out.
pub type SignCheckpoint<'a> = dyn Fn(&Checkpoint) -> String + Send + Sync + 'a;

#[async_trait]
pub trait PledgeStore: Send + Sync {
    /// What the ledger needs of these participants, in any order; unknown ones are absent. Only of a locked campaign.
    async fn signing_facts(
        &self,
        campaign: CampaignId,
        participants: &[ParticipantId],
    ) -> Result<Vec<SigningFacts>, StoreError>;

    /// Root of the roster log in force; `None` before the roster is locked.
    async fn roster_root(&self, campaign: CampaignId) -> Result<Option<[u8; 32]>, StoreError>;

    /// **The only commit point.** In one transaction: locks the campaign's row; leaves out what its state and times
    /// forbid, whose code was issued again and who has a pledge already; inserts the pledges and appends their leaves;
    /// moves the frontier and the running numbers of the groups; has the checkpoint signed, and stores it. Outcomes
    /// stand in the order of the entries.
    ///
    /// After `UnknownOutcome` read the participants again before answering anybody. `RollbackDetected` when the log is
    /// shorter than the batch's `known_size`: another batch on top would be another history.
    async fn commit_batch(
        &self,
        batch: &PledgeBatch,
        sign: &SignCheckpoint<'_>,
    ) -> Result<Vec<CommitOutcome>, StoreError>;

    async fn signer(&self, campaign: CampaignId, participant: ParticipantId) -> Result<Option<Signer>, StoreError>;
    async fn pledge_of(&self, campaign: CampaignId, participant: ParticipantId) -> Result<Option<Pledge>, StoreError>;
    async fn pledge(&self, campaign: CampaignId, id: PledgeId) -> Result<Option<Pledge>, StoreError>;
    /// No more of a pledge than checking its credential needs, in one statement.
    async fn recorded(&self, campaign: CampaignId, id: PledgeId) -> Result<Option<RecordedCredential>, StoreError>;
    /// At most two pledges between two ids, both included: one is a serial's answer, two say that it isn't unique.
    async fn pledges_between(
        &self,
        campaign: CampaignId,
        low: PledgeId,
        high: PledgeId,
    ) -> Result<Vec<Pledge>, StoreError>;
    /// Number of pledge rows; equals the size of the pledge log.
    async fn count_pledges(&self, campaign: CampaignId) -> Result<u64, StoreError>;

    async fn log_head(&self, campaign: CampaignId, log: LogKind) -> Result<Option<LogHead>, StoreError>;
    /// Leaf bytes from an index on, at most `limit` of them.
    async fn leaves(
        &self,
        campaign: CampaignId,
        log: LogKind,
        from: u64,
        limit: u32,
    ) -> Result<Vec<Vec<u8>>, StoreError>;

    /// The reason and time of a revocation.
    async fn revocation(&self, campaign: CampaignId, pledge: PledgeId) -> Result<Option<RevocationRecord>, StoreError>;
    /// `Conflict` when it is revoked already or there is no such pledge.
    async fn revoke(
        &self,
        campaign: CampaignId,
        pledge: PledgeId,
        revocation: &RevocationRecord,
        audit: &audit::AuditEntry,
    ) -> Result<(), StoreError>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationRecord {
    pub reason: String,
    pub at: UnixMillis,
    /// Login of the account that revoked.
    pub by: String,
}
