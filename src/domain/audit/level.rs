//! How important what happened is to a later reader.

use super::event::AuditEvent;
use crate::every_variant::every_variant;

/// How important an event is to a later reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuditLevel {
    /// A sign-in, a search or an opened page; nothing changed.
    Information,
    /// Something changed.
    Change,
    /// Something that only a named person may do and must answer for: secrets left the platform, a pledge was revoked.
    Sensitive,
}

impl AuditLevel {
    /// Every level.
    pub const ALL: [Self; 3] = every_variant!(AuditLevel: Information, Change, Sensitive);

    /// As shown in exports and used in style sheets.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Change => "change",
            Self::Sensitive => "sensitive",
        }
    }
}

impl AuditEvent {
    /// How important it is to a later reader; fixed by its type.
    pub fn level(&self) -> AuditLevel {
        match self {
            Self::SignedIn { .. }
            | Self::SignInFailed { .. }
            | Self::CodeFailed { .. }
            | Self::SignersCodeWrong { .. }
            | Self::AccessRefused { .. }
            | Self::ParticipantsSearched { .. }
            | Self::PersonalPageOpened { .. }
            | Self::SealedReportsOpened { .. }
            | Self::NotWritten { .. }
            | Self::RosterRefused { .. } => AuditLevel::Information,
            Self::CampaignCreated { .. }
            | Self::SettingsSaved { .. }
            | Self::TextSaved { .. }
            | Self::InstitutionsSaved { .. }
            | Self::LetterheadSaved { .. }
            | Self::HelpContactSaved { .. }
            | Self::TimesMoved { .. }
            | Self::StateChanged { .. }
            | Self::RosterImported { .. }
            | Self::ReportTaken { .. }
            | Self::ReportResolved { .. }
            | Self::UnlistedReportsResolved { .. }
            | Self::ChangesProposed { .. }
            | Self::ChangesRejected { .. }
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
            | Self::CertificatesRequested { .. }
            | Self::CertificatesExported { .. }
            | Self::MinutesMade { .. }
            | Self::MinutesCopyKept { .. }
            | Self::AuditExported { .. }
            | Self::CodeReissued { .. }
            | Self::PledgeRevoked { .. }
            | Self::PersonAdded { .. }
            | Self::PersonExcused { .. }
            | Self::RosterChangeUndone { .. }
            | Self::PersonCorrected { .. }
            | Self::PersonAdmittedAnew { .. }
            | Self::ChangesApproved { .. }
            | Self::ChangesCarriedOut { .. }
            | Self::KeyRotated { .. }
            | Self::KeyRetired { .. }
            | Self::KeyExported { .. }
            | Self::KeyForgotten { .. }
            | Self::KeyCompromised { .. }
            | Self::NotKnownHere { .. } => AuditLevel::Sensitive,
        }
    }
}
