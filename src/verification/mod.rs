//! From bytes and trust roots to a verdict (*hasil pemeriksaan*). Pure.
//!
//! Deliberately absent: the database, the network, the clock. A caller with a status (the server from its store, the
//! command line from a saved answer) passes it in.

#![warn(missing_docs)]

mod outcome;
mod page;
mod receipt;
mod report;
mod standing;

pub use crate::certificate::read::additions::{Addition, AdditionKind};
pub use outcome::{EXIT_DATA_ONLY, EXIT_GENUINE, EXIT_NOT_VALID, EXIT_REVOKED, Headline, Tone, VerificationOutcome};
pub use report::{Extension, LogCheck, Page, RevocationCheck, ShownClaims, Verdict, VerificationReport};
pub use standing::{PledgeStanding, STATUS_BYTES_MAX, SavedStatus};

use crate::certificate::pades::Anchors;
use crate::certificate::read::{ReadFault, attached_credential};
use crate::credential::cwt::{Claims, Credential, DecodeFault};
use crate::credential::jwks::Jwks;
use crate::credential::qr;
use ed25519_dalek::VerifyingKey;
use receipt::examine_receipt;
use std::time::Duration;

/// A larger input is refused unread.
pub const INPUT_BYTES_MAX: usize = 2 * 1024 * 1024;
/// How long a service waits for an examination. [`examine`] itself reads no clock; its input is bounded.
pub const EXAMINE_TIME_MAX: Duration = Duration::from_secs(2);

/// The issuers whose signatures count. The keys are decoded once, since decoding a key costs a good part of a signature
/// check.
#[derive(Default)]
pub struct TrustRoots {
    keys: Vec<TrustedKey>,
    /// The keys that seal files.
    seals: Anchors,
}

struct TrustedKey {
    issuer: Option<String>,
    kid: String,
    key: VerifyingKey,
    /// Another party may have it: its signature alone proves nothing.
    compromised: bool,
}

impl TrustRoots {
    /// The keys of these sets, in their order.
    pub fn of(sets: &[Jwks]) -> Self {
        let keys = sets.iter().flat_map(|set| {
            let whole = set.keys().map(move |(kid, key)| (set, kid, key, false));
            whole.chain(set.compromised().map(move |(kid, key)| (set, kid, key, true)))
        });
        let trusted = keys.map(|(set, kid, key, compromised)| {
            let (issuer, kid) = (set.issuer.clone(), kid.into());
            TrustedKey { issuer, kid, key, compromised }
        });
        // A seal vouches for its own installation's credentials, so it counts only where there is no other's.
        let seals: Vec<Vec<Vec<u8>>> = match sets {
            [set] => set.seal_chains().collect(),
            _ => Vec::new(),
        };
        Self { keys: trusted.collect(), seals: Anchors::new(seals.iter().map(Vec::as_slice)) }
    }
}

/// A credential whose signature was checked, before its standing is known.
pub struct Examined {
    report: VerificationReport,
    credential: Option<Credential>,
    /// Signed with a compromised key: only the records can say that it is genuine.
    needs_records: bool,
}

/// What is submitted to be checked.
pub enum Input {
    /// A PDF, a credential, a receipt or a QR code's text: its contents tell which.
    File(Vec<u8>),
    /// The bytes of a credential.
    Cose(Vec<u8>),
    /// A QR code's text: a link or the bare digits.
    Text(String),
}

/// Examines the input with nothing but its bytes and the trust roots.
pub fn examine(input: &Input, trust: &TrustRoots) -> Examined {
    match input {
        Input::File(bytes) if bytes.len() > INPUT_BYTES_MAX => Examined::refused(Verdict::NotACertificate),
        Input::File(bytes) if is_pdf(bytes) => examine_pdf(bytes, trust),
        Input::File(bytes) => examine_file(bytes, trust),
        Input::Cose(bytes) => examine_credential(Credential::decode(bytes), trust),
        Input::Text(text) => examine_credential(qr::read(text), trust),
    }
}

fn examine_file(bytes: &[u8], trust: &TrustRoots) -> Examined {
    let text = std::str::from_utf8(bytes).map(|text| text.trim_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']));
    match text {
        Ok(text) if text.starts_with('{') => examine_receipt(text, trust),
        Ok(text) => examine_credential(qr::read(text), trust),
        Err(_) => examine_credential(Credential::decode(bytes), trust),
    }
}

/// PDF readers accept up to a kilobyte before the header.
fn is_pdf(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(1024)].windows(5).any(|window| window == b"%PDF-")
}

