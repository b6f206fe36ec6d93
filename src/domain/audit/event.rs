//! The closed list of what the audit trail records.
//!
//! An event carries what a later reader needs to understand it and no name or number of a person: people appear as the
//! identity that their campaign derives for them.

use crate::domain::campaign::CampaignState;
use serde::{Deserialize, Serialize};

/// What was done. Stored as its name and a JSON object of its fields, so fields may be added but not renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "detail", rename_all = "snake_case")]
pub enum AuditEvent {
    /// An organizer, or the command line, added an account.
    AccountAdded {
        /// The account's login.
        login: String,
        /// The role it has from now on.
        role: String,
        /// Codes of the institutions that it sees, `*` for all; empty in lines written before this field existed.
        #[serde(default)]
        scope: Vec<String>,
    },
    /// Role, scope or the disabled flag of an account changed.
    AccountChanged {
        /// The account's login.
        login: String,
        /// The role it has from now on.
        role: String,
        /// Whether it is disabled from now on.
        disabled: bool,
        /// The role it had before; empty in lines written before this field existed.
        #[serde(default)]
        role_before: String,
        /// Codes of the institutions it sees from now on, `*` for all.
        #[serde(default)]
        scope: Vec<String>,
        /// Codes of the institutions it saw before.
        #[serde(default)]
        scope_before: Vec<String>,
    },
    /// An account got a one-time password.
    AccountReset {
        /// The account's login.
        login: String,
    },
    /// The owner added a second factor.
    SecondFactorAdded {
        /// The account's login.
        login: String,
    },
    /// A second factor was removed, by its owner without a reason or by another person with one.
    SecondFactorRemoved {
        /// The account's login.
        login: String,
        /// As typed by the actor; empty where none was asked for.
        reason: String,
    },
    /// The owner drew new recovery codes; the old ones stopped working.
    RecoveryCodesRenewed {
        /// The account's login.
        login: String,
    },
    /// A recovery code was used in place of the second factor.
    RecoveryCodeUsed {
        /// The account's login.
        login: String,
    },
    /// All sessions of an account were ended.
    SessionsEnded {
        /// The account's login.
        login: String,
        /// How many there were.
        sessions: u64,
    },
    /// The owner chose a new password.
    PasswordChanged {
        /// The account's login.
        login: String,
        /// It replaced a password that another person had set.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        was_given: bool,
    },
    /// The password that was typed at a sign-in breaks the current rules, so it must be changed.
    PasswordTooEasy {
        /// The account's login.
        login: String,
    },
    /// A sign-in to the console succeeded.
    SignedIn {
        /// The account's login.
        login: String,
        /// The browser has not signed in to this account before, or its device cookie has expired. Stored only if true,
        /// and not for a password set by another person, which is new on every device.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        new_device: bool,
    },
    /// Wrong passwords within a minute, including those refused beyond the limit.
    SignInFailed {
        /// `None`: no account has the login that was typed, which isn't stored.
        login: Option<String>,
        /// How many times within the minute.
        count: u64,
    },
    /// Wrong codes of a second factor, or recovery codes, within a minute. The password was right before each.
    CodeFailed {
        /// The account's login.
        login: String,
        /// How many times within the minute.
        count: u64,
    },
    /// Wrong pairs of number and access code within a minute, of all signers together.
    SignersCodeWrong {
        /// How many times within the minute.
        count: u64,
    },
    /// The actor asked for something that the account may not do or see, counted per minute.
    AccessRefused {
        /// Method and path, with the names of its parts in braces.
        route: String,
        /// How many times within the minute.
        count: u64,
    },
    /// A campaign was created as a draft.
    CampaignCreated {
        /// The new campaign's slug.
        slug: String,
        /// The template that it was made from.
        template: String,
    },
    /// A campaign's settings were saved.
    SettingsSaved {
        /// The title that was saved.
        title: String,
    },
    /// A new version of the text was saved.
    TextSaved {
        /// Counts from 1.
        version: u32,
        /// SHA-256 of the canonical text, as text.
        text_hash: String,
    },
    /// The list of institutions was saved.
    InstitutionsSaved {
        /// How many there are.
        institutions: u32,
    },
    /// An institution's help contact changed.
    HelpContactSaved {
        /// The institution's code.
        institution: String,
    },
    /// Opening or closing time changed.
    TimesMoved {
        /// RFC 3339, UTC; `None`: by hand.
        opens_at: Option<String>,
        /// RFC 3339, UTC; `None`: by hand.
        closes_at: Option<String>,
        /// As typed by the actor; empty where none was asked for.
        reason: String,
    },
    /// A campaign went from one state to another.
    StateChanged {
        /// The state before.
        from: CampaignState,
        /// The state after.
        to: CampaignState,
        /// As typed by the actor; empty where none was asked for.
        reason: String,
    },
    /// A roster file was read and took the place of what was there.
    RosterImported {
        /// The institution's code; `None`: the file held all institutions.
        institution: Option<String>,
        /// How many people the file holds.
        people: u64,
        /// SHA-256 of the file, as text.
        sha256: String,
        /// Units that have another name from now on: the node, and its names before and after.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        renamed: Vec<String>,
    },
    /// A roster file had faults and changed nothing.
    RosterRefused {
        /// The institution's code; `None`: the file was for all institutions.
        institution: Option<String>,
        /// How many faults were found.
        faults: u64,
        /// SHA-256 of the file, as text.
        sha256: String,
    },
    /// Access codes left the platform.
    CodesExported {
        /// The institution's code; `None`: all institutions.
        institution: Option<String>,
        /// The unit's name; `None`: all units.
        unit: Option<String>,
        /// The format of the file: `csv`, `xlsx` or `pdf`.
        format: String,
        /// How many people the file holds.
        people: u64,
        /// SHA-256 of the file, as text.
        sha256: String,
    },
    /// A list of people left the platform.
    ListExported {
        /// Which list.
        list: String,
        /// The institution's code; `None`: all institutions.
        institution: Option<String>,
        /// The unit's name; `None`: all units.
        unit: Option<String>,
        /// How many people the file holds.
        people: u64,
        /// SHA-256 of the file, as text.
        sha256: String,
    },
    /// An archive of certificates was asked for; what follows may be broken off.
    CertificatesRequested {
        /// The institution's code; `None`: all institutions.
        institution: Option<String>,
        /// The unit's name; `None`: all units.
        unit: Option<String>,
        /// `public`, or `own` with the whole numbers.
        copy: String,
        /// How many people it is to hold.
        people: u64,
    },
    /// A letterhead of a draft's documents was saved, or taken away.
    LetterheadSaved {
        /// The institution's code; `None`: of all that have none of their own.
        institution: Option<String>,
    },
    /// Minutes of a campaign were made.
    MinutesMade {
        /// Counts the campaign's minutes.
        edition: u32,
        /// Why they replace the edition before; empty for the first.
        reason: String,
        /// SHA-256 of the file, as text.
        sha256: String,
    },
    /// A copy of minutes that was signed elsewhere was sent back.
    MinutesCopyKept {
        /// The edition that it is a copy of.
        edition: u32,
        /// SHA-256 of the file, as text.
        sha256: String,
    },
    /// Certificates were exported: an archive to its end, or a single one that isn't public.
    CertificatesExported {
        /// The institution's code; `None`: all institutions.
        #[serde(default)]
        institution: Option<String>,
        /// The unit's name; `None`: all units.
        #[serde(default)]
        unit: Option<String>,
        /// `public`, or `own` with the whole numbers; `None`: `public`, from before there were others.
        #[serde(default)]
        copy: Option<String>,
        /// Of a single certificate, whose it is: the participant id, base64url.
        #[serde(default)]
        participant: Option<String>,
        /// How many people the file holds.
        people: u64,
        /// SHA-256 of the file, as text.
        sha256: String,
    },
    /// The trail itself was exported.
    AuditExported {
        /// How many lines.
        entries: u64,
        /// SHA-256 of the file, as text.
        sha256: String,
    },
    /// A person got a new access code; the old one stopped working.
    CodeReissued {
        /// The person's institution, by code.
        institution: String,
        /// The participant id, base64url.
        participant: String,
        /// The version of the new code, counted from 1.
        version: u32,
    },
    /// An operator searched for people.
    ParticipantsSearched {
        /// The institution's code; `None`: all institutions.
        institution: Option<String>,
        /// How many people were found.
        found: u64,
    },
    /// A participant's page was opened, counted per minute.
    PersonalPageOpened {
        /// The person's institution, by code.
        institution: String,
        /// The participant id, base64url.
        participant: String,
        /// How many times within the minute.
        count: u64,
    },
    /// Events that weren't written because there were too many.
    NotWritten {
        /// How many.
        count: u64,
    },
    /// Reports of people without a code were opened and shown, counted per minute.
    SealedReportsOpened {
        /// How many times within the minute.
        count: u64,
    },
    /// The help desk began to look into a report ("that wasn't me").
    ReportTaken {
        /// The person's institution, by code; empty where the claimed number is nobody's.
        institution: String,
        /// Its name in the trail (`domain::misuse_report::trail_name`); in lines of before, the report's id, base64url.
        report: String,
    },
    /// A report of a person ("that wasn't me") was marked as dealt with.
    ReportResolved {
        /// The person's institution, by code; empty where the claimed number is nobody's.
        institution: String,
        /// Its name in the trail (`domain::misuse_report::trail_name`); in lines of before, the report's id, base64url.
        report: String,
        /// What whoever has the report's number is told (`domain::misuse_report::ReportOutcome`); empty in lines
        /// written before this field existed.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        outcome: String,
    },
    /// All reports without a code were closed whose number isn't on the roster and that nobody looked into.
    UnlistedReportsResolved {
        /// How many.
        reports: u64,
    },
    /// A pledge was revoked.
    PledgeRevoked {
        /// The person's institution, by code.
        institution: String,
        /// The participant id, base64url.
        participant: String,
        /// As typed by the actor; empty where none was asked for.
        reason: String,
    },
    /// A person was added to the locked roster.
    PersonAdded {
        /// The person's institution, by code.
        institution: String,
        /// The participant id, base64url.
        participant: String,
        /// As typed by the actor.
        reason: String,
    },
    /// A person needn't sign any more.
    PersonExcused {
        /// The person's institution, by code.
        institution: String,
        /// The participant id, base64url.
        participant: String,
        /// The name of the reason (`domain::notice::ExcuseReason`).
        reason: String,
    },
    /// An addition or an exclusion was undone.
    RosterChangeUndone {
        /// The person's institution, by code.
        institution: String,
        /// The participant id, base64url.
        participant: String,
        /// As typed by the actor.
        reason: String,
    },
    /// A file was proposed that adds or excuses people of the locked roster.
    ChangesProposed {
        /// The institution's code; `None`: several.
        institution: Option<String>,
        /// The name of the kind (`domain::proposal::ProposalKind`).
        change: String,
        /// How many people it concerns.
        people: u64,
        /// SHA-256 of what is to happen, as text.
        sha256: String,
    },
    /// A proposal was approved.
    ChangesApproved {
        /// The institution's code; `None`: several.
        institution: Option<String>,
        /// The name of the kind.
        change: String,
        /// How many people it concerns.
        people: u64,
        /// SHA-256 of what is to happen, as text.
        sha256: String,
    },
    /// A proposal was refused or taken back.
    ChangesRejected {
        /// The institution's code; `None`: several.
        institution: Option<String>,
        /// The name of the kind.
        change: String,
        /// How many people it concerns.
        people: u64,
        /// SHA-256 of what was to happen, as text.
        sha256: String,
    },
    /// A proposal was carried out to its end.
    ChangesCarriedOut {
        /// The institution's code; `None`: several.
        institution: Option<String>,
        /// The name of the kind.
        change: String,
        /// For how many people.
        people: u64,
        /// How many were left out, because they had changed meanwhile.
        left_out: u64,
        /// SHA-256 of what was to happen, as text.
        sha256: String,
    },
    /// Name, unit, position or other words of a person were corrected before they signed.
    PersonCorrected {
        /// The person's institution, by code.
        institution: String,
        /// The participant id, base64url.
        participant: String,
        /// As typed by the actor.
        reason: String,
    },
    /// A person whose pledge wasn't theirs can sign anew; the pledge was revoked with it, if it wasn't before.
    PersonAdmittedAnew {
        /// The person's institution, by code.
        institution: String,
        /// The participant id of the new admission, base64url.
        participant: String,
        /// As typed by the actor.
        reason: String,
    },
    /// A new key was made and published.
    KeyRotated {
        /// The key's role.
        purpose: String,
        /// The key's id (`kid`).
        key: String,
    },
    /// A key no longer signs; what it signed stays valid.
    KeyRetired {
        /// The key's role.
        purpose: String,
        /// The key's id (`kid`).
        key: String,
    },
    /// A private key was written to a file, so that it can be kept elsewhere.
    KeyExported {
        /// The key's role.
        purpose: String,
        /// The key's id (`kid`).
        key: String,
    },
    /// A private key was taken out of the database; its certificate stays.
    KeyForgotten {
        /// The key's role.
        purpose: String,
        /// The key's id (`kid`).
        key: String,
    },
    /// Someone else may have the private key: what it signed is checked against the records.
    KeyCompromised {
        /// The key's role.
        purpose: String,
        /// The key's id (`kid`).
        key: String,
        /// Since when another party may have it, RFC 3339.
        since: String,
        /// The key that was made to replace it, if there was no other.
        successor: Option<String>,
    },
    /// A stored line that this version can't read: a newer version wrote it, or it was tampered with. It is only read,
    /// not written.
    NotKnownHere {
        /// The stored name.
        stored_event: String,
        /// The stored JSON.
        stored_detail: String,
    },
}

