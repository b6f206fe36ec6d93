//! Proposals: changes of a roster by file that wait until an account approves them, a second one where they are many.
//!
//! What is approved is the hash of what is to happen, so that nobody approves something else than they saw.
//! Deliberately absent: who may propose and approve what, and words.

use super::ids::{CampaignId, ProposalId};
use super::notice::{ExcuseReason, NoticedPerson};
use super::participant::Participant;
use super::time::UnixMillis;
use crate::every_variant::every_variant;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Most people of a file who are named as left out; the others are in the file.
pub const LEFT_OUT_NAMED_MAX: usize = 500;
/// How long a proposal waits for an approval.
pub const PROPOSAL_LIFE_MS: i64 = 7 * 24 * 60 * 60 * 1_000;
/// Most people of one proposal.
pub const PROPOSED_PEOPLE_MAX: usize = 5_000;

/// A person whom a file lists.
pub struct ListedRow {
    /// The row. Its unit is one of the file, not of the roster.
    pub person: Participant,
    /// The path of the unit, such as `Dinas Kesehatan / Bidang Promosi`; empty without one.
    pub unit: String,
    /// Whether the row has no number, and the person got one that nobody has yet.
    pub is_numbered: bool,
}

/// The people whom a file lists.
pub struct FilePeople {
    /// In the order of the file.
    pub rows: Vec<ListedRow>,
    /// The participant numbers that were given.
    pub numbers: Vec<GivenNumbers>,
}

/// Participant numbers of an institution that a proposal takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenNumbers {
    /// The institution's code.
    pub institution: String,
    /// The lowest number that was free.
    pub from: u64,
    /// The lowest that is free afterwards.
    pub next: u64,
}

/// What a proposal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalKind {
    /// Adds people to the locked roster.
    AddPeople,
    /// Excuses people who haven't signed.
    ExcusePeople,
}

impl ProposalKind {
    /// Every kind.
    pub const ALL: [Self; 2] = every_variant!(ProposalKind: AddPeople, ExcusePeople);

    /// As stored, in forms and in message keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AddPeople => "add-people",
            Self::ExcusePeople => "excuse-people",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalState {
    /// It waits for an approval.
    Open,
    /// It is approved, and is being carried out.
    Approved,
    /// It is carried out to its end.
    Done,
    /// An account refused it, or took its own proposal back.
    Rejected,
    /// Nobody approved it in time, or the roster was unlocked.
    Expired,
    /// It was approved, and the campaign ended before it was carried out to its end.
    Stopped,
}

impl ProposalState {
    /// Every state.
    pub const ALL: [Self; 6] = every_variant!(ProposalState: Open, Approved, Done, Rejected, Expired, Stopped);

    /// As stored and in message keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Done => "done",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Stopped => "stopped",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A person whom a proposal adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedPerson {
    /// The identifier in its canonical writing.
    pub identifier: String,
    /// The row that the person gets.
    pub row: NoticedPerson,
}

/// What is to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ProposedChanges {
    /// People are added.
    AddPeople {
        /// In the order of the file.
        people: Vec<ProposedPerson>,
        /// As typed by the account that proposes.
        reason: String,
    },
    /// People are excused.
    ExcusePeople {
        /// Participant ids in base64url, in the order of the file.
        people: Vec<String>,
        /// The reason of all of them.
        reason: ExcuseReason,
    },
}

impl ProposedChanges {
    /// What it does.
    pub fn kind(&self) -> ProposalKind {
        match self {
            Self::AddPeople { .. } => ProposalKind::AddPeople,
            Self::ExcusePeople { .. } => ProposalKind::ExcusePeople,
        }
    }

    /// How many people it concerns.
    pub fn len(&self) -> usize {
        match self {
            Self::AddPeople { people, .. } => people.len(),
            Self::ExcusePeople { people, .. } => people.len(),
        }
    }

    /// Whether it concerns nobody.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The canonical JSON (RFC 8785), which is stored and hashed.
    pub fn canonical(&self) -> String {
        serde_json_canonicalizer::to_string(self).expect("texts and numbers have a canonical form")
    }
}