/// The credential attached to a PDF, in the revision that a seal covers. Without a seal, what is printed counts for
/// nothing.
fn examine_pdf(pdf: &[u8], trust: &TrustRoots) -> Examined {
    let (page, revision) = page::protection(pdf, &trust.seals);
    let examined = match attached_credential(revision) {
        Ok(credential) => examine_credential(Credential::decode(&credential), trust),
        // Whatever the issuer sealed is theirs, also a file without a credential.
        Err(_) if matches!(page, Page::Sealed | Page::Extended) => Examined::refused(Verdict::Document),
        Err(ReadFault::NotPdf | ReadFault::NotOurs | ReadFault::Encrypted | ReadFault::TooLarge) => {
            return Examined::refused(Verdict::NotACertificate);
        }
        Err(ReadFault::Truncated) => Examined::refused(Verdict::Incomplete),
        Err(ReadFault::Ambiguous) => Examined::refused(Verdict::Altered),
    };
    let mut examined = examined.found_in(page);
    if page == Page::Extended {
        examined.report.extension = Some(Extension::of(pdf, revision.len()));
    }
    examined
}

fn examine_credential(read: Result<Credential, DecodeFault>, trust: &TrustRoots) -> Examined {
    let credential = match read {
        Ok(credential) => credential,
        Err(DecodeFault::Incomplete) => return Examined::refused(Verdict::Incomplete),
        Err(DecodeFault::Altered) => return Examined::refused(Verdict::Altered),
        Err(DecodeFault::Foreign) => return Examined::refused(Verdict::NotACertificate),
    };
    let mut named = trust.keys.iter().filter(|trusted| trusted.kid == credential.kid).peekable();
    if named.peek().is_none() {
        let damaged = trust.keys.iter().any(|trusted| is_damaged_kid(&credential.kid, &trusted.kid));
        return Examined::refused(if damaged { Verdict::Altered } else { Verdict::UnknownIssuer });
    }
    match named.find(|trusted| credential.is_signed_by(&trusted.key)) {
        Some(trusted) => Examined::signed(credential, trusted),
        None => Examined::refused(Verdict::Altered),
    }
}

/// Whether an unknown key id looks like a known one that was damaged: at least 4 characters match. One wrong digit of a
/// QR text changes at most 7 of the 11 characters; of unrelated ids, one pair in 50,000 shares 4.
fn is_damaged_kid(kid: &str, known: &str) -> bool {
    kid.len() == known.len() && kid.bytes().zip(known.bytes()).filter(|(a, b)| a == b).count() >= 4
}

impl Examined {
    fn refused(verdict: Verdict) -> Self {
        Self { report: VerificationReport::new(verdict, None), credential: None, needs_records: false }
    }

    fn signed(credential: Credential, trusted: &TrustedKey) -> Self {
        let mut report = VerificationReport::new(Verdict::Valid, trusted.issuer.clone());
        report.claims = Some(ShownClaims::from(&credential.claims));
        Self { report, credential: Some(credential), needs_records: trusted.compromised }
    }

    /// The verdict of a genuine credential that is neither replaced nor revoked.
    fn genuine(&self) -> Verdict {
        if self.report.page.is_vouched_for() { Verdict::Valid } else { Verdict::DataOnly }
    }

    /// The same credential found in a page or file. A genuine credential vouches for itself only.
    fn found_in(mut self, page: Page) -> Self {
        self.report.page = page;
        if self.credential.is_some() {
            self.report.verdict = self.genuine();
        }
        self
    }

    /// Whether these are the exact bytes that were examined and found genuine.
    pub fn matches_bytes(&self, credential: &[u8]) -> bool {
        self.credential.as_ref().is_some_and(|examined| examined.bytes() == credential)
    }

    /// The genuine claims; `None` when no trusted key signed them.
    pub fn claims(&self) -> Option<&Claims> {
        self.credential.as_ref().map(|credential| &credential.claims)
    }

    /// The verdict from bytes and keys alone.
    pub fn offline(self) -> VerificationReport {
        if !self.needs_records {
            return self.report;
        }
        // Any holder of the key could have made it, with any date, so none of its claims are shown.
        let VerificationReport { page, extension, .. } = self.report;
        VerificationReport { page, extension, ..VerificationReport::new(Verdict::UnknownIssuer, None) }
    }

    /// The verdict with a saved status, which gives a pledge's standing but not the bytes recorded for it.
    pub fn with_saved_standing(self, standing: PledgeStanding) -> VerificationReport {
        if self.needs_records {
            return self.offline();
        }
        let mut report = self.with_standing(standing);
        if report.revocation == RevocationCheck::Checked {
            report.revocation = RevocationCheck::Saved;
        }
        report
    }

    /// The verdict with the standing that the issuer's records give for these exact bytes. It has no effect unless the
    /// credential is genuine.
    pub fn with_standing(mut self, standing: PledgeStanding) -> VerificationReport {
        if self.credential.is_some() {
            self.report.revocation = RevocationCheck::Checked;
            self.report.verdict = match standing {
                PledgeStanding::Active => self.genuine(),
                PledgeStanding::Replaced => Verdict::Replaced,
                PledgeStanding::Revoked => Verdict::Revoked,
                PledgeStanding::Unknown => Verdict::NotInLog,
            };
        }
        self.report
    }
}

#[cfg(test)]
mod tests;
