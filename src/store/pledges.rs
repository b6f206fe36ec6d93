//! The ledger's rows: pledges, the log they stand in, revocations.

use super::StoreError;
use crate::domain::campaign::CampaignState;
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::domain::leaf::Salt;
use crate::domain::notice::RosterStanding;
use crate::domain::participant::{Participant, RosterEntry, RosterEpoch};
use crate::domain::pledge::{Method, Pledge};
use crate::domain::time::UnixMillis;
use crate::every_variant::every_variant;
use crate::tlog::checkpoint::Checkpoint;
use async_trait::async_trait;

/// Every code's version until it is issued again.
pub const FIRST_CODE_VERSION: u32 = 1;

/// A campaign's logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    /// One leaf for each pledge.
    Pledges,
    /// The list of groups, then one leaf for each person on the locked roster.
    Roster,
    /// One leaf for each change of the locked roster and each revocation.
    Notices,
}

/// Sizes that a campaign's logs have at least, as far as a node knows: it has committed or published them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownSizes {
    /// Of the pledge log.
    pub pledges: u64,
    /// Of the roster log; 0 while the roster may be unlocked.
    pub roster: u64,
    /// Of the notices log.
    pub notices: u64,
}

impl KnownSizes {
    /// The size of one log.
    pub fn of(&self, log: LogKind) -> u64 {
        match log {
            LogKind::Pledges => self.pledges,
            LogKind::Roster => self.roster,
            LogKind::Notices => self.notices,
        }
    }
}

impl LogKind {
    /// Every log.
    pub const ALL: [Self; 3] = every_variant!(LogKind: Pledges, Roster, Notices);

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
    /// Number of leaves under the head.
    pub size: u64,
    /// Merkle tree hash of those leaves (RFC 6962, section 2.1).
    pub root: [u8; 32],
    /// The signed checkpoint (C2SP tlog-checkpoint).
    pub checkpoint: String,
    /// When the checkpoint was signed.
    pub at: UnixMillis,
}

/// A participant with everything that pages show of them.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The person as the roster in force has them.
    pub participant: Participant,
    /// Name of the person's institution, not its code.
    pub institution_name: String,
    /// The path of the unit, such as `Dinas Kesehatan / Bidang Promosi`; only its own name if the roster isn't locked,
    /// or was locked before paths were kept. Empty when the roster names no unit.
    pub unit_name: String,
    /// The institution's own help contact; may be empty.
    pub help_contact: String,
    /// Version under which their access code is issued; [`FIRST_CODE_VERSION`] until it is reissued.
    pub code_version: u32,
    /// Their pledge; `None` until they sign.
    pub pledge: Option<Pledge>,
    /// Whether the pledge was revoked; `false` without one.
    pub revoked: bool,
    /// Whether the person counts and may sign.
    pub standing: RosterStanding,
    /// Rises with each change of the person's row or standing after the lock; 0 before the first.
    pub place_version: u32,
    /// The newest admission of the person's number; only the row of the first admission says it, the others say 1.
    pub admission: u8,
    /// `None` until the roster is locked, and for people who are listed and not looked up.
    pub place: Option<RosterPlace>,
}

impl Signer {
    /// The entry that signing needs; `None` if they have signed, may not sign, or the roster isn't locked.
    pub fn placed(&self) -> Option<RosterEntry> {
        let (Some(place), None, RosterStanding::Listed) = (&self.place, &self.pledge, self.standing) else {
            return None;
        };
        Some(RosterEntry {
            roster_epoch: place.roster_epoch,
            place_version: self.place_version,
            slot: place.slot,
            group: place.group,
            shown_name: self.participant.shown_name.clone(),
            institution: self.participant.institution.clone(),
            last4: self.participant.identifier.last4(),
        })
    }
}

/// A person's position in a locked roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RosterPlace {
    /// The locking that gave the slot.
    pub roster_epoch: RosterEpoch,
    /// Index of the person's leaf in the roster log, from 1; leaf 0 is the list of groups.
    pub slot: u32,
    /// Index of the person's reporting group, from 0.
    pub group: u32,
}

/// What the ledger needs of a participant to build a credential.
#[derive(Clone, Debug)]
pub struct SigningFacts {
    /// Whose facts these are.
    pub participant: ParticipantId,
    /// Name with titles, as the credential prints it.
    pub shown_name: String,
    /// The identifier's last four characters.
    pub last4: String,
    /// The institution's code.
    pub institution: String,
    /// Index of the person's leaf in the roster log, from 1.
    pub slot: u32,
    /// Index of the reporting group, from 0.
    pub group: u32,
    /// Version under which their access code is issued now.
    pub code_version: u32,
    /// Version of their row and standing now; 0 unless they changed after the lock.
    pub place_version: u32,
    /// Whether the person counts and may sign.
    pub standing: RosterStanding,
    /// Their pledge, where they have signed already.
    pub pledge: Option<Pledge>,
}

/// A pledge's record, as checking its credential needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedCredential {
    /// The COSE_Sign1 bytes.
    pub credential: Vec<u8>,
    /// Whether the pledge was revoked.
    pub revoked: bool,
}

