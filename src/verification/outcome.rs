//! What a report means to its reader: tone, headline and exit code, decided from all of its parts.
//!
//! It is decided here only; `assets/js/verify/outcome.js` mirrors it, and tests compare both with
//! `tests/vectors/outcomes.json`.

use super::report::{Page, RevocationCheck, Verdict, VerificationReport};
use crate::every_variant::every_variant;

/// The colour of a report: green, amber or red.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Everything that the reader sees of the pledge is vouched for.
    Ok,
    /// The reader has to compare something, or nothing is known.
    Warn,
    /// It must not be trusted.
    Bad,
}

impl Tone {
    /// The name in the style sheet.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// The line above a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headline {
    /// Valid, and not revoked according to the records now.
    Recorded,
    /// Valid by its signature; the records weren't consulted now.
    Genuine,
    /// The credential is genuine, and nothing protects the page around it.
    DataOnly,
    /// The bytes aren't those that were signed.
    Altered,
    /// Signed by a key that is not published here.
    UnknownIssuer,
    /// Genuine by its signature, but not in the log.
    NotInLog,
    /// Genuine, and replaced by a later certificate.
    Replaced,
    /// Genuine, and revoked.
    Revoked,
    /// Parts of the credential are missing.
    Incomplete,
    /// Another file of the issuer, as it was issued.
    Document,
    /// Another file of the issuer, to which something was added.
    DocumentExtended,
    /// No credential was found.
    NotACertificate,
}

impl Headline {
    /// Every headline.
    pub const ALL: [Self; 12] = every_variant!(Headline:
        Recorded, Genuine, DataOnly, Altered, UnknownIssuer, NotInLog, Replaced, Revoked, Incomplete,
        Document, DocumentExtended, NotACertificate
    );

    /// As it is written in its message's key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Genuine => "genuine",
            Self::DataOnly => "data-only",
            Self::Altered => "altered",
            Self::UnknownIssuer => "unknown-issuer",
            Self::NotInLog => "not-in-log",
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
            Self::Incomplete => "incomplete",
            Self::Document => "document",
            Self::DocumentExtended => "document-extended",
            Self::NotACertificate => "not-a-certificate",
        }
    }
}

/// What a report means to its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerificationOutcome {
    /// The colour of the report.
    pub tone: Tone,
    /// The line above the report.
    pub headline: Headline,
    /// Exit code of `ikrar verify`.
    pub exit: u8,
}

/// Exit code: genuine, and not known to be revoked.
pub const EXIT_GENUINE: u8 = 0;
/// Exit code: altered, not recorded, incomplete, unknown or no certificate at all.
pub const EXIT_NOT_VALID: u8 = 1;
/// Exit code: genuine and revoked. 2 is taken by usage errors, 4 by unreadable input.
pub const EXIT_REVOKED: u8 = 3;
/// Exit code: the credential is genuine, and nothing protects the page around it.
pub const EXIT_DATA_ONLY: u8 = 5;

impl Page {
    /// Whether everything printed around the credential is known to be as issued; also true without a page.
    pub fn is_vouched_for(self) -> bool {
        match self {
            Self::Sealed | Self::None => true,
            Self::Extended | Self::Unsealed | Self::Altered => false,
        }
    }
}

impl VerificationReport {
    /// Decides tone, headline and exit code from all parts of the report.
    pub fn outcome(&self) -> VerificationOutcome {
        let vouched = self.page.is_vouched_for();
        let (tone, headline, exit) = match self.verdict {
            Verdict::Valid if vouched => match self.revocation {
                RevocationCheck::Checked => (Tone::Ok, Headline::Recorded, EXIT_GENUINE),
                RevocationCheck::Saved | RevocationCheck::NotChecked => (Tone::Ok, Headline::Genuine, EXIT_GENUINE),
            },
            Verdict::Valid | Verdict::DataOnly => (Tone::Warn, Headline::DataOnly, EXIT_DATA_ONLY),
            Verdict::Replaced if vouched => (Tone::Warn, Headline::Replaced, EXIT_GENUINE),
            Verdict::Replaced => (Tone::Warn, Headline::Replaced, EXIT_DATA_ONLY),
            Verdict::Revoked => (Tone::Bad, Headline::Revoked, EXIT_REVOKED),
            Verdict::Altered => (Tone::Bad, Headline::Altered, EXIT_NOT_VALID),
            Verdict::NotInLog => (Tone::Bad, Headline::NotInLog, EXIT_NOT_VALID),
            Verdict::UnknownIssuer => (Tone::Warn, Headline::UnknownIssuer, EXIT_NOT_VALID),
            Verdict::Incomplete => (Tone::Warn, Headline::Incomplete, EXIT_NOT_VALID),
            Verdict::Document if vouched => (Tone::Ok, Headline::Document, EXIT_GENUINE),
            Verdict::Document => (Tone::Warn, Headline::DocumentExtended, EXIT_DATA_ONLY),
            Verdict::NotACertificate => (Tone::Warn, Headline::NotACertificate, EXIT_NOT_VALID),
        };
        VerificationOutcome { tone, headline, exit }
    }
}
