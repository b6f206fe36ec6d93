//! From bytes and trust roots to a verdict (*hasil pemeriksaan*). Pure.
//!
//! Deliberately absent: the database, the network, the clock. Who has a status at hand (the server from its store, the
//! command line from a saved answer) passes it in.

use crate::certificate::read::{ReadFault, attached_credential};
use crate::credential::cwt::{Claims, Credential, DecodeFault};
use crate::credential::jwks::Jwks;
use crate::credential::qr;
use crate::domain::campaign::Kind;
use crate::domain::ids::{PledgeId, Serial};
use crate::domain::pledge::Method;
use crate::domain::time::UnixMillis;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A larger input is refused unread.
pub const INPUT_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Who examines for somebody else gives up after so long. [`examine`] itself looks at no clock: what it reads is bounded.
pub const EXAMINE_TIME_MAX: Duration = Duration::from_secs(2);
/// A saved status is no longer than this.
pub const STATUS_BYTES_MAX: usize = 64 * 1024;
/// A receipt file is no longer than this.
const RECEIPT_BYTES_MAX: usize = 64 * 1024;

/// What a check found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The issuer signed this credential, and nothing that was checked speaks against it.
    Valid,
    /// It is, or was, a credential, and something in it was changed.
    Altered,
    /// A credential of an issuer whose keys aren't among the trust roots.
    UnknownIssuer,
    /// Signed by the issuer, but its pledge isn't recorded.
    NotInLog,
    /// Genuine, and a newer one took its place.
    Replaced,
    /// Genuine, and withdrawn by the organizer.
    Revoked,
    /// The beginning of a credential, receipt or PDF, whose end is missing.
    Incomplete,
    NotACertificate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revocation {
    Checked,
    NotChecked,
}

/// Whether the pledge was proven to stand in the log, by an inclusion proof against a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Log {
    Proven,
    NotChecked,
}

/// What protects the page around a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    /// The organizer's signature covers every byte of the PDF.
    Sealed,
    /// Nothing does: what is printed may differ from what was signed.
    Unsealed,
    Altered,
    /// There was no page: a credential, a receipt or a QR text.
    None,
}

/// The answer of `POST /api/v1/verify` and of `ikrar verify --json`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub verdict: Verdict,
    pub revocation: Revocation,
    pub log: Log,
    pub page: Page,
    /// The address of the issuer whose key signed; absent when none of the trusted ones did.
    pub issuer: Option<String>,
    /// What was signed; only when a trusted key signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<ShownClaims>,
}

/// A credential's claims as they are shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownClaims {
    /// Base64url, 22 characters.
    pub pledge_id: String,
    pub serial: String,
    /// RFC 3339, UTC.
    pub signed_at: String,
    pub kind: Kind,
    pub name: String,
    /// The last four characters of the identifier.
    pub last4: String,
    /// The institution's code.
    pub institution: String,
    /// Base64url of the first 16 bytes of the text's hash, 22 characters.
    pub text_hash: String,
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

/// What the issuer's records say of a pledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    #[serde(rename = "valid")]
    Active,
    Replaced,
    Revoked,
    /// There is no such pledge, or another credential was issued for it.
    Unknown,
}

/// A saved answer of `GET /c/{pledge_id}.json`, as far as it says how a pledge stands.
#[derive(Deserialize)]
pub struct SavedStatus {
    pledge_id: String,
    status: Standing,
}

impl SavedStatus {
    /// `None` when the bytes aren't such an answer.
    pub fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// How this pledge stands; `None` when the answer is about another one.
    pub fn standing_of(&self, pledge: PledgeId) -> Option<Standing> {
        (PledgeId::parse(&self.pledge_id) == Some(pledge)).then_some(self.status)
    }
}

/// The issuers whose signatures count.
pub struct TrustRoots(pub Vec<Jwks>);

/// A credential whose signature was checked, before its standing is known.
pub struct Examined {
    report: Report,
    credential: Option<Credential>,
}

/// What is handed in to be checked.
pub enum Input {
    /// A PDF, a credential, a receipt or a QR code's text: its contents tell which.
    File(Vec<u8>),
    /// The bytes of a credential.
    Cose(Vec<u8>),
    /// A QR code's text: a link or the bare digits.
    Text(String),
}

/// Examines what was handed in, as far as bytes and keys tell.
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

/// Readers of PDF forgive up to a kilobyte before the header.
fn is_pdf(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(1024)].windows(5).any(|window| window == b"%PDF-")
}