impl AuditEvent {
    /// The login whose owner gets a notice on their next page: their credentials were changed or tried, or their rights
    /// changed. Replacing a password that another person set gives no notice.
    pub fn notified_login(&self) -> Option<&str> {
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

    /// How often it happened: one line of a counted event stands for several.
    pub fn count(&self) -> u64 {
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
            | Self::ReportTaken { institution, .. }
            | Self::ReportResolved { institution, .. }
            | Self::PledgeRevoked { institution, .. }
            | Self::PersonAdded { institution, .. }
            | Self::PersonExcused { institution, .. }
            | Self::RosterChangeUndone { institution, .. }
            | Self::PersonCorrected { institution, .. }
            | Self::PersonAdmittedAnew { institution, .. } => Some(institution),
            Self::RosterImported { institution, .. }
            | Self::RosterRefused { institution, .. }
            | Self::CodesExported { institution, .. }
            | Self::ListExported { institution, .. }
            | Self::CertificatesRequested { institution, .. }
            | Self::CertificatesExported { institution, .. }
            | Self::LetterheadSaved { institution }
            | Self::ChangesProposed { institution, .. }
            | Self::ChangesApproved { institution, .. }
            | Self::ChangesRejected { institution, .. }
            | Self::ChangesCarriedOut { institution, .. }
            | Self::ParticipantsSearched { institution, .. } => institution.as_deref(),
            _ => None,
        }
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
}
