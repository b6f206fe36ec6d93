//! A campaign (*kegiatan*): what is signed, when, and the states it passes through.
//!
//! ```text
//! draft <-> locked -> open <-> paused
//!                      |         |
//!                      v         v
//!                     closing -> closed        cancelled: from any state before closed
//! ```
//! A locked campaign can go back to draft only before the first pledge.

use super::ids::CampaignId;
use super::reporting_group::GroupLevel;
use super::time::{UnixMillis, Zone};
use crate::every_variant::every_variant;
use serde::{Deserialize, Serialize};

/// Longest slug, in characters.
pub const SLUG_CHARS_MAX: usize = 40;
/// How long admitted pledges may still be committed after the closing instant, before the count is final.
pub const CLOSING_DRAIN_SECS_MAX: i64 = 10;

/// What kind of text a campaign's signers agree to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignKind {
    /// *Ikrar netralitas*.
    NeutralityPledge,
    /// *Pakta integritas*.
    IntegrityPact,
}

/// Where a campaign is in its life cycle; the module's diagram shows the transitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// Text and roster can change; nobody can sign.
    Draft,
    /// Text and roster are fixed and the roster is logged; waiting for the opening.
    Locked,
    /// People can sign.
    Open,
    /// Signing is interrupted and can resume.
    Paused,
    /// The closing instant has passed; pledges admitted before it are still being committed.
    Closing,
    /// The count is final.
    Closed,
    /// Ended before it closed; what was signed stays verifiable.
    Cancelled,
}

/// What moves a campaign from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    /// Draft to locked: fixes text and roster and writes the roster log.
    Lock,
    /// Locked to draft, before the first pledge.
    Unlock,
    /// Locked to open, by clock or button.
    Open,
    /// Open to paused.
    Pause,
    /// Paused to open.
    Resume,
    /// The closing instant came, by clock or button.
    BeginClosing,
    /// Everything admitted has been committed.
    FinishClosing,
    /// To cancelled, from any state before closed.
    Cancel,
}

impl CampaignState {
    /// Every state, in the order of a life cycle.
    pub const ALL: [Self; 7] = every_variant!(CampaignState:
        Draft, Locked, Open, Paused, Closing, Closed, Cancelled
    );

    /// The state after a transition, or `None` where it isn't allowed.
    /// `Unlock` has a second condition that only the store can check: no pledge yet.
    pub fn after(self, transition: Transition) -> Option<Self> {
        use CampaignState::{Cancelled, Closed, Closing, Draft, Locked, Open, Paused};
        match transition {
            Transition::Lock => matches!(self, Draft).then_some(Locked),
            Transition::Unlock => matches!(self, Locked).then_some(Draft),
            Transition::Open => matches!(self, Locked).then_some(Open),
            Transition::Pause => matches!(self, Open).then_some(Paused),
            Transition::Resume => matches!(self, Paused).then_some(Open),
            Transition::BeginClosing => matches!(self, Open | Paused).then_some(Closing),
            Transition::FinishClosing => matches!(self, Closing).then_some(Closed),
            Transition::Cancel => matches!(self, Draft | Locked | Open | Paused | Closing).then_some(Cancelled),
        }
    }

    /// As stored and as written in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Locked => "locked",
            Self::Open => "open",
            Self::Paused => "paused",
            Self::Closing => "closing",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether public pages show the campaign at all.
    pub fn is_public(self) -> bool {
        !matches!(self, Self::Draft)
    }

    /// Whether settings and text are final: no transition leads back to a draft.
    pub fn is_settled(self) -> bool {
        !matches!(self, Self::Draft | Self::Locked)
    }

    /// Whether the count can't change any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Closed | Self::Cancelled)
    }
}

impl CampaignKind {
    /// As stored and as written in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeutralityPledge => "neutrality_pledge",
            Self::IntegrityPact => "integrity_pact",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::NeutralityPledge, Self::IntegrityPact].into_iter().find(|kind| kind.as_str() == text)
    }

    /// The byte that stands for the kind inside a credential: 1 neutrality pledge, 2 integrity pact.
    pub fn code(self) -> u8 {
        match self {
            Self::NeutralityPledge => 1,
            Self::IntegrityPact => 2,
        }
    }

    /// Reads what [`Self::code`] writes.
    pub fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::NeutralityPledge),
            2 => Some(Self::IntegrityPact),
            _ => None,
        }
    }
}

/// A person who acknowledges the pledges and is printed on the certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Official {
    /// Name with titles, as printed.
    pub name: String,
    /// Office held, printed above the name.
    pub position: String,
}

/// What an organizer can set while a campaign is a draft (the times: until it is closed).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignSettings {
    /// As shown to signers and printed on the certificate.
    pub title: String,
    /// The body that runs the campaign, as printed in the letterhead, e.g. "Pemerintah Provinsi Sumatera Selatan".
    pub organizer: String,
    /// Where it is held, as printed before the date on the certificate, e.g. "Palembang".
    pub place: String,
    /// The election or subject; fills `{kegiatan}`.
    pub occasion: String,
    /// Fills `{tahun}`.
    pub year: String,
    /// The time zone in which its times are entered and printed.
    pub zone: Zone,
    /// Who is printed as acknowledging the pledge.
    pub officials: Vec<Official>,
    /// Whom signers ask for help if their institution has no contact of its own.
    pub help_contact: String,
    /// Whether a drawn (or typed) signature is asked for.
    pub signature_required: bool,
    /// The people are synthetic, and every page and certificate says so.
    pub synthetic: bool,
    /// Whose numbers the public sees; fixed by the lock.
    #[serde(default)]
    pub group_level: GroupLevel,
}

