//! The result of a check, as the API and the command line return it.

use crate::certificate::read::additions::{Addition, additions};
use crate::credential::cwt::Claims;
use crate::domain::campaign::CampaignKind;
use crate::domain::ids::Serial;
use crate::domain::pledge::Method;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a check found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The issuer signed this credential, and no check contradicts it.
    Valid,
    /// The issuer signed this credential, but nothing protects the page that carries it: what is printed there may be
    /// false.
    DataOnly,
    /// It is, or was, a credential, and something in it was changed.
    Altered,
    /// A credential of an issuer whose keys aren't among the trust roots.
    UnknownIssuer,
    /// Signed by the issuer, but its pledge isn't recorded.
    NotInLog,
    /// Genuine, and replaced by a newer one.
    Replaced,
    /// Genuine, and withdrawn by the organizer.
    Revoked,
    /// The beginning of a credential, receipt or PDF, whose end is missing.
    Incomplete,
    /// Not a certificate, but another file that the issuer sealed, such as minutes.
    Document,
    /// It holds no credential of this program.
    NotACertificate,
}

impl Verdict {
    /// Whether the issuer signed what was submitted, whatever happened to the pledge since.
    pub fn is_genuine(self) -> bool {
        match self {
            Self::Valid | Self::DataOnly | Self::NotInLog | Self::Replaced | Self::Revoked | Self::Document => true,
            Self::Altered | Self::UnknownIssuer | Self::Incomplete | Self::NotACertificate => false,
        }
    }

    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::DataOnly => "data_only",
            Self::Altered => "altered",
            Self::UnknownIssuer => "unknown_issuer",
            Self::NotInLog => "not_in_log",
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
            Self::Incomplete => "incomplete",
            Self::Document => "document",
            Self::NotACertificate => "not_a_certificate",
        }
    }
}

/// Where the answer about revocation comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Revocation)]
pub enum RevocationCheck {
    /// The issuer's records were consulted.
    Checked,
    /// From a saved status, which isn't signed.
    Saved,
    /// Nothing was consulted.
    NotChecked,
}

/// Whether the pledge was proven to stand in the log, by an inclusion proof against a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Log)]
pub enum LogCheck {
    /// An inclusion proof against a checkpoint holds.
    Proven,
    /// No proof was given.
    NotChecked,
}

/// What protects the page around a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    /// The organizer's signature covers every byte of the PDF.
    Sealed,
    /// The organizer's signature covers a whole PDF to which something was added later, such as another signature or a
    /// note: what was added isn't vouched for.
    Extended,
    /// Nothing does: what is printed may differ from what was signed.
    Unsealed,
    /// It was sealed, and something was changed since.
    Altered,
    /// There was no page: a credential, a receipt or a QR text.
    None,
}

/// The answer of `POST /api/v1/verify` and of `ikrar verify --json`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Report)]
pub struct VerificationReport {
    /// What the check found out.
    pub verdict: Verdict,
    /// Whether revocation was looked up.
    pub revocation: RevocationCheck,
    /// Whether inclusion in the log was proven.
    pub log: LogCheck,
    /// What protects the page around the credential.
    pub page: Page,
    /// The address of the issuer whose key signed; absent when none of the trusted ones did.
    pub issuer: Option<String>,
    /// What was signed; only when a trusted key signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<ShownClaims>,
    /// Only where `page` is `extended`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
}

/// What was added to a sealed PDF.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Extension {
    /// Length of the sealed revision, with which the file begins: cut there, the file is as it was issued.
    pub sealed_bytes: u64,
    /// What follows it, none of it checked.
    pub additions: Vec<Addition>,
}

impl Extension {
    /// Of a file whose first bytes, so many, are sealed.
    pub(super) fn of(pdf: &[u8], sealed_bytes: usize) -> Self {
        Self { sealed_bytes: sealed_bytes as u64, additions: additions(pdf, sealed_bytes) }
    }
}

/// A credential's claims as they are shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShownClaims {
    /// Base64url, 22 characters.
    pub pledge_id: String,
    /// The serial as printed, to be compared with the page.
    pub serial: String,
    /// RFC 3339, UTC.
    pub signed_at: String,
    /// `neutrality_pledge` or `integrity_pact`.
    #[schema(value_type = String)]
    pub kind: CampaignKind,
    /// The signer's name as it was signed.
    pub name: String,
    /// The last four characters of the identifier.
    pub last4: String,
    /// The institution's code.
    pub institution: String,
    /// Base64url of the first 16 bytes of the text's hash, 22 characters.
    pub text_hash: String,
    /// `own_device`, `shared_device` or `assisted`.
    #[schema(value_type = String)]
    pub method: Method,
}

impl From<&Claims> for ShownClaims {
    fn from(claims: &Claims) -> Self {
        Self {
            pledge_id: claims.pledge.to_string(),
            serial: Serial::of(claims.pledge).to_string(),
            signed_at: claims.signed_at.rfc3339(),
            kind: claims.kind,
            name: claims.shown_name.clone(),
            last4: claims.last4.clone(),
            institution: claims.institution.clone(),
            text_hash: BASE64URL_NOPAD.encode(&claims.text_hash),
            method: claims.method,
        }
    }
}

impl VerificationReport {
    /// From bytes and keys alone, without a page around the credential.
    pub(super) fn new(verdict: Verdict, issuer: Option<String>) -> Self {
        Self {
            verdict,
            revocation: RevocationCheck::NotChecked,
            log: LogCheck::NotChecked,
            page: Page::None,
            issuer,
            claims: None,
            extension: None,
        }
    }
}
