//! What a whole report comes to for its reader: tone, headline and exit code, from all of its parts together.
//!
//! The one place where it is decided; `assets/js/verify/outcome.js` mirrors it, and both are held against
//! `tests/vectors/outcomes.json`.

use super::report::{Page, RevocationCheck, Verdict, VerificationReport};

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

/// What a report comes to for its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerificationOutcome {
    /// The colour of the answer.
    pub tone: Tone,
    /// The key of the headline is `verify-verdict-` and this; with `-means` that of its explanation.
    pub headline: &'static str,
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
                RevocationCheck::Checked => (Tone::Ok, "recorded", EXIT_GOOD),
                RevocationCheck::Saved | RevocationCheck::NotChecked => (Tone::Ok, "genuine", EXIT_GOOD),
            },
            Verdict::Valid | Verdict::DataOnly => (Tone::Warn, "data-only", EXIT_DATA_ONLY),
            Verdict::Replaced if vouched => (Tone::Warn, "replaced", EXIT_GOOD),
            Verdict::Replaced => (Tone::Warn, "replaced", EXIT_DATA_ONLY),
            Verdict::Revoked => (Tone::Bad, "revoked", EXIT_REVOKED),
            Verdict::Altered => (Tone::Bad, "altered", EXIT_NOT_VALID),
            Verdict::NotInLog => (Tone::Bad, "not-in-log", EXIT_NOT_VALID),
            Verdict::UnknownIssuer => (Tone::Warn, "unknown-issuer", EXIT_NOT_VALID),
            Verdict::Incomplete => (Tone::Warn, "incomplete", EXIT_NOT_VALID),
            Verdict::NotACertificate => (Tone::Warn, "not-a-certificate", EXIT_NOT_VALID),
        };
        VerificationOutcome { tone, headline, exit }
    }
}