/// A campaign as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Identifies the campaign in the database and in leaves.
    pub id: CampaignId,
    /// Its part of every address, such as `sumsel`; see [`is_slug`].
    pub slug: String,
    /// What kind of text is signed.
    pub kind: CampaignKind,
    /// What an organizer can set.
    pub settings: CampaignSettings,
    /// Where it is in its life cycle.
    pub state: CampaignState,
    /// Pledges admitted before are refused; `None`: it opens by hand.
    pub opens_at: Option<UnixMillis>,
    /// Pledges admitted at or after this are refused; `None`: it closes by hand.
    pub closes_at: Option<UnixMillis>,
    /// SHA-256 over the canonical text in force; `None` until a text is saved.
    pub text_hash: Option<[u8; 32]>,
    /// The campaign's random secret, sealed under the keyring's KEK.
    pub sealed_secret: Vec<u8>,
    /// The id of the key that signs its logs; empty for the installation's first one.
    pub log_key: String,
    /// When it was created.
    pub created_at: UnixMillis,
}

/// State and times of a campaign, as a caller saw them. A transition or a change of times names what the caller saw and
/// is refused if the campaign has changed since, so that it doesn't undo a change that the caller didn't see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObservedState {
    /// The state that was seen.
    pub state: CampaignState,
    /// The opening time that was seen.
    pub opens_at: Option<UnixMillis>,
    /// The closing time that was seen.
    pub closes_at: Option<UnixMillis>,
}

impl Campaign {
    /// State and times, as seen now.
    pub fn observed_state(&self) -> ObservedState {
        ObservedState { state: self.state, opens_at: self.opens_at, closes_at: self.closes_at }
    }

    /// The transition that is due at `now`, if any.
    pub fn due(&self, now: UnixMillis) -> Option<Transition> {
        match self.state {
            CampaignState::Locked if self.opens_at.is_some_and(|at| at <= now) => Some(Transition::Open),
            CampaignState::Open | CampaignState::Paused if self.closes_at.is_some_and(|at| at <= now) => {
                Some(Transition::BeginClosing)
            }
            _ => None,
        }
    }

    /// Whether a pledge admitted at `iat` may be committed: the state accepts pledges and `opens_at <= iat <
    /// closes_at`. A closing campaign still commits what was admitted before its closing instant.
    pub fn accepts(&self, iat: UnixMillis) -> bool {
        matches!(self.state, CampaignState::Open | CampaignState::Closing)
            && self.opens_at.is_none_or(|at| at <= iat)
            && self.closes_at.is_none_or(|at| iat < at)
    }
}

/// A slug is 2-40 of `a-z 0-9 -`, beginning and ending with a letter or digit.
pub fn is_slug(text: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    (2..=SLUG_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|c| plain(c) || c == b'-')
        && text.bytes().next().is_some_and(plain)
        && text.bytes().last().is_some_and(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_closed_or_cancelled() {
        for transition in [
            Transition::Lock,
            Transition::Unlock,
            Transition::Open,
            Transition::Pause,
            Transition::Resume,
            Transition::BeginClosing,
            Transition::FinishClosing,
            Transition::Cancel,
        ] {
            assert_eq!(CampaignState::Closed.after(transition), None);
            assert_eq!(CampaignState::Cancelled.after(transition), None);
        }
    }

    #[test]
    fn what_is_settled_stays_so() {
        use CampaignState::{Cancelled, Closed, Closing, Draft, Locked, Open, Paused};
        use Transition::{BeginClosing, Cancel, FinishClosing, Lock, Open as Begin, Pause, Resume, Unlock};
        for settled in [Open, Paused, Closing, Closed, Cancelled] {
            assert!(settled.is_settled());
            for transition in [Lock, Unlock, Begin, Pause, Resume, BeginClosing, FinishClosing, Cancel] {
                assert!(settled.after(transition).is_none_or(CampaignState::is_settled), "{settled:?} {transition:?}");
            }
        }
        assert!(!Draft.is_settled() && !Locked.is_settled());
    }

    #[test]
    fn a_paused_campaign_resumes_and_closes() {
        assert_eq!(CampaignState::Paused.after(Transition::Resume), Some(CampaignState::Open));
        assert_eq!(CampaignState::Paused.after(Transition::BeginClosing), Some(CampaignState::Closing));
        assert_eq!(CampaignState::Open.after(Transition::Unlock), None);
    }

    #[test]
    fn states_and_kinds_read_back() {
        for state in ["draft", "locked", "open", "paused", "closing", "closed", "cancelled"] {
            assert_eq!(CampaignState::parse(state).unwrap().as_str(), state);
        }
        assert_eq!(CampaignKind::parse("integrity_pact"), Some(CampaignKind::IntegrityPact));
    }

    #[test]
    fn slugs() {
        assert!(is_slug("sumsel") && is_slug("pakta-2027"));
        assert!(!is_slug("s") && !is_slug("-a") && !is_slug("A b") && !is_slug(&"a".repeat(41)));
    }
}
