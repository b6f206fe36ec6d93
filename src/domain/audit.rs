//! The audit trail (*jejak audit*): what was done, as a closed list of events.
//!
//! An event carries what a later reader needs to understand it and no name or number of a person: people appear as the
//! identity that their campaign derives for them.

use super::campaign::CampaignState;
use super::ids::CampaignId;
use super::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// How much a later reader should mind an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuditLevel {
    /// Somebody came or looked.
    Information,
    /// Something changed.
    Change,
    /// Something that only a named person may do and must answer for: secrets left the platform, a pledge was revoked.
    Sensitive,
}

impl AuditLevel {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Change => "change",
            Self::Sensitive => "sensitive",
        }
    }
}

/// What was done. Stored as its name and a JSON object of its fields, so fields may be added but not renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "detail", rename_all = "snake_case")]
pub enum AuditEvent {
    AccountAdded {
        login: String,
        role: String,
        /// Codes of the institutions that it sees, `*` for all. Lines of before this was written have none.
        #[serde(default)]
        scope: Vec<String>,
    },
    AccountChanged {
        login: String,
        role: String,
        disabled: bool,
        #[serde(default)]
        role_before: String,
        #[serde(default)]
        scope: Vec<String>,
        #[serde(default)]
        scope_before: Vec<String>,
    },
    AccountReset {
        login: String,
    },
    SecondFactorAdded {
        login: String,
    },
    /// By the person, without a reason, or by another for a reason.
    SecondFactorRemoved {
        login: String,
        reason: String,
    },
    RecoveryCodesRenewed {
        login: String,
    },
    RecoveryCodeUsed {
        login: String,
    },
    SessionsEnded {
        login: String,
        sessions: u64,
    },
    PasswordChanged {
        login: String,
        /// It took the place of one that somebody else had given.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        was_given: bool,
    },
    /// The password that was typed at a sign-in is one that today's rule refuses: it has to be changed.
    PasswordTooEasy {
        login: String,
    },
    SignedIn {
        login: String,
        /// The browser has never signed in to this account, or not for long. Written only where it is so, and not for a
        /// password that somebody else gave, which is new wherever it is typed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        new_device: bool,
    },
    /// Wrong passwords, and those that weren't taken any more, within a minute. Without a login: there is none such, and what
    /// was typed isn't kept.
    SignInFailed {
        login: Option<String>,
        count: u64,
    },
    /// Wrong codes of a second factor, or recovery codes, within a minute. The password was right before each.
    CodeFailed {
        login: String,
        count: u64,
    },
    /// Wrong pairs of number and access code within a minute, of all who sign.
    SignersCodeWrong {
        count: u64,
    },
    /// How often within a minute the actor asked for what the account may not do or see.
    AccessRefused {
        /// Method and path, with the names of its parts in braces.
        route: String,
        count: u64,
    },
    CampaignCreated {
        slug: String,
        template: String,
    },
    SettingsSaved {
        title: String,
    },
    TextSaved {
        version: u32,
        text_hash: String,
    },
    InstitutionsSaved {
        institutions: u32,
    },
    HelpContactSaved {
        institution: String,
    },
    TimesMoved {
        opens_at: Option<String>,
        closes_at: Option<String>,
        reason: String,
    },
    StateChanged {
        from: CampaignState,
        to: CampaignState,
        reason: String,
    },
    RosterImported {
        institution: Option<String>,
        people: u64,
        sha256: String,
    },
    RosterRefused {
        institution: Option<String>,
        faults: u64,
        sha256: String,
    },
    CodesExported {
        institution: Option<String>,
        unit: Option<String>,
        format: String,
        people: u64,
        sha256: String,
    },
    ListExported {
        list: String,
        institution: Option<String>,
        unit: Option<String>,
        people: u64,
        sha256: String,
    },
    CertificatesExported {
        people: u64,
        sha256: String,
    },
    AuditExported {
        entries: u64,
        sha256: String,
    },
    CodeReissued {
        institution: String,
        participant: String,
        version: u32,
    },
    ParticipantsSearched {
        institution: Option<String>,
        found: u64,
    },
    /// How often within a minute.
    PersonalPageOpened {
        institution: String,
        participant: String,
        count: u64,
    },
    /// Events that were too many to be written.
    NotWritten {
        count: u64,
    },
    ReportResolved {
        institution: String,
        report: String,
    },
    PledgeRevoked {
        institution: String,
        participant: String,
        reason: String,
    },
    /// A new key was made and published.
    KeyRotated {
        purpose: String,
        key: String,
    },
    KeyRetired {
        purpose: String,
        key: String,
    },
    KeyCompromised {
        purpose: String,
        key: String,
        /// Since when somebody else may have it, RFC 3339.
        since: String,
        /// The key that was made in its place, where there was no other.
        successor: Option<String>,
    },
    /// A stored line that this version can't read, as it is stored: a newer version wrote it, or somebody changed it. Nothing
    /// writes it.
    NotKnownHere {
        stored_event: String,
        stored_detail: String,
    },
}

