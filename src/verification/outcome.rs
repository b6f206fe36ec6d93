//! What a whole report comes to for its reader: tone, headline and exit code, from all of its parts together.
//!
//! The one place where it is decided; `assets/js/verify/outcome.js` mirrors it, and both are held against
//! `tests/vectors/outcomes.json`.

use super::report::{Page, RevocationCheck, Verdict, VerificationReport};
use crate::every_variant::every_variant;

/// Green, amber, red.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Everything that the reader sees of the pledge is vouched for.
    Ok,
    /// Something has to be compared, or nothing is known.
    Warn,
    /// It must not be trusted.
    Bad,
}

impl Tone {
    /// As the style sheet names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// What stands above a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headline {
    /// Valid, and not revoked as far as the records say now.
    Recorded,
    /// Valid by its signature; the records weren't asked just now.
    Genuine,
    /// The credential is genuine, and nothing protects the page around it.
    DataOnly,
    /// The bytes aren't those that were signed.
    Altered,
    /// Signed by a key that is not published here.
    UnknownIssuer,
    /// Genuine by its signature, and the log doesn't have it.
    NotInLog,
    /// Genuine, and a later certificate stands in its place.
    Replaced,
    /// Genuine, and revoked.
    Revoked,
    /// Parts of the credential are missing.
    Incomplete,
    /// No credential was found.
    NotACertificate,
}

impl Headline {
    /// Every headline.
    pub const ALL: [Self; 10] = every_variant!(Headline:
        Recorded, Genuine, DataOnly, Altered, UnknownIssuer, NotInLog, Replaced, Revoked, Incomplete,
        NotACertificate
    );

    /// As its message's key has it.
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
            Self::NotACertificate => "not-a-certificate",
        }
    }
}

/// What a report comes to for its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerificationOutcome {
    /// The colour of the answer.
    pub tone: Tone,
    /// What stands above it.
    pub headline: Headline,
    /// Of `ikrar verify`.
    pub exit: u8,
}

/// Exit code: genuine, and nothing speaks against it.
pub const EXIT_GOOD: u8 = 0;
/// Exit code: altered, not recorded, incomplete, unknown or no certificate at all.
pub const EXIT_NOT_VALID: u8 = 1;
/// Exit code: genuine and revoked. 2 is taken by usage errors, 4 by unreadable input.
pub const EXIT_REVOKED: u8 = 3;
/// Exit code: the credential is genuine, and nothing protects the page around it.
pub const EXIT_DATA_ONLY: u8 = 5;

impl Page {
    /// Whether what is printed around the credential is known to be what was issued, or nothing is.
    pub fn is_vouched_for(self) -> bool {
        match self {
            Self::Sealed | Self::None => true,
            Self::Unsealed | Self::Altered => false,
        }
    }
}

impl VerificationReport {
    /// Decides tone, headline and exit code from all parts of the report.
    pub fn outcome(&self) -> VerificationOutcome {
        let vouched = self.page.is_vouched_for();
        let (tone, headline, exit) = match self.verdict {
            Verdict::Valid if vouched => match self.revocation {
                RevocationCheck::Checked => (Tone::Ok, Headline::Recorded, EXIT_GOOD),
                RevocationCheck::Saved | RevocationCheck::NotChecked => (Tone::Ok, Headline::Genuine, EXIT_GOOD),
            },
            Verdict::Valid | Verdict::DataOnly => (Tone::Warn, Headline::DataOnly, EXIT_DATA_ONLY),
            Verdict::Replaced if vouched => (Tone::Warn, Headline::Replaced, EXIT_GOOD),
            Verdict::Replaced => (Tone::Warn, Headline::Replaced, EXIT_DATA_ONLY),
            Verdict::Revoked => (Tone::Bad, Headline::Revoked, EXIT_REVOKED),
            Verdict::Altered => (Tone::Bad, Headline::Altered, EXIT_NOT_VALID),
            Verdict::NotInLog => (Tone::Bad, Headline::NotInLog, EXIT_NOT_VALID),
            Verdict::UnknownIssuer => (Tone::Warn, Headline::UnknownIssuer, EXIT_NOT_VALID),
            Verdict::Incomplete => (Tone::Warn, Headline::Incomplete, EXIT_NOT_VALID),
            Verdict::NotACertificate => (Tone::Warn, Headline::NotACertificate, EXIT_NOT_VALID),
        };
        VerificationOutcome { tone, headline, exit }
    }
}