/// `SHA-256("ikrar/proposal/v1" ‖ campaign16 ‖ proposal16 ‖ canonical JSON)`: what an approval names.
pub fn proposal_hash(campaign: CampaignId, proposal: ProposalId, changes: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"ikrar/proposal/v1");
    hash.update(campaign.as_bytes());
    hash.update(proposal.as_bytes());
    hash.update(changes.as_bytes());
    hash.finalize().into()
}

/// Why a person of the file was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOutReason {
    /// They are on the roster already.
    Listed,
    /// They have signed.
    Signed,
    /// They don't count already.
    NotCounted,
    /// Nobody of this number is on the roster.
    Unknown,
    /// Their institution had nobody when the roster was locked.
    NoRoster,
    /// The roster has somebody of another name under this number.
    OtherName,
    /// The change was refused again and again when it was carried out.
    Refused,
}

impl LeftOutReason {
    /// Every reason.
    pub const ALL: [Self; 7] =
        every_variant!(LeftOutReason: Listed, Signed, NotCounted, Unknown, NoRoster, OtherName, Refused);

    /// Ends the message key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Signed => "signed",
            Self::NotCounted => "not-counted",
            Self::Unknown => "unknown",
            Self::NoRoster => "no-roster",
            Self::OtherName => "other-name",
            Self::Refused => "refused",
        }
    }
}

/// A person of the file who was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutPerson {
    /// The participant id in base64url.
    pub participant: String,
    /// The name as the file has it.
    pub name: String,
    /// Why.
    pub reason: LeftOutReason,
    /// Whether it was found only when the proposal was carried out.
    pub late: bool,
}

/// A proposal without what is to happen, which may be long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Names it in the console's addresses.
    pub id: ProposalId,
    /// What it does.
    pub kind: ProposalKind,
    /// Where it stood when it was read; see [`Proposal::state_at`].
    pub state: ProposalState,
    /// Login of the account that proposed.
    pub proposed_by: String,
    /// When.
    pub proposed_at: UnixMillis,
    /// From when on it can't be approved any more.
    pub expires_at: UnixMillis,
    /// Codes of the institutions whose people it concerns.
    pub institutions: Vec<String>,
    /// How many people it concerns.
    pub people: u32,
    /// Whether an account must approve it that isn't the one that proposed.
    pub needs_second_account: bool,
    /// See [`proposal_hash`].
    pub hash: [u8; 32],
    /// Login of the account that approved or rejected it.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<UnixMillis>,
    /// How many of its people it was carried out for, those left out then included.
    pub processed: u32,
    /// Who was left out, when it was proposed and when it was carried out.
    pub left_out: Vec<LeftOutPerson>,
}

impl Proposal {
    /// People who were left out when it was carried out.
    pub fn late(&self) -> usize {
        self.left_out.iter().filter(|person| person.late).count()
    }

    /// Where it stands at a time.
    pub fn state_at(&self, now: UnixMillis) -> ProposalState {
        match self.state {
            ProposalState::Open if now >= self.expires_at => ProposalState::Expired,
            state => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes() -> ProposedChanges {
        ProposedChanges::ExcusePeople { people: vec!["AA".into()], reason: ExcuseReason::Retired }
    }

    #[test]
    fn names_read_back_and_differ() {
        for kind in ProposalKind::ALL {
            assert_eq!(ProposalKind::parse(kind.as_str()), Some(kind));
        }
        for state in ProposalState::ALL {
            assert_eq!(ProposalState::parse(state.as_str()), Some(state));
        }
        for reason in LeftOutReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
        assert_eq!(changes().canonical(), r#"{"kind":"excuse-people","people":["AA"],"reason":"retired"}"#);
    }

    #[test]
    fn the_hash_names_campaign_proposal_and_changes() {
        let (campaign, id) = (CampaignId([1; 16]), ProposalId([2; 16]));
        let hash = proposal_hash(campaign, id, &changes().canonical());
        assert_ne!(hash, proposal_hash(CampaignId([3; 16]), id, &changes().canonical()));
        assert_ne!(hash, proposal_hash(campaign, ProposalId([3; 16]), &changes().canonical()));
        let other = ProposedChanges::ExcusePeople { people: vec!["AB".into()], reason: ExcuseReason::Retired };
        assert_ne!(hash, proposal_hash(campaign, id, &other.canonical()));
    }
}