impl AuditEvent {
    pub fn level(&self) -> AuditLevel {
        match self {
            Self::SignedIn { .. }
            | Self::SignInFailed { .. }
            | Self::CodeFailed { .. }
            | Self::SignersCodeWrong { .. }
            | Self::AccessRefused { .. }
            | Self::ParticipantsSearched { .. }
            | Self::PersonalPageOpened { .. }
            | Self::NotWritten { .. }
            | Self::RosterRefused { .. } => AuditLevel::Information,
            Self::CampaignCreated { .. }
            | Self::SettingsSaved { .. }
            | Self::TextSaved { .. }
            | Self::InstitutionsSaved { .. }
            | Self::HelpContactSaved { .. }
            | Self::TimesMoved { .. }
            | Self::StateChanged { .. }
            | Self::RosterImported { .. }
            | Self::ReportResolved { .. }
            | Self::PasswordChanged { .. }
            | Self::PasswordTooEasy { .. }
            | Self::SecondFactorAdded { .. }
            | Self::RecoveryCodesRenewed { .. }
            | Self::SessionsEnded { .. } => AuditLevel::Change,
            Self::AccountAdded { .. }
            | Self::AccountChanged { .. }
            | Self::AccountReset { .. }
            | Self::SecondFactorRemoved { .. }
            | Self::RecoveryCodeUsed { .. }
            | Self::CodesExported { .. }
            | Self::ListExported { .. }
            | Self::CertificatesExported { .. }
            | Self::AuditExported { .. }
            | Self::CodeReissued { .. }
            | Self::PledgeRevoked { .. }
            | Self::KeyRotated { .. }
            | Self::KeyRetired { .. }
            | Self::KeyCompromised { .. }
            | Self::NotKnownHere { .. } => AuditLevel::Sensitive,
        }
    }

    /// The login whose owner is to be told at their next page: what they sign in with was changed or tried, or what they
    /// may do was. Nobody is told that they have just replaced a password that was given to them.
    pub fn noticed_by(&self) -> Option<&str> {
        match self {
            Self::PasswordChanged { was_given: true, .. } => None,
            Self::AccountChanged { login, .. }
            | Self::AccountReset { login }
            | Self::SecondFactorAdded { login }
            | Self::SecondFactorRemoved { login, .. }
            | Self::RecoveryCodesRenewed { login }
            | Self::RecoveryCodeUsed { login }
            | Self::SessionsEnded { login, .. }
            | Self::PasswordChanged { login, .. }
            | Self::PasswordTooEasy { login }
            | Self::SignedIn { login, new_device: true }
            | Self::CodeFailed { login, .. } => Some(login),
            Self::SignInFailed { login, .. } => login.as_deref(),
            _ => None,
        }
    }