/// The credential attached to a PDF. No seal covers the page yet, so what is printed on it counts for nothing.
fn examine_pdf(pdf: &[u8], trust: &TrustRoots) -> Examined {
    let mut examined = match attached_credential(pdf) {
        Ok(credential) => examine_credential(Credential::decode(&credential), trust),
        Err(ReadFault::Truncated) => Examined::refused(Verdict::Incomplete),
        Err(ReadFault::Ambiguous) => Examined::refused(Verdict::Altered),
        Err(ReadFault::NotPdf | ReadFault::NotOurs | ReadFault::Encrypted | ReadFault::TooLarge) => {
            return Examined::refused(Verdict::NotACertificate);
        }
    };
    examined.report.page = Page::Unsealed;
    examined
}

/// The parts of a receipt (the answer of `POST …/pledges`) that can contradict its credential.
#[derive(Deserialize)]
struct Receipt {
    credential: String,
    pledge_id: Option<String>,
    serial: Option<String>,
    signed_at: Option<String>,
}

impl Receipt {
    /// Whether what stands beside the credential is what the credential says.
    fn agrees_with(&self, claims: &Claims) -> bool {
        let second = |at: UnixMillis| at.0.div_euclid(1000);
        let same_id = self.pledge_id.as_ref().is_none_or(|id| PledgeId::parse(id) == Some(claims.pledge));
        let same_serial = self.serial.as_ref().is_none_or(|s| Serial::parse(s) == Some(Serial::of(claims.pledge)));
        let same_time = self
            .signed_at
            .as_ref()
            .is_none_or(|at| UnixMillis::parse_rfc3339(at).is_some_and(|at| second(at) == second(claims.signed_at)));
        same_id && same_serial && same_time
    }
}

fn examine_receipt(json: &str, trust: &TrustRoots) -> Examined {
    if json.len() > RECEIPT_BYTES_MAX {
        return Examined::refused(Verdict::NotACertificate);
    }
    let receipt: Receipt = match serde_json::from_str(json) {
        Ok(receipt) => receipt,
        Err(fault) if fault.is_eof() => return Examined::refused(Verdict::Incomplete),
        Err(_) => return Examined::refused(Verdict::NotACertificate),
    };
    let Ok(bytes) = BASE64URL_NOPAD.decode(receipt.credential.as_bytes()) else {
        return Examined::refused(Verdict::Altered);
    };
    let examined = examine_credential(Credential::decode(&bytes), trust);
    match &examined.credential {
        Some(credential) if !receipt.agrees_with(&credential.claims) => Examined::refused(Verdict::Altered),
        _ => examined,
    }
}

fn examine_credential(read: Result<Credential, DecodeFault>, trust: &TrustRoots) -> Examined {
    let credential = match read {
        Ok(credential) => credential,
        Err(DecodeFault::Incomplete) => return Examined::refused(Verdict::Incomplete),
        Err(DecodeFault::Altered) => return Examined::refused(Verdict::Altered),
        Err(DecodeFault::Foreign) => return Examined::refused(Verdict::NotACertificate),
    };
    let keys = || trust.0.iter().flat_map(|set| set.keys().map(move |(kid, key)| (set, kid, key)));
    let mut named = keys().filter(|(_, kid, _)| *kid == credential.kid).peekable();
    if named.peek().is_none() {
        let damaged = keys().any(|(_, kid, _)| resembles(&credential.kid, kid));
        return Examined::refused(if damaged { Verdict::Altered } else { Verdict::UnknownIssuer });
    }
    match named.find(|(_, _, key)| credential.is_signed_by(key)) {
        Some((set, _, _)) => Examined::signed(credential, set.issuer.clone()),
        None => Examined::refused(Verdict::Altered),
    }
}

/// Whether an unknown key id is a known one in which something was changed. One wrong digit of a QR text changes at
/// most 7 of its 11 characters; two ids that have nothing to do with each other share 4 once in 50,000 pairs.
fn resembles(kid: &str, known: &str) -> bool {
    kid.len() == known.len() && kid.bytes().zip(known.bytes()).filter(|(a, b)| a == b).count() >= 4
}

impl Examined {
    fn refused(verdict: Verdict) -> Self {
        Self { report: report(verdict, None), credential: None }
    }

    fn signed(credential: Credential, issuer: Option<String>) -> Self {
        let mut report = report(Verdict::Valid, issuer);
        report.claims = Some(ShownClaims::from(&credential.claims));
        Self { report, credential: Some(credential) }
    }