/// One admitted pledge, ready to be committed.
#[derive(Clone, Debug)]
pub struct BatchEntry {
    /// Who signs.
    pub participant: ParticipantId,
    /// Version of the access code that the session was opened with: the commit refuses one that was reissued.
    pub code_version: u32,
    /// Version of the row that the credential was made from: the commit gives back an entry whose person changed.
    pub place_version: u32,
    /// The public id, drawn at random.
    pub pledge: PledgeId,
    /// The admission time (`iat`).
    pub signed_at: UnixMillis,
    /// Index of the reporting group, from 0.
    pub group: u32,
    /// How the person signed.
    pub method: Method,
    /// The COSE_Sign1 bytes.
    pub credential: Vec<u8>,
    /// Hides the person in their leaf (`domain::leaf`).
    pub salt: Salt,
    /// Packed (see `domain::pledge::Strokes`).
    pub strokes: Option<Vec<u8>>,
    /// The bytes of its leaf.
    pub leaf: Vec<u8>,
}

/// Pledges of one campaign, at most one per participant, in the order of their leaves.
#[derive(Clone, Debug)]
pub struct PledgeBatch {
    /// The campaign that all entries belong to.
    pub campaign: CampaignId,
    /// Origin of the pledge log's checkpoints, and name of the log key.
    pub origin: String,
    /// SHA-256 of the canonical text that all entries agree to.
    pub text_hash: [u8; 32],
    /// The pledges, in the order in which they were admitted.
    pub entries: Vec<BatchEntry>,
    /// Time of the commit, which the checkpoint is signed at.
    pub at: UnixMillis,
    /// Sizes that this node has seen, which the logs can't go below: see [`StoreError::RollbackDetected`].
    pub known: KnownSizes,
}

/// The result of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitOutcome {
    /// The pledge is durable and in the log.
    Committed {
        /// Index in the pledge log, from 0.
        log_index: u64,
        /// Size of the checkpoint that the commit signed.
        signed_count: u64,
    },
    /// The participant had this pledge already.
    Already(Box<Pledge>),
    /// The participant's code was reissued after the entry was prepared.
    CodeReissued,
    /// The participant's row or standing changed after the entry was prepared: read it again and prepare a new one.
    PlaceChanged,
    /// The campaign's state or times forbade it.
    NotAccepting(CampaignState),
}

/// Signs a log's new head: the checkpoint goes in, the signed note (C2SP `tlog-checkpoint`) comes out.
pub type SignCheckpoint<'a> = dyn Fn(&Checkpoint) -> String + Send + Sync + 'a;

/// Pledges, revocations and the campaign's logs.
#[async_trait]
pub trait PledgeStore: Send + Sync {
    /// What the ledger needs of these participants, in any order; unknown ones are absent. Only of a locked campaign.
    async fn signing_facts(
        &self,
        campaign: CampaignId,
        participants: &[ParticipantId],
    ) -> Result<Vec<SigningFacts>, StoreError>;

    /// The epoch of the roster in force; `None` before the roster is locked.
    async fn roster_epoch(&self, campaign: CampaignId) -> Result<Option<RosterEpoch>, StoreError>;

    /// **The only commit point.** In one transaction: locks the campaign's row; leaves out what its state and times
    /// forbid, whose code was issued again, who changed since and who has a pledge already; inserts the pledges and
    /// appends their leaves; moves the frontier and the running numbers of the groups; has the checkpoint signed, and
    /// stores it. Outcomes stand in the order of the entries.
    ///
    /// After `UnknownOutcome` read the participants again before answering any of them. `RollbackDetected` when a log
    /// is shorter than the batch's `known` size: another batch on top would be another history.
    async fn commit_batch(
        &self,
        batch: &PledgeBatch,
        sign: &SignCheckpoint<'_>,
    ) -> Result<Vec<CommitOutcome>, StoreError>;

    /// A participant with their pledge and roster place; `None` where no roster in force lists them.
    async fn signer(&self, campaign: CampaignId, participant: ParticipantId) -> Result<Option<Signer>, StoreError>;
    /// A participant's pledge; `None` until they sign.
    async fn pledge_of(&self, campaign: CampaignId, participant: ParticipantId) -> Result<Option<Pledge>, StoreError>;
    /// The pledge with this public id; `None` where there is none.
    async fn pledge(&self, campaign: CampaignId, id: PledgeId) -> Result<Option<Pledge>, StoreError>;
    /// What checking a credential needs of its pledge, in one statement; `None` where there is no such pledge.
    async fn recorded(&self, campaign: CampaignId, id: PledgeId) -> Result<Option<RecordedCredential>, StoreError>;
    /// At most two pledges between two ids, both included: one is the pledge of a serial, two show that the
    /// serial isn't unique.
    async fn pledges_between(
        &self,
        campaign: CampaignId,
        low: PledgeId,
        high: PledgeId,
    ) -> Result<Vec<Pledge>, StoreError>;
    /// Number of pledge rows; equals the size of the pledge log.
    async fn count_pledges(&self, campaign: CampaignId) -> Result<u64, StoreError>;

    /// The newest head of a log; `None` before its first.
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
}

/// Why, when and by whom a pledge was revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationRecord {
    /// What the account that revoked gave as the reason.
    pub reason: String,
    /// When it was revoked.
    pub at: UnixMillis,
    /// Login of the account that revoked.
    pub by: String,
}