    /// How often it happened: what is counted is written once for many.
    pub fn times(&self) -> u64 {
        match self {
            Self::SignInFailed { count, .. } | Self::CodeFailed { count, .. } => *count,
            _ => 1,
        }
    }

    /// The institution it concerns, where it concerns one.
    pub fn institution(&self) -> Option<&str> {
        match self {
            Self::HelpContactSaved { institution }
            | Self::CodeReissued { institution, .. }
            | Self::PersonalPageOpened { institution, .. }
            | Self::ReportResolved { institution, .. }
            | Self::PledgeRevoked { institution, .. } => Some(institution),
            Self::RosterImported { institution, .. }
            | Self::RosterRefused { institution, .. }
            | Self::CodesExported { institution, .. }
            | Self::ListExported { institution, .. }
            | Self::ParticipantsSearched { institution, .. } => institution.as_deref(),
            _ => None,
        }
    }
}

/// The clock, when it and no person opened or closed a campaign. A login never holds a slash.
pub const ACTOR_CLOCK: &str = "system/clock";
/// The command line, whose user the operating system knows.
pub const ACTOR_COMMAND_LINE: &str = "system/cli";

/// The service itself, for what it counted.
pub const ACTOR_SERVICE: &str = "system/service";

/// One line of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    pub id: AuditEntryId,
    /// `None`: it concerns the installation.
    pub campaign: Option<CampaignId>,
    pub at: UnixMillis,
    /// A login, [`ACTOR_CLOCK`], [`ACTOR_COMMAND_LINE`] or [`ACTOR_SERVICE`].
    pub actor: String,
    pub event: AuditEvent,
}

/// Sorts by time: 6 bytes of milliseconds since the epoch, big-endian, then 10 random bytes. Where a trail already holds
/// a later one, the store writes [`Self::after`] it instead: the order of a trail is the order it was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditEntryId(pub [u8; 16]);

impl AuditEntryId {
    pub fn new(at: UnixMillis, random: [u8; 10]) -> Self {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&at.0.to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&random);
        Self(bytes)
    }

    /// An id that sorts right after `newest`: larger by one and this id's last 4 random bytes, so that two that are
    /// written at once still differ.
    pub fn after(self, newest: Self) -> Self {
        let [.., a, b, c, d] = self.0;
        let step = 1 + u128::from(u32::from_be_bytes([a, b, c, d]));
        Self(u128::from_be_bytes(newest.0).saturating_add(step).to_be_bytes())
    }
}

impl AuditEntry {
    pub fn new(campaign: Option<CampaignId>, at: UnixMillis, random: [u8; 10], actor: &str, event: AuditEvent) -> Self {
        Self { id: AuditEntryId::new(at, random), campaign, at, actor: actor.into(), event }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_stored_as_its_name_and_detail() {
        let event = AuditEvent::StateChanged {
            from: CampaignState::Open,
            to: CampaignState::Paused,
            reason: "listrik padam".into(),
        };
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["event"], "state_changed");
        assert_eq!(json["detail"]["to"], "paused");
        assert_eq!(serde_json::from_value::<AuditEvent>(json).unwrap(), event);
    }

    #[test]
    fn an_id_can_follow_a_later_one() {
        let newest = AuditEntryId::new(UnixMillis(1_703_643_300_120), [255; 10]);
        let follower = AuditEntryId::new(UnixMillis(1_703_643_300_119), [9; 10]).after(newest);
        let another = AuditEntryId::new(UnixMillis(1_703_643_300_119), [8; 10]).after(newest);
        assert!(newest < another && another < follower);
    }

    #[test]
    fn ids_sort_by_time() {
        let early = AuditEntryId::new(UnixMillis(1_703_643_300_119), [255; 10]);
        assert!(early < AuditEntryId::new(UnixMillis(1_703_643_300_120), [0; 10]));
    }
}