    /// Whether these are the very bytes that were examined and found genuine.
    pub fn is_of(&self, credential: &[u8]) -> bool {
        let Some(examined) = &self.credential else { return false };
        Credential::decode(credential).is_ok_and(|other| other == *examined)
    }

    /// The genuine claims; `None` when no trusted key signed them.
    pub fn claims(&self) -> Option<&Claims> {
        self.credential.as_ref().map(|credential| &credential.claims)
    }

    /// The verdict as far as bytes and keys tell.
    pub fn offline(self) -> Report {
        self.report
    }

    /// The verdict with what the issuer's records say of the pledge. Changes nothing for what isn't genuine.
    pub fn with_standing(mut self, standing: Standing) -> Report {
        if self.credential.is_some() {
            self.report.revocation = Revocation::Checked;
            self.report.verdict = match standing {
                Standing::Active => Verdict::Valid,
                Standing::Replaced => Verdict::Replaced,
                Standing::Revoked => Verdict::Revoked,
                Standing::Unknown => Verdict::NotInLog,
            };
        }
        self.report
    }
}

fn report(verdict: Verdict, issuer: Option<String>) -> Report {
    Report { verdict, revocation: Revocation::NotChecked, log: Log::NotChecked, page: Page::None, issuer, claims: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::CertificateInput;
    use ed25519_dalek::{Signer, SigningKey};
    use proptest::prelude::*;

    const KID: &str = "A1b2C3d4E5f";

    fn claims() -> Claims {
        Claims {
            pledge: PledgeId([0x5A; 16]),
            signed_at: UnixMillis(1_703_643_300_123),
            kind: Kind::NeutralityPledge,
            shown_name: "Dr. H. Budi Santoso, S.E., M.Si.".into(),
            last4: "1001".into(),
            institution: "16.71".into(),
            text_hash: [7; 16],
            status_index: 180_751,
            method: Method::OwnDevice,
        }
    }

    fn credential_of(seed: u8, kid: &str) -> Vec<u8> {
        let key = SigningKey::from_bytes(&[seed; 32]);
        claims().issue(kid, |message| key.sign(message).to_bytes()).unwrap()
    }

    fn credential() -> Vec<u8> {
        credential_of(42, KID)
    }

    fn trust() -> TrustRoots {
        let key = SigningKey::from_bytes(&[42; 32]).verifying_key();
        TrustRoots(vec![Jwks::publish("https://ikrar.example.go.id", [(KID, key)])])
    }

    fn verdict(input: &[u8]) -> Verdict {
        examine(&Input::File(input.to_vec()), &trust()).offline().verdict
    }

    fn receipt() -> serde_json::Value {
        serde_json::json!({
            "pledge_id": claims().pledge.to_string(),
            "serial": Serial::of(claims().pledge).to_string(),
            "log_index": 4, "signed_at": claims().signed_at.rfc3339(), "signed_count": 5,
            "credential": BASE64URL_NOPAD.encode(&credential()),
            "certificate_url": "https://ikrar.example.go.id/c/x.pdf",
        })
    }

    #[test]
    fn a_genuine_credential_is_valid_in_each_of_its_forms() {
        let link = qr::text("https://ikrar.example.go.id", &credential());
        for input in [credential(), link.into_bytes(), receipt().to_string().into_bytes()] {
            let report = examine(&Input::File(input), &trust()).offline();
            assert_eq!(report.verdict, Verdict::Valid);
            assert_eq!(
                (report.revocation, report.log, report.page),
                (Revocation::NotChecked, Log::NotChecked, Page::None)
            );
            assert_eq!(report.issuer.as_deref(), Some("https://ikrar.example.go.id"));
            assert_eq!(report.claims.unwrap().name, claims().shown_name);
        }
    }

    #[test]
    fn the_answer_has_the_contract_s_shape() {
        let json = serde_json::to_value(examine(&Input::Cose(credential()), &trust()).with_standing(Standing::Active))
            .unwrap();
        assert_eq!(json["verdict"], "valid");
        assert_eq!(json["revocation"], "checked");
        assert_eq!(json["log"], "not_checked");
        assert_eq!(json["page"], "none");
        assert_eq!(json["claims"]["signed_at"], "2023-12-27T02:15:00.000Z");
        let refused = serde_json::to_value(examine(&Input::Text("halo".into()), &trust()).offline()).unwrap();
        assert_eq!(refused["verdict"], "not_a_certificate");
        assert!(refused.get("claims").is_none() && refused["issuer"].is_null());
    }

    #[test]
    fn a_standing_counts_only_for_what_is_genuine() {
        let with = |standing| examine(&Input::Cose(credential()), &trust()).with_standing(standing);
        assert_eq!(with(Standing::Revoked).verdict, Verdict::Revoked);
        assert_eq!(with(Standing::Replaced).verdict, Verdict::Replaced);
        assert_eq!(with(Standing::Unknown).verdict, Verdict::NotInLog);
        let forged = examine(&Input::Cose(credential_of(1, KID)), &trust()).with_standing(Standing::Active);
        assert_eq!((forged.verdict, forged.revocation), (Verdict::Altered, Revocation::NotChecked));
    }

    #[test]
    fn another_issuer_is_unknown_and_a_damaged_key_id_is_damage() {
        assert_eq!(verdict(&credential_of(1, "Zz9Yy8Xx7Ww")), Verdict::UnknownIssuer);
        assert_eq!(verdict(&credential_of(1, "A1b2xxxxxxx")), Verdict::Altered);
        assert_eq!(examine(&Input::Cose(credential()), &TrustRoots(vec![])).offline().verdict, Verdict::UnknownIssuer);
    }

    #[test]
    fn a_receipt_that_contradicts_its_credential_is_altered() {
        for (field, value) in [
            ("serial", "00000-00000-0000"),
            ("signed_at", "2023-12-27T02:16:00.123Z"),
            ("pledge_id", "AAAAAAAAAAAAAAAAAAAAAA"),
            ("credential", "!"),
        ] {
            let mut receipt = receipt();
            receipt[field] = value.into();
            assert_eq!(verdict(receipt.to_string().as_bytes()), Verdict::Altered, "{field}");
        }
        let whole = receipt().to_string();
        assert_eq!(verdict(&whole.as_bytes()[..whole.len() / 2]), Verdict::Incomplete);
        assert_eq!(verdict(br#"{"name":"Budi"}"#), Verdict::NotACertificate);
    }

    fn pdf(credential: Vec<u8>) -> Vec<u8> {
        let sample = crate::certificate::samples::sample("four-clauses");
        crate::certificate::certificate(&CertificateInput { credential, ..sample }).unwrap()
    }

    #[test]
    fn a_pdf_counts_for_its_credential_and_never_for_its_page() {
        let report = |pdf: &[u8]| examine(&Input::File(pdf.to_vec()), &trust()).offline();
        let genuine = report(&pdf(credential()));
        assert_eq!((genuine.verdict, genuine.page), (Verdict::Valid, Page::Unsealed));
        assert_eq!(genuine.claims.unwrap().name, claims().shown_name);

        let mut changed = credential();
        changed[100] ^= 1;
        let altered = report(&pdf(changed));
        assert_eq!((altered.verdict, altered.page), (Verdict::Altered, Page::Unsealed));
        assert!(altered.claims.is_none());
        assert_eq!(report(&pdf(credential_of(1, "Zz9Yy8Xx7Ww"))).verdict, Verdict::UnknownIssuer);
    }

    #[test]
    fn a_pdf_cut_short_or_not_ours_is_said_to_be_so() {
        let whole = pdf(credential());
        assert_eq!(verdict(&whole[..whole.len() / 10]), Verdict::Incomplete);
        assert_eq!(
            verdict(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"),
            Verdict::NotACertificate
        );
    }

    #[test]
    fn nonsense_is_not_a_certificate() {
        for nonsense in [b"halo".as_slice(), &[0xFF; 300], b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", &[b'{'; 100_000]] {
            assert_ne!(verdict(nonsense), Verdict::Valid);
        }
        assert_eq!(verdict(&vec![b'1'; INPUT_BYTES_MAX + 1]), Verdict::NotACertificate);
    }

    proptest! {
        #[test]
        fn one_digit_changed_is_altered_and_a_text_cut_short_incomplete(at in 0usize..600, by in 1u8..10) {
            let whole = qr::text("https://ikrar.example.go.id", &credential());
            let digits = whole.len() - whole.find('#').unwrap() - 1;
            let at = whole.len() - digits + at % digits;
            prop_assert_eq!(verdict(&whole.as_bytes()[..at]), Verdict::Incomplete);
            let mut changed = whole.into_bytes();
            changed[at] = b'0' + (changed[at] - b'0' + by) % 10;
            prop_assert_eq!(verdict(&changed), Verdict::Altered);
        }

        #[test]
        fn any_bytes_get_a_verdict(bytes: Vec<u8>) {
            prop_assert_ne!(verdict(&bytes), Verdict::Valid);
        }
    }
}
